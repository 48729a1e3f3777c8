-- For whoever keeps lists: who may write to whom, and how much; lists in lists, owners who get the
-- bounces, and a mailbox that keeps a copy.  Whoever takes mail in says who is authenticated: MAIL
-- FROM anybody can write.  (`check` notes the lists whose members refuse some of what these take,
-- which is meant so.)
settings { max_recipients = 100 }                          -- nobody's list becomes more

domain "club.example" {}

recipient "Kim" {                                          -- Kim reads along at home
  proxies = { "SMTP:kim@club.example", "smtp:postmaster@club.example" },
  target = "SMTP:kim@home.example", keep = true,
}
recipient "Ann" { proxies = { "SMTP:ann@club.example" }, max_size = 10485760 }
recipient "Door" { proxies = { "SMTP:door@club.example" }, authenticated = true }

list "Board" {                                             -- anybody may write to them
  proxies = { "SMTP:board@club.example" }, owner = "Kim",
  members = { "Kim", "SMTP:chair@far.example" },
}
list "Members" {                                           -- its members alone, by any name
  proxies = { "SMTP:members@club.example", "smtp:all@club.example" }, owner = "Ann",
  members = { "Board", "Kim", "Ann", "SMTP:joe@far.example" }, -- Kim gets one copy
  accept = { "Members" },
}
list "News" {                                              -- the press is not to be annoyed
  proxies = { "SMTP:news@club.example" }, owner = "Kim",
  members = { "Members", "SMTP:press@paper.example" },
  accept = { "Kim", "SMTP:*@agency.example" }, reject = { "SMTP:ads@agency.example" },
}

connector "out" { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }

-- Whoever says to be a member has to prove it, if the address is ours; a door stays closed; and
-- nothing leaves but by an entry.
claim [[no address when not authenticated reaches list "Members"
  unless from "SMTP:chair@far.example" or from "SMTP:joe@far.example"
  or from "SMTP:kim@home.example"]] -- members who are elsewhere, whom nobody here can prove
claim 'no "SMTP:door@club.example" when not authenticated reaches recipient "Door"'
claim 'every local is delivered here or is rejected unless by list or by recipient'
claim 'no address makes over 100 deliveries'

test "a copy is kept" {
  to = "kim@club.example", from = "joe@far.example",
  deliveries = { { entry = "Kim", address = "kim@club.example" },
                 { entry = "Kim", address = "kim@home.example", connector = "out" } },
}
test "the owner is told" {                                 -- of what does not arrive
  to = "board@club.example", from = "x@far.example",
  deliveries = { { entry = "Kim", sender = "kim@club.example" },
                 { address = "kim@home.example", sender = "kim@club.example" },
                 { address = "chair@far.example", sender = "kim@club.example" } },
}
test "a bounce stays one" {
  to = "board@club.example", from = "<>",
  deliveries = { { sender = "<>" }, { sender = "<>" }, { sender = "<>" } },
}
test "a member" {
  to = "all@club.example", from = "joe@far.example", size = 2000,
  deliveries = {
    { entry = "Kim", via = { "Members", "Board" } }, { address = "kim@home.example" },
    { address = "chair@far.example", sender = "kim@club.example" }, { entry = "Ann" },
    { address = "joe@far.example", sender = "ann@club.example" },
  },
}
test "a member's member" { to = "all@club.example", from = "chair@far.example", size = 2000,
                           deliveries = { {}, {}, {}, { entry = "Ann" }, {} } }
test "a stranger"      { to = "all@club.example", from = "x@far.example", status = "5.7.1" }
test "who says so"     { to = "all@club.example", from = "ann@club.example", status = "5.7.1" }
test "who proves it"   { to = "all@club.example", from = "ann@club.example", authenticated = true,
                         size = 2000, deliveries = { {}, {}, {}, { entry = "Ann" }, {} } }
test "a member refuses" {                                  -- which hides no other
  to = "news@club.example", from = "desk@agency.example",
  deliveries = { { code = "recipient-restricted", entry = "Members", member = true },
                 { address = "press@paper.example", sender = "kim@club.example" } },
}
test "a bounce"        { to = "all@club.example", from = "<>", status = "5.7.1" }
test "the press"       { to = "news@club.example", from = "ads@agency.example", status = "5.7.1" }
test "too large"       { to = "ann@club.example", size = 10485761, status = "5.2.3" }
test "too large for one of them" {
  to = "all@club.example", from = "joe@far.example", size = 10485761,
  deliveries = { {}, {}, {}, { entry = "Ann", status = "5.2.3", member = true }, {} },
}
test "from inside"     { to = "door@club.example", authenticated = true, entry = "Door" }
test "from outside"    { to = "door@club.example", from = "x@far.example", status = "5.7.1" }
