--- The key of a question, and the words in braces that stand for it in filters, commands and
-- statements.
-- @module postoffice.directory.keys

local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"

local keys = {}

local DEFAULT_TYPE = "SMTP" -- of a key that is an address alone

-- The type that a key begins with and the address after it.
local function split(key)
  local kind, address = key:match "^(%u[%u%d]*):(.*)$"
  return kind or DEFAULT_TYPE, address or key
end

local function address_of(key) return (select(2, split(key))) end

-- What each word says of a key.
local WORDS = {
  key = function(key) return key end,
  type = function(key) return (split(key)) end,
  address = address_of,
  localpart = function(key) return address_of(key):match "^(.*)@" or address_of(key) end,
  domain = function(key) return address_of(key):match ".*@(.*)$" or "" end,
}

--- What a word says of a key, or nil for a word that there is not.
-- @string word
-- @string key
-- @treturn string|nil
function keys.value(word, key) return WORDS[word] and WORDS[word](key) end

--- Raises for a word that there is not.
-- @string word
-- @string what it stands in
-- @number level whom to blame, as `error` counts from here
function keys.check(word, what, level)
  if WORDS[word] then return end
  error(("%s: there is no {%s}%s"):format(what, word, suggest.phrase(word, lists.keys(WORDS))),
    level)
end

--- Raises unless all words in braces of a text are known.
-- @string text
-- @string what it is
-- @number level
function keys.check_all(text, what, level)
  for word in text:gmatch "{(%a+)}" do keys.check(word, what, level + 1) end
end

--- A text with its words replaced.
-- @string text
-- @string key
-- @treturn string
function keys.fill(text, key)
  return (text:gsub("{(%a+)}", function(word) return keys.value(word, key) end))
end

--- The text of a key that a script gave, or nil and why it is none.
-- @param key
-- @treturn string|nil
-- @treturn string|nil
function keys.text(key)
  if type(key) == "string" then return key end
  return nil, ("a directory is asked for a text, not for a %s"):format(type(key))
end

return keys
