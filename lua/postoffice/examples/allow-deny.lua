-- For whoever keeps long lists of whom to take mail from and whom not: ten thousand patterns that
-- are never tried one after the other.  The files are what other programs write; a change of them
-- goes live by a reload, as one of the policy does.  What it claims is proven of all of these patterns,
-- in less than a second each.
set "partners" { file = "partners.txt", type = "SMTP" }
set "blocked"  { file = "blocked.txt", type = "SMTP" }

domain "corp.example" {}

-- Everybody here, but whom a list of others denies; mail to a postmaster's address goes before that.
local function person(name, address)
  recipient(name) { proxies = { address }, reject = "blocked" }
end
person("Kim Lee", "SMTP:kim@corp.example")
person("Postmaster", "SMTP:postmaster@corp.example")
recipient "Orders" {                                    -- partners alone may write here
  proxies = { "SMTP:orders@corp.example" }, accept = "partners",
}
recipient "Desk" {                                      -- partners, and not all of these
  proxies = { "SMTP:desk@corp.example" }, accept = "partners", reject = "blocked",
}

-- We relay for partners, by a line that is theirs.
connector "partner line" {
  nexthop = "smtp:[192.0.2.7]:25", senders = "partners", spaces = { "SMTP:*" },
}
connector "internet" { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }

claim 'no address but local leaves by "partner line" unless from set "partners"'
claim 'no address reaches recipient "Orders" unless from set "partners" or from <>'
claim 'no address from set "blocked" reaches recipient "Kim Lee" or reaches recipient "Desk"'

test "a stranger"      { to = "kim@corp.example", from = "joe@far.example", entry = "Kim Lee" }
test "a domain"        { to = "kim@corp.example", from = "x@Spam.Example", status = "5.7.1" }
test "one below it"    { to = "kim@corp.example", from = "x@a.b.spam.example",
                         code = "recipient-restricted" }
test "one person"      { to = "kim@corp.example", from = "eve@mail.example",
                         code = "recipient-restricted" }
test "and no other"    { to = "kim@corp.example", from = "eva@mail.example", entry = "Kim Lee" }
test "by a habit"      { to = "kim@corp.example", from = "best-offers@far.example",
                         code = "recipient-restricted" }
test "to postmaster"   { to = "postmaster@corp.example", from = "x@spam.example",
                         entry = "Postmaster" }
test "by that name alone" { to = "<Postmaster>", from = "x@spam.example", entry = "Postmaster" }
test "a bounce"        { to = "kim@corp.example", from = "<>", entry = "Kim Lee" }
test "partners' alone" { to = "orders@corp.example", from = "bob@sales.partner.example",
                         entry = "Orders" }
test "no partner"      { to = "orders@corp.example", from = "joe@far.example",
                         code = "recipient-restricted" }
test "a partner"       { to = "desk@corp.example", from = "bob@partner.example", entry = "Desk" }
test "a partner who is blocked" { to = "desk@corp.example", from = "ann@spam.example",
                                  code = "recipient-restricted" }
test "the line"        { to = "joe@far.example", from = "bob@partner.example",
                         connector = "partner line" }
test "the world"       { to = "joe@far.example", from = "kim@corp.example",
                         connector = "internet" }
