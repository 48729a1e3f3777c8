--- rfc5892.lua DIRECTORY: RFC 5892's derivation for every code point, from the files of the
-- Unicode Character Database in a directory, as tables of C for spec/unit/idna.c.
--
-- Written from the RFC, and without libidn2 or libunistring.

local directory = arg[1]

local MAX = 0x10FFFF

-- Calls `visit` with the fields of each line of a file.
local function each_line(name, visit)
  for whole in assert(io.open(directory .. "/" .. name)):lines() do
    local line = whole:gsub("%s*#.*", "")
    if line ~= "" then
      local fields = {}
      for field in (line .. ";"):gmatch "%s*(.-)%s*;" do fields[#fields + 1] = field end
      visit(fields)
    end
  end
end

-- Calls `visit` with each code point and the fields of a file of ranges.
local function each_point(name, visit)
  each_line(name, function(fields)
    local first, last = fields[1]:match "^(%x+)%.*(%x*)$"
    if not first then return end
    for point = tonumber(first, 16), tonumber(last ~= "" and last or first, 16) do
      visit(point, fields)
    end
  end)
end

-- The code points of a file that have a property, as a set.
local function set_of(name, ...)
  local wanted, set = {}, {}
  for _, property in ipairs { ... } do wanted[property] = true end
  each_point(name, function(point, fields)
    if wanted[fields[2]] then set[point] = true end
  end)
  return set
end

local function points_of(text)
  local points = {}
  for hex in text:gmatch "%x+" do points[#points + 1] = tonumber(hex, 16) end
  return points
end

-- ---- The database ---------------------------------------------------------------

local category, bidi, decomposition, simple_lower = {}, {}, {}, {}
local first_of_range
each_line("UnicodeData.txt", function(fields)
  local point = tonumber(fields[1], 16)
  local first = point
  if fields[2]:find ", Last>$" then first = first_of_range end
  if fields[2]:find ", First>$" then first_of_range = point end
  for each = first, point do category[each], bidi[each] = fields[3], fields[5] end
  if fields[6] ~= "" and not fields[6]:find "<" then
    decomposition[point] = points_of(fields[6])
  end
  if fields[14] ~= "" then simple_lower[point] = tonumber(fields[14], 16) end
end)

local age, newest = {}, 0
each_point("DerivedAge.txt", function(point, fields)
  local major, minor = fields[2]:match "^(%d+)%.(%d+)$"
  age[point] = major * 16 + minor
  newest = math.max(newest, age[point])
end)

local folding = {}
each_line("CaseFolding.txt", function(fields)
  if fields[2] ~= "T" then folding[tonumber(fields[1], 16)] = points_of(fields[3]) end
end)

local noncharacter = set_of("PropList.txt", "Noncharacter_Code_Point")
local join_control = set_of("PropList.txt", "Join_Control")
local white_space = set_of("PropList.txt", "White_Space")
local ignorable = set_of("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")
local unstable = set_of("DerivedNormalizationProps.txt", "Changes_When_NFKC_Casefolded")
local jamo = set_of("HangulSyllableType.txt", "L", "V", "T")
local not_nfc = {}
each_point("DerivedNormalizationProps.txt", function(point, fields)
  if fields[2] == "NFC_QC" and fields[3] == "N" then not_nfc[point] = true end
end)

-- ---- RFC 5892 2 and 3 -----------------------------------------------------------

local exceptions = {}
local function except(property, ...)
  for _, range in ipairs { ... } do
    for point = range[1], range[2] or range[1] do exceptions[point] = property end
  end
end
except("PVALID", { 0xDF }, { 0x3C2 }, { 0x6FD, 0x6FE }, { 0xF0B }, { 0x3007 })
except("CONTEXTO", { 0xB7 }, { 0x375 }, { 0x5F3, 0x5F4 }, { 0x30FB }, { 0x660, 0x669 },
  { 0x6F0, 0x6F9 })
except("DISALLOWED", { 0x640 }, { 0x7FA }, { 0x302E, 0x302F }, { 0x3031, 0x3035 }, { 0x303B })

local LETTER_DIGITS =
  { Ll = true, Lu = true, Lo = true, Nd = true, Lm = true, Mn = true, Mc = true }

local function is_ldh(point)
  return point == 0x2D or point >= 0x30 and point <= 0x39 or point >= 0x61 and point <= 0x7A
end

-- Combining Diacritical Marks for Symbols, Musical Symbols, Ancient Greek Musical Notation
local function is_in_ignorable_block(point)
  return point >= 0x20D0 and point <= 0x20FF or point >= 0x1D100 and point <= 0x1D24F
end

local function property_of(point)
  if exceptions[point] then return exceptions[point] end
  if not category[point] and not noncharacter[point] then return "UNASSIGNED" end
  if is_ldh(point) then return "PVALID" end
  if join_control[point] then return "CONTEXTJ" end
  if unstable[point] or ignorable[point] or white_space[point] or noncharacter[point]
    or is_in_ignorable_block(point) or jamo[point] then
    return "DISALLOWED"
  end
  return LETTER_DIGITS[category[point]] and "PVALID" or "DISALLOWED"
end

-- ---- What is read: NFC and lower case -------------------------------------------

-- The NFC of one code point (UAX 15): only what NFC does not have is changed.
local function compose(point, out)
  if not not_nfc[point] then
    out[#out + 1] = point
    return
  end
  for _, part in ipairs(decomposition[point]) do compose(part, out) end
end

-- Lower case, unless folding keeps the capital; U+0130 has no simple one that keeps its dot.
local function lower(point, out)
  local folded = folding[point]
  if point == 0x130 then
    for _, part in ipairs(folded) do out[#out + 1] = part end
  else
    out[#out + 1] = folded and simple_lower[point] or point
  end
end

local function mapped(point)
  local composed, lowered, result = {}, {}, {}
  compose(point, composed)
  for _, each in ipairs(composed) do lower(each, lowered) end
  for _, each in ipairs(lowered) do compose(each, result) end
  return result
end

-- ---- C --------------------------------------------------------------------------

local RIGHT_TO_LEFT = { R = true, AL = true, AN = true }

-- Ranges of code points that have everything in common.
local function write_ranges()
  print "static const struct range {\n  uint32_t first, last;\n  enum property property;"
  print "  int age; /* sixteen times the major version, and the minor */"
  print "  bool right_to_left;\n} ranges[] = {"
  local first, last
  for point = 0, MAX + 1 do
    local text = point <= MAX and ("%s, 0x%x, %s"):format(property_of(point), age[point] or 0,
      tostring(RIGHT_TO_LEFT[bidi[point]] or false))
    if text ~= last then
      if last then print(("  {0x%x, 0x%x, %s},"):format(first, point - 1, last)) end
      first, last = point, text
    end
  end
  print "};\n"
end

local function write_mappings()
  print "static const struct mapping {\n  uint32_t from, to[4];\n} mappings[] = {"
  for point = 0, MAX do
    local to = mapped(point)
    if #to > 1 or to[1] ~= point then
      assert(#to <= 4)
      for i, each in ipairs(to) do to[i] = ("0x%x"):format(each) end
      print(("  {0x%x, {%s}},"):format(point, table.concat(to, ", ")))
    end
  end
  print "};"
end

print "enum property { PVALID, CONTEXTJ, CONTEXTO, DISALLOWED, UNASSIGNED };\n"
print(("enum { NEWEST_AGE = 0x%x };\n"):format(newest))
write_ranges()
write_mappings()
