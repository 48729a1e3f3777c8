--- What a policy has to be told, and what it does beside choosing where mail goes: for hosts, which
-- then look up no more than is needed.
-- @module postoffice.policy.prove.capabilities

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local demands = require "postoffice.policy.prove.demands"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local restrictions = require "postoffice.policy.compile.restrictions"
local rewrites = require "postoffice.policy.compile.rewrites"
local script_text = require "postoffice.policy.prove.script_text"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.compile.sets"

local is_function = core.script.isfunction

-- Whether some connector has a field.
local function some_connector(compiled, field)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector[field] then return true end
  end
  return false
end

-- Whether some entry has a restriction.
local function some_entry(compiled, name) return restrictions.exist(compiled.restrictions, name) end

-- By field of an envelope, whether what becomes of an address may hang on it.
local FACTS = {}

function FACTS.sender(compiled)
  return some_connector(compiled, "senders") or some_entry(compiled, "accept")
    or some_entry(compiled, "reject")
end

function FACTS.size(compiled)
  return some_connector(compiled, "max_size") or some_entry(compiled, "max_size")
end

function FACTS.authenticated(compiled)
  return some_entry(compiled, "authenticated") or some_entry(compiled, "accept")
end

function FACTS.may_relay(compiled)
  return domains.are_declared(compiled.domains) or compiled.shells ~= nil or compiled.outbound
end

function FACTS.arrived_by(compiled) return some_connector(compiled, "name") end

FACTS.down = FACTS.arrived_by

-- What is signed has a date.
function FACTS.now(compiled) return compiled.signers ~= nil end

function FACTS.client() return false end

-- Functions see all of an envelope: what their text names may decide, too.
local function facts_of(compiled, text)
  local facts = {}
  for name, hangs_on in pairs(FACTS) do
    if hangs_on(compiled) or text and script_text.has(text, name) then facts[name] = true end
  end
  return facts
end

-- The facts that functions of a text read, in order.
local function read_facts(text)
  local read = {}
  for name in pairs(text and FACTS or {}) do
    if script_text.reads(text, name) then read[name] = true end
  end
  return lists.keys(read)
end

-- The functions that run for an address, in file order.
local function functions_of(compiled)
  local list = {}
  local function add(name, declaration, fn)
    if is_function(fn) then
      list[#list + 1] = { name = name, file = fn.file, line = fn.line,
        where = describe.where(declaration) }
    end
  end
  for name, event in pairs(compiled.on) do add("on." .. name, event.declaration, event.call) end
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    add("rewrite.match", rewrite.declaration, rewrite.matches)
    add("rewrite.to", rewrite.declaration, rewrite.make)
  end
  table.sort(list, function(a, b)
    if a.file ~= b.file then return a.file < b.file end
    if a.line ~= b.line then return a.line < b.line end
    return a.name < b.name
  end)
  return list
end

-- What functions ask the host, by name; and whether that is all.
local function questions_of(text)
  local names, others = script_text.named(text or "", "ask")
  return lists.keys(names), not others
end

local function has_owners(compiled)
  local entries = compiled.directory
  for entry in directory.each_several(entries) do
    if directory.kind(entries, entry) == "list" and directory.owner(entries, entry) then
      return true
    end
  end
  return false
end

local function rewrites_senders(compiled)
  return compiled.outbound or some_connector(compiled, "signs")
    or senders.one_way(compiled.senders)[1] ~= nil
    or senders.both(compiled.senders)[1] ~= nil
end

--- What a policy can do and needs to know.
-- @tparam table policy
-- @treturn table `facts`: the envelope's fields that may decide, each true (where `sender` or `size`
--   decides and is not there, mail waits as `fact-missing`; without `may_relay` or `authenticated`
--   nobody is), those among them that the text of a script with functions names; `asks`:
--   whether functions of the script run for an address, which see all of the envelope: only these
--   ask, and only with them, or with a host's `directory`, a route may yield; `functions`: these, each
--   a `name` (`on.recipient`, `rewrite.to`) and its `file` and `line`, and `where` its declaration
--   is; `questions`: the names that they ask the host by, and `all_questions`, whether that is all
--   (none is computed); `owners`:
--   whether lists have owners, who are the senders to their members; `rewrites_senders`: whether rules
--   change senders, or connectors sign them; `sets`: the names of those declared; `dates`: whether
--   functions ask for dates, in the time zone of the settings; `demands`: by name, what of it asks
--   something of the host that not every host has; see `postoffice.policy.prove.demands`
local function capabilities(policy)
  local compiled = policy.compiled
  local text = compiled.scripted and script_text.of(policy) or nil
  local questions, are_all = questions_of(text)
  local functions = functions_of(compiled)
  return {
    facts = facts_of(compiled, text), asks = compiled.scripted or policy.directory ~= false,
    questions = questions, all_questions = are_all, functions = functions,
    owners = has_owners(compiled),
    demands = demands(compiled, functions, read_facts(text)),
    rewrites_senders = rewrites_senders(compiled), sets = lists.names(sets.all(compiled.sets)),
    dates = text ~= nil and script_text.has(text, "date"),
  }
end

return capabilities
