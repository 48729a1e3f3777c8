--- What rewrites do to the fields of all addresses that they take, one after the other: held against what
-- they make of each of them.
local core = require "postoffice.core"
local effects = require "postoffice.policy.prove.classes.effects"
local generate = require "spec.generate"
local helper = require "spec.helper"
local matchers = require "postoffice.policy.pattern.matchers"
local templates = require "postoffice.policy.pattern.templates"
local write = require "postoffice.address".show

local random = generate.random(46)

local function pick(list) return list[random(#list)] end

local PATTERNS = {
  "SMTP:{u}@a", "SMTP:a{u}@a", "SMTP:{u}b@a", "SMTP:ab{u}@b", "SMTP:a{u}b@a", "SMTP:{u}{v}@a",
  "SMTP:ab@a", "SMTP:{u}@{d}.b", "SMTP:ba{u}@*", "SMTP:{u}ba@a", "SMTP:?{u}@a",
}
local TEMPLATES = {
  "SMTP:{u}@a", "SMTP:a{u}@a", "SMTP:{u}b@a", "SMTP:b{u}@b", "SMTP:ab{u}@a", "SMTP:{u}{u}@a",
  "SMTP:ba@a", "SMTP:{u}ab@a", "SMTP:{u}@a.b", "SMTP:b{u}a@a",
}

-- A rewrite at random, as far as its template finds what it names.
local function rewrite()
  while true do
    local matcher = matchers.read(pick(PATTERNS))
    local template = templates.read(pick(TEMPLATES), matcher.names)
    if template then return { matcher = matcher, template = template } end
  end
end

local ADDRESSES = {}
do
  local users = { "a", "b", '"a."', '".a"', '"b "' }
  for place = 1, 62 do
    for _, letter in ipairs { "a", "b" } do
      local user = users[place]:find '"' and "a" or users[place]
      users[#users + 1] = user .. letter
    end
  end
  for _, user in ipairs(users) do
    for _, host in ipairs { "a", "b", "a.b" } do
      ADDRESSES[#ADDRESSES + 1] = assert(core.parse(user .. "@" .. host))
    end
  end
end

-- What rewrites make of an address one after the other, itself first; nil if one does not take it.
local function course(address, list)
  local made = { address }
  for i, one in ipairs(list) do
    local captures = matchers.match(one.matcher, made[i])
    made[i + 1] = captures and templates.fill(one.template, captures)
    if not made[i + 1] then return nil end
  end
  return made
end

describe("what rewrites do to all addresses that they take", function()
  it("is said as it is, where it is said", function()
    local told, grown = 0, 0
    for _ = 1, helper.times(400) do
      local list = {}
      for i = 1, random(4) do list[i] = rewrite() end
      local by_field = effects.none("SMTP")
      for _, one in ipairs(list) do by_field = effects.after(by_field, one) end
      local is_back = effects.comes_back(by_field, "SMTP")
      local growth = effects.growth(effects.after(effects.none "SMTP", list[1]))
      for _, address in ipairs(ADDRESSES) do
        local made = course(address, list)
        local last = made and made[#made]
        if last and is_back ~= nil then
          told = told + 1
          assert.equal(is_back, core.key(last) == core.key(address), write(address))
        end
        if made and growth then
          grown = grown + 1
          local quotes = #write(made[2]) - #write(address) - growth
          assert.is_true(math.abs(quotes) == 0 or math.abs(quotes) == 2, write(address))
        end
      end
    end
    local least = helper.times(1000)
    assert.is_true(told > least and grown > least, told .. " " .. grown)
  end)
end)
