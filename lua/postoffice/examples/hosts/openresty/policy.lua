-- For nginx's mail proxy in front of one server: who is nobody, or gone, is refused at the door.
domain "example.com" {}
domain "mail.example.com" { kind = "relay" } -- the server's own name

connector "server" { speaks = "SMTP", nexthop = "smtp:[127.0.0.1]:10025",
                     spaces = { "SMTP:*@mail.example.com" } }

recipient "Kim Lee" { proxies = { "SMTP:kim@example.com", "smtp:postmaster@example.com" },
                      target = "kim@mail.example.com" }
recipient "Pat"     { proxies = { "SMTP:pat@example.com" }, refuse = "Pat has left" }

claim 'every address is rejected or is deferred or is handed over as "SMTP:*@mail.example.com"'

test "kim"      { to = "Kim@Example.com", connector = "server" }
test "nobody"   { to = "nobody@example.com", status = "5.1.1" }
test "gone"     { to = "pat@example.com", verdict = "reject" }
test "relaying" { to = "joe@far.example", verdict = "reject" }
