--- Where addresses come from: the arguments, or standard input record by record.
-- @module postoffice.cli.input

local exit = require "postoffice.cli.exit"
local utf16 = require "postoffice.text.utf16"

local input = {}

--- The size of a block where nobody types.
input.BLOCK = 65536

local CR = 13
local BYTE_ORDER_MARK = "^\239\187\191"

local function read(stream, size)
  local bytes, message = stream:read(size)
  if bytes == nil and message then
    exit.with(exit.INPUT_OUTPUT, ("cannot read the input: %s"):format(tostring(message)))
  end
  return bytes
end

-- What reads a stream of text: one in UTF-16, as PowerShell writes it, is decoded.
local function text_reader(stream)
  return utf16.reader(function(size) return read(stream, size) end, utf16.order)
end

--- A stream block by block.
-- @tparam table stream
-- @treturn function an iterator
function input.blocks(stream)
  return function() return read(stream, input.BLOCK) end
end

--- The records of a stream, whatever bytes they hold.
--
-- Not by `lines`, which on Lua 5.1 and LuaJIT ends a line at a NUL.  A block is
-- waited for until it is full, so somebody who types, or who watches, wants
-- blocks of one byte.
-- @tparam table stream
-- @tparam string delimiter one character
-- @tparam number size of a block
-- @tparam[opt] number most of the bytes that are kept: a longer record is cut, if not shorter
--   than this
-- @treturn function an iterator; the last record need not be delimited
function input.records(stream, delimiter, size, most)
  local block, start, pieces, kept = "", 1, {}, 0
  local next_block = delimiter == "\0" and function() return read(stream, size) end
    or text_reader(stream)
  local function take(piece)
    if #pieces == 0 then return piece end
    if not most or kept < most then pieces[#pieces + 1] = piece end
    piece, pieces, kept = table.concat(pieces), {}, 0
    return piece
  end
  local function keep(piece)
    if piece == "" or (most and kept >= most) then return end
    pieces[#pieces + 1], kept = piece, kept + #piece
  end
  return function()
    while block do
      local at = block:find(delimiter, start, true)
      if at then
        local piece = block:sub(start, at - 1)
        start = at + 1
        return take(piece)
      end
      keep(block:sub(start))
      block, start = next_block(size), 1
    end
    if #pieces > 0 then return take "" end
  end
end

--- Hands the lines of a stream on in large blocks.
-- @tparam table stream
-- @tparam function take is given whole lines, and after them what may be the begin of another,
--   which it returns; what the stream ends with becomes a line
function input.each_block(stream, take)
  local pieces = {} -- of a line that has not ended yet
  local first = true
  local next_block = text_reader(stream)
  for bytes in function() return next_block(input.BLOCK) end do
    local block = first and bytes:gsub(BYTE_ORDER_MARK, "") or bytes
    first = false
    pieces[#pieces + 1] = block
    if block:find("\n", 1, true) then pieces = { take(table.concat(pieces)) } end
  end
  take(table.concat(pieces) .. "\n")
end

--- Lines of people and of Windows: with a CR before the LF, with a byte order mark.
-- @tparam table stream
-- @tparam number size of a block
-- @tparam[opt] number most see `records`
-- @treturn function an iterator
function input.lines(stream, size, most)
  local next_line, first = input.records(stream, "\n", size, most), true
  return function()
    local line = next_line()
    if not line then return nil end
    if first then line, first = line:gsub(BYTE_ORDER_MARK, ""), false end
    return line:byte(-1) == CR and line:sub(1, -2) or line
  end
end

local function nul_ended(stream, size) return input.records(stream, "\0", size) end

-- Where a record stands: a text for whoever has something to say of it.
local Place = {
  __tostring = function(self) return ("%s %d"):format(self.noun, self.number) end,
}

local function is_empty(record) return record == "" end
local function is_blank(line) return line:find "^[ \t]*$" ~= nil end
local function is_no_address(line) return is_blank(line) or line:find "^[ \t]*#" ~= nil end

-- The records that are not passed over, each with its place, which is the next one's later on, and number.
local function numbered(next_record, noun, is_passed_over)
  local number, place = 0, setmetatable({ noun = noun, number = 0 }, Place)
  return function()
    while true do
      local record = next_record()
      if not record then return nil end
      number = number + 1
      place.number = number
      if not is_passed_over(record) then return record, place, number end
    end
  end
end

-- Whether some line may be blank, or begin with a blank.
local function has_blanks(block)
  return block:find "^[ \t]" or block:find("\n ", 1, true) or block:find("\n\t", 1, true)
end

--- A block of lines whose comments and blank lines are empty lines.
-- @string block
-- @tparam boolean literal no line is a comment
-- @treturn string
function input.without_comments(block, literal)
  local has_comments = not literal and block:find("#", 1, true)
  if not has_comments and not has_blanks(block) then return block end
  local text = "\n" .. block
  if has_comments then text = text:gsub("\n[ \t]*#[^\n]*%f[\n]", "\n") end
  return (text:gsub("\n[ \t]+\r?%f[\n]", "\n"):sub(2))
end

--- The addresses on a stream.
-- @tparam table stream
-- @tparam table options of the command: `null`, they end with NUL, not with the line; `literal`, no
--   line is a comment
-- @tparam boolean live somebody waits for each answer
-- @treturn function an iterator: address, place (see `tostring`; it is the next one's later on),
--   number
function input.stream(stream, options, live)
  local size = live and 1 or input.BLOCK
  if options.null then return numbered(nul_ended(stream, size), "record", is_empty) end
  return numbered(input.lines(stream, size), "line", options.literal and is_blank or is_no_address)
end

--- The addresses among the arguments; `-` stands for those on standard input.
-- @tparam {string,...} arguments none: standard input
-- @tparam function open returns an iterator over standard input
-- @treturn function an iterator: address, place, number
function input.arguments(arguments, open)
  if #arguments == 0 then return open() end
  local number, stream = 0, nil
  return function()
    while true do
      if stream then
        local text, place, line = stream()
        if text then return text, place, line end
        stream = nil
      end
      number = number + 1
      local argument = arguments[number]
      if argument ~= "-" then return argument, ("argument %d"):format(number), number end
      stream = open()
    end
  end
end

return input
