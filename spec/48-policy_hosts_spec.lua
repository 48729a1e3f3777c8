-- What hosts ask of a policy beside where mail goes: domains, senders, lists, and what it demands.
local policy = require "postoffice.policy"

local function load(source, options) return assert(policy.load(source, options)) end

describe("a domain", function()
  local p = load [[
    domain "Here.example" {}
    domain "*.below.example" { kind = "relay" }
    domain "old.example" { kind = "former" }
    domain "gateway.below.example" { kind = "relay" }
    connector "fax" { speaks = "SMTP", wrap = { domain = "Gateway.below.example" },
      nexthop = "smtp:[192.0.2.1]:25", spaces = { "FAX:*" } }
    connector "x400" { speaks = "SMTP", wrap = { domain = "mixer.example" },
      nexthop = "smtp:[192.0.2.2]:25", spaces = { "X400:c=us;a= ;p=Org" } }
  ]]
  for name, expected in pairs {
    ["here.EXAMPLE"] = { name = "Here.example", kind = "local", is_shell = false },
    ["a.below.example"] = { name = "*.below.example", kind = "relay", is_shell = false },
    ["old.example"] = { name = "old.example", kind = "former", is_shell = false },
    ["gateway.below.example"] =
      { name = "gateway.below.example", kind = "relay", is_shell = true },
    ["Mixer.example"] = { is_shell = true },
  } do
    it("is told of " .. name, function() assert.same(expected, p:domain(name)) end)
  end

  it("that nobody declared is none", function()
    for _, name in ipairs { "far.example", "below.example", "", "a@here.example", "a b", "..",
      "*" } do
      assert.is_nil(p:domain(name), name)
    end
  end)
end)

describe("expansions", function()
  it("are the lists and recipients that reach more than so many, each once", function()
    local p = load [[
      recipient "A" { proxies = { "a@x.example" } }
      recipient "B" { proxies = { "b@x.example" }, target = "SMTP:b@far.example" }
      recipient "C" { proxies = { "c@x.example" }, keep = true, targets = { "A", "B" } }
      list "Two" { proxies = { "two@x.example" }, members = { "A", "B" } }
      list "Same" { proxies = { "same@x.example" }, members = { "Two", "A", "SMTP:b@far.example" } }
      list "Four" { proxies = { "four@x.example" }, members = { "C", "Two", "SMTP:d@far.example" } }
    ]]
    local function names(most)
      local list = {}
      for i, row in ipairs(p:expansions(most)) do
        list[i] = row.name
        assert.matches("^policy:%d+$", row.where)
        assert.equal("SMTP", row.address.type)
      end
      return table.concat(list, " ")
    end
    assert.equal("C Two Same Four", names(1))
    assert.equal("C Four", names(2))
    assert.equal("Four", names(3))
    assert.equal("", names(4))
  end)
end)

