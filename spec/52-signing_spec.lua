-- Local parts that are signed and verified: SRS and BATV.  52-localpart has their recognition.
local generate = require "spec.generate"
local helper = require "spec.helper"
local localpart = require "postoffice.localpart"
local postoffice = require "postoffice"
local vectors = require "spec.vectors"

local each = vectors.each(it)

local DAY = 86400
local NEW_YEAR = 1577836860 -- 2020-01-01, a minute past midnight

local function native(address) return postoffice.format(address, "native") end

--- The first second of a day such as 2024-02-29 (Howard Hinnant, days_from_civil).
local function seconds_of(date)
  local year, month, day = date:match "^(%d+)%-(%d+)%-(%d+)$"
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local days = year * 365 + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 1
  return (days - 719468) * DAY
end

local function srs(more)
  local options = { domain = "fwd.example", secrets = { "secret" } }
  for name, value in pairs(more or {}) do options[name] = value end
  local signer = localpart.srs(options) -- no tail call, or who calls would be another
  return signer
end

--- The code with which an object refuses an address.
local function refusal(signer, text, now)
  local address, message, code = signer:reverse(text, now)
  assert.is_nil(address, text)
  assert.equal(postoffice.message(code), message)
  return code
end

describe("SRS", function()
  each("srs.forward", function(input, expected)
    local given = vectors.json(input)
    local signer = localpart.srs { domain = given.alias, secrets = { given.secret } }
    local now = seconds_of(given.date)
    assert.equal(expected.result, native(signer:forward(given.address, now)))
    assert.equal(given.address, native(signer:reverse(expected.result, now)))
  end)

  each("srs.reverse", function(input, expected)
    local signer = localpart.srs {
      domain = input:match "@(.*)$", secrets = { expected.secret },
    }
    assert.equal(expected.result, native(signer:reverse(input, seconds_of(expected.date))))
  end)

  each("srs.timestamp", function(input, expected)
    local made = srs():forward("kim@a.example", seconds_of(input))
    assert.equal(expected.tt, localpart.read(made, "srs").timestamp)
  end)

  local unquoted = { ["srs-10"] = true } -- Mail::SRS puts quotes into the middle of a local part

  --- Expects what a forwarder at a domain makes of an address, and whom that stands for.
  local function forwards(row, domain, given, made, back)
    local signer = localpart.srs {
      domain = domain, secrets = { row.secret }, separator = row.separator, max_age = 49,
    }
    assert.equal(made, native(signer:forward(given, row.time)), row.id)
    if back then assert.equal(back, native(signer:reverse(made, row.time)), row.id) end
  end

  local held = {}
  function held.forward(row, expected)
    if expected.srs0 and not unquoted[row.id] then
      forwards(row, row.alias:match "[^@]*$", row.input, expected.srs0, expected.rev_srs0)
    end
    for name, from in pairs(expected.srs1 and { srs1 = "srs0", srs1b = "srs1" } or {}) do
      local made = not unquoted[row.id] and expected[name]
      if made then
        forwards(row, made:match "@(.*)$", expected[from], made, expected["rev_" .. name])
      end
    end
  end
  function held.reverse(row, expected)
    local signer = localpart.srs {
      domain = row.input:match "@(.*)$" or "b.example", secrets = { row.secret }, max_age = 49,
    }
    local address = signer:reverse(row.input, row.time)
    assert.equal(expected.reverse, address and native(address), row.id)
  end
  function held.timestamp(row, expected)
    local made = srs():forward("kim@a.example", row.time)
    assert.equal(expected.timestamp, localpart.read(made, "srs").timestamp, row.id)
  end

  vectors.with_corpus(it, "srs", "is signed and verified as the reference implementation does",
    function(rows)
      for _, row in ipairs(rows) do held[row.fn](row, row.expected) end
    end)

  it("takes the way back over every forwarder", function()
    local hops = {}
    for i = 1, 4 do
      hops[i] = srs { domain = ("hop%d.example"):format(i), secrets = { "k" .. i } }
    end
    local sender = "kim@a.example"
    for _, hop in ipairs(hops) do sender = native(hop:forward(sender, NEW_YEAR)) end
    assert.matches("^SRS1=....=hop1%.example==....=2W=a%.example=kim@hop4%.example$", sender)
    local first = native(hops[4]:reverse(sender, NEW_YEAR))
    assert.matches("^SRS0=....=2W=a%.example=kim@hop1%.example$", first)
    assert.equal("kim@a.example", native(hops[1]:reverse(first, NEW_YEAR)))
  end)

  it("leaves what needs no signature", function()
    for _, text in ipairs {
      "<>", "<Postmaster>", "kim@fwd.example", "kim@FWD.Example",
      "SRS0=abcd=2W=a.example=kim@fwd.example",
    } do
      local given = assert(postoffice.parse(text))
      assert.is_true(postoffice.equal(given, srs():forward(given, NEW_YEAR)), text)
    end
    for _, signer in ipairs { srs(), localpart.batv { secrets = { "k" } } } do
      assert.is_true(postoffice.equal("<>", signer:forward("", NEW_YEAR))) -- as hosts write it
      assert.equal("localpart-plain", (select(3, signer:reverse("", NEW_YEAR))))
      assert.equal("address-empty", (select(3, signer:forward(" ", NEW_YEAR))))
    end
  end)

  it("keeps local parts of any kind", function()
    for seed = 1, helper.times(1000) do
      local address = generate.address(seed)
      local signed = address.type == "SMTP" and address.localpart ~= "" and address.domain
        and srs():forward(address, NEW_YEAR)
      if signed then
        assert.equal("fwd.example", signed.domain)
        local back = assert(srs():reverse(assert(native(signed)), NEW_YEAR))
        local is_srs0 = localpart.read(address, "srs")
        if not is_srs0 then assert.equal(address.localpart, back.localpart) end
        assert.equal(postoffice.key(address), postoffice.key(back))
      end
    end
  end)

  it("holds a domain in A-labels, if there are any", function()
    if not postoffice.key "a@\195\188.example" then return end -- a build without libidn2
    for _, host in ipairs { "\195\188.example", "\195\156.example", "xn--tda.example" } do
      local signed = native(srs():forward("kim@" .. host, NEW_YEAR))
      assert.equal(native(srs():forward("kim@xn--tda.example", NEW_YEAR)), signed)
      assert.equal("kim@xn--tda.example", native(srs():reverse(signed, NEW_YEAR)))
    end
  end)

  it("is the same whatever became of its case", function()
    local signed = native(srs():forward("Kim.Lee@A.example", NEW_YEAR))
    assert.equal("kim.lee@a.example", native(srs():reverse(signed:lower(), NEW_YEAR)))
    assert.equal("KIM.LEE@A.EXAMPLE", native(srs():reverse(signed:upper(), NEW_YEAR)))
  end)

  it("does not hold with a byte changed", function()
    local hop = srs { domain = "hop.example" }
    for _, text in ipairs { "kim@a.example", "SRS0=abcd=2W=a.example=kim@b.example" } do
      local signed = native(hop:forward(text, NEW_YEAR))
      local at = signed:find "@"
      for i = 1, at - 1 do
        for _, byte in ipairs { "x", "7", "=", "-" } do
          local changed = signed:sub(1, i - 1) .. byte .. signed:sub(i + 1)
          local back = changed:lower() ~= signed:lower() and hop:reverse(changed, NEW_YEAR)
          -- the separator after the word is nobody's
          assert.is_true(not back or i == 5, changed)
        end
      end
    end
  end)

  it("holds for the same characters split elsewhere, as libsrs2's does", function()
    local signed = native(srs():forward("kim@a.example", NEW_YEAR))
    local split = signed:gsub("=a.example=kim@", "=a.exampl=ekim@")
    assert.not_equal(signed, split)
    assert.equal("ekim@a.exampl", native(srs():reverse(split, NEW_YEAR)))
    local more = signed:gsub("=a.example=kim@", "=a.exampl=e=kim@")
    assert.equal("signature-invalid", refusal(srs(), more, NEW_YEAR))
  end)

  it("is refused by another key, another domain and after its days", function()
    local signed = native(srs():forward("kim@a.example", NEW_YEAR))
    assert.equal("signature-invalid", refusal(srs { secrets = { "other" } }, signed, NEW_YEAR))
    assert.equal("localpart-plain", refusal(srs { domain = "b.example" }, signed, NEW_YEAR))
    assert.equal("localpart-plain", refusal(srs(), "kim@fwd.example", NEW_YEAR))
    assert.equal("kim@a.example", native(srs():reverse(signed, NEW_YEAR + 21 * DAY)))
    assert.equal("signature-expired", refusal(srs(), signed, NEW_YEAR + 22 * DAY))
    assert.equal("signature-expired", refusal(srs(), signed, NEW_YEAR - DAY)) -- of tomorrow
    assert.equal("signature-expired", refusal(srs { max_age = 0 }, signed, NEW_YEAR + DAY))
    assert.equal("kim@a.example", native(srs { max_age = 0 }:reverse(signed, NEW_YEAR)))
  end)

  it("holds by the clock unless a time is given", function()
    local signed = srs():forward "kim@a.example"
    assert.equal("kim@a.example", native(srs():reverse(signed)))
    assert.equal("signature-expired", refusal(srs(), signed, os.time() + 30 * DAY))
  end)

  it("is signed by the first key and verified by all", function()
    local old, new = srs { secrets = { "old" } }, srs { secrets = { "new" } }
    local both = srs { secrets = { "new", "old" } }
    local signed = native(both:forward("kim@a.example", NEW_YEAR))
    assert.equal(native(new:forward("kim@a.example", NEW_YEAR)), signed)
    assert.equal("signature-invalid", refusal(old, signed, NEW_YEAR))
    local before = old:forward("kim@a.example", NEW_YEAR)
    assert.equal("kim@a.example", native(both:reverse(before, NEW_YEAR)))
  end)

  it("has a hash of four characters or more, of which none is wrong", function()
    local long = srs { hash_length = 27 }
    local signed = native(long:forward("kim@a.example", NEW_YEAR))
    assert.equal(27, #localpart.read(signed, "srs").hash)
    assert.equal("kim@a.example", native(srs():reverse(signed, NEW_YEAR)))
    assert.equal("signature-invalid",
      refusal(long, native(srs():forward("kim@a.example", NEW_YEAR)), NEW_YEAR))
    local hash = localpart.read(signed, "srs").hash
    local function with(other) return (signed:gsub("^(SRS0=)[^=]*", "%1" .. other)) end
    assert.equal("signature-invalid", refusal(srs(), with(hash .. "A"), NEW_YEAR))
    assert.equal("signature-invalid", refusal(srs(), with(hash:sub(1, 3)), NEW_YEAR))
    assert.equal("localpart-plain", refusal(srs(), with(hash .. "!"), NEW_YEAR))
  end)

  it("is base 64 in either alphabet", function()
    local hop = localpart.srs { domain = "c.example", secrets = { "secret" } }
    for i = 1, 200 do -- one hash in eight has one of the two
      local signed = native(hop:forward(("kim%d@a.example"):format(i), NEW_YEAR))
      local hash = localpart.read(signed, "srs").hash
      local url = hash:gsub("[+/]", { ["+"] = "-", ["/"] = "_" })
      local other = "SRS0=" .. url .. signed:sub(#"SRS0=" + #hash + 1)
      assert.equal(("kim%d@a.example"):format(i), native(hop:reverse(other, NEW_YEAR)))
    end
  end)

  it("passes on what is wrong with an address", function()
    for _, method in ipairs { "forward", "reverse" } do
      local address, _, code, position = srs()[method](srs(), "kim@a..b", NEW_YEAR)
      assert.same({ nil, "domain-label-empty", 7 }, { address, code, position })
      assert.equal("type-mismatch", (select(3, srs()[method](srs(), "CCMAIL:kim at HQ"))))
    end
    local quoted = srs():forward('"kim\tlee"@a.example', NEW_YEAR)
    assert.equal("kim\tlee", srs():reverse(quoted, NEW_YEAR).localpart)
  end)
end)

describe("BATV", function()
  local function batv(more)
    local options = { secrets = { "secret" } }
    for name, value in pairs(more or {}) do options[name] = value end
    return localpart.batv(options)
  end

  each("batv.make", function(input, expected)
    local given = vectors.json(input)
    local now = (tonumber(given.ddd) - 7) * DAY
    local signer = localpart.batv { secrets = { given.key }, number = tonumber(given.k) }
    assert.equal(expected.result, native(signer:forward(given.address, now)))
    assert.equal(given.address, native(signer:reverse(expected.result, now)))
  end)

  it("holds until its day, wherever the thousand days begin", function()
    for _, day in ipairs { 0, 12, 992, 993, 999, 20454 } do
      local signed = native(batv():forward("kim@a.example", day * DAY))
      assert.equal(("%03d"):format((day + 7) % 1000), localpart.read(signed, "batv").day)
      assert.equal("kim@a.example", native(batv():reverse(signed, (day + 7) * DAY)))
      assert.equal("signature-expired", refusal(batv(), signed, (day + 8) * DAY))
      assert.equal("signature-expired", refusal(batv(), signed, (day - 1) * DAY))
    end
  end)

  it("is the same whatever became of its case", function()
    local signed = native(batv():forward("Kim.Lee@A.example", 0))
    assert.matches("^prvs=0007%x%x%x%x%x%x=Kim%.Lee@A%.example$", signed)
    for _, text in ipairs { signed, signed:lower(), signed:upper() } do
      assert.equal("kim.lee@a.example", native(batv():reverse(text, 0)):lower())
    end
  end)

  it("does not hold with a byte changed", function()
    local signed = native(batv { number = 3 }:forward("kim@a.example", 0))
    for i = 1, #signed do
      for _, byte in ipairs { "x", "7", "a" } do
        local changed = signed:sub(1, i - 1) .. byte .. signed:sub(i + 1)
        if changed ~= signed then assert.is_nil((batv():reverse(changed, 0)), changed) end
      end
    end
    assert.equal("signature-invalid", refusal(batv { secrets = { "other" } }, signed, 0))
    local both = batv { secrets = { "other", "secret" } }
    assert.equal("kim@a.example", native(both:reverse(signed, 0)))
  end)

  it("is of one domain in U-labels and A-labels", function()
    if not postoffice.key "a@\195\188.example" then return end -- a build without libidn2
    local signed = native(batv():forward("kim@\195\188.example", 0))
    assert.equal("kim@xn--tda.example",
      native(batv():reverse((signed:gsub("@.*", "@xn--tda.example")), 0)))
  end)

  it("leaves what needs no mark", function()
    local signed = batv():forward("kim@a.example", 0)
    local ours = batv { domain = "A.example" }
    for _, address in ipairs { signed, postoffice.parse "joe@b.example" } do
      assert.equal(address, ours:forward(address, 0))
    end
    assert.equal("", batv():forward("<>", 0).localpart)
    assert.equal(signed, ours:forward("kim@a.example", 0))
    assert.equal("localpart-plain", refusal(batv { domain = "b.example" }, signed, 0))
    assert.equal("localpart-plain", refusal(batv(), "kim@a.example", 0))
  end)
end)

describe("what signs", function()
  it("shows nobody its keys", function()
    for _, signer in ipairs { srs(), localpart.batv { secrets = { "secret" } } } do
      for name, value in pairs(signer) do
        assert.equal("domain", name)
        assert.equal("fwd.example", value)
      end
    end
  end)

  it("keeps its keys whatever becomes of the list", function()
    local keys = { "secret" }
    local signer = srs { secrets = keys }
    keys[1] = "other"
    assert.equal(srs():forward("kim@a.example", 0), signer:forward("kim@a.example", 0))
  end)

  it("raises for misuse", function()
    local function of(options)
      return function() srs(options) end
    end
    local function mark(options)
      return function() localpart.batv(options) end
    end
    for _, case in ipairs {
      { function() localpart.srs { domain = "a.example" } end, "secrets has to be a list of keys" },
      { function() localpart.srs { secrets = { "a" } } end, "option domain has to be a string" },
      { of { secrets = {} }, "the first signs, all verify" },
      { of { secrets = { "" } }, "secrets" },
      { of { secrets = { "a", 1 } }, "secrets" },
      { of { secret = { "a" } }, 'did you mean "secrets"' },
      { of { profile = "exim" }, "HMAC%-MD5" },
      { of { profile = "opensmtpd" }, "read and not signed" },
      { of { profile = "libsrs" }, 'did you mean "libsrs2"' },
      { of { separator = "_" }, "separator cannot be" },
      { of { hash_length = 3 }, "hash_length has to be 4 to 27" },
      { of { hash_length = 28 }, "hash_length" },
      { of { hash_length = 4.5 }, "hash_length" },
      { of { max_age = 1024 }, "max_age has to be 0 to 1023" },
      { of { max_age = -1 }, "max_age" },
      { mark {}, "secrets has to be a list" },
      { mark { secrets = { "a" }, number = 10 }, "number has to be 0 to 9" },
      { mark { secrets = { "a" }, max_age = 0 / 0 }, "max_age has to be 0 to 999" },
      { mark { secrets = { "a" }, profile = "indimail" }, "MD5" },
      { mark { secrets = { "a" }, profile = "prvs" }, "profile cannot be" },
      { function() srs():forward("kim@a.example", "now") end, "the time has to be a number" },
      { function() srs():reverse("kim@a.example", 1 / 0) end, "the time has to be a number" },
      { function() srs():reverse("kim@a.example", -1 / 0) end, "the time has to be a number" },
      { function() localpart.batv { secrets = { "a" } }:forward(1) end, "an address has to be" },
      { function() srs():reverse() end, "an address has to be" },
    } do
      local ok, message = pcall(case[1])
      assert.is_false(ok)
      assert.matches(case[2], message)
      assert.matches("52%-signing_spec", message)
    end
  end)
end)
