local core = require "postoffice.core"
local delimiters = require "spec.delimiters"
local generate = require "spec.generate"
local helper = require "spec.helper"
local postoffice = require "postoffice"

local NOTATIONS = { "proxy", "native", "oneoff", "header", "path" }
local PIECES = {
  "a", "@", ".", " at ", "[", "]", "[SMTP:", "ccmail:", "<", ">", "(", ")", "\"", "\\", "\\x0d",
  "IMCEA", "EX-", "+40", "+", "_", ",", ":", "::", "IPv6:", "\0", "\r\n ", "\195", "\195\188",
  "\255",
  "/o=", "at", " ", "\t", ";", "=",
}

--- Whatever it is, it is read and judged, or refused with a code and a place.
local function survives(text, options)
  local address, message, code, position = postoffice.parse(text, options)
  if not address then
    local sentence = postoffice.message(code)
    assert.equal(sentence, message:sub(1, #sentence)) -- a near miss of a type may follow
    assert(position >= 1 and position <= #text + 1, ("%s at %d in %q"):format(code, position, text))
    return
  end
  postoffice.validate(text, options)
  local key, _, why = postoffice.key(address)
  -- What only section 4 of RFC 5322 has is never written.
  assert(key or why == "control-character" or why == "literal-invalid", why)
  tostring(address)
  postoffice.decapsulate(address)
  for _, notation in ipairs(NOTATIONS) do
    local written = postoffice.format(address, notation)
    if written then
      local again = assert(postoffice.parse(written,
        { type = address.type, notation = notation, unknown = true }))
      assert.equal(postoffice.key(address), postoffice.key(again))
    end
  end
end

describe("what section 4 of RFC 5322 has and nobody may write", function()
  local said = {
    ['"X\\\r\\\nBcc: x" <k@y.example>'] = "a name", ['"\\\r\\\nBcc: x"@y.example'] = "a local part",
    ["k@y.example (a\\\r\\\nBcc: x)"] = "a comment", ['"\\\0" <k@y.example>'] = "NUL",
    ["<k@y.example> (\1)"] = "another control", ['"\1" <k@y_z.example>'] = "no valid domain",
  }
  for text, what in pairs(said) do
    it("is read and not written: " .. what, function()
      local address = assert(postoffice.parse(text, { profile = "obsolete" }))
      for _, notation in ipairs(NOTATIONS) do
        local written = postoffice.format(address, notation)
        assert.is_falsy(written and written:find "[%z\1-\8\10-\31\127]")
      end
      assert.equal("control-character", select(3, postoffice.normalize(text)))
      assert.equal("control-character", select(3, postoffice.format(address, "header")))
      assert.equal("control-character", select(3, postoffice.format_list { address }))
      local key, _, code = postoffice.key(text)
      assert.is_true(key == "SMTP:k@y.example" or key == "SMTP:k@y_z.example"
        or code == "control-character")
      local rows, errors = postoffice.lines(text:gsub("[\r\n]", "\1") .. "\n", "normalize")
      assert.equal("", rows)
      assert.equal("control-character", errors[1].code)
    end)
  end
end)

describe("no input", function()
  it("of pieces of addresses does harm #slow", function()
    for seed = 1, helper.times(6000) do
      local random = generate.random(seed)
      local pieces = {}
      for i = 1, random(14) do
        pieces[i] = PIECES[random(#PIECES)]
      end
      local text = table.concat(pieces)
      survives(text, { unknown = random(2) == 1 })
      survives(text, { type = "CCMAIL" })
      survives(text, { notation = NOTATIONS[random(#NOTATIONS)], unknown = true })
    end
  end)

  it("of arbitrary bytes does harm #slow", function()
    for seed = 1, helper.times(300) do
      local random = generate.random(seed)
      local bytes = {}
      for i = 1, random(400) do
        bytes[i] = string.char(random(256) - 1)
      end
      survives(table.concat(bytes), { unknown = true })
      survives(table.concat(bytes), { type = "SMTP" })
    end
  end)

  it("of 64 KiB does harm", function()
    for _, piece in ipairs(PIECES) do
      local text = piece:rep(math.floor(65536 / #piece))
      survives(text)
      survives("a" .. text .. "@b", { unknown = true })
      survives("[SMTP:" .. text .. "]")
      survives("CCMAIL:" .. text)
      survives("Name " .. text .. " <a@b>")
      survives("<" .. text .. ">")
      survives("a@[" .. text .. "]")
      for _, notation in ipairs(NOTATIONS) do
        survives(text, { notation = notation, unknown = true })
      end
    end
  end)

  for _, type in ipairs(generate.TYPES) do
    it("of 64 KiB of what divides " .. type .. " does harm #slow", function()
      for _, piece in ipairs(delimiters.of[type]) do
        local text = piece:rep(math.floor(65536 / #piece))
        survives(text .. "@b", { type = type, unknown = true })
        for _, beginning in ipairs(delimiters.beginnings[type]) do
          survives("[" .. type .. ":" .. beginning .. text .. "]", { unknown = true })
          survives(beginning .. text, { type = type, notation = "native", unknown = true })
        end
      end
    end)
  end
end)

describe("a long list", function()
  local LENGTH = math.min(1000000, helper.times(160000))
  local PROFILES = { "smtp", "header", "obsolete", "lenient" }
  --- Each of its items and errors has a byte at least, but for a group's and the list's end.
  local function survives_list(text, profile)
    local list, errors = postoffice.parse_list(text, { profile = profile })
    assert.truthy(#list + #errors <= #text + 2)
    for _, failure in ipairs(errors) do
      assert(failure.position >= 1 and failure.position <= #text + 1)
    end
    return list, errors
  end

  it("of what opens, divides or says nothing comes to an end #slow", function()
    for i, entry in ipairs(delimiters.entries) do
      local text = entry:rep(math.floor(LENGTH / #entry))
      local profile = PROFILES[i % 2 + 3]
      survives_list(text, profile)
      survives_list('",' .. text .. ">", profile)
      survives_list("<a@x," .. text .. "(", PROFILES[(i + 1) % 2 + 3])
      survives_list("A:" .. text .. ";", PROFILES[i % 4 + 1])
    end
  end)

  it("is as long, as deep and as full as it likes", function()
    local name = ("x"):rep(LENGTH)
    local members = math.floor(LENGTH / 4)
    for _, profile in ipairs { "header", "obsolete", "lenient" } do
      local list, errors = survives_list(name .. " <a@b>," .. name:gsub("xx", "x ") .. "<c@d>",
        profile)
      assert.same({ 2, 0 }, { #list, #errors })
      assert.equal(name, list[1].display_name)
      list = survives_list(("("):rep(10000) .. ")("  .. (")"):rep(10000) .. "a@b", profile)
      assert.equal("a", list[1].localpart)
      list = survives_list("G:" .. ("a@b,"):rep(members) .. "c@d;", profile)
      assert.equal(members + 1, #list[1].members)
      list, errors = survives_list(("bad bad,"):rep(members) .. "c@d", profile)
      assert.same({ 1, members }, { #list, #errors })
    end
  end)
end)

describe("an address alone, which may be read at once,", function()
  local LIBRARIES = {
    postoffice, postoffice.new { type = "SMTP" }, postoffice.new { type = "CCMAIL" },
    postoffice.new { notation = "native" }, postoffice.new { notation = "header" },
    postoffice.new { notation = "oneoff", unknown = true },
  }

  it("has the answers that it has with options that say nothing #slow", function()
    for seed = 1, helper.times(1500) do
      local random = generate.random(seed)
      local pieces = { "Kim <", "a", "-b", "@", "c.", "example", ">" }
      for _ = 1, random(4) - 1 do pieces[random(#pieces)] = PIECES[random(#PIECES)] end
      local text = table.concat(pieces, "", random(2), #pieces - random(2) + 1)
      local library = LIBRARIES[random(#LIBRARIES)]
      for _, name in ipairs { "parse", "validate", "normalize" } do
        assert.same({ library[name](text, {}) }, { library[name](text) })
      end
      assert.same({ library.key(text, nil) }, { library.key(text) })
    end
  end)
end)

describe("a pattern", function()
  local function match(pattern, text)
    return { core.glob_match(pattern, text) }
  end

  it("matches as its byte code says", function()
    for _, case in ipairs {
      { "abc", "ABC", true },
      { "abc", "abcd", false },
      { "", "", true },
      { "\1\1", "ab", true },
      { "\1", "", false },
      { "\2", "", true },
      { "a\2", "a", true },
      { "\2@x", "a@b@x", true },
      { "\2@x", "a@b@y", false },
      { "\2b\2", "abc", true },
      { "\2\1\1", "a", false },
      { "\4\1", "\1", true },
      { "\4\1", "x", false },
      { "\1@x", "\195\169@x", true }, -- one character of UTF-8, not one byte
      { "\1\1@x", "\195\169@x", false },
      { "\2\1", "\240\159\152\128", true },
      { "\2\1\1", "\240\159\152\128", false },
      { "a\1c", "a\233c", true }, -- a byte where it is no UTF-8
      { "\1\1", "\195\195\169", true },
      { "\195\2", "\195\169", false }, -- half a character is none
      { "\2\169", "\195\169", false },
      { "\2\169\2", "\195\169", false },
      { "\2\195\169\2", "a\195\169", true },
    } do
      assert.same({ case[3] }, match(case[1], case[2]), case[2])
    end
  end)

  it("captures what its runs held, as written", function()
    assert.same({ true, "Kim" }, match("\3@x", "Kim@X"))
    assert.same({ true, "a", "b.c" }, match("\3.\3", "a.b.c"))
    assert.same({ true, "a", "bc" }, match("\3\3", "abc"))
    assert.same({ true, "x" }, match("\2/\3", "a/x"))
    assert.same({ false }, match("\3@x", "@x"))
    assert.same({ false }, match("\3\3", "a"))
    assert.same({ false }, match("\3\3", "\195\169"))
    assert.same({ true, "\195\169", "a" }, match("\3\3@two", "\195\169a@two"))
    assert.same({ true, "a", "\195\169" }, match("\3\3@two", "a\195\169@two"))
  end)

  it("captures as much as a pattern may have wildcards", function()
    local text = {}
    for i = 1, 60 do text[i] = string.char(32 + i) end
    local captured = match(("\3"):rep(60), table.concat(text))
    assert.is_true(table.remove(captured, 1))
    assert.same(text, captured)
    assert.same({ false }, match(("\3"):rep(61), ("x"):rep(61)))
  end)

  it("is never exponential", function()
    local pattern = ("\2a"):rep(300) .. "\2b"
    assert.same({ false }, match(pattern, ("a"):rep(65536)))
  end)
end)