describe("a sender", function()
  local p = load([[
    domain "x.example" { unwrap = { "SRS" } }
    settings { outbound = "primary" }
    recipient "A" { proxies = { "SMTP:a@x.example", "smtp:old@x.example" } }
    rewrite_sender "SMTP:{u}@y.example" { to = "SMTP:{u}@z.example", by = { "partner" } }
    connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" },
      srs = { domain = "x.example", secrets = "k" } }
    connector "partner" { nexthop = "smtp:[192.0.2.2]:25", spaces = { "SMTP:*@p.example" } }
  ]], { secrets = { k = { "secret" } } })

  local function rewritten(sender, connector, envelope)
    return tostring(p:rewrite_sender(sender, connector, envelope))
  end

  it("is written by the rules of the connector", function()
    assert.equal("SMTP:u@z.example", rewritten("u@y.example", "Partner"))
    assert.equal("SMTP:u@y.example", rewritten("u@y.example", "out"))
    assert.equal("SMTP:a@x.example", rewritten("old@x.example", "out", { may_relay = true }))
    assert.equal("SMTP:old@x.example", rewritten("old@x.example", "out"))
  end)

  it("is signed by the connector, if it is nobody's of ours", function()
    local signed = p:sign_sender("joe@bank.example", "out", { now = 1577836860 })
    assert.matches("^SMTP:SRS0=....=..=bank%.example=joe@x%.example$", tostring(signed))
    assert.equal("SMTP:a@x.example", tostring(p:sign_sender("a@x.example", "out")))
    assert.equal("SMTP:joe@bank.example", tostring(p:sign_sender("joe@bank.example", "partner")))
    assert.same({ "out" }, p:signers())
  end)

  it("that is <> stays so", function()
    assert.equal("", p:sign_sender("<>", "out").localpart)
    assert.equal("", p:rewrite_sender("<>", "partner").localpart)
  end)

  it("raises where it is asked for by other types, for whoever asks", function()
    for _, name in ipairs { "rewrite_sender", "sign_sender" } do
      for _, case in ipairs {
        { 5, "out", nil, "the recipient has to be an address" },
        { "a@x.example", 5, nil, "the name of a connector has to be a string" },
        { "a@x.example", "out", 5, "the envelope has to be a table" },
        { "a@x.example", "out", { nope = 1 }, 'unknown field "nope"' },
      } do
        local ok, message = pcall(function()
          local made = p[name](p, case[1], case[2], case[3])
          return made
        end)
        assert.is_false(ok)
        assert.matches("48%-policy_hosts_spec%.lua:%d+: .*" .. case[4], message)
      end
    end
  end)

  it("fails for what is none, for connectors that nobody declared, and without keys", function()
    assert.equal("connector-unknown", select(3, p:rewrite_sender("a@x.example", "line")))
    assert.equal("connector-unknown", select(3, p:sign_sender("a@x.example", "outt")))
    assert.matches("did you mean", select(2, p:sign_sender("a@x.example", "outt")))
    assert.equal("domain-missing", select(3, p:rewrite_sender("a", "out")))
    local bare = load [[domain "x.example" { unwrap = { "SRS" } }
      connector "out" { spaces = { "SMTP:*" }, srs = { domain = "x.example", secrets = "k" } }]]
    assert.equal("secret-missing", select(3, bare:sign_sender("joe@bank.example", "out")))
  end)

  it("is signed in as many ways as connectors have", function()
    local q = load [[
      domain "x.example" { unwrap = { "SRS", "BATV" } }
      connector "a" { spaces = { "SMTP:*" }, srs = { domain = "x.example", secrets = "k" } }
      connector "b" { spaces = { "SMTP:*" }, srs = { domain = "x.example", secrets = "k" } }
      connector "c" { spaces = { "SMTP:*" }, batv = { secrets = "k" } }
      connector "d" { spaces = { "SMTP:*" } }
    ]]
    assert.same({ "a", "c" }, q:signers())
  end)
end)

describe("whoever was admitted before", function()
  local p = load [[
    domain "x.example" {}
    recipient "A" { proxies = { "SMTP:a@x.example" } }
    recipient "B" { proxies = { "SMTP:b@x.example" }, max_size = 10, authenticated = true,
      accept = { "A" } }
    connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*" }, max_size = 10 }
    function on.recipient(address, envelope)
      if envelope.admitted ~= nil then return reject "seen" end
    end
  ]]

  it("may write to entries, whatever these say", function()
    assert.equal("reject", p:route("b@x.example", { size = 11, sender = "x@y.example" })[1].verdict)
    assert.equal("deliver", p:route("b@x.example", { admitted = true })[1].verdict)
    assert.equal("deliver", p:nexthop("b@x.example", { admitted = true }).verdict)
    assert.equal("deliver", p:explain("b@x.example", { admitted = true }).deliveries[1].verdict)
  end)

  it("is not admitted to connectors by that", function()
    assert.equal("fact-missing", p:route("j@far.example", { admitted = true })[1].code)
  end)
end)

