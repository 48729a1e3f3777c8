--- Test data: what documents and computation say of addresses, in spec/fixtures;
-- and data of other projects, where it stands beside the checkout.
local helper = require "spec.helper"
local dkjson = require "dkjson"

local vectors = {}

local FIXTURES = "spec/fixtures/vectors.tsv"
local SHARED = "../shared"

local function is_there(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end

--- A JSON text as a Lua value, null as nil.
function vectors.json(text)
  return (assert(dkjson.decode(text)))
end

-- Adds the rows of a file, by kind; none where it is absent.
local function add(kinds, path)
  for _, row in ipairs(is_there(path) and helper.tsv(path) or {}) do
    local kind, input, expected, source = row[1], row[2], vectors.json(row[3]), row[4]
    kinds[kind] = kinds[kind] or {}
    if expected.basis ~= "infer" then -- a guess proves nothing
      table.insert(kinds[kind], { input = input, expected = expected, source = source })
    end
  end
  return kinds
end

local ours = add({}, FIXTURES)
local others = add(add({}, SHARED .. "/vectors/domain.tsv"), SHARED .. "/vectors/kb.tsv")

--- The rows of a kind: { input, expected, source }; what others have found of it
-- are extra. There is at least one, but for a kind that others alone have.
function vectors.rows(kind)
  local rows = {}
  for _, list in ipairs { ours[kind] or {}, others[kind] or {} } do
    for _, row in ipairs(list) do
      rows[#rows + 1] = row
    end
  end
  return rows
end

--- The kinds of which there are rows, in order.
function vectors.kinds()
  local kinds, seen = {}, {}
  for _, rows in ipairs { ours, others } do
    for kind, list in pairs(rows) do
      if #list > 0 and not seen[kind] then
        seen[kind] = true
        kinds[#kinds + 1] = kind
      end
    end
  end
  table.sort(kinds)
  return kinds
end

--- Checks each row of a kind, given its input and what is expected, but for those whose
-- input is a key of `disagree`, where a reason stands for each. Raises for all that fail.
function vectors.hold(kind, check, disagree)
  local rows = vectors.rows(kind)
  assert(#rows > 0, "no vectors of the kind " .. kind)
  local failures = {}
  for _, row in ipairs(rows) do
    if not (disagree and disagree[row.input]) then
      local ok, message = pcall(check, row.input, row.expected)
      if not ok then
        failures[#failures + 1] = ("%s\t%s\t(%s)\n%s"):format(kind, row.input, row.source,
          tostring(type(message) == "table" and message.message or message))
      end
    end
  end
  if #failures > 0 then
    error(table.concat(failures, "\n"), 0)
  end
end

--- A function that declares, by busted's `it`, one spec for all rows of a kind.
-- There is none where there are no rows, because others have them.
function vectors.each(it, disagree)
  return function(kind, check)
    if #vectors.rows(kind) > 0 then
      it("holds " .. kind, function() vectors.hold(kind, check, disagree) end)
    end
  end
end

--- The rows of another project's corpus; nil where it is absent.
function vectors.corpus(name)
  local path = SHARED .. "/corpora/" .. name .. ".jsonl"
  if not is_there(path) then
    return nil
  end
  local rows = {}
  for line in helper.read(path):gmatch "[^\n]+" do
    rows[#rows + 1] = vectors.json(line)
  end
  return rows
end

--- Declares, by busted's `it`, a spec that gets the rows of a corpus; none where it is absent.
function vectors.with_corpus(it, name, sentence, check)
  local rows = vectors.corpus(name)
  if rows then
    it(sentence, function() check(rows) end)
  end
end

return vectors
