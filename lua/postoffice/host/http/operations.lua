--- The calls of those who run the server.
-- @module postoffice.host.http.operations

local json = require "postoffice.text.json"
local lists = require "postoffice.lists"
local problems = require "postoffice.host.http.problems"
local site_of = require "postoffice.host.http.routing".site

local operations = {}

local encode = json.encoder { "status", "policy", "connector", "down", "revision" }

--- Whether the process answers.
-- @treturn table response
function operations.healthz() return problems.response(200, encode { status = "ok" }) end

--- Whether it takes requests.
-- @tparam table service
-- @treturn table response
function operations.readyz(service)
  if service.draining or not next(service.sites) then return problems.refuse "unready" end
  return problems.response(200, encode { status = "ready" })
end

--- What was counted, for Prometheus.
-- @tparam table service
-- @treturn table response
function operations.metrics(service)
  return {
    status = 200, body = service:metrics(),
    headers = { ["content-type"] = "text/plain; version=0.0.4; charset=utf-8" },
  }
end

--- Tells that a connector is down, or up again.
-- @tparam table service
-- @tparam table fields of the request
-- @treturn table response
function operations.connector(service, fields)
  local site, name = site_of(service, fields.policy)
  if not site then return name end
  if not lists.contains(site.policy:connectors(), fields.name) then
    return problems.refuse "connector-unknown"
  end
  local ok, message = service:set_down(name, fields.name, fields.down)
  if not ok then return problems.refuse("server-failure", { message = message }) end
  return problems.response(200, encode {
    policy = name, connector = fields.name, down = fields.down,
  })
end

--- Loads a policy again.
-- @tparam table service
-- @tparam table fields of the request
-- @treturn table response
function operations.reload(service, fields)
  local site, name = site_of(service, fields.policy)
  if not site then return name end
  local ok, revision
  if service.reload then ok, revision = service:reload(name) else ok, revision = site:reload() end
  if not ok then return problems.refuse("reload-refused", { message = revision }) end
  return problems.response(200, encode { policy = name, revision = revision })
end

return operations
