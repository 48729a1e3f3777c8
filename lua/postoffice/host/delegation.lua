--- The protocol of Postfix's policy delegation (SMTPD_POLICY_README): whether a recipient may be
-- written to.
--
-- At RCPT, the policy decides with all that is known of the message: who relays is said by
-- `policy_context=inside` or a `sasl_username`, and by nothing else.  At END-OF-MESSAGE the true size is
-- known, and the recipients are those that were let pass at RCPT, by `instance`.
-- @module postoffice.host.delegation

local decimal = require "postoffice.text.decimal"
local incoming = require "postoffice.host.incoming"
local instances = require "postoffice.host.instances"
local lists = require "postoffice.lists"
local maps = require "postoffice.host.maps"
local verdict = require "postoffice.host.verdict"

local delegation = {}

local lower, match, sub = string.lower, string.match, string.sub

local LENGTH = 65536 -- of a request; Postfix's is some hundreds

local Reader = {}
Reader.__index = Reader

--- What reads requests.
-- @tparam[opt] table limits `length`, of one request
-- @treturn table reader
function delegation.reader(limits)
  return setmetatable({
    incoming = incoming.new(), attributes = {}, read = 0,
    length = limits and limits.length or LENGTH,
  }, Reader)
end

--- Takes bytes that came.
-- @tparam string bytes
function Reader:push(bytes) self.incoming:push(bytes) end

-- The attributes at their end; or false and why they are none.
local function end_request(self)
  local attributes, read = self.attributes, self.read
  self.attributes, self.read = {}, 0
  if read == 0 then return false, "an empty request" end
  if attributes.request ~= "smtpd_access_policy" then return false, "no request of a policy" end
  return attributes
end

-- Takes a line of a request; or returns why it is none.
local function read_line(self, line)
  self.read = self.read + #line + 1
  if self.read > self.length then return "the request is too long" end
  local name, value = match(line, "^([^=%z]+)=([^%z]*)$")
  if not name then return "a line without a name and =" end
  self.attributes[name] = value
end

--- The next request.
-- @treturn table|nil|false its attributes; nil if more bytes are wanted; false if this is no request
-- @treturn string why
function Reader:next()
  local line = self.incoming:line()
  while line do
    if line == "" then return end_request(self) end
    local why = read_line(self, line)
    if why then return false, why end
    line = self.incoming:line()
  end
  if self.read + self.incoming.length <= self.length then return nil end
  return false, "the request is too long"
end

-- ---- Facts -------------------------------------------------------------------

-- A value that says something, or nil.
local function said(value) return value ~= "" and value or nil end

-- The site that a request is about, and the rest of its context: `SITE.inside`, `inside`, `SITE`.
local function find_site(service, context)
  local name, rest = match(context, "^([^.]+)%.?(.*)$")
  if name and service.sites[name] then return service.sites[name], rest end
  local only, site = next(service.sites)
  if only and next(service.sites, only) == nil then return site, context end
end

-- What a request says of its message.  The null sender is empty, and so is a size that nobody declared:
-- the true one comes at END-OF-MESSAGE.
local function facts_of(request, context)
  local login = said(request.sasl_username)
  return {
    sender = request.sender, size = decimal.read(request.size) or 0,
    may_relay = context == "inside" or login ~= nil, authenticated = login ~= nil,
    client = said(request.client_address),
  }
end

-- The address of a recipient, as Postfix has it unquoted; nil if it has no domain yet, which is for
-- Postfix to add, but for the postmaster (RFC 5321 4.5.1).
local function address_of(text)
  if lower(text) == "postmaster" then return "<Postmaster>" end
  local localpart, domain = match(text, "^(.*)@(.*)$")
  if not localpart then return nil end
  return maps.address(text) or { type = "SMTP", localpart = localpart, domain = domain }
end

-- ---- Deciding ----------------------------------------------------------------

local say = verdict.sayer "delegation"

