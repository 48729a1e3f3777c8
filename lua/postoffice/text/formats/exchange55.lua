--- The directory export and import of Exchange 4.0 to 5.5 (Q146304, Q155594, Q190706).
--
-- A row is an object, its class in Obj-Class; an import may say by Mode that it creates, modifies or
-- deletes, and `~DEL` that a field is emptied.  So rows about the same Directory Name are put
-- together, in order, and an entry is what comes of them.  Several values are joined by `%` or
-- another separator, and a backslash introduces a literal character.
-- @module postoffice.text.formats.exchange55

local columns = require "postoffice.text.formats.columns"
local joined = require "postoffice.text.joined"
local references = require "postoffice.text.formats.references"
local trim = joined.trim

local find, gsub, lower, match = string.find, string.gsub, string.lower, string.match

-- What each field's columns are called by the administrator program and in the schema.
local FIELDS = {
  { "proxies", "E-mail Addresses", "Secondary-Proxy-Addresses", "proxyAddresses" },
  { "exchange_name", "Obj-Dist-Name" },
  { "class", "Obj-Class", "objectClass" },
  { "mode", "Mode" },
  { "name", "Display Name", "Common-Name" },
  { "directory_name", "Directory Name", "RDN" },
  { "alias", "Alias Name", "mailNickname" },
  { "container", "Obj-Container" },
  { "target", "E-mail address", "targetAddress" },
  { "members", "Members", "member" },
  { "alternate", "Alternate recipient", "altRecipient" },
  { "keep", "Deliver-And-Redirect" },
  { "accept", "Accept messages from", "authOrig", "dLMemSubmitPerms" },
  { "reject", "Reject messages from", "unauthOrig", "dLMemRejectPerms" },
  { "kilobytes", "Incoming message size limit", "delivContLength" },
}

-- Classes by what they are called, folded.
local CLASSES = {
  mailbox = "mailbox", publicfolder = "mailbox", remote = "remote", remoteaddress = "remote",
  customrecipient = "remote", dl = "list", distributionlist = "list",
}

local MODES = { [""] = "update", update = "update", create = "update", modify = "update",
  delete = "delete" }

local TOGETHER = {
  proxies = { "proxies", "target", "exchange_name" }, targets = { "alternate" },
}

local DELETED = "~DEL"

local function fold(text) return (gsub(lower(trim(text)), "[%s_-]", "")) end