describe("demands", function()
  it("are what not every host has, by name", function()
    local p = load [[
      connector "a" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*@a.example" },
        senders = { "SMTP:*@x.example" }, max_size = 9 }
      connector "b" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
      connector "c" { speaks = "SMTP", reaches = "HQ", spaces = { "SMTP:*@c.example" } }
      connector "d" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*@d.example" } }
      postoffice "HQ" {}
      recipient "R" { proxies = { "r@x.example" }, accept = { "R" }, max_size = 9 }
      list "L" { proxies = { "l@x.example" }, members = { "R" }, owner = "R", authenticated = true }
      function on.recipient(address, envelope)
        if envelope.client and envelope["sender"] then return pass() end
      end
      test "t" { to = "r@x.example", size = 9, sender = "r@x.example", may_relay = true }
    ]]
    local rows = {}
    for i, demand in ipairs(p:capabilities().demands) do
      rows[i] = ("%s %s %s %s %s %s"):format(demand.where, demand.word, demand.name, demand.field,
        demand.fact or "-", demand.value or "-")
    end
    assert.same({
      "policy:1 connector a senders sender -", "policy:1 connector a max_size size -",
      "policy:3 connector b speaks - CCMAIL", "policy:4 connector c nexthop - -",
      "policy:7 recipient R accept sender -", "policy:7 recipient R max_size size -",
      "policy:8 list L authenticated authenticated -", "policy:8 list L owner - -",
      "policy:8 list L members - R",
      "policy:9 function on.recipient client client -",
      "policy:9 function on.recipient sender sender -",
    }, rows)
  end)
end)

describe("a live policy", function()
  it("goes live only as what a host demands of it", function()
    local text = 'connector "a" { spaces = { "SMTP:*" } }'
    local live = assert(policy.open(function() return text, "policy" end))
    assert.is_true(live:demand(function(revision)
      if revision:connectors()[1] ~= "a" then return "there is no a", "test-code" end
    end))
    local revision = live.revision
    text = 'connector "b" { spaces = { "SMTP:*" } }'
    local ok, message, code = live:reload()
    assert.is_nil(ok)
    assert.matches("^there is no a\nrevision " .. revision, message)
    assert.equal("test-code", code)
    assert.equal(revision, live.revision)
    assert.same({ "a" }, live:connectors())
    text = 'connector "a" { spaces = { "SMTP:*", "FAX:*" } }'
    assert.is_true(live:reload())
  end)

  it("is held to it at once", function()
    local live = assert(policy.open(function() return 'domain "a.example" {}', "policy" end))
    assert.same({ n = 3, nil, "never", "policy-unfit" },
      { n = 3, live:demand(function() return "never" end) })
    assert.is_true(live:reload())
    assert.has_error(function() live:demand "x" end, "the check has to be a function, not a string")
  end)
end)

describe("lists in files", function()
  it("are as those that are declared: they have owners, expand, and have members who take less",
    function()
      local p = load([[
        domain "x.example" {}
        directory "staff" { file = "staff.csv" }
        recipient "Here" { proxies = { "SMTP:here@x.example" }, keep = true, target = "Kim" }
      ]], { read = function()
        return "DisplayName,PrimarySmtpAddress,members,owner,max_size\n"
          .. "Kim,kim@x.example,,,\nSmall,small@x.example,,,9\n"
          .. "Gone,gone@x.example,,,\nTeam,team@x.example,kim@x.example;small@x.example,Kim,\n"
      end })
      local capabilities, rows = p:capabilities(), {}
      for i, demand in ipairs(capabilities.demands) do
        rows[i] = ("%s %s %s"):format(demand.name, demand.field, demand.value or "-")
      end
      assert.is_true(capabilities.owners)
      assert.same({ "Small max_size -", "Team owner -", "Team members Small" }, rows)
      assert.same({ "Here", "Team" },
        { p:expansions(1)[1].name, p:expansions(1)[2].name })
      assert.same({}, p:expansions(2))
    end)
end)
