--- What is done with one recipient, and how each protocol says it: the one table of verdicts.
--
-- A policy answers with deliveries; a mail server asks for one word.  All protocols decide alike, by
-- `of`, and differ in words alone, which `ANSWERS` has.
-- @module postoffice.host.verdict

local core = require "postoffice.core"
local postoffice = require "postoffice"
local single_line = require "postoffice.text.visible".single_line

local verdict = {}

local concat = table.concat
local find, gsub, sub = string.find, string.gsub, string.sub
local format = postoffice.format

local MOST_TEXT = 200 -- bytes of a text, so that a reply line holds it (RFC 5321 4.5.3.1.5)
local ADDRESS_STATUS = "5.1.3" -- of a code about the address itself
local BEYOND_ASCII = "[^\32-\126]"

--- The actions that there are, in the order of the manual.
verdict.ACTIONS = { "deliver", "here", "pass", "nobody", "refuse", "defer", "fault" }

--- Who speaks the protocols of `ANSWERS`, in the order of the manual.
verdict.SERVERS = {
  { name = "Postfix", protocols = { "virtual", "recipients", "transport", "delegation" } },
  { name = "Exim", protocols = { "redirect", "route" } },
  { name = "Dovecot", protocols = { "dovecot" } },
  { name = "rspamd", protocols = { "rspamd" } },
  { name = "nginx's mail proxy", protocols = { "auth_http" } },
}

--- What each action means.
verdict.MEANINGS = {
  deliver = "it goes on to these addresses",
  here = "it is for a mailbox here",
  pass = "not the policy's business",
  nobody = "refused: nobody here has the address (5.1.1)",
  refuse = "refused for another reason, as relaying is",
  defer = "cannot be decided now: what is asked is silent, a budget is spent, every way is down",
  fault = "the adapter itself failed",
}

--- What each protocol says for an action.  In braces stand fields of a verdict: `addresses`; `address`,
-- the first of them; `nexthop`, `status` and `text`.  An empty text says nothing, as a protocol does
-- that leaves a recipient alone; `false`: no reply, but the connection is closed.
verdict.ANSWERS = {
  recipients = {
    deliver = "OK {address}", here = "OK {address}", pass = "NOTFOUND ", nobody = "NOTFOUND ",
    refuse = "NOTFOUND ", defer = "TEMP {text}", fault = "TEMP {text}",
  },
  virtual = {
    deliver = "OK {addresses}", here = "OK {addresses}", pass = "NOTFOUND ", nobody = "NOTFOUND ",
    refuse = "NOTFOUND ", defer = "TEMP {text}", fault = "TEMP {text}",
  },
  -- retry: and error: carry the text; of TEMP, Postfix says 451 4.3.0 without a word.
  transport = {
    deliver = "OK {nexthop}", here = "NOTFOUND ", pass = "NOTFOUND ",
    nobody = "OK error:{status} {text}", refuse = "OK error:{status} {text}",
    defer = "OK retry:{status} {text}", fault = "TEMP {text}",
  },
  delegation = {
    deliver = "DUNNO", here = "DUNNO", pass = "DUNNO", nobody = "REJECT {status} {text}",
    refuse = "REJECT {status} {text}", defer = "DEFER_IF_PERMIT {status} {text}", fault = false,
  },
  redirect = {
    deliver = "{addresses}", here = "{addresses}", pass = "", nobody = ":fail: {status} {text}",
    refuse = ":fail: {status} {text}", defer = ":defer: {status} {text}",
    fault = ":defer: {status} {text}",
  },
  route = {
    deliver = "{nexthop}", here = "", pass = "", nobody = ":fail: {status} {text}",
    refuse = ":fail: {status} {text}", defer = ":defer: {status} {text}",
    fault = ":defer: {status} {text}",
  },
  -- The ends of PASSDB_RESULT_ and USERDB_RESULT_.
  dovecot = {
    deliver = "RESULT_OK", here = "RESULT_OK", pass = "RESULT_USER_UNKNOWN",
    nobody = "RESULT_USER_UNKNOWN", refuse = "RESULT_USER_UNKNOWN",
    defer = "RESULT_INTERNAL_FAILURE", fault = "RESULT_INTERNAL_FAILURE",
  },
  -- Recipients that are added, or what is done with the whole message.
  rspamd = {
    deliver = "{addresses}", here = "{addresses}", pass = "", nobody = "reject",
    refuse = "reject", defer = "soft reject", fault = "soft reject",
  },
  -- A proxy has no mailboxes: a policy that says so errs, and nobody's mail bounces for that.
  auth_http = {
    deliver = "Auth-Status: OK", here = "Auth-Error-Code: 451 4.3.5",
    pass = "Auth-Error-Code: 550 5.7.1", nobody = "Auth-Error-Code: 550 {status}",
    refuse = "Auth-Error-Code: 550 {status}", defer = "Auth-Error-Code: 451 {status}",
    fault = "Auth-Error-Code: 451 {status}",
  },
}

