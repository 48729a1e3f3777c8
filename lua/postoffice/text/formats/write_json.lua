--- Writes a directory as JSON, an object a line, for programs.
-- @module postoffice.text.formats.write_json

local json = require "postoffice.text.json"
local lists = require "postoffice.lists"

local to_json = json.encoder {
  "name", "proxies", "targets", "keep", "members", "owner", "refuse", "propagate", "accept",
  "reject", "authenticated", "max_size",
}

-- A field of each item, or nil where there is none.
local function field_of(items, field)
  if not items or #items == 0 then return nil end
  return lists.pluck(items, field)
end

local function write(entry)
  local is_list = entry.members ~= nil
  return to_json {
    name = entry.name, proxies = entry.proxies, targets = field_of(entry.targets, "address"),
    keep = entry.keep or nil, members = is_list and lists.pluck(entry.members, "address") or nil,
    owner = entry.owner and entry.owner.address, refuse = entry.refuse,
    propagate = entry.propagate, accept = field_of(entry.accept, "text"),
    reject = field_of(entry.reject, "text"), authenticated = entry.authenticated,
    max_size = entry.max_size,
  } .. "\n"
end

-- It says all.
local function fault() return nil end

return { head = "", write = write, fault = fault }
