--- Reads a policy's file, and the files it includes from the same folder.
-- @module postoffice.policy.compile.files

local files = {}

--- A file's text.
-- @tparam string path
-- @treturn string|nil
-- @treturn string what is wrong
function files.read(path)
  local file, message = io.open(path, "rb")
  if not file then return nil, message end
  local text, failure = file:read "*a"
  file:close()
  if not text then return nil, ("%s: %s"):format(path, failure or "cannot be read") end
  return text
end

local function folder_of(path) return path:match "^(.*[/\\])[^/\\]*$" or "" end

-- Why a policy may not include a file of this name, or nil.
local function forbidden(name)
  if name:find "^[/\\]" or name:find "^%a:" then return "an absolute path" end
  for part in name:gmatch "[^/\\]+" do
    if part == ".." then return "a path that leaves the policy's folder" end
  end
  if name:find "%z" then return "a path with a NUL" end
end

--- What backs `include "file"` for the policy at `path`.
-- @tparam string path
-- @tparam {string,...} sources collects the texts that were read
-- @treturn function
function files.includes(path, sources)
  local folder = folder_of(path)
  return function(name)
    local why = forbidden(name)
    if why then
      return nil, ('include "%s": %s; name a file in the folder of %s'):format(name, why, path)
    end
    local text, message = files.read(folder .. name)
    if not text then return nil, ('include "%s": %s'):format(name, message) end
    sources[#sources + 1] = text
    return text, "@" .. name
  end
end

return files
