--- Finds the policy that a command works with, and loads it.
-- @module postoffice.cli.policy_file

local answers = require "postoffice.cli.answers"
local exit = require "postoffice.cli.exit"
local lists = require "postoffice.lists"
local require_or_exit = require "postoffice.cli.require_or_exit"
local secrets = require "postoffice.cli.secrets"

local policy_file = {}

local VARIABLE = "POSTOFFICE_POLICY"
local DEFAULT = "policy.lua"

local function engine()
  require_or_exit("lpeg", "policies need")
  return require "postoffice.policy"
end

--- Whether there is a file to read.
-- @string path
-- @treturn boolean
function policy_file.is_readable(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

-- A path that an option gave.
local function named(path)
  if path == "" then exit.with(exit.WRONG_USE, "--policy: name the policy's file") end
  return path
end

--- The path of the policy: the one given, else the environment's, else `./policy.lua`.
-- @tparam table session
-- @tparam table options of the command: `policy`, or `file`, the argument
-- @treturn string
function policy_file.path(session, options)
  if options.policy and options.file then
    exit.with(exit.WRONG_USE, ("which policy, %s or %s? Name one"):format(options.policy,
      options.file))
  end
  local path = named(options.policy or options.file) or session.getenv(VARIABLE)
  if path and path ~= "" then return path end
  if policy_file.is_readable(DEFAULT) then return DEFAULT end
  return exit.with(exit.POLICY, ("no policy: ./%s cannot be read; write --policy FILE, or set %s")
    :format(DEFAULT, VARIABLE))
end

--- Whether a policy is one that `compile` wrote.
-- @tparam string path
-- @treturn boolean
function policy_file.is_compiled(path) return engine().is_compiled(path) end

--- The paths of the policies given, or the one that is found without.
-- @tparam table session
-- @tparam table options of the command: `named`, by `--policy`, and `policies`, the arguments
-- @treturn {string,...}
function policy_file.paths(session, options)
  local paths = lists.map(options.named or {}, named)
  for _, path in ipairs(options.policies) do paths[#paths + 1] = path end
  return paths[1] and paths or { policy_file.path(session, {}) }
end

--- The options that policies are loaded by, but for the time that a script may take.
policy_file.untimed_options = { "ask", "secret", "memory" }

--- The options that policies are loaded by.
policy_file.options = { policy_file.untimed_options, "seconds" }

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
local function with_option(message, code)
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
  return nil, with_option(message, code), code
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
  return nil, with_option(message, code), code
end

--- Loads the policy that the options name; ends the command where it does not load.
-- @tparam table session
-- @tparam table options of the command: those of `policy_file.path` and `policy_file.options`
-- @treturn table policy
function policy_file.required(session, options)
  local loaded, message = policy_file.load(policy_file.path(session, options), options)
  if not loaded then exit.with(exit.POLICY, message) end
  local count = loaded:skipped().count
  if count > 0 then
    session:say(("%d skipped in the files of directories; postoffice check lists what"):format(
      count))
  end
  return loaded
end

return policy_file