-- ---- Texts -------------------------------------------------------------------

--- A text as every protocol can say it: one line of ASCII without control characters, at most 200
-- bytes, never empty.
-- @tparam[opt] string text
-- @treturn string
function verdict.line(text)
  text = text or ""
  if find(text, BEYOND_ASCII) then text = gsub(single_line(text), BEYOND_ASCII, "?") end
  return text ~= "" and sub(text, 1, MOST_TEXT) or "no reason is given"
end

local line = verdict.line

-- ---- Deciding ----------------------------------------------------------------

-- A delivery's address as SMTP has it; or nil and the code of why there is none.
local function wire_of(delivery)
  local wire, address = delivery.wire, delivery.address
  if not wire and address and address.type == "SMTP" then wire = format(address, "native") end
  if not wire then return nil, "wire-missing" end
  if single_line(wire) ~= wire then return nil, "control-character" end -- RFC 5321 4.1.2
  return wire
end

local function new(action, delivery, deliveries)
  return {
    action = action, addresses = nil, nexthop = nil, status = delivery.status,
    text = action ~= "pass" and line(delivery.message or delivery.code) or nil,
    code = delivery.code, rule = delivery.rule, entry = delivery.entry,
    connector = delivery.connector, deliveries = deliveries,
  }
end

--- A verdict that is none of the policy's: that of a code, which waits if its status says so.
-- @tparam string code
-- @tparam[opt] {table,...} deliveries
-- @treturn table
function verdict.own(code, deliveries)
  local message, status = core.message(code)
  status = status or ADDRESS_STATUS
  return {
    action = sub(status, 1, 1) == "4" and "defer" or "refuse", status = status, code = code,
    text = line(message), deliveries = deliveries,
  }
end

local own = verdict.own

local function refused(delivery, deliveries)
  return new(delivery.status == "5.1.1" and "nobody" or "refuse", delivery, deliveries)
end

-- What is delivered, or passed on under another address than was asked for.
local function delivered(list, deliveries, first, is_here)
  return {
    action = is_here and "here" or "deliver", addresses = list, nexthop = first.nexthop,
    code = nil, status = nil, text = nil, rule = first.rule, entry = first.entry,
    connector = first.connector, hop = first.hop, deliveries = deliveries,
  }
end

-- The verdict on a single delivery, which is what most recipients become.
local function of_one(delivery, asked, deliveries)
  local kind = delivery.verdict
  if kind == "defer" then return new("defer", delivery, deliveries) end
  if kind == "reject" then return refused(delivery, deliveries) end
  local wire, code = wire_of(delivery)
  local is_passed = kind == "pass" and (not wire or wire == asked)
  if is_passed then return new("pass", delivery, deliveries) end
  if not wire then return own(code, deliveries) end
  return delivered({ wire }, deliveries, delivery, kind == "deliver" and not delivery.connector)
end

