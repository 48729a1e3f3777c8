--- The exceptions of a claim: what it does not speak of.
-- @module postoffice.policy.prove.claims.exceptions

local bindings = require "postoffice.policy.prove.claims.binding"
local directory = require "postoffice.policy.compile.directory"
local facts = require "postoffice.policy.prove.claims.facts"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.claims.members"

local exceptions = {}

-- The codes by which an entry itself ends the mail to it.
local OWN = lists.set {
  "recipient-gone", "recipient-restricted", "recipient-size", "list-empty",
}

-- Whether a delivery ends at its entry: it is its mailbox, or the entry does not take it.
local function ends_at_entry(compiled, delivery)
  if delivery.verdict == "deliver" then return not delivery.connector end
  if OWN[delivery.code] then return true end
  local entry = delivery.code == "fact-missing"
    and bindings.find_entry(compiled, delivery.entry)
  return entry and delivery.rule == directory.where(compiled.directory, entry) or false
end

-- The names of the entries that carried a delivery to where it ends.
local function carriers(run, delivery, number)
  local names = {}
  for _, name in ipairs(delivery.via or {}) do names[#names + 1] = name end
  if delivery.entry and not ends_at_entry(run.policy.compiled, delivery)
    and not run:is_named(number) then
    names[#names + 1] = delivery.entry
  end
  return names
end

-- Whether the entry of a name is the one that is wanted, or of the kind that is.
local function is_wanted(compiled, part, name)
  if part.name then return name:lower() == part.name:lower() end
  local entry = bindings.find_entry(compiled, name)
  return entry ~= nil and bindings.is(compiled, entry, part.who)
end

-- By kind of an exception, a function of a run, a delivery and its number, which says whether it is
-- one.
local EXCEPTION = {}

function EXCEPTION.fact(binding, part)
  local is_so = facts.bind(binding, part.fact)
  return function(run) return is_so(run.message) end
end

EXCEPTION["from"] = function(binding, part)
  local is_member = members.bind(binding, part.set)
  return function(run)
    local sender = run.message:get "sender"
    return sender ~= nil and is_member(sender)
  end
end

EXCEPTION["by"] = function(binding, part)
  if part.name then binding:entry(part.name_at, part.who, part.name) end
  return function(run, delivery, number)
    for _, name in ipairs(carriers(run, delivery, number)) do
      if is_wanted(run.policy.compiled, part, name) then return true end
    end
    return false
  end
end

function EXCEPTION.asks()
  return function(_, delivery) return delivery.code == "ask-failed" end
end

--- What tells whether a claim does not speak of a delivery.
-- @tparam table binding
-- @tparam table part an exception of a claim
-- @treturn function of a run (`policy`, `message`, and `is_named`: of a number, whether
--   the entry of that delivery did not lead to its address, but is known to have it as its target), a
--   delivery and its number
function exceptions.bind(binding, part) return EXCEPTION[part.kind](binding, part) end

return exceptions
