--- Policies as files that are compiled once and opened by every worker.
--
-- A snapshot holds the directory as it lies in memory, and what the rest of the
-- policy is made of: its declarations or, where some of them are functions, its
-- script, which then runs again and has to declare what it declared.
-- @module postoffice.policy.compile.snapshot

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory.saved"
local fail = require "postoffice.fail"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local sets = require "postoffice.policy.compile.sets"

local snapshot = {}

local is_function = core.script.isfunction

-- The words whose declarations are in the directory's table; none of them has functions.
local IN_DIRECTORY = { recipient = true, list = true }

--- The same declarations, of which `list` collects all but those that the directory's table holds.
-- @tparam function each returns the next declaration, as the script's state recorded it, and its size
-- @tparam {table,...} list
-- @treturn function
function snapshot.beside_entries(each, list)
  return function()
    local declaration, size = each()
    if declaration and not IN_DIRECTORY[declaration.word] then list[#list + 1] = declaration end
    return declaration, size
  end
end

-- The names of a declaration's functions, in order.
local function functions_of(declaration)
  local names, fields = {}, declaration[declaration.n]
  if is_function(fields) then return "function" end
  for _, name in ipairs(type(fields) == "table" and lists.keys(fields) or {}) do
    if is_function(fields[name]) then names[#names + 1] = tostring(name) end
  end
  return table.concat(names, ",")
end

-- Word, name and place of a declaration, and what of it is a function.
local function describe(declaration)
  local name = declaration.name or declaration[1]
  return ("%s\0%s\0%s\0%d\0%s"):format(declaration.word, type(name) == "string" and name or "",
    declaration.file, declaration.line, functions_of(declaration))
end

local function digest(declarations)
  local texts = {}
  for i, declaration in ipairs(declarations) do texts[i] = describe(declaration) end
  return core.digest(table.concat(texts, "\n"))
end

local function is_scripted(declarations)
  for _, declaration in ipairs(declarations) do
    if functions_of(declaration) ~= "" then return true end
  end
  return false
end

-- Declarations as the script's state records them, without what was noted in them since: a policy
-- is the same file whether it has routed or not.
local function as_recorded(declarations)
  local list = {}
  for i, declaration in ipairs(declarations) do
    local recorded = {
      word = declaration.word, file = declaration.file, line = declaration.line, n = declaration.n,
    }
    for place = 1, declaration.n do recorded[place] = declaration[place] end
    list[i] = recorded
  end
  return list
end

--- Writes a policy to a file, which is replaced at once or not at all.
-- @string path
-- @tparam table compiled
-- @tparam table origin `source`, `chunkname`, `includes` (name, text and chunk name of each), and
--   `declarations` (see `beside_entries`)
-- @treturn true|nil
-- @treturn string message
-- @treturn string code
function snapshot.write(path, compiled, origin)
  local scripted = is_scripted(origin.declarations)
  return directory.write(path, compiled.directory, {
    source = origin.source, chunkname = origin.chunkname, includes = origin.includes,
    revision = compiled.revision, sets = sets.saved(compiled.sets),
    digest = scripted and digest(origin.declarations) or nil,
    declarations = not scripted and as_recorded(origin.declarations) or nil,
  })
end

-- By the fields of what is saved, their Lua types.
local SAVED = {
  source = "string", chunkname = "string", includes = "table", revision = "string",
}

local function is_number(value) return type(value) == "number" and value % 1 == 0 end

-- Whether it is a declaration as a script's state records it, but for its fields.
local function is_declaration(value)
  return type(value) == "table" and language.words[value.word] ~= nil
    and type(value.file) == "string" and is_number(value.line) and is_number(value.n)
end

local function are_declarations(list)
  if type(list) ~= "table" then return false end
  for _, value in ipairs(list) do
    if not is_declaration(value) then return false end
  end
  return true
end

local function is_whole(saved)
  for name, kind in pairs(SAVED) do
    if type(saved[name]) ~= kind then return false end
  end
  if not sets.are_saved(saved.sets) then return false end
  return type(saved.digest) == "string" or are_declarations(saved.declarations)
end

--- Opens what `write` wrote.
-- @string path
-- @tparam boolean|nil verify look at every byte
-- @treturn table|nil what was saved: `source`, `chunkname`, `includes`, `revision`, `sets`, and
--   `digest` or `declarations`
-- @treturn table|string the compiled directory; or a message
-- @treturn string code
function snapshot.read(path, verify)
  local compiled, saved, code = directory.open(path, verify)
  if not compiled then return nil, saved, code end
  if not is_whole(saved) then
    local _, message
    _, message, code = fail "snapshot-damaged"
    return nil, ("%s: %s"):format(path, message), code
  end
  return saved, compiled
end

--- What a script's `include` is answered with when it runs again: the same texts in the same
-- order, whatever the files hold by now.
-- @tparam table saved
-- @treturn function of a name
function snapshot.includes(saved)
  local count = 0
  return function(name)
    count = count + 1
    local included = saved.includes[count]
    if type(included) ~= "table" or included.name ~= name then
      return nil, ('include "%s": it was not included when the policy was compiled'):format(name)
    end
    return included.text, included.chunkname
  end
end

--- Whether a script that ran again declared what it did when it was compiled.
-- @tparam table saved
-- @tparam {table,...} declarations
-- @treturn true|nil
-- @treturn string message
-- @treturn string code
function snapshot.is_same(saved, declarations)
  if digest(declarations) == saved.digest then return true end
  return fail "snapshot-differs"
end

return snapshot
