--- The envelope: what a host knows about a message, and what a routing makes of it.
-- @module postoffice.policy.route.envelope

local connectors = require "postoffice.policy.compile.connectors"
local is_null = require "postoffice.address".is_null
local lists = require "postoffice.lists"
local read = require "postoffice.policy.route.read".address
local suggest = require "postoffice.suggest"

local envelope = {}

local ANYTHING = setmetatable({}, { __index = function() return true end })

-- The fields and their Lua types.
local FIELDS = {
  sender = { string = true, table = true }, may_relay = { boolean = true },
  authenticated = { boolean = true }, arrived_by = { string = true }, down = { table = true },
  size = { number = true }, now = { number = true }, client = { string = true, table = true },
  admitted = { boolean = true }, context = ANYTHING,
}

-- What no script sees.
local HIDDEN = { admitted = true, context = true, down = true }

--- The names of all fields.
envelope.names = lists.keys(FIELDS)

local MAX_DEPTH = 15 -- of tables in a field: with the envelope around it, as many as can cross
local MAX_VALUES = 100000 -- in a field; what is in two places counts twice, as it crosses twice

local KEYS = { boolean = true, number = true, string = true }

local NOTHING = {}

local lower, time = string.lower, os.time

-- Why a value cannot be passed to a script, or nil; and how many values are left.
local function why_not_passed(value, depth, left)
  local kind = type(value)
  if KEYS[kind] then return nil, left end
  if kind ~= "table" then return "holds a " .. kind end
  if depth > MAX_DEPTH then
    return ("contains itself or is nested more than %d levels deep"):format(MAX_DEPTH)
  end
  for key, item in next, value do
    if not KEYS[type(key)] then return ("has a %s as a key"):format(type(key)) end
    if left == 0 then return ("holds more than %d values"):format(MAX_VALUES) end
    local why
    why, left = why_not_passed(item, depth + 1, left - 1)
    if why then return why end
  end
  return nil, left
end

--- Raises for a field that no envelope has or that cannot be passed to a script: that is the
-- host's mistake, whatever the policy does with it.  Of `down`, only declared names are passed.
-- @tparam table given
-- @tparam number level whom to blame, as `error` counts from here
function envelope.check(given, level)
  for name, value in pairs(given) do
    local types = FIELDS[name]
    if not types then
      error(('envelope: unknown field "%s"%s'):format(tostring(name),
        suggest.phrase(tostring(name), envelope.names)), level)
    elseif not types[type(value)] then
      error(("envelope: %s cannot be a %s"):format(name, type(value)), level)
    elseif name == "now" and not (value > -math.huge and value < math.huge) then
      error("envelope: now has to be a number of seconds", level)
    end
    local why = not HIDDEN[name] and why_not_passed(value, 1, MAX_VALUES)
    if why then
      error(("envelope: %s %s; booleans, numbers, strings and tables of them can be passed"):format(
        name, why), level)
    end
  end
end

--- `down` as a set of folded names: the host passes an array of them, or a set.
-- @tparam table|nil list
-- @treturn table
function envelope.down(list)
  if not list then return NOTHING end
  local set = {}
  for key, value in pairs(list) do
    local name = type(key) == "number" and value or (value and key)
    if type(name) == "string" then set[lower(name)] = true end
  end
  return set
end

--- Reads the sender into a routing.  One that cannot be read is still a sender: it is
-- handed over as it is.
-- @tparam table routing gets `sender`, `null_sender` and `unread_sender`
-- @tparam string|table|nil sender
function envelope.read_sender(routing, sender)
  if sender == nil then return end
  local address, message = read(sender == "" and "<>" or sender)
  routing.sender = address
  routing.null_sender = address ~= nil and is_null(address)
  if not address then routing.unread_sender = { given = sender, why = message } end
end

-- The names of the declared connectors that are down: however many names the host passes, a
-- call into the script carries no others.
local function declared_down(routing)
  local names = {}
  for _, connector in ipairs(connectors.all(routing.compiled.connectors)) do
    if routing.down[connector.folded] then names[#names + 1] = connector.name end
  end
  return names
end

--- The time of a routing, in seconds since 1970: the envelope's, or the clock's when it is first
-- asked for.
-- @tparam table routing
-- @treturn number
function envelope.now(routing)
  local now = routing.envelope.now or routing.now or time()
  routing.now = now
  return now
end

--- The envelope as the script's functions see it: `sender` as it was read, `down` as an array of the
-- declared names, `now` in any case, without `context`.
-- @tparam table routing
-- @treturn table
function envelope.for_script(routing)
  local given, copy = routing.envelope, {}
  for name, value in pairs(given) do
    if not HIDDEN[name] then copy[name] = value end
  end
  copy.sender, copy.now = routing.sender, envelope.now(routing)
  copy.down = given.down and declared_down(routing)
  return copy
end

return envelope
