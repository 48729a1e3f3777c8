--- The basic encoding rules (X.690), as far as LDAP has them: definite lengths, one byte a tag.
-- @module postoffice.directory.ber

local ber = {}

local byte, char = string.byte, string.char

local SEQUENCE, OCTETS, INTEGER, ENUMERATED, BOOLEAN = 0x30, 0x04, 0x02, 0x0a, 0x01

-- Bytes, least last, of a whole number of 0 or more.
local function bytes_of(number)
  local text = ""
  repeat
    text, number = char(number % 256) .. text, math.floor(number / 256)
  until number == 0
  return text
end

local function length_of(count)
  if count < 128 then return char(count) end
  local bytes = bytes_of(count)
  return char(128 + #bytes) .. bytes
end

--- A value with its tag.
-- @number tag
-- @string content
-- @treturn string
function ber.value(tag, content) return char(tag) .. length_of(#content) .. content end

-- A whole number of 0 or more: its first bit is its sign.
local function number(tag, value)
  local bytes = bytes_of(value)
  return ber.value(tag, byte(bytes) >= 128 and "\0" .. bytes or bytes)
end

function ber.integer(value) return number(INTEGER, value) end
function ber.enumerated(value) return number(ENUMERATED, value) end
function ber.boolean(value) return ber.value(BOOLEAN, value and "\255" or "\0") end
function ber.octets(text) return ber.value(OCTETS, text) end
function ber.sequence(...) return ber.value(SEQUENCE, table.concat { ... }) end

-- The number that bytes are.
local function number_of(text)
  local value = 0
  for i = 1, #text do value = value * 256 + byte(text, i) end
  return value
end

--- The whole number of 0 or more that a content is.
-- @string content
-- @treturn number
function ber.number(content) return number_of(content) end

-- Bytes of a length: no message is as long as what four say.
local LONGEST_LENGTH = 4

-- The length that begins at a byte, and where what it is of begins; nil if it is none.
local function read_length(text, at)
  local first = byte(text, at)
  if not first or first < 128 then return first, at + 1 end
  local count = first - 128
  if count == 0 or count > LONGEST_LENGTH or at + count > #text then return nil end
  return number_of(text:sub(at + 1, at + count)), at + 1 + count
end

--- The values that stand one after the other in a content.
-- @string content
-- @treturn {table,...}|nil each with `tag` and `content`; nil if it is broken
function ber.values(content)
  local list, at = {}, 1
  while at <= #content do
    local length, from = read_length(content, at + 1)
    if not length or from + length - 1 > #content then return nil end
    list[#list + 1] = { tag = byte(content, at), content = content:sub(from, from + length - 1) }
    at = from + length
  end
  return list
end

-- Reads a length: its first byte, and those that tell it.
local function receive_length(bytes)
  local first, why = bytes(1)
  if not first then return nil, why end
  local count = byte(first) - 128
  if count < 0 then return byte(first) end
  if count == 0 or count > LONGEST_LENGTH then return nil, "a length that LDAP does not have" end
  local rest
  rest, why = bytes(count)
  if not rest then return nil, why end
  return number_of(rest)
end

--- Reads a sequence.
-- @tparam function bytes reads as many as it is told
-- @number most bytes of its content
-- @treturn string|nil its content
-- @treturn string|nil why there is none
function ber.receive(bytes, most)
  local tag, why = bytes(1)
  if not tag then return nil, why end
  if byte(tag) ~= SEQUENCE then return nil, "what is no message of LDAP" end
  local length
  length, why = receive_length(bytes)
  if not length then return nil, why end
  if length > most then return nil, ("a message of more than %d bytes"):format(most) end
  return bytes(length)
end

return ber
