--- Finds the policy that a command works with, and loads it.
-- @module postoffice.cli.policy_file

local require_or_exit = require "postoffice.cli.require_or_exit"
local exit = require "postoffice.cli.exit"

local policy_file = {}

local VARIABLE = "POSTOFFICE_POLICY"
local DEFAULT = "policy.lua"

local function engine()
  require_or_exit("lpeg", "policies need")
  return require "postoffice.policy"
end

local function is_readable(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

--- The path of the policy: the one given, else the environment's, else `./policy.lua`.
-- @tparam table session
-- @tparam[opt] string given
-- @treturn string
function policy_file.path(session, given)
  local path = given or session.getenv(VARIABLE)
  if path and path ~= "" then return path end
  if not is_readable(DEFAULT) then
    exit.with(exit.POLICY, ("no policy: ./%s cannot be read; name the policy's file, or set %s")
      :format(DEFAULT, VARIABLE))
  end
  return DEFAULT
end

--- The paths of the policies given, or the one that is found without.
-- @tparam table session
-- @tparam {string,...} given
-- @treturn {string,...}
function policy_file.paths(session, given)
  if #given > 0 then return given end
  return { policy_file.path(session) }
end

--- Loads a policy.
-- @tparam string path
-- @tparam[opt] table options of `policy.loadfile`
-- @treturn table|nil policy
-- @treturn string what is wrong
function policy_file.load(path, options) return engine().loadfile(path, options) end

--- Loads the policy that the options name; ends the command where it does not load.
-- @tparam table session
-- @tparam table options of the command: `policy`
-- @treturn table policy
function policy_file.required(session, options)
  local loaded, message = policy_file.load(policy_file.path(session, options.policy))
  if not loaded then exit.with(exit.POLICY, message) end
  return loaded
end

return policy_file
