--- A policy as a graph: for programs, and as Graphviz DOT (`postoffice graph policy.lua | dot -Tsvg`).
-- @module postoffice.policy.prove.graph

local connectors = require "postoffice.policy.compile.connectors"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local postoffices = require "postoffice.policy.compile.postoffices"

local graph = {}

local fold = postoffices.fold

-- The shapes that kinds of nodes have in DOT.
local SHAPES = {
  addresses = "oval", directory = "cylinder", domain = "folder", connector = "box",
  nexthop = "plaintext", postoffice = "ellipse", gateway = "house", type = "plaintext",
}

local function new_graph() return { nodes = {}, edges = {}, by_id = {} } end

-- Adds a node with the fields of `more`, once.
local function add_node(drawn, id, kind, label, more)
  if drawn.by_id[id] then return end
  local node = more or {}
  node.id, node.kind, node.label = id, kind, label
  drawn.nodes[#drawn.nodes + 1], drawn.by_id[id] = node, node
end

local function add_edge(drawn, from, to, label, more)
  local edge = more or {}
  edge.from, edge.to, edge.label = from, to, label
  drawn.edges[#drawn.edges + 1] = edge
end

local function rule_of(declaration) return { rule = describe.where(declaration) } end

local function add_domains(compiled, drawn)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local id, more = "domain " .. domain.name, rule_of(domain.declaration)
    more.is = domain.kind
    add_node(drawn, id, "domain", domain.name, more)
    add_edge(drawn, id, domain.kind == "local" and "directory" or "addresses")
  end
end

local function add_connectors(compiled, drawn)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local id, more = "connector " .. connector.name, rule_of(connector.declaration)
    more.speaks = connector.speaks
    add_node(drawn, id, "connector", connector.name, more)
    for _, space in ipairs(connector.spaces) do
      add_edge(drawn, "addresses", id, ("%s, cost %s"):format(space.text, tostring(space.cost)),
        { space = space.text, cost = space.cost })
    end
    if connector.reaches then
      add_edge(drawn, id, "postoffice " .. fold(connector.reaches))
    elseif connector.nexthop then
      add_node(drawn, "hop " .. connector.nexthop, "nexthop", connector.nexthop,
        { hop = connector.hop })
      add_edge(drawn, id, "hop " .. connector.nexthop)
    end
  end
end

local function add_postoffices(compiled, drawn)
  for _, office in ipairs(postoffices.all(compiled.postoffices)) do
    local id, more = "postoffice " .. fold(office.name), rule_of(office.declaration)
    add_node(drawn, id, office.gateway and "gateway" or "postoffice", office.name, more)
    if office.via then add_edge(drawn, "postoffice " .. fold(office.via.name), id) end
    if office.gateway then
      local target = office.ours and "addresses" or "type " .. office.gateway
      add_node(drawn, target, "type", office.gateway)
      add_edge(drawn, id, target, "gateway to " .. office.gateway)
    end
  end
end

--- A policy as a graph: domains, connectors with their spaces and costs, post offices, gateways.
-- @tparam table policy
-- @treturn table `nodes`, each with `id`, `kind` (`addresses`, `directory`, `domain`, `connector`,
--   `nexthop`, `postoffice`, `gateway` or `type`), `label`, the file and line that declares it as
--   `rule`, of the directory the number of `entries`, of a domain what it `is`, of a connector what it
--   `speaks`, of a next hop its parts as `hop`; and `edges`, each with `from`, `to`, `label`, and of a
--   space `space` and `cost`
function graph.of(policy)
  local compiled, drawn = policy.compiled, new_graph()
  add_node(drawn, "addresses", "addresses", "addresses")
  add_node(drawn, "directory", "directory", "directory",
    { entries = directory.count(compiled.directory) })
  add_edge(drawn, "directory", "addresses", "targets")
  add_domains(compiled, drawn)
  add_connectors(compiled, drawn)
  add_postoffices(compiled, drawn)
  drawn.by_id = nil
  return drawn
end

-- ---- DOT --------------------------------------------------------------------

local function quote(text)
  return '"' .. text:gsub("[%c]", " "):gsub('[\\"]', "\\%0") .. '"'
end

-- What stands in a node.
local LABELS = {
  directory = function(node) return ("%s, %d entries"):format(node.label, node.entries) end,
  domain = function(node) return node.label .. ", " .. node.is end,
  connector = function(node)
    return node.speaks and ("%s (%s)"):format(node.label, node.speaks) or node.label
  end,
}

local function dot_of_node(node)
  local label = LABELS[node.kind]
  return ("  %s [label=%s, shape=%s];"):format(quote(node.id),
    quote(label and label(node) or node.label), SHAPES[node.kind])
end

local function dot_of_edge(edge)
  return ("  %s -> %s%s;"):format(quote(edge.from), quote(edge.to),
    edge.label and (" [label=%s]"):format(quote(edge.label)) or "")
end

--- The same as Graphviz DOT.
-- @tparam table policy
-- @treturn string
function graph.dot(policy)
  local drawn, lines = graph.of(policy), { "digraph policy {", "  rankdir=LR;" }
  for _, node in ipairs(drawn.nodes) do lines[#lines + 1] = dot_of_node(node) end
  for _, edge in ipairs(drawn.edges) do lines[#lines + 1] = dot_of_edge(edge) end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

return graph
