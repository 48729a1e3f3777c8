--- The library against RFC 2156, transcribed in spec/grammar/rfc2156.lua: texts and addresses by
-- chance, read, written and carried by both.
local generate = require "spec.generate"
local helper = require "spec.helper"
local mixer = require "postoffice.mixer"
local postoffice = require "postoffice"
local rfc2156 = require "spec.grammar.rfc2156"

local function pick(random, list) return list[random(#list)] end

--- A text of some of the pieces.
local function pieces(random, list, most)
  local chosen = {}
  for i = 1, random(most) do
    chosen[i] = pick(random, list)
  end
  return table.concat(chosen)
end

local CODES = { "(", ")", "a", "A", "p", "b", "q", "u", "l", "r", "x", "0", "1", "2", "9", " ",
  "  ", "@", "_", "%", "!", '"', "~", "\t", "\0", "\127", "(a)", "(U)", "(032)", "(127)", "(128)",
  "(000)", "(300)", ".", "=", "/" }

describe("PrintableString by RFC 2156 3.4", function()
  it("is encoded and decoded as it says", function()
    for seed = 1, helper.times(20000) do
      local text = pieces(generate.random(seed), CODES, 12)
      local encoded = mixer.encode(text)
      assert.equal(rfc2156.encode(text), encoded)
      assert(rfc2156.is_printable(encoded))
      assert.equal(text, mixer.decode(encoded))
      assert.equal(rfc2156.decode(text), mixer.decode(text))
    end
  end)
end)

local NAMES = { "M", "T", "Jo", "Marshall", "Rose", "St", ".", "..", " ", "-", "1", "a", "O'Neil",
  "_" }

describe("a personal name by RFC 2156 4.1.2", function()
  it("is read and written as it says", function()
    local read = 0
    for seed = 1, helper.times(20000) do
      local text = pieces(generate.random(seed), NAMES, 7)
      local expected = rfc2156.name(text)
      local found = mixer.read_name(text)
      if (" " .. text:gsub("%.", " ") .. " "):find "  " then
        found, expected = nil, nil -- X.400 would drop the spaces
      end
      assert.same(expected, found, text)
      if found then
        read = read + 1
        assert.equal(text, mixer.write_name(found))
        local address = assert(postoffice.parse("/PN=" .. text:gsub("[/=]", "$%0") .. "/",
          { type = "X400", notation = "native" }), text)
        assert.same({ found.g, found.i, found.s }, { address.g, address.i, address.s }, text)
      end
    end
    assert(read > helper.times(20000) / 20, read)
  end)
end)

-- Labels whose order says nothing, which RFC 2156 reads.
local LABELS = {}
for label in pairs(rfc2156.KEYWORDS) do
  LABELS[#LABELS + 1] = label
end
table.sort(LABELS)

local VALUES = { "a", "Bee", "x-ray", "two words", "a$/b", "q$=1", "O'Neil", "st.Claire", "-", "9",
  "(u)", "{", "yen*{165}", "", " ", "a$(b", "a:b", "$?", "M.T.Rose", "Jo" }

local function any_case(random, label)
  return random(3) == 1 and label:lower() or label
end

--- A std-or-address, as it may be given; the country stands last, as it does on the right.
local function given(random)
  local parts = {}
  for _ = 1, random(5) do
    local label = any_case(random, pick(random, LABELS))
    local kind = random(6)
    if kind == 1 then
      label = pick(random, { "DD.", "DDA.", "dd:", "DDA:" })
        .. pick(random, { "RFC-822", "x", "a$=b", "t$/y" })
    elseif kind == 2 then
      label = any_case(random, "RFC-822")
    elseif kind == 3 then
      label = "OU"
    end
    if label:upper() ~= "C" then
      parts[#parts + 1] = label .. "=" .. pick(random, VALUES)
    end
  end
  if random(2) == 1 then
    parts[#parts + 1] = "C=us"
  end
  local text = ""
  for i, part in ipairs(parts) do
    text = text .. (i > 1 and random(5) == 1 and ";" or "/") .. part
  end
  return text .. "/"
end

--- What the library reads, without what belongs to its own notation.
local function read(text)
  local address = postoffice.parse(text, { type = "X400", notation = "native" })
  if not address then
    return nil
  end
  local fields = {}
  for name, value in pairs(address) do
    fields[name] = value
  end
  fields.type, fields.syntax = nil, nil
  return fields, address
end

local function is_empty(fields)
  for _, value in pairs(fields) do
    if value ~= "" then
      return false
    end
  end
  return true
end

-- Labels of which the library takes only one kind in an address, as 4.1 wants it: units with and
-- without numbers, a name whole or in parts.
local function mixes(text)
  local upper = text:upper()
  return upper:find "[/;]OU=" and upper:find "[/;]OU%d="
    or upper:find "[/;]PN=" and upper:find "[/;][SGI]="
end

describe("an O/R address by RFC 2156 4.1", function()
  it("is read as it says", function()
    local count = 0
    for seed = 1, helper.times(20000) do
      local text = given(generate.random(seed))
      local expected, found = rfc2156.read(text), read(text)
      -- // is RFC 1685's escape; DD without a value is written by no one.
      if expected and not text:find "//" and not mixes(text) and not is_empty(expected) then
        assert.same(expected, found, text)
        count = count + 1
      end
    end
    assert(count > helper.times(20000) / 4, count)
  end)

  it("is written so that the RFC reads it back", function()
    local count = 0
    for seed = 1, helper.times(20000) do
      local random = generate.random(seed)
      local _, address = read(given(random))
      if address and address.syntax == "rfc2156" then
        local text = assert(postoffice.format(address, "native"))
        local fields = rfc2156.read_written(text)
        -- an empty type or value stands in no address that is valid
        if postoffice.validate(address) then
          assert.same(fields, (read(text)), text)
          count = count + 1
        end
        local normal = assert(postoffice.normalize(text, { type = "X400", notation = "native" }))
        assert(rfc2156.read_written(normal) or not fields, normal)
      end
    end
    assert(count > helper.times(20000) / 10, count)
  end)
end)

local PLACE = { c = "us", a = "MCI", p = "relay" }

--- The domain-defined attributes of an address.
local function attributes_of(address)
  local list = {}
  for i = 1, 4 do
    local kind = address[("dda%d_type"):format(i)]
    list[i] = kind and { kind, address[("dda%d_value"):format(i)] }
  end
  return list
end

local ATEXT = { "a", "B", "_", "%", "!", "9", "-", "+", "/", "=", "?", "'", "{", "~", "(", ")", " ",
  "  ", "@", '"', "\\", "x.y" }

describe("an RFC 822 address in an O/R address, by RFC 2156 4.3", function()
  it("is carried as it says", function()
    local long = 0
    for seed = 1, helper.times(5000) do
      local random = generate.random(seed)
      local localpart = pieces(random, ATEXT, random(4) == 1 and 250 or 12)
      local inner = { type = "SMTP", localpart = localpart, domain = "cs.widget.example",
        route = random(8) == 1 and "@relay.example,@b" or nil }
      local text = assert(postoffice.format(inner, inner.route and "path" or "native"))
      if inner.route then
        text = text:sub(2, -2)
      end
      local expected = rfc2156.carry(text)
      local outer, _, code = postoffice.encapsulate(inner, "X400", PLACE)
      assert.same(expected, outer and attributes_of(outer), text)
      assert.equal(not expected and "encapsulation-length" or nil, code)
      if outer then
        long = long + (outer.dda2_type and 1 or 0)
        assert.equal(text, rfc2156.carried(attributes_of(outer)))
        assert.same(inner, (postoffice.decapsulate(outer)))
      end
    end
    assert(long > helper.times(5000) / 50, long)
  end)

  local KINDS = { "RFC-822", "RFC-822", "rfc822c1", "RFC822C1", "RFC822C2", "RFC822C3" }
  local PARTS = { "kim(a)x.example", "(q)(a)c(q)(a)b", "kim", ".x.example", "(0", "64)c", "(a",
    ")b", "(300)", "(a)b:c(a)d" }

  it("is taken out as it says, and goes back and comes out as the same", function()
    local opened = 0
    for seed = 1, helper.times(20000) do
      local random = generate.random(seed)
      local outer, attributes = { type = "X400", c = "us", a = "x" }, {}
      for i = 1, random(3) do
        attributes[i] = { pick(random, KINDS), pieces(random, PARTS, 2) }
        outer[("dda%d_type"):format(i)], outer[("dda%d_value"):format(i)] =
          attributes[i][1], attributes[i][2]
      end
      local text = rfc2156.carried(attributes)
      local inner, shell, code = postoffice.decapsulate(outer)
      local expected = text and (postoffice.parse(text, { type = "SMTP", notation = "native" })
        or postoffice.parse("<" .. text .. ">", { type = "SMTP", notation = "path" }))
      assert.same(expected or nil, inner, text)
      if not text then
        assert(code == "encapsulation-ambiguous" or code == "not-encapsulated", code)
      end
      if inner then
        opened = opened + 1
        local again = assert(postoffice.encapsulate(inner, "X400", shell))
        local back, left = postoffice.decapsulate(again)
        assert.same(inner, back)
        assert.same(shell, left)
      end
    end
    assert(opened > helper.times(20000) / 100, opened)
  end)
end)
