local helper = require "spec.helper"
local postoffice = require "postoffice".new { unknown = true }
local generate = require "spec.generate"

--- Each case: address, notation, text.
local function writes(cases)
  for _, case in ipairs(cases) do
    local text, message = postoffice.format(case[1], case[2])
    assert.equal(case[3], text, message)
  end
end

--- Each case: address, notation, code.
local function refuses(cases)
  for _, case in ipairs(cases) do
    local text, message, code = postoffice.format(case[1], case[2])
    assert.is_nil(text)
    assert.equal(case[3], code)
    assert.equal(postoffice.message(code), message)
  end
end

local article = { type = "CCMAIL", mailbox = "user@domain", postoffice = "internet" }

describe("format", function()
  it("writes each notation", function()
    local kim = { type = "SMTP", localpart = "kim", domain = "x.example", display_name = "Lee, Kim",
      comment = "the (boss)", route = "@a,@b" }
    writes {
      { article, nil, "CCMAIL:user@domain at internet" },
      { article, "native", "user@domain at internet" },
      { article, "oneoff", "[CCMAIL:user@domain at internet]" },
      { kim, "proxy", "SMTP:kim@x.example" },
      { kim, "native", "kim@x.example" },
      { kim, "oneoff", "Lee, Kim [SMTP:kim@x.example]" },
      { kim, "header", [["Lee, Kim" <@a,@b:kim@x.example> (the \(boss\))]] },
      { { type = "SMTP", localpart = "kim", domain = "x.example", route = "@a" }, "header",
        "<@a:kim@x.example>" },
      { kim, "path", "<@a,@b:kim@x.example>" },
      { { type = "SMTP", localpart = "" }, "path", "<>" },
      { { type = "SMTP", localpart = "Postmaster" }, "path", "<Postmaster>" },
      { { type = "TELEX", value = "a\rb]" }, "oneoff", [=[[TELEX:a\x0Db\]]]=] },
    }
  end)

  it("takes text as well, and types in any case", function()
    writes {
      { "smtp:a@b.example", nil, "smtp:a@b.example" },
      { "Name [ccmail:a at b]", "proxy", "CCMAIL:a at b" },
      { { type = "ccmail", mailbox = "a" }, nil, "CCMAIL:a" },
      { { type = "SMTP", localpart = "a", domain = "b", primary = false }, nil, "smtp:a@b" },
      { { type = "telex", value = "1" }, nil, "TELEX:1" },
    }
  end)

  it("writes the syntax that is asked for, where a type has several", function()
    local x400 = "X400:c=us;a= ;p=Org;s=Lee;"
    for syntax, text in pairs {
      exchange = "c=us;a= ;p=Org;s=Lee;", rfc2156 = "/S=Lee/PRMD=Org/ADMD= /C=us/",
    } do
      assert.equal(text, (postoffice.format(x400, { notation = "native", syntax = syntax })))
      assert.equal("X400:" .. text, (postoffice.format(x400, { syntax = syntax })))
    end
    assert.equal("SMTP:a@b", (postoffice.format("SMTP:a@b", { syntax = "exchange" })))
    assert.has_error(function()
      postoffice.format("SMTP:a@b", { style = "exchange" })
    end)
  end)

  it("quotes a local part only where it must (RFC 5321 4.1.2)", function()
    for localpart, text in pairs {
      ["a.b"] = "a.b", ["a b"] = [["a b"]], [""] = [[""]], [".a"] = [[".a"]],
      ["a."] = [["a."]], ["a..b"] = [["a..b"]], ['"'] = [["\""]], ["a@b"] = [["a@b"]],
    } do
      writes { { { type = "SMTP", localpart = localpart, domain = "d" }, "native", text .. "@d" } }
    end
  end)

  it("quotes a display name that would be decoded (RFC 2047 5)", function()
    for name, text in pairs {
      ["=?utf-8?q?Kim?="] = [["=\?utf-8?q?Kim?=" <kim@x.example>]],
      ["Kim =?utf-8?q?Lee?="] = [["Kim =\?utf-8?q?Lee?=" <kim@x.example>]],
      ["Kim?="] = "Kim?= <kim@x.example>",
    } do
      local address = { type = "SMTP", localpart = "kim", domain = "x.example",
        display_name = name }
      writes { { address, "header", text } }
      assert.same(name, assert(postoffice.parse(text)).display_name)
    end
    local commented = { type = "SMTP", localpart = "kim", domain = "x.example",
      comment = "=?utf-8?q?Kim?=" }
    writes { { commented, "header", [[kim@x.example (=\?utf-8?q?Kim?=)]] } }
  end)

  it("refuses what would not be read back as it is", function()
    local function smtp(localpart, domain, more)
      local address = more or {}
      address.type, address.localpart, address.domain = "SMTP", localpart, domain
      return address
    end
    refuses {
      { smtp("a\r\nRCPT TO:<x@y>", "d"), "native", "control-character" },
      { smtp("a", "d\r\nX: y"), "native", "control-character" },
      { smtp("a", "d\0"), "native", "control-character" },
      { smtp("a", "b..c"), "proxy", "domain-label-empty" },
      { smtp("a", "b>,<c"), "path", "mailbox-several" },
      { smtp("a", "b", { route = "@a\0b" }), "path", "control-character" },
      { smtp("a", "b", { route = "@a\0b" }), "header", "control-character" },
      { smtp("a", "b", { route = "@a>,<" }), "path", "mailbox-several" },
      { smtp("a", "b", { route = "@a..b" }), "header", "route-invalid" },
      { smtp("a", "b", { route = "@a:b@c> (" }), "path", "mailbox-text-after" },
      { smtp("a", nil), "native", "domain-missing" },
      { smtp(nil, "d"), "native", "localpart-empty" },
      { smtp("", nil), "native", "address-empty" },
      { smtp(nil, nil), "path", "address-empty" }, -- what is <> has a local part
      { smtp(nil, nil, { display_name = "x" }), "header", "address-empty" },
      { smtp(nil, "d"), "path", "localpart-empty" },
      { smtp(nil, "d"), "header", "localpart-empty" },
      { smtp("a", "b", { display_name = "x\r\ny" }), "header", "control-character" },
      { smtp("a", "b", { comment = "x\ny" }), "header", "control-character" },
      { smtp("a", "b", { route = "x" }), "path", "localpart-character" },
      { { type = "CCMAIL", mailbox = "a at b" }, nil, "format-unreadable" },
      { { type = "CCMAIL", mailbox = " a", postoffice = "b" }, nil, "format-unreadable" },
      { { type = "CCMAIL", mailbox = "", postoffice = "b" }, nil, "ccmail-mailbox-empty" },
      { { type = "CCMAIL", mailbox = "a", postoffice = "" }, nil, "ccmail-postoffice-empty" },
      { { type = "TELEX", value = "a\rb" }, "proxy", "control-character" },
      { { type = "TELEX" }, nil, "address-empty" },
      { { type = "a b", value = "x" }, nil, "type-invalid" },
      { { mailbox = "a" }, nil, "type-missing" },
      { { type = "SMTP", localpart = 12, domain = "d" }, nil, "field-type" },
      { { type = "SMTP", localpart = "a", domain = {} }, nil, "field-type" },
      { { type = 12, localpart = "a", domain = "d" }, nil, "field-type" },
      { smtp("a", "b", { comment = 12 }), nil, "field-type" },
      { smtp("a", "b", { primary = "no" }), nil, "field-type" },
      { article, "header", "notation-type" },
      { article, "path", "notation-type" },
    }
  end)

  it("raises where a programmer is wrong", function()
    assert.has_error(function()
      postoffice.format(12)
    end)
    assert.has_error(function()
      postoffice.format(article, "no such notation")
    end)
  end)
