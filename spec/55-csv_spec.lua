--- Texts of rows: what spreadsheets and directories export.
local csv = require "postoffice.text.csv"
local generate = require "spec.generate"
local helper = require "spec.helper"
local joined = require "postoffice.text.joined"

local unpack = table.unpack or unpack

--- The header and the rows of a text, each row with its line; or nil and what is wrong.
local function all(text, separator, more)
  local reader, message, line, column = csv.open(text, separator, more)
  if not reader then return nil, message, line, column end
  local rows = { reader.header }
  while true do
    local row = {}
    line, message, row.line, column = reader:read(row)
    if message then return nil, message, row.line, column end
    if not line then return rows end
    row.line = line
    rows[#rows + 1] = row
  end
end

describe("a reader of CSV", function()
  it("reads fields as they are", function()
    for _, case in ipairs {
      -- text, header, rows
      { "a,b\n1,2\n", { "a", "b" }, { "1", "2", line = 2 } },
      { "a,b\r\n1,2\r\n3,4", { "a", "b" }, { "1", "2", line = 2 }, { "3", "4", line = 3 } },
      { "a,b\r1,2\r3,4\r", { "a", "b" }, { "1", "2", line = 2 }, { "3", "4", line = 3 } },
      { "a,b\n1,2\r3,4\r\n5,6", { "a", "b" }, { "1", "2", line = 2 }, { "3", "4", line = 3 },
        { "5", "6", line = 4 } },
      { "a,b\n,\n", { "a", "b" }, { "", "", line = 2 } },
      { "a,b\n1\n", { "a", "b" }, { "1", "", line = 2 } },
      { "a,b\n\n\r\n1,2\n\n", { "a", "b" }, { "1", "2", line = 4 } },
      { "\n\na\n1\n", { "a" }, { "1", line = 4 } },
      { "a\n\"\"\n", { "a" }, { "", line = 2 } },
      { '"a",b\n"1, 2","say ""hi"""\n', { "a", "b" }, { "1, 2", 'say "hi"', line = 2 } },
      { 'a,b\n"1\n2\r\n3\r4",5\n6,"7"', { "a", "b" }, { "1\n2\r\n3\r4", "5", line = 2 },
        { "6", "7", line = 6 } },
      { 'a,b\n"""",""\n1,2', { "a", "b" }, { '"', "", line = 2 }, { "1", "2", line = 3 } },
      { 'a,b\n"x",\n"",""', { "a", "b" }, { "x", "", line = 2 }, { "", "", line = 3 } },
      { "a,b\n\0,\0\0\n", { "a", "b" }, { "\0", "\0\0", line = 2 } },
      { "a,b\n Kim , Lee\n", { "a", "b" }, { " Kim ", " Lee", line = 2 } },
      { "a,b\nJos\195\169,\255\n", { "a", "b" }, { "Jos\195\169", "\255", line = 2 } },
      { "\239\187\191a,b\n1,2\n", { "a", "b" }, { "1", "2", line = 2 } },
      { "a", { "a" } },
    } do
      local expected = { unpack(case, 2) }
      assert.same(expected, all(case[1]), case[1])
    end
  end)

  it("finds the separator in the header, or is told", function()
    for _, case in ipairs {
      { "a;b\n1,5;2\n", nil, { "1,5", "2", line = 2 } },
      { "a\tb\n1,5;\t2\n", nil, { "1,5;", "2", line = 2 } },
      { '"a,b,c";d\n1;2', nil, { "1", "2", line = 2 } },
      { "a,b;c,d\n1,2,3\n", nil, { "1", "2", "3", line = 2 } },
      { "a,b;c,d\n1;2\n", ";", { "1", "2", line = 2 } },
      { "sep=;\r\na,b;c,d\r\n1;2\r\n", nil, { "1", "2", line = 3 } },
      { "\239\187\191SEP=\t\na\tb\n1\t2", nil, { "1", "2", line = 3 } },
      { "#TYPE Selected.Microsoft.Exchange\r\n\"a\",\"b\"\r\n1,2", nil, { "1", "2", line = 3 } },
      { "a\n1", nil, { "1", line = 2 } },
    } do
      assert.same(case[3], (assert(all(case[1], case[2])))[2], case[1])
    end
  end)

  it("says what is wrong, what to write, and at which byte of which line", function()
    local doubled = "; in quotes, write two for one that is part of the value"
    local inside = "a quote inside a field that does not begin with one; put the whole value in"
      .. " quotes, and two for one that is part of it"
    local after = "a character after the closing quote of a field" .. doubled
    local function surplus(separators)
      return "a field more than the header's 2; put values with " .. separators
        .. " in them in quotes"
    end
    for _, case in ipairs {
      { "", "the file is empty", 1, 1 },
      { "\239\187\191\n\n", "the file is empty", 1, 1 },
      { "\255\254a\0", "the text is UTF-16; save it as UTF-8", 1, 1 },
      { "\254\255\0a", "the text is UTF-16; save it as UTF-8", 1, 1 },
      { 'a,b\n1,"2\n3', "a quote that is never closed" .. doubled, 2, 3 },
      { 'a,"b', "a quote that is never closed" .. doubled, 1, 3 },
      { 'a,b\n"1\n2\n",x"y\n', inside, 4, 4 },
      { 'a,b\n1, "2"\n', inside, 2, 4 },
      { 'a,b\n"1" ,2\n', after, 2, 4 },
      { 'a,b\n"1\n2"3,4', after, 3, 3 },
      { "a,b\n1,2\n1,2,3\n", surplus "commas", 3, 5 },
      { 'a,b\n"1\r\n",2,3\n', surplus "commas", 3, 5 },
      { "a,b\n1,2,", surplus "commas", 2, 5 },
      { "a;b\n1;2;", surplus "semicolons", 2, 5 }, { "a\tb\n1\t2\t", surplus "tabs", 2, 5 },
    } do
      local rows, message, line, column = all(case[1])
      assert.same({ [2] = case[2], [3] = case[3], [4] = case[4] }, { rows, message, line, column },
        case[1])
    end
  end)

  it("refills one table", function()
    local reader, row = assert(csv.open "a,b,c\n1,2,3\n4\n"), {}
    assert.equal(2, (reader:read(row)))
    assert.same({ "1", "2", "3" }, row)
    assert.equal(3, (reader:read(row)))
    assert.same({ "4", "", "" }, row)
    assert.is_nil((reader:read(row)))
    assert.is_nil((reader:read(row)))
  end)

  local function quoted(field) return '"' .. field:gsub('"', '""') .. '"' end

  -- Rows by chance of what delimits, as some writer or other would write them.
  local function written(random, rows, separator)
    local ends, lines = ({ "\n", "\r\n", "\r" })[random(3)], {}
    for i, row in ipairs(rows) do
      local fields = {}
      for n, field in ipairs(row) do
        local needs = field:find('[",;\t\r\n]') or field == "" and #row == 1
        fields[n] = (needs or random(3) == 1) and quoted(field) or field
      end
      lines[i] = table.concat(fields, separator)
    end
    return table.concat(lines, ends) .. (random(2) == 1 and ends or "")
  end

  it("reads back what was written", function()
    local PARTS = { "a", "b c", ",", ";", "\t", '"', '""', "\n", "\r", "\r\n", "\195\188", "\0" }
    for seed = 1, helper.times(2000) do
      local random, rows = generate.random(seed), {}
      local width, separator = random(4), csv.SEPARATORS[random(3)]
      for i = 1, random(5) do
        rows[i] = {}
        for n = 1, width do
          local parts = {}
          for p = 1, random(5) - 1 do parts[p] = PARTS[random(#PARTS)] end
          rows[i][n] = table.concat(parts)
        end
      end
      local text = written(random, rows, separator)
      local read, message = all(text, separator)
      assert.truthy(read, message)
      for _, row in ipairs(read) do row.line = nil end
      assert.same(rows, read, text)
    end
  end)

  -- What returns a text in blocks, small ones once the beginning has been read.
  local function blocks_of(text, random)
    local at = 1
    return function(length)
      assert.truthy(length >= 256 * 1024)
      local size = at == 1 and 4096 or random(3) - 1
      local block = text:sub(at, at + size - 1)
      at = at + size
      if at <= #text + size then return block end
    end
  end

  it("reads the same in blocks, wherever they end", function()
    local PARTS = { "a", ",", ",", '"', '""', "\n", "\r", "\r\n", ',"a', '"\r\n' }
    for seed = 1, helper.times(1000) do
      local random, parts = generate.random(seed), { "a,b\n", ("xxxxxxx,yyyyyyy\n"):rep(256) }
      for i = 3, 30 do parts[i] = PARTS[random(#PARTS)] end
      local text = table.concat(parts)
      assert.same({ all(text) }, { all("", nil, blocks_of(text, random)) }, text)
    end
  end)
end)

describe("joined addresses", function()
  local function values(split, text)
    local list = {}
    split(text, list)
    return list
  end

  it("are split where one ends", function()
    for _, case in ipairs {
      { "", {} },
      { " ; ,;", {} },
      { "kim@a.example", { "kim@a.example" } },
      { "SMTP:kim@a.example; smtp:k@a.example;", { "SMTP:kim@a.example", "smtp:k@a.example" } },
      { "kim@a.example;k@a.example", { "kim@a.example", "k@a.example" } },
      { "kim@a.example, k@a.example,smtp:l@a.example",
        { "kim@a.example", "k@a.example", "smtp:l@a.example" } },
      { '"Lee, Kim"@a.example,k@a.example', { '"Lee, Kim"@a.example', "k@a.example" } },
      { "CCMAIL:Lee, Kim at HQ,smtp:k@a.example", { "CCMAIL:Lee, Kim at HQ", "smtp:k@a.example" } },
      { "CCMAIL:Lee, Kim at HQ;smtp:k@a.example", { "CCMAIL:Lee, Kim at HQ", "smtp:k@a.example" } },
      { "X400:c=US;a= ;p=Org;o=Site;s=Lee;;smtp:k@a.example",
        { "X400:c=US;a= ;p=Org;o=Site;s=Lee;", "smtp:k@a.example" } },
      { "smtp:k@a.example;x400:c=US;dda:SMTP=kim(a)a.example;s=Lee",
        { "smtp:k@a.example", "x400:c=US;dda:SMTP=kim(a)a.example;s=Lee" } },
      { "X500:/o=A, B/cn=kim,SMTP:k@a.example", { "X500:/o=A, B/cn=kim", "SMTP:k@a.example" } },
    } do
      assert.same(case[2], values(joined.split, case[1]))
    end
  end)

  it("are split where one name ends, and a path goes on over commas", function()
    for _, case in ipairs {
      { "Lee Kim, Board", { "Lee Kim", "Board" } },
      { "Lee, Kim; Board", { "Lee, Kim", "Board" } },
      { "org/site/Lee, Kim,org/site/Board", { "org/site/Lee, Kim", "org/site/Board" } },
      { "Board,org/Lee, Kim,", { "Board", "org/Lee, Kim," } },
    } do
      assert.same(case[2], values(joined.split_names, case[1]))
    end
  end)

  it("are split by Exchange 5.5's percent sign, where a type follows", function()
    for _, case in ipairs {
      { "", {} },
      { "SMTP:kim@a.example", { "SMTP:kim@a.example" } },
      { "CCMAIL:Black, Maria at California%MS:NET/PO/MARIAB%smtp:m@a.example%"
        .. "X400:c=US;a= ;p=Org;s=Black;g=Maria;",
        { "CCMAIL:Black, Maria at California", "MS:NET/PO/MARIAB", "smtp:m@a.example",
          "X400:c=US;a= ;p=Org;s=Black;g=Maria;" } },
      { "smtp:kim%far@a.example%smtp:k@a.example",
        { "smtp:kim%far@a.example", "smtp:k@a.example" } },
      { [[CUSTOM:\\\\HOST\\kim%smtp:kim\%smtp:@a.example]],
        { [[CUSTOM:\\HOST\kim]], "smtp:kim%smtp:@a.example" } },
    } do
      assert.same(case[2], values(joined.split_exchange55, case[1]))
    end
  end)
end)
