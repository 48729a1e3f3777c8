--- What envelopes, deliveries and options have stands in several places: the code, the tests of
-- policies, the command's options, JSON, and the definitions for the language server.
local envelope = require "postoffice.policy.route.envelope"
local helper = require "spec.helper"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local options = require "postoffice.cli.envelope".options
local policy = require "postoffice.policy"

local META = helper.read "lua/postoffice/meta/policy.lua"

-- The fields of a class of the definitions, sorted.
local function defined(class)
  local set = {}
  local body = META:match("%-%-%-@class postoffice%.policy%." .. class .. "[ \n](.-)\n\n")
  for name in body:gmatch "%-%-%-@field ([%w_]+)" do set[name] = true end
  return lists.keys(set)
end

-- The names of several lists that are not in another one, sorted.
local function without(names, others)
  local set = lists.set(names)
  for _, name in ipairs(others) do set[name] = nil end
  return lists.keys(set)
end

describe("an envelope's fields", function()
  it("are those that are defined", function()
    assert.same(envelope.names, defined "envelope")
  end)

  it("are what a test can say, but for what only a host knows", function()
    local said = without(lists.keys(language.words.test.fields), language.expected)
    local own = { "admitted", "asks", "context", "deliveries", "from", "secrets", "sender", "to" }
    assert.same(without(envelope.names, own), without(said, own))
    assert.truthy(lists.contains(said, "from")) -- which is the sender
  end)

  it("are options of the command, but for what only a host knows", function()
    assert.same({ "admitted", "context" }, without(envelope.names, options))
    assert.same({}, without(options, envelope.names))
  end)
end)

-- Every kind of delivery there is, and what is resolved on the way.
local SHOWN = [[
settings { extension = "+" }
domain "here.example" {}
postoffice "HQ" {}
postoffice "INET" { via = "HQ", gateway = "SMTP" }
connector "hq"    { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "INET" },
  spaces = { "CCMAIL:*" } }
connector "line"  { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
connector "other" { nexthop = "smtp:[192.0.2.8]:25", spaces = { { "SMTP:*", cost = 2 } } }
recipient "Kim" { proxies = { "SMTP:kim@here.example" } }
recipient "Joe" { proxies = { "SMTP:joe@here.example" }, max_size = 9 }
list "All" { proxies = { "SMTP:all@here.example" }, members = { "Kim", "Joe" } }
function on.recipient(address)
  if address.localpart == "no" then return reject "geschlossen, außer montags" end
end
]]

local TO = {
  "kim+x@here.example", "kim@here.example", "KIM@here.example", "all@here.example",
  "u@far.example", "é@far.example", "CCMAIL:u@far.example at INET", "no@here.example",
  "who@here.example",
}

-- The fields that some of these tables have.
local function fields_of(items)
  local set = {}
  for _, item in ipairs(items) do
    for name in pairs(item) do set[name] = true end
  end
  return set
end

describe("the fields of", function()
  local p = assert(policy.load(SHOWN))
  local ENVELOPE = { sender = "a@b.example", may_relay = true, size = 10 }
  local deliveries = p:route(TO, ENVELOPE)

  it("deliveries are those that are defined", function()
    assert.same(defined "delivery", lists.keys(fields_of(deliveries)))
  end)

  it("next hops are", function()
    local hops = {}
    for _, delivery in ipairs(deliveries) do hops[#hops + 1] = delivery.hop end
    assert.same(defined "hop", lists.keys(fields_of(hops)))
  end)

  it("alternatives are", function()
    local alternatives = p:route("u@far.example")[1].alternatives
    assert.same(defined "alternative", lists.keys(fields_of(alternatives)))
  end)

  it("what is resolved are", function()
    assert.same(defined "item", lists.keys(fields_of(p:resolve(TO, nil, ENVELOPE))))
  end)

  it("deliveries hold all that a test can say of them", function()
    assert.same({}, without(language.expected, defined "delivery"))
  end)

  it("deliveries and next hops have their place in JSON, before all that has none", function()
    for _, class in ipairs { "delivery", "hop" } do
      for _, name in ipairs(defined(class)) do
        assert.equal(('{"%s":1,"!":1}'):format(name), policy.json { ["!"] = 1, [name] = 1 })
      end
    end
  end)
end)

describe("the options of policies", function()
  it("are those that are defined", function()
    local declared, set = helper.read("lua/postoffice/policy/init.lua"):match "OPTIONS = (%b{})", {}
    for name in declared:gmatch "([%w_]+) =" do set[name] = true end
    assert.same(lists.keys(set), defined "options")
  end)

  it("describe questions by what is defined", function()
    local set, source = {}, helper.read "lua/postoffice/policy/route/asks.lua"
    for name in source:match "crm = (%b{})":gmatch "\n%-%- +([%a_]+) =" do set[name] = true end
    assert.same(lists.keys(set), defined "description")
  end)
end)
