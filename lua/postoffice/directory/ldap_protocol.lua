--- The protocol of LDAP servers (LDAPv3, RFC 4511), for `channel`: binding and searching.  Replies
-- have the number of their request.
--
-- A request is `{ bind = dn, password = }` or `{ search = bytes, most = }`; its ticket gets the
-- `entries`, so many at most, and a `failure` if the result is not success.
-- @module postoffice.directory.ldap_protocol

local ber = require "postoffice.directory.ber"

local protocol = {}

local VERSION = 3

-- Tags of operations.
local BIND, SEARCH = 0x60, 0x63
local BOUND, ENTRY, DONE, REFERENCE, EXTENDED = 0x61, 0x64, 0x65, 0x73, 0x78
local SIMPLE = 0x80

-- Bytes of a message: a group of a hundred thousand members has as many.
local MOST_BYTES = 16 * 1024 * 1024

--- Requests that may wait for their results: OpenLDAP ends a connection of nobody that has more than
-- 100 (conn_max_pending of slapd.conf(5)).
protocol.WINDOW = 64

local NOT_LDAP = "what the server sent is no message of LDAP"

function protocol.state() return { last = 0, tickets = {} } end

local function operation_of(request)
  if request.search then return ber.value(SEARCH, request.search) end
  return ber.value(BIND, ber.integer(VERSION) .. ber.octets(request.bind)
    .. ber.value(SIMPLE, request.password))
end

--- The bytes of a request.
-- @tparam table state
-- @tparam table request
-- @tparam table ticket
-- @treturn string
function protocol.encode(state, request, ticket)
  state.last = state.last + 1
  ticket.most, ticket.entries = request.most or 0, {}
  ticket.ends_by = request.search and DONE or BOUND
  state.tickets[state.last] = ticket
  return ber.sequence(ber.integer(state.last), operation_of(request))
end

--- Reads a message.
-- @tparam table read
-- @treturn table|nil with `id`, `tag`, `content`
-- @treturn string|nil why there is none
function protocol.read(read)
  local content, why = ber.receive(read.bytes, MOST_BYTES)
  if not content then return nil, why end
  local values = ber.values(content)
  if not values or not values[2] then return nil, NOT_LDAP end
  return { id = ber.number(values[1].content), tag = values[2].tag, content = values[2].content }
end

-- What results are called that servers give for a search or a bind (RFC 4511, appendix A).
local RESULTS = {
  [1] = "operationsError", [2] = "protocolError", [3] = "timeLimitExceeded",
  [4] = "sizeLimitExceeded", [8] = "strongerAuthRequired", [10] = "referral",
  [11] = "adminLimitExceeded", [12] = "unavailableCriticalExtension",
  [13] = "confidentialityRequired", [16] = "noSuchAttribute", [17] = "undefinedAttributeType",
  [18] = "inappropriateMatching", [32] = "noSuchObject", [34] = "invalidDNSyntax",
  [48] = "inappropriateAuthentication", [49] = "invalidCredentials",
  [50] = "insufficientAccessRights", [51] = "busy", [52] = "unavailable",
  [53] = "unwillingToPerform", [54] = "loopDetect", [80] = "other",
}

-- Ends a request by the content of a result: anything but success is a failure.
local function finish(ticket, content)
  local values = ber.values(content)
  if not values or not values[3] then return nil, NOT_LDAP end
  local code = ber.number(values[1].content)
  if code ~= 0 then
    local told = values[3].content
    ticket.failure = ("result %d, %s%s"):format(code, RESULTS[code] or "unknown",
      told ~= "" and ": " .. told or "")
  end
  ticket.done = true
  return true
end

-- The values of an attribute, a list of texts.
local function texts_of(content)
  local texts = {}
  for i, value in ipairs(ber.values(content) or {}) do texts[i] = value.content end
  return texts
end

-- Adds an entry: the lists of values by the lower case of attributes' names.
local function add_entry(ticket, content)
  local values = ber.values(content)
  local attributes = values and values[2] and ber.values(values[2].content)
  if not attributes or #ticket.entries >= ticket.most then return nil, NOT_LDAP end
  local entry = {}
  for _, attribute in ipairs(attributes) do
    local parts = ber.values(attribute.content)
    if not parts or not parts[2] then return nil, NOT_LDAP end
    entry[parts[1].content:lower()] = texts_of(parts[2].content)
  end
  ticket.entries[#ticket.entries + 1] = entry
  return true
end

-- A part of what was searched is elsewhere: nobody is missing for sure.
local function refer(ticket)
  ticket.referred = true
  return true
end

local TAKES = { [BOUND] = finish, [DONE] = finish, [ENTRY] = add_entry, [REFERENCE] = refer }

--- Gives a message to its request.
-- @tparam table state
-- @tparam table message
-- @treturn boolean|nil
-- @treturn string|nil
function protocol.dispatch(state, message)
  if message.tag == EXTENDED and message.id == 0 then return nil, "the server says good-bye" end
  local ticket, take = state.tickets[message.id], TAKES[message.tag]
  if not ticket or not take then return nil, NOT_LDAP end
  if take == finish and message.tag ~= ticket.ends_by then return nil, NOT_LDAP end
  local ok, why = take(ticket, message.content)
  if ticket.done then state.tickets[message.id] = nil end
  return ok, why
end

return protocol
