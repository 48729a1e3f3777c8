--- Suites that ask whether a text is an address.
local postoffice = require "postoffice"
local words = require "spec.corpora.words"

--- Whether a header's list has addresses alone.
local function is_list(text, profile)
  return words.all_said(text, profile)
end

local RANKS = { ok = 1, ["5321"] = 2, cfws = 3, deprecated = 4, ["5322"] = 5, error = 6 }
local WORST = { header = RANKS.cfws, obsolete = RANKS.deprecated }

--- Whether a mailbox may stand in a header, by its grade.
local function is_valid(text, profile)
  local grade = postoffice.diagnose(text, { type = "SMTP", notation = "header" })
  return RANKS[grade] <= WORST[profile]
end

local function is_smtp(text, notation)
  return (postoffice.validate(text, { type = "SMTP", notation = notation or "native",
    profile = "smtp" }))
end

-- ---- email-addresses (JS) ----------------------------------------------------

local function js_item(item)
  if item.type == "mailbox" then
    return { item.name or "", item["local"] .. "@" .. item.domain }
  end
  local members = {}
  for i, member in ipairs(item.addresses) do
    members[i] = js_item(member)
  end
  return { group = item.name, members }
end

local function js_result(result)
  if result == nil then
    return false
  end
  local items = {}
  for i, item in ipairs(result.type and { result } or result.addresses or result) do
    items[i] = js_item(item)
  end
  return items
end

--- Not what asks for less than RFC 5322, or for ASCII alone.
local function is_asked(row, options)
  local ascii = row.fn == "default" and not options.rfc6532
  return not (options.rejectTLD or options.partial or ascii and row.input:find "[\128-\255]")
end

local function js_profile(options)
  return { options.strict and "header" or "obsolete",
    semicolons = options.addressListSeparator == ";" or nil,
    comma_names = options.commaInDisplayName or nil,
    address_names = options.atInDisplayName or nil }
end

