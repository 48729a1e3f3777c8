--- Servers behind nginx's mail proxy, as next hops of a policy.
--
-- **nginx asks for the first recipient of a session, and for no other**: whatever the client says from
-- then on, further recipients and further messages too, goes to that recipient's server as it comes
-- (tried with nginx 1.22). With one next hop, nobody can be led astray. With several, each server has to
-- answer 4xx for a recipient that is another's, whom the client then tries again in a session of its own; that is
-- the word of who runs them, and what the protocol `auth_http_deferring` stands for.
--
-- nginx connects to addresses, and looks up no names.
-- @module postoffice.host.backends

local backends = {}

local PORT = 25

--- What nginx connects to for a next hop.
-- @tparam table|nil hop a delivery's
-- @treturn string|nil an IP address; nil where it is none, or wants something else than SMTP
-- @treturn number port
function backends.of(hop)
  local host = hop and (not hop.transport or hop.transport == "smtp") and hop.host
  if not host then return nil end
  if not host:find "^%d+%.%d+%.%d+%.%d+$" and not host:find "^%x*:[%x:.]*$" then return nil end
  return host, hop.port or PORT
end

-- The connectors of a policy that have a next hop, each with that.
local function connectors_of(policy)
  local drawn, nodes, found = policy:graph { as = "table" }, {}, {}
  for _, node in ipairs(drawn.nodes) do nodes[node.id] = node end
  for _, edge in ipairs(drawn.edges) do
    local from, to = nodes[edge.from], nodes[edge.to]
    if to and to.kind == "nexthop" then
      found[#found + 1] = {
        where = from.rule, name = from.label, nexthop = to.label, hop = to.hop,
      }
    end
  end
  return found
end

local function new_row(connector, message, advice)
  return {
    where = connector.where, title = ('connector "%s"'):format(connector.name), message = message,
    advice = advice,
  }
end

local ASTRAY = 'has another next hop than "%s", and nginx asks for the first recipient of a session'
  .. " alone: the next one would come to the first one's"
local DEFER = "let each server answer 4xx for whom it does not have, and say so: auth_http ="
  .. ' "backends-defer"'

--- The connectors of a policy by which a session could be led astray: those that have another next hop than
-- the first has.
-- @tparam table policy
-- @treturn {table,...} each with `where` it is declared, `title`, `message` and `advice`
function backends.astray(policy)
  local list, first = {}, nil
  for _, connector in ipairs(connectors_of(policy)) do
    first = first or connector
    if connector.nexthop ~= first.nexthop then
      list[#list + 1] = new_row(connector, ASTRAY:format(first.name), DEFER)
    end
  end
  return list
end

--- The connectors of a policy that nginx cannot connect to.
-- @tparam table policy
-- @treturn {table,...} as of `astray`
function backends.unreachable(policy)
  local list = {}
  for _, connector in ipairs(connectors_of(policy)) do
    if not backends.of(connector.hop) then
      list[#list + 1] = new_row(connector, "has a next hop that is no IP address, and nginx's mail"
        .. " proxy looks up no names", 'write nexthop = "smtp:[192.0.2.7]:25"')
    end
  end
  return list
end

return backends
