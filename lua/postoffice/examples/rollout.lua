-- For whoever brings a new relay into service: a few testers first, then a tenth, then more, and the
-- old one takes over at once when the new one fails.  An address goes the same way each time.
domain "corp.example" { kind = "relay" }
domain "mx.corp.example" {}                             -- this host itself
recipient "Postmaster" {
  proxies = { "SMTP:postmaster@mx.corp.example", "postmaster@corp.example" },
}
connector "mailboxes" { nexthop = "lmtp:[192.0.2.2]:24", spaces = { "SMTP:*@corp.example" } }

-- Of connectors of equal cost each gets its weight's share of the addresses: 90 in 100 the old one.
-- To go on, raise the one and lower the other; 0 drains a connector, which gets nothing more.
connector "old"     { nexthop = "smtp:[192.0.2.11]:25", weight = 90, spaces = { "SMTP:*" } }
connector "new"     { nexthop = "smtp:[192.0.2.12]:25", weight = 10, spaces = { "SMTP:*" } }
connector "drained" { nexthop = "smtp:[192.0.2.13]:25", weight = 0, spaces = { "SMTP:*" } }

-- What testers write goes by the new one alone: a connector with senders goes before those without.
set "testers" { "SMTP:kim@corp.example", "SMTP:*@test.corp.example" }
connector "new, for testers" {
  nexthop = "smtp:[192.0.2.12]:25", senders = "testers", spaces = { "SMTP:*" },
}

-- Who is ours stays with us; nothing is drained by mistake; and the old relay takes all again when
-- the new one fails.
claim [[every "SMTP:*@corp.example" leaves by "mailboxes" or is delivered here or is deferred
  unless arrived_by "mailboxes"]]
claim 'no address leaves by "drained"'
claim 'every "SMTP:postmaster@*" but foreign is delivered here or leaves by "mailboxes"'
claim 'no address leaves by "new, for testers" unless from set "testers"'
claim [[every SMTP address but relay or local or <> when down "new" and "new, for testers"
  leaves by "old" or is deferred unless arrived_by "old"]]

test "inside"         { to = "kim@corp.example", connector = "mailboxes" }
test "postmaster"     { to = "<Postmaster>", entry = "Postmaster" }
test "most"           { to = "joe@far.example", from = "ann@corp.example", connector = "old" }
test "a tenth"        { to = "pat12@far.example", from = "ann@corp.example", connector = "new" }
test "a tester"       { to = "joe@far.example", from = "kim@corp.example",
                        connector = "new, for testers" }
test "another"        { to = "joe@far.example", from = "robot@test.corp.example",
                        connector = "new, for testers" }
test "the new one fails"       { to = "pat12@far.example", from = "ann@corp.example",
                                 down = { "new", "new, for testers" }, connector = "old" }
test "and testers go with all" { to = "joe@far.example", from = "kim@corp.example",
                                 down = { "new", "new, for testers" }, connector = "old" }
test "the old one fails"       { to = "joe@far.example", from = "ann@corp.example",
                                 down = { "old" }, connector = "new" }
test "all fail, and the drained one gets nothing" {
  to = "joe@far.example", from = "ann@corp.example",
  down = { "old", "new", "new, for testers" }, verdict = "defer", code = "connectors-down",
}
