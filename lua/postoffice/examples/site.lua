-- For whoever has an Exchange site of the nineties: cc:Mail, MS Mail and X.400 side by side, each with
-- a line of its own and another for when that is down.  Costs say which goes first.
settings { order = "exchange" }

domain "site.example" { unwrap = { "EX", "X500", "CCMAIL", "MS", "X400" } }
-- The site addresses: who is not in the directory is nobody, and no loop begins by a gateway.
domain "EX:/o=Org/ou=Site" {}
domain "MS:NET/SITE" {}
domain "CCMAIL:* at SITE" {}
domain "X400:c=us;a=mci;p=Org;o=Site" {}

-- What Directory Export of the Administrator wrote; new people get addresses of the templates, by
-- `postoffice proxies`.
directory "people" { file = "site-people.csv", format = "exchange55" }
templates {
  "SMTP:%g.%s@site.example", "CCMAIL:%s, %g at SITE", "MS:NET/SITE/%3g%1s",
  "X400:c=us;a=mci;p=Org;o=Site;s=%s;g=%g;",
}

postoffice "HQ"     {}                                 -- cc:Mail, connected directly
postoffice "PARIS"  { via = "HQ" }                     -- behind it
postoffice "FAXGW"  { via = "HQ", gateway = "FAX" }    -- a fax server on cc:Mail
postoffice "NET"    { gateway = "SMTP" }               -- the Internet to cc:Mail: user@domain at NET

connector "cc:Mail"        { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "NET" },
                             spaces = { "CCMAIL:*" } }
connector "cc:Mail dialup" { speaks = "CCMAIL", reaches = "HQ", wrap = { postoffice = "NET" },
                             spaces = { { "CCMAIL:*", cost = 20 } } }
connector "MS Mail"        { nexthop = "mta1", spaces = { "MS:NET/HUB", "MS:NET/EAST" } }
connector "MS Mail west"   { nexthop = "mta2", spaces = { "MS:NET/WEST", { "MS:NET", cost = 5 } } }
connector "X.400"          { nexthop = "x25:2342", spaces = { { "X400:*", cost = 10 } } }
connector "X.400 leased"   { nexthop = "tp0:hub", spaces = { "X400:*" } }
connector "Internet"       { speaks = "SMTP", nexthop = "smtp:relay.site.example",
                             wrap = { domain = "site.example" }, spaces = { "SMTP:*", "FAX:" } }

-- Who is nobody here does not come back by the next gateway; and MS Mail never leaves by SMTP.
claim 'every "MS:NET/SITE/*" or "CCMAIL:* at SITE" is delivered here or is rejected'
claim 'every "EX:/o=Org/ou=Site/cn=Recipients/cn=*" is delivered here or is rejected'
claim 'no MS address leaves by "Internet"'
-- The west has a line of its own.
claim [[every "MS:NET/WEST/*" leaves by "MS Mail west" or is deferred or is rejected
  unless arrived_by "MS Mail west"]]

test "here"            { to = "MS:net/site/kiml", entry = "Lee, Kim" }
test "not here"        { to = "MS:NET/SITE/NOBODY", code = "recipient-unknown" }
test "nor in cc:Mail"  { to = "CCMAIL:Lee, Joe at SITE", code = "recipient-unknown" }
test "nor in X.400"    { to = "X400:c=us;a=mci;p=org;o=site;s=Nobody;",
                         code = "recipient-unknown" }
test "nor by EX"       { to = "EX:/o=Org/ou=Site/cn=Recipients/cn=GONE",
                         code = "recipient-unknown" }
test "by EX"           { to = "EX:/O=ORG/OU=SITE/CN=RECIPIENTS/CN=KIML", entry = "Lee, Kim" }
test "by X.400"        { to = "X400:G=Ann;S=Fox;O=Site;P=Org;A=MCI;C=US;", entry = "Fox, Ann" }
test "by cc:Mail"      { to = "CCMAIL:Ann Fox at site", entry = "Fox, Ann" }
test "a list" {
  to = "all@site.example", from = "joe@far.example",
  deliveries = { { entry = "Lee, Kim" }, { entry = "Fox, Ann" },
                 { entry = "Accounts (Paris)", connector = "cc:Mail" } },
}
test "encapsulated"    { to = "IMCEAMS-NET_SITE_KIML@site.example", entry = "Lee, Kim" }
test "cc:Mail"         { to = "accounts@site.example", connector = "cc:Mail",
                         path = { "HQ", "PARIS" } }
test "line down"       { to = "CCMAIL:Joe at HQ", down = { "cc:Mail" },
                         connector = "cc:Mail dialup" }
test "both down"       { to = "CCMAIL:Joe at HQ", down = { "cc:Mail", "cc:Mail dialup" },
                         verdict = "defer", status = "4.4.1" }
test "by fax"          { to = "CCMAIL:+33 1 23 45 at FAXGW", final = "FAX:+33 1 23 45" }
test "MS Mail"         { to = "MS:NET/EAST/ANN", connector = "MS Mail" }
test "MS Mail west"    { to = "MS:NET/WEST/ANN", connector = "MS Mail west", cost = 1 }
test "MS Mail, others" { to = "MS:NET/NORTH/ANN", connector = "MS Mail west", cost = 5 }
test "X.400"           { to = "X400:c=US;a=MCI;p=Org;s=Smith;g=Joe", connector = "X.400 leased" }
test "X.400 down"      { to = "X400:c=US;a=MCI;p=Org;s=Smith;g=Joe", down = { "X.400 leased" },
                         connector = "X.400" }
test "fax by mail"     { to = "FAX:12345", address = "IMCEAFAX-12345@site.example" }
test "from X.400"      { to = "CCMAIL:Joe at HQ", from = "X400:c=us;a=mci;p=Far;s=Doe;g=Zed;",
                         sender = "CCMAIL:IMCEAX400-c=us+3Ba=mci+3Bp=Far+3Bs=Doe+3Bg=Zed+3B"
                           .. "@site.example at NET" }
test "from outside"    { to = "CCMAIL:Joe at HQ", from = "ann@far.example",
                         sender = "CCMAIL:ann@far.example at NET" }
test "answered"        { to = "CCMAIL:ann@far.example at NET", from = "CCMAIL:Joe at HQ",
                         address = "ann@far.example",
                         sender = "IMCEACCMAIL-Joe+20at+20HQ@site.example" }
