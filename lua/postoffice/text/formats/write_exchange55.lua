--- Writes a directory as Exchange 5.5 imports it and `postoffice.text.formats.exchange55` reads it
-- back; what it cannot say is left out and told.
-- @module postoffice.text.formats.write_exchange55

local csv = require "postoffice.text.csv"
local joined = require "postoffice.text.joined"
local unwritable = require "postoffice.text.formats.unwritable"

local HEADER = { "Obj-Class", "Mode", "Directory Name", "Display Name", "E-mail address",
  "E-mail Addresses", "Members", "Owner", "Report-To-Owner", "Alternate recipient",
  "Deliver-And-Redirect", "Accept messages from", "Reject messages from",
  "Incoming message size limit" }

local function row_of(fields)
  local list = {}
  for i, name in ipairs(HEADER) do list[i] = fields[name] or "" end
  return csv.row(list)
end

-- The Directory Name of an entry.
local function directory_name(id) return ("ENTRY%d"):format(id) end

-- Those that are referred to, by their Directory Names or else their addresses.
local function names_of(references)
  local list = {}
  for i, reference in ipairs(references or {}) do
    list[i] = reference.id and directory_name(reference.id) or reference.address
  end
  return #list > 0 and joined.join(list) or nil
end

-- Whether mail goes on to one address and nowhere else: a custom recipient.
local function is_remote(entry)
  return #entry.targets == 1 and not entry.keep and not entry.targets[1].id
end

-- What has no field.
local fault = unwritable.by {
  unwritable.tombstone, unwritable.propagate, unwritable.by_name, unwritable.lone_target,
  { function(e) return e.authenticated end, "a sender who has to be authenticated" },
  unwritable.pattern, unwritable.size, unwritable.blanks,
}

-- Writes an entry.
local function write(entry)
  local remote = is_remote(entry)
  return row_of {
    ["Obj-Class"] = entry.members and "dl" or remote and "Remote" or "Mailbox", Mode = "Create",
    ["Directory Name"] = directory_name(entry.id), ["Display Name"] = entry.name,
    ["E-mail address"] = remote and joined.join { entry.targets[1].address } or nil,
    ["E-mail Addresses"] = joined.join(entry.proxies), Members = names_of(entry.members),
    Owner = names_of { entry.owner }, ["Report-To-Owner"] = entry.owner and "1" or nil,
    ["Alternate recipient"] = not remote and names_of(entry.targets) or nil,
    ["Deliver-And-Redirect"] = entry.keep and "1" or nil,
    ["Accept messages from"] = names_of(entry.accept),
    ["Reject messages from"] = names_of(entry.reject),
    ["Incoming message size limit"] = entry.max_size and ("%d"):format(entry.max_size / 1024),
  }
end

return { head = csv.row(HEADER), write = write, fault = fault }
