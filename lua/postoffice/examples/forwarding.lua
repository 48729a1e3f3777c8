-- For whoever forwards mail: people who move take theirs along.  Whoever is not ours and writes to
-- them is signed at our domain on the way out (SRS), so that the next host may take the mail from
-- us (SPF) and a bounce finds its way back.  The host has the keys: { secrets = { forwarding = ... } }.
domain "assoc.example" { unwrap = { "SRS" } }

recipient "Kim"     { proxies = { "SMTP:kim@assoc.example", "smtp:postmaster@assoc.example" } }
recipient "Ann"     { proxies = { "SMTP:ann@assoc.example" }, target = "ann@new.example" }
list      "Friends" { proxies = { "SMTP:friends@assoc.example" }, members = { "Kim", "Ann" } }
list      "News"    { proxies = { "SMTP:news@assoc.example" }, members = { "Ann" }, owner = "Kim" }
rewrite   "SMTP:{name}.alum@assoc.example" { to = "SMTP:{name}@alumni.example" }

connector "out" {
  speaks = "SMTP", nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" },
  srs = { domain = "assoc.example", secrets = "forwarding" },
}

-- Our own senders are not signed, nor is an owner; and a bounce stays one.
claim [[no "SMTP:ann@assoc.example" from "SMTP:kim@assoc.example"
  has sender "SMTP:SRS*@assoc.example"]]
claim 'no list "News" has sender "SMTP:SRS*@assoc.example"'
claim 'no list from <> has sender address but <>'
-- Who moved gets it there, and who has not gets it here.
claim [[every "SMTP:ann@assoc.example" is handed over as "SMTP:ann@new.example" or is deferred
  or is rejected]]
claim 'every "SMTP:kim@assoc.example" or "SMTP:postmaster@assoc.example" is delivered here'

-- Tests bring keys of their own; the first signs, all verify.
local secrets, new_year = { forwarding = { "new", "old" } }, 1577836860 -- 2020-01-01
local signed = "SRS0=vZQu=2W=bank.example=joe@assoc.example"
local by_the_old_key = "SRS0=n6vt=2W=bank.example=joe@assoc.example"

test "sent on" {
  to = "ann@assoc.example", from = "joe@bank.example", secrets = secrets, now = new_year,
  address = "ann@new.example", sender = signed,
}
test "to a list" {
  to = "friends@assoc.example", from = "joe@bank.example", secrets = secrets, now = new_year,
  deliveries = {
    { entry = "Kim", sender = "joe@bank.example" }, { entry = "Ann", sender = signed },
  },
}
test "by a rewrite" {
  to = "zed.alum@assoc.example", from = "joe@bank.example", secrets = secrets, now = new_year,
  address = "zed@alumni.example", sender = signed,
}
test "from another forwarder" {
  to = "ann@assoc.example", from = "SRS0=vmyz=2W=bank.example=joe@fwd.example",
  secrets = secrets, now = new_year,
  sender = "SRS1=+/J7=fwd.example==vmyz=2W=bank.example=joe@assoc.example",
}
test "a list's owner" { to = "news@assoc.example", from = "joe@bank.example",
                        sender = "kim@assoc.example" }
test "one of ours"    { to = "ann@assoc.example", from = "kim@assoc.example",
                        sender = "kim@assoc.example" }
test "submitted"      { to = "pat@far.example", from = "joe@bank.example",
                        sender = "joe@bank.example" }
test "a bounce"       { to = "ann@assoc.example", from = "<>", sender = "<>" }

test "the way back"   { to = signed, from = "<>", secrets = secrets, now = new_year + 21 * 86400,
                        address = "joe@bank.example", connector = "out", sender = "<>" }
test "by the old key" { to = by_the_old_key, from = "<>", secrets = secrets, now = new_year,
                        address = "joe@bank.example" }
test "the line it came by" {
  to = "ann@assoc.example", arrived_by = "out", connector = "out", from = "<>",
}
test "too late"       { to = signed, from = "<>", secrets = secrets, now = new_year + 22 * 86400,
                        code = "signature-expired", status = "5.1.1" }
test "forged"         { to = "SRS0=vZQu=2W=bank.example=jim@assoc.example", secrets = secrets,
                        now = new_year, code = "signature-invalid", status = "5.1.1" }
test "without a key"  { to = "ann@assoc.example", from = "joe@bank.example", verdict = "defer",
                        code = "secret-missing", status = "4.3.0" }
