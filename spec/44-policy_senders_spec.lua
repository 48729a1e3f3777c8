--- Senders: what touches them, and that mail can be answered.
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source) return assert(policy.load(source, { chunkname = "@policy.lua" })) end

-- How a policy hands a sender over to where a recipient is: a text, or the code where it does not.
local function handed(p, sender, to, envelope)
  envelope = envelope or {}
  envelope.sender = sender
  local delivery = p:route(to, envelope)[1]
  if delivery.verdict ~= "deliver" then return delivery.code or delivery.verdict end
  local given = delivery.sender
  return postoffice.format(given) or postoffice.format(given, "path") or given
end

local HOPS = [[
domain "old.example"  { kind = "former", unwrap = { "CCMAIL", "MS" } }
domain "*.in.example" { unwrap = { "MS" } }
domain "here.example" { unwrap = { "EX", "X500", "CCMAIL", "FAX" } }
domain "gate.example" { unwrap = { "CCMAIL" } }
postoffice "HQ"      {}
postoffice "PARIS"   { via = "HQ", gateway = "SMTP" }
postoffice "OURS"    { gateway = "SMTP" }
connector "any"      { spaces = { "TELEX:*" } }
connector "smtp"     { speaks = "SMTP", wrap = { domain = "gate.example" }, spaces = { "SMTP:*" } }
connector "bare"     { speaks = "SMTP", spaces = { "SMTP:*@bare.example" } }
connector "cc"       { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "OURS" },
                       spaces = { "CCMAIL:*" } }
connector "bare cc"  { speaks = "CCMAIL", spaces = { "CCMAIL:Bare at HQ" } }
recipient "Kim" {
  proxies = { "SMTP:kim@here.example", "smtp:k@here.example", "CCMAIL:Lee, Kim at HERE",
    "EX:/o=Org/cn=kim" },
}
recipient "Joe" { proxies = { "SMTP:joe@here.example" } }
recipient "Ann" { proxies = { "CCMAIL:Ann at HERE" } }
list "Team" { proxies = { "team@here.example" }, owner = "Kim", members = { "CCMAIL:Joe at HQ" } }
list "Club" { proxies = { "club@here.example" }, members = { "CCMAIL:Joe at HQ" } }
connector "soft"     { speaks = "SOFTSWITCH", spaces = { "SOFTSWITCH:*" } }
]]

-- By what a hop is: a recipient there, and how it hears senders.
local HEARD = {
  ["of any type"] = { "TELEX:1",
    { "joe@far.example", "SMTP:joe@far.example" },
    { "CCMAIL:Kim at Nowhere", "CCMAIL:Kim at Nowhere" },
    { "CCMAIL:joe@far.example at OURS", "CCMAIL:joe@far.example at OURS" },
    { "<>", "<>" }, { "no one", "no one" },
  },
  ["of SMTP"] = { "x@far.example",
    { "joe@far.example", "SMTP:joe@far.example" },
    { "K@here.example", "SMTP:K@here.example" }, -- a secondary address stays one
    { "CCMAIL:Kim Lee at HERE", "SMTP:kim@here.example" }, -- its entry's own address
    { "EX:/O=ORG/CN=KIM", "SMTP:kim@here.example" },
    { "CCMAIL:Zed at HQ", "SMTP:IMCEACCMAIL-Zed+20at+20HQ@gate.example" },
    { "CCMAIL:Ann at HERE", "SMTP:IMCEACCMAIL-Ann+20at+20HERE@gate.example" },
    { "CCMAIL:joe@far.example at OURS", "SMTP:joe@far.example" }, -- what our gateway would make
    { "CCMAIL:joe@far.example at PARIS", "SMTP:joe@far.example" }, -- or another one
    { "CCMAIL:k@here.example at OURS", "SMTP:kim@here.example" },
    -- nobody has what it carries, but it is taken out of its shell
    { "CCMAIL:zed@here.example at OURS",
      "SMTP:IMCEACCMAIL-zed+40here+2Eexample+20at+20OURS@gate.example" },
    { "CCMAIL:Joe at OURS", "SMTP:IMCEACCMAIL-Joe+20at+20OURS@gate.example" },
    { "X400:c=us;a= ;p=Org;s=Lee;dda:RFC-822=joe(a)far.example;", "SMTP:joe@far.example" },
    { "FAX:+1", "SMTP:IMCEAFAX-+2B1@here.example" }, -- gate.example would not take it out
    { "X500:/o=New/cn=kim", "SMTP:IMCEAX500-_o=New_cn=kim@here.example" },
    { "X400:c=us;a= ;p=Org;s=Lee;", -- nobody would
      "SMTP:IMCEAX400-c=us+3Ba=+20+3Bp=Org+3Bs=Lee+3B@gate.example" },
    { "<>", "<>" }, { "no one", "no one" },
  },
  ["of SMTP that carries nothing"] = { "x@bare.example",
    { "joe@far.example", "SMTP:joe@far.example" },
    { "CCMAIL:Lee, Kim at HERE", "SMTP:kim@here.example" },
    { "CCMAIL:joe@far.example at PARIS", "SMTP:joe@far.example" },
    { "CCMAIL:Zed at HQ", "SMTP:IMCEACCMAIL-Zed+20at+20HQ@here.example" }, -- which takes it out
    { "FAX:+1", "SMTP:IMCEAFAX-+2B1@here.example" }, { "MS:N/P/U", "sender-unsayable" },
    { "<>", "<>" },
  },
  ["of cc:Mail"] = { "CCMAIL:Zed at HQ",
    { "joe@far.example", "CCMAIL:joe@far.example at OURS" },
    { "kim@here.example", "CCMAIL:Lee, Kim at HERE" },
    { "k@here.example", "CCMAIL:Lee, Kim at HERE" },
    { "kim+x@here.example", "CCMAIL:kim+x@here.example at OURS" },
    { "joe@here.example", "CCMAIL:joe@here.example at OURS" },
    { "IMCEAEX-_O=Org_CN=Kim@here.example", "CCMAIL:Lee, Kim at HERE" }, -- as it comes back
    { "IMCEACCMAIL-Zed+20at+20HQ@gate.example", "CCMAIL:Zed at HQ" },
    { "IMCEACCMAIL-Zed+20at+20HQ@far.example", -- not ours to open
      "CCMAIL:IMCEACCMAIL-Zed+20at+20HQ@far.example at OURS" },
    { "IMCEAFAX-+2B1@here.example", "CCMAIL:IMCEAFAX-+2B1@here.example at OURS" },
    { "IMCEAMS-N_P_U@old.example", -- cc:Mail carries no MS, and no other domain of ours opens it
      "CCMAIL:IMCEAMS-N_P_U@old.example at OURS" },
    { "CCMAIL:Kim at Nowhere", "CCMAIL:Kim at Nowhere" },
    { "X400:c=us;a= ;p=Org;s=Lee;dda:RFC-822=joe(a)far.example;",
      "CCMAIL:joe@far.example at OURS" },
    { "X400:c=us;a= ;p=Org;s=Lee;", "sender-unsayable" }, { "TELEX:1", "sender-unsayable" },
    { "FAX:+1", "CCMAIL:IMCEAFAX-+2B1@here.example at OURS" }, -- two layers, which come off again
    { "IMCEAFAX-+2B1@gate.example", "CCMAIL:IMCEAFAX-+2B1@gate.example at OURS" },
    { "X400:c=us;a= ;p=Org;dda:RFC-822=IMCEACCMAIL-Zed+20at+20HQ(a)here.example;",
      "CCMAIL:Zed at HQ" },
    { "<Postmaster>", "sender-unsayable" }, -- has no domain here
    { "no one", "sender-unsayable" }, { "<>", "<>" },
  },
  ["of cc:Mail that carries nothing"] = { "CCMAIL:Bare at HQ",
    { "joe@far.example", "sender-unsayable" }, { "kim@here.example", "CCMAIL:Lee, Kim at HERE" },
    { "CCMAIL:Kim at Nowhere", "CCMAIL:Kim at Nowhere" }, { "<>", "<>" },
  },
  ["that a list with an owner leads to"] = { "team@here.example",
    { "joe@far.example", "CCMAIL:Lee, Kim at HERE" }, { "FAX:+1", "CCMAIL:Lee, Kim at HERE" },
    { "no one", "CCMAIL:Lee, Kim at HERE" }, { "<>", "<>" },
  },
  ["that a list without an owner leads to"] = { "club@here.example",
    { "joe@far.example", "CCMAIL:joe@far.example at OURS" }, { "<>", "<>" },
  },
}

