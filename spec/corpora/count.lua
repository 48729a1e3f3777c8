--- Holds the library to a suite, row by row, and counts.
local postoffice = require "postoffice"
local vectors = require "spec.vectors"
local words = require "spec.corpora.words"

local count = {}

local function same(x, y)
  if type(x) ~= "table" or type(y) ~= "table" then
    return x == y
  end
  for key, value in pairs(x) do
    if not same(value, y[key]) then
      return false
    end
  end
  for key in pairs(y) do
    if x[key] == nil then
      return false
    end
  end
  return true
end

--- The numbers in a text such as "1-3 7".
local function numbers(text)
  local found = {}
  for first, last in text:gmatch "(%d+)%-?(%d*)" do
    for number = tonumber(first), tonumber(last) or tonumber(first) do
      found[number] = true
    end
  end
  return found
end

--- The reason why we do not agree with the row of a number; nil if there is none.
local function reason_for(reasons, number)
  for _, reason in ipairs(reasons) do
    reason.numbers = reason.numbers or numbers(reason.rows)
    if reason.numbers[number] then
      return reason[1]
    end
  end
end

--- Without a library for them, internationalised domains are not judged.
local function is_beyond(text)
  return not postoffice.UNICODE and (text:find "[\128-\255]" or text:find "xn%-%-")
end

--- A suite's rows; nil where the corpus is not there.
function count.rows(suite)
  return suite.rows and suite.rows() or vectors.corpus(suite.name)
end

--- The bytes of a row's input.
function count.bytes_of(row)
  return row.input_hex and words.from_hex(row.input_hex) or row.input
end

--- What a row says and what we say; nothing if it is not asked.
local function judge(suite, row)
  local text = count.bytes_of(row)
  if not is_beyond(text) then
    return suite.judge(row, text)
  end
end

--- Counts a row that has been asked.
local function enter(found, row, agree, reason)
  found.asked = found.asked + 1
  if agree then
    found.agree = found.agree + 1
  elseif reason then
    found.kinds[reason] = (found.kinds[reason] or 0) + 1
  end
  if agree == (reason ~= nil) then
    table.insert(found.failures, row)
  end
end

--- Puts a suite's rows to the library: { rows =, asked =, agree =, kinds =, failures = }.
-- `kinds` has how many rows disagree for each reason; a failure is a row that disagrees
-- without a reason, or agrees though there is one: { id, input, due, got, reason }.  Nil
-- where the corpus is not there.
function count.suite(suite)
  local rows = count.rows(suite)
  if not rows then
    return nil
  end
  local found = { rows = #rows, asked = 0, agree = 0, kinds = {}, failures = {} }
  for number, row in ipairs(rows) do
    local due, got = judge(suite, row)
    if due ~= nil then
      got = got or false
      local reason = reason_for(suite, number)
      enter(found, { id = row.id, input = count.bytes_of(row), due = due, got = got,
        reason = reason }, same(due, got), reason)
    end
  end
  return found
end

return count
