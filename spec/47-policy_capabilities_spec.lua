--- What a policy says of itself to the host that drives it.
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local function capabilities(source)
  local p = assert(policy.load(source))
  local found = p:capabilities()
  p:close()
  return found
end

local function facts(source) return capabilities(source).facts end

local LIST = 'list "L" { proxies = { "l@a.example" }, members = { "K" }%s }\n'
  .. 'recipient "K" { proxies = { "k@a.example" } }\n'

describe("the capabilities of a policy", function()
  it("name the facts that may decide", function()
    local open, shell = 'connector "c" { spaces = { "SMTP:*" } }',
      'connector "c" { speaks = "SMTP", wrap = { domain = "g.example" }, spaces = { "FAX:*" } }'
    assert.same({}, facts "")
    assert.same({ arrived_by = true, down = true }, facts(open))
    assert.same({ arrived_by = true, down = true, size = true },
      facts 'connector "c" { spaces = { "SMTP:*" }, max_size = 9 }')
    assert.same({ arrived_by = true, down = true, sender = true },
      facts 'connector "c" { spaces = { "SMTP:*" }, senders = { "<>" } }')
    assert.same({ arrived_by = true, down = true, may_relay = true },
      facts('domain "a.example" {}' .. open))
    assert.same({ arrived_by = true, down = true, may_relay = true }, facts(shell))
    for restriction, expected in pairs {
      ['accept = { "SMTP:x@y.example" }'] = { sender = true, authenticated = true },
      ['reject = { "SMTP:x@y.example" }'] = { sender = true }, ["max_size = 9"] = { size = true },
      ["authenticated = true"] = { authenticated = true }, ["authenticated = false"] = {},
    } do
      assert.same(expected,
        facts(('recipient "K" { proxies = { "k@a.example" }, %s }'):format(restriction)))
    end
    assert.same({ arrived_by = true, down = true, may_relay = true },
      facts('settings { outbound = "primary" }' .. open))
    local home = 'domain "a.example" { unwrap = { "%s" } }'
      .. 'connector "c" { spaces = { "SMTP:*" }, %s }'
    for scheme, signs in pairs {
      SRS = 'srs = { domain = "a.example", secrets = "k" }', BATV = 'batv = { secrets = "k" }',
    } do
      assert.same({ arrived_by = true, down = true, may_relay = true, now = true },
        facts(home:format(scheme, signs)), scheme)
    end
  end)

  it("name no fact without which nothing would wait, and each without which something does",
    function()
    for _, name in ipairs { "sender", "size" } do
      local guard = ({ sender = 'senders = { "SMTP:*@a.example" }', size = "max_size = 9" })[name]
      for _, said in ipairs { guard, "cost = 1" } do
        local source = ([[connector "c" { spaces = { "SMTP:*" }, %s }]]):format(said)
        local p = assert(policy.load(source))
        local waits = p:route("a@b.example")[1].code == "fact-missing"
        assert.equal(waits, p:capabilities().facts[name] == true)
      end
    end
  end)

  it("tell of functions, owners, and what changes senders", function()
    local rewrite = 'rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example"%s }'
    for source, expected in pairs {
      [""] = {}, ["function on.recipient() end"] = { asks = true },
      [rewrite:format ""] = {}, [rewrite:format ", both = true"] = { rewrites_senders = true },
      ['rewrite_sender "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }'] =
        { rewrites_senders = true },
      ['settings { outbound = "primary" }'] = { rewrites_senders = true },
      ['domain "a.example" { unwrap = { "SRS" } } connector "c" { spaces = { "SMTP:*" },'
        .. ' srs = { domain = "a.example", secrets = "k" } }'] = { rewrites_senders = true },
      ['rewrite "SMTP:{u}@a.example" { to = function() end }'] = { asks = true },
      [LIST:format ""] = {}, [LIST:format ', owner = "K"'] = { owners = true },
    } do
      local found = capabilities(source)
      assert.same({ expected.asks or false, expected.owners or false,
        expected.rewrites_senders or false },
        { found.asks, found.owners, found.rewrites_senders }, source)
    end
  end)

  it("name the functions, and what they need", function()
    local found = capabilities [[
connector "c" { spaces = { "SMTP:*" } }
rewrite "SMTP:{u}@a.example" { to = function(a, c)
  return ask("moved", c.u) end }
set "friends" { "SMTP:*@b.example" }
function on.route(route, envelope)
  local at = mail.date(envelope.now)
  if envelope.client == "x" and mail.in_set(route.address, "friends") then return ask('line', 1) end
end]]
    assert.same({ arrived_by = true, down = true, now = true, client = true }, found.facts)
    assert.same({
      { name = "rewrite.to", file = "policy", line = 2, where = "policy:2" },
      { name = "on.route", file = "policy", line = 5, where = "policy:5" },
    }, found.functions)
    assert.same({ { "line", "moved" }, true, { "friends" }, true },
      { found.questions, found.all_questions, found.sets, found.dates })
    for body, all in pairs {
      ["ask('x', 1)"] = true, ["ask(address.type, 1)"] = false, ["local f = ask f('x', 1)"] = false,
      [""] = true,
    } do
      local of = capabilities("function on.recipient(address) " .. body .. " end")
      assert.equal(all, of.all_questions, body)
      assert.is_false(of.dates)
    end
    assert.same({ {}, {}, true, false }, { capabilities("").functions, capabilities("").sets,
      capabilities("").all_questions, capabilities("").dates })
    -- without functions nobody reads what a text says
    assert.same({ arrived_by = true, down = true },
      facts 'connector "c" { spaces = { "SMTP:*" } } local size, client, sender, now = 1')
  end)

  it("come back from a snapshot, and from a live policy", function()
    local p = assert(policy.load(LIST:format ', owner = "K"'))
    local path = os.tmpname()
    assert(p:save(path))
    local opened, live = assert(policy.loadfile(path)), assert(policy.open(path))
    assert.is_true(p:capabilities().owners)
    assert.same(p:capabilities(), opened:capabilities())
    assert.same(p:capabilities(), live:capabilities())
    for _, one in ipairs { p, opened, live } do one:close() end
    os.remove(path)
  end)
end)

describe("the definitions for the language server", function()
  local meta = helper.read "lua/postoffice/meta/policy.lua"

  local function name_all(methods, prefix)
    for name in pairs(methods) do
      if not name:find "^__" then
        assert.truthy(meta:find(("function %s%s("):format(prefix, name), 1, true), name)
      end
    end
  end

  it("name every function of policies, and no other", function()
    local p = assert(policy.load "")
    local methods = getmetatable(p).__index
    name_all(policy, "policy.")
    name_all(methods, "loaded:")
    for name in meta:gmatch "function loaded:([%w_]+)" do
      assert.is_function(methods[name], name)
    end
    local live = assert(policy.open(function() return 'domain "a.example" {}', "a" end))
    for name in pairs(getmetatable(live).__index) do
      assert.truthy(name:find "^__" or methods[name]
        or meta:find(("function live:%s("):format(name), 1, true), name)
    end
    for name in pairs(methods) do
      local own = name:find "^__" or name == "retire" or name == "save"
      assert.truthy(own or getmetatable(live).__index[name], name)
    end
    live:close()
  end)

  it("name every field of an envelope", function()
    local _, message = pcall(function() return assert(policy.load ""):route("a@b.example",
      { nonsense = 1 }) end)
    for name in message:match "known: (.*)$":gmatch "[%w_]+" do
      assert.truthy(meta:find("@field " .. name .. "?", 1, true), name)
    end
  end)
end)
