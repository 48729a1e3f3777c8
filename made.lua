-- What sendmail had in table, as a policy.
-- Made by postoffice import; from here on it is yours to change.

-- What is ours, and what is passed on.
domain "a.example" {}

-- Where mail goes that is not delivered here.
connector "internet" { speaks = "SMTP", nexthop = "smtp:", spaces = { "SMTP:*" } }

-- Who is here, and whose mail goes on.
recipient "q@a.example" { proxies = { "q@a.example" } }  -- runs a command
-- Not carried over:
-- * table:2: x\x9by@a.example z\x9b@b: "z\x9b@b" is no address
-- * table:3: |\x9b: runs a command, which only the server of this mailbox can

-- Every domain has a postmaster (RFC 5321 4.5.1); these had none.
recipient "Postmasters" { proxies = { "postmaster@a.example" } }
