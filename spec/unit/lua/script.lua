-- For failing_memory.c: an isolated state is opened, loaded, called, answered and closed; it asks
-- what Lua defined in the host.
local core = require "postoffice.core"

core.define("HOSTS", {
  parse = function(text)
    local node, user = text:match "^([^!]+)!([^!]+)$"
    return node and { node = node, user = user }
  end,
  format = function(a) return a.node .. "!" .. a.user end,
})

local SOURCE = [[
domain "a.example" { unwrap = { "EX" } }
include "more"
names = { "a", "b" }
function on.go(a, t)
  local s = ("x"):rep(2000):gsub("x", "yy")
  table.sort(names, function(x, y) return x > y end)
  local found = ask("crm", { tostring(a), #s })
  local there = mail.parse "Kim [HOSTS:Vax!Lee]"
  return { a, found, t, mail.key(there) .. tostring(there):rep(20), { { } } }
end
function on.bad() error { } end]]

local function include() return "domain 'b.example'", "@more.lua" end

-- Whether it went well; that memory was short is the only other way.
local function went_well(outcome, code, message)
  if outcome ~= "failed" then return true end
  assert(code == "policy-memory", message)
  return false
end

local function go(state, declarations)
  local address = core.parse "kim@example.com"
  local outcome, token, message = state:call(declarations[3][1], address, { 1, { 2 } })
  if not went_well(outcome, token, message) then return false end
  assert(outcome == "ask")
  local result
  outcome, result, message = state:resume(token, { "found", n = 1 })
  if not went_well(outcome, result, message) then return false end
  assert(#result == 5 and result[3][2][1] == 2)
  assert(result[4] == "HOSTS:vax!lee" .. ("HOSTS:Vax!Lee"):rep(20))
  return true
end

local function use(state)
  local next_declaration, message, code =
    state:load(SOURCE, "@policy.lua", { "domain" }, include)
  if not next_declaration then
    assert(code == "policy-memory", message)
    return false
  end
  local declarations = {}
  for declaration in next_declaration do declarations[#declarations + 1] = declaration end
  assert(#declarations == 4)
  local whole = go(state, declarations)
  assert(state:call(declarations[4][1]) == "failed")
  collectgarbage()
  return go(state, declarations) and whole
end

return function()
  local state, _, code = core.script.new { milliseconds = 1e6, load_milliseconds = 1e6 }
  if not state then
    assert(code == "policy-memory")
    return false
  end
  local whole = use(state)
  state:close()
  return whole
end
