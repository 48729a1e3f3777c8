--- The texts in a file of mail, however somebody saved it.
--
-- A message or an mbox has parts, in quoted-printable or base64 (RFC 2045 6), which may be messages
-- again; a text may be UTF-16; a compound file (an Outlook .msg, MS-OXMSG) has streams, which are texts,
-- files that are attached, or data, of which the runs of characters are taken, 8 and 16 bits wide; so
-- are those of each sector of one that is damaged.  Any other file is one text as it is.  Each text knows the line of
-- the file that a byte of it comes from.
-- @module postoffice.exchange.parts

local base64 = require "postoffice.text.base64"
local compound = require "postoffice.exchange.compound"
local decode_line = require "postoffice.text.quoted_printable".decode_line
local is_postmark = require "postoffice.text.mbox".is_postmark
local lpeg = require "lpeg"
local utf16 = require "postoffice.text.utf16"

local P, R, S = lpeg.P, lpeg.R, lpeg.S

local parts = {}

local MOST_NESTED = 8 -- parts that are files in parts that are files
local MOST_OF_BOUNDARY = 70 -- characters (RFC 2046 5.1.1), and blanks

-- ---- Texts -------------------------------------------------------------------

local Text = {}
Text.__index = Text

-- A text that is put together of pieces, each from a line.
local function new_text()
  return setmetatable({ size = 0, pieces = {}, ends = {}, lines = {} }, Text)
end

function Text:add(piece, line)
  local count = #self.pieces + 1
  self.size = self.size + #piece
  self.pieces[count], self.ends[count], self.lines[count] = piece, self.size, line
end

--- The line of the file that a byte comes from.
-- @tparam number position in `text`
-- @treturn number
function Text:line(position)
  local low, high = 1, #self.ends
  while low < high do
    local middle = math.floor((low + high) / 2)
    if self.ends[middle] < position then low = middle + 1 else high = middle end
  end
  return self.lines[low]
end

local Plain = {}
Plain.__index = Plain

-- A text as it is in the file, or of which no more is known than the line that it is from.
local function plain_text(bytes, line, is_line_known)
  return setmetatable({ text = bytes, first = line, is_line_known = is_line_known }, Plain)
end

function Plain:line(position)
  if not self.is_line_known then return self.first end
  local _, count = self.text:sub(1, position - 1):gsub("\n", "")
  return self.first + count
end

-- ---- Compound files ----------------------------------------------------------

local LEAST_RUN = 6 -- characters

local printable = R "\32\126" + S "\t\r\n"
local nul = P "\0" / ""
local function runs(character)
  local run = lpeg.Cs(character ^ LEAST_RUN)
  return lpeg.Ct((run + 1) ^ 0)
end
local WIDTHS = { runs(printable), runs(printable * nul) }

