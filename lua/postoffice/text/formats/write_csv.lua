--- Writes a directory as CSV that `postoffice.text.formats.columns` reads back: all of it.
--
-- Several values stand on lines of their own inside a field, where nothing needs protection.  A name
-- that begins as a formula does is written as it is; a spreadsheet may take it for one.
-- @module postoffice.text.formats.write_csv

local columns = require "postoffice.text.formats.columns"
local csv = require "postoffice.text.csv"
local joined = require "postoffice.text.joined"
local lists = require "postoffice.lists"
local references = require "postoffice.text.formats.references"
local unwritable = require "postoffice.text.formats.unwritable"

local HEADER = { "DisplayName", "EmailAddresses", "target", "targets", "keep", "members", "owner",
  "refuse", "propagate", "accept", "reject", "authenticated", "max_size" }

local function row_of(fields)
  local list = {}
  for i, name in ipairs(HEADER) do list[i] = fields[name] or "" end
  return csv.row(list)
end

-- Texts in one field; a single one ends with a line break if it would be taken apart without.
local function field_of(texts, split)
  if not texts or #texts == 0 then return nil end
  if #texts > 1 then return table.concat(texts, "\n") end
  local read = {}
  split(texts[1], read)
  return #read == 1 and read[1] == texts[1] and texts[1] or texts[1] .. "\n"
end

local function names_of(senders)
  local list = {}
  for i, sender in ipairs(senders or {}) do list[i] = sender.text end
  return list
end

-- What cannot be said: a test of an entry, and why.
local fault = unwritable.by {
  { function(e) return e.members and #e.members == 0 end, "a list without members" },
  { function(e) return type(e.refuse) == "string" and columns.flag(e.refuse) ~= nil end,
    "a sentence that is read as true or false" },
  unwritable.blanks,
}

-- Writes an entry.
local function write(entry)
  local targets = references.targets(entry)
  return row_of {
    DisplayName = entry.name, EmailAddresses = field_of(entry.proxies, joined.split),
    target = not entry.is_several and targets[1] or nil,
    targets = entry.is_several and field_of(targets, joined.split) or nil,
    keep = entry.keep and "true" or nil,
    members = field_of(lists.pluck(entry.members or {}, "address"), joined.split),
    owner = entry.owner and entry.owner.address,
    refuse = entry.refuse and (entry.refuse == true and "true" or entry.refuse) or nil,
    propagate = entry.propagate ~= nil and tostring(entry.propagate) or nil,
    accept = field_of(names_of(entry.accept), joined.split_names),
    reject = field_of(names_of(entry.reject), joined.split_names),
    authenticated = entry.authenticated and "true" or nil,
    max_size = entry.max_size and ("%d"):format(entry.max_size) or nil,
  }
end

return { head = csv.row(HEADER), write = write, fault = fault }
