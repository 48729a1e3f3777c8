--- People in the rows of CSV: a row a person, an export's columns by their names.
--
-- A row says who it is, which addresses find it, where its mail goes on to, and who may write to it.
-- What exports call their columns is known here, whatever the case and the blanks, hyphens and
-- underscores of the names.
-- @module postoffice.text.formats.columns

local csv = require "postoffice.text.csv"
local joined = require "postoffice.text.joined"
local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"
local trim = joined.trim

local find, gsub, lower, match, sub = string.find, string.gsub, string.lower, string.match,
  string.sub

local columns = {}

local SEPARATORS = { comma = ",", semicolon = ";", tab = "\t" }

-- A column's name as it is compared.  "E-mail Addresses" is the same as EmailAddresses.
local function fold(name) return (gsub(lower(name), "[%s_-]", "")) end

local function short(text) return #text > 64 and sub(text, 1, 64) .. "..." or text end

--- A text as messages have it.
columns.short = short

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
  for i = 2, #field do known[#known + 1] = index[fold(field[i])] end
  return known
end

-- What the columns of some fields are called, the last after "or".
local function names_of(fields, wanted)
  local names = {}
  for _, field in ipairs(fields) do
    for i = 2, lists.contains(wanted, field[1]) and #field or 0 do names[#names + 1] = field[i] end
  end
  local last = table.remove(names)
  return table.concat(names, ", ") .. " or " .. last
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

-- Columns, by their folded names, whose addresses are those by which people sign in or call.
local NO_MAIL = {
  userprincipalname = true, windowsliveid = true, microsoftonlineservicesid = true,
  samaccountname = true, msrtcsipprimaryuseraddress = true, sipaddress = true,
  krbprincipalname = true, krbprincipalaliases = true, jabberid = true, serviceprincipalname = true,
}

--- Whether what a column or an attribute is called that no field has might be about mail.
-- @string name
-- @treturn boolean
function columns.might_be_mail(name) return not NO_MAIL[fold(name)] end

--- Whether a text holds an address of SMTP.
-- @string text
-- @treturn boolean
function columns.has_address(text) -- the first search is far the quicker
  return find(text, "@", 1, true) ~= nil and find(text, "%S@%w") ~= nil
end

-- Patterns of what columns are called, folded, that say where mail goes.
local DELIVERIES = { "deliver", "forward", "redirect", "alternat", "catchall", "^mailhost$" }

--- Whether what a column or an attribute is called that no field has says where mail goes.
-- @string name
-- @treturn boolean
function columns.is_delivery(name)
  for _, pattern in ipairs(DELIVERIES) do
    if find(fold(name), pattern) then return true end
  end
  return false
end

