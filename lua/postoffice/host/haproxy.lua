--- HAProxy's Lua: the HTTP API, Postfix's socketmap, and an action that says where an address goes.
--
-- A file that `lua-load-per-thread` names, so that each thread has a policy of its own, is
--
--     local host = require "postoffice.host.haproxy"
--     host.register(core, { name = "site", policy = "/etc/postoffice/site.lua" })
--
-- It registers, each called in the configuration with `lua.` before it:
--
-- * the service `postoffice_http`, see `postoffice.host.http`;
-- * the service `postoffice_socketmap`, see `postoffice.host.socketmap`;
-- * the action `postoffice_route`, which reads the variable `txn.postoffice_recipient` and sets
--   `txn.postoffice_action` (`postoffice.host.verdict`), `_address`, `_nexthop`, `_host`, `_port`,
--   `_status` and `_text`, those that there are.
--
-- Converters and fetches may not wait, and so cannot ask what a policy asks: there are none.
-- A policy of which a file changes is read again by each thread; what does not load leaves the last one.
-- @module postoffice.host.haproxy

local adapter = require "postoffice.host.adapter"
local decimal = require "postoffice.text.decimal"
local http = require "postoffice.host.http"
local socketmap = require "postoffice.host.socketmap"
local verdict = require "postoffice.host.verdict"

local haproxy = {}

local find = string.find

local OPTIONS = { name = "string", http = "table", period = "number", inside = "boolean" }

local PERIOD = 5 -- seconds between looks at the policy's files

-- ---- HTTP --------------------------------------------------------------------

-- The first value of each header, by its name in lower case, as HAProxy has them.
local function headers_of(applet)
  local headers = {}
  for name, values in pairs(applet.headers) do headers[name] = values[0] end
  return headers
end

local function serve_http(here, applet)
  local request = {
    method = applet.method, path = applet.path, query = applet.qs, headers = headers_of(applet),
    peer = applet.f:src(),
  }
  local length = decimal.read(request.headers["content-length"])
  local ok, response
  if length and length > here.api.length then
    response = http.too_long()
  else
    request.body = applet:receive() or ""
    ok, response = pcall(here.api.answer, here.api, request)
    if not ok then
      here.log(response)
      response = http.failure()
    end
  end
  applet:set_status(response.status)
  for name, value in pairs(response.headers) do applet:add_header(name, value) end
  applet:start_response()
  applet:send(response.body)
end

-- ---- socketmap ---------------------------------------------------------------

local LONGEST_LENGTH = 9 -- digits

-- The bytes up to the colon of a netstring, which come one by one since HAProxy waits for as many as it is
-- asked for; nil at the end, or where there is none.
local function receive_length(applet)
  local digits = ""
  while #digits <= LONGEST_LENGTH do
    local byte = applet:receive(1)
    if not find(byte or "", "^[%d:]") then return nil end
    digits = digits .. byte
    if byte == ":" then return digits end
  end
  return nil
end

local function serve_socketmap(here, applet)
  local reader = socketmap.reader()
  while true do
    local length = receive_length(applet)
    if not length then return end
    reader:push(length)
    local request = reader:next()
    if request == nil then
      reader:push(applet:receive(tonumber(length:sub(1, -2)) + 1) or "")
      request = reader:next()
    end
    if not request then return end
    local ok, reply = pcall(socketmap.answer, here.service, request)
    if not ok then
      here.log(reply)
      reply = socketmap.failure()
    end
    applet:send(reply)
  end
end

-- ---- The action --------------------------------------------------------------

-- What is told of a verdict, by the end of the variable's name.
local function told(made)
  local hop = made.hop or {}
  return {
    action = made.action, address = made.addresses and made.addresses[1], nexthop = made.nexthop,
    host = hop.host, port = hop.port, status = made.status, text = made.text,
  }
end

local function run_action(here, txn)
  local recipient = txn:get_var "txn.postoffice_recipient" or ""
  local made = adapter.decide(here.site, recipient, { may_relay = here.inside }, here.log)
  for name, value in pairs(told(made)) do txn:set_var("txn.postoffice_" .. name, value) end
end

-- ---- The policy --------------------------------------------------------------

-- Reads the policy again whenever one of its files has changed, and says once why it cannot.
local function watch(here, core, period)
  local failure
  while true do
    core.sleep(period)
    if not here.site:is_current() then
      local ok, message = here.site:reload()
      if not ok and message ~= failure then here.log(message) end
      failure = not ok and message or nil
    end
  end
end

--- Registers what HAProxy calls; raises if the policy does not load, so that HAProxy does not start.
-- @tparam table core HAProxy's
-- @tparam table options `name` of the site (`site`), `policy`, `asks`, `secrets` and `load` as
--   `host.site` takes them; `http`, the switches of `host.http`; `inside`: whom the action is asked for may
--   write to foreign domains through us; `period`, seconds between looks at the policy's files (5)
function haproxy.register(core, options)
  options = adapter.options(options, OPTIONS)
  local name = options.name or "site"
  local opened = assert(adapter.open(options, name, { "http", "socketmap" }))
  local service = { sites = { [name] = opened }, decided = function() end }
  local here = {
    site = opened, service = service, api = http.new(service, options.http),
    inside = options.inside,
    log = function(message) core.Alert("postoffice: " .. verdict.line(message)) end,
  }
  core.register_service("postoffice_http", "http", function(applet) serve_http(here, applet) end)
  core.register_service("postoffice_socketmap", "tcp", function(applet)
    serve_socketmap(here, applet)
  end)
  core.register_action("postoffice_route", { "tcp-req", "tcp-res", "http-req", "http-res" },
    function(txn) run_action(here, txn) end)
  core.register_task(function() watch(here, core, options.period or PERIOD) end)
end

return haproxy
