--- A message of which all is said, by an envelope.
-- @module postoffice.policy.prove.classes.messages.given

local lists = require "postoffice.lists"
local read = require "postoffice.policy.route.read".address

local given = {}

local lower = string.lower

local Given = {}
Given.__index = Given

function Given:get(name) return self.facts[name] end

function Given:is_down(folded) return self.down[folded] or false end

function Given:connectors() return lists.keys(self.down) end

function Given:envelope() return self.given end

--- The message of an envelope, in which all is chosen.
-- @tparam table envelope as for `route`, with `down` as a list
-- @treturn table for `get`, `is_down`, `connectors` and `envelope`, as `chosen` has them
function given.of(envelope)
  local down = {}
  for _, name in ipairs(envelope.down or {}) do down[lower(name)] = true end
  local sender = envelope.sender
  if type(sender) == "string" then sender = read(sender == "" and "<>" or sender) end
  return setmetatable({
    given = envelope, down = down,
    facts = {
      sender = sender, may_relay = envelope.may_relay, authenticated = envelope.authenticated,
      size = envelope.size, arrived_by = envelope.arrived_by and lower(envelope.arrived_by),
    },
  }, Given)
end

return given
