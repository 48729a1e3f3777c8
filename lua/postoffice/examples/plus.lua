-- Plus addresses, a catch-all, tombstones, and a rename that never bounces.
settings { extension = "+" }

domain "shop.example" {}
domain "blog.example" { catchall = "Kim Lee" }             -- whatever nobody else has
domain "old.example"  { extension = "-" }                  -- the old server's habit

recipient "Kim Lee" {
  proxies = { "SMTP:kim@shop.example", "postmaster@shop.example", "kim@old.example" },
}
recipient "Orders" { proxies = { "SMTP:orders@shop.example", "postmaster@old.example" } }
recipient "Joe"    { proxies = { "joe@shop.example", "joe@blog.example" },
                     refuse = "Joe has left; please write to orders@shop.example" }

-- "sales-de@" and "sales-fr@" as "orders+de@" and "orders+fr@".
rewrite "SMTP:sales-{country}@shop.example" { to = "SMTP:orders+{country}@shop.example" }

test "plain"      { to = "kim@shop.example", entry = "Kim Lee" }
test "plus"       { to = "Kim+Lua-list@shop.example", entry = "Kim Lee", extension = "Lua-list" }
test "minus"      { to = "kim-lua@old.example", entry = "Kim Lee", extension = "lua" }
test "country"    { to = "sales-de@shop.example", entry = "Orders", extension = "de" }
test "catch-all"  { to = "anything@blog.example", entry = "Kim Lee" }
test "tombstone"  { to = "joe@shop.example", verdict = "reject", code = "recipient-gone" }
test "not caught" { to = "joe@blog.example", verdict = "reject", code = "recipient-gone" }
test "nobody"     { to = "ann@shop.example", verdict = "reject", code = "recipient-unknown" }
