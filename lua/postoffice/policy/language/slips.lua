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

-- All that can be called by one name, but for the words.
local function callable()
  local names = {}
  for _, entry in ipairs(entries "function") do
    if not entry.name:find(".", 1, true) then names[#names + 1] = entry.name end
  end
  for _, entry in ipairs(entries "library") do
    for _, name in ipairs(entry.has[""]) do names[#names + 1] = name end
  end
  return names
end

-- What can be called in a library: by its last name the whole one.
local function members()
  local whole = {}
  for _, entry in ipairs(entries "library") do
    for _, library in ipairs(lists.keys(entry.has)) do
      for _, name in ipairs(entry.has[library]) do
        if library ~= "" then whole[name] = library .. "." .. name end
      end
    end
  end
  for _, entry in ipairs(entries "function") do
    local name = entry.name:match "^mail%.(.*)$"
    if name then whole[name] = entry.name end
  end
  return whole
end

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

-- What is said of a global.  That a word was meant is likely, and of what else can be called less so.
local function of_global(name)
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

local SHORT = 4 -- a name of so many bytes is two edits from too many others

-- What is said of a field, if some library has one of about this name; of a method, if that of
-- texts has.
local function of_member(name, is_method)
  local names, whole = {}, members()
  for _, member in ipairs(lists.keys(whole)) do
    if not is_method or whole[member]:find "^string%." then names[#names + 1] = member end
  end
  local near = suggest.near(name, names)
  local is_meant = near and near ~= name and (#name > SHORT or suggest.is_slip(name, near))
  return is_meant and ("; did you mean %s?"):format(whole[near]) or ""
end

--- Lua's sentence about a call, with what was probably meant.
-- @tparam string message such as `policy.lua:1: attempt to call a nil value (global 'conector')`
-- @treturn string the same if it is about something else
function slips.told(message)
  if not message:find "attempt to call" or not message:find "a nil value" then return message end
  local global = message:match "global '([^']+)'"
  if global then return message .. of_global(global) end
  local member, method = message:match "field '([^']+)'", message:match "method '([^']+)'"
  if not member and not method then return message end
  return message .. of_member(member or method, method ~= nil)
end

return slips
