-- Lists: nested, with owners who get the bounces, and one that only its members may write to.
domain "club.example" {}

recipient "Kim" { proxies = { "SMTP:kim@club.example", "smtp:postmaster@club.example" } }
recipient "Ann" { proxies = { "SMTP:ann@club.example" } }

list "Board" {
  proxies = { "SMTP:board@club.example" }, owner = "Kim",
  members = { "Kim", "Ann", "SMTP:chair@far.example" },
}
list "Everybody" {
  proxies = { "SMTP:all@club.example" }, owner = "Ann",
  members = { "Board", "Ann", "SMTP:guest@far.example" },    -- Ann gets one copy
  accept = { "Everybody" },                                  -- see restrictions.lua
}

connector "out" { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }

test "the board" {
  to = "board@club.example", from = "joe@far.example",
  deliveries = {
    { entry = "Kim", sender = "kim@club.example" },
    { entry = "Ann", sender = "kim@club.example" },
    { address = "chair@far.example", connector = "out", sender = "kim@club.example" },
  },
}
test "a bounce stays one" {
  to = "board@club.example", from = "<>",
  deliveries = { { sender = "<>" }, { sender = "<>" }, { sender = "<>" } },
}
test "everybody" {
  to = "all@club.example", from = "kim@club.example", authenticated = true,
  deliveries = {
    { entry = "Kim" }, { entry = "Ann" }, { address = "chair@far.example" },
    { address = "guest@far.example", sender = "ann@club.example" },
  },
}
test "a stranger" { to = "all@club.example", from = "joe@far.example", verdict = "reject" }
