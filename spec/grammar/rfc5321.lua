--- RFC 5321's mailboxes and paths as RFC 6531 extends them, rule by rule, in
-- LPeg.  Lines that begin with `--|` are the RFC's ABNF (see rfc5322.lua).
--
--    rfc5321.mailbox(text), rfc5321.path(text): { localpart =, domain =, route = }
--      or nil; what the rules say in prose is judged by `domain` and `within`
local lpeg = require "lpeg"
local rfc5322 = require "spec.grammar.rfc5322"
local utf8_non_ascii = require "spec.grammar.rfc6532".utf8_non_ascii
local P, R, S = lpeg.P, lpeg.R, lpeg.S
local C, Cg, Cmt, Cs, Ct = lpeg.C, lpeg.Cg, lpeg.Cmt, lpeg.Cs, lpeg.Ct

local rfc5321 = {}

-- RFC 5234 B.1
--| ALPHA = %x41-5A / %x61-7A
--| DIGIT = %x30-39
--| HEXDIG = DIGIT / "A" / "B" / "C" / "D" / "E" / "F"
--| DQUOTE = %x22
local DIGIT, HEXDIG = R "09", R("09", "af", "AF")

-- 4.1.2
--| Let-dig = ALPHA / DIGIT
local let_dig = R("AZ", "az", "09")
--| Ldh-str = *( ALPHA / DIGIT / "-" ) Let-dig
local ldh_str = (P "-" ^ 0 * let_dig) ^ 1
-- RFC 6531 3.3; a U-label has a character that is not ASCII (RFC 5890 2.3.2.1), no
-- hyphen at its ends, and not two at its third (RFC 5891 4.2.3.1)
--| sub-domain = Let-dig [Ldh-str]
--| sub-domain =/ U-label
local u_text = let_dig + utf8_non_ascii
local u_label = (P "-" ^ 0 * u_text) ^ 1
local character = let_dig + P "-" + utf8_non_ascii
local sub_domain = u_label * -P "-" - P "-" - (let_dig + P "-") ^ 1 * -character
  - character * character * "--"
sub_domain = let_dig * ldh_str ^ -1 * -character + sub_domain
--| Domain = sub-domain *("." sub-domain)
local domain = sub_domain * ("." * sub_domain) ^ 0

-- 4.1.3
--| Snum = 1*3DIGIT
local snum = Cmt(DIGIT * DIGIT ^ -2, function(_, _, digits)
  return tonumber(digits) <= 255
end)
--| IPv4-address-literal = Snum 3("." Snum)
local ipv4 = snum * "." * snum * "." * snum * "." * snum
--| IPv6-hex = 1*4HEXDIG
local ipv6_hex = HEXDIG * HEXDIG ^ -3
--| IPv6-full = IPv6-hex 7(":" IPv6-hex)
local ipv6_full = ipv6_hex
for _ = 1, 7 do
  ipv6_full = ipv6_full * ":" * ipv6_hex
end
--| IPv6v4-full = IPv6-hex 5(":" IPv6-hex) ":" IPv4-address-literal
local ipv6v4_full = P(true)
for _ = 1, 6 do
  ipv6v4_full = ipv6v4_full * ipv6_hex * ":"
end
ipv6v4_full = ipv6v4_full * ipv4

--- What holds at most so many hexadecimal groups.
local function groups(most, pattern)
  return Cmt(Ct(pattern), function(_, _, found)
    return #found <= most
  end)
