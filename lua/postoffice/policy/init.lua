--- Policies: scripts that say where mail goes.
--
--     local policy = require "postoffice.policy"
--     local p = assert(policy.loadfile "exchange.lua")
--     local deliveries = p:route("[ccmail:user@domain at internet]", { sender =
--   "kim.lee@exchange.example" })
--     print(p:explain "[ccmail:user@domain at internet]")
--
-- A policy's script runs in a Lua state of its own.  Loading it declares
-- things; they are compiled into tables (`compile.lua`), and routing runs on
-- these, stage after stage (`stage1_parse.lua` to `stage6_handover.lua`),
-- calling back only where the script gave a function.
-- @module postoffice.policy

local core = require "postoffice.core"
local compile = require "postoffice.policy.compile".compile
local directory = require "postoffice.policy.directory"
local explain = require "postoffice.policy.explain"
local files = require "postoffice.policy.files"
local language = require "postoffice.policy.language"
local pipeline = require "postoffice.policy.pipeline"
local postoffices = require "postoffice.policy.postoffices"
local read = require "postoffice.policy.read"
local rewrite = require "postoffice.policy.stage4_resolve".rewrite
local script = require "postoffice.policy.script"
local suggest = require "postoffice.suggest"
local tests = require "postoffice.policy.tests"
local trace = require "postoffice.policy.trace"
local verdict = require "postoffice.policy.verdict"
local write = require "postoffice.policy.write"

local policy = {}

-- The options and their Lua types.  The limits are those of the script's state.
local OPTIONS = {
  ask = { ["function"] = true, table = true },
  include = { ["function"] = true },
  chunkname = { string = true },
  memory = { number = true },
  instructions = { number = true },
  milliseconds = { number = true },
  load_instructions = { number = true },
  load_milliseconds = { number = true },
}
local LIMITS = { "memory", "instructions", "milliseconds", "load_instructions",
  "load_milliseconds" }

-- The options of `resolve`.
local RESOLVE_OPTIONS = { as = { string = true } }

local function names_of(known)
  local names = {}
  for name in pairs(known) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function check_options(options, known)
  if type(options) ~= "table" then
    error("options have to be a table, not a " .. type(options), 3)
  end
  for name, value in pairs(options) do
    local types = known[name]
    if not types then
      error(('unknown option "%s"%s'):format(tostring(name), suggest.phrase(tostring(name),
        names_of(known))), 3)
    elseif not types[type(value)] then
      error(("option %s cannot be a %s"):format(name, type(value)), 3)
    end
  end
end

local function check_string(value, what)
  if type(value) ~= "string" then
    error(("%s has to be a string, not a %s"):format(what, type(value)), 3)
  end
end

local Policy = {}
Policy.__index = Policy
Policy.__name = "postoffice.policy"
Policy.__gc = function(self) return self:close() end
Policy.__close = Policy.__gc

-- A word that the script calls but that nobody defined is most often a typing error.
local function with_near_miss(message)
  local name = message:match "global '([^']+)'"
  local near = name and suggest.near(name, language.declarators())
  return near and ('%s; did you mean "%s"?'):format(message, near) or message
end

local function limits_of(options)
  local limits = {}
  for _, name in ipairs(LIMITS) do limits[name] = options[name] end
  return limits
end

-- A policy from its text, or nil, message, code.
local function build(source, chunkname, options, includes, sources)
  local state, message, code = core.script.new(limits_of(options))
  if not state then return nil, message, code end
  local raw
  raw, message, code = state:load(source, chunkname, language.declarators(), includes)
  if not raw then
    state:close()
    return nil, with_near_miss(message), code
  end
  local tables
  tables, message, code = compile(raw, sources)
  if not tables then
    state:close()
    return nil, message, code
  end
  return setmetatable({
    tables = tables, state = state, asks = options.ask, revision = tables.revision, routings = 0,
  }, Policy)
end