-- Without the addresses of types that a value empties by saying no more than `SMTP:` (Q170378).
local function without_emptied(texts)
  local emptied, list = {}, {}
  for _, text in ipairs(texts) do
    local type_name = match(text, "^(%w+):$")
    if type_name then emptied[lower(type_name)] = true end
  end
  for _, text in ipairs(texts) do
    if not emptied[lower(match(text, "^(%w+):") or "")] then list[#list + 1] = text end
  end
  return list
end

-- ---- Objects -----------------------------------------------------------------

-- The object that a row is about: the one of the same Directory Name, or else a new one.
local function object_of(objects, id, line)
  local key = lower(id)
  local object = id ~= "" and objects.by_id[key] or nil
  if object then return object end
  object = { line = line, values = {}, places = {} }
  objects[#objects + 1] = object
  if id ~= "" then objects.by_id[key] = object end
  return object
end

-- Puts what a row says over what is known of its object, and where: an empty field says nothing.
local function put(object, row, width, place)
  object.place = object.place or place
  for column = 1, width do
    local text = trim(row[column])
    if text == DELETED then
      object.values[column] = nil
    elseif text ~= "" then
      object.values[column], object.places[column] = text, place
    end
  end
end

-- Where something stands in the rows about an object: in the one that said it last.
local function place_of(found, object)
  return function(field, text)
    for _, column in ipairs(found[field] or { field }) do
      if object.values[column] then return object.places[column](field, text) end
    end
    return object.place(field, text)
  end
end

local function text_of(values, list)
  for _, column in ipairs(list) do
    if values[column] then return values[column] end
  end
  return ""
end

-- Forgets an object that rows before were about; false and what is wrong where there were none: it
-- is elsewhere that somebody has to be removed.
local function delete(objects, id)
  local object = objects.by_id[lower(id)]
  if not object or object.is_deleted then
    return false,
      (': Mode is Delete, and no row before is about "%s"; remove it where it is'):format(id),
      "mode"
  end
  object.is_deleted, object.values = true, {}
  return true
end

-- Takes a row; false, what is wrong, and in which field.
local function take_row(map, row, line, objects, source)
  local mode = MODES[lower(trim(map.mode[1] and row[map.mode[1]] or ""))]
  if not mode then
    return false, (': Mode is "%s", and has to be Create, Modify, Update or Delete'):format(
      trim(row[map.mode[1]])), "mode"
  end
  local id = trim(text_of(row, map.directory_name))
  if mode == "delete" then return delete(objects, id) end
  local object = object_of(objects, id, line)
  object.is_deleted = false
  put(object, row, map.width, source.keep_place())
  return true
end

-- ---- Entries -----------------------------------------------------------------

-- All texts of some columns, taken apart by `split`.
local function texts_of(values, list, split, separator)
  local texts = {}
  for _, column in ipairs(list) do
    if values[column] then split(values[column], texts, separator) end
  end
  return texts
end

local function or_nil(list) return #list > 0 and list or nil end

-- What the objects' names are: without the backslashes that introduce literal characters.
local function ids_of(map, values, list)
  return or_nil(texts_of(values, list, joined.split_values, map.separator))
end

-- What somebody's addresses are: a custom recipient without any is found by its target.
local function proxies_of(map, values, target)
  local proxies = without_emptied(texts_of(values, map.proxies, joined.split_exchange55,
    map.separator))
  if #proxies == 0 and target ~= "" then proxies[1] = target end
  columns.add_exchange_name(proxies, text_of(values, map.exchange_name))
  return columns.with_primaries(proxies, {}, true)
end

-- What the entries of a class have; nil, what is wrong, and in which field.
local FIELDS_OF = {
  mailbox = function() return true end,
  remote = function(entry)
    if entry.target == "" then
      return nil, ": a custom recipient has to have an E-mail address", "class"
    end
    entry.targets = entry.target
    return true
  end,
  list = function(entry)
    entry.more.members = {}
    return true
  end,
}

-- The entry of an object, for `references.take`; nil, what is wrong, and in which field.
local function entry_of(map, object)
  local values = object.values
  local class = text_of(values, map.class)
  local size = columns.size(text_of(values, map.kilobytes))
  local keep = columns.flag(text_of(values, map.keep))
  if not CLASSES[fold(class)] then
    return nil, (': Obj-Class is "%s", and has to be Mailbox, Remote, dl or Public-Folder')
      :format(class), "class"
  elseif size == nil then
    return nil, ": the incoming message size limit is no number of kilobytes", "kilobytes"
  elseif keep == nil then
    return nil, ": Deliver-And-Redirect is neither 1 nor 0", "keep"
  end
  local target = gsub(text_of(values, map.target), "\\(.)", "%1")
  local entry = {
    line = object.line, keep = keep, target = target, more = {}, ids = {
      targets = ids_of(map, values, map.alternate),
      members = CLASSES[fold(class)] == "list" and ids_of(map, values, map.members) or nil,
      accept = ids_of(map, values, map.accept), reject = ids_of(map, values, map.reject),
    },
  }
  entry.more.max_size = size and size * 1024 or nil
  entry.proxies = proxies_of(map, values, target)
  local good, message, field = FIELDS_OF[CLASSES[fold(class)]](entry)
  if not good then return nil, message, field end
  return entry
end

-- What an object is called: as people read it, as the directory has it, or by its address.
local function name_of(map, values)
  for _, field in ipairs { "name", "directory_name", "alias" } do
    local text = text_of(values, map[field])
    if text ~= "" then return text end
  end
end

-- Whether an address is among proxies, with its type or, of SMTP, without.
local function has_proxy(proxies, address)
  for _, text in ipairs(proxies) do
    if lower(columns.bare(text)) == lower(columns.bare(address)) then return true end
  end
  return false
end

-- What entries of a class leave out: whether they do, the field, and the end of a sentence.
local STRAYS = {
  { function(class) return class ~= "list" end, "members",
    ": only a distribution list has members" },
  { function(class, entry)
    return class ~= "remote" and not has_proxy(entry.proxies, entry.target)
  end, "target", ": only a custom recipient has an E-mail address" },
  { function(class, entry) return class == "remote" and entry.ids.targets end, "target",
    ": the Alternate Recipient goes before it" },
}

-- Tells what of an object its entry leaves out.
local function tell_strays(map, object, entry, source)
  for _, list in ipairs { map.target, map.kilobytes } do
    columns.tell_others(source, entry.name, object.values, list, entry.place)
  end
  local class = CLASSES[fold(text_of(object.values, map.class))]
  for _, stray in ipairs(STRAYS) do
    local text = text_of(object.values, map[stray[2]])
    if text ~= "" and stray[1](class, entry) then
      source.remark(entry.name, stray[3], entry.place(stray[2], text))
    end
  end
end

-- Makes known by what others may refer to an entry: its path, and the names in it.
local function make_known(map, values, known, entry)
  local address = references.address_of(entry.proxies)
  local name = text_of(values, map.directory_name)
  local container = text_of(values, map.container)
  if not address then return end
  for _, field in ipairs { "directory_name", "alias", "name" } do
    local id = text_of(values, map[field])
    if id ~= "" then known:know(id, entry.name, address) end
  end
  if name ~= "" and container ~= "" then
    known:know(container .. "/cn=" .. name, entry.name, address)
  end
end

-- The last name of a path, `Recipients/cn=klee`.
local function last_name(id) return match(lower(id), "/cn=([^/]+)$") end

local function is_address(text)
  return find(text, "^%w[%w&.]*:") ~= nil or find(text, "@", 1, true) ~= nil
end

-- Tells the entries of all objects that are left.
local function tell(map, places, objects, source, sink, fault)
  local known = references.new(source, is_address, last_name)
  for _, object in ipairs(objects) do
    if not object.is_deleted then
      local name = name_of(map, object.values)
      local entry, message, field = entry_of(map, object)
      local place = place_of(places, object)
      if entry then
        entry.place = place
        entry.name = name or columns.bare(entry.proxies[1] or "")
        make_known(map, object.values, known, entry)
        if source.remark then tell_strays(map, object, entry, source) end
        known:hold(entry)
      else
        fault(name, message, place(field))
      end
    end
  end
  known:tell(sink, fault)
end

--- The reader, as `postoffice.text.formats` has it.
-- @tparam table source
-- @tparam function sink
-- @tparam function fault
local function each(source, sink, fault)
  local objects, map, places = { by_id = {} }, nil, nil
  columns.each_row(source, function(header)
    map = columns.find(header, FIELDS, source, { "proxies", "target" }, fault)
    if not map then return nil end
    map.width, map.separator = #header, source.values
    source.labels = { proxies = columns.labels_of(header, map.proxies) }
    places = columns.places(map, TOGETHER)
    return function(row, line)
      local good, message, field = take_row(map, row, line, objects, source)
      if not good then fault(nil, message, source.place(field)) end
    end, places
  end, fault)
  if map then tell(map, places, objects, source, sink, fault) end
end

return each
