--- Bounces, and what else Exchange names stand in, as people have them: files in many forms, made here.

local base64 = require "postoffice.text.base64"

local bounces = {}

-- ---- Texts -------------------------------------------------------------------

--- ASCII in UTF-16.
function bounces.little(text) return (text:gsub(".", "%0\0")) end
function bounces.big(text) return (text:gsub(".", "\0%0")) end

local little, big = bounces.little, bounces.big

local function lines_of(text, width)
  local lines = {}
  for at = 1, #text, width do lines[#lines + 1] = text:sub(at, at + width - 1) end
  return table.concat(lines, "\r\n") .. "\r\n"
end

--- A text in base64, in lines.
function bounces.in_base64(text, width) return lines_of(base64.encode(text), width or 76) end

local in_base64 = bounces.in_base64

--- Quoted-printable as mail programs write it: every =, and lines of 76 octets at most.
function bounces.in_quoted_printable(text)
  local lines = {}
  for plain in text:gmatch "([^\r\n]*)\r\n" do
    local line = plain:gsub("[=+_\128-\255]", function(char)
      return ("=%02X"):format(char:byte())
    end)
    while #line > 75 do
      local at = line:sub(1, 75):find "=?%x?$"
      local cut = line:sub(at, at) == "=" and at - 1 or 75
      lines[#lines + 1] = line:sub(1, cut) .. "="
      line = line:sub(cut + 1)
    end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\r\n") .. "\r\n"
end

local in_quoted_printable = bounces.in_quoted_printable

-- ---- Messages ----------------------------------------------------------------

--- A message with further fields in its header.
function bounces.message(header, body)
  return "From: postmaster@a.example\r\nSubject: Undeliverable\r\n" .. header .. "\r\n" .. body
end

function bounces.part(header, body) return header .. "\r\n" .. body end

local message, part = bounces.message, bounces.part

--- A message of parts.
function bounces.multipart(...)
  local parts = {}
  for i, body in ipairs { ... } do parts[i] = "--=_b 1\r\n" .. body end
  return message('MIME-Version: 1.0\r\nContent-Type: multipart/report;\r\n\tboundary="=_b 1"\r\n',
    "Preamble\r\n" .. table.concat(parts, "\r\n") .. "\r\n--=_b 1--\r\nEpilogue\r\n")
end

local multipart = bounces.multipart

--- A part without a name in it.
bounces.PLAIN = part("Content-Type: text/plain\r\n", "Hello\r\n")

local PLAIN = bounces.PLAIN

-- ---- Compound files (MS-CFB) --------------------------------------------------

--- The begin of one that is damaged.
bounces.COMPOUND = "\208\207\17\224\161\177\26\225" .. ("\0"):rep(100)

local COMPOUND = bounces.COMPOUND

local SECTOR, MINI, CUTOFF = 512, 64, 4096
local END, FREE = 0xFFFFFFFE, 0xFFFFFFFF

local function u16(number) return string.char(number % 256, math.floor(number / 256)) end
local function u32(number) return u16(number % 65536) .. u16(math.floor(number / 65536)) end

local function padded(text, size, filler)
  return text .. (filler or "\0"):rep((size - #text % size) % size)
end

-- The numbers of sectors that follow each other from the first on, as a FAT has them.
local function add_chain(fat, first, count)
  for i = 1, count do fat[first + i] = i < count and first + i or END end
end

local function numbers(list)
  local texts = {}
  for i, number in ipairs(list) do texts[i] = u32(number) end
  return table.concat(texts)
end

-- The small streams as one, with its FAT; sets where each begins.
local function small_streams(streams)
  local parts, fat, at = {}, {}, 0
  for _, stream in ipairs(streams) do
    if #stream.bytes < CUTOFF then
      local text = padded(stream.bytes, MINI)
      stream.first = at
      add_chain(fat, at, #text / MINI)
      parts[#parts + 1], at = text, at + #text / MINI
    end
  end
  return table.concat(parts), numbers(fat)
end

local function entry(name, kind, first, size)
  local wide = little(name) .. "\0\0"
  return wide .. ("\0"):rep(64 - #wide) .. u16(#wide) .. string.char(kind, 1) .. u32(FREE)
    .. u32(FREE) .. u32(FREE) .. ("\0"):rep(36) .. u32(first) .. u32(size) .. u32(0)
end

-- The order in which the sectors of several texts stand: mixed, so that none follows its own.
local function mixed(texts)
  local order, longest = {}, 0
  for _, text in ipairs(texts) do longest = math.max(longest, #text / SECTOR) end
  for at = longest, 1, -1 do
    for i, text in ipairs(texts) do
      if at <= #text / SECTOR then order[#order + 1] = { i, at } end
    end
  end
  return order
end

-- Where each sector of each text stands, and the FAT.
local function placed(texts)
  local order, place, fat = mixed(texts), {}, {}
  for i in ipairs(texts) do place[i] = {} end
  for number, pair in ipairs(order) do place[pair[1]][pair[2]] = number - 1 end
  for _, numbers_of in ipairs(place) do
    for at, number in ipairs(numbers_of) do fat[number + 1] = numbers_of[at + 1] or END end
  end
  return order, place, fat
end

--- A compound file of streams, each `{ name, bytes }`, whose sectors stand in no order.
function bounces.compound(...)
  local streams, texts = {}, {}
  for i, stream in ipairs { ... } do streams[i] = { name = stream[1], bytes = stream[2] } end
  local small, mini = small_streams(streams)
  for _, stream in ipairs(streams) do
    if #stream.bytes >= CUTOFF then
      texts[#texts + 1] = padded(stream.bytes, SECTOR, "z")
      stream.text = #texts
    end
  end
  local base = #texts
  texts[base + 1], texts[base + 2] = padded(small, SECTOR), padded(mini, SECTOR, "\255")
  texts[base + 3] = padded(("\0"):rep(128 * (#streams + 1)), SECTOR)
  local order, place, fat = placed(texts)
  local function first_of(i) return place[i][1] or END end
  local entries = { entry("Root Entry", 5, first_of(base + 1), #small) }
  for _, stream in ipairs(streams) do
    entries[#entries + 1] = entry(stream.name, 2,
      stream.text and first_of(stream.text) or stream.first, #stream.bytes)
  end
  texts[base + 3] = padded(table.concat(entries), SECTOR)
  local fat_text = padded(numbers(fat), SECTOR, "\255")
  local fat_at = {}
  for i = 1, 109 do fat_at[i] = i <= #fat_text / SECTOR and #order + i - 1 or FREE end
  local sectors = {}
  for i, pair in ipairs(order) do
    sectors[i] = texts[pair[1]]:sub((pair[2] - 1) * SECTOR + 1, pair[2] * SECTOR)
  end
  return COMPOUND:sub(1, 8) .. ("\0"):rep(16) .. u16(62) .. u16(3) .. u16(0xFFFE) .. u16(9)
    .. u16(6) .. ("\0"):rep(6) .. u32(0) .. u32(#fat_text / SECTOR) .. u32(first_of(base + 3))
    .. u32(0) .. u32(CUTOFF) .. u32(first_of(base + 2)) .. u32(#texts[base + 2] / SECTOR)
    .. u32(END) .. u32(0) .. numbers(fat_at) .. table.concat(sectors) .. fat_text
end

-- An Outlook message: its subject, its body in 16 or 8 bits, and other properties.
local function outlook(...)
  return bounces.compound({ "__properties_version1.0", ("\0"):rep(200) },
    { "__substg1.0_0037001F", little "Undeliverable: report" }, ...)
end

--- Text that fills so many bytes, none of which can be of a name.
local function filler(count) return (". "):rep(math.floor(count / 2)) end

-- ---- Characters by their numbers ---------------------------------------------

-- Makes writers that write the characters of a set by their numbers.
local function numbered(set, format)
  return function(text)
    return (text:gsub(set, function(char) return format:format(char:byte()) end))
  end
end

local entities, hex_entities = numbered("[=+_@]", "&#%d;"), numbered("[=+]", "&#x%X;")
local whole_entities, first_entity = numbered(".", "&#%d;"), numbered("^.", "&#X%02x;")
local whole_json, whole_quoted = numbered(".", "\\u%04X"), numbered(".", "=%02X")
local json_text, xtext, link = numbered("[=+@]", "\\u%04x"), numbered("[=+]", "+%02X"),
  numbered("[=+]", "%%%02X")

local function named(text)
  return (text:gsub("=", "&equals;"):gsub("%+", "&plus;"):gsub("_", "&lowbar;"))
end

-- ---- Files -------------------------------------------------------------------

--- Files with an encapsulated Exchange name: each what it is, its bytes, and the line of the name where
-- that is known.
-- @string name such as `IMCEAEX-_o=Org_cn=kim@a.example`
function bounces.forms(name)
  local text = "Delivery has failed to these recipients:\r\n\r\n" .. name .. "\r\n"
  local long = filler(4500) .. "\r\n" .. name .. "\r\n" .. filler(300)
  return {
    { "a text", text, 3 },
    { "UTF-8 with a mark", "\239\187\191" .. text, 3 },
    { "UTF-16, little endian", "\255\254" .. little(text), 3 },
    { "UTF-16, big endian", "\254\255" .. big(text), 3 },
    { "UTF-16 without a mark", little(text), 3 },
    { "UTF-16, big, without a mark", big(text), 3 },
    { "8-bit text", "Unzustellbar f\252r\n" .. name .. "\n", 2 },
    { "a text of old Macintoshes", "Failed:\r<" .. name .. ">\r", 2 },
    { "HTML", "<p>Zustellung</p>\n<b>" .. entities(name) .. "</b>", 2 },
    { "HTML, hexadecimal", "<td>" .. hex_entities(name) .. "</td>", 1 },
    { "HTML, named", "<td>" .. named(name) .. "</td>", 1 },
    { "HTML, escaped twice", "<td>" .. entities(name):gsub("&", "&amp;") .. "</td>", 1 },
    { "HTML, each character by its number", "<td>" .. whole_entities(name) .. "</td>", 1 },
    { "HTML, first by its number", "<td>" .. first_entity(name) .. "</td>", 1 },
    { "HTML in UTF-16", "\255\254" .. little("<p>\r\n<b>" .. entities(name) .. "</b>"), 2 },
    { "XML", '<to address="' .. hex_entities(name) .. '"/>', 1 },
    { "a link", '<a href="mailto:' .. link(name) .. '">', 1 },
    { "JSON", '{ "to":\n "' .. json_text(name) .. '" }', 2 },
    { "JSON after an escape", '{"text":"Failed:\\n' .. json_text(name) .. '\\n"}', 1 },
    { "JSON, each character by its number", '{"text":"' .. whole_json(name) .. '"}', 1 },
    { "JSON in angle brackets", '{"text":"\\u003c' .. name .. '\\u003e"}', 1 },
    { "JSON in JSON", '{"text":"' .. json_text(name):gsub("\\", "\\\\") .. '"}', 1 },
    { "a tracking log", '#Fields: date-time,recipient-address\n2026-11-26T10:00:00Z,"' .. name
      .. '"\n', 2 },
    { "a DSN's xtext", "RCPT TO:<x@y> ORCPT=rfc822;" .. xtext(name), 1 },
    { "a DSN's field in xtext", "Final-Recipient: rfc822;x@y\nOriginal-Recipient: rfc822;"
      .. xtext(name) .. "\n", 2 },
    { "a message", message("", text), 6 },
    { "a message in quoted-printable",
      message("Content-Transfer-Encoding: quoted-printable\r\n", in_quoted_printable(text)), 7 },
    { "quoted-printable without its header", in_quoted_printable(text), 3 },
    { "quoted-printable without its header, cut all over",
      (name:gsub("=", "=3D"):gsub(("[^=]"):rep(8), "%0=\r\n", 12):gsub("3=\r\nD", "3D=\r\n")),
      1 },
    { "quoted-printable, each character by its number", "<" .. whole_quoted(name) .. ">", 1 },
    { "quoted-printable, in angle brackets that are, too",
      "=3C" .. name:gsub("=", "=3D") .. "=3E", 1 },
    { "an encoded word", "Subject: =?utf-8?Q?" .. whole_quoted(name) .. "?=", 1 },
    { "a message in base64", message("Content-Transfer-Encoding: base64\r\n", in_base64(text)),
      5 },
    { "base64 in odd lines",
      message("content-transfer-encoding: BASE64\r\n", in_base64(text, 33)) },
    { "base64 in one line",
      message("Content-Transfer-Encoding: base64\r\n", in_base64(text, 10000)), 5 },
    { "a part in base64",
      multipart(PLAIN, part("Content-Type: text/plain; charset=utf-8\r\n"
        .. "Content-Transfer-Encoding: base64\r\n", in_base64(text))) },
    { "a part in UTF-16, in base64",
      multipart(PLAIN, part("Content-Type: text/plain; charset=utf-16\r\n"
        .. "Content-Transfer-Encoding: base64\r\n", in_base64("\255\254" .. little(text)))) },
    { "HTML in quoted-printable",
      multipart(part("Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n",
        in_quoted_printable("<p>\r\n<b>" .. entities(name) .. "</b>\r\n"))) },
    { "a message with a byte order mark", "\239\187\191"
      .. message("Content-Transfer-Encoding: base64\r\n", in_base64(text)), 5 },
    { "a message after blank lines", "\r\n \r\n"
      .. message("Content-Transfer-Encoding: base64\r\n", in_base64(text)), 7 },
    { "a message through UUCP", ">From a@b Thu Nov 26 10:00:00 2026 remote from hub\n"
      .. message("Content-Transfer-Encoding: base64\r\n", in_base64(text)), 6 },
    { "a message of old Macintoshes",
      (message("Content-Transfer-Encoding: base64\r\n", in_base64(text)):gsub("\r\n", "\r")), 5 },
    { "a body without its header", "This is a multi-part message.\r\n\r\n--_=a b\r\n"
      .. part("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n", in_base64(text))
      .. "--_=a b--\r\n", 7 },
    { "a part alone", "--_=ab\n"
      .. part("content-transfer-encoding: base64\n", in_base64(text)), 4 },
    { "HTML that lets the word be cut", "<td>" .. name:gsub("[EX_]", "%0<wbr>") .. "</td>", 1 },
    { "HTML with soft hyphens", "<td>" .. name:gsub("_", "\194\173_&shy;") .. "</td>", 1 },
    { "a text with zero-width spaces", name:gsub("_", "\226\128\139_"), 1 },
    { "a message in a part",
      multipart(PLAIN, part("Content-Type: message/rfc822\r\n",
        message("Content-Transfer-Encoding: base64\r\n", in_base64(text)))) },
    { "a message in a part, in base64",
      multipart(PLAIN, part("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n",
        in_base64(message("Content-Transfer-Encoding: quoted-printable\r\n",
          in_quoted_printable(text))))) },
    { "a DSN's part",
      multipart(PLAIN, part("Content-Type: message/delivery-status\r\n",
        "Reporting-MTA: dns;x\r\n\r\nOriginal-Recipient: rfc822;" .. xtext(name) .. "\r\n")) },
    { "the header that came back",
      multipart(PLAIN, part("Content-Type: text/rfc822-headers\r\n", "To: <" .. name .. ">\r\n")) },
    { "an mbox", "From a@b Thu Nov 26 10:00:00 2026\n" .. message("", "x\n\n")
      .. "From c@d Thu Nov 26 10:01:00 2026\n"
      .. message("Content-Transfer-Encoding: base64\n", in_base64(text)) },
    { "a .msg with a short body in 16 bits", outlook({ "__substg1.0_1000001F", little(text) }) },
    { "a .msg with a short body in 8 bits", outlook({ "__substg1.0_1000001E", text }) },
    { "a .msg with a long body in 16 bits", outlook({ "__substg1.0_1000001F", little(long) }) },
    { "a .msg with a long body in 8 bits",
      outlook({ "__substg1.0_1000001E", long }, { "__substg1.0_007D001F", little(filler(9000)) }) },
    { "a .msg with HTML",
      outlook({ "__substg1.0_10130102", filler(5000) .. "<b>" .. entities(name) .. "</b>" }) },
    { "a .msg with a message attached", outlook({ "__substg1.0_37010102",
      message("Content-Transfer-Encoding: base64\r\n", in_base64(text)) }) },
    { "a document in a compound file",
      bounces.compound({ "WordDocument", "\1\0\2" .. filler(5000) .. "\0" .. name .. "\0\0" }) },
    { "a damaged .msg in 16 bits", COMPOUND .. "\1\2" .. little("To: " .. name) .. "\0\0\3" },
    { "a damaged .msg in 8 bits", COMPOUND .. "abc\0" .. name .. "\0\0xyz" },
    { "an attached .msg", multipart(PLAIN, part("Content-Type: application/vnd.ms-outlook\r\n"
      .. "Content-Transfer-Encoding: base64\r\n",
      in_base64(outlook({ "__substg1.0_1000001F", little(text) })))) },
  }
end

--- Files from which no proxy may come: each what it is, its bytes, and the code of what is refused, or
-- nothing where no Exchange name is in it.
function bounces.refused()
  local ambiguous = "IMCEAEX-_o=Org_cn=kim+2B20lee@a.example"
  local cut = "IMCEAEX-_o=Org_ou=First+20Site_cn=Recipi"
  -- A sector of a stream ends in a name, and one of another begins as if it went on; they stand side by
  -- side.
  local one = filler(SECTOR * 8 - #cut) .. cut .. filler(2000)
  local other = filler(SECTOR * 7) .. "ents_cn=pat@b.example " .. filler(2500)
  local compound = outlook({ "__substg1.0_1000001E", one }, { "__substg1.0_0C1A001E", other })
  return {
    { "xtext or not, in a command", "RCPT TO:<x@y> ORCPT=rfc822;" .. ambiguous, "imcea-xtext" },
    { "xtext or not, in a field", "Original-Recipient: rfc822;" .. ambiguous .. "\n",
      "imcea-xtext" },
    { "xtext or not, in a part", multipart(PLAIN, part("Content-Type: message/delivery-status\r\n",
      "Original-Recipient: rfc822; " .. ambiguous .. "\r\n")), "imcea-xtext" },
    { "no domain", "IMCEAEX-_o=Org_cn=kim", "domain-missing" },
    { "no domain, in base64", message("Content-Transfer-Encoding: base64\r\n",
      in_base64("IMCEAEX-_o=Org_cn=kim\r\n")), "domain-missing" },
    { "a character that is none of it", "IMCEAEX-_o=Org_cn=kim&lee@a.example", "imcea-character" },
    { "an escape that ends", "IMCEAEX-_o=Org_cn=kim+2@a.example" },
    { "a name that is cut off where another begins",
      "IMCEAEX-_o=Org_cn=kIMCEAEX-_o=Org_cn=kim@a.example", "imcea-character" },
    { "a line that may have been cut", "See IMCEAEX-_o=Org_cn=kim\nlee@a.example there",
      "imcea-wrapped" },
    { "a message of another type", "IMCEASMTP-kim+40b+2Eexample@a.example" },
    { "cc:Mail", "IMCEACCMAIL-Lee+2C+20Kim+20at+20HQ@a.example" },
    { "a word that goes on", "XIMCEAEX-_o=Org_cn=kim@a.example" },
    { "a picture", multipart(part("Content-Type: image/png\r\n"
      .. "Content-Transfer-Encoding: base64\r\n",
      in_base64 "IMCEAEX-_o=Org_cn=kim@a.example\r\n")) },
    { "nothing", "" },
    { "another text", "Hello\n" },
    { "sectors of two streams side by side", compound, "imcea-character" },
    { "a damaged .msg whose sectors are cut",
      COMPOUND .. ("\0"):rep(SECTOR - #COMPOUND - #cut) .. cut .. "ents_cn=pat@b.example",
      "domain-missing" },
    { "compressed RTF", outlook({ "__substg1.0_10090102", "IMCEAEX-_o=Org_cn=k0im@a.example" }) },
  }
end

return bounces