describe("a sender", function()
  local p = load(HOPS)

  for hop, cases in pairs(HEARD) do
    it("is said in the type of a hop " .. hop, function()
      for i = 2, #cases do
        assert.equal(cases[i][2], handed(p, cases[i][1], cases[1]), cases[i][1])
      end
    end)
  end

  it("is what a gateway makes of it where no post office is declared", function()
    local q = load [[connector "out" { speaks = "SMTP", wrap = { domain = "gate.example" },
      spaces = { "SMTP:*" } }]]
    assert.equal("SMTP:joe@far.example", handed(q, "CCMAIL:joe@far.example at X", "a@b.example"))
    assert.equal("SMTP:IMCEACCMAIL-Joe+20at+20X@gate.example",
      handed(q, "CCMAIL:Joe at X", "a@b.example"))
  end)

  it("is carried in every type that can carry", function()
    for speaks, case in pairs {
      MS = { "network = 'NET', postoffice = 'SMTP'", "MS:N/P/U", "MS:NET/SMTP/joe@far.example" },
      NOTES = { "domain = 'INTERNET'", "NOTES:Kim@ACME", "NOTES:joe@far.example@INTERNET" },
      GWISE = { "domain = 'GW', postoffice = 'SMTP'", "GWISE:D.P.kim",
        "GWISE:GW.SMTP.joe@far.example" },
      X400 = { "c = 'us', a = ' ', p = 'gate'", "X400:c=us;s=Lee;",
        "X400:c=us;a= ;p=gate;dda:RFC-822=joe(a)far.example;" },
      MSMAIL = { "server = 'internet'", "MSMAIL:kim@HQ", "MSMAIL:joe@far.example@internet" },
      CCMAIL = { "postoffice = 'NET'", "CCMAIL:Lee at HQ", "CCMAIL:joe@far.example at NET" },
      SMTP = { "domain = 'gate.example'", "kim@far.example", "SMTP:joe@far.example" },
    } do
      local source = "connector 'hop' { speaks = '%s', spaces = { '%s:*' }%s }"
      local wrapping = load(source:format(speaks, speaks, (", wrap = { %s }"):format(case[1])))
      assert.equal(case[3], handed(wrapping, "joe@far.example", case[2]))
      assert.equal("<>", handed(wrapping, "<>", case[2]))
      local bare = load(source:format(speaks, speaks, ""))
      assert.equal(speaks == "SMTP" and case[3] or "sender-unsayable",
        handed(bare, "joe@far.example", case[2]), speaks)
      assert.equal("sender-unsayable", handed(bare, "FAX:1", case[2]), speaks)
    end
  end)

  it("is handed over as explanations tell", function()
    for _, case in ipairs {
      { "k@here.example", "CCMAIL:Zed at HQ",
        "the sender is handed over as CCMAIL:Lee, Kim at HERE of Kim (policy.lua:14)" },
      { "joe@far.example", "CCMAIL:Zed at HQ", "cc speaks CCMAIL: the sender is handed over as"
        .. " CCMAIL:joe@far.example at OURS (policy.lua:11)" },
      { "joe@far.example", "team@here.example",
        "the sender is the list's owner, SMTP:kim@here.example" },
      { "MS:N/P/U", "x@bare.example", "sender-unsayable: bare speaks SMTP" },
    } do
      local text = tostring(p:explain(case[2], { sender = case[1] })):gsub("%s+", " ")
      assert.truthy(text:find(case[3], 1, true), text)
    end
  end)

  it("that is signed stays so", function()
    local q = assert(policy.load([[domain "here.example" { unwrap = { "SRS", "CCMAIL" } }
      connector "cc" { speaks = "CCMAIL", wrap = { postoffice = "internet" },
        spaces = { "CCMAIL:*" } }
      connector "out" { srs = { domain = "here.example", secrets = "k" }, spaces = { "SMTP:*" } }
    ]], { secrets = { k = { "a key" } } }))
    for _, sender in ipairs { "SRS0=HHHH=TT=far.example=joe@here.example", "joe@here.example" } do
      assert.equal("CCMAIL:" .. sender .. " at internet", handed(q, sender, "CCMAIL:Lee at HQ"))
    end
  end)

  it("that the next hop cannot say is told to both sides", function()
    for _, case in ipairs {
      { "x@bare.example", 'bare speaks SMTP, in which the sender MS:N/P/U cannot be said: add'
        .. ' unwrap = { "MS" } to a local domain, or to this connector wrap = { domain ='
        .. ' "example.com" }',
        "policy.lua:10" },
      { "CCMAIL:Bare at HQ", 'bare cc speaks CCMAIL, in which the sender MS:N/P/U cannot be said:'
        .. ' add wrap = { postoffice = "internet" }, and add unwrap = { "MS" } to a local domain',
        "policy.lua:13" },
      { "CCMAIL:Zed at HQ", "cc speaks CCMAIL, in which the sender MS:N/P/U cannot be said: "
        .. 'add unwrap = { "MS" } to a local domain', "policy.lua:11" },
      { "CCMAIL:Bare at HQ", "bare cc speaks CCMAIL, in which the sender FAX:1 cannot be said:"
        .. ' add wrap = { postoffice = "internet" }', "policy.lua:13", "FAX:1" },
      { "SOFTSWITCH:1", "soft speaks SOFTSWITCH, in which the sender MS:N/P/U cannot be said: "
        .. postoffice.message "encapsulation-type", "policy.lua:22" },
    } do
      local sender = case[4] or "MS:N/P/U"
      local delivery = p:route(case[1], { sender = sender })[1]
      assert.same({ "reject", "5.1.7", postoffice.message "sender-unsayable", case[2], case[3] },
        { delivery.verdict, delivery.status, delivery.message, delivery.detail, delivery.rule })
      assert.equal(sender, tostring(delivery.sender))
    end
  end)

  -- Two layers: in SMTP at our domain, and that in what the hop speaks.
  it("that the hop's type carries only in SMTP is said so, and answered", function()
    local q = load [[
domain "here.example" { unwrap = { "CCMAIL", "X400" } }
postoffice "HQ" {} postoffice "OURS" { gateway = "SMTP" }
connector "cc"   { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "OURS" },
                   spaces = { "CCMAIL:*" } }
connector "x400" { speaks = "X400", wrap = { c = "us", a = " ", p = "gate" },
                   spaces = { "X400:*", "SMTP:*" } }
connector "ms"   { speaks = "MS", wrap = { network = "N", postoffice = "GATE" },
                   spaces = { "MS:*" } }
]]
    local ann, lee = "CCMAIL:Ann at HQ", "X400:c=us;a= ;p=Org;s=Lee;"
    local ann_here = "IMCEACCMAIL-Ann+20at+20HQ@here.example"
    local lee_here = "IMCEAX400-c=us+3Ba=+20+3Bp=Org+3Bs=Lee+3B@here.example"
    for _, case in ipairs {
      { ann, lee, "X400:c=us;a= ;p=gate;dda:RFC-822=IMCEACCMAIL-Ann+20at+20HQ(a)here.example;" },
      { ann, "joe@far.example",
        "X400:c=us;a= ;p=gate;dda:RFC-822=IMCEACCMAIL-Ann+20at+20HQ(a)here.example;" },
      { ann, "MS:N/P/joe", "MS:N/GATE/" .. ann_here, ann_here }, -- as the gateway hands it to us
      { lee, "MS:N/P/joe", "MS:N/GATE/" .. lee_here, lee_here },
      { lee, ann, "CCMAIL:" .. lee_here .. " at OURS" },
      { "MS:N/P/joe", lee, "X400:c=us;a= ;p=gate;dda:MS=N/P/joe;" },
    } do
      local sender, to, heard, answered = case[1], case[2], case[3], case[4] or case[3]
      assert.equal(heard, handed(q, sender, to))
      local answer = q:route(answered, { sender = case[4] and "joe@far.example" or to })[1]
      assert.same({ "deliver", sender }, { answer.verdict, tostring(answer.final) }, answered)
    end
    assert.equal("sender-unsayable", handed(q, "MS:N/P/joe", ann)) -- nothing takes MS out
  end)

  it("that comes out of a gateway in two layers may not make us a relay", function()
    local q = load [[
domain "here.example" { unwrap = { "SMTP", "FAX" } }
postoffice "OURS" { gateway = "SMTP" }
connector "fax" { spaces = { "FAX:*" } }
connector "out" { spaces = { "SMTP:*" } }
]]
    for to, expected in pairs {
      ["CCMAIL:IMCEASMTP-joe+40far+2Eexample@here.example at OURS"] = "relay-denied",
      ["X400:c=us;dda:RFC-822=IMCEASMTP-joe+40far+2Eexample(a)here.example;"] = "relay-denied",
      ["CCMAIL:IMCEAFAX-1@here.example at OURS"] = "deliver",
      ["X400:c=us;dda:RFC-822=IMCEAFAX-1(a)here.example;"] = "deliver",
      ["CCMAIL:IMCEAFAX-1@here.example"] = "ccmail-postoffice-missing",
    } do
      local delivery = q:route(to)[1]
      assert.equal(expected, delivery.code or delivery.verdict, to)
      assert.equal(expected == "relay-denied" and "deliver" or expected,
        q:route(to, { may_relay = true })[1].code or "deliver", to)
    end
    assert.truthy(tostring(q:explain "CCMAIL:IMCEAFAX-1@here.example at OURS"):find(
      "FAX:1 is what that holds (policy.lua:1)", 1, true))
  end)
