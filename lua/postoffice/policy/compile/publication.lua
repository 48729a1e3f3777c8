--- What of a policy is published in a database: one text, which `policy.load` takes as it takes a
-- script.
--
-- In it are the script, what it includes, the sets that it reads from files, and those people of its
-- files whom it names or who have more than addresses and targets.  All the others are rows, which are
-- looked up.  No script begins as it does, and reading it runs nothing.
-- @module postoffice.policy.compile.publication

local fail = require "postoffice.fail"
local sets = require "postoffice.policy.compile.sets"
local values = require "postoffice.text.values"

local publication = {}

local HEADER = "\27postoffice publication 1\n"

--- Whether a text is one.
-- @string text
-- @treturn boolean
function publication.is(text) return text:sub(1, #HEADER) == HEADER end

--- Writes one.
-- @tparam table saved `source`, `chunkname`, `includes` (name, text and chunk name of each),
--   `revision`, `sets` (see `sets.saved`), `people`: by the name of a `directory` lists of entries, each
--   a table with what the readers of formats hand on as `name`, `proxies`, `line`, `targets`, `keep`,
--   `more`; `catchalls`: texts by the folded names of domains
-- @treturn string
function publication.write(saved) return HEADER .. values.write(saved) end

-- By the fields of what is saved, their Lua types.
local SAVED = {
  source = "string", chunkname = "string", includes = "table", revision = "string", sets = "table",
  people = "table", catchalls = "table",
}

local function is_whole(saved)
  for name, kind in pairs(SAVED) do
    if type(saved) ~= "table" or type(saved[name]) ~= kind then return false end
  end
  if not sets.are_saved(saved.sets) then return false end
  for name, entries in pairs(saved.people) do
    if type(name) ~= "string" or type(entries) ~= "table" then return false end
    for _, entry in ipairs(entries) do
      if type(entry) ~= "table" or type(entry.name) ~= "string" or type(entry.proxies) ~= "table"
        or type(entry.line) ~= "number" then return false end
    end
  end
  return true
end

--- Reads one.
-- @string text
-- @treturn table|nil as it was written
-- @treturn string message
-- @treturn string code
function publication.read(text)
  local saved = values.read(text:sub(#HEADER + 1))
  if not is_whole(saved) then return fail "publication-damaged" end
  return saved
end

return publication
