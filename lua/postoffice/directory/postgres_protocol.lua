--- The protocol of PostgreSQL (version 3.0), for `channel`: beginning a session, proving who one is, and
-- one statement with its parameters at a time.  Replies come in the order of the requests.
--
-- A request is a table with the `bytes` that are sent; its ticket gets `names`, `rows`, a `failure`, and
-- is `complete` if the statement was carried out.
-- While a session begins it gets `method` and `data`, which the server asks for next.
-- @module postoffice.directory.postgres_protocol

local protocol = {}

--- Requests that may wait for their replies.
protocol.WINDOW = 100

-- Bytes of a message.
local MOST_BYTES = 16 * 1024 * 1024

local VERSION = 3 * 65536

local NOT_POSTGRES = "what the server sent is no message of PostgreSQL"

local byte, char = string.byte, string.char

-- ---- Numbers and texts -------------------------------------------------------

-- A number of so many bytes, the greatest first.
local function number(value, count)
  local bytes = {}
  for i = count, 1, -1 do bytes[i], value = char(value % 256), math.floor(value / 256) end
  return table.concat(bytes)
end

-- The number that so many bytes at a place are, or nil; all bits set is -1.
local function number_at(text, at, count)
  if #text < at + count - 1 then return nil end
  local value = 0
  for i = at, at + count - 1 do value = value * 256 + byte(text, i) end
  return value == 256 ^ count - 1 and -1 or value
end

local function text_of(text) return text .. "\0" end

-- ---- What is sent ------------------------------------------------------------

