-- For whoever has an Exim: its routers, each said as a policy.  What a router looks up by ${lookup},
-- the policy asks of the host.
settings { extension = "+" }                            -- local_part_suffix = +*

domain "our.example"    { extension = "+-" }            -- domainlist local_domains, +* : -*
domain "branch.example" { kind = "relay" }              -- domainlist relay_to_domains

recipient "Kim Lee" { proxies = { "SMTP:kim@our.example", "postmaster@our.example" } }
recipient "Ann Fox" {                                   -- redirect with `unseen`: a copy stays
  proxies = { "SMTP:ann@our.example" }, target = "SMTP:ann@home.example", keep = true,
}
recipient "Joe"     {                                   -- redirect, data = :fail: ...
  proxies = { "SMTP:joe@our.example" }, refuse = "Joe has left; please write to kim@our.example",
}
list "Crew" {                                           -- redirect with errors_to
  proxies = { "SMTP:crew@our.example" }, members = { "Kim Lee", "Ann Fox" }, owner = "Kim Lee",
}

-- system_aliases, for whom the directory does not have: data = ${lookup{$local_part}lsearch{...}}.
-- Its :fail: is a reject, its :defer: a defer; what the host cannot tell is deferred of itself.
rewrite "SMTP:{name}@our.example" {
  to = function(_, captures)
    local data = ask("aliases", captures.name:lower())
    if data == ":fail:" then return reject("this address is closed", "5.1.1") end
    if data == ":defer:" then return defer("this address is being moved", "4.2.1") end
    return data
  end,
}

-- manualroute, route_list = * east:west:backup: with hosts_randomize two share, each address always
-- by the same one; the third waits for both to fail.
connector "east"   { nexthop = "smtp:[192.0.2.11]:25", weight = 1, spaces = { "SMTP:*" } }
connector "west"   { nexthop = "smtp:[192.0.2.12]:25", weight = 1, spaces = { "SMTP:*" } }
connector "backup" { nexthop = "smtp:[192.0.2.13]:25", spaces = { { "SMTP:*", cost = 10 } } }
connector "newsletter" {                                -- a router with `senders`
  nexthop = "smtp:[198.51.100.1]:25", senders = { "SMTP:*@news.our.example", "SMTP:bounce-*@*" },
  spaces = { "SMTP:*" },
}
connector "branch"  { nexthop = "smtp:[192.0.2.2]:25", spaces = { "SMTP:*@branch.example" } }
connector "partner" {                                   -- a transport with message_size_limit
  nexthop = "smtp:[203.0.113.5]:25", max_size = 10485760, spaces = { "SMTP:*@partner.example" },
}
connector "partner, large" {
  nexthop = "smtp:[203.0.113.6]:25", spaces = { { "SMTP:*@partner.example", cost = 5 } },
}

-- The third waits for both to fail; who has left gets nothing.
claim 'no "SMTP:*@far.example" when nothing is down leaves by "backup"'
claim 'no "SMTP:joe@our.example" is delivered here'

-- Mail to partners and branches goes by no other line, however many are down.
claim [[every "SMTP:*@partner.example" leaves by "partner" or "partner, large" or is deferred
  unless arrived_by "partner" or arrived_by "partner, large"]]
claim 'no "SMTP:*@partner.example" when size over 10485760 leaves by "partner"'
claim 'every "SMTP:*@branch.example" leaves by "branch" or is deferred unless arrived_by "branch"'

local asked = { aliases = { office = "kim+office@our.example", shop = ":fail:", till = ":defer:" } }
test "a user"     { to = "kim@our.example", entry = "Kim Lee" }
test "a suffix"   { to = "kim-lua@our.example", entry = "Kim Lee", extension = "lua" }
test "an alias"   { to = "Office@our.example", asks = asked, entry = "Kim Lee",
                    extension = "office" }
test ":fail:"     { to = "shop@our.example", asks = asked, status = "5.1.1",
                    message = "this address is closed" }
test ":defer:"    { to = "till@our.example", asks = asked, verdict = "defer", status = "4.2.1" }
test "nobody"     { to = "zed@our.example", asks = asked, code = "recipient-unknown" }
test "gone"       { to = "joe@our.example", code = "recipient-gone" }
test "unseen"     { to = "ann@our.example", from = "joe@far.example",
                    deliveries = { { address = "ann@our.example" },
                                   { address = "ann@home.example" } } }
test "errors_to" {
  to = "crew@our.example", from = "joe@far.example",
  deliveries = { { entry = "Kim Lee", sender = "kim@our.example" }, { entry = "Ann Fox" },
                 { address = "ann@home.example", sender = "kim@our.example" } },
}

-- A test says who writes: where a guard looks at the sender, mail waits until the host tells it.
test "a branch"   { to = "ann@branch.example", from = "kim@our.example", connector = "branch" }
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
test "small, while that is down" { to = "ann@partner.example", size = 2000, down = { "partner" },
                                   connector = "partner, large" }
