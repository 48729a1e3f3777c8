--- Statements of SQL with words in braces, for which stand texts that the driver of a database has
-- escaped.
-- @module postoffice.directory.statement

local keys = require "postoffice.directory.keys"

local statement = {}

-- What could make a text of what looks like none, or the reverse, so that nobody knows what a word
-- stands in.
local UNCLEAR = { ["\\"] = "backslash", ["--"] = "comment", ["/*"] = "comment" }

local function count_of(text, mark) return select(2, text:gsub(mark, "")) end

-- What texts and names stand between.
local QUOTES = { "'", '"', "%$%w*%$" }

-- Raises unless a word stands outside of quotes.
local function check_unquoted(before, word, what, level)
  for _, quote in ipairs(QUOTES) do
    if count_of(before, quote) % 2 == 1 then
      error(("%s: write {%s} without quotes around it; it is quoted as the database wants it")
        :format(what, word), level)
    end
  end
end

-- The word for one key that a list of keys is written by: `{addresses}` is a list of `{address}`.
local LISTS = { keys = "key", addresses = "address" }

--- The word for one key whose list a statement takes, or nil.
-- @string text
-- @treturn string|nil
function statement.list_word(text)
  for word in text:gmatch "{(%a+)}" do
    if LISTS[word] then return LISTS[word] end
  end
end

-- Raises for what has no place in a statement.
local function check_text(text, what, level)
  for mark, name in pairs(UNCLEAR) do
    if text:find(mark, 1, true) then error(("%s takes no %s"):format(what, name), level) end
  end
end

-- Raises for a statement without words that asks by a parameter of the database's: nobody fills it, and
-- SQLite takes that for NULL, so that nothing is ever found.
local function check_words(text, what, level)
  local parameter = not text:find "{%a+}" and (text:match "%?%d*" or text:match "%$%d+")
  if parameter then
    error(("%s: write {key}, or {address}, in place of %s"):format(what, parameter), level)
  end
end

--- Reads a statement; raises if it is none that words can be put into.
-- @string text
-- @string what the name of the option
-- @number level whom to blame, as `error` counts from here
-- @treturn {table|string,...} its parts: a text, or a table with the `word`
function statement.read(text, what, level)
  check_text(text, what, level + 1)
  check_words(text, what, level + 1)
  local parts, at = {}, 1
  for first, word, after in text:gmatch "(){(%a+)}()" do
    keys.check(LISTS[word] or word, what, level + 1)
    check_unquoted(text:sub(1, first - 1), word, what, level + 1)
    parts[#parts + 1], parts[#parts + 2] = text:sub(at, first - 1), { word = word }
    at = after
  end
  parts[#parts + 1] = text:sub(at)
  return parts
end

--- The statement for some keys.
-- @tparam table parts
-- @tparam {string,...} list the keys; a word for one key is that of the first
-- @tparam function quoted what writes a text
-- @treturn string
function statement.fill(parts, list, quoted)
  local texts = {}
  for i, part in ipairs(parts) do
    local word = part.word
    if not word then texts[i] = part
    elseif not LISTS[word] then texts[i] = quoted(keys.value(word, list[1]))
    else
      local items = {}
      for k, key in ipairs(list) do items[k] = quoted(keys.value(LISTS[word], key)) end
      texts[i] = table.concat(items, ", ")
    end
  end
  return table.concat(texts)
end

return statement
