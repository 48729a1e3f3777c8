--- Entries that take mail of nobody, for `postoffice.policy.prove.lint`: whom `accept` names, `reject`
-- does, too.
--
-- A recipient takes bounces all the same, unless `reject` names `<>`; and mail to a postmaster's address
-- has no restrictions.
-- @module postoffice.policy.prove.lint_closed

local allowance = require "postoffice.policy.prove.allowance"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local expansions = require "postoffice.policy.compile.expansions"
local holders = require "postoffice.policy.prove.classes.holders"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local patience = require "postoffice.policy.prove.patience"
local restrictions = require "postoffice.policy.compile.restrictions"
local sets = require "postoffice.policy.prove.sets"

local MOST_NAMED = 100 -- whom entries mean, each by his addresses

local UNKNOWN = { unknown = true }

-- Adds an address of somebody: `extended`, with any extension that its domain has, too.
local function add_address(found, compiled, address, extended)
  found[#found + 1] = sets.of_address(address)
  local separators = extended and address.type == "SMTP"
    and holders.separators(compiled, address)
  for separator in (separators or ""):gmatch "." do
    local user = (address.localpart .. separator):gsub("[*?{}\\]", "\\%0")
    local matcher = matchers.read_table {
      type = "SMTP", localpart = user .. "*", domain = address.domain,
    }
    found[#found + 1] = matcher and sets.of_pattern(matcher) or sets.everything
  end
end

-- Adds whom an entry means: everybody whom its mail reaches; false if they are too many to look at.
local function add_entry(found, compiled, named, extended)
  for id in pairs(expansions.set(compiled.directory, named)) do
    if #found > MOST_NAMED then return false end
    if type(id) == "number" then
      for _, address in ipairs(directory.proxies(compiled.directory, id)) do
        add_address(found, compiled, address, extended)
      end
    else
      found[#found + 1] = sets.of_address(core.parse(id, UNKNOWN))
    end
  end
  return true
end

-- Those whom senders are said to be, but for entries and sets that another list names, too; nil if that
-- cannot be told.
local function set_of(compiled, senders, others, extended)
  local found = { sets.nothing }
  for _, named in ipairs(senders.entries) do
    local is_same = lists.contains(others.entries, named)
    if not is_same and not add_entry(found, compiled, named, extended) then return nil end
  end
  for _, set in ipairs(senders.sets) do
    if not lists.contains(others.sets, set) then found[#found + 1] = sets.of_declared(set) end
  end
  for _, matcher in ipairs(senders.matchers) do
    local set = sets.of_pattern(matcher)
    if not set then return nil end
    found[#found + 1] = set
  end
  return sets.union(found)
end

local NOBODY = { entries = {}, sets = {} }

-- Whether `reject` names all whom `accept` does.
local function is_closed(look, rules)
  local accepted = set_of(look.compiled, rules.accept, rules.reject, true)
  local refused = accepted and set_of(look.compiled, rules.reject, NOBODY, false)
  if not refused then return false end
  local patterns = lists.copy(rules.accept.matchers)
  lists.add_all(patterns, rules.reject.matchers)
  return allowance.ask(look.allowance, patterns, function(work)
    return sets.covers(refused, accepted, work)
  end) == true
end

-- Whether an entry has an address of a postmaster's.
local function is_postmaster(compiled, entry)
  for _, address in ipairs(directory.proxies(compiled.directory, entry)) do
    if address.type == "SMTP" and address.localpart:lower() == "postmaster" then return true end
  end
  return false
end

--- Finds them.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_closed(policy, find)
  local compiled = policy.compiled
  local look = { compiled = compiled, allowance = allowance.new() }
  for entry in directory.each_restricted(compiled.directory) do
    local rules = restrictions.find(compiled.restrictions, entry)
    local declaration = directory.declaration(compiled.directory, entry)
    if patience.ends(policy, find, declaration) then return end
    local is_open = not rules.accept or not rules.reject or is_postmaster(compiled, entry)
    if not is_open and is_closed(look, rules) then
      local takes_bounces = not rules.is_list and not rules.reject.has_null
      find("warning", "entry-closed", declaration,
        ("takes mail of %s: reject names all whom accept does"):format(
          takes_bounces and "nobody but <>" or "nobody"),
        "take them out of reject, or accept others, too")
    end
  end
end

return lint_closed
