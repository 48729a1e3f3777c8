--- Answers `auth_http` of nginx's mail proxy, for SMTP without AUTH
-- (nginx.org/en/docs/mail/ngx_mail_auth_http_module.html).
--
-- nginx asks for the first recipient of a session alone: see `postoffice.host.backends`. A policy that could
-- lead others astray is refused when it is loaded, and where it is loaded for something else, each answer
-- is 451. In any case the server behind checks recipients itself, and does not take nginx for one of its own
-- networks. It is handed the recipient as it came.
-- @module postoffice.host.http.mail_auth

local backends = require "postoffice.host.backends"
local decimal = require "postoffice.text.decimal"
local postoffice = require "postoffice"
local site_of = require "postoffice.host.http.routing".site
local verdict = require "postoffice.host.verdict"

local mail_auth = {}

local PATH = { notation = "path" }

-- The path and the parameters of a command: "RCPT TO:<kim@example.com> NOTIFY=NEVER".  It is a stranger's, who may
-- have written anything: nothing here takes more steps than it has bytes.
local function read_command(text)
  local path, rest = (text or ""):match "^%a+%s+%a+:%s*(<.*>)(.*)$"
  if not path then return nil end
  local address = postoffice.parse(path, PATH)
  return address and postoffice.format(address, "path"), rest, address
end

-- What is known of the message.
local function facts_of(headers)
  local sender, parameters = read_command(headers["auth-smtp-from"])
  local size = parameters and parameters:upper():match " SIZE=(%d+)"
  return { sender = sender, client = headers["client-ip"], size = decimal.read(size) }
end

-- ---- Next hops --------------------------------------------------------------

-- What was found of policies, by their revision: a look at each is enough.
local looks = setmetatable({}, { __mode = "k" })

-- Why no answer is safe, or nil.
local function objection_to(policy, switch)
  if switch == "backends-defer" then return nil end
  local known = looks[policy]
  if not known or known.revision ~= policy.revision then
    known = { revision = policy.revision, first = backends.astray(policy)[1] }
    looks[policy] = known
  end
  return known.first and "this server could lead a second recipient astray"
end

-- The one next hop of deliveries, or nil.
local function only_hop(made)
  for _, delivery in ipairs(made.deliveries) do
    if delivery.verdict == "deliver" and delivery.nexthop ~= made.nexthop then return nil end
  end
  return made.hop
end

-- ---- Answers ----------------------------------------------------------------

local say = verdict.sayer "auth_http"

local function response(headers)
  headers["content-type"] = "text/plain"
  return { status = 200, body = "", headers = headers }
end

local function refused(code, text)
  return response { ["auth-status"] = verdict.line(text), ["auth-error-code"] = code }
end

-- A mistake of ours, which nobody's mail is to bounce for.
local function misconfigured(text) return refused("451 4.3.5", text) end

-- Leads to the next hop.
local function led(made)
  local hop = only_hop(made)
  if not hop then return misconfigured "this recipient goes several ways, and a proxy knows one" end
  local host, port = backends.of(hop)
  if not host then
    return misconfigured "the next hop is no IP address that a proxy could connect to"
  end
  return response {
    ["auth-status"] = "OK", ["auth-server"] = host, ["auth-port"] = tostring(port),
  }
end

-- What is said of verdicts that have no text of their own.
local TEXTS = {
  pass = "relaying is denied",
  here = "the mailbox is here, and a proxy has none; give it a next hop",
}

local function answer(made)
  local code = say(made):match "^Auth%-Error%-Code: (.*)$"
  if not code then return led(made) end
  return refused(code, TEXTS[made.action] or made.text)
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
    return refused("550 5.7.1", "this is for SMTP without AUTH")
  end
  local objection = objection_to(site.policy, api.switches.auth_http)
  if objection then
    if service.failed then
      service:failed({ protocol = "auth_http" }, backends.astray(site.policy)[1].message)
    end
    return misconfigured(objection)
  end
  local recipient = read_command(headers["auth-smtp-to"])
  if not recipient then return refused("550 5.1.3", "the recipient cannot be read") end
  local facts = facts_of(headers)
  local made = verdict.of(site:route(recipient, facts), recipient:match "^<(.*)>$")
  service:decided(verdict.record(made, "auth_http", "auth_http", name, recipient, facts.sender))
  return answer(made)
end

return mail_auth
