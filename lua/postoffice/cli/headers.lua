--- Finds the address fields of messages: in header blocks, whole messages and mboxes.
-- @module postoffice.cli.headers

local is_postmark = require "postoffice.text.mbox".is_postmark

local headers = {}

local MAX_FIELD = 1048576 -- octets

--- So many octets of a line are enough to tell that its field is too long.
headers.ENOUGH = MAX_FIELD + 2 -- the last may be a CR

local MAX_SHOWN = 1000 -- of what is refused whole

-- The fields whose values are lists of addresses (List-Post and its kind hold URIs).
local NAMES = {
  "From", "Sender", "Reply-To", -- RFC 5322 3.6.2
  "To", "Cc", "Bcc", -- 3.6.3
  "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc", -- 3.6.6
  "Resent-Reply-To", -- 4.5.6
  "Return-Path", -- 3.6.7
  "Delivered-To", -- RFC 9228
  "Author", -- RFC 9057
  "Disposition-Notification-To", -- RFC 8098
  "Errors-To", "Apparently-To", "Return-Receipt-To", -- RFC 2076
  "Envelope-To", "X-Envelope-To", "X-Original-To", -- Exim; Sendmail; Postfix
  "Mail-Followup-To", "Mail-Reply-To", -- mutt, qmail
}

local by_name = {}
for _, name in ipairs(NAMES) do by_name[name:lower()] = name end

-- Programs that write something before the address: ezmlm.
local BEFORE = { ["Delivered-To"] = "^mailing list +" }

-- A text without blanks at its ends; in linear time, which "(.-)%s*$" does not take.
local function trimmed(text)
  return text:match("^.*[^ \t]", (text:find "[^ \t]")) or ""
end

local Reader = {}
Reader.__index = Reader

-- Hands on what cannot be read.
function Reader:refuse(field, code)
  self.handle { name = field.name, line = field.line, value = field.value:sub(1, MAX_SHOWN),
    fault = code }
end

-- Hands on the field that has ended.
function Reader:finish()
  local field = self.field
  if not field then return end
  self.field = nil
  field.value = trimmed(table.concat(field.pieces))
  if BEFORE[field.name] then field.value = field.value:gsub(BEFORE[field.name], "") end
  if field.size > MAX_FIELD then return self:refuse(field, "field-length") end
  self.handle { name = field.name, line = field.line, value = field.value }
end

-- Keeps a line of the field, from where its value begins, if there are not too many already.
function Reader:add(line, start)
  local field = self.field
  if not field or field.size > MAX_FIELD then return end
  field.size = field.size + #line
  field.pieces[#field.pieces + 1] = line:sub(start)
end

-- Says once a header that a line is none of it; mail that went through UUCP has >From lines.
function Reader:stray(line)
  if self.is_strange or line:find "^>From " then return end
  self.is_strange = true
  self:refuse({ line = self.number, value = line }, "field-invalid")
end

-- Begins a field (RFC 5322 2.2; blanks before the colon: 4.5).
function Reader:begin(line)
  local name, start = line:match "^([!-9;-~]+)[ \t]*:()"
  if not name then return self:stray(line) end
  name = by_name[name:lower()]
  if not name then return end
  self.field = { name = name, line = self.number, pieces = {}, size = 0 }
  self:add(line, start)
end

-- Begins a message's header.
function Reader:open()
  self.in_header, self.is_strange = true, false
end

-- Takes a line of a header, without its end: so folds are undone (RFC 5322 2.2.3).
function Reader:take(line)
  if line:find "^[ \t]" then return self:add(line, 1) end
  self:finish()
  if line == "" then
    self.in_header = false
  else
    self:begin(line)
  end
end

--- Hands every address field of a message, a header block or an mbox to a function.
--
-- An mbox begins with a From_ line; else all after the first blank line is the body, and is not
-- read. No more than a field is kept.
-- @tparam function next_line an iterator over lines without their ends
-- @tparam function handle is given a table: `name`, as the standard spells it; `line`, its number;
--   `value`, unfolded; `fault`, a code, where the value is too long or the line is no field: then
--   `value` is cut, and in the latter case there is no name
function headers.each(next_line, handle)
  local self = setmetatable({ handle = handle, number = 0 }, Reader)
  self:open()
  local is_mbox = false
  for line in next_line do
    self.number = self.number + 1
    if (is_mbox or self.number == 1) and is_postmark(line) then
      is_mbox = true
      self:finish()
      self:open()
    elseif self.in_header then
      self:take(line)
    elseif not is_mbox then
      return
    end
  end
  self:finish()
end

return headers
