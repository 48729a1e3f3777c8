--- One policy with all that the language has: each word, each of its fields, each event and each function
-- of `mail` in the reference has a line in it that works.
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local reference = require "postoffice.policy.language.reference"

local FOLDER = "spec/fixtures/whole/"
local SOURCE = helper.read(FOLDER .. "policy.lua")

-- Runs a text by the host's Lua, with these globals.
local function run(text, globals)
  if not setfenv then return assert(load(text, "=policy", "t", globals))() end
  local chunk = assert(loadstring(text, "=policy"))
  setfenv(chunk, globals)
  return chunk()
end

-- Notes the fields of a table, as the reference names them.
local function note(seen, name, fields, known)
  for _, field in ipairs(known or {}) do
    local value = fields[field.name]
    if value == nil and type(fields[1]) == "table" then
      for _, item in ipairs(fields) do value = value or item[field.name] end
    end
    if value ~= nil then seen[name .. "." .. field.name] = true end
    if type(value) == "table" then note(seen, name .. "." .. field.name, value, field.fields) end
  end
end

-- What takes a word's declarations, and notes what they say.
local function recorder(seen, entry)
  local function take(fields)
    if entry.items and fields[1] then seen[entry.name .. "." .. entry.items] = true end
    note(seen, entry.name, fields, entry.fields)
    if entry.name ~= "rewrite" then return end
    for _, name in ipairs { "match", "to" } do
      if type(fields[name]) == "function" then seen["rewrite." .. name .. "()"] = true end
    end
  end
  return function(named)
    seen[entry.name] = true
    if type(named) == "table" then return take(named) end
    return take
  end
end

-- What the policy says, by the names of the reference; of functions that a word takes, with `()`.
local function said()
  local seen = {}
  local globals = { on = setmetatable({}, {
    __newindex = function(_, name) seen["on." .. name .. "()"] = true end,
  }) }
  for _, entry in ipairs(reference.of_kind "word") do
    globals[entry.name] = recorder(seen, entry)
  end
  function globals.include(file) return run(helper.read(FOLDER .. file), {}) end
  run(SOURCE, globals)
  for name in SOURCE:gmatch "mail%.([%a_]+)" do seen["mail." .. name] = true end
  return seen
end

-- Adds the names of fields and of those in them that are not said.
local function add_missing(missing, seen, name, fields)
  for _, field in ipairs(fields or {}) do
    local whole = name .. "." .. field.name
    if not seen[whole] then missing[#missing + 1] = whole end
    add_missing(missing, seen, whole, field.fields)
  end
end

describe("the whole language in one policy", function()
  it("has every word, field and event, and every function of mail, of the reference", function()
    local seen, missing = said(), {}
    for _, entry in ipairs(reference.of_kind "word") do
      if not seen[entry.name] then missing[#missing + 1] = entry.name end
      add_missing(missing, seen, entry.name, entry.fields)
    end
    for _, entry in ipairs(reference.of_kind "event") do
      if not seen[entry.name .. "()"] then missing[#missing + 1] = entry.name end
    end
    for _, entry in ipairs(reference.of_kind "function") do
      local is_lacking = entry.name:find "^mail%." and not seen[entry.name]
      if is_lacking then missing[#missing + 1] = entry.name end
    end
    assert.same({}, missing)
  end)

  it("passes its tests, which reach all of it", function()
    local p = assert(policy.loadfile(FOLDER .. "policy.lua"))
    local results = p:test { only = "whole: " } -- its claim would take ten seconds
    assert.same({}, results.failures)
    assert.is_true(results.passed > 20)
    assert.same({}, results.uncovered)
    for _, sum in ipairs(results.sums) do assert.equal(sum.entries, sum.reached) end
    p:close()
  end)
end)
