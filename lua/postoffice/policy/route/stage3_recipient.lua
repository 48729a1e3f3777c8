--- Stage 3: the script may decide before the directory does, by `on.recipient`.
-- @module postoffice.policy.route.stage3_recipient

local arguments = require "postoffice.policy.route.arguments"
local read = require "postoffice.policy.route.read"
local script = require "postoffice.policy.route.calls"
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local MOST_BYTES, bytes_of = read.MOST_BYTES, read.bytes_of

-- One address that the script returned, as text or as a table.
local function read_returned(value)
  if type(value) == "string" or type(value) == "table" and type(value.type) == "string" then
    return arguments.address(value)
  end
  return nil, "what is no address: it has to return nil, an address, a list of addresses, or"
    .. " reject, defer or pass"
end

local function say(routing, declaration, addresses)
  if not routing.trace then return end
  local texts = {}
  for i, address in ipairs(addresses) do texts[i] = write(address) end
  routing.trace:say("recipient", declaration, "on.recipient: %s", table.concat(texts, ", "))
end

local function is_list(value)
  return type(value) == "table" and (value[1] ~= nil or next(value) == nil)
end

-- What reading and resolving an address that a function returned costs, in instructions of the
-- script: by the million that it has by default, a list of ten thousand.
local COST = 100

-- Why there is an address too long to be read, or nil.
local function too_long(list, declaration)
  for _, item in ipairs(list) do
    local bytes = bytes_of(item)
    if bytes > MOST_BYTES then
      return verdict.of("policy-error", ("the function returned an address of %d bytes; %d are"
        .. " the most"):format(bytes, MOST_BYTES), declaration)
    end
  end
end

-- Why there are too many addresses to look at, or nil.  That does not heal: it is no defer.
local function too_many(routing, list, declaration)
  local most = routing.compiled.settings.max_recipients or math.huge
  if #list > most then
    return verdict.of("expansion-limit", ("the function returned %d addresses; max_recipients"
      .. " allows %d"):format(#list, most), declaration)
  elseif not script.charge(routing, COST * #list) then
    return verdict.of("expansion-limit", ("the function returned %d addresses, for which the"
      .. " script's instructions do not suffice; raise the option instructions by %d for each")
      :format(#list, COST), declaration)
  end
end

--- What a function of the script made of an address.
-- @tparam table routing
-- @param value what it returned
-- @tparam table declaration the function's
-- @treturn {table,...}|nil addresses, one at least
-- @treturn table a verdict
local function addresses_of(routing, value, declaration)
  if verdict.is(value) then return nil, verdict.scripted(value, declaration) end
  local list = is_list(value) and value or { value }
  local refused = too_many(routing, list, declaration) or too_long(list, declaration)
  if refused then return nil, refused end
  local name = declaration.word == "on" and "on." .. declaration.name or "the function"
  local addresses = {}
  for _, item in ipairs(list) do
    local address, message = read_returned(item)
    if not address then
      return nil, verdict.of("policy-error",
        ("%s returned %s"):format(name, message), declaration)
    end
    addresses[#addresses + 1] = address
  end
  if #addresses == 0 then
    return nil, verdict.of("list-empty",
      name .. " returned a list of nobody; return nil to go on, or reject()", declaration)
  end
  return addresses
end

-- What the script's answer means: see `recipient`.
local function decide(routing, value, failure, declaration)
  if failure then return nil, failure end
  if value == nil then
    if declaration and routing.trace then
      routing.trace:say("recipient", declaration, "on.recipient: go on")
    end
    return nil
  end
  local addresses, decided = addresses_of(routing, value, declaration)
  if not addresses then
    if routing.trace then
      routing.trace:say("recipient", declaration, "on.recipient: %s", decided.verdict)
    end
    return nil, decided
  end
  say(routing, declaration, addresses)
  return addresses
end

--- Asks the script.
-- @tparam table routing
-- @tparam table address
-- @treturn {table,...}|nil the addresses to go on with instead; nil if it leaves it as it is
-- @treturn table|nil a verdict
local function recipient(routing, address)
  return decide(routing, script.event(routing, "recipient", address, routing.scripted))
end

--- Goes on from the call of `on.recipient`.
-- @tparam table routing
-- @tparam table event
-- @param ... what the state returned when it was called
-- @treturn {table,...}|nil as `recipient`
-- @treturn table|nil a verdict
local function answered(routing, event, ...)
  local ok, result = script.go_on(routing, event.declaration, ...)
  if not ok then return nil, result end
  return decide(routing, result, nil, event.declaration)
end

return { recipient = recipient, answered = answered, addresses_of = addresses_of }
