--- People in a CSV file of Exchange's or the directory's: who somebody is, and by what names.
-- @module postoffice.exchange.people

local core = require "postoffice.core"
local csv = require "postoffice.text.csv"

local people = {}

-- Columns by what they are good for, in lower case: those of Get-Recipient and Get-Mailbox, of csvde
-- and of the Exchange 5.5 export (`Obj-Dist-Name`).
local IDENTITY = {
  "identity", "primarysmtpaddress", "mail", "userprincipalname", "alias", "mailnickname",
  "samaccountname", "directory name", "distinguishedname", "dn", "displayname", "name", "cn",
}
local DISTINGUISHED = { "distinguishedname", "dn" }
local LEGACY = { "legacyexchangedn", "obj-dist-name" }
local NAMES = {
  "alias", "mailnickname", "samaccountname", "directory name", "alias name", "displayname",
  "display name", "simpledisplayname", "name", "cn",
}
local ADDRESSES = { "primarysmtpaddress", "mail", "userprincipalname" }

local KINDS = {
  identity = IDENTITY, dn = DISTINGUISHED, legacy = LEGACY, names = NAMES, addresses = ADDRESSES,
}

-- The places of the columns of each kind, in the kind's order.
local function places_in(header)
  local by_name, places = {}, {}
  for i, name in ipairs(header) do by_name[name:lower():gsub("^%s+", ""):gsub("%s+$", "")] = i end
  for kind, columns in pairs(KINDS) do
    places[kind] = {}
    for _, name in ipairs(columns) do table.insert(places[kind], by_name[name]) end
  end
  return places
end

-- The values of a row's columns that hold something.
local function values_of(row, places)
  local values = {}
  for _, place in ipairs(places) do
    if row[place] ~= "" then values[#values + 1] = row[place] end
  end
  return values
end

-- A person, from a row.
local function new_person(row, places, line)
  return {
    identity = values_of(row, places.identity)[1], dn = values_of(row, places.dn)[1],
    legacy = values_of(row, places.legacy)[1], names = values_of(row, places.names),
    addresses = values_of(row, places.addresses), line = line,
  }
end

-- A reader of a CSV file that has a column of one of some kinds, and the places of its columns.
local function open(text, ...)
  local reader = csv.open(text)
  if not reader then return nil end
  local places = places_in(reader.header)
  for _, kind in ipairs { ... } do
    if places[kind][1] then return reader, places end
  end
end

--- Whether a text is a CSV file that has directory names.
-- @string text
-- @treturn boolean
function people.have_names(text) return open(text, "legacy") ~= nil end

--- Reads a file of people.
-- @string text in UTF-8
-- @treturn {table,...}|nil each `line`, `names`, `addresses`, and if the row says so `identity`, `dn`
--   (in the directory of today), `legacy` (an Exchange name); nil if no column is one that we know
-- @treturn string|nil what is wrong with the row that could not be read
-- @treturn number|nil its line
function people.read(text)
  local reader, places = open(text, "identity", "legacy")
  if not reader then return nil, "no column of it names people, such as Alias or Identity", 1 end
  local list, row = {}, {}
  local line, message, at_line = reader:read(row)
  while line do
    list[#list + 1] = new_person(row, places, line)
    line, message, at_line = reader:read(row)
  end
  return list, message, at_line
end

-- ---- Whose a name is ---------------------------------------------------------

local AMBIGUOUS = {}

-- Notes that a name is a person's; what several have is nobody's.
local function note(index, name, person)
  name = name:lower()
  local other = index[name]
  index[name] = (other == nil or other == person) and person or AMBIGUOUS
end

--- Makes an index of people, for `find`.
-- @tparam {table,...} list from `read`
-- @treturn table
function people.index(list)
  local index = {}
  for _, person in ipairs(list) do
    if person.legacy then note(index, core.key("X500:" .. person.legacy) or "", person) end
    for _, name in ipairs(person.names) do note(index, name, person) end
    for _, address in ipairs(person.addresses) do
      note(index, address:match "^(.*)@" or address, person)
    end
  end
  return index
end

local GUID = "^" .. ("%x"):rep(31) .. "%x?%-" -- before the alias, in the names of Exchange Online

--- Whose an X500 proxy is: of whom that is the name, or else whose alias or name its last part is.
-- @tparam table index
-- @string proxy
-- @treturn table|nil the person; nil if it is nobody's, or could be several people's
function people.find(index, proxy)
  local last = proxy:match "=([^=]*)$" or ""
  for _, name in ipairs { core.key(proxy), last, (last:gsub(GUID, "")) } do
    local person = index[name:lower()]
    if person then return person ~= AMBIGUOUS and person or nil end
  end
end

return people
