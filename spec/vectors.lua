--- Test data of other projects, where it stands beside the checkout.
local helper = require "spec.helper"
local dkjson = require "dkjson"

local vectors = {}

local SHARED = "../shared"

local function read(path)
  local file = io.open(path, "rb")
  return file and (file:close() and helper.read(path))
end

--- A JSON text as a Lua value, null as nil.
function vectors.json(text)
  return (assert(dkjson.decode(text)))
end

--- The documented and computed rows of a kind: { input, expected, source };
-- nil where the vectors are absent.
function vectors.rows(kind)
  local text = read(SHARED .. "/vectors/domain.tsv")
  if not text then
    return nil
  end
  local rows = {}
  for line in text:gmatch "[^\n]+" do
    local name, input, expected, source = line:match "^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)"
    if name == kind then
      local row = { input = input, expected = vectors.json(expected), source = source }
      if row.expected.basis ~= "infer" then
        rows[#rows + 1] = row
      end
    end
  end
  return rows
end

--- Checks each documented or computed row of a kind, given its input and what
-- is expected, but for those whose input is a key of `disagree`. Returns
-- whether the vectors are here.
function vectors.hold(kind, check, disagree)
  local rows = vectors.rows(kind)
  for _, row in ipairs(rows or {}) do
    if not (disagree and disagree[row.input]) then
      check(row.input, row.expected)
    end
  end
  return rows ~= nil
end

--- The rows of a corpus; nil where it is absent.
function vectors.corpus(name)
  local text = read(SHARED .. "/corpora/" .. name .. ".jsonl")
  if not text then
    return nil
  end
  local rows = {}
  for line in text:gmatch "[^\n]+" do
    rows[#rows + 1] = vectors.json(line)
  end
  return rows
end

return vectors
