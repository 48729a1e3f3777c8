--- Suites of mail clients and servers, which forgive much: read leniently.
local postoffice = require "postoffice"
local vectors = require "spec.vectors"
local words = require "spec.corpora.words"

local PROFILE = "lenient"

--- The items of a list; errors go unmentioned, as most clients have it.
local function items_of(text, name_of)
  return words.said((words.read(text, PROFILE)), name_of)
end

--- Reads a phrase, a word or a comment where one may stand.
local function phrase(text)
  local address = words.read_one(text .. " <a@b>", PROFILE)
  return address and address.display_name
end

local function localpart(text)
  local address = words.read_one(text .. "@d", PROFILE)
  return address and address.localpart
end

-- ---- Gluon -------------------------------------------------------------------

local GLUON = { name = "name", addr = "addr" }

local function gluon_list(row, text)
  local due = row.expected.valid and words.listed(row.expected.addrs, GLUON)
  local list, errors = words.read(text, PROFILE)
  return due, #errors == 0 and words.flat(words.said(list))
end

local function gluon_value(read)
  return function(row, text)
    return row.expected.value, read(text) or false
  end
end

local function is_around_address(_, text)
  return true, words.read_one(text .. "a@b" .. text, PROFILE) ~= nil
end

local function bare(text)
  local address = words.read_one(text, PROFILE)
  return address and words.plain(address)
end

local gluon = words.by_function {
  TestParseAddress = gluon_list, TestParseAddressList = gluon_list, TestParseGroup = gluon_list,
  TestParseSingleAddressEncodedWord = gluon_list, TestParseAddressInvalid = gluon_list,
  TestParserAddressEmailValidation = function(row, text)
    return row.expected.raw, (postoffice.validate(text, { type = "SMTP" }))
  end,
  TestParseAddrSpec = gluon_value(bare), TestParseAngleAddr = gluon_value(bare),
  TestParseDotAtom = gluon_value(localpart), TestParseAtom = gluon_value(localpart),
  TestQuotedString = gluon_value(localpart), TestParseWord = gluon_value(localpart),
  TestParseFWS = is_around_address, TestParserComment = is_around_address,
  TestParserCFWS = is_around_address,
  TestParsePhrase = function(row, text)
    local got = phrase(text)
    return table.concat(row.expected.value), got and (got:gsub(" ", "")) or false
  end,
}

-- ---- GMime -------------------------------------------------------------------

--- What GMime writes of a list has to mean the same.
local function gmime_addr(row, text)
  return items_of(row.expected.encoded), items_of(text, words.by_comment)
end

--- A text of encoded words, read as a phrase.
local function decoded(row, text)
  if row.expected.decoded then
    local got = phrase(text)
    return words.folded(row.expected.decoded), got and words.folded(got)
  end
end

-- ---- JSMime ------------------------------------------------------------------

--- JSMime's names keep their comments in parentheses, but for one that is the name.
local function jsmime_name(name)
  local rest = name:gsub("^%b()%s*", ""):gsub("%s+%b()", "")
  return rest ~= "" and rest or name:gsub("^%(", ""):gsub("%)$", "")
end

local function jsmime_items(row, text)
  local items = words.listed(row.expected.addrs, { name = "name", addr = "email" })
  return text:find("(", 1, true) and words.each_mailbox(items, function(mailbox)
    mailbox[1] = jsmime_name(mailbox[1])
  end) or items
end

local function jsmime_read(row, text)
  local name_of = row.decode2047 and words.by_comment or function(address)
    return address.display_raw and words.trim(address.display_raw):gsub('^"(.*)"$', "%1")
      or address.display_name or address.comment or ""
  end
  return jsmime_items(row, text), items_of(text, name_of)
end

local function jsmime_addresses(rows)
  local list = {}
  for i, row in ipairs(rows) do
    if row.group then
      list[i] = { group = row.name, members = jsmime_addresses(row.group) }
    else
      local address = words.read_one(row.email, PROFILE)
      if not address then
        return nil
      end
      address.display_name = row.name ~= "" and row.name or nil
      list[i] = address
    end
  end
  return list
end

local function jsmime_write(row)
  local list = jsmime_addresses(row.addrs)
  if list then
    return words.written(words.unfolded(row.expected.format), list, PROFILE)
  end
end

-- ---- Cyrus -------------------------------------------------------------------

