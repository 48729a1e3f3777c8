--- Files of keys: `--secret NAME=FILE`.  No key is ever an argument, which others could read.
-- @module postoffice.cli.secrets

local exit = require "postoffice.cli.exit"
local require_or_exit = require "postoffice.cli.require_or_exit"

local secrets = {}

-- Ends the command where others than the file's owner could read it.
local function check_mode(path)
  local lfs = require_or_exit("lfs", "keys need")
  local mode, message = lfs.attributes(path, "permissions")
  if not mode then exit.with(exit.INPUT_OUTPUT, message) end
  if not mode:find "^...%-%-%-%-%-%-" then
    exit.with(exit.INPUT_OUTPUT, ("%s: others can read the keys in it; chmod go= %s"):format(path,
      path))
  end
end

-- The keys in a file, one a line: the first signs, all verify.
local function read_keys(path)
  check_mode(path)
  local file, message = io.open(path, "rb")
  if not file then exit.with(exit.INPUT_OUTPUT, message) end
  local keys = {}
  for line in file:lines() do
    line = line:gsub("\r$", "")
    if line ~= "" then keys[#keys + 1] = line end
  end
  file:close()
  if #keys == 0 then
    exit.with(exit.INPUT_OUTPUT, ("%s: holds no keys; write one a line, the first signs"):format(
      path))
  end
  return keys
end

--- The keys that options name.
-- @tparam {string,...} given each `NAME=FILE`
-- @treturn table|nil for `policy.loadfile`'s `secrets`; nil where none is given
function secrets.read(given)
  if not given or #given == 0 then return nil end
  local list = {}
  for _, option in ipairs(given) do
    local name, path = option:match "^([^=]+)=(.+)$"
    if not name then
      exit.with(exit.WRONG_USE, "--secret: write the keys' name and the file that holds them, one a"
        .. " line: --secret forwarding=keys.txt")
    end
    if list[name] then
      exit.with(exit.WRONG_USE, ("--secret %s: it is given twice"):format(name))
    end
    list[name] = read_keys(path)
  end
  return list
end

return secrets
