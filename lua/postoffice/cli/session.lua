--- What a command works with: its streams, and what it says about addresses.
-- @module postoffice.cli.session

local input = require "postoffice.cli.input"
local output = require "postoffice.cli.output"
local postoffice = require "postoffice"
local progress = require "postoffice.cli.progress"
local exit = require "postoffice.cli.exit"
local terminal = require "postoffice.cli.terminal"

local session = {}

local Session = {}
Session.__index = Session

local NAME = "postoffice: "
local ANY = { unknown = true }
local WIDTH, NARROWEST = 80, 40 -- of text, in characters
local SHOWN = 120 -- bytes of an address in an error message
local HINT = "reading addresses from the terminal, one a line; end with Ctrl-D"
local TEXT_HINT = "reading a text from the terminal; end with Ctrl-D"

--- The streams of this process; those given replace them.
-- @tparam[opt] table given `stdin`, `stdout`, `stderr`, `getenv`, `terminal` (a function of a
--   stream's name), `columns` (a function: how wide the terminal is), `clock` (whole seconds), `sleep`
--   (a function of a number of seconds)
-- @treturn table
function session.new(given)
  given = given or {}
  local self = setmetatable({
    stdin = given.stdin or io.stdin,
    stderr = given.stderr or io.stderr,
    output = output.new(given.stdout or io.stdout),
    getenv = given.getenv or os.getenv,
    terminal = given.terminal or terminal.is,
    columns = given.columns or terminal.columns,
    clock = given.clock or os.time, sleep = given.sleep or terminal.sleep,
  }, Session)
  self.progress = progress.new(self.stderr, false, self.clock)
  return self
end

--- Says something on standard error, after what was written so far.
-- @tparam string text
function Session:say(text)
  self.progress:erase()
  self.output:flush()
  self.stderr:write(NAME, output.visible_lines(text), "\n")
end

-- An address as part of a sentence; also on Lua 5.1, whose `format` ends at a NUL.
local function shortened(text)
  if #text <= SHOWN then return output.visible(text) end
  return output.visible(text:sub(1, SHOWN)) .. "..."
end

--- How wide lines of text are: as the terminal that shows them.
-- @treturn number
function Session:width()
  if not self.terminal "stdout" then return WIDTH end
  return math.max(tonumber(self.getenv "COLUMNS") or self.columns() or WIDTH, NARROWEST)
end

--- A text of several lines as standard output takes it: for another program as it is, for a terminal
-- with all that nobody sees made visible.
-- @tparam string text
-- @treturn string
function Session:shown(text)
  return self.terminal "stdout" and output.visible_lines(text) or text
end

--- Writes one line to standard output: for another program as it is, but for control characters;
-- to a terminal with all that nobody sees made visible.
-- @tparam string text
function Session:write_text(text)
  local plain = not text:find "[\128-\255]" or not self.terminal "stdout"
  self.output:line(plain and output.single_line(text) or output.visible(text))
end

--- Says what is wrong with an address.
-- @tparam string|table place such as `line 3`; `tostring` tells
-- @tparam string text the address
-- @tparam string message
-- @tparam string code
-- @tparam[opt] number position in bytes
function Session:report(place, text, message, code, position)
  local where = position and (", byte %d"):format(position) or ""
  self:say(('%s: "%s": %s (%s%s)'):format(tostring(place), shortened(text), message, code, where))
end

--- Says what is wrong with an address that a policy cannot read.
-- @tparam string text
-- @tparam string|table place
function Session:report_unread(text, place)
  local address, message, code, position = postoffice.parse(text, ANY)
  if not address then self:report(place, text, message, code, position) end
end

-- How much of a stream was read, if it is a file.
local function share_of(stream)
  local start = stream.seek and stream:seek "cur"
  local size = start and stream:seek "end"
  if not size or size <= start then return nil end
  stream:seek("set", start)
  return function() return (stream:seek "cur" - start) / (size - start) end
end

--- Looks who types, who waits for each answer, and who would see how far the command is.
-- @tparam table options of the command: `unbuffered`
-- @tparam[opt] string hint for somebody who types; none where standard input is not read
function Session:attend(options, hint)
  local watched = self.terminal "stdout"
  self.typed = hint ~= nil and self.terminal "stdin"
  self.output.live = self.typed or watched or options.unbuffered or false
  if self.typed and self.terminal "stderr" then self:say(hint) end
  local shown = not self.typed and not watched and self.terminal "stderr"
  self.progress = progress.new(self.stderr, shown, self.clock, shown and share_of(self.stdin))
end

--- Counts what a command does that reads no addresses, for who would see how far it is.
-- @string noun what is counted: "files"
-- @tparam[opt] number total how many there are
-- @tparam[opt] boolean alone nothing is written to standard output meanwhile, so that it is shown where
--   that is a terminal, too
function Session:count(noun, total, alone)
  local shown = (alone or not self.terminal "stdout") and self.terminal "stderr"
  local counted
  local function share() return (counted.count + counted.part) / total end
  counted = progress.new(self.stderr, shown, self.clock, total and total > 0 and share, noun)
  self.progress = counted
end

-- Writes the rows of a block and says what is wrong with its lines, each after its row.
local function write_rows(self, number, rows, errors)
  local done = 0
  for _, found in ipairs(errors) do
    self.output:write(rows:sub(done + 1, found.written))
    done = found.written
    local place = ("line %d"):format(number + found.line)
    self:report(place, found.text, found.message, found.code, found.position)
  end
  self.output:write(done == 0 and rows or rows:sub(done + 1))
end

-- Writes the rows of standard input; returns whether all lines are good.
local function each_row(self, rows_of, literal)
  local good, number = true, 0
  input.each_block(self.stdin, function(block)
    local rows, errors, rest, lines, addresses, bad =
      rows_of(input.without_comments(block, literal))
    write_rows(self, number, rows, errors)
    good = good and #errors == 0 and not bad
    number = number + lines
    self.progress:add(addresses)
    return rest
  end)
  return good
end

--- All of a text.
-- @tparam[opt] table stream else standard input
-- @treturn string
function Session:read_all(stream)
  if not stream and self.terminal "stdin" and self.terminal "stderr" then self:say(TEXT_HINT) end
  local parts = {}
  for part in input.blocks(stream or self.stdin) do parts[#parts + 1] = part end
  return table.concat(parts)
end

--- The lines of a text without their ends, after `attend`.
-- @tparam[opt] table stream else standard input
-- @tparam number most of the bytes of a line that are kept, see `input.records`
-- @treturn function an iterator
function Session:lines(stream, most)
  local size = not stream and self.typed and 1 or input.BLOCK
  return input.lines(stream or self.stdin, size, most)
end

-- Tells somebody who names a file how its addresses are read, once.
local function hint_at_file(self, text)
  if self.is_hinted or text:find "[@:=]" then return end
  local file = io.open(text, "rb")
  if not file then return end
  local _, failure = file:read(0) -- which fails for a folder
  file:close()
  if failure then return end
  self.is_hinted = true
  self:say(("%s is a file; to read the addresses in it, write <%s"):format(text, text))
end

--- Hands every address to a function.
-- @tparam table options of the command: `addresses`, `null`, `literal`, `unbuffered`
-- @tparam function handle is given the address, its place and number; returns whether it is good
-- @tparam[opt] function rows_of makes of a block what `postoffice.lines` does, the same output as
--   `handle`, and returns last whether some address is bad that has no error: for a standard input
--   of lines on whose answers nobody waits
-- @treturn number the exit status
function Session:each_address(options, handle, rows_of)
  local status = exit.GOOD
  local function open()
    self:attend(options, HINT)
    if not rows_of or options.null or self.output.live then
      return input.stream(self.stdin, options, self.output.live)
    end
    if not each_row(self, rows_of, options.literal) then status = exit.SOME_BAD end
    return function() end -- nothing is left
  end
  for text, place, number in input.arguments(options.addresses, open) do
    if not handle(text, place, number) then
      status = exit.SOME_BAD
      if type(place) == "string" then hint_at_file(self, text) end -- it is an argument
    end
    self.output:settle()
    self.progress:tick()
  end
  return status
end

return session
