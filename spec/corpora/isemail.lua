--- isEmail's cases: the category and the diagnosis of each, DNS aside; and those of its
-- port to JavaScript, which knows RFC 6531.
local postoffice = require "postoffice"

-- The categories are the grades, from the best.
local GRADES = { VALID_CATEGORY = "ok", DNSWARN = "ok", RFC5321 = "5321", CFWS = "cfws",
  DEPREC = "deprecated", RFC5322 = "5322", ERR = "error" }
local JS_GRADES = { valid = "ok", rfc5321 = "5321", cfws = "cfws", deprecated = "deprecated",
  rfc5322 = "5322", err = "error" }

-- What isEmail finds, and the codes of ours that say so.
local DIAGNOSES = {
  RFC5321_TLD = "domain-single-label",
  RFC5321_TLDNUMERIC = "domain-numeric",
  RFC5321_QUOTEDSTRING = "localpart-quoted",
  RFC5321_ADDRESSLITERAL = "domain-literal",
  RFC5321_IPV6DEPRECATED = "literal-ipv6-group",
  CFWS_COMMENT = "comment",
  CFWS_FWS = "fold white-space",
  DEPREC_LOCALPART = "obsolete-localpart",
  DEPREC_FWS = "obsolete-fold obsolete-localpart obsolete-domain",
  DEPREC_QTEXT = "obsolete-control",
  DEPREC_QP = "obsolete-control",
  DEPREC_CTEXT = "obsolete-control",
  DEPREC_COMMENT = "obsolete-localpart obsolete-domain",
  DEPREC_CFWS_NEAR_AT = "cfws-near-at",
  RFC5322_DOMAIN = "domain-label-character",
  RFC5322_TOOLONG = "mailbox-length",
  RFC5322_LOCAL_TOOLONG = "localpart-length",
  RFC5322_DOMAIN_TOOLONG = "domain-length",
  RFC5322_LABEL_TOOLONG = "domain-label-length",
  RFC5322_DOMAINLITERAL = "literal-invalid literal-ipv4 literal-ipv6",
  RFC5322_DOMLIT_OBSDTEXT = "obsolete-control literal-invalid",
  RFC5322_IPV6_GRPCOUNT = "literal-ipv6",
  RFC5322_IPV6_2X2XCOLON = "literal-ipv6",
  RFC5322_IPV6_BADCHAR = "literal-ipv6",
  RFC5322_IPV6_MAXGRPS = "literal-ipv6",
  RFC5322_IPV6_COLONSTRT = "literal-ipv6",
  RFC5322_IPV6_COLONEND = "literal-ipv6",
  ERR_EXPECTING_DTEXT = "domain-character",
  ERR_NOLOCALPART = "localpart-empty",
  ERR_NODOMAIN = "domain-missing address-empty",
  ERR_CONSECUTIVEDOTS = "localpart-dot domain-label-empty",
  ERR_ATEXT_AFTER_CFWS = "localpart-character mailbox-character",
  ERR_ATEXT_AFTER_QS = "localpart-character quote-unclosed",
  ERR_ATEXT_AFTER_DOMLIT = "mailbox-text-after",
  ERR_EXPECTING_QPAIR = "utf8-invalid",
  ERR_EXPECTING_ATEXT = "localpart-character domain-character control-character"
    .. " quote-unclosed mailbox-character mailbox-several mailbox-bracket mailbox-text-after",
  ERR_EXPECTING_QTEXT = "control-character",
  ERR_EXPECTING_CTEXT = "control-character",
  ERR_BACKSLASHEND = "comment-unclosed literal-unclosed",
  ERR_DOT_START = "localpart-dot domain-label-empty",
  ERR_DOT_END = "localpart-dot domain-label-empty",
  ERR_DOMAINHYPHENSTART = "domain-label-hyphen",
  ERR_DOMAINHYPHENEND = "domain-label-hyphen",
  ERR_UNCLOSEDQUOTEDSTR = "quote-unclosed",
  ERR_UNCLOSEDCOMMENT = "comment-unclosed",
  ERR_UNCLOSEDDOMLIT = "literal-unclosed",
  ERR_FWS_CRLF_X2 = "control-character",
  ERR_FWS_CRLF_END = "control-character",
  ERR_CR_NO_LF = "control-character",
}

local HEADER = { type = "SMTP", notation = "header" }

--- The grade of a text and its codes, in one string with a blank around each.
local function diagnosed(text)
  local grade, findings = postoffice.diagnose(text, HEADER)
  local codes = { "" }
  for _, finding in ipairs(findings) do
    codes[#codes + 1] = finding.code
  end
  codes[#codes + 1] = ""
  return grade, table.concat(codes, " ")
end

--- The codes, if none of them is what was to be found; else its name.
local function said(diagnosis, codes)
  for code in (DIAGNOSES[diagnosis] or ""):gmatch "%S+" do
    if codes:find(" " .. code .. " ", 1, true) then
      return diagnosis
    end
  end
  return codes == " " and not DIAGNOSES[diagnosis] and diagnosis or codes
end

local function isemail(row, text)
  local diagnosis = row.expected.diagnosis:gsub("^ISEMAIL_", "")
  local grade, codes = diagnosed(text)
  local category = row.expected.category:gsub("^ISEMAIL_", "")
  return { GRADES[category], diagnosis },
    { grade, said(diagnosis, codes) }
end

local function isemail_js(row, text)
  return JS_GRADES[row.expected.class], (diagnosed(text))
end

local HYPHEN = "a dot-atom may begin and end with a hyphen (RFC 5322 3.4.1); SMTP's sub-domain"
  .. " may not (RFC 5321 4.1.2), so it is of the grade 5322"
local LENGTH = "lengths are those on the wire, in the form with the least quoting (RFC 5321"
  .. " 4.1.2, 4.5.3.1.1): 64 octets, for \\h is h"
local GAP = 'a "::" of one group: isEmail has it as RFC5321 in its six other cases, and RFC 4291'
  .. " 2.2 allows it"
local BLANK_LINE = "no line of a field may be white space alone (RFC 5322 3.2.2), so it is obs-FWS"
local VCHAR = "VCHAR is all that is not ASCII too (RFC 6532 3.2)"
local DNS = "that the domain of one label can be found, the DNS would tell"

return {
  { name = "isemail", judge = isemail,
    { DNS, rows = "5" }, { HYPHEN, rows = "30-31 102 214-215 369-370 377" },
    { LENGTH, rows = "60" }, { GAP, rows = "71" }, { BLANK_LINE, rows = "147 152" },
    { VCHAR, rows = "159" },
    { "a tag has to be registered, which no grammar tells (RFC 5321 4.1.3)", rows = "202" },
    { "a quoted pair is obs-dtext (RFC 5322 4.4), and what it says is a literal of SMTP",
      rows = "313" },
    { "xn--example is no A-label (RFC 5890 2.3.2.1): no matter of the DNS", rows = "443" },
    { "CFWS beside a dot of a domain is obs-domain (RFC 5322 4.4)", rows = "349" },
  },
  { name = "isemail_js", judge = isemail_js,
    { DNS, rows = "6 199" }, { HYPHEN, rows = "37-38 119" }, { LENGTH, rows = "69" },
    { GAP, rows = "80" }, { BLANK_LINE, rows = "173 179" },
    { VCHAR, rows = "129 138 147 150 189" },
    { "symbols are DISALLOWED in a U-label (RFC 5892 2.6)", rows = "33 205" },
    { "a lone surrogate is no UTF-8 (RFC 3629 3)", rows = "203" },
  },
}
