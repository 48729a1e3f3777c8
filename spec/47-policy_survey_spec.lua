-- The short way of most mail: a text is surveyed and ends where all the stages would take it.

local policy = require "postoffice.policy"

local SOURCE = [[
  domain "home.example" { extension = "+" }
  domain "*.below.example" { kind = "relay" }
  recipient "Kim" { proxies = { "SMTP:kim@home.example" } }
  recipient "Away" { proxies = { "SMTP:away@home.example", "SMTP:away@old.example" },
    target = "Lee <lee@far.example>" }
  recipient "Carried" { proxies = { "SMTP:IMCEACCMAIL-Lee+20at+20HQ@home.example",
    "SMTP:srs0=abcd=jq=b.example=a@home.example", "SMTP:prvs=1@home.example" },
    target = "lee@far.example" }
  recipient "Own" { proxies = { "SMTP:own@old.example" }, target = "SMTP:own@old.example" }
  recipient "Further" { proxies = { "SMTP:further@old.example" }, target = "SMTP:kim@home.example" }
  recipient "Other" { proxies = { "SMTP:other@old.example" }, target = "CCMAIL:Lee at HQ" }
  recipient "Fax" { proxies = { "SMTP:quoted@old.example" }, target = '"a b"@far.example' }
  recipient "Kept" { proxies = { "SMTP:kept@old.example" }, target = "SMTP:lee@far.example",
    keep = true }
  recipient "Both" { proxies = { "SMTP:both@old.example" },
    targets = { "SMTP:lee@far.example", "SMTP:x@far.example" } }
  recipient "Ann" { proxies = { "SMTP:aim@old.example" }, target = "ann@target.example" }
  recipient "Gone" { proxies = { "SMTP:gone@old.example" }, refuse = "has left" }
  list "All" { proxies = { "SMTP:all@old.example" }, members = { "Away", "lee@far.example" } }

  rewrite "X400:c=us;s={u}" { to = "SMTP:{u}@made.example" }
  rewrite "SMTP:{u}@same.example" { to = "SMTP:{u}@same.example" }
  rewrite "SMTP:{u}@same.example" { to = "SMTP:{u}.x@made.example" }
  rewrite "SMTP:{u}.{v}@turned.example" { to = "SMTP:{v}-{u}@made.example" }
  rewrite "SMTP:{u}@chain.example" { to = "SMTP:{u}@chain2.example" }
  rewrite "SMTP:{u}@chain2.example" { to = "SMTP:{u}@made.example" }
  rewrite "SMTP:{u}@homewards.example" { to = "SMTP:{u}@home.example" }
  rewrite "SMTP:{u}@spaced.example" { to = 'SMTP:"{u} x"@made.example' }
  rewrite "SMTP:{u}x@dotted.example" { to = "SMTP:{u}@made.example" }
  rewrite "SMTP:info@*" { to = "SMTP:info-all@made.example" }
  rewrite "SMTP:{u}@{host}.joined.example" { to = "SMTP:{u}%{host}@made.example" }
  rewrite "SMTP:{u}@turned.target.example" { to = "SMTP:{u}@target.example" }
  rewrite "SMTP:{u}@cc.example" { to = "CCMAIL:{u} at HQ" }

  connector "far" { spaces = { "SMTP:*@far.example", "SMTP:lee@far.example" } }
  connector "small" { max_size = 1000, spaces = { "SMTP:*@far.example" } }
  connector "one" { nexthop = "n1", spaces = { "SMTP:*@made.example" } }
  connector "two" { nexthop = "n2", spaces = { "SMTP:*@made.example" } }
  connector "carried" { speaks = "CCMAIL", wrap = { postoffice = "internet" }, reaches = "HQ",
    spaces = { "SMTP:*@carried.example" } }
  connector "hq" { spaces = { "CCMAIL:" } }
  connector "rest" { spaces = { "SMTP:*" }, speaks = "SMTP" }
]]

local TEXTS = {
  "kim@carried.example", "kim@elsewhere.example", "KIM@Elsewhere.Example",
  "lee@far.example", "x@far.example",
  "Kim Lee <kim@elsewhere.example>", "smtp:kim@elsewhere.example", "SMTP:kim@elsewhere.example",
  "<@relay.example:kim@elsewhere.example>", "kim@elsewhere.example (at work)",
  '"kim"@elsewhere.example', '"kim lee"@elsewhere.example', "kim@[192.0.2.1]",
  "kim@b\195\188cher.example", "\195\169@elsewhere.example", "kim@elsewhere", "kim@-.example",
  "LEE@far.example", "ann@target.example", "ann@turned.target.example",
  "kim@home.example", "kim+tag@home.example", "nobody@home.example", "x@a.below.example",
  "away@home.example", "Away@HOME.example", "away+tag@home.example",
  "away@old.example", "SRS0=abcd=JQ=b.example=a@home.example", "prvs=1@home.example",
  "prvs=1+x@home.example", "own@old.example", "further@old.example",
  "other@old.example", "quoted@old.example", "gone@old.example", "all@old.example",
  "kept@old.example", "both@old.example",
  "nobody@old.example", "Ann@same.example", "Ann.Lee@turned.example", "Ann@turned.example",
  "Ann@chain.example", "kim@homewards.example", "ann@homewards.example", "ann@spaced.example",
  "ann.x@dotted.example", "annx@dotted.example",
  "info@elsewhere.example", "Info@far.example", "ann@b.joined.example",
  "ann@cc.example", "X400:c=us;s=Lee", "CCMAIL:Lee at HQ", "<>", "<postmaster>", "", "no address",
  "imceaex-x@elsewhere.example", "IMCEACCMAIL-Lee+20at+20HQ@home.example",
  ("a"):rep(64) .. "@elsewhere.example", ("a"):rep(400) .. "@elsewhere.example",
  "a@" .. ("b."):rep(150) .. "example", (" "):rep(9000) .. "kim@elsewhere.example",
}

