-- For two companies that merge and keep the names of their people, both ways: everybody gets an
-- address at the new domain and is found by the old one, and what goes out shows the new one.
settings { extension = "+" } -- kim.lee+lists is Kim Lee's, here and by rule
domain "merged.example" {}
domain "north.example"  {}
domain "south.example"  {}

-- Both companies have a Kim Lee: the names that clash are listed, with both addresses.
recipient "Kim Lee (North)" {
  proxies = { "SMTP:kim.lee@merged.example", "smtp:kim.lee@north.example" },
}
recipient "Kim Lee (South)" {
  proxies = { "SMTP:kim.lee2@merged.example", "smtp:kim.lee@south.example" },
}

-- All others are found by rule: who is at north or south is the same person at merged.
recipient "Ann Fox"    { proxies = { "SMTP:ann.fox@merged.example" } }
recipient "Postmaster" {
  proxies = {
    "SMTP:postmaster@merged.example", "postmaster@north.example", "postmaster@south.example",
  },
}
rewrite "SMTP:{name}@north.example" { to = "SMTP:{name}@merged.example" }
rewrite "SMTP:{name}@south.example" { to = "SMTP:{name}@merged.example" }

-- And so they write.  The first that matches decides: south's Kim is not north's, nor is whatever
-- follows a + in that name.
rewrite_sender "SMTP:kim.lee@south.example"     { to = "SMTP:kim.lee2@merged.example" }
rewrite_sender "SMTP:kim.lee+{x}@south.example" { to = "SMTP:kim.lee2+{x}@merged.example" }
rewrite_sender "SMTP:{name}@south.example"      { to = "SMTP:{name}@merged.example" }
rewrite_sender "SMTP:{name}@north.example"      { to = "SMTP:{name}@merged.example" }

-- The factories' machines are known outside by one name, and write under it.  "plant-" is there for
-- the people whose names have a hyphen.
rewrite "SMTP:plant-{unit}@merged.example" { to = "SMTP:{unit}@plants.example", both = true }
domain "plants.example" { kind = "relay" }

connector "internet" { speaks = "SMTP", nexthop = "smtp:[192.0.2.25]:25", spaces = { "SMTP:*" } }
connector "plants" {
  speaks = "SMTP", nexthop = "smtp:[198.51.100.1]:25", spaces = { "SMTP:*@plants.example" },
}

-- Nobody outside sees the old names; nobody has the empty local part of ""@north.example, which {name}
-- does not take.
claim [[no SMTP address but local or relay or <>
  from "SMTP:?*@north.example" or "SMTP:?*@south.example"
  has sender "SMTP:*@north.example" or "SMTP:*@south.example"]]
claim [[no "SMTP:*@far.example" from "SMTP:?*@plants.example"
  has sender "SMTP:*@plants.example"]]
-- Nobody gets a namesake's mail, and what is for our people goes to nobody else.
claim [[every "SMTP:kim.lee@south.example" or "SMTP:kim.lee2@merged.example"
  reaches recipient "Kim Lee (South)"]]
claim 'no "SMTP:*@south.example" reaches recipient "Kim Lee (North)"'
claim 'no "SMTP:*@north.example" leaves by "internet"'
claim 'every "SMTP:postmaster@*" but foreign or relay is delivered here'

test "north's Kim" { to = "Kim.Lee@north.example", entry = "Kim Lee (North)" }
test "south's Kim" { to = "kim.lee@south.example", entry = "Kim Lee (South)",
                     address = "kim.lee2@merged.example" }
test "south's Kim, with an extension" {
  to = "kim.lee+lists@south.example", entry = "Kim Lee (South)", extension = "lists",
}
test "Ann, by rule with an extension" {
  to = "ann.fox+lists@south.example", entry = "Ann Fox", extension = "lists",
}
test "by rule"     { to = "ann.fox@south.example", entry = "Ann Fox" }
test "also north"  { to = "ann.fox@north.example", entry = "Ann Fox" }
test "nobody"      { to = "zed@north.example", code = "recipient-unknown" }
test "postmaster"  { to = "<Postmaster>", entry = "Postmaster" }
test "a machine" {
  to = "plant-oven@merged.example", connector = "plants",
  address = "oven@plants.example",
}
test "from a machine" {
  to = "joe@far.example", from = "oven@plants.example",
  connector = "internet", sender = "plant-oven@merged.example",
}
test "from north's Kim" {
  to = "joe@far.example", from = "kim.lee@north.example", sender = "kim.lee@merged.example",
}
test "from south's Kim" {
  to = "joe@far.example", from = "kim.lee@south.example", sender = "kim.lee2@merged.example",
}
test "from south's Kim, with an extension" {
  to = "joe@far.example", from = "kim.lee+lists@south.example",
  sender = "kim.lee2+lists@merged.example",
}
test "the answer to that" {
  to = "kim.lee2+lists@merged.example", entry = "Kim Lee (South)", extension = "lists",
}
test "from Ann"    { to = "joe@far.example", from = "ann.fox@south.example",
                     sender = "ann.fox@merged.example" }
test "from others" { to = "joe@far.example", from = "ann@else.example",
                     sender = "ann@else.example" }
test "a bounce"    { to = "joe@far.example", from = "<>", sender = "<>" }
