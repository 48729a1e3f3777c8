--- Who may ask: checked before a call is looked at, on loopback too, where any page that a browser
-- shows can send requests.
--
-- * `Host` has to be a name of ours, or DNS rebinding makes a foreign page one of our own.
-- * `Origin`, which browsers add, has to be that same host: no other page may ask, and there is no
--   CORS that would let it read an answer.
-- * A call that changes something, and every call where `protected` is set, wants the token (RFC 6750).
-- @module postoffice.host.http.guards

local problems = require "postoffice.host.http.problems"

local guards = {}

local LOOPBACK = { ["localhost"] = true, ["127.0.0.1"] = true, ["[::1]"] = true }

-- The name in a Host: without its port, in lower case.
local function name_of(host) return (host:lower():gsub(":%d+$", "")) end

-- Refuses a host that is not ours.
local function check_host(api, request)
  local host = request.headers.host
  if not host or host == "" then return problems.refuse "host-missing" end
  local name = name_of(host)
  if not LOOPBACK[name] and not api.hosts[name] then return problems.refuse "host-refused" end
end

-- Refuses a page of another origin.
local function check_origin(_, request)
  local origin = request.headers.origin
  if not origin then return nil end
  local host = origin:match "^https?://([^/]+)$"
  if not host or host:lower() ~= request.headers.host:lower() then
    return problems.refuse "origin-refused"
  end
end

-- Whether two texts are equal, in a time that does not tell where they differ.
local function is_equal(a, b)
  local differences = #a == #b and 0 or 1
  for i = 1, #a do
    if a:byte(i) ~= b:byte((i - 1) % math.max(#b, 1) + 1) then differences = differences + 1 end
  end
  return differences == 0
end

local CHALLENGE = 'Bearer realm="postoffice"'

-- Refuses who does not have the token, where one is wanted.
local function check_token(api, request, call)
  if call.open or not (call.admin or api.protected) then return nil end
  if not api.token then return problems.refuse "token-unset" end
  local given = (request.headers.authorization or ""):match "^[Bb][Ee][Aa][Rr][Ee][Rr] +(%S+)%s*$"
  if not given then
    return problems.refuse("token-missing", nil, { ["www-authenticate"] = CHALLENGE })
  elseif not is_equal(given, api.token) then
    return problems.refuse("token-refused", nil,
      { ["www-authenticate"] = CHALLENGE .. ', error="invalid_token"' })
  end
end

-- Refuses a call that is switched off.
local function check_switch(api, _, call)
  if call.switch and not api.switches[call.switch] then
    return problems.refuse("switched-off", {
      message = ("this call is switched off on this server; its switch is %s"):format(call.switch),
    })
  end
end

--- Why a request is refused, whatever it asks for: a response, or nil.
-- @tparam table api
-- @tparam table request
-- @treturn table|nil
function guards.connection(api, request)
  return check_host(api, request) or check_origin(api, request)
end

--- Why a call is refused to this request: a response, or nil.
-- @tparam table api
-- @tparam table request
-- @tparam table call
-- @treturn table|nil
function guards.call(api, request, call)
  return check_switch(api, request, call) or check_token(api, request, call)
end

return guards
