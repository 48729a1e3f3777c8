--- CPython's email package: its tokens with their defects, and its lists.
local words = require "spec.corpora.words"

local PROFILE = "obsolete"

--- A phrase, as the name of a mailbox; with what may stand around it.
local function phrase(text, profile)
  local address = words.read_one(text .. " <a@b>", profile)
  return address and words.trim(address.display_name or "")
end

local function comment(text, profile)
  local address = words.read_one("a@b " .. text, profile)
  return address and (address.comment or "")
end

local function localpart(text, profile)
  local address = words.read_one(text, profile)
  return address and address.localpart
end

local function domain(text, profile)
  local address = words.read_one("a@" .. text, profile)
  return address and address.domain
end

--- How much a value departs from RFC 5322, by what CPython found in it.
local function grade_of(defects)
  local found = "header"
  for _, defect in ipairs(defects) do
    if defect == "InvalidHeaderDefect" then
      return false
    elseif defect == "ObsoleteHeaderDefect" or defect == "NonPrintableDefect" then
      found = "obsolete"
    end
  end
  return found
end

--- The strictest profile that reads a text.
local function profile_of(read, text)
  return read(text, "header") and "header" or read(text, "obsolete") and "obsolete" or false
end

--- A token: read whole, its grade and its value; what stops before the end of a
-- text is a scanner's matter.
local function token(read, value_of)
  return function(row, text)
    local expected = row.expected
    if expected.rest ~= "" then
      return
    end
    local due, got = grade_of(expected.defects), profile_of(read, text)
    return { due, due and value_of(expected) }, { got, due and read(text, PROFILE) or false }
  end
end

local function trimmed_value(expected)
  return words.trim(expected.value):gsub('^"(.*)"$', "%1")
end

local function without_blanks(expected)
  return (expected.value:gsub("[ \t]", ""))
end

local function wrapped(read, before, after)
  return function(text, profile)
    return read(before .. text .. after, profile)
  end
end

local function list(text, profile)
  return words.all_said(text, profile)
end

local function has_items(text, profile)
  local found, errors = words.read(text, profile)
  return #errors == 0 and words.said(found)
end

local function value_as_list(expected)
  return has_items(expected.value, PROFILE)
end

local function rest_is_domain(row)
  return row.expected.rest:find "^@" ~= nil
end

local function get_local_part(row, text)
  if rest_is_domain(row) then
    local due = grade_of(row.expected.defects)
    local value = row.expected.value
    value = value:find '^ ?"' and words.trim(value):gsub('"', "")
      or words.trim(value:gsub(" ?%. ?", "."))
    local got = due and localpart(text, PROFILE)
    return { due, due and words.trim(value) },
      { profile_of(words.read_one, text), got and words.trim(got) or false }
  end
end

local function address_header(row, text)
  local expected = row.expected
  local due, got = grade_of(expected.defects), profile_of(words.read_one, text)
  return { due, due and { expected.display_name, expected.username .. "@" .. expected.domain } },
    { got, due and words.one_said(text, PROFILE) }
end

--- Python's name of a mailbox has its comments too.
local function python_name(address)
  local name, said = address.display_name, address.comment
  return name and said and name .. " (" .. said .. ")" or name or said or ""
end

local function pairs_of(out)
  local items = {}
  for i, pair in ipairs(out) do
    items[i] = { pair[1], words.unquoted(pair[2]) }
  end
  return items
end

