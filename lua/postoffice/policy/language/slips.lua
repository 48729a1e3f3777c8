--- What someone meant who called what is not there: Lua's own sentences know no language.
-- @module postoffice.policy.language.slips

local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"

local slips = {}

-- The entries of a kind; the reference is read when somebody has slipped, not before.
local function entries(kind)
  return require("postoffice.policy.language.reference").of_kind(kind)
end

-- What a function makes, which is made once, when it is asked for.
local function once(make)
  local made
  return function()
    made = made or make()
    return made
  end
end

-- All that can be called by one name, but for the words.
local callable = once(function()
  local names = {}
  for _, entry in ipairs(entries "function") do
    if not entry.name:find(".", 1, true) then names[#names + 1] = entry.name end
  end
  for _, entry in ipairs(entries "library") do lists.add_all(names, entry.has[""]) end
  return names
end)

-- The whole names of what stands in libraries, by library and by their last name.
local libraries = once(function()
  local found = {}
  local function add(library, name)
    found[library] = found[library] or {}
    found[library][name] = library .. "." .. name
  end
  for _, entry in ipairs(entries "library") do
    for library, names in pairs(entry.has) do
      for _, name in ipairs(library ~= "" and names or {}) do add(library, name) end
    end
  end
  for _, entry in ipairs(entries "function") do
    local name = entry.name:match "^mail%.(.*)$"
    if name then add("mail", name) end
  end
  return found
end)

-- What can be called in some library: by its last name the whole one.
local members = once(function()
  local whole, all = {}, libraries()
  for _, library in ipairs(lists.keys(all)) do
    for name, full in pairs(all[library]) do whole[name] = full end
  end
  return whole
end)

-- A word that has a field of about this name, and the field's.
local function field_like(name)
  for _, word in ipairs(language.declarators()) do
    local fields = lists.keys(language.words[word].fields)
    local near = suggest.near(name, fields)
    if near and (near == name or suggest.is_slip(name, near)) then return word, near end
  end
end

-- The one of a list that a slip of the key made a name of, or nil.
local function slip_of(name, list)
  for _, other in ipairs(list) do
    if suggest.is_slip(name, other) then return other end
  end
end

-- What is said of a global that is called.  That a word was meant is likely, and of what else can be
-- called less so.
local function of_called(name)
  local member = members()[name]
  if member then return ("; did you mean %s?"):format(member) end
  local near = suggest.near(name, language.declarators()) or slip_of(name, callable())
  if near then return ('; did you mean "%s"?'):format(near) end
  local word, field = field_like(name)
  if word then
    local named = language.words[word].name and ' "NAME"' or ""
    return ("; %s is a field: %s%s { %s = ... }"):format(field, word, named, field)
  end
  return suggest.listing(language.declarators(), "words")
end

-- What is said of a global whose fields are read.
local function of_indexed(name)
  local tables = lists.keys(libraries())
  tables[#tables + 1] = "on"
  local near = slip_of(name, tables)
  return near and ("; did you mean %s?"):format(near) or ""
end

local SHORT = 4 -- a name of so many bytes is two edits from too many others

-- The one of a list that a name is near enough to: a short one by a slip of the key.
local function near_to(name, list)
  local near = suggest.near(name, list)
  return near and (#name > SHORT or suggest.is_slip(name, near)) and near or nil
end

-- The whole name of what was probably meant by a field that its own library has not.
local function meant(name, own)
  local all = members()
  local near = not all[name] and near_to(name, lists.keys(own))
  return near and own[near] or all[name] or all[slip_of(name, lists.keys(all))]
end

-- What is said of a field of a table that nobody knows, if some library has one of about this name;
-- of a method, if that of texts has.
local function of_member(name, is_method)
  local whole = is_method and libraries().string or members()
  local near = near_to(name, lists.keys(whole))
  return near and near ~= name and ("; did you mean %s?"):format(whole[near]) or ""
end

-- What is written here instead of what some Lua has in its libraries, and scripts may look for.
local INSTEAD = {
  ["table.pack"] = 'write { ... }, and select("#", ...) for how many there are',
  ["table.getn"] = "write #t", ["table.maxn"] = "write #t",
  ["table.foreach"] = "write for key, value in pairs(t) do",
  ["table.foreachi"] = "write for i, value in ipairs(t) do",
  ["math.pow"] = "write x ^ y", ["math.mod"] = "write x % y",
  ["math.type"] = "numbers are alike on every Lua here; write x % 1 == 0 for a whole one",
  ["math.tointeger"] = "numbers are alike on every Lua here; write math.floor(x)",
  ["string.gfind"] = "write string.gmatch",
  ["string.split"] = 'write for part in text:gmatch "[^,]+" do',
  ["string.trim"] = 'write text:match "^%s*(.-)%s*$"',
}

--- What to write instead of a field that a library has not.
-- @tparam string library such as `mail`
-- @tparam string name of the field
-- @treturn string a sentence's end
function slips.instead(library, name)
  local own = libraries()[library]
  local whole = INSTEAD[library .. "." .. name]
  if whole then return whole end
  whole = meant(name, own)
  if whole then return ("did you mean %s?"):format(whole) end
  return ("%s has %s"):format(library, table.concat(lists.keys(own), ", "))
end

--- Whether a script finds a global, or a field of one that is a library.
-- @tparam string name
-- @tparam[opt] string field of a table that is no library: any is there
-- @treturn boolean
function slips.has(name, field)
  local own = libraries()[name]
  if own then return not field or own[field] ~= nil end
  return name == "on" or language.words[name] ~= nil or lists.contains(callable(), name)
end

-- Whether the envelope has a field.
local function is_of_envelope(name)
  local _, field = require("postoffice.policy.language.reference").find("envelope." .. name)
  return field ~= nil and not field.hidden
end

--- What to write instead of a global that nothing sets.
-- @tparam string name
-- @tparam table known sets of names that the script has: `assigned`, its globals, and `locals`
-- @treturn string a sentence's end
function slips.of_unset(name, known)
  if is_of_envelope(name) then
    return ("write envelope.%s, if the message's is meant"):format(name)
  end
  local member = members()[name]
  if member then return ("did you mean %s?"):format(member) end
  local all = lists.copy(callable())
  for _, more in ipairs { language.declarators(), lists.keys(libraries()),
    lists.keys(known.assigned), lists.keys(known.locals) } do
    lists.add_all(all, more)
  end
  if lists.contains(all, name) then
    return "it is a local of another block; pass it on, or set a global"
  end
  local near = near_to(name, all)
  return near and ('did you mean "%s"?'):format(near) or "set it while the script loads"
end

-- The sentence about a library's field, which says more than Lua's.
local function of_missed(message, missed, name)
  local at, library, field = missed:match "^(.*: )(%l+)%.(.*)$"
  if field ~= name or message:sub(1, #at) ~= at then return nil end
  return ("%sa script has no %s.%s; %s"):format(at, library, name, slips.instead(library, name))
end

--- Lua's sentence about what is not there, with what was probably meant.
-- @tparam string message such as `policy.lua:1: attempt to call a nil value (global 'conector')`
-- @tparam string missed where the script read last what a library has not, see `state:missed`
-- @treturn string the same if it is about something else
function slips.told(message, missed)
  if not message:find "attempt to " or not message:find "a nil value" then return message end
  local is_called = message:find "attempt to call"
  local global = message:match "global '([^']+)'"
  if global then
    return message .. (is_called and of_called(global) or of_indexed(global))
  end
  local field, method = message:match "field '([^']+)'", message:match "method '([^']+)'"
  if not field and not method then return message end
  local sentence = of_missed(message, missed, field or method)
  if sentence or not is_called then return sentence or message end
  return message .. of_member(field or method, method ~= nil)
end

return slips