-- The runs of characters of data, a line each.
local function runs_in(bytes)
  local all = {}
  for _, width in ipairs(WIDTHS) do
    for _, run in ipairs(lpeg.match(width, bytes)) do all[#all + 1] = run end
  end
  return table.concat(all, "\n")
end

-- By the property type in a stream's name (MS-OXMSG 2.1.3), what makes a text of it.
local TEXTS = {
  ["001E"] = function(stream) return stream end,
  ["001F"] = function(stream) return utf16.decode(stream, "little") end,
}
TEXTS["101E"], TEXTS["101F"] = TEXTS["001E"], TEXTS["001F"] -- values of which there are several

-- Binary properties: HTML is a text; RTF is compressed, so that its characters do not stand side by side.
local HTML, ATTACHED, RTF = "10130102", "37010102", "10090102"

-- The bytes of a damaged file of which it is sure that they belong together.
local SECTOR = 512

-- ---- Messages ----------------------------------------------------------------

-- What decodes the lines of a body: each is given a line with its end, and returns a piece.
local DECODERS = {}

DECODERS["quoted-printable"] = function()
  return function(line)
    local text, is_soft = decode_line((line:gsub("\r?\n$", "")))
    return is_soft and text or text .. "\n"
  end
end

-- Lines of base64 need not hold whole groups of four.
DECODERS.base64 = function()
  local rest = ""
  return function(line)
    rest = rest .. line:gsub("[^%w+/=]", "")
    local whole = #rest - #rest % 4
    local group = rest:sub(1, whole)
    rest = rest:sub(whole + 1)
    return base64.decode(group) or ""
  end
end

local function as_it_is(line) return line end

local SKIPPED = { audio = true, font = true, image = true, video = true } -- they hold no text
local IS_MESSAGE = { rfc822 = true, global = true } -- RFC 2046 5.2.1, RFC 6532 3.7

local Reader = {}
Reader.__index = Reader

-- Begins the header of a message or a part.
function Reader:begin_header() self.state, self.field, self.header = "header", nil, {} end

-- Ends the text that is being read.
function Reader:finish()
  local text = self.text
  self.text = new_text()
  if not text or text.size == 0 then return end
  text.text = table.concat(text.pieces)
  text.is_encoded = self.is_encoded
  self.found[#self.found + 1] = text
end

-- What parts of a body are parted by, or nil.
local function boundary_of(kind)
  local at = select(2, kind:lower():find "boundary%s*=%s*")
  return at and (kind:match('^"([^"]*)"', at + 1) or kind:match("^[^;%s]+", at + 1))
end

-- Begins the body that a header announces: of a message its header comes first.
function Reader:begin_body()
  local kind = self.header["content-type"] or "text/plain"
  local encoding = (self.header["content-transfer-encoding"] or ""):lower():match "[%w-]+"
  local decoder, boundary = DECODERS[encoding], boundary_of(kind)
  if boundary then self.boundaries[boundary] = true end
  local main, sub = kind:lower():match "^%s*(%a+)/([%w-]*)"
  if IS_MESSAGE[sub] and not decoder then return self:begin_header() end
  self.state = SKIPPED[main] and "skipped" or "body"
  self.decode = decoder and decoder() or as_it_is
  if decoder then self:finish() end -- what is encoded may be a file of its own
  self.is_encoded = decoder ~= nil
end

-- Takes a line of a header.
function Reader:take_header(line)
  self.text:add(line, self.number)
  if line:find "^\r?\n?$" then return self:begin_body() end
  if line:find "^[ \t]" and self.field then
    self.header[self.field] = self.header[self.field] .. line
    return
  end
  local name, value = line:match "^([!-9;-~]+)[ \t]*:%s*(.*)"
  self.field = name and name:lower()
  if name then self.header[self.field] = value end
end

-- Whether a line parts two parts (RFC 2046 5.1.1), and whether it is the last one.
function Reader:parts_at(line)
  local name = line:match "^%-%-(.-)%s*$"
  if not name then return false end
  if self.boundaries[name] then return true, false end
  return self.boundaries[name:match "^(.*)%-%-$" or ""] ~= nil, true
end

-- Begins what stands after a line that parts.
function Reader:begin_part(is_last)
  self:finish()
  self.is_encoded = false
  self:begin_header()
  if is_last then self.state, self.decode = "body", as_it_is end
end

-- Takes a line.
function Reader:take(line)
  local parts_here, is_last = self:parts_at(line)
  if parts_here then return self:begin_part(is_last) end
  if self.is_mbox and self.was_blank and is_postmark(line) then
    self:begin_part(false)
    self.boundaries = {}
  end
  self.was_blank = line:find "^\r?\n?$" ~= nil
  if self.state == "header" then
    self:take_header(line)
  elseif self.state == "body" then
    self.text:add(self.decode(line), self.number)
  end
end

local STEP = 4096 -- lines between two tellings of how much is read

-- The texts of the parts of a message or an mbox, or, where boundaries are given, of a body that they
-- part; `tell`, if any, is told which share of it is read.
local function parts_of(bytes, line, is_line_known, boundaries, tell)
  local reader = setmetatable({
    found = {}, boundaries = boundaries or {}, number = line, is_mbox = bytes:find "^From " ~= nil,
    is_encoded = false, was_blank = false, state = "body", decode = as_it_is,
  }, Reader)
  reader:finish()
  if not boundaries then reader:begin_header() end
  local count = 0
  for part, after in bytes:gmatch "([^\n]*\n?)()" do
    if part ~= "" then reader:take(part) end
    if is_line_known then reader.number = reader.number + 1 end
    count = count + 1
    if tell and count % STEP == 0 then tell((after - 1) / #bytes) end
  end
  reader:finish()
  return reader.found
end

-- ---- Files -------------------------------------------------------------------

-- Whether a text begins as a message or an mbox does; mail that went through UUCP has >From.
local function is_message(text)
  return is_postmark(text:match "^>?([^\n]*)") or text:find "^[!-9;-~]+[ \t]*:[^\n]*\n" ~= nil
end

-- A text without the byte order mark, its lines ended by LF: old Macintoshes ended them by CR.
local function plain_lines(text)
  text = text:gsub("^\239\187\191", "")
  return text:find("\n", 1, true) and text or (text:gsub("\r", "\n"))
end

-- The boundaries of a body whose header is missing: what stands before the fields of a part; or nil.
local function boundaries_in(text)
  local found = {}
  for name in ("\n" .. text):gmatch "\n%-%-([^\r\n]+)\r?\n[Cc]ontent%-" do
    if #name <= MOST_OF_BOUNDARY then found[name:match "^(.-)%s*$"] = true end
  end
  return next(found) and found
end

-- Whether what was encoded is a file that has to be opened itself.
local function is_file(text)
  return compound.is(text) or utf16.order(text) or is_message(text)
end

local open

-- Adds what is in a stream of a compound file.
local function open_stream(list, stream, line, depth)
  local property = stream.name:match "^__substg1%.0_(%x%x%x%x%x%x%x%x)" or ""
  local text_of = TEXTS[property:sub(5)]
  if property == ATTACHED and depth < MOST_NESTED then
    open(list, stream.bytes, line, depth + 1)
  elseif property ~= RTF and property ~= ATTACHED then
    text_of = property == HTML and utf16.to_utf8 or text_of or runs_in
    list[#list + 1] = plain_text(text_of(stream.bytes), line, false)
  end
end

local function open_compound(list, bytes, line, depth)
  local streams = compound.streams(bytes)
  for _, stream in ipairs(streams or {}) do open_stream(list, stream, line, depth) end
  for at = 1, streams and 0 or #bytes, SECTOR do
    list[#list + 1] = plain_text(runs_in(bytes:sub(at, at + SECTOR - 1)), line, false)
  end
end

-- Adds the texts in bytes, which are from a line; `depth` files are around them.
function open(list, bytes, line, depth, tell)
  if compound.is(bytes) then return open_compound(list, bytes, line, depth) end
  bytes = plain_lines(utf16.to_utf8(bytes))
  local is_line_known = depth == 1
  local blank, message = bytes:match "^(%s*)(.*)$"
  local boundaries = not is_message(message) and boundaries_in(message) or nil
  if not boundaries and not is_message(message) then
    list[#list + 1] = plain_text(bytes, line, is_line_known)
    return
  end
  if is_line_known then line = line + select(2, blank:gsub("\n", "")) end
  for _, text in ipairs(parts_of(message, line, is_line_known, boundaries, tell)) do
    if text.is_encoded and depth < MOST_NESTED and is_file(text.text) then
      open(list, text.text, text:line(1), depth + 1)
    else
      list[#list + 1] = text
    end
  end
end

--- The texts in a file.
-- @string bytes all of it
-- @tparam[opt] function tell is told now and then which share of a long message or mbox is read
-- @treturn {table,...} each has a `text` and the function `line(position)`
function parts.read(bytes, tell)
  local list = {}
  open(list, bytes, 1, 1, tell)
  return list
end

return parts