end)

local RULES = [[
domain "here.example"  {}
domain "there.example" { outbound = "primary" }
domain "plain.example" { outbound = "unchanged" }
domain "cc.example"    { unwrap = { "CCMAIL" } }
postoffice "HQ" {}
recipient "Kim" {
  proxies = { "SMTP:kim@here.example", "smtp:k@here.example", "smtp:kim@there.example",
    "smtp:kim@plain.example", "CCMAIL:Lee, Kim at HERE", "ccmail:Kim at HERE" },
}
recipient "Joe" { proxies = { "smtp:joe@there.example", "smtp:j@there.example" } }
recipient "Ann" { proxies = { "SMTP:ann@inside.example", "smtp:a@there.example" } }
recipient "Gone" { proxies = { "gone@here.example", "smtp:g@there.example" }, refuse = true }
list "Team" {
  proxies = { "team@here.example", "smtp:t@there.example" }, owner = "k@here.example",
  members = { "joe@far.example" },
}
rewrite "SMTP:{u}.cc@outside.example" {
  to = "CCMAIL:{u} at INSIDE", both = true, at = { "Internet" },
}
rewrite "SMTP:{u}@outside.example" { to = "SMTP:{u}@inside.example", both = true }
rewrite_sender "SMTP:boss@old.example"   { to = "SMTP:boss@old.example" }
rewrite_sender "SMTP:{u}@old.example"    { to = "SMTP:{u}@new.example", by = { "INTERNET" } }
rewrite_sender "SMTP:{u}@old.example"    { to = "SMTP:{u}@newer.example", by = { "far", "cc" } }
rewrite_sender "SMTP:sales-{x}@here.example" { to = "SMTP:sales@here.example" }
rewrite_sender "SMTP:clerk@inside.example"   { to = "SMTP:office@here.example" }
rewrite_sender "CCMAIL:{first} {last} at OLD" { to = "SMTP:{first}.{last}@here.example" }
rewrite_sender "SMTP:k@there.example"    { to = "SMTP:k@here.example" }
rewrite_sender "CCMAIL:{host} at NET"    { to = "SMTP:post@{host}", by = { "far" } }
connector "internet" { speaks = "SMTP", wrap = { domain = "cc.example" }, spaces = { "SMTP:*" } }
connector "far"      { spaces = { "SMTP:*@far.example" } }
connector "as is"    { outbound = "unchanged", spaces = { "SMTP:*@asis.example" } }
connector "ours"     { outbound = "primary", spaces = { "SMTP:*@ours.example" } }
connector "cc"       { speaks = "CCMAIL", wrap = { postoffice = "HQ" }, spaces = { "CCMAIL:*" } }
]]

