-- JSON that is written: whatever bytes a text has, its string is well-formed UTF-8 that hides nothing.
local generate = require "spec.generate"
local helper = require "spec.helper"
local json = require "postoffice.text.json"
local utf8 = require "postoffice.text.utf8"

local encode = json.encoder()

-- ---- The same in Lua ---------------------------------------------------------

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n",
  ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(char) return ESCAPES[char] or ("\\u%04x"):format(char:byte()) end

local function replace() return "\239\191\189" end

-- A character as it is, or as UTF-16 (RFC 8259 7).
local function shown(sequence)
  local point = utf8.codepoint(sequence)
  if not utf8.is_hidden(point) then return sequence end
  if point < 0x10000 then return ("\\u%04x"):format(point) end
  point = point - 0x10000
  return ("\\u%04x\\u%04x"):format(0xD800 + math.floor(point / 0x400), 0xDC00 + point % 0x400)
end

local function model(text)
  return '"' .. utf8.map(text:gsub('[%c"\\]', escape), replace, shown) .. '"'
end

-- ---- Strings -----------------------------------------------------------------

describe("a string of JSON", function()
  it("has each byte as it has to be", function()
    for byte = 0, 255 do
      for _, form in ipairs { "%s", "a%sb", "\195%s", "%s\191" } do
        local text = form:gsub("%%s", function() return string.char(byte) end)
        assert.equal(model(text), encode(text))
      end
    end
  end)

  it("has each character that is hidden escaped, and its neighbours as they are", function()
    for _, text in ipairs { "\194\128", "\194\159", "\194\160", "\194\173", "\226\128\139",
      "\226\128\144", "\226\128\168", "\239\187\191", "\240\145\130\189", "\243\160\128\129",
      "\243\160\129\191", "\243\160\130\128", "\240\159\152\128", "\237\160\128",
    } do
      assert.equal(model(text .. "x" .. text), encode(text .. "x" .. text))
    end
    assert.equal('"\\u200b\\udb40\\udc01"', encode "\226\128\139\243\160\128\129")
  end)

  it("is the same of whatever text", function()
    local words = { "a", '"', "\\", "\n", "\0", "\127", "\194", "\173", "\226\128\139", "\240",
      "\159\152\128", "é", ("x"):rep(100), "\243\160\128\129" }
    for seed = 1, helper.times(500) do
      local random, parts = generate.random(seed), {}
      for i = 1, random(40) do parts[i] = words[random(#words)] end
      local text = table.concat(parts)
      assert.equal(model(text), encode(text))
    end
  end)
end)

-- ---- Lines -------------------------------------------------------------------

describe("an object on a line", function()
  it("has the fields that have a value, in their order", function()
    assert.equal("{}\n", json.line())
    assert.equal("{}\n", json.line("a", nil))
    assert.equal('{"b":"x"}\n', json.line("a", nil, "b", "x", "c", nil))
    assert.equal('{"a":"\\"","b":1}\n', json.line("a", '"', "b", 1))
    local long = ("\226\128\139"):rep(1000)
    assert.equal('{"a":' .. model(long) .. ',"b":2}\n', json.line("a", long, "b", 2))
  end)

  it("has numbers whole, or with six digits after the point", function()
    for number, expected in pairs {
      [0] = "0", [1] = "1", [1e14] = "100000000000000", [0.25] = "0.250000", [12.5] = "12.500000",
      [0.0000004] = "0.000000", [0.0000006] = "0.000001", [0.9999999] = "1.000000",
      [3.9999999] = "4.000000", [0.1] = "0.100000",
    } do
      assert.equal(('{"n":%s}\n'):format(expected), json.line("n", number))
    end
  end)

  it("is none where a value is none", function()
    for _, value in ipairs { true, {}, -1, 1e15, 0 / 0, math.huge, print } do
      assert.is_false((pcall(json.line, "a", value)))
    end
    assert.is_false((pcall(json.line, "a")))
    assert.is_false((pcall(json.line, "a", 1, "b")))
  end)
end)
