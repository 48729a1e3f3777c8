-- For whoever moves from one mail server to another, both under one domain: who has moved is in the
-- directory here, all others are still there, and neither knows all of the other's people.
-- relay: whom the directory does not have is routed on, and not unknown.
domain "corp.example" { kind = "relay" }
-- By this name the old server knows its own people; it takes mail for corp.example for them, too.
domain "old.corp.example" { kind = "relay" }
domain "new.corp.example" {}                           -- this server itself: <Postmaster> is here

recipient "Kim Lee"    { proxies = { "SMTP:kim.lee@corp.example", "kim@old.corp.example" } }
recipient "Ann Fox"    { proxies = { "SMTP:ann.fox@corp.example", "ann@old.corp.example" } }
recipient "Postmaster" {
  proxies = {
    "SMTP:postmaster@corp.example", "postmaster@old.corp.example", "postmaster@new.corp.example",
  },
}
-- Not here yet, but to be found under the new name already.
recipient "Joe Doe" { proxies = { "SMTP:joe.doe@corp.example" }, target = "joe@old.corp.example" }
list "Sales" {
  proxies = { "SMTP:sales@corp.example" }, owner = "Kim Lee",
  members = { "Kim Lee", "Joe Doe", "SMTP:zed@corp.example" },
}

-- Nobody sees which server somebody is on.
rewrite_sender "SMTP:kim@old.corp.example"    { to = "SMTP:kim.lee@corp.example" }
rewrite_sender "SMTP:ann@old.corp.example"    { to = "SMTP:ann.fox@corp.example" }
rewrite_sender "SMTP:joe@old.corp.example"    { to = "SMTP:joe.doe@corp.example" }
rewrite_sender "SMTP:{name}@old.corp.example" { to = "SMTP:{name}@corp.example" }

-- It has to say by arrived_by what came from the old server: that does not go back there, so that
-- whom neither server has is a bounce, and no loop.
connector "old server" {
  nexthop = "smtp:[192.0.2.2]:25", spaces = { "SMTP:*@corp.example", "SMTP:*@old.corp.example" },
}
connector "internet" { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }

-- Nobody's mail goes out to the world; and nobody loses any, but what the old server sends back.
claim 'no "SMTP:*@corp.example" leaves by "internet"'
claim 'every "SMTP:postmaster@corp.example" is delivered here'
claim [[every "SMTP:*@corp.example" is delivered here or leaves by "old server" or is deferred
  unless arrived_by "old server"]]
claim [[no SMTP address but relay or local or <> from "SMTP:?*@old.corp.example"
  has sender "SMTP:*@old.corp.example"]]

test "who has moved"    { to = "kim.lee@corp.example", entry = "Kim Lee" }
test "by the old name"  { to = "ann@old.corp.example", entry = "Ann Fox" }
test "who has not"      { to = "zed@corp.example", from = "joe@far.example",
                          connector = "old server", address = "zed@corp.example" }
test "nor by the old name" { to = "zed@old.corp.example", connector = "old server" }
test "a name in advance" { to = "joe.doe@corp.example", connector = "old server",
                           address = "joe@old.corp.example" }
test "a list over both" {
  to = "sales@corp.example", from = "ann.fox@corp.example",
  deliveries = {
    { entry = "Kim Lee" }, { address = "joe@old.corp.example", connector = "old server" },
    { address = "zed@corp.example", connector = "old server", sender = "kim.lee@corp.example" },
  },
}
test "from over there"  { to = "kim.lee@corp.example", arrived_by = "old server",
                          entry = "Kim Lee" }
test "nobody's, from over there" {
  to = "nobody@corp.example", arrived_by = "old server", verdict = "reject", code = "route-loop",
}
test "the world"        { to = "joe@far.example", from = "kim.lee@corp.example",
                          connector = "internet" }
test "from Kim's old name" { to = "joe@far.example", from = "kim@old.corp.example",
                             sender = "kim.lee@corp.example" }
test "from Ann's"       { to = "joe@far.example", from = "ann@old.corp.example",
                          sender = "ann.fox@corp.example" }
test "from Joe's"       { to = "far@far.example", from = "joe@old.corp.example",
                          sender = "joe.doe@corp.example" }
test "from others"      { to = "joe@far.example", from = "zed@old.corp.example",
                          sender = "zed@corp.example" }
test "while it is down" { to = "zed@corp.example", down = { "old server" }, verdict = "defer",
                          code = "connectors-down" }
test "postmaster"       { to = "<Postmaster>", entry = "Postmaster" }