-- Senders, where they go, and what is heard there; `true` where the sender may relay.
local RULED = {
  ["by the first rewrite_sender in file order"] = {
    { "boss@old.example", "x@net.example", "SMTP:boss@old.example" }, -- stays: nothing else is asked
    { "Kim@OLD.example", "x@net.example", "SMTP:Kim@new.example" },
    { "kim@old.example", "x@far.example", "SMTP:kim@newer.example" },
    { "kim@old.example", "x@asis.example", "SMTP:kim@old.example" },
    { "kim@old.example", "CCMAIL:x at HQ", "CCMAIL:kim@newer.example at HQ" },
    { "sales-de@here.example", "x@net.example", "SMTP:sales@here.example" },
    { "sales-fr@here.example", "x@far.example", "SMTP:sales@here.example" },
    { "CCMAIL:Zed Z at OLD", "x@far.example", "SMTP:Zed.Z@here.example" },
    { "CCMAIL:Zed Z at OLD", "CCMAIL:x at HQ", "CCMAIL:Zed.Z@here.example at HQ" },
    { "CCMAIL:a.example at NET", "x@far.example", "SMTP:post@a.example" },
    { "CCMAIL:a..b at NET", "x@far.example", "CCMAIL:a..b at NET" }, -- it would be no address
  },
  ["before a rewrite that works both ways"] = {
    { "clerk@inside.example", "x@far.example", "SMTP:office@here.example" },
    { "joe@inside.example", "x@far.example", "SMTP:joe@outside.example" },
    { "CCMAIL:Joe at INSIDE", "x@net.example", "SMTP:Joe.cc@outside.example" },
    { "CCMAIL:Joe at INSIDE", "x@far.example", "CCMAIL:Joe at INSIDE" },
    { "joe@inside.example", "CCMAIL:x at HQ", "CCMAIL:joe@outside.example at HQ" },
    -- Its answers would be somebody else's, at INSIDE.
    { "joe.cc@inside.example", "x@far.example", "SMTP:joe.cc@inside.example" },
  },
  ["that goes before outbound"] = {
    { "ann@inside.example", "x@far.example", "SMTP:ann@outside.example", true },
    { "k@there.example", "x@far.example", "SMTP:k@here.example", true }, -- one rule, not two
    { "a@there.example", "x@far.example", "SMTP:ann@inside.example", true },
  },
  ["by outbound, which shows the primary address of ours"] = {
    { "kim@there.example", "x@far.example", "SMTP:kim@here.example", true },
    { "KIM@there.EXAMPLE", "x@net.example", "SMTP:kim@here.example", true },
    { "kim@there.example", "CCMAIL:x at HQ", "CCMAIL:Lee, Kim at HERE", true },
    { "j@there.example", "x@far.example", "SMTP:joe@there.example", true }, -- the first of two
    { "joe@there.example", "x@far.example", "SMTP:joe@there.example", true },
    { "g@there.example", "x@far.example", "SMTP:gone@here.example", true },
    { "t@there.example", "x@far.example", "SMTP:team@here.example", true },
    { "kim@there.example", "x@far.example", "SMTP:kim@there.example" }, -- a stranger may say so
    { "kim+tag@there.example", "x@far.example", "SMTP:kim+tag@there.example", true },
    { "nobody@there.example", "x@far.example", "SMTP:nobody@there.example", true },
    { "SRS0=HHHH=TT=far.example=kim@there.example", "x@far.example",
      "SMTP:SRS0=HHHH=TT=far.example=kim@there.example", true },
    { "prvs=1234567890=kim@there.example", "x@far.example",
      "SMTP:prvs=1234567890=kim@there.example", true },
    { "kim-joe=far.example@there.example", "x@far.example",
      "SMTP:kim-joe=far.example@there.example", true },
    { "<>", "x@far.example", "<>", true },
  },
  ["by outbound of the connector before the domain, and that before the policy"] = {
    { "k@here.example", "x@far.example", "SMTP:k@here.example", true }, -- nobody's default
    { "k@here.example", "x@ours.example", "SMTP:kim@here.example", true },
    { "kim@plain.example", "x@ours.example", "SMTP:kim@here.example", true },
    { "kim@there.example", "x@asis.example", "SMTP:kim@there.example", true },
    { "CCMAIL:Kim at HERE", "x@ours.example", "CCMAIL:Lee, Kim at HERE", true },
    { "k@here.example", "x@far.example", "SMTP:kim@here.example", true, "primary" },
    { "kim@plain.example", "x@far.example", "SMTP:kim@plain.example", true, "primary" },
    { "k@here.example", "x@asis.example", "SMTP:k@here.example", true, "primary" },
    { "CCMAIL:Kim at HERE", "x@far.example", "CCMAIL:Lee, Kim at HERE", true, "primary" },
  },
  ["of a list, whose owner goes before the rules"] = {
    { "joe@else.example", "team@here.example", "SMTP:k@here.example" },
    { "joe@else.example", "team@here.example", "SMTP:kim@here.example", true, "primary" },
    { "joe@old.example", "team@here.example", "SMTP:k@here.example" },
    { "<>", "team@here.example", "<>", true, "primary" },
  },
}

