--- The calls that ask a policy.
-- @module postoffice.host.http.routing

local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local problems = require "postoffice.host.http.problems"

local routing = {}

local MAX_RECIPIENTS = 1000 -- of a message, as Postfix's expansion limit

-- The facts that a request may tell of a message.
local FACTS = {
  "sender", "size", "client", "may_relay", "authenticated", "arrived_by", "down", "now",
}

local function facts_of(fields)
  local facts = {}
  for _, name in ipairs(FACTS) do facts[name] = fields[name] end
  return facts
end

--- The site that a request names, or the only one; or nil and a response.
-- @tparam table service
-- @tparam string|nil name
-- @treturn table|nil site
-- @treturn string|table its name; or the response
function routing.site(service, name)
  if not name then
    local names = lists.keys(service.sites)
    if #names > 1 then return nil, problems.refuse "policy-missing" end
    name = names[1]
  end
  local site = name and service.sites[name]
  if not site then return nil, problems.refuse "policy-unknown" end
  return site, name
end

-- Tells the service what was decided of a delivery.
local function tell(service, name, fields, delivery)
  service:decided {
    protocol = "http", map = "route", site = name, recipient = delivery.recipient,
    sender = fields.sender, action = delivery.verdict, status = delivery.status,
    code = delivery.code, connector = delivery.connector, rule = delivery.rule,
  }
end

--- Where mail goes.
-- @tparam table service
-- @tparam table fields of the request
-- @treturn table response
function routing.route(service, fields)
  local site, name = routing.site(service, fields.policy)
  if not site then return name end
  if #fields.to == 0 then return problems.refuse "address-missing" end
  if #fields.to > MAX_RECIPIENTS then return problems.refuse "recipients-many" end
  local deliveries = site:route(fields.to, facts_of(fields))
  for _, delivery in ipairs(deliveries) do tell(service, name, fields, delivery) end
  return problems.response(200, policy.json {
    policy = name, revision = site:revision(), deliveries = deliveries,
  })
end

--- The whole way of one address.
-- @tparam table service
-- @tparam table fields of the request
-- @treturn table response
function routing.explain(service, fields)
  local site, name = routing.site(service, fields.policy)
  if not site then return name end
  return problems.response(200, policy.json(site:explain(fields.to, facts_of(fields))))
end

-- The names that are set, sorted.
local function names_of(set)
  local names = {}
  for name, is_set in pairs(set or {}) do
    if is_set then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- What there is to know of a site.
local function described(name, site)
  return {
    policy = name, revision = site:revision(), connectors = site.policy:connectors(),
    down = names_of(site.down and site.down()), failure = site.policy.failure,
  }
end

--- The policies that there are, and what a request may name of them.
-- @tparam table service
-- @tparam table _ no fields
-- @tparam table api
-- @treturn table response
function routing.policies(service, _, api)
  local found = {}
  for i, name in ipairs(lists.keys(service.sites)) do
    found[i] = described(name, service.sites[name])
  end
  return problems.response(200, policy.json {
    policies = found, switches = names_of(api.switches),
  })
end

-- Puts on each node how often its rule has decided; returns how often rules did that no node has.
local function count_hits(drawn, hits)
  local elsewhere, of_nodes = 0, {}
  for _, node in ipairs(drawn.nodes) do
    node.hits = node.rule and hits[node.rule]
    if node.hits then of_nodes[node.rule] = true end
  end
  for rule, count in pairs(hits) do
    if not of_nodes[rule] then elsewhere = elsewhere + count end
  end
  return elsewhere
end

--- A policy as a graph, with the hits of its rules.
-- @tparam table service
-- @tparam table fields of the request
-- @treturn table response
function routing.graph(service, fields)
  local site, name = routing.site(service, fields.policy)
  if not site then return name end
  local drawn = site.policy:graph { as = "table" }
  local elsewhere = count_hits(drawn, service.hits and service:hits(name) or {})
  return problems.response(200, policy.json {
    policy = name, revision = site:revision(), nodes = drawn.nodes, edges = drawn.edges,
    elsewhere = elsewhere,
  })
end

return routing
