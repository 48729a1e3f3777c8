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
domain "here.example" { unwrap = { "EX", "CCMAIL", "FAX" } }
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
    { "CCMAIL:Joe at OURS", "SMTP:IMCEACCMAIL-Joe+20at+20OURS@gate.example" },
    { "X400:c=us;a= ;p=Org;s=Lee;dda:RFC-822=joe(a)far.example;", "SMTP:joe@far.example" },
    { "X400:c=us;a= ;p=Org;s=Lee;",
      "SMTP:IMCEAX400-c=us+3Ba=+20+3Bp=Org+3Bs=Lee+3B@gate.example" },
    { "<>", "<>" }, { "no one", "no one" },
  },
  ["of SMTP that carries nothing"] = { "x@bare.example",
    { "joe@far.example", "SMTP:joe@far.example" },
    { "CCMAIL:Lee, Kim at HERE", "SMTP:kim@here.example" },
    { "CCMAIL:joe@far.example at PARIS", "SMTP:joe@far.example" },
    { "CCMAIL:Zed at HQ", "sender-unsayable" }, { "FAX:+1", "sender-unsayable" },
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
    { "CCMAIL:Kim at Nowhere", "CCMAIL:Kim at Nowhere" },
    { "X400:c=us;a= ;p=Org;s=Lee;dda:RFC-822=joe(a)far.example;",
      "CCMAIL:joe@far.example at OURS" },
    { "X400:c=us;a= ;p=Org;s=Lee;", "sender-unsayable" }, { "FAX:+1", "sender-unsayable" },
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

  it("that the next hop cannot say is told to both sides", function()
    for _, case in ipairs {
      { "x@bare.example", 'bare speaks SMTP, in which the sender FAX:+1 cannot be said: add wrap ='
        .. ' { domain = "example.com" }', "policy.lua:8" },
      { "CCMAIL:Bare at HQ", 'bare cc speaks CCMAIL, in which the sender FAX:+1 cannot be said:'
        .. ' add wrap = { postoffice = "internet" }', "policy.lua:11" },
      { "CCMAIL:Zed at HQ", "cc speaks CCMAIL, in which the sender FAX:+1 cannot be said: "
        .. postoffice.message "encapsulation-type", "policy.lua:9" },
    } do
      local delivery = p:route(case[1], { sender = "FAX:+1" })[1]
      assert.same({ "reject", "5.1.7", postoffice.message "sender-unsayable", case[2], case[3] },
        { delivery.verdict, delivery.status, delivery.message, delivery.detail, delivery.rule })
      assert.equal("FAX:+1", tostring(delivery.sender))
    end
  end)
end)
