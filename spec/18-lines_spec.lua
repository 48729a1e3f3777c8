--- A block of lines says what its lines say one by one.
local core = require "postoffice.core"
local generate = require "spec.generate"
local helper = require "spec.helper"
local postoffice = require "postoffice"
local utf8 = require "postoffice.text.utf8"

local ESCAPES = { ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r" }

local function hexadecimal(text)
  return (text:gsub(".", function(c) return ("\\x%02x"):format(c:byte()) end))
end

local function single_line(text)
  return (text:gsub("[%z\1-\31\127]", function(c) return ESCAPES[c] or hexadecimal(c) end))
end

local function field(text)
  if text == "-" then return "\\x2d" end
  return utf8.map(single_line((text:gsub("\\", "\\\\"))), hexadecimal, function(character)
    return utf8.is_hidden(utf8.codepoint(character)) and hexadecimal(character) or character
  end)
end

-- The row of one line, if it has one; then why it is bad.
local ROW = {
  validate = function(text, options)
    local valid, message, code, position = postoffice.validate(text, options)
    local verdict = valid and "valid" or "invalid"
    local row = { field(text), verdict, code or "-", position and tostring(position) or "-" }
    return table.concat(row, "\t") .. "\n", message, code, position
  end,
  normalize = function(text, options)
    local made, message, code, position = postoffice.normalize(text, options)
    return made and single_line(made) .. "\n" or "", message, code, position
  end,
  key = function(text, options)
    local made, message, code, position = postoffice.new(options or {}).key(text)
    return made and single_line(made) .. "\n" or "", message, code, position
  end,
}

-- What `lines` has to say of a text, by the functions that read one address.
local function one_by_one(text, what, options)
  local rows, errors, number, addresses = "", {}, 0, 0
  local rest = text:match "[^\n]*$"
  for whole in text:gmatch "([^\n]*)\n" do
    number = number + 1
    local line = whole:gsub("\r$", "")
    if line ~= "" then
      addresses = addresses + 1
      local row, message, code, position = ROW[what](line, options)
      rows = rows .. row
      if code then
        errors[#errors + 1] = { line = number, text = line, message = message, code = code,
          position = position, written = #rows }
      end
    end
  end
  return { rows, errors, rest, number, addresses }
end

local function at_once(...) return { postoffice.lines(...) } end

-- Reads blocks one after the other: all rows, and the codes with their lines.
local function in_blocks(what, ...)
  local all, codes, rest, number = {}, {}, "", 0
  for _, block in ipairs { ... } do
    local rows, errors, count
    rows, errors, rest, count = postoffice.lines(rest .. block, what)
    all[#all + 1] = rows
    for _, found in ipairs(errors) do
      codes[#codes + 1] = ("%d %s %s"):format(number + found.line, found.text, found.code)
    end
    number = number + count
  end
  return { table.concat(all), codes, rest, number }
end

local WHATS = { "validate", "normalize", "key" }

local CASES = {
  { "nothing", "", "validate", "" },
  { "a line", "a@b.example\n", "validate", "a@b.example\tvalid\t-\t-\n" },
  { "no line yet", "a@b.example", "validate", "" },
  { "a bad line", "a@b..c\n", "validate", "a@b..c\tinvalid\tdomain-label-empty\t5\n" },
  { "empty lines", "\n\r\n\na@b.example\n\n", "normalize", "a@b.example\n" },
  { "CR and LF", "A@B.example\r\nc@d.example\r\n", "normalize", "A@b.example\nc@d.example\n" },
  { "one CR of two", "a@b.example\r\r\n", "validate",
    "a@b.example\\r\tinvalid\tcontrol-character\t12\n" },
  { "a NUL", "a\0b@c.example\n", "validate", "a\\x00b@c.example\tinvalid\tcontrol-character\t2\n" },
  { "a tab", "\ta@b.example\n", "validate", "\\ta@b.example\tvalid\t-\t-\n" },
  { "a backslash", "[MS:A\\B]\n", "validate", "[MS:A\\\\B]\tinvalid\tms-part-missing\t8\n" },
  { "a hyphen, which stands for none", "-\n", "validate", "\\x2d\tinvalid\tdomain-missing\t2\n" },
  { "what nobody sees", "a\226\128\139b@c.example\n", "validate",
    "a\\xe2\\x80\\x8bb@c.example\tvalid\t-\t-\n" },
  { "what is no UTF-8", "a\195@c.example\n", "validate",
    "a\\xc3@c.example\tinvalid\tutf8-invalid\t2\n" },
  { "bad lines between good ones", "A@B.example\nnobody\nc@d.example\n", "key",
    "SMTP:a@b.example\nSMTP:c@d.example\n" },
  { "a control that is written", "fax:a\tb\n", "normalize", "fax:a\\tb\n" },
  { "a control in a key", "[FAX:a\\x09b]\n", "key", "FAX:a\\tb\n" },
  { "a type that is asked for", "Lee AT HQ\n", "normalize", "Lee at HQ\n", { type = "CCMAIL" } },
  { "a notation", "CCMAIL:a@b\n", "key", "", { notation = "native" } },
  { "an unknown type", "TELEX:12\n", "validate", "TELEX:12\tinvalid\ttype-unknown\t1\n" },
  { "an unknown type that is carried", "TELEX:12\n", "validate", "TELEX:12\tvalid\t-\t-\n",
    { unknown = true } },
  { "a long line", ("x"):rep(900) .. "@b.example\nc@d.example\n", "key",
    "SMTP:" .. ("x"):rep(900) .. "@b.example\nSMTP:c@d.example\n" },
  { "a row four times as long", ("\1"):rep(900) .. "\n", "validate",
    ("\\x01"):rep(900) .. "\tinvalid\tcontrol-character\t1\n" },
}

describe("a block of lines", function()
  for _, case in ipairs(CASES) do
    it("has for " .. case[1] .. " the row it should", function()
      local block, what, options = case[2], case[3], case[5]
      assert.equal(case[4], (postoffice.lines(block, what, options)))
      assert.same(one_by_one(block, what, options), at_once(block, what, options))
    end)
  end

  it("tells of each bad line", function()
    local block = "a@b.example\n\nccmial:x at y\nc@d.example\na@b..c\nrest"
    local _, errors, rest, lines, addresses = postoffice.lines(block, "normalize")
    local row = #"a@b.example\n"
    assert.same({
      { line = 3, text = "ccmial:x at y", code = "type-unknown", position = 1, written = row,
        message = postoffice.message "type-unknown" .. "; did you mean CCMAIL?" },
      { line = 5, text = "a@b..c", code = "domain-label-empty", position = 5, written = 2 * row,
        message = postoffice.message "domain-label-empty" },
    }, errors)
    assert.same({ "rest", 5, 4 }, { rest, lines, addresses })
  end)

  it("is read by the options that are bound", function()
    local ccmail = postoffice.new { type = "CCMAIL" }
    assert.equal("Lee at HQ\n", (ccmail.lines("Lee  at HQ\n", "normalize")))
    assert.equal("a at b\n", (ccmail.lines("a at b\n", "normalize", { notation = "native" })))
  end)

  it("has domains in the form that is asked for", function()
    local block = "Kim@B\195\156CHER.example\nkim@xn--bcher-kva.EXAMPLE\na@b\255.c\n"
      .. "Lee <a@xn--0.c>\na@" .. ("\195\188"):rep(400) .. ".example\nCCMAIL:a at b\n"
    for _, form in ipairs { "ascii", "unicode" } do
      local options = { idn = form }
      assert.same(one_by_one(block, "normalize", options), at_once(block, "normalize", options))
      assert.is_false((pcall(postoffice.lines, block, "key", options)))
    end
    assert.is_false((pcall(postoffice.lines, block, "normalize", { idn = "utf-8" })))
  end)

  it("raises for a programmer's errors", function()
    local wrong = { { 1, "key" }, { nil, "key" }, { "", "keys" }, { "" },
      { "", "key", 1 }, { "", "key", { typ = "SMTP" } }, { "", "key", { type = 1 } } }
    for _, arguments in ipairs(wrong) do
      assert.is_false((pcall(postoffice.lines, arguments[1], arguments[2], arguments[3])))
    end
  end)
end)

-- Lines of what addresses are made of and of what stands in no address.
local PIECES = { "a", "b", "@", ".", "A", "-", "\\", "\"", "<", ">", "(", ")", "[", "]", ":",
  " at ", " ", "\t", "\r", "\n", "\r\n", "\n", "\0", "\27", "\195\188", "\194\173", "\195", "\255",
  "ccmail:", "FAX:", "LINES:", "[MS:", "a@b.example", "Kim <a@b.example>", "\\x0d", "\n",
  "c@D.example\n" }

local function block_of(random, most)
  local pieces = {}
  for i = 1, random(most) do
    pieces[i] = random(60) == 1 and ("z"):rep(random(900)) or PIECES[random(#PIECES)]
  end
  return table.concat(pieces)
end

local OPTIONS = { {}, { unknown = true }, { type = "CCMAIL" }, { notation = "oneoff" },
  { type = "LINES" }, { type = "SMTP", notation = "header" } }

describe("lines of any bytes", function()
  setup(function()
    core.define("LINES", { -- whose texts are refused, cannot be written, or do not pass
      parse = function(text)
        if text:find "%z" then return nil, 1 end
        return { value = text }
      end,
      format = function(address) return not address.value:find "b" and address.value or nil end,
      check = function(address) return #address.value % 2 == 0 end,
    })
  end)

  it("say what they say one by one #slow", function()
    for seed = 1, helper.times(500) do
      local random = generate.random(seed)
      local block, options = block_of(random, 40), OPTIONS[random(#OPTIONS)]
      for _, what in ipairs(WHATS) do
        assert.same(one_by_one(block, what, options), at_once(block, what, options))
      end
    end
  end)

  it("may be cut anywhere #slow", function()
    for seed = 1, helper.times(20) do
      local block = block_of(generate.random(seed), 40)
      for _, what in ipairs(WHATS) do
        local whole = in_blocks(what, block)
        for cut = 1, #block do
          assert.same(whole, in_blocks(what, block:sub(1, cut), block:sub(cut + 1)))
        end
      end
    end
  end)
end)

describe("a type that Lua defined", function()
  local function format(address) return address.value end

  it("may raise, and nothing is lost", function()
    local function parse() error "a definition's mistake" end
    core.define("LINESBROKEN", { parse = parse, format = format })
    for _ = 1, 3 do
      local ok, message = pcall(postoffice.lines, "a@b.example\nLINESBROKEN:x\n", "key")
      assert.is_false(ok)
      assert.matches("a definition's mistake", message, 1, true)
    end
  end)

  it("may change the options that it is read by", function()
    local options = { type = "LINESCHANGING" }
    local function parse(text)
      options.type = nil
      collectgarbage()
      return { value = text }
    end
    core.define("LINESCHANGING", { parse = parse, format = format })
    assert.equal("x\ny\n", (postoffice.lines("x\ny\n", "normalize", options)))
  end)
end)
