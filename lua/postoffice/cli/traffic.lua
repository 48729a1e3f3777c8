--- Real traffic on standard input: a mail log's messages, recipient by recipient.
-- @module postoffice.cli.traffic

local exit = require "postoffice.cli.exit"
local lists = require "postoffice.lists"
local maillog = require "postoffice.text.maillog"
local postoffice = require "postoffice"

local traffic = {}

local HINT = "reading a log from the terminal; end with Ctrl-D"
local MOST = 65536 -- bytes of a line that are kept

-- What is known of a logged message besides what is said of all.
local function envelope_of(message, base)
  local envelope = lists.copy(base or {})
  for _, name in ipairs { "sender", "size", "now", "client" } do
    if message[name] ~= nil then envelope[name] = message[name] end
  end
  return envelope
end

--- Ends the command where a domain of names without one is none, or stands beside what has no such names.
-- @tparam table options of the command: `log`, `origin`
function traffic.check_origin(options)
  local origin = options.origin
  if not origin then return end
  if options.log ~= "postfix" then
    exit.with(exit.WRONG_USE, "--origin goes with --log postfix")
  end
  local ok, message = postoffice.parse("user@" .. origin, { type = "SMTP", notation = "native" })
  if not ok then exit.with(exit.WRONG_USE, ("--origin %s: %s"):format(origin, message)) end
end

--- Hands on every recipient of every message of the log.
-- @tparam table session
-- @tparam table options of the command: `log`, a format of `maillog.formats`; `origin`
-- @tparam table|nil base the envelope that the options make
-- @tparam function handle is given the recipient, the message's envelope and the message
-- @treturn number how many recipients there were
-- @treturn boolean whether every message could be read
function traffic.each(session, options, base, handle)
  if #options.addresses > 0 then
    exit.with(exit.WRONG_USE, "--log: a log is read from standard input; leave addresses out")
  end
  local count, is_whole = 0, true
  session:attend(options, HINT)
  for message in maillog.messages(session:lines(nil, MOST), options.log,
    { now = session.clock(), origin = options.origin }) do
    if message.fault then
      session:say(("line %d: %s"):format(message.line, message.fault))
      is_whole = false
    end
    local envelope = not message.fault and envelope_of(message, base)
    for _, recipient in ipairs(message.recipients or {}) do
      handle(recipient, envelope, message)
      count = count + 1
      session.progress:tick()
    end
  end
  if count == 0 then
    session:say(("the log tells of no message; is it %s's?"):format(options.log))
  end
  return count, is_whole
end

return traffic
