-- For whoever has Postfix where the article had Exchange and a cc:Mail network (Q184994): this side, whose
-- only way to cc:Mail and the Internet behind it is a gateway that speaks SMTP.  `postoffice serve`
-- answers Postfix by it, whose main.cf and master.cf stand beside; the other side is gateway.lua.
settings { order = "exchange", unmatched = "reject" }

domain "exchange.example" { unwrap = { "EX", "X500", "CCMAIL", "SRS" } }
domain "branch.example"   { kind = "relay" }

postoffice "HQ"       {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }  -- the article's post office

connector "ccmail" {                      -- cc:Mail's addresses, each inside one of the gateway's
  speaks = "SMTP", reaches = "HQ", nexthop = "smtp:[192.0.2.26]:25", spaces = { "CCMAIL:*" },
  wrap = { domain = "gateway.example" },
}
connector "branch" { nexthop = "smtp:[192.0.2.9]:25", spaces = { "SMTP:*@branch.example" } }

-- Two lines of one transport, which master.cf has: where one does not answer, Postfix takes the other.
connector "partner" {
  nexthop = "partner:[198.51.100.7]:25", outbound = "primary",
  spaces = { "SMTP:*@partner.example" },
}
connector "partner-spare" {
  nexthop = "partner:[198.51.100.8]:25", outbound = "primary",
  spaces = { { "SMTP:*@partner.example", cost = 20 } },
}

-- The rest leaves by a second cleanup, which signs whose mail is sent on.
connector "world" {
  nexthop = "smtp:[127.0.0.1]:10026", spaces = { "SMTP:*" },
  srs = { domain = "exchange.example", secrets = "forwarding" },
}

recipient "Kim Lee" {
  proxies = {
    "SMTP:kim.lee@exchange.example", "smtp:klee@exchange.example",
    "smtp:postmaster@exchange.example", "smtp:root@exchange.example",
    "X500:/o=Old/ou=Site/cn=Recipients/cn=klee",
  },
}
recipient "Scanner"   { proxies = { "SMTP:scanner@exchange.example" }, max_size = 20000 }
recipient "Pat Jones" {                   -- a custom recipient
  proxies = { "SMTP:pat.jones@exchange.example" }, target = "[ccmail:user@domain at internet]",
}
recipient "Ann Moved" {
  proxies = { "SMTP:ann.moved@exchange.example" }, target = "ann@new.example",
}
list "Sales" {
  proxies = { "SMTP:sales@exchange.example" },
  members = { "Kim Lee", "Pat Jones", "SMTP:joe@partner.example" },
}

claim 'every "SMTP:*@partner.example" leaves by "partner" or "partner-spare" or is deferred'
claim 'no recipient or list from <> has sender address but <>' -- a bounce stays one
claim 'no recipient "Scanner" when size over 20000 is delivered'

local secrets, new_year = { forwarding = { "new" } }, 1577836860 -- 2020-01-01
local signed = "SRS0=vZQu=2W=bank.example=joe@exchange.example"

test "custom" {
  to = "pat.jones@exchange.example", connector = "ccmail", nexthop = "smtp:[192.0.2.26]:25",
  address = "IMCEACCMAIL-user+40domain+20at+20internet@gateway.example",
  final = "CCMAIL:user@domain at internet",
}
test "as typed, inside" {
  to = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example", may_relay = true,
  address = "IMCEACCMAIL-user+40domain+20at+20internet@gateway.example",
}
test "outside"   { to = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example",
                   code = "relay-denied", status = "5.7.1" }
test "lost"      { to = "IMCEACCMAIL-user+40domain+20at+20internt@exchange.example",
                   code = "postoffice-unknown", status = "5.1.2" }
test "mailbox"   { to = "kim.lee@exchange.example", entry = "Kim Lee" }
test "old name"  { to = "IMCEAEX-_o=Old_ou=Site_cn=Recipients_cn=KLEE@exchange.example",
                   entry = "Kim Lee" }
test "nobody"    { to = "joe@exchange.example", code = "recipient-unknown", status = "5.1.1" }
test "branch"    { to = "joe@branch.example", connector = "branch" }
test "partner"   { to = "joe@partner.example", from = "klee@exchange.example", may_relay = true,
                   connector = "partner", sender = "kim.lee@exchange.example" }
test "spare"     { to = "joe@partner.example", down = { "partner" }, connector = "partner-spare" }
test "world"     { to = "joe@far.example", from = "klee@exchange.example", connector = "world",
                   sender = "klee@exchange.example" }
test "sent on"   { to = "ann.moved@exchange.example", from = "joe@bank.example",
                   secrets = secrets, now = new_year, address = "ann@new.example", sender = signed }
test "comes back" { to = signed, from = "<>", secrets = secrets, now = new_year,
                   address = "joe@bank.example" }
test "too large" { to = "scanner@exchange.example", size = 30000, verdict = "reject" }
test "a list" {
  to = "sales@exchange.example", from = "joe@bank.example", secrets = secrets, now = new_year,
  deliveries = {
    { entry = "Kim Lee" }, { entry = "Pat Jones", connector = "ccmail" },
    { entry = "Sales", connector = "partner" },
  },
}
