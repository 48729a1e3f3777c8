-- For whoever has an archive: its senders and recipients, of thirty years and many systems, as one
-- SMTP address each:
--
--     p:resolve(text, { as = "SMTP" })   --> address, how it was found
--
-- Whom the directory here does not have is asked of the host: `ask` may look into LDAP.
settings { unmatched = "pass" }

domain "corp.example"     { unwrap = { "EX", "X500", "CCMAIL", "NOTES", "FAX" } }
domain "*.corp.example"   { unwrap = { "EX", "X500", "CCMAIL", "NOTES", "FAX" } }
domain "*.outlook.com"    { kind = "former" }

recipient "Kim Lee" {
  proxies = {
    "SMTP:kim.lee@corp.example", "smtp:postmaster@corp.example", "CCMAIL:Lee, Kim at ECT",
    "EX:/o=Corp/ou=NA/cn=Recipients/cn=KLEE", "NOTES:Kim Lee/HOU/ECT@ECT",
  },
}

-- Names that the directory lost, by the habits of their systems.
rewrite "CCMAIL:{last}, {first} at {office}" { to = "SMTP:{first}.{last}@corp.example" }
rewrite "NOTES:{first} {last}/*/ECT@ECT" { to = "SMTP:{first}.{last}@corp.example" }
rewrite "SMTP:{name}@{host}.corp.example" { to = "SMTP:{name}@corp.example" }

-- An old distinguished name: the host's directory knows whose it was.
rewrite "EX:/o=Corp/*" {
  to = function(address) return ask("ldap", address.dn) end,
}
-- And whoever has another name by now.
rewrite "SMTP:{name}@corp.example" {
  to = function(_, captures) return ask("moved", captures.name:lower()) end,
}

-- Who is not ours is none of the archive's business; whoever is known is found, whoever is asked.
claim 'every "SMTP:*@far.example" is passed'
claim 'every recipient "Kim Lee" is delivered here'
claim [[every "NOTES:Kim Lee/*/ECT@ECT" or "CCMAIL:Lee, Kim at *" or "SMTP:kim.lee@*.corp.example"
  reaches recipient "Kim Lee"]]
claim 'every "SMTP:postmaster@corp.example" is delivered here'

test "a name"        { to = "EX:/O=CORP/OU=NA/CN=RECIPIENTS/CN=KLEE", entry = "Kim Lee" }
test "cc:Mail"       { to = "CCMAIL:Kim Lee AT ect", entry = "Kim Lee" }
test "a bare name"   { to = "CCMAIL:Lee, Kim", entry = "Kim Lee" }
test "by habit"      { to = "CCMAIL:Lee, Kim at HOUSTON", entry = "Kim Lee" }
test "Notes"         { to = "[NOTES:Kim Lee/SALES/ECT@ECT]", entry = "Kim Lee" }
test "canonical"     { to = "[NOTES:CN=Kim Lee/OU=SALES/O=ECT@ECT]", entry = "Kim Lee" }
test "a namesake"    { to = "[NOTES:Kim Lee/SALES/ECT@FAR]", verdict = "pass" }
test "a host's name" { to = "kim.lee@mail1.corp.example", entry = "Kim Lee" }
test "a bounce"      { to = "IMCEANOTES-Kim+20Lee_HOU_ECT+40ECT@corp.example", entry = "Kim Lee" }
test "from outside"  { to = "IMCEAEX-_o=Corp_ou=NA_cn=Recipients_cn=klee@x.outlook.com",
                       entry = "Kim Lee" }
test "asked"         { to = "EX:/o=Corp/cn=gone", entry = "Kim Lee",
                       asks = { ldap = { ["/o=Corp/cn=gone"] = "kim.lee@corp.example" } } }
test "moved"         { to = "kl@corp.example", entry = "Kim Lee",
                       asks = { moved = { kl = "kim.lee@corp.example" } } }
test "not ours"      { to = "joe@far.example", verdict = "pass" }
