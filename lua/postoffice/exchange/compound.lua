--- The streams of a compound file (MS-CFB), such as an Outlook .msg (MS-OXMSG).
--
-- A stream is a chain of sectors anywhere in the file, so that what stands side by side there may belong
-- to two of them.
-- @module postoffice.exchange.compound

local byte, sub = string.byte, string.sub

local compound = {}

local MARK = "\208\207\17\224\161\177\26\225" -- 2.2
local SHIFTS = { [9] = true, [12] = true } -- sectors of 512 and 4096 bytes
local MINI_SHIFT, CUTOFF = 6, 4096
local ENTRY = 128 -- bytes of an entry of the directory, 2.6.1
local STREAM, ROOT = 2, 5
local IN_HEADER = 109 -- sectors of the FAT that the header names
local LAST = 0xFFFFFFFA -- what is more is no sector

--- Whether a file is one.
-- @string bytes
-- @treturn boolean
function compound.is(bytes) return sub(bytes, 1, #MARK) == MARK end

local function u16(bytes, at)
  local low, high = byte(bytes, at + 1, at + 2)
  return high and low + high * 256 or 0
end

local function u32(bytes, at) return u16(bytes, at) + u16(bytes, at + 2) * 65536 end

local File = {}
File.__index = File

-- A sector; what is beyond the end is empty.
function File:sector(number)
  local from = (number + 1) * self.size
  return sub(self.bytes, from + 1, from + self.size)
end

-- The numbers in a text, added to a list.
local function add_numbers(list, text)
  for at = 0, #text - 4, 4 do list[#list + 1] = u32(text, at) end
end

-- At most so many sectors of a chain in a table of what follows what; at a break or a circle it ends.
local function chain(next_of, first, most)
  local sectors, seen, number = {}, {}, first
  while number < LAST and #sectors < most and not seen[number] and next_of[number + 1] do
    seen[number], sectors[#sectors + 1] = true, number
    number = next_of[number + 1]
  end
  return sectors
end

-- The bytes of a chain of sectors, all or as many as are wanted.
function File:read(first, size)
  local parts = {}
  local most = size and math.ceil(size / self.size) or math.huge
  for i, number in ipairs(chain(self.fat, first, most)) do parts[i] = self:sector(number) end
  return sub(table.concat(parts), 1, size or -1)
end

-- The numbers of the sectors that the FAT stands in: in the header, and in a chain of their own.
function File:fat_sectors()
  local list = {}
  add_numbers(list, sub(self.bytes, 77, 76 + 4 * IN_HEADER))
  local number, left = u32(self.bytes, 0x44), math.floor(#self.bytes / self.size)
  while number < LAST and left > 0 do
    local sector = self:sector(number)
    add_numbers(list, sub(sector, 1, -5))
    number, left = #sector == self.size and u32(sector, self.size - 4) or LAST, left - 1
  end
  return list
end

-- Reads the FAT, and what the header says of small streams.
function File:open()
  self.fat, self.mini = {}, {}
  local seen = {}
  for _, number in ipairs(self:fat_sectors()) do
    if number < LAST and not seen[number] then add_numbers(self.fat, self:sector(number)) end
    seen[number] = true
  end
  add_numbers(self.mini, self:read(u32(self.bytes, 0x3C)))
end

-- A name in UTF-16, as far as it is ASCII.
local function name_of(entry)
  return (sub(entry, 1, math.max(0, u16(entry, 0x40) - 2)):gsub("(.)%z", "%1"))
end

-- A stream's bytes: small ones are parts of the root's.
function File:stream(first, size)
  if size >= CUTOFF then return self:read(first, size) end
  local parts = {}
  for i, number in ipairs(chain(self.mini, first, math.ceil(size / 2 ^ MINI_SHIFT))) do
    local from = number * 2 ^ MINI_SHIFT
    parts[i] = sub(self.small, from + 1, from + 2 ^ MINI_SHIFT)
  end
  return sub(table.concat(parts), 1, size)
end

local function entries_of(directory)
  local list = {}
  for at = 1, #directory - ENTRY + 1, ENTRY do
    list[#list + 1] = sub(directory, at, at + ENTRY - 1)
  end
  return list
end

--- The streams of a file, in the order of its directory; none that is longer than the file.
-- @string bytes
-- @treturn {table,...}|nil each `name` and `bytes`; nil where the file does not say what sectors it has
function compound.streams(bytes)
  local shift = u16(bytes, 0x1E)
  if not SHIFTS[shift] or u16(bytes, 0x20) ~= MINI_SHIFT then return nil end
  local self = setmetatable({ bytes = bytes, size = 2 ^ shift }, File)
  self:open()
  local entries, streams = entries_of(self:read(u32(bytes, 0x30))), {}
  if not entries[1] or byte(entries[1], 0x43) ~= ROOT then return nil end
  self.small = self:read(u32(entries[1], 0x74))
  local left = #bytes -- no two streams share a sector, in a file that is sound
  for _, entry in ipairs(entries) do
    local size = u32(entry, 0x78)
    if byte(entry, 0x43) == STREAM and size <= left then
      left = left - size
      streams[#streams + 1] = {
        name = name_of(entry), bytes = self:stream(u32(entry, 0x74), size),
      }
    end
  end
  return streams
end

return compound