local function email_addresses_js(row, text)
  local options = row.options or {}
  if not is_asked(row, options) then
    return
  end
  local got = words.all_said(text, js_profile(options))
  local one = row.fn == "parseOneAddress" or row.fn == "parseSender"
  return js_result(row.expected.result), got and not (one and #got > 1) and got
end

-- ---- JMail -------------------------------------------------------------------

--- The parts of an address whose CFWS and quotes stand in the row.
local function jmail(row, text)
  if not row.expected.valid then
    return false, is_valid(text, "obsolete")
  end
  local address = words.read_one(text, "obsolete")
  local due = words.unquoted(row.expected["local"] .. "@" .. row.expected.domain)
  return due, address and is_valid(text, "obsolete") and words.plain(address)
end

-- ---- LPeg's patterns ---------------------------------------------------------

local function lpeg_patterns(row, text)
  local captures = row.expected.captures
  local address
  if row.fn == "email nocfws variants" then
    address = postoffice.parse(text, { type = "SMTP", notation = "native", profile = "smtp" })
  else
    address = words.read_one(text, "obsolete")
  end
  if not captures then
    return false, address ~= nil
  end
  local function field(index)
    return captures[index] or captures[tostring(index)]
  end
  local route = captures.route and "@" .. table.concat(captures.route, ",@")
  return { field(1), field(2), words.trim(captures.display or ""):gsub('"', ""), route },
    address and { words.folded(address.localpart), words.folded(address.domain):gsub("[%[%]]", ""),
      address.display_name or "", address.route and address.route:gsub(",+", ",") }
end

-- ---- mox and maddy -----------------------------------------------------------

local function smtp(text)
  return postoffice.parse(text, { type = "SMTP", notation = "native", profile = "smtp" })
end

local function written(localpart)
  return postoffice.format({ type = "SMTP", localpart = localpart, domain = "d" }, "native")
end

local function as_localpart(text)
  return smtp(text .. "@d")
end

--- A row of maddy's: what goes in, what comes out, whether it is an error.
local function maddy(call)
  return function(row)
    local args = row.expected.args
    return not args[3] and args[2], call(args[1]) or false
  end
end

local mox_maddy = words.by_function {
  TestParseLocalpart = words.validity(as_localpart),
  TestParseAddress = words.validity(smtp),
  TestPackLocalpart = function(row, text)
    return row.expected.format .. "@d", written(text)
  end,
  TestSplit = function(row, text)
    local args = row.expected.args
    local address = smtp(text)
    return not args[4] and { args[2], args[3] },
      address and { address.localpart, address.domain }
  end,
  TestUnquoteMbox = maddy(function(text)
    local address = as_localpart(text)
    return address and address.localpart
  end),
  TestQuoteMbox = function(row)
    return row.expected.args[2] .. "@d", written(row.expected.args[1])
  end,
  TestEqual = function(row)
    local args = row.expected.args
    return args[3], postoffice.equal("SMTP:" .. args[1], "SMTP:" .. args[2]) or false
  end,
  TestForLookup = function(row)
    local args = row.expected.args
    return not args[3], postoffice.equal("SMTP:" .. args[1], "SMTP:" .. args[2]) or false
  end,
  TestCleanDomain = maddy(function(text)
    return postoffice.normalize(text, { type = "SMTP", idn = "unicode" })
  end),
  TestToASCII = maddy(function(text)
    return postoffice.normalize(text, { type = "SMTP", idn = "ascii" })
  end),
  TestToUnicode = maddy(function(text)
    return postoffice.normalize(text, { type = "SMTP", idn = "unicode" })
  end),
  TestValidDomain = words.validity(function(text)
    return is_smtp("a@" .. text)
  end),
}

-- ---- Web forms ---------------------------------------------------------------

local function hapi_address(row, text)
  local options = row.options or {}
  if options.allowUnicode == false or options.ignoreLength then
    return
  end
  return row.expected.valid, is_smtp(text)
end

-- Options that are a form's own wishes.
local NOT_OURS = { "domain_specific_validation", "blacklisted_chars", "host_blacklist",
  "host_whitelist", "allow_ip_domain", "ignore_max_length", "allow_utf8_local_part",
  "allow_underscores" }

local function is_email(row, text)
  local options = row.options[1] or {}
  for _, name in ipairs(NOT_OURS) do
    if options[name] ~= nil then
      return
    end
  end
  if options.require_display_name then
    local address = is_valid(text, "header") and words.read_one(text, "header")
    return row.expected.valid, address and address.display_name ~= nil
  elseif options.allow_display_name then
    return row.expected.valid, is_valid(text, "header")
  end
  return row.expected.valid, is_smtp(text)
end

local function is_fqdn(row, text)
  if next(row.options[1] or {}) then
    return
  end
  return row.expected.valid, is_smtp("a@" .. text)
end

--- The address of a URI, whatever its query asks for.
local function is_mailto(row, text)
  local addr = text:match "^mailto:([^?]+)"
  if addr and row.expected.valid then
    return { "", addr }, words.one_said(text, "lenient")
  end
end

--- What is not a provider's own rule: the case of a domain.
local function normalize_email(row, text)
  local options = row.options[1] or {}
  if options.all_lowercase == false and not options.gmail_lowercase
    and text:find "^%S+@[fxFXm]%S+%.%a+$" and not text:find "@[mM][eE]%." then
    return row.expected.normalized, postoffice.normalize(text, { type = "SMTP" })
  end
end

local flanker_listed = { ["mailbox_valid.txt"] = true, ["mailbox_invalid.txt"] = false }

local function without_case(text)
  local localpart, domain = text:match "^(.*)(@[^@]*)$"
  return localpart and localpart .. domain:lower() or text
end

-- Flanker is strict, but for dots in names.
local FLANKER = { "header", dotted_names = true }

--- A mailbox as flanker reads it; what it writes has to mean the same to us.
local function flanker(row, text)
  local expected = row.expected
  if expected.listed_in then
    return flanker_listed[expected.listed_in], is_valid(text, "obsolete")
  elseif expected.valid ~= nil then
    return expected.valid, is_valid(text, "header")
  end
  local got = words.one_said(text, FLANKER)
  if expected.addr == nil then
    return false, got
  end
  local due = { expected.name or "", without_case(words.unquoted(expected.addr)) }
  if got and expected.full_spec then
    due[3], got[3] = due[1], words.one_said(expected.full_spec, FLANKER)[1]
  end
  return due, got and { got[1], without_case(got[2]), got[3] }
end

-- Reasons that several suites are disagreed with for.
local EMPTY = "a Quoted-string may be empty (RFC 5321 4.1.2)"
local TAG = "a General-address-literal may have any tag; that it has to be registered, no"
  .. " grammar tells (RFC 5321 4.1.3)"
local PAIR = "a backslash quotes in quotes alone: it is no atext (RFC 5322 3.2.3)"
local ATEXT = "atext is all that is not ASCII (RFC 6531 3.3, RFC 6532 3.2); what looks odd is noted"
local EMOJI = "symbols are DISALLOWED in a U-label (RFC 5892 2.6, IDNA 2008)"
local NUMERIC = "a top-level domain of digits alone is noted (RFC 3696 2)"
local SINGLE = "one label is a Domain (RFC 5321 4.1.2), noted as known to its site alone"
local QUOTED = "a form takes no quoted local part; RFC 5321 4.1.2 has it"
local LITERAL = "a form takes no address literal; RFC 5321 4.1.3 has it"
local TRIMMED = "white space around an address is left out before it is judged"
local REGISTRY = "a form's own list of top-level domains, or its idea of their shape"

return {
  { name = "emile", judge = words.validity(words.is_valid_list, "obsolete"),
    { EMPTY, rows = "237" }, { TAG, rows = "243" },
    { "a header field may end with its own line end", rows = "223" },
  },
  { name = "commons_validator", judge = function(row, text)
    if row.fn == "rfc822_perl" then
      return row.expected.valid, is_list(text, "obsolete") and true
    end
    return row.expected.valid, is_smtp(text)
  end,
    { ATEXT, rows = "65" }, { REGISTRY, rows = "73 75 153-154" },
    { "that there are no local domains here, an option says", rows = "78-79" },
    { PAIR, rows = "137-138 140" }, { TRIMMED, rows = "170-171" },
  },
  { name = "egulias", judge = function(row, text)
    if row.fn ~= "MessageIDValidationTest" then
      return row.expected.valid, is_valid(text, "obsolete")
    end
  end,
    { PAIR, rows = "6" }, { ATEXT, rows = "57" },
    { "64 octets are a local part's most (RFC 5321 4.5.3.1.1); egulias warns", rows = "23 30" },
    { "a tab in quotes is RFC 5322's (3.2.4) and none of SMTP's: grade 5322", rows = "27" },
    { "CR and LF are none of obs-NO-WS-CTL (RFC 5322 4.1)", rows = "28 167" },
    { "a local part of several words is obs-local-part (RFC 5322 4.4)", rows = "46-47" },
    { "white space in a domain is obs-domain (RFC 5322 4.4)", rows = "91-92 115" },
    { "a quoted pair in a literal is obs-dtext (RFC 5322 4.4)", rows = "112" },
    { "a literal that RFC 5321 4.1.3 has not is of the grade 5322; egulias warns",
      rows = "165-166 168-172" },
    { "U+0192 is PVALID (RFC 5892)", rows = "173" },
  },
  { name = "email_addresses_js", judge = email_addresses_js,
    { "white space before a local part is none of it (RFC 5322 3.2.3)", rows = "7" },
    { "blanks in quotes stay as many as they are (RFC 5322 3.2.4)", rows = "30-31 39" },
  },
  { name = "jmail", judge = jmail,
    { NUMERIC, rows = "18" }, { TAG, rows = "63" }, { PAIR, rows = "271-278" },
    { "a quoted pair in a literal is obs-dtext (RFC 5322 4.4)", rows = "123" },
    { ATEXT, rows = "127 147-157 296-323" }, { EMOJI, rows = "284-285" },
    { "xn--example is no A-label (RFC 5890 2.3.2.1)", rows = "198" },
    { "a backslash before what is not ASCII is RFC 6532's (3.2) and none of SMTP's: grade 5322",
      rows = "353" },
    { "a phrase begins with a word (RFC 5322 4.1)", rows = "282" },
  },
  { name = "lpeg_patterns", judge = lpeg_patterns,
    { "an IPv6 literal has its tag (RFC 5321 4.1.3)", rows = "77" },
  },
  { name = "mox_maddy", judge = mox_maddy,
    { "a control character is none of qtextSMTP (RFC 5321 4.1.2)", rows = "27" },
    { "Postmaster alone stands in RCPT's brackets (RFC 5321 4.1.1.3)", rows = "37 60 68 81 85" },
    { "the case of a local part is its host's (RFC 5321 2.4); beyond ASCII none is folded",
      rows = "55 72" },
    { "what is no A-label is kept as it is and has itself for its key", rows = "58 66 84" },
    { "a local part is the same in both forms of its domain", rows = "80" },
    { "a Domain does not end in a dot (RFC 5321 4.1.2)", rows = "89" },
  },
  { name = "hapi_address", judge = hapi_address,
    { SINGLE, rows = "12 24 231-232" }, { REGISTRY, rows = "13 235" },
    { NUMERIC, rows = "46-47" }, { EMOJI, rows = "52" },
    { QUOTED, rows = "69-70 72-73 75 82 88 166" },
    { LITERAL, rows = "89 96 99-100 103 105 107 109" }, { TRIMMED, rows = "205-206" },
  },
  { name = "validatorjs", judge = words.by_function { isEmail = is_email, isFQDN = is_fqdn,
    isMailtoURI = is_mailto, normalizeEmail = normalize_email },
    { REGISTRY, rows = "26" }, { SINGLE, rows = "217" }, { ATEXT, rows = "54 134" },
    { "a comma divides a list (RFC 5322 3.4)", rows = "107" },
    { "white space may stand around an addr-spec and in quotes (RFC 5322 3.2.2, 3.2.4)",
      rows = "131 140-141 175" },
    { "words may follow each other without a blank (RFC 5322 3.2.5)", rows = "138" },
    { NUMERIC, rows = "218 238-240" },
    { "without brackets a comma or a blank ends a URI (RFC 3986 2)",
      rows = "270 272-274 277-280" },
  },
  { name = "flanker", judge = flanker,
    { "RFC 5322 has no lengths; validate has them", rows = "217" },
    { "a label of SMTP has letters, digits and hyphens (RFC 5321 4.1.2)", rows = "333 344" },
    { EMPTY, rows = "573" },
  },
}
