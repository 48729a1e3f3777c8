--- Other projects' suites, where they are beside the checkout: each row that we do not
-- agree with has its reason in spec/corpora, and still has it.
local postoffice = require "postoffice"
local helper = require "spec.helper"
local random_from = require("spec.generate").random
local count = require "spec.corpora.count"
local mutate = require("spec.grammar.generate").mutate

local KINDS = {
  { "isemail", "on how good an address is" }, { "validators", "on what is an address" },
  { "cpython", "on what a header's tokens are" },
  { "readers", "on what a list says and how it is written" },
  { "clients", "on what mail clients forgive" },
}

local function show(value)
  if type(value) == "string" then
    return ("%q"):format(value)
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for key, part in pairs(value) do
    parts[#parts + 1] = (type(key) == "string" and key .. " = " or "") .. show(part)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function told(failure)
  return ("%s %s%s\n  due %s\n  got %s"):format(failure.id, show(failure.input),
    failure.reason and "\n  agrees, though " .. failure.reason or "", show(failure.due),
    show(failure.got))
end

--- Raises for all rows that have failed.
local function hold(suite)
  local found = count.suite(suite)
  if found and #found.failures > 0 then
    local lines = {}
    for i, failure in ipairs(found.failures) do
      lines[i] = told(failure)
    end
    error(table.concat(lines, "\n"), 0)
  end
end

for _, kind in ipairs(KINDS) do
  describe("we agree with others " .. kind[2], function()
    for _, suite in ipairs(require("spec.corpora." .. kind[1])) do
      it("but for what is named: " .. suite.name, function() hold(suite) end)
    end
  end)
end

--- What addresses say, but not how it was written.
local function meaning(list)
  local items = {}
  for i, item in ipairs(list) do
    items[i] = item.group and { item.group, meaning(item.members) }
      or { item.type, item.localpart, item.domain, item.display_name, item.comment,
        item.route }
  end
  return items
end

--- Writes what a text says, and reads it again: nothing obsolete is left in it.  A list
-- that could not be written says why.
local function hold_round_trip(text)
  local list = postoffice.parse_list(text)
  for _, width in ipairs { 32, 78 } do
    local written = postoffice.format_list(list, { width = width })
    if written then
      local again, errors = postoffice.parse_list(written, { profile = "header" })
      assert.same({}, errors, text)
      assert.same(meaning(list), meaning(again), text)
    end
  end
end

--- Every input of the suites.
local function each_input(try)
  for _, kind in ipairs(KINDS) do
    for _, suite in ipairs(require("spec.corpora." .. kind[1])) do
      for _, row in ipairs(count.rows(suite) or {}) do
        try(count.bytes_of(row))
      end
    end
  end
end

--- The places of a text are its bytes, and the one after the last.
local function hold_errors(text, errors)
  for _, failure in ipairs(errors) do
    assert.truthy(text:find(failure.text, 1, true), text)
    assert.is_true(failure.position >= 1 and failure.position <= #text + 1, text)
  end
end

--- All profiles come to an end with a text.
local function hold_end(text)
  for _, profile in ipairs { "header", "obsolete", "lenient" } do
    local _, errors = postoffice.parse_list(text, { profile = profile })
    hold_errors(text, errors)
  end
end

describe("what stands in others' suites", function()
  it("is read to its end, with mistakes in it too", function()
    local random = random_from(21)
    local times = helper.times(_VERSION == "Lua 5.4" and 2 or 1)
    each_input(function(text)
      hold_end(text)
      for _ = 1, #text < 1000 and times or 0 do
        hold_end(mutate(text, random))
      end
    end)
  end)

  it("is written and read back", function()
    each_input(hold_round_trip)
  end)
end)