end)

describe("an address", function()
  it("prints as format writes it, or as what comes nearest", function()
    assert.equal("CCMAIL:user@domain at internet",
      tostring(postoffice.parse "[ccmail:user@domain at internet]"))
    assert.equal("<>", tostring(postoffice.parse "<>"))
    assert.equal([=[[TELEX:a\x0D]]=],
      tostring(postoffice.parse([=[[TELEX:a\x0d]]=], { unknown = true })))
  end)

  it("equals another with the same key", function()
    local parse = postoffice.parse
    assert.is_true(parse "ccmail:Smith, John at A" == parse "CCMAIL:john smith AT a")
    assert.is_false(parse "SMTP:a@b" == parse "SMTP:a@c")
  end)

  it("is a plain table", function()
    local address = postoffice.parse "Kim <kim@x.example>"
    address.domain = "y.example"
    assert.equal("SMTP:kim@y.example", tostring(address))
  end)
end)

describe("round trips", function()
  local notations = { "proxy", "native", "oneoff", "header", "path" }
  local carried = {
    proxy = { primary = true }, native = {}, oneoff = { display_name = true },
    header = { display_name = true, comment = true }, path = { route = true },
  }
  local names = { display_name = true, comment = true, route = true, primary = true }

  --- The address without what a notation does not carry.
  local function reduced(address, notation)
    local copy = {}
    for key, value in pairs(address) do
      if not names[key] or carried[notation][key] then
        copy[key] = value
      end
    end
    return copy
  end

  --- `assert.same`, fast where they are.
  local function same(expected, is, text)
    for key, value in pairs(expected) do
      if is[key] ~= value then
        assert.same(expected, is, text)
      end
    end
    for key in pairs(is) do
      if expected[key] == nil then
        assert.same(expected, is, text)
      end
    end
  end

  --- Whether only a one-off can hold it.
  local function has_control(address)
    return address.building ~= nil
      or (address.value ~= nil and address.value:find "[%z\1-\8\10-\31\127]" ~= nil)
  end

  --- The code with which a notation has to refuse the address, if any.
  local function refusal(address, notation)
    if notation == "header" or notation == "path" then
      return address.type ~= "SMTP" and "notation-type" or nil
    end
    return notation ~= "oneoff" and has_control(address) and "control-character" or nil
  end

  local function round_trip(address, notation)
    local text, _, code = postoffice.format(address, notation)
    local why = refusal(address, notation)
    if code ~= why then
      assert.equal(why, code, notation .. " of " .. tostring(address))
    elseif text then
      local options = { type = address.type, notation = notation }
      local back, message = postoffice.parse(text, options)
      assert(back, message)
      same(reduced(address, notation), reduced(back, notation), text)
      return true
    end
  end

  for _, type in ipairs(generate.TYPES) do
    it("give every field of " .. type .. " back, in every notation that can carry it #slow",
      function()
        local written, tried = 0, helper.times(2000)
        for seed = 1, tried do
          local address = generate.address(seed, type)
          for _, notation in ipairs(notations) do
            written = written + (round_trip(address, notation) and 1 or 0)
          end
        end
        assert.truthy(written > 1.5 * tried, written)
      end)
  end
end)
