--- Letters of European names as ASCII writes them.
--
-- Exchange writes a letter with an umlaut as German does, `ae`, but `a` where its server is Danish,
-- Faeroese, Finnish, Icelandic, Norwegian or Swedish (Q151700, Q166572).
-- @module postoffice.text.ascii

local ascii = {}

-- What is written for each of the letters after it.
local LATIN = {
  a = "àáâãåāăąǎ", ae = "æäǣǽ", c = "çćĉċč", d = "ďđð", e = "èéêëēĕėęě", f = "ƒ", g = "ĝğġģǧ",
  h = "ĥħ", i = "ìíîïĩīĭįıǐ", ij = "ĳ", j = "ĵ", k = "ķĸǩ", l = "ĺļľŀł", n = "ñńņňŋǹ",
  o = "òóôõōŏőøǒǿ", oe = "œö", r = "ŕŗř", s = "śŝşšșſ", ss = "ß", t = "ţťŧț", th = "þ",
  u = "ùúûũūŭůűųǔ", ue = "ü", w = "ŵ", y = "ýÿŷ", z = "źżž", A = "ÀÁÂÃÅĀĂĄǍ", Ae = "ÆÄǢǼ",
  C = "ÇĆĈĊČ", D = "ĎĐÐ", E = "ÈÉÊËĒĔĖĘĚ", G = "ĜĞĠĢǦ", H = "ĤĦ", I = "ÌÍÎÏĨĪĬĮİǏ", Ij = "Ĳ",
  J = "Ĵ", K = "ĶǨ", L = "ĹĻĽĿŁ", N = "ÑŃŅŇŊǸ", O = "ÒÓÔÕŌŎŐØǑǾ", Oe = "ŒÖ", R = "ŔŖŘ",
  S = "ŚŜŞŠȘ", Ss = "ẞ", T = "ŢŤŦȚ", Th = "Þ", U = "ÙÚÛŨŪŬŮŰŲǓ", Ue = "Ü", W = "Ŵ", Y = "ÝŸŶ",
  Z = "ŹŻŽ", [" "] = "\194\160\226\128\135\226\128\175", ["'"] = "‘’ʼ´`", ["-"] = "‐‑‒–—",
}

local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

--- The pattern of a character of UTF-8; `gmatch` leaves out bytes that are none.
ascii.CHARACTER = CHARACTER

-- What stands for each letter.
local function by_letter(rows)
  local map = {}
  for written, letters in pairs(rows) do
    for letter in letters:gmatch(CHARACTER) do map[letter] = written end
  end
  return map
end

local NORDIC = { ["ä"] = "a", ["ö"] = "o", ["ü"] = "u", ["Ä"] = "A", ["Ö"] = "O", ["Ü"] = "U" }

local german = by_letter(LATIN)

--- What ASCII has for a character: itself, one or two letters; or nothing.
-- @string character
-- @tparam boolean|nil nordic an umlaut is its letter alone
-- @treturn string
function ascii.of(character, nordic)
  if #character == 1 then return character end
  return nordic and NORDIC[character] or german[character] or ""
end

return ascii
