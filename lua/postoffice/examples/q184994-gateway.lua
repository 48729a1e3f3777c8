-- The far side of Q184994: the SMTP gateway of the cc:Mail network.  What is addressed to
-- the post office "internet" comes out here as plain Internet mail.
settings { unmatched = "reject" }

postoffice "internet" { gateway = "SMTP" }   -- no via: the gateway is ours
postoffice "HQ"       {}                     -- the cc:Mail side, where mail comes from

connector "internet" {
  speaks = "SMTP", nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" },
}
connector "hq" {
  speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" },
}

test "out" {
  to = "[ccmail:user@domain at internet]", connector = "internet",
  address = "SMTP:user@domain", nexthop = "smtp:[192.0.2.25]:25",
}
test "any case" { to = "CCMAIL:Joe@Partner.example AT Internet", address = "joe@partner.example" }
test "inside"   { to = "CCMAIL:Lee, Kim at HQ", connector = "hq", path = { "HQ" } }
test "no name"  { to = "CCMAIL:Kim Lee at internet", verdict = "reject", status = "5.1.3" }
test "nowhere"  { to = "CCMAIL:Kim Lee at Paris", code = "postoffice-unknown" }