--- Groups begin with a name and end with nothing, each in a row of its own.
local function cyrus_items(rows)
  local items, into = {}, nil
  for _, row in ipairs(rows) do
    if row.domain then
      local all = into or items
      all[#all + 1] = { row.name or "", row.mailbox .. "@" .. row.domain }
    elseif row.mailbox then
      into = {}
      items[#items + 1] = { group = row.mailbox, into }
    else
      into = nil
    end
  end
  return items
end

local function cyrus_parseaddr(row, text)
  local expected = row.expected
  if expected.addrs then
    return cyrus_items(expected.addrs), items_of(text, words.by_comment)
  end
  local address = words.read_one(text, PROFILE)
  if expected.canonical then
    return expected.canonical, address and words.plain(address):gsub("@.*", string.lower)
  end
  return { expected.localpart, expected.domain }, address
    and { address.localpart, address.domain or "unspecified-domain" }
end

-- ---- Haraka ------------------------------------------------------------------

--- What stands in MAIL and RCPT, valid for SMTP.
local function path(text)
  local options = { type = "SMTP", profile = "smtp",
    notation = text:find "^<" and "path" or "native" }
  return postoffice.validate(text, options) and postoffice.parse(text, options)
end

local function haraka_path(row, text)
  local expected, address = row.expected, path(text)
  if not expected.valid then
    return false, address
  end
  local ascii = address and address.domain and postoffice.normalize("a@" .. address.domain,
    { type = "SMTP", idn = "ascii" })
  return { expected.user:gsub('"', ""), expected.host },
    address and { address.localpart, ascii and ascii:sub(3) or "" }
end

--- The first of a list; a group is written without its end.
local function haraka_first(row, text)
  local first = words.read(text, PROFILE)[1]
  local format = row.expected.format
  if not first then
    return format, false
  end
  return words.written(first.group and format .. ";" or format, { first }, PROFILE)
end

local haraka = words.by_function {
  ["rfc2822 parse()[0]"] = haraka_first, ["rfc2821 Address"] = haraka_path,
}

-- ---- nodemailer, Postfix, rspamd, Stalwart -----------------------------------

local function nodemailer(row, text)
  if type(row.expected.result) == "string" then
    return true, words.read(text, PROFILE) ~= nil -- too large to say what it is
  end
  local got = items_of(text, words.by_comment)
  if row.opts and row.opts.flatten then
    got = words.flat(got)
  end
  return words.listed(row.expected.result, { name = "name", addr = "address" }), got
end

local function postfix_tok822(row, text)
  return words.written(row.expected.externalized, (words.read(text, PROFILE)), PROFILE)
end

--- Only what a row names is compared.
local function some_of(due, got)
  local part = {}
  for key in pairs(due) do
    part[key] = got[key]
  end
  return part
end

local function rspamd_fields(address)
  return { name = address.display_name, addr = words.plain(address), user = address.localpart,
    domain = address.domain, valid = true }
end

local rspamd_addr = words.by_function {
  smtp = function(row, text)
    local expected, address = row.expected, path(text)
    if expected.valid and expected.addr == "" then
      return "", address and address.localpart
    end
    return expected, address and some_of(expected, rspamd_fields(address)) or { valid = false }
  end,
  mime = function(row, text)
    local list = words.read(text, PROFILE)
    if row.expected.count then
      return row.expected.count, #list
    end
    local got, due = {}, {}
    for _, address in ipairs(row.expected.addrs) do
      due[#due + 1] = address.addr ~= "" and address or nil
    end
    for _, item in ipairs(list) do
      for _, address in ipairs(item.group and item.members or { item }) do
        got[#got + 1] = some_of(due[#got + 1] or {}, rspamd_fields(address))
      end
    end
    return due, got
  end,
}

--- Stalwart's names have their comments in them, in parentheses.
local function stalwart_name(name)
  return name:match "^(.-)%s+%(.*%)$" or name
end

--- It takes a URI and a route for an address; a URI of mail is one (RFC 6068 2).
local function stalwart_address(text)
  local rest = text:gsub("^@[^:]*:", ""):gsub("^mailto:([^?]*).*", "%1")
  return not rest:find "://" and words.unquoted(rest)
end

local function stalwart_items(rows)
  local items = {}
  for _, row in ipairs(rows) do
    local address = stalwart_address(row.address or "")
    items[#items + 1] = address and address ~= "" and { stalwart_name(row.name or ""), address }
      or nil
  end
  return items
end

local function stalwart_list(expected)
  if expected.List then
    return stalwart_items(expected.List)
  end
  local items = {}
  for _, group in ipairs(expected.Group) do
    local members = stalwart_items(group.addresses)
    for _, member in ipairs(group.name and {} or members) do
      items[#items + 1] = member
    end
    items[#items + 1] = group.name and { group = stalwart_name(group.name), members } or nil
  end
  return items
end

--- The input goes on behind the header field.
local function stalwart_mailparser(row, text)
  text = words.trim(text:gsub("\n[^ \t].*", ""))
  return stalwart_list(row.expected), items_of(text, words.by_comment)
end

-- ---- mail (Ruby) -------------------------------------------------------------

--- What a row is about stands in its name alone.
local RUBY = {
  ["back the display name"] = "display_name", ["display name passed in"] = "display_name",
  ["decode the display name"] = "display_name", ["chars > display name"] = "display_name",
  ["back the local part"] = "localpart", ["address without a domain"] = "localpart",
  ["OK local parts"] = "localpart", ["chars > local"] = "localpart",
  ["back the domain"] = "domain", ["OK domains"] = "domain", ["chars > domain"] = "domain",
}

local function ruby_field(note)
  for part, field in pairs(RUBY) do
    if note:find(part, 1, true) then
      return field
    end
  end
end

local function ruby_eq(row, text)
  local field = ruby_field(row.note)
  if not field or text:find "^#<struct" then
    return
  end
  local address = words.read_one(text, PROFILE)
  return row.expected.value:gsub('^"(.*)"$', "%1"), address and address[field] or false
end

--- Ruby keeps the comments of a local part, routes and the blanks of a domain.
local function ruby_break_down(row, text)
  local expected, address = row.expected, words.read_one(text, PROFILE)
  local comments = table.concat(expected.comments or {}, " "):gsub("\\(.)", "%1")
  local due = { expected.display_name or words.folded(comments),
    expected["local"]:gsub("%b()", ""):gsub("^@.*:", ""),
    expected.domain and (expected.domain:gsub("[ \t]", "")) }
  return due, address and { words.folded(words.by_comment(address)), address.localpart,
    address.domain }
end

local ruby_mail = words.by_function {
  eq = ruby_eq, break_down_to = ruby_break_down,
  raise = function(row, text)
    if not text:find "^#<struct" then
      return row.expected.valid, words.read_one(text, PROFILE) ~= nil
    end
  end,
}

-- ---- Outlook (Q184957, Q156703) ----------------------------------------------

local function outlook()
  local rows = {}
  for i, row in ipairs(vectors.rows "outlook.mailbox") do
    rows[i] = { id = "outlook-" .. i, input = row.input, expected = row.expected }
  end
  return rows
end

-- Reasons that several suites are disagreed with for.
local QUOTED_WORD = "in quotes there are no encoded words (RFC 2047 5 (3))"
local TOUCHING = "an encoded word has white space around it (RFC 2047 5)"
local ADDR_SPEC = "nothing is decoded in an addr-spec (RFC 2047 5)"
local SPECIALS = "in a phrase encoded-text has letters, digits and !*+-/=_ (RFC 2047 5 (3))"
local BLANKS = "encoded-text has no white space (RFC 2047 2)"
local SPLIT = "a character or a code begins and ends in one encoded word (RFC 2047 5)"
local MALFORMED = "what decodes to no UTF-8 stays as it was"
local ADDRESS = "what is no address is an error, and no item"
local ONE_WORD = "one word is a local part, whose domain is missing"
local ALL_COMMENTS = "all comments make the name, not the last one"
local UNCLOSED = "quotes, comments and literals have an end"
local NESTED = "groups never nest (RFC 5322 3.4)"
local BARE_LINE_END = "CR and LF alone are no white space, even to lenient readers"

return {
  { name = "outlook", rows = outlook, judge = function(row, text)
    local expected = row.expected
    return { expected.display or "", words.unquoted(expected.address) },
      words.one_said(text, PROFILE, words.by_comment)
  end },
  { name = "gluon", judge = gluon,
    { "brackets with nothing in them hold no address", rows = "17" },
    { "a domain's last dot is left out", rows = "20-21" },
    { "a port is none of a domain (RFC 5321 4.1.2)", rows = "22" },
    { "words that touch are joined without a blank (RFC 5322 3.2.5)", rows = "29 32" },
    { "the blanks of a name stay", rows = "34 45" },
    { "a comment is a name where there is no other", rows = "38 41-42" },
    { TOUCHING, rows = "75" },
    { "a quoted string alone is a name, and no address or group", rows = "49-50 54 62" },
    { "commas in a name are forgiven", rows = "80" }, { ONE_WORD, rows = "81" },
    { "unfolding takes the CRLF alone away (RFC 5322 2.2.3)", rows = "145 148" },
  },
  { name = "gmime_addr", judge = gmime_addr,
    { "comments in an addr-spec make a name too", rows = "12" },
    { "the commas of a name stay", rows = "18" },
    { "bytes that are no UTF-8 are an error (RFC 6532 3)", rows = "21" },
    { SPECIALS, rows = "34" }, { QUOTED_WORD, rows = "35 39" },
    { "a tab of a comment stays, that of a phrase is a blank (RFC 5322 3.2.5)", rows = "20" },
    { "a word before an address is its name", rows = "36" }, { SPLIT, rows = "41-42" },
  },
  { name = "gmime_rfc2047", judge = decoded,
    { TOUCHING, rows = "14" }, { BLANKS, rows = "16" },
  },
  { name = "jsmime_addr", judge = words.by_function { parseAddressingHeader = jsmime_read,
    addAddresses = jsmime_write },
    { "a domain has no blank in it", rows = "27" },
    { "NUL is no atext (RFC 5322 3.2.3)", rows = "28" }, { ONE_WORD, rows = "41" },
    { "a local part has no blanks without quotes (RFC 5322 3.4.1)", rows = "47" },
    { ADDRESS, rows = "48" },
    { ALL_COMMENTS, rows = "57-58 60-61 72 74" },
    { SPECIALS, rows = "68" }, { ADDR_SPEC, rows = "69" }, { QUOTED_WORD, rows = "75-78 80" },
  },
  { name = "jsmime_rfc2047", judge = decoded,
    { BLANKS, rows = "11 33" }, { SPECIALS, rows = "42" },
    { MALFORMED, rows = "19-21 30-31" },
  },
  { name = "cyrus_parseaddr", judge = cyrus_parseaddr,
    { "an address before brackets is a name", rows = "3" }, { ADDRESS, rows = "7" },
    { "the row has the second of two calls", rows = "9" },
    { BARE_LINE_END, rows = "17-18" }, { "comments make a name", rows = "21" },
    { "Cyrus decodes nothing", rows = "25" },
    { "CR is read in a quoted pair alone (obs-qp, RFC 5322 4.1)", rows = "33" },
  },
  { name = "haraka", judge = haraka },
  { name = "nodemailer", judge = nodemailer,
    { UNCLOSED, rows = "8-9 31 33" }, { ONE_WORD, rows = "18-19 69 87-88" },
    { "a colon before a name and brackets is the name's", rows = "20" },
    { ADDRESS, rows = "21-22 48-49 62-63" },
    { "what nests in a comment is its own (RFC 5322 3.2.2)", rows = "51" },
    { NESTED, rows = "53-56 90-91 97" }, { "a bracket is no name", rows = "61" },
    { "two addresses without a comma are none", rows = "65" },
    { BARE_LINE_END, rows = "66-67" },
  },
  { name = "postfix_tok822", judge = postfix_tok822,
    { UNCLOSED, rows = "5 7 10-11" },
    { "a backslash quotes in quotes alone (RFC 5322 3.2.3)", rows = "9" },
    { "Postfix's bounds on tokens", rows = "15-19" },
  },
  { name = "rspamd_addr", judge = rspamd_addr,
    { ONE_WORD, rows = "44" }, { "a comma in a name is forgiven and kept", rows = "45" },
  },
  { name = "stalwart_mailparser", judge = stalwart_mailparser,
    { "a quoted LF is obs-qp (RFC 5322 4.1), and the comment ends after it", rows = "10" },
    { QUOTED_WORD, rows = "26 29 32 37 60" },
  },
  { name = "ruby_mail", judge = ruby_mail,
    { "a domain has no quotes (RFC 5322 3.4.1)", rows = "24-26" },
    { "the comment before brackets, escaped twice, is no name of Ruby's own", rows = "73" },
    { ADDR_SPEC, rows = "79" },
    { "a quoted string alone is a name", rows = "20-21" },
  },
}
