--- Reads the messages that a mail log tells of: who wrote to whom, how much, when, and from where.
--
-- Three formats: `tsv`, rows of our own; `exim`, Exim's main log (its specification, chapter 52);
-- `postfix`, what Postfix says to syslog.  What a server did with a message is not kept: a recipient
-- is one as the client, or a user, wrote it, before aliases.
-- @module postoffice.text.maillog

local maillog = {}

--- The formats.
maillog.formats = { "exim", "postfix", "tsv" }

local READERS = {
  exim = function() return require "postoffice.text.maillog.exim" end,
  postfix = function() return require "postoffice.text.maillog.postfix" end,
  tsv = function() return require "postoffice.text.maillog.tsv" end,
}

-- What `messages` calls: the next message, from the lines that come as long as none is whole.
local function next_message(state)
  while true do
    local message = table.remove(state.ready, 1)
    if message then return message end
    local line = state.next_line and state.next_line()
    state.number = state.number + 1
    if line then
      state.reader:line(line, state.number, state.ready)
    elseif state.next_line then
      state.next_line = nil
      state.reader:finish(state.ready)
    else
      return nil
    end
  end
end

--- The messages of a log, in the order in which the log has done with them.
-- @tparam function next_line returns the next line, without its end, or nil
-- @tparam string format one of `maillog.formats`
-- @tparam[opt] table options `now`: seconds since 1970 that no line is later than, for times
--   without a year; `origin`: of Postfix, the domain of names without one
-- @treturn function an iterator over messages: `recipients` (texts, one at least), `sender` (a text,
--   `<>` for bounces, or nil if the log does not tell), `size` (bytes), `now` (seconds since 1970, UTC
--   unless the log has a zone), `client` (the address of the host that brought it), `line` (where it
--   begins), `rejected` (the server refused it at once) and `fault`, what is wrong with a line,
--   instead of all that
function maillog.messages(next_line, format, options)
  local reader = READERS[format]().new(options or {})
  return next_message, { reader = reader, next_line = next_line, ready = {}, number = 0 }
end

return maillog
