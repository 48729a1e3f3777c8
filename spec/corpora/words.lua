--- Results of other projects' readers and of this library, in the same words: a
-- mailbox is { name, "localpart@domain" }, a group { group = name, members }, what
-- cannot be read false.
local postoffice = require "postoffice"
local rfc5322 = require "spec.grammar.rfc5322"

local words = {}

-- ---- Texts -------------------------------------------------------------------

--- The bytes that hexadecimal digits stand for.
function words.from_hex(hex)
  return (hex:gsub("%x%x", function(digits)
    return string.char(tonumber(digits, 16))
  end))
end

function words.trim(text)
  return (text:gsub("^[ \t\r\n]+", ""):gsub("[ \t\r\n]+$", ""))
end

function words.unfolded(text)
  return (text:gsub("\r?\n([ \t])", "%1"))
end

-- ---- What the library says ---------------------------------------------------

--- A header's list and its errors.
function words.read(text, profile)
  return postoffice.parse_list(text, { profile = profile })
end

--- A header's mailbox; nil, message, code.
function words.read_one(text, profile)
  return postoffice.parse(text, { type = "SMTP", notation = "header", profile = profile })
end

--- "localpart@domain", the local part as it is meant: without quotes.
function words.plain(address)
  return address.domain and address.localpart .. "@" .. address.domain or address.localpart
end

--- How a mailbox is called: some take a comment for a name where there is no other.
function words.by_name(address)
  return address.display_name or ""
end

function words.by_comment(address)
  return address.display_name or address.comment or ""
end

--- A list in the words of a result.
function words.said(list, name_of)
  name_of = name_of or words.by_name
  local items = {}
  for i, item in ipairs(list) do
    items[i] = item.group and { group = item.group, words.said(item.members, name_of) }
      or { name_of(item), words.plain(item) }
  end
  return items
end

--- Without the groups around their members.
function words.flat(items)
  local mailboxes = {}
  for _, item in ipairs(items) do
    for _, mailbox in ipairs(item.group and item[1] or { item }) do
      mailboxes[#mailboxes + 1] = mailbox
    end
  end
  return mailboxes
end

--- A list that has no error and is not empty, in the words of a result; false.
function words.all_said(text, profile, name_of)
  local list, errors = words.read(text, profile)
  return #errors == 0 and #list > 0 and words.said(list, name_of)
end

local function is_literal_or_name(address)
  local domain = address.domain
  return not domain or domain:sub(1, 1) ~= "["
    or postoffice.validate { type = "SMTP", localpart = "a", domain = domain }
end

--- Whether a list has addresses alone, with SMTP's literals where there are any.
function words.is_valid_list(text, profile)
  local list, errors = words.read(text, profile)
  for _, item in ipairs(list) do
    for _, address in ipairs(item.group and item.members or { item }) do
      if not is_literal_or_name(address) then
        return false
      end
    end
  end
  return #errors == 0 and #list > 0
end

--- A mailbox in the words of a result; false.
function words.one_said(text, profile, name_of)
  local address = words.read_one(text, profile)
  return address and words.said({ address }, name_of)[1] or false
end

-- ---- What the rows say -------------------------------------------------------

local obsolete = rfc5322.new { obsolete = true }

--- An address as a row has it, without the quotes around its local part.
function words.unquoted(text)
  local mailbox = obsolete.addr_spec(text)
  return mailbox and mailbox.localpart .. "@" .. mailbox.domain or text
end

--- A row's list: `keys.name` and `keys.addr` say what its fields are called, and
-- `keys.members` those of a group.  A name without an address is left out: to us it is
-- an error, and no item.
function words.listed(rows, keys)
  local items = {}
  for _, row in ipairs(rows) do
    local members, addr = row[keys.members or "group"], row[keys.addr] or ""
    if type(members) == "table" then
      items[#items + 1] = { group = row[keys.name], words.listed(members, keys) }
    elseif addr ~= "" then
      items[#items + 1] = { row[keys.name] or "", words.unquoted(addr) }
    end
  end
  return items
end

--- Calls a function with each mailbox of a result, in groups or not.
function words.each_mailbox(items, change)
  for _, item in ipairs(items) do
    for _, mailbox in ipairs(item.group and item[1] or { item }) do
      change(mailbox)
    end
  end
  return items
end

-- ---- What is written -----------------------------------------------------------

--- What somebody else writes of a list and what the library does: in the same bytes, or
-- at least read back by a profile as the same list both.  Quotes, folds and encodings are
-- taste.
function words.written(theirs, list, profile)
  local ours = postoffice.format_list(list, { width = 998 })
  if ours == theirs or not ours then
    return theirs, ours
  end
  local due = words.said(list)
  return { due, due },
    { words.all_said(ours, "header"), words.all_said(theirs, profile) }
end

--- A text with one blank for each run of them.
function words.folded(text)
  return (text:gsub("[ \t]+", " "))
end

-- ---- Judges that several suites share ----------------------------------------

--- By the function that a row is about; nothing for others.
function words.by_function(judges)
  return function(row, text)
    local judge = judges[row.fn]
    if judge then
      return judge(row, text)
    end
  end
end

--- Whether a text is an address, as `reads` says.
function words.validity(reads, profile)
  return function(row, text)
    return row.expected.valid, reads(text, profile) and true or false
  end
end

return words
