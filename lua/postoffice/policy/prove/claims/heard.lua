--- What a claim looks at of the sender of a message: who he is, as whom connectors hand him over, and
-- whether that is known of all of his class.
-- @module postoffice.policy.prove.claims.heard

local doubts = require "postoffice.policy.prove.claims.doubts"
local ends = require "postoffice.policy.prove.claims.ends"
local fates = require "postoffice.policy.prove.classes.fates"
local members = require "postoffice.policy.prove.claims.members"
local outgoing = require "postoffice.policy.route.outgoing"

local heard = {}

local concat = table.concat

-- What a claim tests: who wrote, in its exceptions; as whom he is handed over, in its ends; and whether that is
-- compared with what another policy makes of him.
local function looks_of(binding, tree)
  local looks = { of_given = {}, of_said = {}, are_compared = false }
  for _, part in ipairs(tree.unless or {}) do
    if part.kind == "from" then table.insert(looks.of_given, members.bind(binding, part.set)) end
  end
  for _, part in ipairs(tree.ends) do
    if part.kind == "sender" then table.insert(looks.of_said, members.bind(binding, part.set)) end
    looks.are_compared = looks.are_compared or part.kind == "routes"
  end
  return looks
end

local function add_tests(parts, tests, address)
  for _, test in ipairs(tests) do parts[#parts + 1] = test(address) and "1" or "0" end
end

-- Adds what a claim looks at of an address as whom a sender is handed over.
local function add_said(parts, looks, sender, said)
  if not looks.of_said[1] then return end
  local is_same_type = said.type == sender.type
  parts[#parts + 1] = (ends.is_carrier(said) and "+" or "") .. (is_same_type and "=" or "")
  add_tests(parts, looks.of_said, said)
end

-- Adds what is known of all of a sender's class as a connector says them.
local function add_told(parts, looks, one, sender)
  local ruled = outgoing.rewrite(one.routing, sender, one.connector)
  local told = doubts.told_of_sender(one.routing.compiled, one.connector, ruled)
  for _, name in ipairs { "verdict", "places", "inside" } do
    parts[#parts + 1] = told[name] and "1" or "0"
  end
  if told.types then add_said(parts, looks, sender, told.types) end
end

--- What tells senders from others, for `postoffice.policy.prove.classes.fates`.
-- @tparam table binding
-- @tparam table tree of a claim
-- @treturn function
function heard.teller(binding, tree)
  local looks = looks_of(binding, tree)
  return function(sender, list, owned)
    local parts = {}
    if looks.are_compared then parts[1] = fates.compared(sender, list, owned) end
    if looks.are_compared and not parts[1] then return nil end
    add_tests(parts, looks.of_given, sender)
    add_said(parts, looks, sender, sender)
    for _, one in ipairs(list) do
      parts[#parts + 1] = one.code or ""
      if one.said then add_said(parts, looks, sender, one.said) end
      if one.connector.speaks then add_told(parts, looks, one, sender) end
    end
    return concat(parts, " ")
  end
end

return heard
