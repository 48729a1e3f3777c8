--- People in the rows of CSV: a row a person, an export's columns by their names.
--
-- A row says who it is, which addresses find it, where its mail goes on to, and who may write to it.
-- What exports call their columns is known here, whatever the case and the blanks, hyphens and
-- underscores of the names.
-- @module postoffice.text.formats.columns

local csv = require "postoffice.text.csv"
local joined = require "postoffice.text.joined"
local suggest = require "postoffice.suggest"
local trim = joined.trim

local find, gsub, lower, match, sub = string.find, string.gsub, string.lower, string.match,
  string.sub

local columns = {}

local SEPARATORS = { comma = ",", semicolon = ";", tab = "\t" }

-- A column's name as it is compared.  "E-mail Addresses" is the same as EmailAddresses.
local function fold(name) return (gsub(lower(name), "[%s_-]", "")) end

local function short(text) return #text > 64 and sub(text, 1, 64) .. "..." or text end

-- The columns by their folded names, of two with the same name the first; the others by the first;
-- and all by their names as they are.
local function index_of(header)
  local index, twins, exact = {}, {}, {}
  for i, name in ipairs(header) do
    local folded = fold(name)
    if index[folded] then twins[index[folded]] = i end
    index[folded], exact[name] = index[folded] or i, exact[name] or i
  end
  return index, twins, exact
end

-- Says which columns of a field have the same name as another, of which one would be lost; whether
-- none has.
local function are_single(header, found, twins, file, fault)
  for _, column in ipairs(found) do
    if twins[column] then
      fault(nil, (': %s has two columns of one name, "%s" and "%s"; rename one'):format(file,
        short(header[column]), short(header[twins[column]])))
      return false
    end
  end
  return true
end

-- The columns of a field that are known.
local function known_columns(index, field)
  local known = {}
  for i = 2, #field do known[#known + 1] = index[field[i]] end
  return known
end

