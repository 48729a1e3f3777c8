--- The command `postoffice`.
-- @module postoffice.cli

local arguments = require "postoffice.cli.arguments"
local output = require "postoffice.cli.output"
local session = require "postoffice.cli.session"
local exit = require "postoffice.cli.exit"
local is_readable = require "postoffice.cli.policy_file".is_readable

local cli = {}

pcall(require, "postoffice.types") -- PROFS, SIP and their like, where LPeg is installed

--- What the command can do, each as `postoffice.cli.arguments` has it.
cli.commands = {}

local commands, by_name = cli.commands, {}
for _, name in ipairs {
  "addresses", "routing", "stages", "policies", "publish", "prove", "diff", "x500", "proxies",
  "import", "serve", "help",
} do
  for _, command in ipairs(require("postoffice.cli." .. name)) do
    commands[#commands + 1] = command
    by_name[command.name] = command
  end
end

-- Whether a command has the option --policy.
local function takes_policy(command)
  for _, option in ipairs(arguments.options_of(command)) do
    if option[2]:find "%-%-policy" then return true end
  end
  return false
end

-- Ends a command for a file of Lua among its addresses, before it looks for another policy; with
-- --headers, arguments are files.
local function refuse_scripts(command, options)
  for _, text in ipairs(not options.headers and options.addresses or {}) do
    if text:find "%.lua$" and is_readable(text) then
      exit.with(exit.WRONG_USE, ("%s is a file, and no address; %s%s"):format(text,
        takes_policy(command) and "if it is the policy, write --policy "
          or "to read the addresses in it, write <", text))
    end
  end
end

local function run(here, given)
  local options = arguments.read(given, commands)
  here.manual = arguments.manual(commands)
  if options.version then
    here.output:line("postoffice " .. require("postoffice")._VERSION)
    return exit.GOOD
  end
  local command = by_name[options.command]
  refuse_scripts(command, options)
  return command.run(here, options)
end

-- What was raised as an early end, with a trace where it is a mistake of ours.
local function early_end(raised)
  if exit.is(raised) then return raised end
  local text = tostring(raised)
  if text:find "interrupted!$" then return { status = exit.INTERRUPTED } end
  local trace = debug.traceback("a mistake in the command itself: " .. text, 2):gsub("\t", "  ")
  return { status = exit.SOFTWARE, message = trace }
end

-- Runs a function to its end, early or not: its exit status.
local function guarded(here, work)
  local ok, result = xpcall(work, early_end)
  if ok then return result end
  if not result.message then return result.status end
  if result.status == exit.GOOD then
    return guarded(here, function() here.output:line(result.message) return exit.GOOD end)
  end
  here.stderr:write("postoffice: ", output.visible_lines(result.message), "\n")
  return result.status
end

--- Runs the command.
-- @tparam {string,...} given its arguments
-- @tparam[opt] table streams instead of this process's, see `postoffice.cli.session`
-- @treturn number the exit status
function cli.run(given, streams)
  local here = session.new(streams)
  local status = guarded(here, function() return run(here, given) end)
  here.progress:erase()
  local written = guarded(here, function() here.output:flush() return exit.GOOD end)
  return written == exit.GOOD and status or written
end

--- Runs the command with this process's streams.
-- @tparam {string,...} given
-- @treturn number the exit status
function cli.main(given) return cli.run(given) end

return cli
