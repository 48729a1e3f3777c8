--- Lists, written: what stands in a header field, and that it is read back.
local postoffice = require "postoffice"
local helper = require "spec.helper"
local random_from = require("spec.generate").random

local function mailbox(name, more)
  local address = { type = "SMTP", localpart = "kim", domain = "x.example", display_name = name }
  for field, value in pairs(more or {}) do
    address[field] = value
  end
  return address
end

local function map(list, change)
  local changed = {}
  for i, value in ipairs(list) do
    changed[i] = change(value)
  end
  return changed
end

--- An item without its metatable and what is for reading alone.
local function plain(item)
  local copy = {}
  for field, value in pairs(item) do
    if field == "members" then
      value = map(value, plain)
    end
    copy[field] = field ~= "display_raw" and value or nil
  end
  return copy
end

local function read_back(text)
  local list, errors = postoffice.parse_list(text, { profile = "header" })
  assert.same({}, errors, text)
  return map(list, plain)
end

local function lines_of(text)
  local lines = {}
  for line in (text .. "\r\n"):gmatch "(.-)\r\n" do
    lines[#lines + 1] = line
  end
  return lines
end

describe("format_list", function()
  it("quotes, encodes and comments what needs it", function()
    for _, case in ipairs {
      -- list, text
      { {}, "" },
      { { "kim@x.example" }, "kim@x.example" },
      { { mailbox "Kim Lee" }, "Kim Lee <kim@x.example>" },
      { { mailbox "Lee, Kim" }, [["Lee, Kim" <kim@x.example>]] },
      { { mailbox "J. Lee" }, [["J. Lee" <kim@x.example>]] },
      { { mailbox " a  b " }, [[" a  b " <kim@x.example>]] },
      { { mailbox [[a "b" \\c]] }, [["a \"b\" \\\\c" <kim@x.example>]] },
      { { mailbox "J\195\182rg" }, "=?utf-8?b?SsO2cmc=?= <kim@x.example>" },
      { { mailbox "=?utf-8?q?x?=" }, "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <kim@x.example>" },
      { { mailbox "a=?b" }, "=?utf-8?q?a=3D=3Fb?= <kim@x.example>" },
      { { mailbox(nil, { comment = "a (b)" }) }, [[kim@x.example (a \(b\))]] },
      { { mailbox("Kim", { localpart = "a b" }) }, [[Kim <"a b"@x.example>]] },
      { { mailbox(nil, { localpart = "j\195\182" }) }, "j\195\182@x.example" },
      { { mailbox(nil, { domain = "[x y]" }) }, "kim@[x y]" },
      { { { group = "Team", members = {} } }, "Team:;" },
      { { { group = "", members = {} } }, '"":;' },
      { { { group = "A, B", comment = "c", members = { "a@b", "c@d" } }, "e@f" },
        [["A, B" (c): a@b, c@d;, e@f]] },
      { { { group = "J\195\182", members = { "a@b" } } }, "=?utf-8?b?SsO2?=: a@b;" },
    } do
      local text = assert(postoffice.format_list(case[1]))
      assert.equal(case[2], text)
      assert.equal(text, postoffice.format_list(read_back(text)))
    end
    assert.equal("J\195\182rg <kim@x.example>",
      postoffice.format_list({ mailbox "J\195\182rg" }, { utf8 = true }))
  end)

  it("refuses what would be read otherwise, and says which item it is", function()
    local good = "a@b"
    for _, case in ipairs {
      { { good, "CCMAIL:Kim at HQ" }, "notation-type", 2 },
      { { "<@a:b@c>" }, "obsolete-route", 1 },
      { { good, good, "<>" }, "address-empty", 3 },
      { { "<Postmaster>" }, "domain-missing", 1 },
      { { mailbox "a\r\nBcc: x@y" }, "control-character", 1 },
      { { mailbox "a\0b" }, "control-character", 1 },
      { { mailbox "a\255" }, "format-unreadable", 1 },
      { { mailbox "\226\128\174a" }, "format-unreadable", 1 }, -- a bidi control, never decoded
      { { mailbox(nil, { comment = "a\n" }) }, "control-character", 1 },
      { { mailbox(nil, { localpart = "\1" }) }, "control-character", 1 },
      { { { group = "a\nb", members = {} } }, "control-character", 1 },
      { { good, { group = "G", members = { good, "x" } } }, "domain-missing", 4 },
      { { { group = "G" } }, "field-type", 1 },
      { { { group = 1, members = {} } }, "field-type", 1 },
      { { { group = "G", members = { { group = "H", members = {} } } } }, "type-missing", 2 },
    } do
      local text, message, code, item = postoffice.format_list(case[1])
      assert.same({ case[2], case[3] }, { code, item }, text)
      assert.equal(postoffice.message(code), message)
    end
  end)

  it("takes its options, and no others", function()
    local list = { "a@b", "c@d" }
    for _, options in ipairs { { width = 0 }, { width = "x" }, { column = -1 }, { width = 1e300 },
      { width = true }, { columns = 3 }, { width = 0 / 0 } } do
      assert.has_error(function() postoffice.format_list(list, options) end)
    end
    assert.has_error(function() postoffice.format_list "a@b" end)
    assert.equal("a@b,\r\n c@d", postoffice.format_list(list, { width = 32, column = 26 }))
    assert.equal("a@b, c@d", postoffice.format_list(list, { width = 32, column = 23 }))
  end)

  it("breaks no mailbox that fits into a line", function()
    local list = {}
    for i = 1, 50 do
      list[i] = mailbox(("Name %d of them"):format(i * i * i))
    end
    local text = postoffice.format_list(list, { column = 4 })
    local lines = lines_of(text)
    for i, line in ipairs(lines) do
      assert.is_true(#line + (i == 1 and 4 or 0) <= 78, line)
      assert.equal(i < #lines and "," or ">", line:sub(-1))
    end
  end)

  it("keeps to the width wherever a space stands, and to 998 octets anyhow", function()
    for _, name in ipairs { ("word "):rep(300) .. "x", ("a, "):rep(300) .. "x", ("x"):rep(3000),
      ("J\195\182 "):rep(300) .. "x", (" "):rep(200) .. "x", "x" .. (" "):rep(200),
      ('"'):rep(700) } do
      for _, options in ipairs { {}, { utf8 = true }, { width = 40 }, { column = 70 } } do
        local text = assert(postoffice.format_list({ mailbox(name) }, options))
        for _, line in ipairs(lines_of(text)) do
          assert.is_true(#line <= 998)
          assert.is_truthy(line:find "%S")
          assert.is_true(#line <= (options.width or 78) or line:find "[^ ] *[^ ]" == 1
            or not line:find("%S +%S"), line)
        end
        assert.equal(name, read_back(text)[1].display_name)
      end
    end
  end)

  it("writes what is read back, whatever it is #slow", function()
    local random = random_from(23)
    local pieces = { "a", "Kim", " ", "  ", ",", ".", '"', "\\", "(", ")", "=?", "?=",
      "=?utf-8?q?a?=",
      "\195\188", "\240\159\152\128", "<", ">", ":", ";", "@", "x@y", "[", ("w"):rep(90), "\t" }
    local function words(count)
      local said = {}
      for i = 1, random(count + 1) - 1 do
        said[i] = pieces[random(#pieces)]
      end
      return #said > 0 and table.concat(said) or nil
    end
    local function address()
      return mailbox(words(8), { comment = words(3), localpart = words(2) or "k" })
    end
    local kept = 0
    for _ = 1, helper.times(1500) do
      local list = {}
      for i = 1, random(4) do
        list[i] = random(4) == 1 and { group = words(4) or "G", members = { address(), address() } }
          or address()
      end
      local options = { column = random(60), width = 32 + random(60),
        utf8 = random(2) == 1 }
      local text, _, code = postoffice.format_list(list, options)
      if text then
        kept = kept + 1
        assert.same(map(list, plain), read_back(text), text)
      else
        assert.is_string(code)
      end
    end
    assert.is_true(kept > helper.times(300))
  end)
end)
