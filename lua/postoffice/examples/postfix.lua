-- For whoever has a Postfix: its parameters and maps, each said as a policy.  `postoffice import
-- postfix /etc/postfix/main.cf` writes a first one; this is what becomes of that by hand.
settings {
  extension = "+",                                     -- recipient_delimiter
  propagate = "always",                                -- propagate_unmatched_extensions
}

domain "shop.example" {}                               -- mydestination
domain "blog.example" { catchall = "Kim Lee" }         -- virtual_alias_domains, and @blog.example
domain "old.example"  { extension = "-" }              -- another, where the delimiter is a minus
domain "depot.example"   { kind = "relay" }            -- relay_domains, and
domain "*.depot.example" { kind = "relay" }            -- parent_domain_matches_subdomains

recipient "Kim Lee" {                                  -- local_recipient_maps
  proxies = {
    "SMTP:kim@shop.example", "postmaster@shop.example", "postmaster@blog.example",
    "postmaster@depot.example", "kim@old.example",
  },
}
recipient "Orders" { proxies = { "SMTP:orders@shop.example" } }
directory "virtual" {                                  -- virtual_alias_maps, the file as it is
  file = "postfix-virtual.txt", format = "virtual",
}
recipient "Joe" {                                      -- relocated_maps
  proxies = { "joe@shop.example", "joe@blog.example" },
  refuse = "Joe has left; please write to orders@shop.example",
}

-- recipient_canonical_maps.
rewrite "SMTP:sales-{country}@shop.example" { to = "SMTP:orders+{country}@shop.example" }
rewrite "SMTP:{name}@old.example"           { to = "SMTP:{name}@shop.example" }

-- sender_canonical_maps, then masquerade_domains with its masquerade_exceptions.
rewrite_sender "SMTP:{name}@old.example"    { to = "SMTP:{name}@shop.example" }
rewrite_sender "SMTP:root@*.shop.example"   { to = "SMTP:postmaster@shop.example" }
rewrite_sender "SMTP:{name}@*.shop.example" { to = "SMTP:{name}@shop.example" }

connector "depot" {                                    -- transport_maps
  nexthop = "smtp:[192.0.2.9]:25", spaces = { "SMTP:*@depot.example", "SMTP:*@*.depot.example" },
}
connector "relayhost" { nexthop = "smtp:[192.0.2.25]:587", spaces = { "SMTP:*" } }
connector "newsletter" {                               -- sender_dependent_relayhost_maps
  nexthop = "smtp:[198.51.100.1]:25", senders = { "SMTP:news@shop.example" }, spaces = { "SMTP:*" },
}

-- RFC 5321 4.5.1; and no machine's name is seen outside.
claim 'every "SMTP:postmaster@*" but foreign or relay from <> is delivered here'
claim [[no "SMTP:*@far.example" from "SMTP:?*@*.shop.example"
  has sender "SMTP:*@*.shop.example"]]

-- Who is found, and how.
test "plain"      { to = "kim@shop.example", entry = "Kim Lee" }
test "an alias"   { to = "info@shop.example", deliveries = { { entry = "Kim Lee" },
                                                             { entry = "Orders" } } }
test "a virtual"  { to = "kim.lee@blog.example", entry = "Kim Lee" }
test "the @domain"   { to = "anything@blog.example", entry = "Kim Lee" }
test "an extension"  { to = "Kim+Lua-list@shop.example", entry = "Kim Lee", extension = "Lua-list" }
test "one that goes on" {
  to = "kim.home+lua@shop.example", from = "joe@far.example",
  connector = "relayhost", address = "kim+lua@home.example",
}
test "a regexp"      { to = "sales-de@shop.example", entry = "Orders", extension = "de" }
test "canonical"     { to = "orders@old.example", entry = "Orders" }
test "with a minus"  { to = "kim-lua@old.example", entry = "Kim Lee", extension = "lua" }
test "relocated"     { to = "joe@shop.example", code = "recipient-gone" }
test "relocated before @domain" { to = "joe@blog.example", code = "recipient-gone" }
test "nobody"        { to = "ann@shop.example", code = "recipient-unknown", status = "5.1.1" }
test "postmaster"    { to = "<Postmaster>", entry = "Kim Lee" }

-- And where the rest goes, and by what name it was written.
test "a relay domain"   { to = "ann@depot.example", connector = "depot" }
test "and one below it" { to = "ann@paris.depot.example", connector = "depot" }
test "the world"        { to = "joe@far.example", from = "kim@shop.example",
                          connector = "relayhost", sender = "kim@shop.example" }
test "a newsletter"     { to = "joe@far.example", from = "news@shop.example",
                          connector = "newsletter" }
test "while its host is down" { to = "joe@far.example", from = "news@shop.example",
                                down = { "newsletter" }, connector = "relayhost" }
test "no sender known"  { to = "joe@far.example", verdict = "defer", code = "fact-missing" }
test "canonical sender" { to = "joe@far.example", from = "kim@old.example",
                          sender = "kim@shop.example" }
test "a masquerade"     { to = "joe@far.example", from = "kim@pc7.shop.example",
                          sender = "kim@shop.example" }
test "and an exception" { to = "joe@far.example", from = "root@pc7.shop.example",
                          sender = "postmaster@shop.example" }
test "a bounce"         { to = "joe@far.example", from = "<>", sender = "<>" }
