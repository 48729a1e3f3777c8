--- How Postfix asks its tables for senders: access(5), canonical(5), generic(5), and those of
--- trivial-rewrite(8) in postconf(5).

local answers = require "postoffice.policy.prove.answers"
local map_tables = require "spec.map_tables"
local policy = require "postoffice.policy"
local sender_maps = require "postoffice.policy.prove.sender_maps"

--- What tables say of a sender, as one text, and the keys that were asked for.
local function ask(given, sender, more)
  local options = { delimiter = "+", here = { ["here.example"] = true }, origin = "here.example",
    probe = "x@far.example" }
  for name, value in pairs(more or {}) do options[name] = value end
  local tables, asked = map_tables.of(given, options, options.whole)
  local list, message = sender_maps.ask(tables, sender)
  return list and table.concat(list, " ") or message, asked
end

describe("a table that is asked for senders", function()
  it("is asked by its own keys, and for bounces by one", function()
    for _, role in ipairs { "sender_relayhost", "sender_transport", "sender_canonical",
      "generic" } do
      local _, asked = ask({ [role] = {} }, "Kim+Tag@s.a.example")
      assert.same({ "kim+tag@s.a.example", "kim@s.a.example", "@s.a.example" }, asked, role)
    end
    local _, asked = ask({ sender_access = {} }, "kim+tag@s.a.example")
    assert.same({ "kim+tag@s.a.example", "kim@s.a.example", "s.a.example", "a.example", "example",
      "kim+tag@", "kim@" }, asked)
    _, asked = ask({ sender_access = {} }, "kim+tag@s.a.example", { whole = true })
    assert.same({ "kim+tag@s.a.example" }, asked)
    for role, count in pairs {
      sender_access = 1, sender_relayhost = 1, sender_transport = 1, sender_canonical = 0,
      generic = 0,
    } do
      _, asked = ask({ [role] = {} }, "<>")
      assert.same(count == 1 and { "<>" } or {}, asked, role)
    end
  end)

  it("says who may send", function()
    local TABLE = {
      ["a.example"] = "REJECT no", ["ok.a.example"] = "OK", ["kim@a.example"] = "dunno",
      ["b.example"] = "450 4.7.1 later", ["c.example"] = "554 no", ["d.example"] = "550",
      ["e.example"] = "defer_if_permit x", ["f.example"] = "HOLD", ["joe@"] = "discard",
      ["<>"] = "reject", ["g.example"] = "FILTER smtp:[x]", ["h.example"] = "rejected_class",
    }
    for sender, expected in pairs {
      ["pat@a.example"] = "error:", ["pat@s.a.example"] = "error:", ["pat@ok.a.example"] = "",
      ["kim@a.example"] = "", ["kim+x@a.example"] = "", ["pat@b.example"] = "retry:",
      ["pat@c.example"] = "error:", ["pat@d.example"] = "", ["pat@e.example"] = "retry:",
      ["pat@f.example"] = "hold:", ["joe+x@far.example"] = "discard:", ["<>"] = "error:",
      ["joe@a.example"] = "error:", ["x@g.example"] = "filter:", ["x@h.example"] = "",
    } do
      assert.equal(expected, (ask({ sender_access = TABLE }, sender)), sender)
    end
  end)

  it("says as whom, one after the other", function()
    local function written(sender)
      return (ask({
        sender_canonical = { ["kim@a.example"] = "kl@a.example", ["kl@a.example"] = "lee@a.example",
          ["@loop.example"] = "@pool.example", ["@pool.example"] = "@loop.example" },
        canonical = { ["@a.example"] = "@b.example" },
        generic = { ["lee@b.example"] = "sales@c.example", ["sales@c.example"] = "no@c.example" },
      }, sender))
    end
    assert.equal("sales@c.example", written "kim@a.example")
    assert.equal("pat@b.example", written "pat@a.example")
    assert.equal("lee+x@b.example", (ask({
      sender_canonical = { ["kim@a.example"] = "lee@b.example" } }, "kim+x@a.example")))
    assert.equal("lee@b.example", (ask({
      generic = { ["kim@a.example"] = "lee@b.example" } }, "kim+x@a.example")))
    assert.equal("kim@b.example", (ask({
      generic = { ["kim@a.example"] = "@b.example" } }, "kim+x@a.example")))
    assert.equal("unreasonable canonical map nesting", written "x@loop.example")
    assert.equal("<>", written "<>")
  end)

  it("says where messages go that no transport table knows", function()
    local RELAY = { ["@a.example"] = "[192.0.2.1]:587", ["kim@a.example"] = "DUNNO",
      ["<>"] = "[192.0.2.3]" }
    local TRANSPORT = { ["@b.example"] = "lmtp:[192.0.2.2]", ["@c.example"] = "slow" }
    local function way(sender, default, more)
      return (ask({ sender_relayhost = RELAY, sender_transport = more }, sender,
        { default = default }))
    end
    assert.equal("smtp:[192.0.2.1]:587", way "x@a.example")
    assert.equal("relay:[192.0.2.1]:587", way("x@a.example", "relay:[192.0.2.9]"))
    assert.equal("", way "kim@a.example")
    assert.equal("smtp:far.example", way("kim@a.example", "smtp:"))
    assert.equal("smtp:[192.0.2.3]", way "<>")
    assert.equal("lmtp:[192.0.2.2]", way("x@b.example", nil, TRANSPORT))
    assert.equal("slow:far.example", way("x@c.example", nil, TRANSPORT))
    assert.equal("slow:[192.0.2.9]", way("x@c.example", "smtp:[192.0.2.9]", TRANSPORT))
    RELAY["@b.example"], RELAY["@c.example"] = "[192.0.2.4]", "[192.0.2.4]"
    assert.equal("lmtp:[192.0.2.2]", way("x@b.example", nil, TRANSPORT))
    assert.equal("slow:[192.0.2.4]", way("x@c.example", nil, TRANSPORT))
  end)

  it("has keys that stand for senders", function()
    local options = { here = {}, origin = "here.example" }
    for key, sender in pairs {
      ["<>"] = "<>", ["kim@"] = "kim@somewhere.example", ["@a.example"] = "somebody@a.example",
      ["a.example"] = "somebody@a.example", ["kim@a.example"] = "kim@a.example",
    } do
      assert.equal(sender, sender_maps.witness(key, options))
    end
  end)

  it("is one of several for senders, or not", function()
    assert.is_true(sender_maps.are { sender_canonical = {}, canonical = {} })
    assert.is_false(sender_maps.are { canonical = {}, virtual = {} })
    assert.equal("virtual", sender_maps.stray { "generic", "virtual", "canonical" })
    assert.is_nil(sender_maps.stray { "generic", "canonical" })
  end)
end)

