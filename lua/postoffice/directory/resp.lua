--- The protocol of Redis servers (RESP2), for `channel`: replies come in the order of the requests.
-- A reply is a ticket with its `value`, nil for null, or with the `failure` that the server told.
-- @module postoffice.directory.resp

local resp = {}

-- What a server may send: levels of arrays, items of one, and bytes of a text.
local MOST_LEVELS, MOST_ITEMS, MOST_BYTES = 8, 1000000, 64 * 1024 * 1024

--- Requests that may wait for their replies.
resp.WINDOW = 1000

local NOT_RESP = "what the server sent is no reply of Redis"

function resp.state() return { first = 1, last = 0, tickets = {} } end

--- The bytes of a command.
-- @tparam table state
-- @tparam {string,...} request
-- @tparam table ticket
-- @treturn string
function resp.encode(state, request, ticket)
  state.last = state.last + 1
  state.tickets[state.last] = ticket
  local parts = { ("*%d\r\n"):format(#request) }
  for i, word in ipairs(request) do parts[i + 1] = ("$%d\r\n%s\r\n"):format(#word, word) end
  return table.concat(parts)
end

-- The count that a line tells, -1 for null; or nil.
local function count_of(text, most)
  local count = text:find "^%-?%d+$" and tonumber(text)
  return count and count >= -1 and count <= most and count or nil
end

local read_reply

local function read_text(read, rest)
  local count = count_of(rest, MOST_BYTES)
  if not count then return nil, NOT_RESP end
  if count == -1 then return {} end
  local text, why = read.bytes(count + 2)
  if not text then return nil, why end
  if text:sub(-2) ~= "\r\n" then return nil, NOT_RESP end
  return { value = text:sub(1, -3) }
end

-- Null items are false; an error among them is the reply's.
local function read_array(read, rest, level)
  local count = count_of(rest, MOST_ITEMS)
  if not count or level > MOST_LEVELS then return nil, NOT_RESP end
  if count == -1 then return {} end
  local list, failure = {}, nil
  for i = 1, count do
    local item, why = read_reply(read, level + 1)
    if not item then return nil, why end
    failure = failure or item.failure
    if item.value == nil then list[i] = false else list[i] = item.value end
  end
  return { value = list, failure = failure }
end

local function read_number(_, rest)
  local number = tonumber(rest)
  if not number then return nil, NOT_RESP end
  return { value = number }
end

-- By the first byte of a reply, what reads the rest.
local KINDS = {
  ["$"] = read_text,
  ["*"] = read_array,
  [":"] = read_number,
  ["+"] = function(_, rest) return { value = rest } end,
  ["-"] = function(_, rest) return { failure = rest } end,
}

function read_reply(read, level)
  local line, why = read.line()
  if not line then return nil, why end
  local kind = KINDS[line:sub(1, 1)]
  if not kind then return nil, NOT_RESP end
  return kind(read, line:sub(2), level)
end

--- Reads a reply.
-- @tparam table read
-- @treturn table|nil with `value` or `failure`
-- @treturn string|nil why there is none
function resp.read(read) return read_reply(read, 1) end

--- Gives a reply to the request that has waited longest.
-- @tparam table state
-- @tparam table reply
-- @treturn boolean|nil
-- @treturn string|nil
function resp.dispatch(state, reply)
  local ticket = state.tickets[state.first]
  if not ticket then return nil, NOT_RESP end
  state.tickets[state.first], state.first = nil, state.first + 1
  ticket.value, ticket.failure, ticket.done = reply.value, reply.failure, true
  return true
end

return resp
