-- What may need what: see spec/graph.lua, which also prints it.

local graph = require "spec.graph"
local loops = require "spec.loops"

-- All that is wrong with a graph.
local function faults(drawn, layers)
  local list = {}
  for _, circle in ipairs(graph.circles(drawn)) do list[#list + 1] = "circle: " .. circle end
  local upward, homeless = graph.upward(drawn, layers)
  for _, arrow in ipairs(upward) do list[#list + 1] = "upward: " .. arrow end
  for _, node in ipairs(homeless) do list[#list + 1] = "in no layer: " .. node end
  return list
end

describe("the house", function()
  it("has layers in one order", function()
    assert.same({ true }, { graph.are_ordered(graph.C_LAYERS) })
    assert.same({ true }, { graph.are_ordered(graph.LUA_LAYERS) })
  end)

  it("has no circle and no upward arrow in csrc/", function()
    assert.same({}, faults(graph.of_c(graph.sources "csrc"), graph.C_LAYERS))
  end)

  it("has no circle and no upward arrow in lua/", function()
    assert.same({}, faults(graph.of_lua(graph.sources "lua"), graph.LUA_LAYERS))
  end)
end)

-- The number of the stage that a module is of, or nil.
local function stage_of(name)
  return tonumber(name:match "^postoffice%.policy%.route%.stage(%d)_")
end

describe("a stage", function()
  it("needs no later one", function()
    local drawn, backward, count = graph.of_lua(graph.sources "lua"), {}, 0
    for _, name in ipairs(graph.nodes(drawn)) do
      local stage = stage_of(name)
      for _, other in ipairs(stage and graph.needs(drawn, name) or {}) do
        local later = stage_of(other)
        count = count + (later and 1 or 0)
        if later and later > stage then backward[#backward + 1] = name .. " -> " .. other end
      end
    end
    assert.same({}, backward)
    assert.is_true(count > 10)
  end)
end)

-- The parts of compile/, each with its find; only the part itself knows what it compiled.
local PARTS = {
  directory = true, domains = true, connectors = true, spaces = true, rewrites = true,
  senders = true, postoffices = true, signers = true, shells = true,
}

describe("what was compiled", function()
  it("is read by its own part of compile/ alone", function()
    local reads = {}
    for path, source in pairs(graph.sources "lua/postoffice") do
      for part, rest in source:gmatch "compiled%.(%w+)%s*([.:%[][^.].?)" do
        if PARTS[part] then reads[#reads + 1] = ("%s: %s%s"):format(path, part, rest) end
      end
    end
    assert.same({}, reads)
  end)
end)

-- The lines of a text in C that clang-format made of one that was too long.
local function torn_lines(source)
  local list = {}
  for line in source:gmatch "[^\n]+" do
    if line:find "^%*[^*/]" or line == " */" then list[#list + 1] = line end
  end
  return list
end

describe("a comment in C", function()
  it("is not torn: each of its lines begins with two stars", function()
    assert.same({ "*with", " */" }, torn_lines "/*\n** a\n*with\n*/\n/* b\n */")
    for _, folder in ipairs { "csrc", "spec" } do
      for path, source in pairs(graph.sources(folder)) do
        if path:find "%.[ch]$" then assert.same({}, torn_lines(source), path) end
      end
    end
  end)
end)

describe("a loop in Lua", function()
  it("sets no variable that it goes by, which Lua 5.5 does not compile #long", function()
    if not loops.can_read then return end -- of the suites that try it, LuaJIT's has luacheck's parser
    for source, expected in pairs {
      ["for a, b in c do b = a a = 1 end a = 2"] = { "1: a" },
      ["for i = 1, 2 do\n local function f() i, x = 1, 2 end end"] = { "2: i" },
      ["for i = 1, 2 do local i = i i = 2 local function f(a) a = 1 end end"] = {},
      ["for i = 1, 2 do for k, i in x do i = 1 k.i = 2 t[i] = 3 end i = 4 end"] = { "1: i" },
    } do
      assert.same(expected, loops.faults(source), source)
    end
    for _, folder in ipairs { "lua", "spec" } do
      for path, source in pairs(graph.sources(folder)) do
        if path:find "%.lua$" then assert.same({}, loops.faults(source), path) end
      end
    end
  end)
end)

-- A graph as a table: node -> "what it needs".
local function flat(drawn)
  local shown = {}
  for _, node in ipairs(graph.nodes(drawn)) do
    shown[node] = table.concat(graph.needs(drawn, node), " ")
  end
  return shown
end

describe("the graph", function()
  it("has an arrow for each include, use of a function and use of an object", function()
    local drawn = graph.of_c {
      ["csrc/base.h"] = "typedef struct { int n; } base; int f(int a); extern const base table[];",
      ["csrc/base.c"] = '#include "base.h"\nint f(int a) { return a; }\n',
      ["csrc/x/y.h"] = "#define CALL(a) \\\n  f(a)\n",
      ["csrc/x/y.c"] = "/* g(1) f(1) */ static const char *s = \"h(1)\";",
      ["csrc/x/z.c"] = '#include "y.h"\n#include "../base.h"\nint g(void) { return 0; }\n',
      ["csrc/w.c"] = '#include "x/y.h"\nstatic int h(int a) { return g() + e[0].n; }\n',
      ["csrc/v.c"] = "int h(int a);\nint k(void) { return 1; }\nint (*p)(void) = k;",
      ["csrc/u.c"] = "const base table[] = {\n  {1},\n};\nstatic const int q = 1;"
        .. "static const struct { int n; } e[] = { { 1 } };",
      ["csrc/t.c"] = "int m(void) { return table[0].n + q; }",
      ["csrc/s.c"] = "static int (*r)(void) = m;",
    }
    assert.same({
      base = "", ["x/y"] = "base", ["x/z"] = "base x/y", w = "x/y x/z", v = "", u = "", t = "u",
      s = "t",
    }, flat(drawn))
  end)

  it("has an arrow for each require", function()
    local drawn = graph.of_lua {
      ["lua/postoffice/init.lua"] = "local a = require 'postoffice.a' -- require 'postoffice.b'",
      ["lua/postoffice/a.lua"] = "--[[ require 'postoffice.b' ]] pcall(require, 'postoffice.c')",
      ["lua/postoffice/b.lua"] = [[x(require("postoffice.c." .. d), '\'require "postoffice.a"')]],
      ["lua/postoffice/c/init.lua"] = "return [==[ require 'postoffice.a' ]==], require'lpeg'",
      ["lua/postoffice/c/d.lua"] = "local f = function() return require \"postoffice.core\".x end",
    }
    assert.same({
      postoffice = "postoffice.a", ["postoffice.a"] = "postoffice.c",
      ["postoffice.b"] = "postoffice.c.d", ["postoffice.c"] = "",
      ["postoffice.c.d"] = "postoffice.core", ["postoffice.core"] = "",
    }, flat(drawn))
  end)

  it("tells of circles, arrows that no layer allows, and nodes in no layer", function()
    local drawn = graph.of_c {
      ["csrc/a.c"] = "int a(void) { return b(); }", ["csrc/b.c"] = "int b(void) { return c(); }",
      ["csrc/c.c"] = "int c(void) { return a() + d(); }",
      ["csrc/d.c"] = "int d(void) { return e(); }",
      ["csrc/e.c"] = "int e(void) { return d(); }", ["csrc/f.c"] = "int f(void) { return a(); }",
    }
    local layers = {
      { name = "low", "^[de]$", needs = {} }, { name = "high", "^[abc]$", needs = {} },
    }
    assert.same({ "d, e", "a, b, c" }, graph.circles(drawn))
    assert.same({ { "c -> d" }, { "f" } }, { graph.upward(drawn, layers) })
    assert.is_true(graph.are_ordered(layers))
    layers[1].needs = { "high" }
    assert.is_false((graph.are_ordered(layers)))
    assert.truthy(graph.text(drawn, layers, "it"):find("it: 6 nodes, 7 arrows, 2 circles", 1, true))
  end)
end)
