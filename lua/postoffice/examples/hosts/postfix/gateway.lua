-- For whoever has the SMTP gateway of that cc:Mail network: the other side of exchange.lua.  What is addressed to
-- the post office "internet" comes out here as plain Internet mail, and answers go back in.
settings { unmatched = "reject" }

domain "gateway.example"  { unwrap = { "CCMAIL" } }
domain "exchange.example" { kind = "relay" }

postoffice "internet" { gateway = "SMTP" }            -- no via: the gateway is ours

connector "internet" { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }
connector "exchange" {                                -- where strangers knock: what comes
  nexthop = "smtp:[192.0.2.1]:25",                    -- from outside stays a stranger's there
  spaces = { "SMTP:*@exchange.example" },
}

recipient "Postmaster" {
  proxies = { "SMTP:postmaster@gateway.example", "smtp:root@gateway.example" },
  target = "postmaster@exchange.example",
}

-- What came by a line does not go back by it.
claim [[every "SMTP:*@exchange.example" leaves by "exchange" or is deferred
  or is rejected route-loop]]

local inner = "IMCEACCMAIL-user+40domain+20at+20internet@gateway.example"
test "out"       { to = inner, may_relay = true, from = "kim.lee@exchange.example",
                   address = "user@domain", connector = "internet",
                   sender = "kim.lee@exchange.example" }
test "no relay"  { to = inner, code = "relay-denied" }
test "answered"  { to = "kim.lee@exchange.example", from = "user@domain", connector = "exchange",
                   address = "kim.lee@exchange.example", sender = "user@domain" }
test "from outside, it stays as it is" {
  to = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example", from = "user@domain",
  connector = "exchange",
  address = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example",
}
test "nowhere"   { to = "IMCEACCMAIL-joe+20at+20Paris@gateway.example", may_relay = true,
                   code = "postoffice-unknown" }
test "nobody"    { to = "joe@gateway.example", code = "recipient-unknown" }
test "world"     { to = "joe@far.example", connector = "internet" }
test "postmaster" { to = "postmaster@gateway.example", address = "postmaster@exchange.example" }
test "by name alone" { to = "<Postmaster>", entry = "Postmaster" }