local ENVELOPES = {
  { down = { "one" } }, { size = 5000 }, { sender = "a@b.example" }, { arrived_by = "far" },
}

local ASKS = {
  known = { kim = true, x = true }, broken = function(key) error("no line for " .. key, 0) end,
}

local function load(head)
  return assert(policy.load(head .. SOURCE, { ask = ASKS }))
end

-- What `explain` concludes, which goes the whole way.
local function explained(p, text, envelope)
  return p:explain(text, envelope).deliveries
end

-- What stands before the source; functions that leave an address alone, decide, ask and fail.
local HEADS = {
  "", 'settings { order = "cost" }\n', "function on.recipient() end\n",
  "function on.delivery() end\n",
  'function on.recipient(a) if a.localpart ~= "kim" then return reject(tostring(a.display_name)'
    .. " .. tostring(a.primary) .. tostring(a.comment) .. tostring(a.route) .. tostring(a)) end"
    .. " end\n",
  'function on.recipient(a, e) if e.size or a.domain == "far.example" then return'
    .. ' { "kim@made.example", "away@old.example" } end end\n',
  "function on.recipient() return {} end\n",
  'function on.recipient(a) if ask("known", a.localpart) then return "away@old.example" end end\n',
  'function on.recipient(a) return ask("broken", a.localpart) end\n',
  'function on.recipient(a) if mail.matches(a, "SMTP:{u}@*.example") then return pass() end end\n',
  "function on.recipient(a) return a.localpart + {} end\n",
  'function on.recipient(a) return "" end\n',
}

describe("a surveyed text", function()
  for _, head in ipairs(HEADS) do
    it("ends where the stages take it: " .. (head == "" and "as it is" or head), function()
      local p = load(head)
      for _, text in ipairs(TEXTS) do
        assert.same(explained(p, text), p:route(text), text)
        for _, envelope in ipairs(ENVELOPES) do
          assert.same(explained(p, text, envelope), p:route(text, envelope), text)
        end
      end
      p:close()
    end)
  end

  it("ends so beside others, and each mailbox gets one copy", function()
    local p = load ""
    local several, single = p:route(TEXTS), {}
    for _, text in ipairs(TEXTS) do
      for _, delivery in ipairs(p:route(text)) do single[#single + 1] = delivery end
    end
    assert.is_true(#several < #single)
    local also = p:route { "kim@elsewhere.example", "KIM@elsewhere.example", "x@elsewhere.example" }
    assert.equal(2, #also)
    assert.same({ "KIM@elsewhere.example" }, also[1].also)
    also = p:route { "1@nowhere.test", "2@nowhere.test" }
    assert.equal(2, #also)
    p:close()
  end)

  it("has an answer that is nobody else's", function()
    local p = load ""
    for _, text in ipairs { "kim@elsewhere.example", "away@old.example", "Ann@turned.example" } do
      local before = explained(p, text)
      local answer = p:route(text)
      for _, delivery in ipairs(answer) do
        for _, field in ipairs { "address", "final", "path", "alternatives" } do
          if delivery[field] then delivery[field].type = "changed" end
        end
        delivery.entry, delivery.connector = "changed", "changed"
      end
      answer[2] = "changed"
      assert.same(before, p:route(text))
    end
    p:close()
  end)

  it("is shown to on.route in its notation", function()
    local p = load [[function on.route(chosen)
      if chosen.address.primary == false then return reject("secondary") end
    end
    ]]
    assert.equal("reject", p:route("smtp:kim@elsewhere.example")[1].verdict)
    assert.equal("deliver", p:route("SMTP:kim@elsewhere.example")[1].verdict)
    p:close()
  end)

  it("shares connectors of equal cost as it always does", function()
    local p = load ""
    local chosen = {}
    for i = 1, 50 do
      local text = ("u%d.x@turned.example"):format(i)
      local delivery = p:route(text)[1]
      assert.same(explained(p, text)[1], delivery)
      chosen[delivery.connector] = true
    end
    assert.same({ one = true, two = true }, chosen)
    p:close()
  end)

  it("is held to guards, whatever is known of the message", function()
    local p = assert(policy.load [[
      connector "out" { spaces = { "SMTP:*" } }
      connector "kims" { spaces = { "SMTP:*@far.example" }, senders = { "SMTP:kim@*" } }
    ]])
    local function chosen(envelope)
      local delivery = p:route("lee@far.example", envelope)[1]
      return delivery.connector or delivery.code
    end
    assert.equal("fact-missing", chosen())
    assert.equal("fact-missing", chosen {})
    assert.equal("sender-refused", chosen { sender = "lee@home.example" })
    assert.equal("kims", chosen { sender = "kim@home.example" })
  end)

  it("is not surveyed where functions or repeated rewrites look at each address", function()
    for _, rewrite in ipairs {
      'rewrite { match = function(a) return a.localpart == "odd" end, to = "SMTP:x@a.example" }\n',
      'rewrite "SMTP:{u}" { to = function() return "x@made.example" end }\n',
      'rewrite "SMTP:{u}@again.example" { to = "SMTP:{u}@made.example", again = true }\n',
    } do
      local p = load(rewrite)
      for _, text in ipairs { "odd@far.example", "kim@elsewhere.example", "a@again.example" } do
        assert.same(explained(p, text), p:route(text))
      end
      p:close()
    end
  end)
end)
