--- Answers `auth_http` of nginx's mail proxy, for SMTP without AUTH
-- (nginx.org/en/docs/mail/ngx_mail_auth_http_module.html).
--
-- **nginx asks for the first recipient of a session, and for no other**: whatever the client says from
-- then on, further recipients and further messages too, goes to that recipient's backend as it comes
-- (tried with nginx 1.22). So a policy may have one next hop here, from which nobody can be led astray;
-- with several, every answer is 451, unless the switch `auth_http` is `"backends-defer"`: the word of who
-- runs the backends that each of them answers 4xx for a recipient that is another's, whom the client
-- then tries again in a session of its own. In both cases, a backend checks recipients itself, and does not
-- take nginx for one of its own networks.
--
-- nginx connects to addresses, not to names, and hands a recipient over as it came.
-- @module postoffice.host.http.mail_auth

local postoffice = require "postoffice"
local site_of = require "postoffice.host.http.routing".site
local verdict = require "postoffice.host.verdict"

local mail_auth = {}

local PORT = 25

local PATH = { notation = "path" }

-- The path and the parameters of a command: "RCPT TO:<kim@example.com> NOTIFY=NEVER".
local function read_command(text)
  local path, rest = (text or ""):match "^%a+%s+%a+:%s*(<.*>)(.-)%s*$"
  if not path then return nil end
  local address = postoffice.parse(path, PATH)
  return address and postoffice.format(address, "path"), rest, address
end

-- What is known of the message.
local function facts_of(headers)
  local sender, parameters = read_command(headers["auth-smtp-from"])
  local size = parameters and parameters:upper():match " SIZE=(%d+)"
  return { sender = sender, client = headers["client-ip"], size = tonumber(size) }
end

-- ---- Next hops --------------------------------------------------------------

-- An address as nginx connects to it, with its port; or nil.
local function backend_of(hop)
  local host = hop and (not hop.transport or hop.transport == "smtp") and hop.host
  if not host then return nil end
  if not host:find "^%d+%.%d+%.%d+%.%d+$" and not host:find "^%x*:[%x:.]*$" then return nil end
  return host, hop.port or PORT
end

-- The next hops of a policy's connectors: how many, and one of them.
local function next_hops(policy)
  local count, last = 0, nil
  for _, node in ipairs(policy:graph { as = "table" }.nodes) do
    if node.kind == "nexthop" then count, last = count + 1, node.label end
  end
  return count, last
end

local SEVERAL = "nginx asks for the first recipient of a session alone, and this policy has %d next"
  .. " hops: a further recipient would come to the first one's; let each backend answer 4xx for"
  .. ' whom it does not have, and say so by auth_http = "backends-defer"'

--- Why a policy cannot be asked by auth_http, as a message; or nil.
-- @tparam table policy
-- @tparam boolean|string switch
-- @treturn string|nil
function mail_auth.objection(policy, switch)
  local count = next_hops(policy)
  if count > 1 and switch ~= "backends-defer" then return SEVERAL:format(count) end
end

-- What was found of policies, by their revision: a look at each is enough.
local objections = setmetatable({}, { __mode = "k" })

local function objection_to(policy, switch)
  local known = objections[policy]
  if not known or known.revision ~= policy.revision or known.switch ~= switch then
    known = {
      revision = policy.revision, switch = switch,
      message = mail_auth.objection(policy, switch),
    }
    objections[policy] = known
  end
  return known.message
end

-- The one next hop of deliveries, or nil.
local function only_hop(made)
  for _, delivery in ipairs(made.deliveries) do
    if delivery.verdict == "deliver" and delivery.nexthop ~= made.nexthop then return nil end
  end
  return made.hop
end

-- ---- Answers ----------------------------------------------------------------

local REPLY = { ["4"] = "451", ["5"] = "550" }

local function refused(status, text)
  status = status or "4.3.0"
  return {
    status = 200, body = "",
    headers = {
      ["content-type"] = "text/plain", ["auth-status"] = verdict.line(text),
      ["auth-error-code"] = (REPLY[status:sub(1, 1)] or "451") .. " " .. status,
    },
  }
end

-- A mistake of ours, which nobody's mail is to bounce for.
local function misconfigured(text) return refused("4.3.5", text) end

local function sent_to(host, port)
  return {
    status = 200, body = "",
    headers = {
      ["content-type"] = "text/plain", ["auth-status"] = "OK", ["auth-server"] = host,
      ["auth-port"] = tostring(port),
    },
  }
end

local ANSWERS = {
  pass = function() return refused("5.7.1", "relaying is denied") end,
  here = function()
    return misconfigured "the mailbox is here, and a proxy has none; give it a next hop"
  end,
}

function ANSWERS.deliver(made)
  local hop = only_hop(made)
  if not hop then return misconfigured "this recipient goes several ways, and a proxy knows one" end
  local host, port = backend_of(hop)
  if not host then
    return misconfigured "the next hop is no IP address that a proxy could connect to"
  end
  return sent_to(host, port)
end

-- The deliver, here and pass of a policy, or what it says instead.
local function answer(made)
  local say = ANSWERS[made.action]
  return say and say(made) or refused(made.status, made.text)
end

local function tell(service, name, recipient, facts, made)
  service:decided {
    protocol = "auth_http", map = "auth_http", site = name, recipient = recipient,
    sender = facts.sender, action = made.action, status = made.status, code = made.code,
    connector = made.connector, rule = made.rule,
  }
end

--- The answer for the first recipient of a session.
-- @tparam table service
-- @tparam table fields with the `headers` of the request; `policy` in one named `x-policy`
-- @tparam table api
-- @treturn table response
function mail_auth.answer(service, fields, api)
  local headers = fields.headers
  local site, name = site_of(service, headers["x-policy"])
  if not site then return misconfigured "there is no such policy here" end
  if headers["auth-protocol"] ~= "smtp" or headers["auth-method"] ~= "none" then
    return refused("5.7.1", "this is for SMTP without AUTH")
  end
  local objection = objection_to(site.policy, api.switches.auth_http)
  if objection then return misconfigured(objection) end
  local recipient = read_command(headers["auth-smtp-to"])
  if not recipient then return refused("5.1.3", "the recipient cannot be read") end
  local facts = facts_of(headers)
  local made = verdict.of(site:route(recipient, facts), recipient:match "^<(.*)>$")
  tell(service, name, recipient, facts, made)
  return answer(made)
end

return mail_auth
