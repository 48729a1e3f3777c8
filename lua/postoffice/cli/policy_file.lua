--- Finds the policy that a command works with, and loads it.
-- @module postoffice.cli.policy_file

local answers = require "postoffice.cli.answers"
local exit = require "postoffice.cli.exit"
local require_or_exit = require "postoffice.cli.require_or_exit"
local secrets = require "postoffice.cli.secrets"

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
  if given == "" then exit.with(exit.WRONG_USE, "--policy: name the policy's file") end
  local path = given or session.getenv(VARIABLE)
  if path and path ~= "" then return path end
  if not is_readable(DEFAULT) then
    exit.with(exit.POLICY, ("no policy: ./%s cannot be read; name the policy's file, or set %s")
      :format(DEFAULT, VARIABLE))
  end
  return DEFAULT
end

--- Whether a policy is one that `compile` wrote.
-- @tparam string path
-- @treturn boolean
function policy_file.is_compiled(path) return engine().is_compiled(path) end

--- The paths of the policies given, or the one that is found without.
-- @tparam table session
-- @tparam {string,...} given
-- @treturn {string,...}
function policy_file.paths(session, given)
  if #given > 0 then return given end
  return { policy_file.path(session) }
end

--- The options that policies are loaded by.
policy_file.options = { "ask", "secret", "memory", "seconds" }

--- What a command's options say of how a policy is loaded.
-- @tparam table options of the command: `policy_file.options`
-- @tparam[opt] boolean verify look at every byte of a compiled one
-- @treturn table options of `policy.load`
function policy_file.load_options(options, verify)
  local milliseconds = options.seconds and options.seconds * 1000
  return {
    ask = answers.read(options.ask), secrets = secrets.read(options.secret),
    memory = options.memory, milliseconds = milliseconds, load_milliseconds = milliseconds,
    verify = verify,
  }
end

-- By code, the option that gives a load more of what it lacks.
local MORE = { ["policy-deadline"] = "--seconds", ["policy-memory"] = "--memory" }

-- What is wrong, with the option of the command by which there is more.
local function named(message, code)
  return MORE[code] and ("%s (here %s)"):format(message, MORE[code]) or message
end

--- Loads a policy.
-- @tparam string path
-- @tparam table options of the command: `policy_file.options`
-- @tparam[opt] boolean verify look at every byte of a compiled one
-- @treturn table|nil policy
-- @treturn string what is wrong
-- @treturn string code
function policy_file.load(path, options, verify)
  local loaded, message, code =
    engine().loadfile(path, policy_file.load_options(options, verify))
  if loaded then return loaded end
  return nil, named(message, code), code
end

--- Loads a policy that is to go live: its check finds no error, its tests pass and its claims hold.
-- @tparam string path
-- @tparam table options of the command: `policy_file.options`
-- @treturn table|nil live policy
-- @treturn string what is wrong
-- @treturn string code
function policy_file.open(path, options)
  local live, message, code = engine().open(path, policy_file.load_options(options))
  if live then return live end
  return nil, named(message, code), code
end

--- Loads the policy that the options name; ends the command where it does not load.
-- @tparam table session
-- @tparam table options of the command: `policy`, and those of `policy_file.options`
-- @treturn table policy
function policy_file.required(session, options)
  local loaded, message = policy_file.load(policy_file.path(session, options.policy), options)
  if not loaded then exit.with(exit.POLICY, message) end
  local count = loaded:skipped().count
  if count > 0 then
    session:say(("%d skipped in the files of directories; postoffice check lists what"):format(
      count))
  end
  return loaded
end

return policy_file