-- The addresses of several deliveries, each once, the first delivery that has one, or else that is
-- refused, and whether all are mailboxes here; or nil and the verdict that keeps them all.
local function gather(deliveries)
  local list, seen, is_here, first, refusal = {}, {}, true, nil, nil
  for _, delivery in ipairs(deliveries) do
    local kind = delivery.verdict
    if kind == "defer" then return nil, new("defer", delivery, deliveries) end
    if kind == "reject" then
      refusal = refusal or delivery
    else
      local wire = wire_of(delivery)
      if not wire then return nil, own("wire-missing", deliveries) end
      if not seen[wire] then list[#list + 1], seen[wire] = wire, true end
      first = first or delivery
      is_here = is_here and kind == "deliver" and not delivery.connector
    end
  end
  return list, first or refusal, is_here
end

--- What is done with one recipient.
--
-- A delivery that waits makes all wait, so that none is lost and nobody gets two; one that is refused
-- hides no other: members of a list who are refused are left out.
-- @tparam {table,...} deliveries of one recipient, as `policy:route` returns them
-- @tparam[opt] string asked the address as it was asked for
-- @treturn table `action`, one of `ACTIONS`; `addresses`, as SMTP has them, where it is delivered;
--   `nexthop` and `hop` of the first; `status`, `text` (for the stranger: one line of ASCII) and `code`
--   where it is not; `rule`, `entry`, `connector` of the one that decided; and the `deliveries`
function verdict.of(deliveries, asked)
  local first = deliveries[1]
  if not first then return own("list-empty", deliveries) end
  if not deliveries[2] then return of_one(first, asked, deliveries) end
  local list, other, is_here = gather(deliveries)
  if not list then return other end
  if not list[1] then return refused(other, deliveries) end
  return delivered(list, deliveries, other, is_here)
end

--- The verdict of an adapter that failed itself.
-- @tparam[opt] string message for the log; strangers get none of it
-- @treturn table
function verdict.fault(message)
  local made = own "host-failed"
  made.action, made.detail = "fault", message
  return made
end

-- ---- Telling -----------------------------------------------------------------

--- Makes a record of a verdict (`service:decided`): the same table, which says what was asked besides.
-- @tparam table made
-- @tparam string protocol
-- @tparam string map what was asked, in the protocol's words
-- @tparam string site the policy's name
-- @tparam[opt] string recipient
-- @tparam[opt] string sender
-- @treturn table
function verdict.record(made, protocol, map, site, recipient, sender)
  made.protocol, made.map, made.site = protocol, map, site
  made.recipient, made.sender = recipient, sender
  return made
end

-- ---- Words -------------------------------------------------------------------

local SEPARATORS = { redirect = ", " }

-- By field, its text in a verdict.
local FIELDS = {}

function FIELDS.addresses(made, separator) return concat(made.addresses, separator) end

function FIELDS.address(made) return made.addresses[1] end

function FIELDS.nexthop(made) return made.nexthop or "" end

function FIELDS.status(made) return made.status or "4.3.0" end

function FIELDS.text(made) return made.text or "" end

-- What fills the fields of a template.
local function filler(template, separator)
  local lead, field = template:match "^([^{]*){(%a+)}$"
  if field then
    local get = FIELDS[field]
    return function(made) return lead .. get(made, separator) end
  end
  return function(made)
    return (gsub(template, "{(%a+)}", function(name) return FIELDS[name](made, separator) end))
  end
end

--- What says verdicts in the words of a protocol.
-- @tparam string protocol a name of `ANSWERS`
-- @treturn function of a verdict; returns a text, or false where the connection is closed instead
function verdict.sayer(protocol)
  local fillers, separator = {}, SEPARATORS[protocol] or ","
  for action, template in pairs(verdict.ANSWERS[protocol]) do
    fillers[action] = template and filler(template, separator)
  end
  return function(made)
    local fill = fillers[made.action]
    return fill and fill(made)
  end
end

return verdict