local function message(tag, content) return tag .. number(#content + 4, 4) .. content end

--- What begins a session.
-- @tparam table parameters user, database, ...
-- @treturn table
function protocol.startup(parameters)
  local parts = { number(VERSION, 4) }
  for name, value in pairs(parameters) do parts[#parts + 1] = text_of(name) .. text_of(value) end
  parts[#parts + 1] = "\0"
  return { bytes = message("", table.concat(parts)) }
end

--- What names a way to prove who one is, with what comes first.
function protocol.begin_proof(mechanism, first)
  return { bytes = message("p", text_of(mechanism) .. number(#first, 4) .. first) }
end

--- What goes on proving, or is a password.
function protocol.prove(text) return { bytes = message("p", text) } end

--- A password in clear.
function protocol.password(text) return { bytes = message("p", text_of(text)) } end

-- The messages that prepare a statement by a name, and that carry out the one of that name.
local function prepare(name, text)
  return message("P", text_of(name) .. text_of(text) .. number(0, 2))
end

local function carry_out(name, values, most, describe)
  local bound = { "\0" .. text_of(name), number(0, 2), number(#values, 2) }
  for i, value in ipairs(values) do bound[i + 3] = number(#value, 4) .. value end
  bound[#bound + 1] = number(0, 2)
  return message("B", table.concat(bound)) .. (describe and message("D", "P\0") or "")
    .. message("E", "\0" .. number(most, 4)) .. message("S", "")
end

--- A statement with its parameters, all texts, and the rows that are read at most.
-- @string text
-- @tparam {string,...} values
-- @number most
-- @treturn table
function protocol.statement(text, values, most)
  return { bytes = prepare("", text) .. carry_out("", values, most, true) }
end

--- The same for a statement that is carried out again and again: a connection of our own prepares it
-- once.  The ticket gets no names.
-- @string text
-- @tparam {string,...} values
-- @number most
-- @treturn table
function protocol.repeated(text, values, most)
  return { text = text, values = values, most = most }
end

-- ---- Waiting for replies -----------------------------------------------------

-- What is known of a connection: those of a host's pool have had statements that we do not know.
function protocol.state(transport)
  return { first = 1, last = 0, tickets = {}, prepared = {}, names = 0, pooled = transport.pooled }
end

-- The bytes of a statement that is repeated.
local function repeated_bytes(state, request)
  local text = request.text
  local name = state.prepared[text]
  if name then return carry_out(name, request.values, request.most) end
  state.names = state.names + 1
  name = state.pooled and "" or "s" .. state.names
  state.prepared[text] = not state.pooled and name or nil
  return prepare(name, text) .. carry_out(name, request.values, request.most)
end

--- The bytes of a request.
-- @tparam table state
-- @tparam table request
-- @tparam table ticket
-- @treturn string
function protocol.encode(state, request, ticket)
  state.last = state.last + 1
  state.tickets[state.last], ticket.rows = ticket, {}
  ticket.text = request.text
  return request.bytes or repeated_bytes(state, request)
end

--- Reads a message.
-- @tparam table read
-- @treturn table|nil with `tag` and `content`
-- @treturn string|nil why there is none
function protocol.read(read)
  local head, why = read.bytes(5)
  if not head then return nil, why end
  local length = number_at(head, 2, 4)
  if length < 4 or length > MOST_BYTES then return nil, NOT_POSTGRES end
  local content
  content, why = read.bytes(length - 4)
  if not content then return nil, why end
  return { tag = head:sub(1, 1), content = content }
end

local function finish(state, ticket)
  if ticket.failure and ticket.text then state.prepared[ticket.text] = nil end -- be it for its plan
  state.tickets[state.first], state.first = nil, state.first + 1
  ticket.done = true
  return true
end

-- What the server wants to have proven: nothing more, or by a method.
local AUTHENTICATED, FINAL = 0, 12

local function take_authentication(state, ticket, content)
  local method = number_at(content, 1, 4)
  if method == FINAL then
    ticket.signature = content:sub(5)
    return true
  end
  ticket.method, ticket.data = method, content:sub(5)
  return method == AUTHENTICATED or finish(state, ticket)
end

-- The names of columns, each of which has 18 bytes more.
local function take_names(_, ticket, content)
  local names, at = {}, 3
  for i = 1, number_at(content, 1, 2) or 0 do
    local stop = content:find("\0", at, true)
    if not stop then return nil, NOT_POSTGRES end
    names[i], at = content:sub(at, stop - 1), stop + 19
  end
  ticket.names = names
  return true
end

local function take_row(_, ticket, content)
  local row, at = {}, 3
  for i = 1, number_at(content, 1, 2) or 0 do
    local length = number_at(content, at, 4)
    if not length or at + 3 + length > #content then return nil, NOT_POSTGRES end
    at = at + 4
    if length >= 0 then row[i], at = content:sub(at, at + length - 1), at + length end
  end
  ticket.rows[#ticket.rows + 1] = row
  return true
end

-- An error: its SQLSTATE and message.  A fatal one is the last that is said.
local function take_error(_, ticket, content)
  local fields = {}
  for field, text in content:gmatch "(%a)(%Z*)%z" do fields[field] = text end
  ticket.failure = ("%s: %s"):format(fields.C or "XX000", fields.M or "no message")
  if (fields.V or fields.S) == "ERROR" then return true end
  return nil, ticket.failure
end

-- A statement was carried out: all of it, or as many rows as were wanted.
local function take_completion(_, ticket)
  ticket.complete = true
  return true
end

-- By the tag of a message, what takes it; what is not here tells nothing that matters.
local TAKES = {
  R = take_authentication, T = take_names, D = take_row, C = take_completion, s = take_completion,
  E = take_error, Z = finish,
}

--- Gives a message to the request that has waited longest.
-- @tparam table state
-- @tparam table received
-- @treturn boolean|nil
-- @treturn string|nil
function protocol.dispatch(state, received)
  local take, ticket = TAKES[received.tag], state.tickets[state.first]
  if not take then return true end
  if ticket then return take(state, ticket, received.content) end
  if take == take_error then return take_error(state, {}, received.content) end
  return nil, NOT_POSTGRES
end

return protocol