describe("a policy in place of tables for senders", function()
  local p

  setup(function()
    p = assert(policy.load [[
domain "a.example" {}
connector "news" { nexthop = "smtp:[192.0.2.9]", spaces = { "SMTP:*" }, senders = "SMTP:news@*" }
connector "out" { nexthop = "smtp:", spaces = { { "SMTP:*", cost = 9 } } }
rewrite_sender "SMTP:kim@a.example" { to = "SMTP:sales@a.example" }
function on.recipient(address, envelope)
  if mail.matches(envelope.sender, "SMTP:*@spam.example") then return reject "no" end
  if mail.matches(envelope.sender, "SMTP:*@grey.example") then return defer "later" end
end
]])
  end)
  teardown(function() p:close() end)

  it("says whom it refuses, where their mail goes, and as whom", function()
    local function answer(role, sender)
      return answers.of_sender(p, { [role] = true }, sender, nil, "x@far.example")
    end
    assert.same({ "error:policy-reject" }, answer("sender_access", "x@spam.example"))
    assert.same({ "retry:policy-defer" }, answer("sender_access", "x@grey.example"))
    assert.same({}, answer("sender_access", "x@b.example"))
    assert.same({ "smtp:[192.0.2.9]" }, answer("sender_relayhost", "news@b.example"))
    assert.same({ "smtp:far.example" }, answer("sender_transport", "x@b.example"))
    assert.same({ "SMTP:sales@a.example" }, answer("sender_canonical", "kim@a.example"))
    assert.is_true(answers.same({ "pat@a.example" }, answer("generic", "pat@a.example")))
    assert.same({ "<>" }, answer("sender_canonical", "<>"))
    assert.is_true(#answer("sender_canonical", "a b") == 1)
  end)
end)
