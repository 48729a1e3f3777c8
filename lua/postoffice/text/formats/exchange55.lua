--- The directory export and import of Exchange 4.0 to 5.5 (Q146304, Q155594, Q190706).
--
-- A row is about an object, its class in Obj-Class, and an entry is what comes of all rows about it.
-- Several values are joined by `%` or another separator, and a backslash introduces a literal
-- character.  Members of what is no list are the lists that it is on (Q156734).
-- @module postoffice.text.formats.exchange55

local columns = require "postoffice.text.formats.columns"
local joined = require "postoffice.text.joined"
local lists = require "postoffice.lists"
local names = require "postoffice.text.formats.exchange55_names"
local objects = require "postoffice.text.formats.exchange55_objects"
local references = require "postoffice.text.formats.references"
local text_of, texts_of = objects.text_of, objects.texts_of
local trim = joined.trim

local find, gsub, lower, match = string.find, string.gsub, string.lower, string.match

-- What each field's columns are called by the administrator program and in the schema.
local FIELDS = {
  { "proxies", "E-mail Addresses", "Secondary-Proxy-Addresses", "proxyAddresses" },
  { "exchange_name", "Obj-Dist-Name" },
  { "class", "Obj-Class", "objectClass" },
  { "mode", "Mode" },
  { "deleted", "Is-Deleted" },
  { "name", "Display Name" },
  { "directory_name", "Directory Name", "Common-Name", "RDN" },
  { "alias", "Alias Name", "mailNickname" },
  { "container", "Obj-Container" },
  { "target", "E-mail address", "targetAddress" },
  { "members", "Members", "member" },
  { "lists", "Member Of", "Is-Member-Of-DL" },
  { "owner", "Owner" },
  { "reports", "Report-To-Owner" },
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

local TOGETHER = {
  proxies = { "proxies", "target", "exchange_name" }, targets = { "alternate" },
  lists = { "lists", "members" },
}

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

-- ---- Entries -----------------------------------------------------------------

local function or_nil(list) return #list > 0 and list or nil end

-- What the objects' names are: without the backslashes that introduce literal characters.
local function ids_of(map, object, list)
  return or_nil(texts_of(object, list, joined.split_values, map.separator))
end

-- What somebody's addresses are: a custom recipient without any is found by its target.
local function proxies_of(map, object, target)
  local proxies = without_emptied(objects.addresses_of(object, map.proxies, joined.split_exchange55,
    map.separator))
  if #proxies == 0 and target ~= "" then proxies[1] = target end
  columns.add_exchange_name(proxies, text_of(object.values, map.exchange_name))
  return columns.smtp_first(columns.with_primaries(proxies, {}, true))
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

-- The class of an object, as `FIELDS_OF` has it, or nil, and as it is written.
local function class_of(map, object)
  local text = text_of(object.values, map.class)
  return CLASSES[fold(text)], text
end

-- The entry of an object, for `references.hold`, and the `lists` that it is on; nil, what is wrong, and
-- in which field.
local function entry_of(map, object)
  local values, class, class_text = object.values, class_of(map, object)
  local size = columns.size(text_of(values, map.kilobytes))
  local keep = columns.flag(text_of(values, map.keep))
  if not class then
    return nil, (': Obj-Class is "%s", and has to be Mailbox, Remote, dl or Public-Folder')
      :format(class_text), "class"
  elseif size == nil then
    return nil, ": the incoming message size limit is no number of kilobytes", "kilobytes"
  elseif keep == nil then
    return nil, ": Deliver-And-Redirect is neither 1 nor 0", "keep"
  end
  local target = gsub(text_of(values, map.target), "\\(.)", "%1")
  local entry = {
    line = object.line, keep = keep, target = target, more = {}, ids = {
      targets = ids_of(map, object, map.alternate),
      accept = ids_of(map, object, map.accept), reject = ids_of(map, object, map.reject),
    },
    lists = texts_of(object, map.lists, joined.split_values, map.separator),
  }
  local members = texts_of(object, map.members, joined.split_values, map.separator)
  if class == "list" then
    entry.ids.members = or_nil(members)
    local reports = columns.flag(text_of(values, map.reports))
    entry.ids.owner = reports and ids_of(map, object, map.owner) or nil
  else
    lists.add_all(entry.lists, members)
  end
  entry.more.max_size = size and size * 1024 or nil
  entry.proxies = proxies_of(map, object, target)
  local good, message, field = FIELDS_OF[class](entry)
  if not good then return nil, message, field end
  return entry
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
  local class = class_of(map, object)
  for _, stray in ipairs(STRAYS) do
    local text = text_of(object.values, map[stray[2]])
    if text ~= "" and stray[1](class, entry) then
      source.remark(entry.name, stray[3], entry.place(stray[2], text))
    end
  end
end

-- Makes known by what others may refer to an entry: its path, and the names in it.
local function make_known(map, object, known, entry)
  local address = references.address_of(entry.proxies)
  if not address then return end
  local alias, display = text_of(object.values, map.alias), text_of(object.values, map.name)
  for _, key in ipairs(names.known_by(object.path, alias, display)) do
    known:know(key, entry.name, address, entry)
  end
end

local function is_address(text)
  return find(text, "^%w[%w&.]*:") ~= nil or find(text, "@", 1, true) ~= nil
end

-- Why nobody is put on what is referred to: it is no list, or several are called so, or nobody.
local function why_no_list(whom)
  if whom == nil then return "which no row is about" end
  return whom and "which is none" or "which several rows are about"
end

-- Puts an entry on the lists that it is on by what it says itself.
local function join_lists(known, entry, source)
  local address = references.address_of(entry.proxies)
  for _, id in ipairs(address and entry.lists or {}) do
    local whom = known:whom(id)
    local members = whom and whom.entry.more.members
    if members then
      members[#members + 1] = address
    elseif source.remark then
      source.remark(entry.name, (': it is on the list "%s", %s'):format(columns.short(id),
        why_no_list(whom)), entry.place("lists", id))
    end
  end
end

-- Counts an object that is nobody's, such as a container.
local function count(counts, object, name)
  counts.number = counts.number + 1
  counts.first = counts.first or { name = name, place = object.place }
end

-- Tells how many objects are nobody's: a directory has thousands of some kinds, so once.
local function tell_count(counts, source, are, is)
  if counts.number == 0 or not source.remark then return end
  local name = ('"%s"'):format(columns.short(counts.first.name or "an object without a name"))
  local who = counts.number > 1 and ("%d objects, first %s, "):format(counts.number, name) .. are
    or name .. " " .. is
  source.remark(nil, ": " .. who, counts.first.place "class")
end

-- Whether an object is one of those that a directory has besides recipients, of another class and without
-- an address.
local function is_nobody(map, object)
  return not class_of(map, object) and text_of(object.values, map.class) ~= ""
    and text_of(object.values, map.proxies) == "" and text_of(object.values, map.target) == ""
end

-- Takes what is left of an object.
local function take(map, object, place, known, source, fault)
  local name = name_of(map, object.values)
  local entry, message, field = entry_of(map, object)
  if not entry then return fault(name, message, place(field)) end
  entry.place, entry.name = place, name or columns.bare(entry.proxies[1] or "")
  make_known(map, object, known, entry)
  if source.remark then tell_strays(map, object, entry, source) end
  known:hold(entry)
end

-- Tells the entries of all objects that are left.
local function tell(map, places, all, source, sink, fault)
  local known = references.new(source, is_address, names.keys_of)
  local nobodies, deleted = { number = 0 }, { number = 0 }
  for _, object in ipairs(objects.left(all)) do
    local is_tombstone = columns.flag(text_of(object.values, map.deleted))
    local counts = is_tombstone and deleted or is_nobody(map, object) and nobodies
    if counts then count(counts, object, name_of(map, object.values)) end
    if not counts then take(map, object, place_of(places, object), known, source, fault) end
  end
  known:each(function(entry) join_lists(known, entry, source) end)
  known:tell(sink, fault)
  tell_count(nobodies, source, "have no address, and so no mail finds them",
    "has no address, and so no mail finds it")
  tell_count(deleted, source, "are deleted (Is-Deleted), and left out",
    "is deleted (Is-Deleted), and left out")
end

--- The reader, as `postoffice.text.formats` has it.
-- @tparam table source
-- @tparam function sink
-- @tparam function fault
local function each(source, sink, fault)
  local all, map, places
  columns.each_row(source, function(header)
    map = columns.find(header, FIELDS, source, { "proxies", "target" }, fault)
    if not map then return nil end
    map.width, map.separator = #header, source.values
    source.labels = { proxies = columns.labels_of(header, map.proxies) }
    all, places = objects.new(map), columns.places(map, TOGETHER)
    return function(row, line)
      local good, message, field = objects.take(all, row, line, source.keep_place)
      if not good then fault(nil, message, source.place(field)) end
    end, places
  end, fault)
  if map then tell(map, places, all, source, sink, fault) end
end

return each
