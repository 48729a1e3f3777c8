--- What the specs of dialects share: tables of cases in, assertions out.
local postoffice = require "postoffice"
local assert = require "luassert"
local generate = require "spec.generate"
local vectors = require "spec.vectors"

local dialect = {}

local function native(type, text)
  return postoffice.parse(text, { type = type, notation = "native" })
end

--- The fields of an address, without its type.
function dialect.fields(address)
  local fields = {}
  for key, value in pairs(address or {}) do
    fields[key] = key ~= "type" and value or nil
  end
  return fields
end

--- Each case: native text, the fields it has to have.
function dialect.reads(type, cases)
  for _, case in ipairs(cases) do
    local address, message, _, position = native(type, case[1])
    assert(address, case[1] .. ": " .. tostring(message) .. " at " .. tostring(position))
    assert.equal(type, address.type)
    assert.same(case[2], dialect.fields(address), case[1])
  end
end

--- Each case: native text, code, the 1-based byte that offends.
function dialect.refuses(type, cases)
  for _, case in ipairs(cases) do
    local address, message, code, position = native(type, case[1])
    assert.is_nil(address, case[1])
    assert.equal(case[2], code, case[1])
    assert.equal(case[3], position, case[1] .. ": " .. code)
    assert.equal(postoffice.message(code), message)
  end
end

--- Each case: native text, code and byte of the limit that it passes, "note" where that is
-- no error; no code where it is sound.
function dialect.judges(type, cases)
  for _, case in ipairs(cases) do
    local options = { type = type, notation = "native" }
    local _, findings = postoffice.diagnose(case[1], options)
    local first = findings[1] or {}
    assert.equal(case[2], first.code, case[1])
    assert.equal(case[3], first.position, case[1])
    assert.equal(case[2] and (case[4] or "error"), first.severity, case[1])
    local valid, _, code = postoffice.validate(case[1], options)
    assert.equal(first.severity ~= "error", valid, case[1])
    assert.equal(not valid and first.code or nil, code, case[1])
  end
end

--- Each case: native text, as it is written back.
function dialect.writes(type, cases)
  for _, case in ipairs(cases) do
    local address = assert(native(type, case[1]))
    assert.equal(case[2], (postoffice.format(address, "native")), case[1])
  end
end

--- Each case: fields that no reader could tell from others once written.
function dialect.withholds(type, cases)
  for _, fields in ipairs(cases) do
    fields.type = type
    local text, _, code = postoffice.format(fields, "native")
    assert.is_nil(text, text)
    assert.is_string(code)
  end
end

--- Each case: native text, its preferred spelling.
function dialect.normalizes(type, cases)
  for _, case in ipairs(cases) do
    local options = { type = type, notation = "native" }
    assert.equal(case[2], (postoffice.normalize(case[1], options)), case[1])
  end
end

--- Each case: two native texts, whether they name one mailbox.
function dialect.equals(type, cases)
  for _, case in ipairs(cases) do
    local a, b = assert(native(type, case[1])), assert(native(type, case[2]))
    assert.equal(case[3], postoffice.equal(a, b), case[1] .. " and " .. case[2])
  end
end

local NOTATIONS = { "proxy", "native", "oneoff" }

--- Whatever can be written is read back as it was, field by field, in every
-- notation and through IMCEA.  `make(random)` makes an address; how many of
-- `count` could be written is the result.
function dialect.round_trips(count, make)
  local written = 0
  for seed = 1, count do
    local address = make(generate.random(seed))
    for _, notation in ipairs(NOTATIONS) do
      local text = postoffice.format(address, notation)
      if text then
        local back =
          assert(postoffice.parse(text, { type = address.type, notation = notation }))
        for key, value in pairs(address) do
          assert.equal(value, back[key], text .. ": " .. key)
        end
        assert.equal(postoffice.key(address), postoffice.key(back), text)
        local again = assert(postoffice.format(back, notation))
        assert.same(back, postoffice.parse(again, { type = address.type, notation = notation }))
        written = written + 1
      end
    end
    local shell = postoffice.encapsulate(address, "SMTP", { domain = "d.example" })
    if shell then
      assert.equal(postoffice.key(address), postoffice.key(postoffice.decapsulate(shell)))
    end
  end
  return written / #NOTATIONS
end

local PIECES = { "\0", "\r", "\195\188", "\255", " ", "\t", "a", "B", "1", "\\" }

--- Texts of the dialect's own pieces are read or refused, and do no harm.
function dialect.survives(type, count, pieces)
  for seed = 1, count do
    local random = generate.random(seed)
    local list = {}
    for i = 1, random(16) do
      local from = random(4) == 1 and PIECES or pieces
      list[i] = from[random(#from)]
    end
    local text = table.concat(list)
    local address, _, code, position = native(type, text)
    if address then
      postoffice.validate(text, { type = type, notation = "native" })
      assert.is_string(postoffice.normalize(text, { type = type, notation = "native" }))
      local again = postoffice.format(address, "native")
      if again then
        assert.equal(postoffice.key(address), postoffice.key(assert(native(type, again))), text)
      end
    else
      assert(position >= 1 and position <= #text + 1, ("%s at %d"):format(code, position))
    end
  end
end

--- Checks every documented or computed row of a kind of vectors but those in
-- `disagree`, where a reason stands for each; false where there are none.
dialect.holds = vectors.hold

--- A word of the letters of an alphabet.
function dialect.word(random, alphabet, longest)
  local letters = {}
  for i = 1, random(longest) do
    local at = random(#alphabet)
    letters[i] = alphabet:sub(at, at)
  end
  return table.concat(letters)
end

return dialect
