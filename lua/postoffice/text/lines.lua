--- The lines of a text that comes in blocks.
--
-- A line ends with LF or CR LF; whatever else it holds, NUL too, is kept.  A byte order mark of
-- UTF-8 before the first is none of it.  Each byte is looked at a few times, however long a line.
-- @module postoffice.text.lines

local byte, find, sub = string.byte, string.find, string.sub

local lines = {}

local BLOCK = 64 * 1024 -- bytes that are asked for at least

local CARRIAGE = 13

-- The marks of texts that are no UTF-8.
local UTF16 = { ["\255\254"] = true, ["\254\255"] = true }

--- What is said of a text in UTF-16.
lines.UTF16 = "the text is UTF-16; save it as UTF-8"

--- Whether a text begins as one in UTF-16 does.
-- @string text
-- @treturn boolean
function lines.is_utf16(text) return UTF16[sub(text, 1, 2)] == true end

-- A line without its end.
local function bare(text, first, last)
  if last >= first and byte(text, last) == CARRIAGE then last = last - 1 end
  return sub(text, first, last)
end

-- Where the line that begins at `at` ends, the last one at the text's end; or nil, and what is to
-- be searched again when more has come.
local function end_of(text, from, ended)
  local feed = find(text, "\n", from, true)
  if feed then return feed end
  return ended and #text + 1 or nil
end

--- What reads the lines of a text.
-- @tparam function more the next block of the text, of about as many bytes as it is given; nil at
--   the end
-- @treturn function of nothing: the next line and its number, from 1; nil after the last
function lines.each(more)
  local text, at, number, ended = "", 1, 0, false
  local function fill()
    local rest = sub(text, at)
    local block = more(math.max(BLOCK, #rest))
    ended, text, at = block == nil, rest .. (block or ""), 1
    return #rest + 1
  end
  local function begin()
    while not ended and #text < 3 do fill() end
    if sub(text, 1, 3) == "\239\187\191" then at = 4 end
  end
  return function()
    if number == 0 then begin() end
    local feed = end_of(text, at, ended)
    while not feed do
      local from = fill()
      feed = end_of(text, from, ended)
    end
    if at > #text then return nil end
    local line = bare(text, at, feed - 1)
    at, number = feed + 1, number + 1
    return line, number
  end
end

return lines
