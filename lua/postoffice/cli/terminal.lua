--- Which of the standard streams are terminals.
--
-- Lua cannot tell; the shell can, since a command that it runs inherits them.
-- That costs a process, so nobody asks before it matters.
-- @module postoffice.cli.terminal

local terminal = {}

local BIT = { stdin = 1, stdout = 2, stderr = 4 }

local QUESTION = "t=0; test -t 0 && t=1; test -t 1 && t=$((t+2)); test -t 2 && t=$((t+4)); exit $t"

local answer -- the sum of the bits, once asked

-- The exit status of a shell command; Lua 5.1 returns it as wait() does.
local function run(command)
  local result, _, status = os.execute(command)
  if type(result) == "number" then return math.floor(result / 256) end
  return status
end

--- Whether a stream is a terminal.
-- @tparam string name `stdin`, `stdout` or `stderr`
-- @treturn boolean
function terminal.is(name)
  if not answer then
    local has_shell = package.config:sub(1, 1) == "/"
    answer = has_shell and run(QUESTION) or 0
  end
  return answer % (2 * BIT[name]) >= BIT[name]
end

--- Waits.  A signal ends it: what runs a shell's command by `os.execute` would not hear of Ctrl-C.
-- @tparam number seconds
function terminal.sleep(seconds)
  local pipe = io.popen(("exec sleep %g"):format(seconds))
  if pipe then pipe:close() end
end

--- How many characters a line of the terminal has.
-- @treturn number|nil nil if there is none that says so
function terminal.columns()
  local pipe = io.popen "stty size 2>/dev/null </dev/tty"
  local said = pipe and pipe:read "*l"
  if pipe then pipe:close() end
  local columns = tonumber((said or ""):match "^%d+ (%d+)$")
  return columns and columns > 0 and columns or nil
end

return terminal
