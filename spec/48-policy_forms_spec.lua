--- What `check` says of spaces and patterns of X.400 that are like no valid address, held against all
-- short values.

local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"

local VALUES = enumerate.texts({ "u", "s", "1" }, 6)

local PIECES = { "u", "s", "1", "11", "*", "*", "?", "?", "us" }

-- By attribute, an address of which it has some value.
local ADDRESSES = {
  c = "X400:c=%s;a= ;s=a;", a = "X400:c=us;a=%s;s=a;", x121 = "X400:c=us;a=x;x121=%s;",
  n_id = "X400:c=us;a=x;n-id=%s;", o = "X400:c=us;a=x;o=%s;s=a;",
}
local SPACES = {
  c = "X400:c=%s;a=x", a = "X400:c=us;a=%s", x121 = "X400:x121=%s", n_id = "X400:n-id=%s",
  o = "X400:c=us;a=x;o=%s",
}
local NAMES = { "c", "c", "c", "a", "x121", "n_id", "o" }

-- What has them.
local USES = {
  'connector "c" { nexthop = "n", spaces = { "%s" } }',
  'rewrite "%s..." { to = "SMTP:x@y.example" }', 'set "s" { "%s" }',
}

-- The Lua pattern of a text with wildcards.
local function pattern_of(text) return "^" .. text:gsub("%*", ".*"):gsub("%?", ".") .. "$" end

-- The valid values of attributes.
local valid = setmetatable({}, { __index = function(self, name)
  local list = {}
  for _, value in ipairs(VALUES) do
    if value ~= "" and core.validate(ADDRESSES[name]:format(value)) then list[#list + 1] = value end
  end
  self[name] = list
  return list
end })

local function has_valid(name, text)
  local pattern = pattern_of(text)
  for _, value in ipairs(valid[name]) do
    if value:find(pattern) then return value end
  end
end

local function judge_space(random, counts)
  local name, text = NAMES[random(#NAMES)], ""
  for _ = 1, random(3) do text = text .. PIECES[random(#PIECES)] end
  local source = USES[random(#USES)]:format(SPACES[name]:format(text))
  local p = assert(policy.load(source, { chunkname = "@p.lua" }))
  local told
  for _, finding in ipairs(p:check()) do
    if finding.code == "space-invalid" then told = tostring(finding) end
  end
  local value = has_valid(name, text)
  assert((told == nil) == (value ~= nil), ("%s\n-- %s\n-- %s"):format(source, told or "",
    value or ""))
  counts:add(told and "told" or "fine")
  p:close()
end

describe("check, held against all short values of attributes,", function()
  it("says of spaces and patterns of X.400 that are like no valid address", function()
    local counts = judge.counts()
    judge.each(1, helper.times(20), function(seed)
      local random = generate.random(seed)
      for _ = 1, 10 do judge_space(random, counts) end
    end)
    judge.tell("forms", counts)
    assert.is_true(counts:of "told" > 0 or counts:of "fine" < 100)
  end)
end)
