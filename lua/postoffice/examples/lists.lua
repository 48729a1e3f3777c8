-- Lists: nested, with owners who get the bounces, and one that only members may write to.
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
}

connector "out" { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }

-- Only the club itself writes to everybody.
function on.recipient(address, envelope)
  local from = envelope.sender
  if address.localpart == "all" and from and from.domain ~= "club.example" then
    return reject("only members write to this list", "5.7.1")
  end
end

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
  to = "all@club.example", from = "kim@club.example",
  deliveries = {
    { entry = "Kim" }, { entry = "Ann" }, { address = "chair@far.example" },
    { address = "guest@far.example", sender = "ann@club.example" },
  },
}
test "a stranger" { to = "all@club.example", from = "joe@far.example", verdict = "reject" }