local function tell(service, site, request, made)
  local record = verdict.record(made, "delegation", request.protocol_state, site.name,
    said(request.recipient), request.sender)
  record.instance = said(request.instance)
  service:decided(record)
end

-- The messages that are under way, by service.
local known = setmetatable({}, { __mode = "k" })

local function memory_of(service)
  known[service] = known[service] or instances.new(service.limits)
  return known[service]
end

local function key_of(site, request) return site.name .. "\0" .. (request.instance or "") end

-- Whether anything hangs on how large a message is.
local function minds_size(site) return site:capabilities().facts.size end

-- A recipient as it is remembered: with whether its sender may relay, since at the end another context
-- may ask.
local function noted(recipient, facts) return (facts.may_relay and "+" or "-") .. recipient end

-- By state of the protocol, a function of service, site, request and facts that returns a verdict, or
-- nil where there is nothing to say.
local STATES = {}

function STATES.RCPT(service, site, request, facts)
  local recipient = request.recipient or ""
  local address = address_of(recipient)
  if not address then return nil end
  local made = verdict.of(site:route(address, facts), recipient)
  if (made.addresses or made.action == "pass") and minds_size(site) then
    memory_of(service):remember(key_of(site, request), noted(recipient, facts), os.time())
  end
  return made
end

-- The notes of a request that names its only recipient: that one's, whoever was refused beside it.
local function notes_of_one(list, recipient, facts)
  for _, note in ipairs(list) do
    if sub(note, 2) == recipient then return { note } end
  end
  return { noted(recipient, facts) }
end

-- The recipients of a message whose end was reached, as they were noted, each once, and how many of them another
-- restriction has refused after us: which ones, Postfix does not tell.  nil if some are not known.
local function recipients_of(service, site, request, facts)
  local list = memory_of(service):take(key_of(site, request))
  local only, count = said(request.recipient), tonumber(request.recipient_count) or 1
  if only then return notes_of_one(list, only, facts), 0 end
  if #list < count then return nil end
  list = lists.distinct(list) -- several restrictions may ask about one
  return list, math.max(0, #list - count)
end

-- Whether a recipient does not take a message of this size, or nobody can say so now.  What is down is
-- no matter any more: the message is here.
local function is_refused(made)
  return made.action == "defer" or made.code == "recipient-size" or made.code == "message-large"
end

-- The verdict that refuses a message to one whom it was noted for, or nil.
local function refusal_of(site, note, facts)
  local recipient = sub(note, 2)
  local address = address_of(recipient)
  facts.may_relay = sub(note, 1, 1) == "+"
  local made = address and verdict.of(site:route_up(address, facts), recipient)
  return made and is_refused(made) and made or nil
end

-- A message is refused only where one of its recipients is sure not to take it.  Those that do not may be the
-- ones that were refused after us, and then it would bounce for nobody's sake.
STATES["END-OF-MESSAGE"] = function(service, site, request, facts)
  if not minds_size(site) then return nil end
  local notes, spared = recipients_of(service, site, request, facts)
  if not notes then return verdict.own "recipients-forgotten" end
  for _, note in ipairs(notes) do
    local made = refusal_of(site, note, facts)
    if made and spared == 0 then return made end
    spared = spared - (made and 1 or 0)
  end
end

local DUNNO = "action=DUNNO\n\n"

--- Answers a request.
-- @tparam table service `sites` by name, `decided`, `limits`
-- @tparam table request
-- @treturn string|nil the reply; nil where the protocol's own error is to close without one
-- @treturn true|nil whether to close
function delegation.answer(service, request)
  local site, context = find_site(service, request.policy_context or "")
  if not site then return nil, true end
  local state = STATES[request.protocol_state]
  local made = state and state(service, site, request, facts_of(request, context))
  if not made then return DUNNO end
  tell(service, site, request, made)
  return "action=" .. say(made) .. "\n\n"
end

--- The reply after an error of our own: none, and the connection is closed.
function delegation.failure() return nil end

return delegation