describe("a sender is ruled", function()
  local policies = {
    [""] = load(RULES), primary = load(RULES .. "settings { outbound = 'primary' }"),
  }

  for what, cases in pairs(RULED) do
    it(what, function()
      for _, case in ipairs(cases) do
        local p = policies[case[5] or ""]
        assert.equal(case[3], handed(p, case[1], case[2], { may_relay = case[4] }), case[1])
      end
    end)
  end

  it("for mail that goes out, not for mailboxes here", function()
    local delivery = policies.primary:route("kim@here.example",
      { sender = "kim@old.example", may_relay = true })[1]
    assert.equal("SMTP:kim@old.example", tostring(delivery.sender))
  end)

  it("as explanations tell", function()
    for from, told in pairs {
      ["kim@old.example"] =
        "the sender SMTP:kim@old.example becomes SMTP:kim@newer.example (policy.lua:23)",
      ["boss@old.example"] = "the sender stays SMTP:boss@old.example (policy.lua:21)",
      ["joe@inside.example"] =
        "the sender SMTP:joe@inside.example becomes SMTP:joe@outside.example (policy.lua:20)",
      ["kim@there.example"] = "the sender SMTP:kim@there.example becomes SMTP:kim@here.example, the"
        .. " primary address of Kim (policy.lua:6)",
    } do
      local text = tostring(policies[""]:explain("x@far.example",
        { sender = from, may_relay = true }))
      assert.truthy(text:gsub("%s+", " "):find(told, 1, true), text)
    end
  end)

  it("by nothing where it is the primary address, and nothing is told", function()
    local text = tostring(policies[""]:explain("x@far.example",
      { sender = "joe@there.example", may_relay = true }))
    assert.is_nil(text:find("becomes", 1, true), text)
  end)

  it("in headers by what holds for all connectors", function()
    for _, case in ipairs {
      { "From", "Kim <sales-de@here.example>", "Kim <sales@here.example>" },
      { "Sender", "kim@old.example", "kim@old.example" }, -- for some connectors alone
      { "Reply-To", "boss@old.example, clerk@inside.example",
        "boss@old.example, office@here.example" },
      { "From", "joe@inside.example", "joe@outside.example" },
      { "From", "kim@there.example", "kim@there.example" },
      { "From", "kim@there.example", "kim@here.example", true },
      { "From", "kim@there.example", "kim@here.example", true, "primary" },
      { "From", "k@here.example", "k@here.example", true },
      { "From", "k@here.example", "kim@here.example", true, "primary" },
      { "From", "kim@plain.example", "kim@plain.example", true, "primary" },
      { "To", "sales-de@here.example", "sales-de@here.example" },
    } do
      local value, _, errors = policies[case[5] or ""]:rewrite_header(case[1], case[2],
        { may_relay = case[4] })
      assert.same({ case[3], {} }, { value, errors }, case[2])
    end
  end)

  it("by what can be read", function()
    for source, expected in pairs {
      ["rewrite_sender { to = 'SMTP:a@b.example' }"] = "needs a pattern",
      ["rewrite_sender 'SMTP:{u}@b.example' {}"] = "has no to; add to =",
      ["rewrite_sender 'a@b.example' { to = 'SMTP:a@b.example' }"] = "has no type; write",
      ["rewrite_sender 'SMTP:{u}@b.example' { to = 'SMTP:{v}@b.example' }"] =
        "uses {v}, which the pattern does not capture",
      ["rewrite_sender 'SMTP:{u}@b.example' { to = 'SMTP:{u}@b..example' }"] =
        'to "SMTP:{u}@b..example" is no address',
      ["rewrite_sender 'SMTP:{u}@b.example' { to = 'SMTP:{u}@c.example', by = { 'internt' } }"] =
        'by: connector "internt" is not declared; did you mean "internet"?',
      ["rewrite_sender 'SMTP:{u}@b.example' { to = 'SMTP:{u}@c.example', at = { 'internet' } }"] =
        'unknown field "at"',
      ["rewrite_sender 'SMTP:{u}@b.example' { to = function() end }"] = "to has to be a text",
      ["settings { outbound = 'secondary' }"] = 'outbound',
    } do
      local none, message = policy.load("connector 'internet' { spaces = { 'SMTP:*' } }\n"
        .. source, { chunkname = "@policy.lua" })
      assert.is_nil(none)
      assert.truthy(message:find("^policy.lua:2: ") and message:find(expected, 1, true), message)
    end
  end)

  it("in a snapshot as in the policy it is of", function()
    local path = os.tmpname()
    assert(policies.primary:save(path))
    local opened = assert(policy.loadfile(path))
    for _, cases in pairs(RULED) do
      for _, case in ipairs(cases) do
        local envelope = { may_relay = case[4] }
        assert.equal(handed(policies.primary, case[1], case[2], envelope),
          handed(opened, case[1], case[2], envelope))
      end
    end
    opened:close()
    os.remove(path)
  end)
end)