end
-- "No more than 6 groups in addition to the "::" may be present."
--| IPv6-comp = [IPv6-hex *5(":" IPv6-hex)] "::" [IPv6-hex *5(":" IPv6-hex)]
local six = C(ipv6_hex) * (":" * C(ipv6_hex)) ^ -5
local ipv6_comp = groups(6, six ^ -1 * "::" * six ^ -1)
-- "No more than 4 groups in addition to the "::" and IPv4-address-literal"
--| IPv6v4-comp = [IPv6-hex *3(":" IPv6-hex)] "::" [IPv6-hex *3(":" IPv6-hex) ":"]
--|               IPv4-address-literal
local four = C(ipv6_hex) * (":" * C(ipv6_hex)) ^ -3
local ipv6v4_comp = groups(4, four ^ -1 * "::" * (C(ipv6_hex) * ":") ^ -4 * ipv4)
--| IPv6-addr = IPv6-full / IPv6-comp / IPv6v4-full / IPv6v4-comp
local ipv6_addr = ipv6_full * #P "]" + ipv6v4_full * #P "]" + ipv6_comp * #P "]" + ipv6v4_comp
--| IPv6-address-literal = "IPv6:" IPv6-addr
local IPV6 = S "Ii" * S "Pp" * S "Vv" * "6:"
--| Standardized-tag = Ldh-str
--| dcontent = %d33-90 / %d94-126
--| General-address-literal = Standardized-tag ":" 1*dcontent
local general = ldh_str * ":" * R("!Z", "^~") ^ 1
-- "the address itself, in a format specified as part of the relevant standards": what
-- the tag IPv6 leads in is an IPv6-addr.
--| address-literal = "[" ( IPv4-address-literal / IPv6-address-literal /
--|                   General-address-literal ) "]"
local address_literal = "[" * (ipv4 * #P "]" + IPV6 * ipv6_addr + (general - IPV6)) * "]"

-- 4.1.2, RFC 6531 3.3
--| Atom = 1*atext
--| Dot-string = Atom *("." Atom)
local atom = rfc5322.atext ^ 1
local dot_string = C(atom * ("." * atom) ^ 0)
--| qtextSMTP = %d32-33 / %d35-91 / %d93-126
--| qtextSMTP =/ UTF8-non-ascii
local qtext_smtp = R(" !", "#[", "]~") + utf8_non_ascii
--| quoted-pairSMTP = %d92 %d32-126
local quoted_pair_smtp = P "\\" / "" * R " ~"
--| QcontentSMTP = qtextSMTP / quoted-pairSMTP
--| Quoted-string = DQUOTE *QcontentSMTP DQUOTE
local quoted_string = '"' * Cs((qtext_smtp + quoted_pair_smtp) ^ 0) * '"'
--| Local-part = Dot-string / Quoted-string
-- C's first capture is the text as it is written, quotes and all.
local local_part = C(dot_string + quoted_string) / function(written, value)
  return { written = written, value = value }
end
--| Mailbox = Local-part "@" ( Domain / address-literal )
local mailbox = local_part * "@" * Cg(domain + address_literal, "domain")
--| At-domain = "@" Domain
--| A-d-l = At-domain *( "," At-domain )
local a_d_l = Cg("@" * domain * (",@" * domain) ^ 0, "route")
--| Path = "<" [ A-d-l ":" ] Mailbox ">"
local path = "<" * (a_d_l * ":") ^ -1 * mailbox * ">"

local function mailbox_of(found)
  return { localpart = found[1].value, written = found[1].written, domain = found.domain,
    route = found.route }
end

local function whole(pattern)
  pattern = pattern * -1
  return function(text)
    return pattern:match(text)
  end
end

rfc5321.mailbox = whole(Ct(mailbox) / mailbox_of)
rfc5321.path = whole(Ct(path) / mailbox_of)
rfc5321.domain = whole(domain)
rfc5321.address_literal = whole(address_literal)
rfc5321.dot_string = whole(dot_string)

--- The shortest way to write a local part: "the form that uses the minimum
-- quoting possible" (4.1.2).
function rfc5321.quote(localpart)
  return rfc5321.dot_string(localpart) and localpart
    or '"' .. localpart:gsub('["\\]', "\\%0") .. '"'
end

--- Whether a local part and a domain as they are written keep to the sizes of
-- 4.5.3.1.1 to 4.5.3.1.3 (64, 255 and 256 octets, the last for a path, which
-- has angle brackets) and to RFC 1035 2.3.4 (63 octets a label, which for a
-- U-label are those of its A-label: RFC 5890 2.3.2.1).
function rfc5321.within(localpart, domain_text)
  if #localpart > 64 or #domain_text > 255 or #localpart + 1 + #domain_text + 2 > 256 then
    return false
  end
  if domain_text:sub(1, 1) == "[" then
    return true
  end
  return rfc5321.has_short_labels(domain_text)
end

--- Whether the labels of a domain, or of a list of hops, have no more octets than
-- the DNS takes.
function rfc5321.has_short_labels(domains)
  for label in domains:gmatch "[^.,@]+" do
    if #label > 63 and not label:find "[\128-\255]" then
      return false
    end
  end
  return true
end

return rfc5321
