--- Addresses for property tests: any two runs see the same ones.
local generate = {}

--- A small generator of its own, the same on every Lua (Park and Miller).
function generate.random(seed)
  local state = seed % 2147483646 + 1
  for _ = 1, 3 do
    state = state * 16807 % 2147483647
  end
  return function(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
end

local ATEXT = "abcxyzABCXYZ0189!#$%&'*+-/=?^_`{|}~"
local SPECIALS = " \"\\@<>()[],;:."
local UTF8 = { "\195\188", "\195\159", "\228\184\173", "\240\159\152\128" }

local function pick(random, text)
  local i = random(#text)
  return text:sub(i, i)
end

local function word(random, alphabet, longest)
  local letters = {}
  for i = 1, random(longest) do
    letters[i] = random(12) == 1 and UTF8[random(#UTF8)] or pick(random, alphabet)
  end
  return table.concat(letters)
end

local function words(random, alphabet, separator, most)
  local list = {}
  for i = 1, random(most) do
    list[i] = word(random, alphabet, 8)
  end
  return table.concat(list, separator)
end

local LITERALS = { "[192.0.2.1]", "[IPv6:2001:db8::1]", "[IPv6:::]", "[tag:content]" }

local function smtp(random)
  local quoted = random(3) == 1
  return {
    type = "SMTP",
    localpart = quoted and word(random, ATEXT .. SPECIALS, 20) or words(random, ATEXT, ".", 4),
    domain = random(8) == 1 and LITERALS[random(#LITERALS)] or words(random, "abcXYZ019-", ".", 4),
    route = random(10) == 1 and "@a.example,@b.example" or nil,
  }
end

local CCMAIL = "abcABC@.,'-_0~/()&"

local function ccmail(random)
  return {
    type = "CCMAIL",
    mailbox = words(random, CCMAIL, random(6) == 1 and " at " or " ", 3) .. "x",
    postoffice = words(random, CCMAIL, " ", 2),
  }
end

local function dn(random)
  local type = random(2) == 1 and "EX" or "X500"
  return { type = type, dn = "/o=" .. words(random, "abcABC ().-01=@", "x/cn=", 5) .. "x" }
end

local function unknown(random)
  return { type = "TELEX", value = word(random, ATEXT .. SPECIALS .. "\r\t\127", 30) }
end

local makers = { smtp, smtp, ccmail, ccmail, dn, unknown }

local function name(random)
  return "n" .. word(random, ATEXT .. SPECIALS, 20) .. "e"
end

--- The address that belongs to a number.
function generate.address(seed)
  local random = generate.random(seed)
  local address = makers[random(#makers)](random)
  if random(3) == 1 then
    address.display_name = name(random)
  end
  if address.type == "SMTP" and random(4) == 1 then
    address.comment = name(random)
  end
  if random(3) == 1 then
    address.primary = false
  end
  return address
end

return generate
