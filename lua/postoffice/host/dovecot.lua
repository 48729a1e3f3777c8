--- Dovecot's passdb and userdb, from a script for its auth-lua.
--
-- The passdb tells LMTP which backend has a mailbox, and under what name; of every other service it
-- knows nobody, since it knows no passwords.  The userdb tells who has a mailbox here.  A script is
--
--     local host = require "postoffice.host.dovecot"
--     host.serve(dovecot, _G, { policy = "/etc/postoffice/site.lua" })
--
-- Dovecot calls functions of a script one after the other and waits for each, so that questions of the
-- policy hold up others: give the userdb `blocking=yes`, which runs it in processes of its own.
-- `doveadm reload` reads the policy again.
-- @module postoffice.host.dovecot

local adapter = require "postoffice.host.adapter"
local verdict = require "postoffice.host.verdict"

local dovecot = {}

local OPTIONS = { inside = "boolean" }

local say = verdict.sayer "dovecot"

-- What a policy says of a user, and how Dovecot is told: a name of its results without the database.
local function ask(here, user)
  local made = adapter.decide(here.site, user, here.facts, here.log)
  if made.addresses and made.addresses[2] then
    -- Dovecot has one mailbox for each recipient: lists are for whoever gives it the mail.
    made = verdict.own("expansion-unsayable", made.deliveries)
  end
  return made, say(made)
end

-- Where LMTP finds a mailbox that is elsewhere, as fields of a passdb; nil if it is here.
local function proxy_fields(made)
  local hop = made.action == "deliver" and made.hop
  if not (hop and hop.host) then return nil end
  return {
    proxy = "y", nopassword = "y", host = hop.host, port = hop.port and tostring(hop.port),
    protocol = hop.transport == "lmtp" and "lmtp" or "smtp", destuser = made.addresses[1],
  }
end

local function look_up_passdb(here, request)
  local results = here.api.auth
  if request.service ~= "lmtp" then return results.PASSDB_RESULT_USER_UNKNOWN, {} end
  local made, result = ask(here, request.user)
  local fields = proxy_fields(made)
  -- The userdb knows who is here.
  if result == "RESULT_OK" and not fields then result = "RESULT_USER_UNKNOWN" end
  return results["PASSDB_" .. result], fields or {}
end

local function look_up_userdb(here, request)
  local made, result = ask(here, request.user)
  if result == "RESULT_OK" and made.action ~= "here" then result = "RESULT_USER_UNKNOWN" end
  return here.api.auth["USERDB_" .. result],
    result == "RESULT_OK" and { user = made.addresses[1] } or {}
end

--- Makes a script answer for a policy.
-- @tparam table api what Dovecot gives the script as `dovecot`
-- @tparam table script its globals, `_G`: gets `script_init`, `script_deinit`, `auth_passdb_lookup` and
--   `auth_userdb_lookup`
-- @tparam table options `policy`, `asks`, `secrets` and `load` as `host.site` takes them; `inside`:
--   whoever gives mail to Dovecot may write to foreign domains through us
function dovecot.serve(api, script, options)
  options = adapter.options(options, OPTIONS)
  local here = {
    api = api, log = function(message) api.i_error("postoffice: " .. verdict.line(message)) end,
    facts = { admitted = true, may_relay = options.inside or nil },
  }
  function script.script_init()
    local message
    here.site, message = adapter.open(options, "policy", { "dovecot" })
    if here.site then return 0 end
    here.log(message)
    return 1
  end
  function script.script_deinit() here.site:close() end
  function script.auth_passdb_lookup(request) return look_up_passdb(here, request) end
  function script.auth_userdb_lookup(request) return look_up_userdb(here, request) end
end

return dovecot
