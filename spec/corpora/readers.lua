--- Suites of readers and writers of RFC 5322's lists.
local postoffice = require "postoffice"
local words = require "spec.corpora.words"

local PROFILE = "obsolete"

-- ---- Email::Address::XS (Dovecot's parser) -----------------------------------

-- Its groups may end where the text does.
local XS = { "obsolete", open_groups = true }

local function xs_bytes(value)
  return type(value) == "table" and words.from_hex(value.latin1_hex) or value
end

local function xs_raw_name(address)
  return address.display_raw or address.display_name or ""
end

--- Its members; those that are not valid are errors.
local function xs_members(members)
  local items, all_valid = {}, true
  for _, member in ipairs(members) do
    if member.valid then
      items[#items + 1] = { xs_bytes(member.phrase) or "",
        xs_bytes(member.user) .. "@" .. xs_bytes(member.host) }
    else
      all_valid = false
    end
  end
  return items, all_valid
end

local function xs_groups(groups)
  local items, all_valid = {}, true
  for _, group in ipairs(groups) do
    local members, valid = xs_members(group.members)
    all_valid = all_valid and valid
    if group.group then
      items[#items + 1] = { group = xs_bytes(group.group), members }
    else
      for _, member in ipairs(members) do
        items[#items + 1] = member
      end
    end
  end
  return items, all_valid
end

local function xs_read(row, text)
  local due, valid
  if row.expected.groups then
    due, valid = xs_groups(row.expected.groups)
  else
    due, valid = xs_members(row.expected.addrs)
  end
  local found, errors = words.read(words.trim(text), XS)
  local got = words.said(found, xs_raw_name)
  got = row.expected.groups and got or words.flat(got)
  local is_one = row.fn ~= "parse:scalar" or #found == 1
  return { due, valid }, { is_one and got or {}, is_one and #errors == 0 }
end

--- An addr-spec with comments around it, and nothing else.
local function xs_bare(row, text)
  local expected = row.expected.addrs and row.expected.addrs[1] or row.expected
  local address = not text:find "<" and words.read_one(text, PROFILE)
  return expected.user and { expected.user, expected.host } or false,
    address and { address.localpart, address.domain } or false
end

local function xs_address(data)
  return data.user and data.host and { type = "SMTP", localpart = xs_bytes(data.user),
    domain = xs_bytes(data.host), display_name = xs_bytes(data.phrase),
    comment = xs_bytes(data.comment) }
end

local xs_list

--- A group of its data, or what is in none, as items; nil where some of it is no address.
local function xs_items(group)
  local members = type(group.members) == "table" and xs_list(group.members)
  return members and (group.group and { { group = xs_bytes(group.group), members = members } }
    or members)
end

--- Its data as a list; nil likewise.
function xs_list(data)
  local list_of = {}
  for _, one in ipairs(data) do
    local items = one.members and xs_items(one) or { xs_address(one) }
    for _, item in ipairs(items) do
      list_of[#list_of + 1] = item
    end
    if #items == 0 and not (one.members and #one.members == 0) then
      return nil
    end
  end
  return list_of
end

local function xs_format(row)
  local data = row.data
  local made = xs_list((data.user or data.phrase) and { data } or data)
  if made and #made > 0 and row.expected.format then
    return words.written(xs_bytes(row.expected.format), made, XS)
  end
end

local function xs_compose(row)
  return xs_bytes(row.expected.address), (postoffice.format({ type = "SMTP",
    localpart = xs_bytes(row.user), domain = xs_bytes(row.host) }, "native"))
end

local email_address_xs = words.by_function {
  parse_email_groups = xs_read, parse_email_addresses = xs_read, ["parse:list"] = xs_read,
  ["parse:scalar"] = xs_read, split_address = xs_bare,
  ["parse_bare_address:scalar"] = xs_bare, compose_address = xs_compose,
  format_email_groups = xs_format, format_email_addresses = xs_format, format = xs_format,
}

-- ---- Go's net/mail -----------------------------------------------------------

local function go_list(row, text)
  local due = false
  if row.expected.valid then
    due = {}
    for i, item in ipairs(row.expected.addrs) do
      due[i] = { item.name, item.addr }
    end
  end
  local got = words.all_said(text, PROFILE, words.by_comment)
  return due, got and words.flat(got)
end

--- Go gives the address in a group of one too.
local function go_one(row, text)
  local got = words.is_valid_list(text, PROFILE) and words.all_said(text, PROFILE)
  return row.expected.valid, got and #words.flat(got) == 1 or false
end

local function go_address(row)
  local text = row.addr
  local localpart_text, domain_text = text:match "^(.*)@([^@]*)$"
  return { type = "SMTP", localpart = localpart_text, domain = domain_text,
    display_name = row.name_hex ~= "" and row.name ~= ""
      and (row.name_hex and words.from_hex(row.name_hex) or row.name) or nil }
end

local function go_string(row)
  if row.addr == "" or row.addr == "@" then
    return
  end
  return words.written(row.expected.format, { go_address(row) }, PROFILE)
end

local function go_round_trip(row, text)
  local address = words.read_one(text, PROFILE)
  return row.expected.roundtrip, address and postoffice.format(address, "path")
end

local function go_write_and_read(row)
  local address = go_address(row)
  local text = postoffice.format(address, "header")
  local back = text and words.read_one(text, "header")
  return { address.display_name, words.plain(address) },
    back and { back.display_name, words.plain(back) }
end

local go_netmail = words.by_function {
  ParseAddressList = go_list, ParseAddress = go_one, ["ParseAddress(old)"] = go_one,
  ["Address.String"] = go_string, ["ParseAddress+String"] = go_round_trip,
  ["String+ParseAddress"] = go_write_and_read,
}

-- ---- Exim --------------------------------------------------------------------

local function addresses(items)
  local all = {}
  for i, item in ipairs(words.flat(items)) do
    all[i] = item[2]
  end
  return all
end

local function exim(row, text)
  local found = words.said((words.read(text, PROFILE)))
  return row.expected.addrs or { row.expected.addr }, addresses(found)
end

local UNWRITTEN = "NUL, CR and LF are read (obs-qp, RFC 5322 4.1), but must not be written"
local LATIN1 = "bytes that are no UTF-8 are never written (RFC 6532 3)"

return {
  { name = "email_address_xs", judge = email_address_xs,
    { LATIN1, rows = "46-53 196-198 200 202" },
    { "a group's name is decoded (RFC 2047 5 (3))", rows = "194 203" },
    { UNWRITTEN, rows = "210-213 215-217" },
    { "the row's address is not the one that was read", rows = "183-184" },
  },
  { name = "go_netmail", judge = go_netmail,
    { "Go takes no comment after brackets for a name, and we none before we are asked",
      rows = "28-29" },
    { LATIN1, rows = "51" }, { UNWRITTEN, rows = "101" },
    { "a Quoted-string may be empty (RFC 5321 4.1.2)", rows = "94" },
    { "Go's package knows few character sets", rows = "103" },
    { "obs-qp has NUL (RFC 5322 4.1)", rows = "109" },
    { "a comment that is no name is not decoded", rows = "33-34 133" },
    { "a comment may stand before a phrase's first word (RFC 5322 3.2.3)", rows = "123" },
    { "FWS in quotes is white space (RFC 5322 3.2.4)", rows = "135" },
  },
  { name = "exim", judge = exim },
}
