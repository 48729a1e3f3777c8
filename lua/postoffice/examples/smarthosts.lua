-- Mail leaves by one of several smarthosts: by cost, by size and by sender.
settings { order = "exchange" }

domain "our.example" { kind = "relay" }                 -- the mailboxes are on another machine

connector "mailboxes" { nexthop = "lmtp:[192.0.2.2]:24", spaces = { "SMTP:*@our.example" } }

-- Two of equal cost share, each address always by the same one; the third waits for both to fail.
connector "east"   { nexthop = "smtp:[192.0.2.11]:25", spaces = { "SMTP:*" } }
connector "west"   { nexthop = "smtp:[192.0.2.12]:25", spaces = { "SMTP:*" } }
connector "backup" { nexthop = "smtp:[192.0.2.13]:25", spaces = { { "SMTP:*", cost = 10 } } }

-- Newsletters have a line of their own, so that they spoil nobody's reputation.
connector "newsletter" {
  nexthop = "smtp:[198.51.100.1]:25", senders = { "SMTP:*@news.our.example", "SMTP:bounce-*@*" },
  spaces = { "SMTP:*" },
}
-- The partner's scanner takes small mail only.
connector "partner" {
  nexthop = "smtp:[203.0.113.5]:25", max_size = 10485760, spaces = { "SMTP:*@partner.example" },
}
connector "partner, large" {
  nexthop = "smtp:[203.0.113.6]:25", spaces = { { "SMTP:*@partner.example", cost = 5 } },
}

-- Without a sender there is nothing to reply to: vacation notes stay inside.
function on.route(route, envelope)
  local from = envelope.sender
  if from and from.localpart == "vacation" and route.connector ~= "mailboxes" then
    return reject("vacation notes stay inside", "5.7.1")
  end
end

-- A test says who writes: where a guard looks at the sender, mail waits until the host tells it.
test "inside"     { to = "kim@our.example", connector = "mailboxes" }
test "one half"   { to = "joe@far.example", from = "kim@our.example", connector = "east" }
test "the other"  { to = "sam@far.example", from = "kim@our.example", connector = "west" }
test "one down"   { to = "joe@far.example", from = "kim@our.example", down = { "east" },
                    connector = "west" }
test "two down"   { to = "joe@far.example", from = "<>", down = { "east", "west" },
                    connector = "backup" }
test "newsletter" { to = "joe@far.example", from = "july@news.our.example",
                    connector = "newsletter" }
test "its bounce" { to = "joe@far.example", from = "bounce-7@our.example",
                    connector = "newsletter" }
test "unknown"    { to = "joe@far.example", verdict = "defer", code = "fact-missing" }
test "small"      { to = "ann@partner.example", size = 2000, connector = "partner" }
test "large"      { to = "ann@partner.example", size = 20000000, connector = "partner, large" }
test "scanner"    { to = "ann@partner.example", size = 2000, down = { "partner" },
                    connector = "partner, large" }
test "vacation"   { to = "joe@far.example", from = "vacation@our.example", verdict = "reject" }