local function without_empty(items)
  local kept = {}
  for _, item in ipairs(items) do
    if item[2] ~= "" then
      kept[#kept + 1] = item
    end
  end
  return kept
end

--- Where one value is bad, the strict function returns one empty pair for all.
local function getaddresses(row)
  local found, count = {}, 0
  local values = row.args[1]
  for _, text in ipairs(values) do
    local some, errors = words.read(text, row.kw.strict == false and "lenient" or PROFILE)
    count = count + #errors
    for _, item in ipairs(words.flat(words.said(some, python_name))) do
      found[#found + 1] = item
    end
  end
  local due = without_empty(pairs_of(row.expected.out))
  if row.kw.strict == false then
    return due, found
  end
  return due, count == 0 and found or {}
end

local function parseaddr(row)
  local text = row.args[1]
  if type(text) ~= "string" or row.kw.strict == false then
    return
  end
  local due = pairs_of { row.expected.out }[1]
  local got = words.one_said(text, PROFILE, python_name)
  return due[2] ~= "" and due, got
end

local function formataddr(row)
  local name, address = row.data[1][1], row.data[1][2]
  local made = name ~= "" and words.read_one(address)
  if made and not row.data[2] then
    made.display_name = name
    return words.written(row.expected.format, { made }, PROFILE)
  end
end

local cpython_email = words.by_function {
  get_local_part = get_local_part,
  get_addr_spec = token(list, value_as_list), get_mailbox = token(list, value_as_list),
  get_name_addr = token(list, value_as_list), get_angle_addr = token(list, value_as_list),
  get_mailbox_list = token(has_items, value_as_list), get_group = token(list, value_as_list),
  get_address = token(list, value_as_list), get_address_list = token(has_items, value_as_list),
  get_group_list = token(wrapped(list, "G:", ";"), function(expected)
    return list("G:" .. expected.value .. ";", PROFILE)
  end),
  get_obs_route = token(wrapped(function(text, profile)
    local address = words.read_one(text, profile)
    return address and address.route .. ":"
  end, "<", "a@b>"), without_blanks),
  get_domain = token(domain, without_blanks),
  get_domain_literal = token(domain, trimmed_value),
  get_dtext = token(wrapped(domain, "[", "]"), function(expected)
    return "[" .. expected.value .. "]"
  end),
  get_dot_atom = token(wrapped(localpart, "", "@b"), trimmed_value),
  get_dot_atom_text = token(wrapped(localpart, "", "@b"), trimmed_value),
  get_atom = token(phrase, trimmed_value), get_word = token(phrase, trimmed_value),
  get_quoted_string = token(phrase, trimmed_value),
  get_bare_quoted_string = token(phrase, trimmed_value),
  get_qcontent = token(wrapped(phrase, '"', '"'), trimmed_value),
  get_phrase = token(phrase, trimmed_value), get_display_name = token(phrase, trimmed_value),
  get_encoded_word = token(phrase, trimmed_value),
  get_comment = token(comment, function(expected)
    return table.concat(expected.comments, " ")
  end),
  get_cfws = token(comment, function(expected)
    return table.concat(expected.comments, " ")
  end),
  get_qp_ctext = token(wrapped(comment, "(", ")"), function(expected)
    return expected.string
  end),
  get_fws = token(comment, function()
    return ""
  end),
  AddressHeader = address_header, getaddresses = getaddresses, parseaddr = parseaddr,
  formataddr = formataddr,
}

local IN_QUOTES = "an encoded word in quotes is none, and no error (RFC 2047 5 (3))"

return {
  { name = "cpython_email", judge = cpython_email,
    { IN_QUOTES, rows = "1 363" }, { "a control character is no atext (RFC 5322 3.2.3)",
      rows = "39" }, { "LF is none of obs-NO-WS-CTL (RFC 5322 4.1)", rows = "40 218" },
    { "a list of nothing has no error, and no address", rows = "14" },
    { "a quoted pair in a comment is what it quotes (RFC 5322 3.2.1)", rows = "78" },
    { "white space in a literal stays as it is (RFC 5322 3.4.1)", rows = "92-93" },
    { "nothing is decoded in an addr-spec (RFC 2047 5)", rows = "98" },
    { "encoded-text is printable ASCII (RFC 2047 2)", rows = "123" },
    { "the end of the group, which we put there, is what is missed", rows = "133" },
    { "an obs-route is obsolete (RFC 5322 4.4); CPython finds no defect in it", rows = "190" },
    { "parentheses in a comment are a comment's (RFC 5322 3.2.2)", rows = "241" },
    { "parseaddr returns what is no addr-spec (RFC 5322 3.4.1)", rows = "274 276-280" },
    { "getaddresses without strict makes addresses of what is none", rows = "263 283 287 295"
      .. " 299 303 307 315 323 339" },
    { "an address before brackets is a name, if that is forgiven", rows = "291 319" },
  },
}
