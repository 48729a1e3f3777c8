--- Ends a command early, from however deep: raises a table that `postoffice.cli` catches.
-- The numbers are what the command exits with; from 69 to 78 they are those of sysexits.h.
-- @module postoffice.cli.exit

local exit = {
  GOOD = 0, -- all deliver, all are valid
  SOME_BAD = 1, -- some do not, some are not
  WRONG_USE = 2, -- of the command
  UNDECIDED = 3, -- nothing fails, and not all is proven
  UNAVAILABLE = 69, -- EX_UNAVAILABLE: a library is missing
  SOFTWARE = 70, -- EX_SOFTWARE
  INPUT_OUTPUT = 74, -- EX_IOERR
  POLICY = 78, -- EX_CONFIG: the policy does not load
  INTERRUPTED = 130, -- what a shell reports of SIGINT
  CLOSED = 141, -- what it reports of SIGPIPE, for hosts that ignore that signal
}

local Exit = {}

local BROKEN_PIPE = 32 -- EPIPE, on every system that has pipes

--- Ends the command.
-- @tparam number status
-- @tparam[opt] string message none where there is nothing to say
function exit.with(status, message)
  error(setmetatable({ status = status, message = message }, Exit), 0)
end

--- Ends the command because standard output failed; quietly, if nobody reads it any more.
-- @tparam string message the system's
-- @tparam[opt] number number the system's
function exit.output_failed(message, number)
  if number == BROKEN_PIPE then exit.with(exit.CLOSED) end
  exit.with(exit.INPUT_OUTPUT, ("cannot write the output: %s"):format(tostring(message)))
end

--- Whether something that was raised is an early end.
-- @param value
-- @treturn boolean
function exit.is(value) return getmetatable(value) == Exit end

return exit
