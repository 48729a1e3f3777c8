--- Files of keys: `--secret NAME=FILE`.  No key is ever an argument, which others could read.
-- @module postoffice.cli.secrets

local exit = require "postoffice.cli.exit"
local private_file = require "postoffice.cli.private_file"

local secrets = {}

-- The keys in a file, one a line: the first signs, all verify.
local function read_keys(path)
  local keys = {}
  for _, line in ipairs(private_file.lines(path, "keys")) do
    if line ~= "" then keys[#keys + 1] = line end
  end
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
