--- postoffice.text.postmap: the rows of Postfix's and sendmail's maps.
local generate = require "spec.generate"
local helper = require "spec.helper"
local lines = require "postoffice.text.lines"
local postmap = require "postoffice.text.postmap"

-- What returns a text in blocks of some bytes.
local UNCLOSED = [[a quote that is never closed; write \" for one that is part of the text]]

local function blocks_of(text, length)
  local at = 1
  return function()
    local block = text:sub(at, at + length - 1)
    at = at + length
    return block ~= "" and block or nil
  end
end

-- All rows: what `read` returned, one table each.
local function rows_of(text, syntax, length)
  local reader, rows = postmap.open(blocks_of(text, length or #text + 1), syntax), {}
  local key, value, line, column = reader:read()
  while key or value do
    rows[#rows + 1] = key and { key, value, line } or { false, value, line, column }
    key, value, line, column = reader:read()
  end
  return rows
end

describe("lines", function()
  local function all(text, length)
    local list, next_line = {}, lines.each(blocks_of(text, length))
    for line, number in next_line do
      assert.equal(#list + 1, number)
      list[#list + 1] = line
    end
    return list
  end

  it("end with LF or CR LF, however the text comes", function()
    for length = 1, 9 do
      assert.same({ "a", "", "b\0\r", "c" }, all("\239\187\191a\r\n\nb\0\r\r\nc", length))
      assert.same({ "a" }, all("a\n", length))
      assert.same({}, all("", length))
    end
  end)
end)

describe("a map", function()
  it("has a key and a value a row", function()
    for length = 1, 40 do
      assert.same({
        { "kim@a.example", "kim@b.example,  pat@b.example", 2 },
        { '"kim lee"@a.example', "kim", 7 },
        { "a\\ b", "c", 8 },
      }, rows_of("# kim\nkim@a.example\tkim@b.example,\n# on\n\n  pat@b.example \n\n"
        .. '"kim lee"@a.example kim\r\na\\ b c', "map", length))
    end
  end)

  it("has names before colons, if it is one of aliases", function()
    assert.same({
      { "postmaster", "root", 1 },
      { '"a:b"', '"|cmd x, y",\t\\root', 2 },
      { false, "no colon after the name; write name: value", 4, 3 },
      { false, "no key; write it before the value", 5, 2 },
      { false, "no value after the key; write both on one line", 6, 3 },
    }, rows_of('postmaster:root\n"a:b" : "|cmd x, y",\n\t\\root\nno\n: x\nx:\n', "aliases"))
  end)

  it("says what is wrong, where, and goes on", function()
    assert.same({
      { false, "a line that goes on with none before it; begin it without a blank", 1, 1 },
      { false, "no value after the key; write both on one line", 2, 4 },
      { false, UNCLOSED, 3, 2 },
      { "d", "e", 4 },
    }, rows_of(' a b\nbad\nx"y z\nd e\n', "map"))
    local blank = "a blank before the key; begin the line with the key"
    assert.same({ { "a", "b", 1 }, { false, blank, 2, 1 }, { "d", "e", 3 } },
      rows_of("a b\n c d\nd e", "sendmail"))
    assert.same({ { false, "the text is UTF-16; save it as UTF-8", 1, 1 } },
      rows_of("\255\254a\0 \0b\0\n\0c\0", "map"))
    assert.same({ { "a", "b", 1 }, { "\255\254c", "d", 2 }, { "e", "f", 3 } },
      rows_of("a b\n\255\254c d\ne f\n", "map")) -- bytes, but no mark
    assert.same({}, rows_of("", "map"))
    assert.same({}, rows_of("\n  # x\n", "aliases"))
  end)

  it("survives whatever it is given", function()
    local PARTS = { "a", " ", "\n", "\r\n", '"', "\\", ":", ",", "#", "\0", "\255", "@", "|", "/" }
    for seed = 1, helper.times(1000) do
      local random, parts = generate.random(seed), {}
      for i = 1, random(40) do parts[i] = PARTS[random(#PARTS)] end
      local text = table.concat(parts)
      for syntax in pairs(postmap.SYNTAXES) do
        local rows = rows_of(text, syntax)
        assert.same(rows, rows_of(text, syntax, random(7)), text)
        for _, row in ipairs(rows) do
          assert.truthy(row[3] >= 1)
          if row[1] then postmap.split(row[2]) end
        end
      end
    end
  end)
end)

describe("a value", function()
  it("is split at commas and blanks outside quotes", function()
    for value, expected in pairs {
      ["a, b  c,,d"] = { "a", "b", "c", "d" },
      ['"|cmd x, y", :include:/etc/x "k l"@x'] = { '"|cmd x, y"', ":include:/etc/x", '"k l"@x' },
      ["a\\,b c"] = { "a\\,b", "c" },
      ["|cmd x, kim, |c"] = { "|cmd x", "kim", "|c" },
      ["Kim Lee <kim@x>, \"Lee, J\" <j@x> ,<k@x> l"] = { "<kim@x>", "<j@x>", "<k@x>", "l" },
      ['"<a b>"@x c'] = { '"<a b>"@x', "c" },
      [""] = {},
    } do
      assert.same(expected, postmap.split(value))
    end
    assert.same({ [2] = UNCLOSED, [3] = 4 }, { postmap.split 'a, "b' })
  end)

  it("has destinations of several kinds", function()
    for text, kind in pairs {
      ["kim@a.example"] = "address", ["\\kim"] = "local", [":Include:/etc/x"] = "include",
      ["|cmd"] = "command", ['"|cmd x"'] = "command", ["/var/x"] = "file", ['"/var/x y"'] = "file",
      ["error:5.1.1"] = "error",
      [":blackhole:"] = "blackhole",
    } do
      assert.equal(kind, postmap.kind(text), text)
    end
  end)
end)
