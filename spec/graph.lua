--- Draws what needs what: the require graph of lua/, the include and call graph of csrc/.
--
-- A node of csrc/ is a .c file with its .h; an arrow comes from an #include and
-- from the use of a function or object that another node defines.  A node of
-- lua/ is a module; an arrow comes from a `require`, wherever it stands.
--
-- Nodes lie in layers.  A layer names those it may need, all declared before
-- it, so that the layers alone cannot form a circle; inside a layer a search
-- finds one.  `lua spec/graph.lua` prints it all.
local graph = {}

-- ---- The house -------------------------------------------------------------

--- The layers of csrc/, from the ground up.  A node is in the first whose pattern it matches.
graph.C_LAYERS = {
  { name = "text", "^codes$", "^switches$", "^sources$", "^postoffice$", "^text$", "^charset$",
    "^visible$", "^address$", "^idna$", "^sha1$", needs = {} },
  { name = "lua_compat", "^lua_compat$", needs = {} },
  { name = "dialect", "^dialect/", needs = { "text" } },
  { name = "notation", "^notation/", needs = { "dialect", "text" } },
  { name = "encapsulation", "^encapsulation/", needs = { "dialect", "text" } },
  { name = "table", "^table/", needs = { "text" } },
  { name = "sandbox", "^sandbox/", needs = { "table", "text", "lua_compat" } },
  { name = "glue", "^glue/", needs = {
    "sandbox", "table", "encapsulation", "notation", "dialect", "text", "lua_compat",
  } },
}

--- The layers of lua/.  Only policy.lua, above `prove`, loads the policy compiler's entry: what
-- routes asks the parts of compile/, what they compiled is there before an address is.
graph.LUA_LAYERS = {
  { name = "core", "^postoffice%.core$", needs = {} },
  { name = "base", "^postoffice%.suggest$", "^postoffice%.arguments$", "^postoffice%.fail$",
    "^postoffice%.lists$", "^postoffice%.address$", "^postoffice%.installed$",
    "^postoffice%.text%.", "^postoffice%.manual$", needs = { "core" } },
  { name = "localpart", "^postoffice%.localpart", needs = { "base", "core" } },
  { name = "library", "^postoffice$", "^postoffice%.define$", "^postoffice%.exchange",
    "^postoffice%.mixer", "^postoffice%.routes", "^postoffice%.types",
    needs = { "base", "core" } },
  { name = "language", "^postoffice%.policy%.language%.", "^postoffice%.policy%.luacheck$",
    needs = { "base", "core" } },
  { name = "pattern", "^postoffice%.policy%.pattern%.", needs = { "language", "base", "core" } },
  { name = "import", "^postoffice%.import", needs = { "pattern", "library", "base", "core" } },
  { name = "compile", "^postoffice%.policy%.compile%.",
    needs = { "pattern", "language", "base", "core" } },
  { name = "route", "^postoffice%.policy%.route%.",
    needs = { "compile", "pattern", "language", "localpart", "base", "core" } },
  { name = "prove", "^postoffice%.policy%.prove%.",
    needs = { "route", "compile", "pattern", "language", "base", "core" } },
  { name = "compiler", "^postoffice%.policy%.compile$",
    needs = { "compile", "pattern", "language", "base", "core" } },
  { name = "policy", "^postoffice%.policy$", "^postoffice%.policy%.policy$",
    "^postoffice%.policy%.live$", "^postoffice%.policy%.load$",
    needs = { "compiler", "prove", "route", "compile", "pattern", "language", "base", "core" } },
  { name = "directory", "^postoffice%.directory", needs = { "library", "base", "core" } },
  { name = "host", "^postoffice%.host%.",
    needs = { "policy", "route", "directory", "library", "base", "core" } },
  { name = "cli", "^postoffice%.cli",
    needs = { "host", "policy", "prove", "import", "language", "directory", "library", "localpart",
      "base" } },
}

-- ---- Files -----------------------------------------------------------------

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

--- The texts of a folder's sources by path: what `of_lua` and `of_c` are given.
function graph.sources(folder)
  local sources = {}
  local pipe = assert(io.popen(("find %s -type f -name '*.[chl]*'"):format(folder)))
  for path in pipe:lines() do
    if path:find "%.[ch]$" or path:find "%.lua$" then sources[path] = read(path) end
  end
  pipe:close()
  return sources
