--- Reads a policy's file, and the files that it names in the same folder: those that it includes,
-- and those that its declarations are about.
-- @module postoffice.policy.compile.files

local block_of = require "postoffice.text.blocks".of
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local folder_of = require "postoffice.text.path".folder
local reason = require "postoffice.policy.language.describe".reason
local utf16 = require "postoffice.text.utf16"

local files = {}

-- What a policy and all it includes may be long: what a state takes.
local LIMIT = 16 * 1024 * 1024

-- A regular file of at most `limit` bytes, which nobody is writing, and which `seen` remembers.
local function read(path, limit, seen)
  local text, size, changed = core.read_file(path, limit)
  if not text then return nil, size, changed end
  seen[#seen + 1] = { path = path, size = size, changed = changed }
  return text
end

--- A policy's text.
-- @tparam string path of a regular file of at most 16 MiB, which nobody is writing
-- @tparam {table,...} seen collects what is read: `path`, `size` and when it `changed`
-- @treturn string|nil
-- @treturn string what is wrong
-- @treturn string code
function files.read(path, seen) return read(path, LIMIT, seen) end

--- Remembers a file that is not read here.
-- @tparam string path
-- @treturn {table,...}|nil as `read` collects it
-- @treturn string message
-- @treturn string code
function files.look_at(path)
  local size, changed, code = core.stat_file(path)
  if not size then return nil, changed, code end
  return { { path = path, size = size, changed = changed } }
end

--- Whether files are as they were when they were read.
-- @tparam {table,...} seen
-- @treturn boolean
function files.are_unchanged(seen)
  for _, file in ipairs(seen) do
    local size, changed = core.stat_file(file.path)
    if size ~= file.size or changed ~= file.changed then return false end
  end
  return true
end

-- Why a policy may not name such a file, or nil.
local function forbidden(name, path)
  local why
  if name:find "^[/\\]" or name:find "^%a:" then why = "an absolute path" end
  for part in name:gmatch "[^/\\]+" do
    if part == ".." then why = why or "a path that leaves the policy's folder" end
  end
  if name:find "%z" then why = why or "a path with a NUL" end
  return why and ("%s; name a file in the folder of %s"):format(why, path)
end

--- The path of a file in the folder of another.
-- @tparam string path of the other
-- @tparam string name
-- @treturn string|nil
-- @treturn string why it can be none
function files.beside(path, name)
  local why = forbidden(name, path)
  if why then return nil, why end
  return folder_of(path) .. name
end

--- What answers `include "file"` for the policy at `path`.
-- @tparam string path
-- @tparam {table,...} seen as for `read`
-- @treturn function of a name: a text and a chunk name, or nil and a message
function files.includes(path, seen)
  local folder = folder_of(path)
  return function(name)
    local why = forbidden(name, path)
    if why then return nil, ('include "%s": %s'):format(name, why) end
    local text, message = files.read(folder .. name, seen)
    if not text then return nil, ('include "%s": %s'):format(name, message) end
    return text, "@" .. name
  end
end

--- The same answers, whatever the function does that gives them: what it raises is a message.
-- @tparam function include as `files.includes` returns
-- @tparam {string,...} sources collects the texts
-- @treturn function
function files.answers(include, sources)
  return function(name)
    local ok, text, chunkname = pcall(include, name)
    if not ok then
      return nil, ('include "%s": the host cannot answer: %s'):format(name, reason(text))
    elseif type(text) ~= "string" then
      return nil, type(chunkname) == "string" and chunkname
        or ('include "%s": the host has no such file'):format(name)
    end
    sources[#sources + 1] = text
    return text, type(chunkname) == "string" and chunkname or "@" .. name
  end
end

-- The blocks of a file, each as long as it is asked for; nil, a message, a code where somebody
-- writes it meanwhile.
local function blocks_of(path, size, changed)
  local at = 0
  return function(length)
    local text, size_now, changed_now = core.read_part(path, at, length)
    if not text then return nil, size_now, changed_now end
    at = at + #text
    if size_now ~= size or changed_now ~= changed or text == "" and at ~= size then
      return fail "file-changing"
    end
    if text ~= "" then return text end
  end
end

--- What reads the files of declarations for the policy at `path`.
-- @tparam string path
-- @tparam {table,...} seen as for `read`
-- @treturn function of a name and the most bytes: a function of a number of bytes, which returns
--   the next block of the file, nil at its end; or nil, a message, a code, as may that function
function files.declared(path, seen)
  local folder = folder_of(path)
  return function(name, limit)
    local why = forbidden(name, path)
    if why then return nil, why end
    local file = folder .. name
    local size, changed, code = core.stat_file(file)
    if not size then return nil, changed, code end
    if size > limit then return fail "file-large" end
    seen[#seen + 1] = { path = file, size = size, changed = changed }
    return blocks_of(file, size, changed)
  end
end

--- The same for a host that answers with whole texts, whatever it does.
-- @tparam function host of a name and the most bytes: a text; or nil, a message, a code
-- @treturn function as `files.declared` returns
function files.answered(host)
  return function(name, limit)
    local ok, text, message, code = pcall(host, name, limit)
    if not ok then return nil, "the host cannot answer: " .. reason(text) end
    if type(text) ~= "string" then
      return nil, type(message) == "string" and message or "the host has no such file",
        type(code) == "string" and code or nil
    end
    if #text > limit then return fail "file-large" end
    return block_of(text)
  end
end

-- A function that returns blocks, in UTF-8 also where Windows' tools wrote them in UTF-16.
local function readable(blocks) return utf16.reader(blocks, utf16.marked) end

--- The same with a bound for all files together, and in UTF-8.  A policy's revision knows such a file,
-- which may be large, by its digest.
-- @tparam function open as `files.declared` returns
-- @tparam number limit in bytes
-- @tparam {string,...} sources collects what tells the files apart that were read to their ends
-- @treturn table the limit as `bytes`; `open`, a function of a name that returns blocks likewise; and
--   `reopen`, the same for what was read before, of which nothing is charged or remembered
function files.outside(open, limit, sources)
  local left = limit
  local function open_bounded(name)
    local blocks, message, code = open(name, left)
    if code == "file-large" then return fail "policy-declarations" end
    if not blocks then return nil, message, code end
    local digest
    return readable(function(length)
      local text, why, why_code = blocks(length)
      if not text then
        if not why then sources[#sources + 1] = ("%s %s"):format(name, digest or "") end
        return nil, why, why_code
      end
      left, digest = left - #text, core.digest(text, digest)
      return text
    end)
  end
  local function reopen(name)
    local blocks, message, code = open(name, limit)
    if not blocks then return nil, message, code end
    return readable(blocks)
  end
  return { bytes = limit, open = open_bounded, reopen = reopen }
end

return files