-- What is wrong with the senders of a policy: "severity code title: a part of what is said".
local CHECKED = {
  ["nothing, where all speak one type"] = { [[
connector "out" { speaks = "SMTP", spaces = { "SMTP:*", "SMTP:*@b.example" } }
connector "in"  { speaks = "SMTP", spaces = { "SMTP:*@a.example" } }]] },
  ["a hop that cannot say what another brings"] = { [[
connector "out" { speaks = "SMTP", spaces = { "SMTP:*" } }
connector "hq"  { speaks = "CCMAIL", spaces = { "CCMAIL:*" } }
connector "x"   { spaces = { "X400:c=us" } }]],
    'warning sender-unsayable connector "out": these types cannot be said unless the directory has'
      .. ' another address of theirs: CCMAIL (connector "hq")'
      .. ' add wrap = { domain = "example.com" }',
    'warning sender-unsayable connector "hq": SMTP (connector "out") add wrap = { postoffice ='
      .. ' "internet" }',
    'note sender-unsayable connector "out": X400 (connector "x") turn them into others',
    'note sender-unsayable connector "hq": X400 (connector "x")',
  },
  ["a hop that cannot say what our domains have"] = { [[
domain "a.example" { unwrap = {} }
connector "hq" { speaks = "CCMAIL", spaces = { "CCMAIL:*" } }]],
    'warning sender-unsayable connector "hq": SMTP (our domains)' },
  ["a guard that lets no such senders come"] = { [[
connector "out"  { speaks = "SMTP", spaces = { "SMTP:*" }, senders = { "<>", "SMTP:*@a.example" } }
connector "hq"   { speaks = "CCMAIL", spaces = { "CCMAIL:*" }, senders = { "SMTP:*", "CCMAIL:*" } }
]], 'warning sender-unsayable connector "hq": SMTP (connector "out")' },
  ["a hop that could carry them"] = { [[
connector "x400" { speaks = "X400", spaces = { "X400:*" } }
connector "ms"   { speaks = "MS", spaces = { "MS:*" } }]],
    'warning sender-unsayable connector "x400": MS (connector "ms") add wrap = { c = ',
    'warning sender-unsayable connector "ms": X400 (connector "x400") add wrap = { network ='
      .. ' "NET", postoffice = "SMTP" }, and add unwrap = { "X400" } to a local domain' },
  ["a hop that could carry them at a domain of ours"] = { [[
domain "a.example" { unwrap = { "CCMAIL" } }
connector "x400" { speaks = "X400", wrap = { c = "us" }, spaces = { "X400:*" } }
connector "ms"   { speaks = "MS", wrap = { network = "N", postoffice = "P" },
  spaces = { "MS:*" } }
connector "cc"   { speaks = "CCMAIL", spaces = { "CCMAIL:*" } }
connector "soft" { speaks = "FAX", spaces = { "FAX:*" } }]],
    'warning sender-unsayable connector "ms": X400 (connector "x400") add unwrap = { "FAX",'
      .. ' "X400" } to a local domain',
    'warning sender-unsayable connector "x400": FAX (connector "soft") add unwrap = { "FAX" }',
    'warning sender-unsayable connector "cc": SMTP (our domains) add wrap = { postoffice',
    'warning sender-unsayable connector "cc": FAX (connector "soft"), MS (connector "ms"), X400',
    'note sender-unsayable connector "soft": CCMAIL (connector "cc"), MS (connector "ms"), SMTP' },
  ["nothing in what X400 carries besides SMTP"] = { [[
connector "x400" { speaks = "X400", spaces = { "X400:*" },
  wrap = { c = "us", a = " ", p = "gateway" } }
connector "ex"   { speaks = "EX", spaces = { "EX:/o=Org" } }]],
    'note sender-unsayable connector "ex": X400 (connector "x400")' },
  ["senders that rules turn into others"] = { [[
connector "out"  { speaks = "SMTP", spaces = { "SMTP:*" } }
connector "out2" { speaks = "SMTP", spaces = { "SMTP:*@b.example" } }
connector "hq"   { speaks = "CCMAIL", wrap = { postoffice = "internet" }, spaces = { "CCMAIL:*" } }
rewrite_sender "CCMAIL:{u} at HQ" { to = "SMTP:{u}@a.example", by = { "OUT2" } }
rewrite "SMTP:{u}@c.example" { to = "CCMAIL:{u} at PARIS", both = true, at = { "out" } }]],
    'note sender-unsayable connector "out": CCMAIL (connector "hq", but for whom rules turn into'
      .. " others) add wrap",
    'note sender-unsayable connector "out2": CCMAIL (connector "hq", but for whom rules turn into'
      .. " others) add wrap" },
  ["nobody, where rules turn all into others"] = { [[
connector "out"  { speaks = "SMTP", spaces = { "SMTP:*" } }
connector "hq"   { speaks = "CCMAIL", wrap = { postoffice = "internet" }, spaces = { "CCMAIL:*" },
  senders = { "CCMAIL:* at HQ", "SMTP:*" } }
rewrite_sender "CCMAIL:{u} at HQ" { to = "SMTP:{u}@hq.example" }
rewrite_sender "CCMAIL:{u} at *" { to = "SMTP:{u}@a.example", by = { "out" } }]] },
  ["a rule that makes what cannot be said"] = { [[
connector "out" { speaks = "SMTP", spaces = { "SMTP:*" } }
connector "hq"  { speaks = "CCMAIL", spaces = { "CCMAIL:*" }, senders = { "SMTP:*@a.example" } }
rewrite_sender "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }
rewrite_sender "CCMAIL:{u} at *" { to = "SMTP:{u}@a.example", by = { "out" } }]],
    'warning sender-unsayable connector "hq": SMTP (by rewrite_sender at policy.lua:3) add wrap' },
  ["what comes back to a domain that takes it out"] = { [[
domain "a.example" { unwrap = { "CCMAIL" } }
connector "out" { speaks = "SMTP", spaces = { "SMTP:*" } }
connector "hq"  { speaks = "CCMAIL", wrap = { postoffice = "internet" }, spaces = { "CCMAIL:*" } }
]] },
  ["what comes back to a domain that takes out the other name of its type"] = { [[
domain "*.example" { unwrap = { "EX" } }
connector "out" { speaks = "SMTP", wrap = { domain = "a.example" }, spaces = { "SMTP:*" } }
connector "hq"  { speaks = "X500", spaces = { "X500:*" } }]],
    'note sender-unsayable connector "hq": SMTP (connector "out") turn them into others' },
  ["what comes back to where nobody takes it out"] = { [[
domain "a.example" {}
domain "gate.example" { kind = "relay", unwrap = { "CCMAIL" } }
connector "out" { speaks = "SMTP", wrap = { domain = "gate.example" }, spaces = { "SMTP:*" } }
connector "hq"  { speaks = "CCMAIL", wrap = { postoffice = "internet" }, spaces = { "CCMAIL:*" } }
]], 'warning sender-unopened connector "out": at gate.example, where no answer to them is taken out'
      .. ' again: CCMAIL (connector "hq") add unwrap = { "CCMAIL" } to a local domain' },
  ["a rule that is never the first"] = { [[
connector "a" { spaces = { "SMTP:*" } }
connector "b" { spaces = { "SMTP:*" } }
rewrite_sender "SMTP:{u}@*.a.example" { to = "SMTP:{u}@b.example", by = { "a" } }
rewrite_sender "SMTP:{u}@x.a.example" { to = "SMTP:{u}@c.example" }
rewrite_sender "SMTP:{u}@y.a.example" { to = "SMTP:{u}@c.example", by = { "A" } }
rewrite_sender "SMTP:{u}@{h}.a.example" { to = "SMTP:{u}@c.example", by = { "a", "b" } }]],
    'warning rewrite-shadowed rewrite_sender "SMTP:{u}@y.a.example": the rule at policy.lua:3',
    'note space-tie', 'warning sender-unaligned rewrite_sender "SMTP:{u}@*.a.example"',
    'warning sender-unaligned rewrite_sender "SMTP:{u}@{h}.a.example"' },
  ["rules that move the envelope alone to another domain"] = { [[
connector "a" { spaces = { "SMTP:*" } }
rewrite_sender "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example", by = { "a" } }
rewrite_sender "SMTP:{u}@c.example" { to = "SMTP:{u}@b.example" }
rewrite_sender "SMTP:{u}@D.example" { to = "SMTP:x{u}@d.example", by = { "a" } }
rewrite_sender "SMTP:{u}@{d}.net" { to = "SMTP:x{u}@{d}.net", by = { "a" } }
rewrite_sender "FAX:{u}" { to = "SMTP:{u}@d.example", by = { "a" } }
rewrite "SMTP:{u}@e.example" { to = "SMTP:{u}@f.example", both = true, at = { "a" } }
rewrite "SMTP:{u}@g.example" { to = "SMTP:{u}@h.example", both = true }]],
    'warning sender-unaligned rewrite_sender "SMTP:{u}@a.example": leave out by',
    'warning sender-unaligned rewrite "SMTP:{u}@e.example": leave out at' },
  ["no rules that move nobody of whom the hop hears by SMTP, or all alike"] = { [[
connector "a" { spaces = { "SMTP:*" }, senders = { "SMTP:*@c.example" } }
connector "b" { spaces = { "CCMAIL:*" }, speaks = "CCMAIL", wrap = { postoffice = "internet" } }
rewrite_sender "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example", by = { "a", "b" } }
rewrite_sender "SMTP:{u}@c.example" { to = "SMTP:{u}@b.example", by = { "a" } }
rewrite_sender "SMTP:{u}@c.example" { to = "SMTP:x{u}@b.example" }]] },
  ["a rule that moves to a domain by the name of a wildcard"] = { [[
connector "a" { spaces = { "SMTP:*" } }
rewrite_sender "SMTP:{any}@*" { to = "SMTP:x@{any}", by = { "a" } }]],
    'warning sender-unaligned rewrite_sender "SMTP:{any}@*": leave out by' },
  ["a connector that alone shows primary addresses of another domain"] = { [[
recipient "Kim" { proxies = { "SMTP:kim@a.example", "smtp:k@a.example", "FAX:1" } }
recipient "Joe" { proxies = { "SMTP:joe@a.example", "smtp:joe@b.example" } }
recipient "Ann" { proxies = { "SMTP:ann@a.example", "smtp:ann@b.example" } }
connector "a" { outbound = "primary", spaces = { "SMTP:*" } }]],
    'warning sender-unaligned connector "a": alone, as SMTP:joe@b.example to SMTP:joe@a.example' },
  ["nothing, where headers show it, too, or the hop asks no SPF"] = { [[
domain "b.example" { kind = "relay", outbound = "primary" }
recipient "Joe" { proxies = { "SMTP:joe@a.example", "smtp:joe@b.example" } }
connector "a" { outbound = "primary", spaces = { "SMTP:*" } }
connector "b" { outbound = "primary", speaks = "CCMAIL", wrap = { postoffice = "internet" },
  spaces = { "CCMAIL:*" } }]] },
  ["nothing, where it is for all"] = { [[
settings { outbound = "primary" }
recipient "Joe" { proxies = { "SMTP:joe@a.example", "smtp:joe@b.example" } }
connector "a" { outbound = "primary", spaces = { "SMTP:*" } }]] },
  ["a rule that gives somebody another's address"] = { [[
recipient "North" { proxies = { "SMTP:kim@new.example", "smtp:kim@north.example" } }
recipient "South" { proxies = { "SMTP:kim2@new.example", "smtp:kim@south.example" } }
recipient "East"  { proxies = { "SMTP:kim3@new.example", "smtp:kim@east.example" } }
rewrite_sender "SMTP:kim@east.example" { to = "SMTP:kim3@new.example" }
rewrite_sender "SMTP:{u}@{w}.example"  { to = "SMTP:{u}@new.example" }
rewrite_sender "SMTP:*@west.example"   { to = "SMTP:kim@new.example" }
connector "a" { spaces = { "SMTP:*" } }]],
    'warning sender-confused rewrite_sender "SMTP:{u}@{w}.example": gives "South", who writes from'
      .. ' SMTP:kim@south.example, the address of "North", SMTP:kim@new.example put rewrite_sender'
      .. ' "SMTP:kim@south.example"' },
  ["a rule for one connector that does"] = { [[
recipient "North" { proxies = { "SMTP:kim@new.example" } }
recipient "South" { proxies = { "SMTP:kim@south.example" } }
rewrite_sender "SMTP:{u}@south.example"  { to = "SMTP:{u}@new.example", by = { "a" } }
connector "a" { spaces = { "SMTP:*" } } connector "b" { spaces = { "FAX:*" } }]],
    'warning sender-unaligned rewrite_sender "SMTP:{u}@south.example": alone',
    'warning sender-confused rewrite_sender "SMTP:{u}@south.example": gives "South", who writes'
      .. ' from SMTP:kim@south.example, the address of "North"' },
  ["lists whose bounces nobody gets"] = { [[
settings { extension = "+" }
domain "here.example" {} domain "old.example" { kind = "former" }
recipient "Gone" { proxies = { "gone@here.example" }, refuse = "left" }
recipient "Inside" { proxies = { "in@here.example" }, authenticated = true }
recipient "Kim" { proxies = { "kim@here.example" }, accept = { "SMTP:*@b.example" }, max_size = 9 }
recipient "Back" { proxies = { "back@here.example" }, target = "circle@here.example" }
recipient "Fax" { proxies = { "fax@here.example" }, target = "FAX:1" }
list "Unknown" { proxies = { "unknown@here.example" }, members = { "Kim" },
  owner = "no@here.example" }
list "Tomb"    { proxies = { "tomb@here.example" }, members = { "Kim" }, owner = "Gone" }
list "Closed"  { proxies = { "closed@here.example" }, members = { "Kim" }, owner = "Inside" }
list "Lists"   { proxies = { "lists@here.example" }, members = { "Kim" }, owner = "Strict" }
list "Strict"  { proxies = { "strict@here.example" }, members = { "Kim" },
  owner = "kim@here.example", accept = { "SMTP:*@b.example" } }
list "Circle"  { proxies = { "circle@here.example" }, members = { "Kim" }, owner = "Back" }
list "Tag"     { proxies = { "tag@here.example" }, members = { "Kim" },
  owner = "tag+x@here.example" }
list "Apart"   { proxies = { "apart@here.example" }, members = { "Kim" }, owner = "a@far.example" }
list "Former"  { proxies = { "f@here.example" }, members = { "Kim" }, owner = "a@old.example" }
list "Some"    { proxies = { "some@here.example" }, members = { "Kim" }, owner = "Either" }
list "Either"  { proxies = { "either@here.example" }, members = { "Inside", "Kim" } }
list "Typed"   { proxies = { "typed@here.example" }, members = { "Kim" }, owner = "TELEX:1" }
connector "a" { spaces = { "SMTP:*", "FAX:*" } }]],
    'error owner-broken list "Unknown": has the owner SMTP:no@here.example, and its bounces come to'
      .. " recipient-unknown: here.example is local and has no no name an owner",
    'error owner-broken list "Tomb": has the owner SMTP:gone@here.example, and its bounces come to'
      .. " recipient-gone: left",
    'error owner-broken list "Closed": bounces come to recipient-restricted: Inside takes mail of',
    'error owner-broken list "Lists": bounces come to recipient-restricted: Strict accepts no mail',
    'error owner-broken list "Typed": has the owner TELEX:1, and its bounces come to route-missing',
    'warning owner-circular list "Circle": has the owner SMTP:back@here.example, by whom its'
      .. " bounces come back to its members name an owner who is none of them",
    'warning owner-circular list "Tag": has the owner SMTP:tag+x@here.example',
    'note member-restricted list "Either"', 'note member-restricted list "Unknown"',
    'note member-restricted list "Tomb"', 'note member-restricted list "Closed"',
    'note member-restricted list "Lists"', 'note member-restricted list "Strict"',
    'note member-restricted list "Circle"', 'note member-restricted list "Tag"',
    'note member-restricted list "Apart"', 'note member-restricted list "Former"',
    'note member-restricted list "Some"', 'note member-restricted list "Typed"' },
  ["a rule about a type that is not known"] = { [[
connector "a" { spaces = { "SMTP:*" } }
rewrite_sender "SMPT:{u}" { to = "CMAIL:{u}" }]],
    'warning type-unknown rewrite_sender "SMPT:{u}": did you mean "SMTP"?',
    'warning type-unknown rewrite_sender "SMPT:{u}": did you mean "CCMAIL"?' },
}

-- What findings say, without those that every such policy has.
local function findings_of(p)
  local list = {}
  for _, finding in ipairs(p:check()) do
    if finding.code ~= "connector-nowhere" and finding.code ~= "postmaster-missing" then
      list[#list + 1] = ("%s %s %s: %s %s"):format(finding.severity, finding.code, finding.title,
        finding.message, finding.advice)
    end
  end
  return list
end

-- Whether one of the findings has all that is expected of one, and is taken out.
local function take(list, expected)
  local head, rest = expected:match "^(.-:) (.*)$"
  for i, finding in ipairs(list) do
    if finding:sub(1, #(head or expected)) == (head or expected)
      and finding:find(rest or "", 1, true) then
      table.remove(list, i)
      return true
    end
  end
  return false
end

describe("check finds", function()
  for what, case in pairs(CHECKED) do
    it(what, function()
      local found = findings_of(load(case[1]))
      local shown = table.concat(found, "\n")
      for i = 2, #case do assert.is_true(take(found, case[i]), case[i] .. "\n" .. shown) end
      assert.same({}, found)
    end)
  end
end)