end

-- ---- Graphs ----------------------------------------------------------------

-- A graph: `arrows[from][to]` is true; every node has an entry.
local function new_graph() return { arrows = {} } end

local function add_node(drawn, name) drawn.arrows[name] = drawn.arrows[name] or {} end

local function add_arrow(drawn, from, to)
  if from ~= to then drawn.arrows[from][to] = true end
end

local function sorted_keys(set)
  local keys = {}
  for key in pairs(set) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- The names of a graph's nodes, sorted.
function graph.nodes(drawn) return sorted_keys(drawn.arrows) end

--- What a node needs, sorted.
function graph.needs(drawn, name) return sorted_keys(drawn.arrows[name]) end

-- ---- Lua -------------------------------------------------------------------

-- Where the string that begins at `at` with `quote` ends: shared by Lua and C.
local function string_end(source, at, quote)
  local stop = at
  repeat
    stop = source:find("[\\" .. quote .. "]", stop + 1) or #source
    local escapes = source:sub(stop, stop) == "\\"
    if escapes then stop = stop + 1 end
  until not escapes
  return stop
end

-- Where the comment or the string that begins at `at` ends, and the string's text; or nil.
local function lua_token(source, at)
  local dashes = source:match("^%-%-", at) or ""
  local level = source:match("^%[(=*)%[", at + #dashes)
  if level then
    local first, last = source:find("]" .. level .. "]", at, true)
    first, last = first or #source + 1, last or #source
    return last, dashes == "" and source:sub(at + 2 + #level, first - 1) or nil
  elseif dashes ~= "" then
    return (source:find("\n", at, true) or #source + 1) - 1
  end
  local quote = source:match("^[\"']", at)
  if not quote then return nil end
  local last = string_end(source, at, quote)
  return last, source:sub(at + 1, last - 1)
end

local REQUIRE = "%f[%w_]require[%s(,]*$" -- what stands before the name of a module

--- The strings of a source that follow a `require`: `require "a"`, `pcall(require, "a")`.
function graph.required_names(source)
  local names, at, code = {}, 1, ""
  while at <= #source do
    local last, text = lua_token(source, at)
    if last then
      if text and code:find(REQUIRE) then names[#names + 1] = text end
      if text then code = "" end
    else
      last = (source:find("[%[%-\"']", at + 1) or #source + 1) - 1
      code = code .. source:sub(at, last)
    end
    at = last + 1
  end
  return names
end

local function module_of(path)
  return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

-- Adds arrows to the modules that a source requires; to all that begin so where a name is made
-- up, as in `require("a." .. name)`.
local function add_requires(drawn, from, source)
  for _, name in ipairs(graph.required_names(source)) do
    if drawn.arrows[name] then add_arrow(drawn, from, name) end
    for other in pairs(drawn.arrows) do
      local begins = name:sub(-1) == "." and other:sub(1, #name) == name
      if begins then add_arrow(drawn, from, other) end
    end
  end
end

--- The require graph of lua/.  Policies and definitions for the language server are no modules.
function graph.of_lua(sources)
  local drawn, modules = new_graph(), {}
  add_node(drawn, "postoffice.core")
  for path, source in pairs(sources) do
    if not path:find "/examples/" and not path:find "/meta[./]" then
      modules[module_of(path)] = source
      add_node(drawn, module_of(path))
    end
  end
  for name, source in pairs(modules) do add_requires(drawn, name, source) end
  return drawn
end

-- ---- C ---------------------------------------------------------------------

-- A C source without comments, and with empty strings and characters.
local function without_c_comments(source)
  local out, at = {}, 1
  while at <= #source do
    local quote = source:match("^[\"']", at)
    local stop
    if source:find("^/%*", at) then
      stop = select(2, source:find("*/", at + 2, true)) or #source
    elseif source:find("^//", at) then
      stop = (source:find("\n", at, true) or #source + 1) - 1
    elseif quote then
      stop = string_end(source, at, quote)
      out[#out + 1] = quote .. quote
    else
      stop = (source:find("[/\"']", at + 1) or #source + 1) - 1
      out[#out + 1] = source:sub(at, stop)
    end
    at = stop + 1
  end
  return table.concat(out)
end

-- Takes the directives out of a source; appends the bodies of macros to `uses`.
local function without_directives(source, uses)
  source = source:gsub("\\\r?\n", " ")
  return (("\n" .. source):gsub("\n[ \t]*#[ \t]*(%w*)([^\n]*)", function(word, rest)
    if word == "define" then uses[#uses + 1] = rest:gsub("^%s*[%w_]+", "") end
    return "\n"
  end))
end

-- The name that the head of a definition gives to a function or an object, or nil.
local function defined_name(head)
  if head:find "%f[%w_]typedef%f[^%w_]" or head:find "%f[%w_]extern%f[^%w_]" then return nil end
  local object = head:match "^([^=]*)="
  if object then return object:gsub("%b[]", ""):match "([%a_][%w_]*)%s*$" end
  return head:match "([%a_][%w_]*)%s*%("
end

local function is_static(head) return head:find "%f[%w_]static%f[^%w_]" ~= nil end

-- Declarations that end with a semicolon: objects with a value are definitions.
local function read_declarations(text, defined, uses)
  for item in text:gmatch "[^;]+" do
    local value = item:match "=(.*)$"
    local name = value and defined_name(item)
    if value then uses[#uses + 1] = value end
    if name and not is_static(item) then defined[name] = true end
  end
end

-- What a source defines for others, by name, and the texts in which it uses what others define:
-- the bodies of functions, initial values and macros.
local function read_c(source)
  local defined, uses, at, kept = {}, {}, 1, ""
  source = without_directives(without_c_comments(source), uses)
  for first, body, last in source:gmatch "()(%b{})()" do
    local before = kept .. source:sub(at, first - 1)
    local begins = before:match ".*;()" or 1
    read_declarations(before:sub(1, begins - 1), defined, uses)
    local head = before:sub(begins)
    local is_type = not head:find "[(=]" -- a struct, union or enum: its `static` is of an object
    kept = is_type and head or ""
    if not is_type then
      uses[#uses + 1] = body
      local name = defined_name(head)
      if name and not is_static(head) then defined[name] = true end
    end
    at = last
  end
  read_declarations(source:sub(at), defined, uses)
  return defined, uses
end

local function node_of(path) return (path:gsub("^csrc/", ""):gsub("%.[ch]$", "")) end

-- The node of an included file: beside the one that includes it, or from csrc/.
local function included_node(drawn, from, name)
  local folder = from:match "^(.*/)" or ""
  local beside, whole = node_of(folder .. name), node_of(name)
  while beside:find "[^/]+/%.%./" do beside = beside:gsub("[^/]+/%.%./", "", 1) end
  return drawn.arrows[beside] and beside or drawn.arrows[whole] and whole or nil
end

local function add_includes(drawn, from, source)
  for name in ("\n" .. source):gmatch '\n[ \t]*#[ \t]*include[ \t]+"([^"]+)"' do
    local node = included_node(drawn, from, name)
    if node then add_arrow(drawn, from, node) end
  end
end

local function add_uses(drawn, from, uses, owner)
  for _, text in ipairs(uses) do
    for name in text:gmatch "[%a_][%w_]*" do
      if owner[name] then add_arrow(drawn, from, owner[name]) end
    end
  end
end

--- The include and call graph of csrc/.
function graph.of_c(sources)
  local drawn, owner, uses = new_graph(), {}, {}
  for path, source in pairs(sources) do
    local defined, used = read_c(source)
    add_node(drawn, node_of(path))
    for name in pairs(defined) do owner[name] = node_of(path) end
    uses[path] = used
  end
  for path, source in pairs(sources) do
    add_includes(drawn, node_of(path), source)
    add_uses(drawn, node_of(path), uses[path], owner)
  end
  return drawn
end

-- ---- What is wrong with it -------------------------------------------------

--- The layer of a node, or nil.
function graph.layer_of(layers, node)
  for _, layer in ipairs(layers) do
    for _, pattern in ipairs(layer) do
      if node:find(pattern) then return layer end
    end
  end
end

local function contains(list, wanted)
  for _, item in ipairs(list) do
    if item == wanted then return true end
  end
  return false
end

--- The arrows that no layer allows, each "from -> to", sorted; and the nodes without a layer.
function graph.upward(drawn, layers)
  local upward, homeless = {}, {}
  for _, from in ipairs(graph.nodes(drawn)) do
    local layer = graph.layer_of(layers, from)
    if not layer then homeless[#homeless + 1] = from end
    for _, to in ipairs(graph.needs(drawn, from)) do
      local other = graph.layer_of(layers, to)
      if layer and other and layer ~= other and not contains(layer.needs, other.name) then
        upward[#upward + 1] = from .. " -> " .. to
      end
    end
  end
  return upward, homeless
end

--- The circles of a graph: its strongly connected components of more than one node (Tarjan), each
-- "a, b, c".
function graph.circles(drawn)
  local circles, index, low, on_stack, stack, count = {}, {}, {}, {}, {}, 0
  local function visit(node)
    count = count + 1
    index[node], low[node], on_stack[node] = count, count, true
    stack[#stack + 1] = node
    for _, other in ipairs(graph.needs(drawn, node)) do
      if not index[other] then
        visit(other)
        low[node] = math.min(low[node], low[other])
      elseif on_stack[other] then
        low[node] = math.min(low[node], index[other])
      end
    end
    if low[node] ~= index[node] then return end
    local members = {}
    repeat
      local member = table.remove(stack)
      on_stack[member] = nil
      members[#members + 1] = member
    until member == node
    table.sort(members)
    if #members > 1 then circles[#circles + 1] = table.concat(members, ", ") end
  end
  for _, node in ipairs(graph.nodes(drawn)) do
    if not index[node] then visit(node) end
  end
  return circles
end

--- Whether the layers themselves point one way: each needs only what is declared before it.
function graph.are_ordered(layers)
  local seen = {}
  for _, layer in ipairs(layers) do
    for _, name in ipairs(layer.needs) do
      if not seen[name] then return false, layer.name .. " -> " .. name end
    end
    seen[layer.name] = true
  end
  return true
end

-- ---- Printing it -----------------------------------------------------------

local function count_arrows(drawn)
  local count = 0
  for _, node in ipairs(graph.nodes(drawn)) do count = count + #graph.needs(drawn, node) end
  return count
end

local function add_layer(lines, drawn, layers, layer)
  lines[#lines + 1] = ("  [%s] -> %s"):format(layer.name,
    #layer.needs > 0 and table.concat(layer.needs, ", ") or "nothing")
  for _, node in ipairs(graph.nodes(drawn)) do
    if graph.layer_of(layers, node) == layer then
      local needs = graph.needs(drawn, node)
      lines[#lines + 1] = ("    %s%s"):format(node,
        #needs > 0 and " -> " .. table.concat(needs, ", ") or "")
    end
  end
end

local COUNTS = "%s: %d nodes, %d arrows, %d circles, %d upward arrows, %d without a layer"

--- A graph as text, layer by layer from the top.
function graph.text(drawn, layers, title)
  local circles = graph.circles(drawn)
  local upward, homeless = graph.upward(drawn, layers)
  local lines = {
    COUNTS:format(title, #graph.nodes(drawn), count_arrows(drawn), #circles, #upward, #homeless),
  }
  for i = #layers, 1, -1 do add_layer(lines, drawn, layers, layers[i]) end
  for _, circle in ipairs(circles) do lines[#lines + 1] = "  circle: " .. circle end
  for _, arrow in ipairs(upward) do lines[#lines + 1] = "  upward: " .. arrow end
  for _, node in ipairs(homeless) do lines[#lines + 1] = "  without a layer: " .. node end
  return table.concat(lines, "\n")
end

if arg and arg[0] and arg[0]:find "spec/graph%.lua$" then
  print(graph.text(graph.of_c(graph.sources "csrc"), graph.C_LAYERS, "csrc"))
  print()
  print(graph.text(graph.of_lua(graph.sources "lua"), graph.LUA_LAYERS, "lua"))
end

return graph