--- Loads a policy from its text.
-- @tparam string source
-- @tparam[opt] table options `ask` (what the host answers: a table of functions and tables by
--   question, or a function of question and key), `include` (a function of a name that returns
--   a text and a chunk name), `chunkname`, and the limits `memory` (bytes, 16 MiB), `instructions`
--   (a call, a million), `milliseconds` (a call, 50), `load_instructions` (ten times as many),
--   `load_milliseconds` (1000)
-- @treturn table|nil policy
-- @treturn string message one line for each complaint
-- @treturn string code
function policy.load(source, options)
  check_string(source, "the source")
  options = options or {}
  check_options(options, OPTIONS)
  local sources = { source }
  local include = options.include and function(name)
    local text, chunkname = options.include(name)
    if text then sources[#sources + 1] = text end
    return text, chunkname
  end
  return build(source, options.chunkname or "@policy", options, include, sources)
end

--- Loads a policy from a file.  It can `include` files of its own folder.
-- @tparam string path
-- @tparam[opt] table options as for `load`
-- @treturn table|nil policy
-- @treturn string message
-- @treturn string code
function policy.loadfile(path, options)
  check_string(path, "the path")
  options = options or {}
  check_options(options, OPTIONS)
  local source, message = files.read(path)
  if not source then return nil, message, "policy-invalid" end
  local sources = { source }
  local include = options.include or files.includes(path, sources)
  return build(source, options.chunkname or "@" .. path, options, include, sources)
end

--- Opens a policy that is reloaded while it routes; see `postoffice.policy.live`.
-- @tparam string path
-- @tparam[opt] table options as for `load`
-- @treturn table|nil live policy
-- @treturn string message
-- @treturn string code
function policy.open(path, options)
  check_string(path, "the path")
  options = options or {}
  check_options(options, OPTIONS)
  return require "postoffice.policy.live".open(policy.loadfile, path, options)
end

--- What changes for an address from one policy to another; nil where nothing does.
-- @tparam table old
-- @tparam table new
-- @tparam string|table recipient
-- @tparam[opt] table envelope
-- @treturn table|nil see `postoffice.policy.diff`
function policy.diff(old, new, recipient, envelope)
  return require "postoffice.policy.diff".change(old, new, recipient, envelope)
end

-- The leaf behind each item that `resolve` returned: routing goes on from there.
local leaf_of = setmetatable({}, { __mode = "k" })

-- Whether it is one recipient: a text, what `resolve` returned, or a table that
-- is no list, however little of an address it holds.
local function is_recipient(value)
  if type(value) ~= "table" then return type(value) == "string" end
  return value.type ~= nil or leaf_of[value] ~= nil or value[1] == nil and next(value) ~= nil
end

local function check_recipient(value)
  if not is_recipient(value) then
    error(("the recipient has to be an address, not a %s"):format(type(value)), 3)
  end
end

-- One recipient or a list as a list.
local function recipients_of(recipients)
  if is_recipient(recipients) then return { recipients } end
  if type(recipients) ~= "table" then
    error(("recipients have to be an address or a list of them, not a %s"):format(
      type(recipients)), 3)
  end
  for _, each in ipairs(recipients) do
    if type(each) ~= "string" and type(each) ~= "table" then
      error(("a recipient cannot be a %s"):format(type(each)), 3)
    end
  end
  return recipients
end

local function check_envelope(envelope)
  if envelope ~= nil and type(envelope) ~= "table" then
    error(("the envelope has to be a table, not a %s"):format(type(envelope)), 3)
  end
end

-- Begins a routing.  No tail call, or the level of the caller would be another.
local function begin(self, envelope, recorder)
  local routing = pipeline.begin(self, envelope, recorder, nil, 4)
  return routing
end

-- Ends a routing; the last one closes a policy that was replaced.
local function ended(self, ok, ...)
  self.routings = self.routings - 1
  if self.retired and self.routings == 0 then self:close() end
  if not ok then error((...), 0) end
  return ...
end

-- Runs stages to their end, which comes also where something raises.  Only a
-- script's questions yield.
local function run(self, stages, ...)
  local guarded = self.tables.scripted and script.guarded or pcall
  self.routings = self.routings + 1
  return ended(self, guarded(stages, ...))
end

--- Where mail goes.
-- @tparam string|table recipients an address, a list of addresses, or what `resolve` returned
-- @tparam[opt] table envelope `sender`, `relay`, `arrived_by`, `down`, `size`, `now`, `client`
-- @treturn {table,...} deliveries, one for each final recipient
function Policy:route(recipients, envelope)
  recipients = recipients_of(recipients)
  check_envelope(envelope)
  return run(self, pipeline.route, begin(self, envelope), recipients, leaf_of)
end

--- The whole way of one address, with what was tried and why it lost.
-- @tparam string|table recipient
-- @tparam[opt] table envelope as for `route`
-- @treturn table as text by `tostring`; see `postoffice.policy.explain`
function Policy:explain(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  local recorder = trace.new()
  local routing = begin(self, envelope, recorder)
  local deliveries = run(self, pipeline.route, routing, { recipient }, leaf_of)
  return explain.new(recipient, recorder, deliveries, self.revision)
end

-- What `resolve` tells of a leaf.
local function resolved(leaf)
  local item = {
    address = leaf.address, entry = leaf.entry, extension = leaf.extension, how = leaf.how,
    recipient = leaf.recipient,
  }
  if leaf.failure then verdict.apply(item, leaf.failure) end
  leaf_of[item] = leaf
  return item
end

-- A leaf's address of a type: its entry's best, itself, or what a gateway behind it makes.
local function address_as(tables, leaf, kind)
  local entry = leaf.mailbox
  local best = entry and directory.best(entry, kind)
  if best then return best, leaf.how or "directory" end
  local target = entry and entry.target and entry.target.address
  if target and target.type == kind then return target, "target" end
  if leaf.address.type == kind then return leaf.address, leaf.how or "itself" end
  local final = postoffices.foretell(tables.postoffices, leaf.address)
  if final.type == kind then return final, "gateway" end
end

-- The best address of a type that an address leads to, and how it was found.
local function resolved_as(tables, leaves, kind)
  local failure
  for _, leaf in ipairs(leaves) do
    if leaf.failure then
      failure = failure or leaf.failure
    else
      local address, how = address_as(tables, leaf, kind)
      if address then return address, how end
    end
  end
  failure = failure or verdict.of "recipient-unknown"
  return nil, failure.detail or failure.message, failure.code
end

local function resolve_all(routing, recipients)
  for _, recipient in ipairs(recipients) do pipeline.resolve(routing, recipient) end
end

--- Whose address it is: stages 1 to 4 alone.
-- @tparam string|table recipients
-- @tparam[opt] table options `as`: a type, for the best address of that type
-- @tparam[opt] table envelope as for `route`
-- @treturn {table,...} items with `address`, `entry`, `extension`, `how`, and where something is
--   wrong `verdict`, `code`, `message`; with `as` an address and how it was found, or nil,
--   message, code
function Policy:resolve(recipients, options, envelope)
  recipients = recipients_of(recipients)
  if options ~= nil then check_options(options, RESOLVE_OPTIONS) end
  local as = options and options.as
  check_envelope(envelope)
  local routing = begin(self, envelope)
  routing.ends_at_entries = as ~= nil
  run(self, resolve_all, routing, recipients)
  if as then return resolved_as(self.tables, routing.leaves, as:upper()) end
  local items = {}
  for i, leaf in ipairs(routing.leaves) do items[i] = resolved(leaf) end
  return items
end

--- What the first rewrite rule that matches makes of an address.
-- @tparam string|table recipient
-- @tparam[opt] table envelope
-- @treturn table|nil address; the same where no rule matches
-- @treturn string|nil `file:line` of the rule; or a message
-- @treturn string|nil code
function Policy:rewrite(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  local address, message, code = read(recipient)
  if not address then return nil, message, code end
  local made, rule, failure = run(self, rewrite, begin(self, envelope), address)
  if failure then return nil, failure.detail or failure.message, failure.code end
  if not made then return address end
  return made[1], ("%s:%d"):format(rule.rule.file, rule.rule.line)
end

--- Which connector takes an address as it is: stages 5 and 6 alone.
-- @tparam string|table recipient
-- @tparam[opt] table envelope
-- @treturn table delivery, or nil, message, code
function Policy:nexthop(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  local address, message, code = read(recipient)
  if not address then return nil, message, code end
  local leaf = { address = address, key = core.key(address), recipient = write(address) }
  return run(self, pipeline.deliver, begin(self, envelope), leaf)
end

--- Runs the policy's own tests.
-- @treturn table see `postoffice.policy.tests`
function Policy:test() return tests.run(self) end

--- What is probably wrong with it.
-- @treturn {table,...} findings, the worst first; see `postoffice.policy.check`
function Policy:check() return require "postoffice.policy.check".run(self) end

--- Draws it.
-- @treturn string Graphviz DOT
function Policy:graph() return require "postoffice.policy.graph".dot(self) end

--- Closes the policy when its last routing has ended, at once where none runs.
function Policy:retire()
  self.retired = true
  if self.routings == 0 then self:close() end
end

--- Frees the script's state at once.  Addresses that still need it are deferred.
function Policy:close() return self.state:close() end

return policy
