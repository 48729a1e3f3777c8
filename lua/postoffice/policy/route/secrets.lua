--- The keys that sign, which the host gives by the names that a policy has for them.
-- @module postoffice.policy.route.secrets

local signature = require "postoffice.text.signature"
local verdict = require "postoffice.policy.route.verdict"

local secrets = {}

-- What the host gives by a name, if these are keys.
local function given(host, name)
  local keys = type(host) == "function" and host(name) or type(host) == "table" and host[name]
  return signature.are_keys(keys) and keys or nil
end

--- The keys of a name; or nil and a verdict, which says nothing of what the host did.  A function of
-- the host has to answer at once: it is called in the middle of a stage.
-- @tparam table routing
-- @string name
-- @tparam table declaration that has the name
-- @treturn {string,...}|nil
-- @treturn table|nil a verdict
function secrets.keys(routing, name, declaration)
  local call = coroutine.create(given)
  local ok, keys = coroutine.resume(call, routing.secrets, name)
  if ok and keys and coroutine.status(call) == "dead" then return keys end
  return nil, verdict.of("secret-missing", ('the host gives no keys of the name "%s"; give them by'
    .. " the option secrets, a list of texts by name"):format(name), declaration)
end

return secrets
