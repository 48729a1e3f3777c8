--- What is answered to a claim.
-- @module postoffice.policy.prove.claims.answer

local addresses = require "postoffice.address"
local explain = require "postoffice.policy.prove.explain"

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

-- The texts of a list that are there, with commas between.
local function joined(list, count)
  local kept = {}
  for i = 1, count do kept[#kept + 1] = list[i] end
  return table.concat(kept, ", ")
end

-- An envelope in a claim's words, or nil.
local function said(envelope)
  local parts = {}
  for i, name in ipairs(FACTS) do
    local value = envelope[name]
    local is_said = value and not (type(value) == "table" and next(value) == nil)
    parts[i] = is_said and SAYS[name]:format(shown(value)) or nil
  end
  return next(parts) and joined(parts, #FACTS) or nil
end

local LEFT_TO_HOST = " Whether strangers may relay is left to the host."

-- By outcome, what is said beside it.
local SENTENCE = {}

function SENTENCE.holds() return nil end

function SENTENCE.undecided(self) return self.why end

function SENTENCE.fails(self)
  local told = self.where and (" (%s)"):format(self.where) or ""
  local parts = { self.witness, said(self.envelope), self.given }
  local ending = self.is_left_to_host and LEFT_TO_HOST or ""
  return ("%s: %s%s%s"):format(joined(parts, 3), explain.sentence(self.delivery), told, ending)
end

local function text(self)
  return self.sentence and ("%s: %s"):format(self.outcome, self.sentence) or self.outcome
end

local meta = { __name = "postoffice.answer", __tostring = text }

--- Makes an answer of its fields.
-- @tparam table fields
-- @treturn table the same with its `sentence`, as text by `tostring`
function answer.new(fields)
  fields.sentence = SENTENCE[fields.outcome](fields)
  return setmetatable(fields, meta)
end

return answer
