-- For whoever has that SMTP gateway: the far side of Q184994.  What is addressed to the post office
-- "internet" comes out here as plain Internet mail, and answers go back in.
settings { unmatched = "reject" }

-- Where the Internet finds cc:Mail's people, IMCEACCMAIL-Lee+2C+20Kim+20at+20HQ@ccmail.example, and
-- so their senders go out.
domain "ccmail.example"   { unwrap = { "CCMAIL" } }
-- Exchange, behind cc:Mail, as the Internet knows it.
domain "exchange.example" { kind = "relay" }

postoffice "internet" { gateway = "SMTP" }   -- no via: the gateway is ours
postoffice "HQ"       {}                     -- the cc:Mail side, where mail comes from
postoffice "EXCHANGE" { via = "HQ" }         -- the Exchange side

connector "internet" {
  speaks = "SMTP", nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" },
}
connector "hq" {
  speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" },
  wrap = { postoffice = "internet" },        -- the Internet's senders inside: user@domain at internet
}

recipient "Postmaster" {
  proxies = { "SMTP:postmaster@ccmail.example" }, target = "CCMAIL:Administrator at HQ",
}
-- All of Exchange's go in, but for the one address in which {user} is nothing: it would go back out.
recipient "Nobody" { proxies = { [[SMTP:""@exchange.example]] }, refuse = true }
rewrite "SMTP:{user}@exchange.example" { to = "CCMAIL:{user}@exchange.example at EXCHANGE" }

-- What is cc:Mail's does not go to the Internet, where no sender of theirs is seen as it is; and there
-- is somebody who reads the postmaster's mail.
claim [[every "CCMAIL:* at HQ" or "CCMAIL:* at EXCHANGE" leaves by "hq" or is deferred
  or is rejected]]
claim 'no CCMAIL address but "CCMAIL:* at internet" leaves by "internet"'
claim 'no "SMTP:*@far.example" from "CCMAIL:*" has sender CCMAIL address'
claim [[every "SMTP:postmaster@ccmail.example" is handed over as "CCMAIL:Administrator at HQ"
  or is deferred or is rejected]]

test "out" {
  to = "[ccmail:user@domain at internet]", connector = "internet",
  address = "SMTP:user@domain", nexthop = "smtp:[192.0.2.25]:25",
}
test "any case" { to = "CCMAIL:Joe@Partner.example AT Internet", address = "joe@partner.example" }
test "inside"   { to = "CCMAIL:Lee, Kim at HQ", connector = "hq", path = { "HQ" } }
test "no name"  { to = "CCMAIL:Kim Lee at internet", verdict = "reject", status = "5.1.3" }
test "nowhere"  { to = "CCMAIL:Kim Lee at Paris", code = "postoffice-unknown" }

-- Who wrote, and who answers.
test "from Exchange" {
  to = "CCMAIL:user@domain at internet", from = "CCMAIL:Lee, Kim at EXCHANGE",
  sender = "IMCEACCMAIL-Lee+2C+20Kim+20at+20EXCHANGE@ccmail.example",
}
test "answered" {
  to = "IMCEACCMAIL-Lee+2C+20Kim+20at+20EXCHANGE@ccmail.example", from = "user@domain",
  address = "CCMAIL:Lee, Kim at EXCHANGE", path = { "HQ", "EXCHANGE" },
  sender = "CCMAIL:user@domain at internet",
}
test "from its SMTP people" {
  to = "CCMAIL:user@domain at internet", from = "CCMAIL:pat.jones@exchange.example at internet",
  sender = "pat.jones@exchange.example",
}
test "to its SMTP people" {
  to = "pat.jones@exchange.example", connector = "hq",
  address = "CCMAIL:pat.jones@exchange.example at EXCHANGE",
}
test "nobody"     { to = [[""@exchange.example]], code = "recipient-gone" }
test "postmaster" { to = "<Postmaster>", address = "CCMAIL:Administrator at HQ" }
test "no relay"   { to = "IMCEACCMAIL-user+40domain+20at+20internet@ccmail.example",
                    code = "relay-denied" }
