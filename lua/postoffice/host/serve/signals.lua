--- The signals that a server heeds.
-- @module postoffice.host.serve.signals

local signal = require "cqueues.signal"

local signals = {}

--- The one at which policies are loaded again; the others end the server.
signals.RELOAD = signal.SIGHUP

--- Signals wait until somebody listens, from the time of this call on: it comes before all that takes a while.  A
-- reader that has gone is an error of writing, not the end of the process.
function signals.hold()
  signal.block(signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
  signal.ignore(signal.SIGPIPE)
end

--- What waits for one.
-- @treturn userdata with `wait`, which returns the signal
function signals.listen() return signal.listen(signal.SIGHUP, signal.SIGTERM, signal.SIGINT) end

return signals
