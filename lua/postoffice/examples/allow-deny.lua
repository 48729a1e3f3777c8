-- For whoever keeps long lists of whom to take mail from and whom not: ten thousand patterns that
-- are never tried one after the other.  The files are what other programs write; a change of them
-- goes live by a reload, as one of the policy does.
set "partners" { file = "partners.txt", type = "SMTP" }
set "blocked"  { file = "blocked.txt", type = "SMTP" }

domain "corp.example" {}

recipient "Kim Lee"    { proxies = { "SMTP:kim@corp.example" } }
recipient "Postmaster" { proxies = { "SMTP:postmaster@corp.example" } }
recipient "Orders" {                                    -- partners alone may write here
  proxies = { "SMTP:orders@corp.example" }, accept = "partners",
}
recipient "Robot" {                                     -- this needs no function
  proxies = { "SMTP:robot@corp.example" }, reject = "blocked",
}

-- We relay for partners, by a line that is theirs.
connector "partner line" {
  nexthop = "smtp:[192.0.2.7]:25", senders = "partners", spaces = { "SMTP:*" },
}
connector "internet" { nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }

-- Who is blocked writes to nobody but the postmaster (RFC 5321 4.5.1), unless a partner is meant:
-- what somebody allows goes before what a list of others denies.
function on.recipient(address, envelope)
  local sender = envelope.sender
  if not sender or mail.in_set(sender, "partners") or not mail.in_set(sender, "blocked") then
    return
  end
  if address.localpart and address.localpart:lower() == "postmaster" then return end
  return reject("write to postmaster if this is a mistake", "5.7.1", "sender-blocked")
end

test "a stranger"      { to = "kim@corp.example", from = "joe@far.example", entry = "Kim Lee" }
test "a domain"        { to = "kim@corp.example", from = "x@Spam.Example", status = "5.7.1",
                         code = "sender-blocked" }
test "one below it"    { to = "kim@corp.example", from = "x@a.b.spam.example",
                         code = "sender-blocked" }
test "one person"      { to = "kim@corp.example", from = "eve@mail.example",
                         code = "sender-blocked" }
test "and no other"    { to = "kim@corp.example", from = "eva@mail.example", entry = "Kim Lee" }
test "by a habit"      { to = "kim@corp.example", from = "best-offers@far.example",
                         code = "sender-blocked" }
test "to postmaster"   { to = "postmaster@corp.example", from = "x@spam.example",
                         entry = "Postmaster" }
test "by that name alone" { to = "<Postmaster>", from = "x@spam.example", entry = "Postmaster" }
test "allowed in spite of it" { to = "kim@corp.example", from = "ann@spam.example",
                                entry = "Kim Lee" }
test "a bounce"        { to = "kim@corp.example", from = "<>", entry = "Kim Lee" }
test "partners' alone" { to = "orders@corp.example", from = "bob@sales.partner.example",
                         entry = "Orders" }
test "no partner"      { to = "orders@corp.example", from = "joe@far.example",
                         code = "recipient-restricted" }
test "a robot's"       { to = "robot@corp.example", from = "joe@far.example", entry = "Robot" }
test "not a partner's, where it says so" {
  to = "robot@corp.example", from = "ann@spam.example", code = "recipient-restricted",
}
test "the line"        { to = "joe@far.example", from = "bob@partner.example",
                         connector = "partner line" }
test "the world"       { to = "joe@far.example", from = "kim@corp.example",
                         connector = "internet" }
