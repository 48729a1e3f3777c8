--- What is answered to a claim.
-- @module postoffice.policy.prove.claims.answer

local addresses = require "postoffice.address"
local explain = require "postoffice.policy.prove.explain"
local lists = require "postoffice.lists"

local answer = {}

local function shown(value)
  if type(value) ~= "table" then return tostring(value) end
  if addresses.is(value) then return addresses.show(value) end
  return table.concat(value, ", ")
end

-- What an envelope says, in the order of a claim.
local FACTS = { "sender", "may_relay", "authenticated", "arrived_by", "down", "size", "now" }
local SAYS = {
  sender = "from %s", may_relay = "may_relay", authenticated = "authenticated",
  arrived_by = "arrived_by %s", down = "down %s", size = "size %s", now = "now %s",
}

--- An envelope in a claim's words.
-- @tparam table envelope
-- @treturn string such as `from <>, may_relay`
function answer.envelope(envelope)
  local parts = {}
  for _, name in ipairs(FACTS) do
    local value = envelope[name]
    local is_said = value and not (type(value) == "table" and next(value) == nil)
    if is_said then parts[#parts + 1] = SAYS[name]:format(shown(value)) end
  end
  return #parts > 0 and table.concat(parts, ", ") or "whatever else is so"
end

local SENTENCE = {}

function SENTENCE.holds() return "holds" end

function SENTENCE.undecided(self) return "undecided: " .. self.why end

function SENTENCE.fails(self)
  local told = self.where and (" (%s)"):format(self.where) or ""
  return ("fails: %s, %s%s: %s%s"):format(self.witness, answer.envelope(self.envelope),
    self.given and ", " .. self.given or "", explain.sentence(self.delivery), told)
end

local meta = {
  __name = "postoffice.answer",
  __tostring = function(self) return SENTENCE[self.outcome](self) end,
}

--- Makes an answer of its fields.
-- @tparam table fields
-- @treturn table the same, as text by `tostring`
function answer.new(fields) return setmetatable(fields, meta) end

--- The names of all outcomes.
answer.outcomes = lists.keys(SENTENCE)

return answer