-- The columns that no field has and that might hold addresses of mail.
local function unread_of(header, found)
  local taken, unread = {}, {}
  for _, list in pairs(found) do
    for _, column in ipairs(list) do taken[column] = true end
  end
  for column, name in ipairs(header) do
    if not taken[column] and columns.might_be_mail(name) then unread[#unread + 1] = column end
  end
  return unread
end

--- The columns of each field by its name, as a declaration names them or as they are known.  Who
-- names those of the proxies names them all.
-- @tparam {string,...} header
-- @tparam {table,...} fields a field's name and what its columns are called
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
  found.index, source.unread = index, unread_of(header, found)
  for _, name in ipairs(either) do
    if #found[name] > 0 then return found end
  end
  fault(nil, (": %s has no column of addresses that is known%s; call one %s, or name one:"
    .. ' columns = { proxies = "Mail" }'):format(source.file, suggest.listing(header, "columns"),
    names_of(fields, either)))
  return nil
end

-- ---- Proxies -----------------------------------------------------------------

--- An address without the prefix of SMTP, which it has by default.
-- @string text
-- @treturn string
function columns.bare(text) return match(text, "^[Ss][Mm][Tt][Pp]:(.*)") or text end

local bare = columns.bare

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

--- Proxies with those of `mail` among them, each once.
-- @tparam {string,...} proxies may be changed
-- @tparam {string,...} primaries of which the first is the primary one
-- @tparam boolean are_several they came from several places
-- @treturn {string,...}
function columns.with_primaries(proxies, primaries, are_several)
  for i = 2, #primaries do proxies[#proxies + 1] = "smtp:" .. bare(primaries[i]) end
  local is_added = primaries[1] ~= nil and add_primary(proxies, primaries[1])
  local several = is_added or are_several or #primaries > 1
  return several and distinct(proxies) or proxies
end

--- Proxies with the primary one of SMTP first: to the first primary one a mailbox's mail goes, and
-- exports have them in any order (Q190706).
-- @tparam {string,...} proxies is changed
-- @treturn {string,...} the same
function columns.smtp_first(proxies)
  for i, text in ipairs(proxies) do
    if sub(text, 1, 5) == "SMTP:" then
      table.insert(proxies, 1, table.remove(proxies, i))
      return proxies
    end
  end
  return proxies
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

local LARGEST = 2 ^ 53

-- The number of bytes that a text in lower case says, or nil.
local function bytes_of(text)
  local digits = match(text, "%(([%d.,%s\194\160]+)%s%a+%)$") or match(text, "^(%d+)$")
  if digits then return tonumber((gsub(digits, "%D", ""))) end
  local number, unit = match(text, "^(%d+%.?%d*)%s*(%a+)$")
  return number and UNITS[unit] and tonumber(number) * UNITS[unit]
end

--- A size as exports write it: bytes, `10 MB (10,485,760 bytes)`, `10MB`, or `Unlimited`.
-- @string text
-- @treturn number|nil bytes, one at least; false if it says that there is no limit; nil if it says neither
function columns.size(text)
  text = lower(trim(text))
  if text == "" or text == "unlimited" then return false end
  local bytes = bytes_of(text)
  return bytes and bytes >= 1 and bytes < LARGEST and math.floor(bytes) or nil
end

-- ---- Rows --------------------------------------------------------------------

--- What the first of some columns says that says anything.
-- @tparam table row may lack columns
-- @tparam {number,...} list
-- @treturn string a text, empty if none does
-- @treturn number|nil the column
function columns.first_of(row, list)
  for _, column in ipairs(list) do
    local text = trim(row[column] or "")
    if text ~= "" then return text, column end
  end
  return "", nil
end

--- All that some columns say.
-- @tparam table row
-- @tparam {number,...} list
-- @treturn {string,...}
function columns.all_of(row, list)
  local texts = {}
  for _, column in ipairs(list) do
    local text = trim(row[column])
    if text ~= "" then texts[#texts + 1] = text end
  end
  return texts
end

--- Tells what columns say that another one goes before.
-- @tparam table source of a reader
-- @string name the entry's
-- @tparam table row
-- @tparam {number,...} list of columns of which the first counts that says anything
-- @tparam[opt] function place if it is not that of the row at hand
function columns.tell_others(source, name, row, list, place)
  if not source.remark or #list < 2 then return end
  local counts, first = columns.first_of(row, list)
  for _, column in ipairs(list) do
    local text = trim(row[column] or "")
    if text ~= "" and lower(bare(text)) ~= lower(bare(counts)) then
      source.remark(name, (": %s goes before it"):format(short(source.header[first])),
        (place or source.place)(column))
    end
  end
end

--- Tells that a row says something of somebody who has neither a name nor an address.
-- @tparam table source of a reader
-- @tparam table row
-- @number line
function columns.tell_nameless(source, row, line)
  if source.remark and find(table.concat(row), "%S") then
    source.remark(nil, ": nothing finds it, for it has neither a name nor an address", line, 1)
  end
end

-- What each field's columns are called by Get-Recipient, Get-ADUser and csvde: the first one of a row
-- that says anything counts, of `primary` and `proxies` all.
local FIELDS = {
  { "name", "DisplayName", "Name", "cn" },
  { "primary", "PrimarySmtpAddress", "mail" },
  { "proxies", "EmailAddresses", "proxyAddresses", "Secondary-Proxy-Addresses" },
  { "exchange_name", "legacyExchangeDN" },
  { "target", "target", "ExternalEmailAddress", "targetAddress", "ForwardingSmtpAddress" },
  { "targets", "targets" },
  { "keep", "keep", "DeliverToMailboxAndForward", "deliverAndRedirect" },
  { "members", "members" },
  { "owner", "owner" },
  { "refuse", "refuse" },
  { "propagate", "propagate" },
  { "accept", "accept" },
  { "reject", "reject" },
  { "authenticated", "authenticated" },
  { "max_size", "max_size" },
}

-- The fields that few have.
local FURTHER = { "members", "owner", "refuse", "propagate", "accept", "reject", "authenticated",
  "max_size" }

local EXCHANGE_55 = "objclass"

local TOGETHER = {
  proxies = { "primary", "proxies", "exchange_name" }, target = { "target", "targets" },
}

local PROPAGATE = { ["true"] = true, ["false"] = false, always = "always" }

-- Which column holds what: `exchange_name`, `targets` and the further ones are numbers or nil, the others
-- lists; `split` takes apart what holds several, and `further` are the further ones that there are, or
-- nil.
local function new_map(found)
  local map = {
    name = found.name, primary = found.primary, proxies = found.proxies, target = found.target,
    keep = found.keep, exchange_name = found.exchange_name[1], targets = found.targets[1],
    further = nil,
    split = found.index[EXCHANGE_55] and joined.split_exchange55 or joined.split,
  }
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
  return {
    proxies = columns.labels_of(header, found.primary, found.proxies),
    target = columns.labels_of(header, found.target, { found.targets[1] }),
    keep = columns.labels_of(header, found.keep),
    member = columns.labels_of(header, { found.members[1] }),
    owner = columns.labels_of(header, { found.owner[1] }),
  }
end

-- The proxies that a row has, each once; if a column says which is the primary one, that first.
local function proxies_of(map, row)
  local proxies, primaries = {}, columns.all_of(row, map.primary)
  for _, column in ipairs(map.proxies) do map.split(row[column], proxies) end
  columns.add_exchange_name(proxies, trim(row[map.exchange_name] or ""))
  proxies = columns.with_primaries(proxies, primaries, #map.proxies > 1)
  return #primaries > 0 and columns.smtp_first(proxies) or proxies
end

-- Where a row's mail goes on to: a text, a list of several, or nil.
local function targets_of(map, row)
  local target = columns.first_of(row, map.target)
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
  local source, proxies, name = map.source, proxies_of(map, row), columns.first_of(row, map.name)
  local targets, text, column = targets_of(map, row), columns.first_of(row, map.keep)
  local keep = FLAGS[lower(text)]
  if name == "" then
    name = proxies[1] and bare(proxies[1]) or type(targets) == "table" and targets[1] or targets
    if not name then return columns.tell_nameless(source, row, line) end
  end
  if keep == nil then
    return fault(name, (": %s is neither true nor false"):format(short(source.header[column])),
      source.place(column))
  end
  columns.tell_others(source, name, row, map.target)
  columns.tell_others(source, name, row, map.keep)
  if not map.further then return sink(name, proxies, line, targets, keep) end
  local more, message, field = further_of(map, row)
  if message then return fault(name, message, map.source.place(field)) end
  return sink(name, proxies, line, targets, keep, more)
end

-- Where something stands in the row that a reader read last, or in one that is kept: a function.
local function new_place(found, separator, raw_of)
  return function(field, text)
    local raw, line = raw_of()
    if text and not find(raw, text, 1, true) then text = bare(text) end -- of which only that is there
    local list = type(field) == "number" and { field } or found[field] or {}
    return csv.place(raw, line, separator, list, text)
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

-- What a column says that matters to mail; nil if nothing does.
local function mail_in(name, text)
  if columns.has_address(text) or find(text, "^%u[%u%d]+:/?[^/]") then
    return "holds addresses; name it in a directory's columns if mail goes by them"
  end
  if columns.flag(text) == false then return nil end -- nothing, or no
  if columns.is_delivery(name) then return "says where mail goes; say it of the entry" end
end

-- Tells of columns that no field has, each once, where a row says something in one that matters to mail.
local function tell_unread(source, row)
  local unread = source.unread
  for i = #unread, 1, -1 do
    local column = unread[i]
    local name = source.header[column]
    local what = mail_in(name, row[column] or "")
    if what then
      source.remark(nil, (': column "%s" is not known, and %s'):format(short(name), what),
        source.place(column))
      table.remove(unread, i)
    end
  end
end

--- Reads the rows of a table one by one.
-- @tparam table source `blocks` and `separator`; is given `header`, `keep_place`, and `place`, which takes
--   the number of a column, too
-- @tparam function begin is given the header; returns what is to be done with each row and its line,
--   or nil; and the columns of each field, for places
-- @tparam function fault
function columns.each_row(source, begin, fault)
  local reader, message, at_line, column =
    csv.open("", SEPARATORS[source.separator], source.blocks)
  if not reader then return fault(nil, ": " .. message, at_line, column) end
  source.header = reader.header
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
      if source.remark and #source.unread > 0 then tell_unread(source, row) end
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
    map.source, source.labels = source, labels(header, found)
    return function(row, line) return tell_row(map, row, line, sink, fault) end,
      columns.places(found, TOGETHER)
  end, fault)
end

return columns