-- The columns that a declaration names for a field; or nil and what is wrong.
local function named_columns(exact, index, header, names, field, file)
  local named = {}
  for _, name in ipairs(type(names) == "table" and names or { names }) do
    local column = exact[name] or index[fold(name)]
    if not column then
      return nil, (': columns.%s: %s has no column "%s"%s'):format(field, file, short(name),
        suggest.phrase(name, header, "columns"))
    end
    named[#named + 1] = column
  end
  return named
end

--- The columns in which what an entry has may stand.
-- @tparam table found as `find` returns it
-- @tparam table together the fields of `found` by those that may stand in several
-- @treturn table lists of columns by field
function columns.places(found, together)
  local places = setmetatable({}, { __index = found })
  for field, names in pairs(together) do
    local list = {}
    for _, name in ipairs(names) do
      for _, column in ipairs(found[name]) do list[#list + 1] = column end
    end
    places[field] = list
  end
  return places
end

--- The names of columns, for messages.
-- @tparam {string,...} header
-- @tparam {number,...} ... lists of columns
-- @treturn string
function columns.labels_of(header, ...)
  local names = {}
  for _, list in ipairs { ... } do
    for _, column in ipairs(list) do names[#names + 1] = short(header[column]) end
  end
  return table.concat(names, ", ")
end

--- The columns of each field by its name, as a declaration names them or as they are known.  Who
-- names those of the proxies names them all.
-- @tparam {string,...} header
-- @tparam {table,...} fields a field's name and what its columns are called, folded
-- @tparam table source `columns`, the names that are said by field, and `file`, for messages
-- @tparam {string,...} either the fields of which one has to be there
-- @tparam function fault is given what is wrong
-- @treturn table|nil by field a list of numbers, and `index`, numbers by folded names
function columns.find(header, fields, source, either, fault)
  local index, twins, exact = index_of(header)
  local named, found, good = source.columns or {}, {}, true
  for _, field in ipairs(fields) do
    local name = field[1]
    if named[name] then
      local message
      found[name], message = named_columns(exact, index, header, named[name], name, source.file)
      if message then fault(nil, message) end
      good = good and not message
    else
      found[name] = known_columns(index, field)
    end
  end
  if not good then return nil end
  if named.proxies then found.primary, found.exchange_name = {}, {} end
  for _, field in ipairs(fields) do
    local known = not named[field[1]] and found[field[1]] or {}
    if not are_single(header, known, twins, source.file, fault) then return nil end
  end
  found.index = index
  for _, name in ipairs(either) do
    if #found[name] > 0 then return found end
  end
  fault(nil, (": %s has no column of addresses that is known%s; name one:"
    .. ' columns = { proxies = "Mail" }'):format(source.file, suggest.listing(header, "columns")))
  return nil
end

-- ---- Proxies -----------------------------------------------------------------

-- The address without the prefix of SMTP, which it has by default.
local function bare(text) return match(text, "^[Ss][Mm][Tt][Pp]:(.*)") or text end

-- What two ways to write a proxy have in common; letters of other types may differ by their case.
local function identity(text)
  local address = bare(text)
  return find(address, ":", 1, true) and address or lower(address)
end

-- The proxy that is marked as the primary one of SMTP.
local function marked_primary(proxies)
  for _, text in ipairs(proxies) do
    if sub(text, 1, 5) == "SMTP:" then return text end
  end
end

-- Without those that say the same again: the first stays.
local function distinct(proxies)
  local list, seen = {}, {}
  for _, text in ipairs(proxies) do
    local id = identity(text)
    if not seen[id] then
      seen[id] = true
      list[#list + 1] = text
    end
  end
  return list
end

-- Adds what the column for the primary proxy holds; false if it stands there already.  It is the
-- primary one where none is marked so: `mail` is often another one of a person's addresses.
local function add_primary(proxies, primary)
  local marked, text = marked_primary(proxies), "SMTP:" .. bare(primary)
  if marked == text then return false end -- as most exports have it
  if marked then
    proxies[#proxies + 1] = "smtp:" .. bare(primary)
  else
    table.insert(proxies, 1, text)
  end
  return true
end

--- The address without the prefix of SMTP.
columns.bare = bare

--- Proxies with the one of `mail` among them, each once.
-- @tparam {string,...} proxies may be changed
-- @string primary may be empty
-- @tparam boolean are_several they came from several places
-- @treturn {string,...}
function columns.with_primary(proxies, primary, are_several)
  local several = primary ~= "" and add_primary(proxies, primary) or are_several
  return several and distinct(proxies) or proxies
end

--- Adds what an Exchange directory calls somebody (legacyExchangeDN), by whatever an answer to old mail
-- may name that one; unless it is a proxy already.
-- @tparam {string,...} proxies is changed
-- @string name may be empty
function columns.add_exchange_name(proxies, name)
  if name == "" then return end
  local folded = lower(name)
  for _, text in ipairs(proxies) do
    if lower(match(text, "^[EeXx][Xx5]0?0?:(.*)$") or "") == folded then return end
  end
  proxies[#proxies + 1] = "EX:" .. name
end

-- ---- Values ------------------------------------------------------------------

-- What exports write into a column of flags.
local FLAGS = {
  ["true"] = true, yes = true, ["1"] = true, ["false"] = false, no = false, ["0"] = false,
  [""] = false,
}

--- What a flag says: true, false, or nil where it is neither.
-- @string text
-- @treturn boolean|nil
function columns.flag(text) return FLAGS[lower(trim(text))] end

local UNITS = { b = 1, kb = 1024, mb = 1024 ^ 2, gb = 1024 ^ 3, tb = 1024 ^ 4 }

--- A size as exports write it: bytes, `10 MB (10,485,760 bytes)`, `10MB`, or `Unlimited`.
-- @string text
-- @treturn number|nil bytes, false if it says that there is no limit; nil if it says neither
function columns.size(text)
  text = lower(trim(text))
  if text == "" or text == "unlimited" then return false end
  local digits = match(text, "%(([%d.,%s\194\160]+)%s%a+%)$") or match(text, "^(%d+)$")
  if digits then return tonumber((gsub(digits, "%D", ""))) end
  local number, unit = match(text, "^(%d+%.?%d*)%s*(%a+)$")
  return number and UNITS[unit] and tonumber(number) * UNITS[unit] or nil
end

-- ---- Rows --------------------------------------------------------------------

-- What each field's columns are called by Get-Recipient, Get-ADUser and csvde, folded: the first one
-- counts, of `proxies` all.
local FIELDS = {
  { "name", "displayname", "name", "cn" },
  { "primary", "primarysmtpaddress", "mail" },
  { "proxies", "emailaddresses", "proxyaddresses", "secondaryproxyaddresses" },
  { "exchange_name", "legacyexchangedn" },
  { "target", "target", "externalemailaddress", "targetaddress", "forwardingsmtpaddress" },
  { "targets", "targets" },
  { "keep", "keep", "delivertomailboxandforward", "deliverandredirect" },
  { "members", "members" },
  { "owner", "owner" },
  { "refuse", "refuse" },
  { "propagate", "propagate" },
  { "accept", "accept" },
  { "reject", "reject" },
  { "authenticated", "authenticated" },
  { "max_size", "maxsize" },
}

-- The fields that few have.
local FURTHER = { "members", "owner", "refuse", "propagate", "accept", "reject", "authenticated",
  "max_size" }

local EXCHANGE_55 = "objclass"

local TOGETHER = {
  proxies = { "primary", "proxies", "exchange_name" }, target = { "target", "targets" },
}

local PROPAGATE = { ["true"] = true, ["false"] = false, always = "always" }

-- Which column holds what: `name`, `primary`, `exchange_name`, `target`, `targets`, `keep` and the further ones are
-- numbers or nil, `proxies` a list; `split` takes apart what holds several, and `further` are the
-- further ones that there are, or nil.
local function new_map(found)
  local map = {
    proxies = found.proxies, further = nil,
    split = found.index[EXCHANGE_55] and joined.split_exchange55 or joined.split,
  }
  for _, name in ipairs { "name", "primary", "exchange_name", "target", "targets", "keep" } do
    map[name] = found[name][1]
  end
  for _, name in ipairs(FURTHER) do
    map[name] = found[name][1]
    if map[name] and (name ~= "owner" or map.members) then
      map.further = map.further or {}
      table.insert(map.further, name)
    end
  end
  return map
end

-- The names of the columns by field.
local function labels(header, found)
  local target = found.target[1] and { found.target[1], found.targets[1] } or { found.targets[1] }
  return {
    proxies = columns.labels_of(header, { found.primary[1] }, found.proxies),
    target = columns.labels_of(header, target), keep = columns.labels_of(header, { found.keep[1] }),
    member = columns.labels_of(header, { found.members[1] }),
    owner = columns.labels_of(header, { found.owner[1] }),
  }
end

-- The proxies that a row has, each once.
local function proxies_of(map, row)
  local proxies = {}
  for _, column in ipairs(map.proxies) do map.split(row[column], proxies) end
  columns.add_exchange_name(proxies, trim(row[map.exchange_name] or ""))
  return columns.with_primary(proxies, trim(row[map.primary] or ""), #map.proxies > 1)
end

-- Where a row's mail goes on to: a text, a list of several, or nil.
local function targets_of(map, row)
  local target = trim(row[map.target] or "")
  local several = {}
  if map.targets then map.split(row[map.targets], several) end
  if #several == 0 then return target ~= "" and target or nil end
  if target ~= "" then table.insert(several, 1, target) end
  return several
end

local function split_names(text)
  local names = {}
  joined.split_names(text, names)
  return names
end

-- How each further field is read: its value, false where it says nothing, nil where it is wrong.
local READ = {
  members = function(text)
    local members = {}
    joined.split(text, members)
    return members
  end,
  owner = function(text) return text end,
  refuse = function(text)
    local flag = FLAGS[lower(text)]
    if flag == nil then return text end
    return flag
  end,
  propagate = function(text) return PROPAGATE[lower(text)] end,
  accept = split_names, reject = split_names, authenticated = columns.flag, max_size = columns.size,
}

local WRONG = {
  propagate = "true, false or always", authenticated = "true or false",
  max_size = "a number of bytes, such as 10485760",
}

-- What a row says in its further columns, or nil; or nil, what is wrong, and in which field.
local function further_of(map, row)
  local more
  for _, name in ipairs(map.further) do
    local text = trim(row[map[name]])
    if text ~= "" then
      local value = READ[name](text)
      if value == nil then
        return nil, (': %s is "%s", and has to be %s'):format(name, short(text), WRONG[name]), name
      end
      if value or name == "propagate" then
        more = more or {}
        more[name] = value
      end
    end
  end
  return more
end

-- Tells who a row is: nobody where all of it is empty.
local function tell_row(map, row, line, sink, fault)
  local proxies, name = proxies_of(map, row), trim(row[map.name] or "")
  local targets, keep = targets_of(map, row), FLAGS[lower(trim(row[map.keep] or ""))]
  if name == "" then
    name = proxies[1] and bare(proxies[1]) or type(targets) == "table" and targets[1] or targets
    if not name then return end
  end
  if keep == nil then
    return fault(name, (": %s is neither true nor false"):format(map.labels.keep), map.place "keep")
  end
  if not map.further then return sink(name, proxies, line, targets, keep) end
  local more, message, field = further_of(map, row)
  if message then return fault(name, message, map.place(field)) end
  return sink(name, proxies, line, targets, keep, more)
end

-- Where something stands in the row that a reader read last, or in one that is kept: a function.
local function new_place(found, separator, raw_of)
  return function(field, text)
    local raw, line = raw_of()
    if text and not find(raw, text, 1, true) then text = bare(text) end -- of which only that is there
    return csv.place(raw, line, separator, found[field] or {}, text)
  end
end

-- Leaves in a source how places are found: `place`, in the row at hand, and `keep_place`, which returns
-- a function that does so when others have been read.
local function set_places(source, reader, found)
  source.place = new_place(found, reader.separator, function() return reader:raw() end)
  function source.keep_place()
    local raw, line = reader:raw()
    return new_place(found, reader.separator, function() return raw, line end)
  end
end

--- Reads the rows of a table one by one.
-- @tparam table source `blocks` and `separator`; is given `place` and `keep_place`
-- @tparam function begin is given the header; returns what is to be done with each row and its line,
--   or nil; and the columns of each field, for places
-- @tparam function fault
function columns.each_row(source, begin, fault)
  local reader, message, at_line, column =
    csv.open("", SEPARATORS[source.separator], source.blocks)
  if not reader then return fault(nil, ": " .. message, at_line, column) end
  local visit, found = begin(reader.header)
  if not visit then return end
  set_places(source, reader, found)
  local row = {}
  local line, wrong, wrong_line, wrong_column = reader:read(row)
  if not line and not wrong then
    return fault(nil, ": there is no row below the header", reader.line, 1)
  end
  while line or wrong do
    if line then
      visit(row, line)
    elseif fault(nil, ": " .. wrong, wrong_line, wrong_column) then
      reader:skip()
    else
      return
    end
    line, wrong, wrong_line, wrong_column = reader:read(row)
  end
end

--- The reader of CSV, as `postoffice.text.formats` has it.
function columns.each(source, sink, fault)
  columns.each_row(source, function(header)
    local found = columns.find(header, FIELDS, source, { "primary", "proxies" }, fault)
    if not found then return nil end
    local map = new_map(found)
    map.labels = labels(header, found)
    source.labels = map.labels
    function map.place(...) return source.place(...) end
    return function(row, line) return tell_row(map, row, line, sink, fault) end,
      columns.places(found, TOGETHER)
  end, fault)
end

return columns
