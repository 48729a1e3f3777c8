--- Loops that set the variable which they go by: Lua 5.5 does not compile them.
--
-- Sources are read by luacheck's parser, which Debian has for Lua 5.1 alone.
local found, parser = pcall(require, "luacheck.parser")
local decoder = found and require "luacheck.decoder"

local loops = { can_read = found }

-- Names that are other variables within a scope: whether each is one that a loop goes by.
local function scope(outer, ids, is_control)
  local inner = setmetatable({}, { __index = outer })
  for i, id in ipairs(ids) do inner[id[1]] = is_control and i == 1 or false end
  return inner
end

local walk

local function walk_all(nodes, from, to, names, report)
  for i = from, to do walk(nodes[i], names, report) end
end

-- By kind of node, what is in it; all others have the names of what is around them.
local VISIT = {}

function VISIT.Set(node, names, report)
  for _, target in ipairs(node[1]) do
    if target.tag == "Id" and names[target[1]] then report(target[1], target.line) end
  end
  walk_all(node, 1, #node, names, report)
end

function VISIT.Fornum(node, names, report)
  walk_all(node, 2, #node - 1, names, report)
  walk(node[#node], scope(names, { node[1] }, true), report)
end

function VISIT.Forin(node, names, report)
  walk(node[2], names, report)
  walk(node[3], scope(names, node[1], true), report)
end

function VISIT.Function(node, names, report)
  walk(node[2], scope(names, node[1]), report)
end

function walk(node, names, report)
  if type(node) ~= "table" then return end
  if VISIT[node.tag] then return VISIT[node.tag](node, names, report) end
  for _, child in ipairs(node) do
    walk(child, names, report)
    local tag = type(child) == "table" and child.tag
    if tag == "Local" or tag == "Localrec" then
      local ids = child[1]
      names = scope(names, ids.tag and { ids } or ids)
    end
  end
end

--- The places where a source sets such a variable.
-- @string source
-- @treturn {string,...} "line: name"
function loops.faults(source)
  local list = {}
  local tree = parser.parse(decoder.decode((source:gsub("^#![^\n]*", ""))), {}, {})
  walk(tree, {}, function(name, line) list[#list + 1] = ("%d: %s"):format(line, name) end)
  return list
end

return loops
