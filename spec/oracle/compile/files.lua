-- Of the oracle: nobody edits it (see ../init.lua).
--- Reads a policy's file, and the files it includes from the same folder.
-- @module spec.oracle.compile.files

local core = require "postoffice.core"
local reason = require "spec.oracle.language.describe".reason

local files = {}

-- What a policy and all it includes may be long: what a state takes.
local LIMIT = 16 * 1024 * 1024

--- A policy's text.
-- @tparam string path of a regular file of at most 16 MiB, which nobody is writing
-- @treturn string|nil
-- @treturn string|number what is wrong; or the file's size in bytes
-- @treturn string|number code; or when it last changed, seconds since 1970
function files.read(path) return core.read_file(path, LIMIT) end

local function folder_of(path) return path:match "^(.*[/\\])[^/\\]*$" or "" end

-- Why a policy may not include a file of this name, or nil.
local function forbidden(name)
  if name:find "^[/\\]" or name:find "^%a:" then return "an absolute path" end
  for part in name:gmatch "[^/\\]+" do
    if part == ".." then return "a path that leaves the policy's folder" end
  end
  if name:find "%z" then return "a path with a NUL" end
end

--- What answers `include "file"` for the policy at `path`.
-- @tparam string path
-- @treturn function of a name: a text and a chunk name, or nil and a message
function files.includes(path)
  local folder = folder_of(path)
  return function(name)
    local why = forbidden(name)
    if why then
      return nil, ('include "%s": %s; name a file in the folder of %s'):format(name, why, path)
    end
    local text, message = files.read(folder .. name)
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

return files
