--- What divides texts, and what they begin with: repeated, it is what a reader might look for the end
-- of anew at each.
local delimiters = {}

--- What each type of address is divided by.
delimiters.of = {
  SMTP = { "@", ".", "\"", "\\", "a.", "[", ":", "[IPv6:" },
  CCMAIL = { " at ", "at ", "\tat\t", "," },
  EX = { "/", "/o=", "/cn=", "=" }, MS = { "/", "a/" }, PCM = { "\\", "a\\", "/" },
  MSMAIL = { "@", " @ " }, GWISE = { ".", "a." }, GROUPWISE = { ".", "a." },
  NOTES = { "@", "/", "CN=", "CN=/", "<", ">", "(", ")", "\"", "a@b.", ";", "<(", "\"<(\\" },
  X400 = { ";", ";;", "/", "//", "=", "==", "$", "$/", "OU=;", "dda:=;", "DD.", "dda.type=;",
    "dda=", "PN=.", ".", "a.", "|", "(a)" },
  FAX = { "|", " | ", "@", "1@", "/", "/T33S=", "FAX=", "-", "\\x0D" },
  UUCP = { "!", "a!", "a.b!", "\"", "!\"\\" }, TELEX = { "a", "]", "\\" },
  PROFS = { "(", "/", "a(", ")" }, MHS = { " ", "a ", " (", "(a)", " {", "@" },
  SIP = { "@", ":", "[", ";", "1" }, EUM = { ";", "phone-context=", ";phone-context=" },
  SPO = { "@", "SPO_" },
}

--- What an address of each type may begin with before it is divided.
delimiters.beginnings = {
  SMTP = { "", "a@[" }, CCMAIL = { "", "a at " }, EX = { "", "/o=" }, MS = { "a/b/" },
  PCM = { "a\\b\\" }, MSMAIL = { "a@" }, NOTES = { "\"<(", "a@b.c@" },
  GWISE = { "a.b." }, GROUPWISE = { "a.b." },
  X400 = { "/", "s=", "/PN=", "c=us;dda:RFC-822=", "c=us;dda:" },
  FAX = { "1@", "FAX=+1/", "FAX=+1/T33S=", "a|" }, UUCP = { "a!", "a!\"" }, TELEX = { "a" },
  PROFS = { "", "a/" }, MHS = { "a@b", "a@b (a)" }, SIP = { "", "a@", "a@[", "a@b:" },
  EUM = { "5;" }, SPO = { "", "a@" },
}

for _, map in ipairs { delimiters.of, delimiters.beginnings } do
  map.X500, map.MSA, map.SNADS = map.EX, map.MSMAIL, map.PROFS
end

--- What opens, divides or says nothing in a list of addresses.
delimiters.entries = {
  ":,", "(,", '",', "<a@x,", "<ex:,", "<ex:\",", "<ex:(,", "<a:,", "</o=,", "<@a,", "a@[,", "a:",
  "a,", "a;", "a:;", "a:b;", "a:(,", ",", " ,", ";", "(;", "\";", "[", "<", ">", "((", "a b ", "a ",
  "a.", "..", "\\,", "@a,", "a@b ", "a@b<", "a@b:", "a [b],", "=?a?q?", "=?a?q? ", "=?a?q?b?=",
  "=?a?q?b?= ", "=?utf-8?b?= ", '"\r\n \r\n ', "\r\n ", "a\n ", "mailto:", "<mailto:,", "\195\188",
  "\195", "\0",
}

return delimiters
