--- Draws a policy as Graphviz DOT: `postoffice graph policy.lua | dot -Tsvg`.
-- @module postoffice.policy.prove.graph

local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local postoffices = require "postoffice.policy.compile.postoffices"

local graph = {}

local fold = postoffices.fold

local function quote(text)
  return '"' .. text:gsub("[%c]", " "):gsub('[\\"]', "\\%0") .. '"'
end

local function node(lines, id, label, shape)
  lines[#lines + 1] = ("  %s [label=%s, shape=%s];"):format(quote(id), quote(label), shape)
end

local function edge(lines, from, to, label)
  lines[#lines + 1] = ("  %s -> %s%s;"):format(quote(from), quote(to),
    label and (" [label=%s]"):format(quote(label)) or "")
end

local function draw_domains(compiled, lines)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    node(lines, "domain " .. domain.name, domain.name .. ", " .. domain.kind, "folder")
    if domain.kind == "local" then
      edge(lines, "domain " .. domain.name, "directory")
    else
      edge(lines, "domain " .. domain.name, "addresses")
    end
  end
end

local function draw_connectors(compiled, lines)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local id = "connector " .. connector.name
    local speaks = connector.speaks and (" (%s)"):format(connector.speaks) or ""
    node(lines, id, connector.name .. speaks, "box")
    for _, space in ipairs(connector.spaces) do
      edge(lines, "addresses", id, ("%s, cost %s"):format(space.text, tostring(space.cost)))
    end
    if connector.reaches then
      edge(lines, id, "postoffice " .. fold(connector.reaches))
    elseif connector.nexthop then
      node(lines, "hop " .. connector.nexthop, connector.nexthop, "plaintext")
      edge(lines, id, "hop " .. connector.nexthop)
    end
  end
end

local function draw_postoffices(compiled, lines)
  for _, office in ipairs(postoffices.all(compiled.postoffices)) do
    local id = "postoffice " .. fold(office.name)
    node(lines, id, office.name, office.gateway and "house" or "ellipse")
    if office.via then edge(lines, "postoffice " .. fold(office.via.name), id) end
    if office.gateway then
      node(lines, "type " .. office.gateway, office.gateway, "plaintext")
      edge(lines, id, office.ours and "addresses" or "type " .. office.gateway,
        "gateway to " .. office.gateway)
    end
  end
end

--- A policy as a graph: domains, connectors with their spaces and costs, post offices, gateways.
-- @tparam table policy
-- @treturn string DOT
function graph.dot(policy)
  local lines = { "digraph policy {", "  rankdir=LR;" }
  node(lines, "addresses", "addresses", "oval")
  local entries = directory.count(policy.compiled.directory)
  node(lines, "directory", ("directory, %d entries"):format(entries), "cylinder")
  edge(lines, "directory", "addresses", "targets")
  draw_domains(policy.compiled, lines)
  draw_connectors(policy.compiled, lines)
  draw_postoffices(policy.compiled, lines)
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

return graph
