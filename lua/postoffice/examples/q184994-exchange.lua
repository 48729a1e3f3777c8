-- For whoever has no Internet line, but a cc:Mail network that has an SMTP gateway (Q184994).
settings { order = "exchange", unmatched = "reject",
  outbound = "primary",                 -- what our people write shows their primary (Q166905)
}

-- Local: who is not in the directory is unknown (5.1.1).  Senders of what it unwraps leave from it.
domain "exchange.example"   { unwrap = { "EX", "X500", "CCMAIL" } }
domain "old.example"        {}
-- Not in the directory is routed on.
domain "branch.example"     { kind = "relay" }
-- Not ours, but our old EX names come back from here.
domain "*.prod.outlook.com" { kind = "former" }

connector "ccmail" {                    -- the Exchange Connector for Lotus cc:Mail
  speaks = "CCMAIL", reaches = "HQ",    -- HQ is the connected post office
  spaces = { "CCMAIL:*" },              -- it ships with none (Q186235); the cost is 1 unless said
  wrap = { postoffice = "internet" },   -- what senders without a cc:Mail address look like there
}
connector "ccmail-internet" {           -- plain SMTP addresses go the article's way by themselves
  speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "internet" },
  spaces = { { "SMTP:*", cost = 50 }, { "SMTP:*@partner.example", cost = 50 } },
}
connector "partner-line" {              -- when down: the same space elsewhere, never a vaguer one
  speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25",
  spaces = { "SMTP:*@partner.example" },
}

postoffice "HQ"       {}                                  -- cc:Mail's directory: what lies behind
postoffice "internet" { via = "HQ", gateway = "SMTP" }    -- the article's post office
postoffice "EXCHANGE" { gateway = "SMTP" }                -- we, to cc:Mail: user@domain at EXCHANGE

recipient "Kim Lee" {                   -- no target: a mailbox here
  proxies = {                           -- an upper-case type marks the primary address
    "SMTP:kim.lee@exchange.example", "smtp:klee@exchange.example",
    "smtp:postmaster@exchange.example", "CCMAIL:Lee, Kim at EXCHANGE",
    "X500:/o=Old/ou=Site/cn=Recipients/cn=klee",
  },
}
recipient "Pat Jones (Internet)" {      -- a custom recipient: its mail goes on to target
  proxies = { "SMTP:pat.jones@exchange.example" },
  target  = "[ccmail:pat@partner.example at internet]",
}
list "Sales" {
  proxies = { "SMTP:sales@exchange.example" }, owner = "Kim Lee",
  members = { "Kim Lee", "Pat Jones (Internet)", "SMTP:joe@partner.example" },
}

-- If the directory has no entry.
rewrite "SMTP:{user}@old.example" { to = "SMTP:{user}@exchange.example" }

-- nil: go on; an address or a list: use that; or a verdict.
function on.recipient(address, envelope)
  if address.type == "FAX" and not envelope.may_relay then
    return reject("fax is for our users", "5.7.1")
  end
end

test "as typed" {
  to = "[ccmail:user@domain at internet]", connector = "ccmail", nexthop = "HQ",
  address = "CCMAIL:user@domain at internet", final = "SMTP:user@domain",
}
test "custom" {
  to = "Pat.Jones@Exchange.example", connector = "ccmail", final = "SMTP:pat@partner.example",
}
test "by itself" {
  to = "user@domain.example", connector = "ccmail-internet",
  address = "CCMAIL:user@domain.example at internet", path = { "HQ", "internet" },
}
test "partner"   { to = "joe@partner.example", connector = "partner-line", cost = 1 }
test "line down" { to = "joe@partner.example", down = { "partner-line" },
                   connector = "ccmail-internet" }
test "all down"  { to = "joe@partner.example", down = { "partner-line", "ccmail-internet" },
                   verdict = "defer", code = "connectors-down" }
test "branch"    { to = "ann@branch.example", connector = "ccmail-internet" }
test "renamed"   { to = "klee@old.example", entry = "Kim Lee" }
test "stranger"  { to = "nobody@exchange.example", verdict = "reject", code = "recipient-unknown" }
test "lost"      { to = "[ccmail:user@domain at internt]", code = "postoffice-unknown" }
test "fax"       { to = "[FAX:+1 (206) 936-7329]", verdict = "reject", status = "5.7.1" }
test "old name" {
  to = "IMCEAEX-_o=Old_ou=Site_cn=Recipients_cn=KLEE@namprd13.prod.outlook.com",
  entry = "Kim Lee",
}
test "no relay" {
  to = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example", code = "relay-denied",
}
test "a list" {
  to = "sales@exchange.example", from = "ann@branch.example",
  deliveries = {
    { entry = "Kim Lee", sender = "kim.lee@exchange.example" },
    { entry = "Pat Jones (Internet)", final = "SMTP:pat@partner.example" },
    { entry = "Sales", connector = "partner-line", sender = "kim.lee@exchange.example" },
  },
}

-- Who wrote, and who answers; the other half is in q184994-gateway.lua.
test "from Kim" {
  to = "[ccmail:user@domain at internet]", from = "klee@exchange.example",
  sender = "CCMAIL:Lee, Kim at EXCHANGE",
}
test "to Kim" {
  to = "CCMAIL:Lee, Kim at EXCHANGE", from = "CCMAIL:user@domain at internet", entry = "Kim Lee",
}
test "from a stranger" {
  to = "CCMAIL:Joe at HQ", from = "user@domain", sender = "CCMAIL:user@domain at internet",
}
test "from Pat" {
  to = "CCMAIL:Joe at HQ", from = "pat.jones@exchange.example",
  sender = "CCMAIL:pat.jones@exchange.example at internet",
}
test "to Pat" {
  to = "CCMAIL:pat.jones@exchange.example at EXCHANGE", entry = "Pat Jones (Internet)",
  final = "SMTP:pat@partner.example", arrived_by = "ccmail", -- and back by it: we sent it on
}
test "from cc:Mail" {
  to = "joe@partner.example", from = "CCMAIL:Joe at HQ",
  sender = "IMCEACCMAIL-Joe+20at+20HQ@exchange.example",
}
test "to cc:Mail" {
  to = "IMCEACCMAIL-Joe+20at+20HQ@exchange.example", address = "CCMAIL:Joe at HQ",
}
test "from Kim, by her other name" {
  to = "joe@partner.example", from = "klee@exchange.example", may_relay = true,
  sender = "kim.lee@exchange.example",
}

-- Whatever on.recipient answers: a bounce stays one, and without its line none goes to the partner but
-- through cc:Mail.
claim 'no address from <> has sender address but <>'
claim 'no address from <> when down "partner-line" is handed over as "SMTP:*@partner.example"'
