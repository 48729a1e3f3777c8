--- Reports what came of the tests that policies carry: for people, as TAP, or as JSON.
--
-- A reporter has `unloaded(path, message)`, `results(path, results)`,
-- `coverage(path, results)` and `finish()`.
-- @module postoffice.cli.test_report

local json = require "postoffice.text.json"
local output = require "postoffice.cli.output"

local test_report = {}

local visible = output.visible

local ADVICE = 'has no tests; add some: test "name" { to = "a@b.example", verdict = "deliver" }'

local function indented(margin, text)
  return (text:gsub("[^\n]+", function(line) return margin .. visible(line) end))
end

local function difference(failure)
  if failure.word == "claim" then return failure.got end
  return ("%s: expected %s, got %s"):format(failure.field, failure.expected, failure.got)
end

-- Whether a failure is a claim that is undecided.
local function is_undecided(failure)
  return failure.answer ~= nil and failure.answer.outcome == "undecided"
end

local function uncovered(rule)
  return ("%s: %s: no test reaches it"):format(rule.where, rule.title)
end

local function entries_of(sum)
  return ("%s: %s: tests reach %d of %d entries"):format(sum.where, sum.title, sum.reached,
    sum.entries)
end

local function covered(path, results)
  local reached = results.rules - #results.uncovered
  return ("%s: tests reach %d of %d rules"):format(path, reached, results.rules)
end

-- What a report of coverage says, line by line.
local function coverage_lines(path, results)
  local lines = {}
  for _, rule in ipairs(results.uncovered) do lines[#lines + 1] = uncovered(rule) end
  for _, sum in ipairs(results.entries) do lines[#lines + 1] = entries_of(sum) end
  lines[#lines + 1] = covered(path, results)
  return lines
end

local Plain = {}
Plain.__index = Plain

function Plain:line(text) self.output:line(self.painted(text)) end

function Plain:unloaded(path, message)
  self:line(visible(("%s: does not load"):format(path)))
  self:line(indented("    ", message))
end

local function write_failure(report, failure)
  report:line(visible(('%s: %s "%s" %s'):format(failure.where, failure.word, failure.name,
    is_undecided(failure) and "is undecided" or "failed")))
  report:line(indented("    ", difference(failure)))
  report:line("")
  if not failure.explanation then return end -- nothing decided it
  report:line(indented("    ", tostring(failure.explanation)))
  report:line("")
end

function Plain:results(path, results)
  for _, failure in ipairs(results.failures) do write_failure(self, failure) end
  self:line(visible(("%s: %s"):format(path, results.declared > 0 and results.counts or ADVICE)))
end

function Plain:coverage(path, results)
  for _, line in ipairs(coverage_lines(path, results)) do self:line(visible(line)) end
end

function Plain.finish() end

local Tap = {}
Tap.__index = Tap

function Tap:point(ok, description)
  self.count = self.count + 1
  local text = visible(description):gsub("#", "\\#")
  self.output:line(("%s %d - %s"):format(ok and "ok" or "not ok", self.count, text))
end

function Tap:unloaded(path, message)
  self:point(false, path .. ": loads")
  self.output:line(indented("# ", message))
end

function Tap:results(_, results)
  for _, test in ipairs(results.names) do
    local word = test.word == "claim" and "claim " or ""
    self:point(not test.failure, ("%s: %s%s"):format(test.where, word, test.name))
    if test.failure then
      if is_undecided(test.failure) then self.output:line "# undecided" end
      self.output:line(indented("# ", difference(test.failure)))
      if test.failure.explanation then
        self.output:line(indented("#   ", tostring(test.failure.explanation)))
      end
    end
  end
end

function Tap:coverage(path, results)
  for _, line in ipairs(coverage_lines(path, results)) do
    self.output:line("# " .. visible(line))
  end
end

function Tap:finish() self.output:line(("1..%d"):format(self.count)) end

local Json = {}
Json.__index = Json

local to_json = json.encoder {
  "file", "where", "word", "name", "passed", "undecided", "field", "expected", "got", "explanation",
  "message", "rules", "reached", "uncovered",
}

function Json:object(value) self.output:line(to_json(value)) end

function Json:unloaded(path, message)
  self:object { file = path, passed = false, message = message }
end

function Json:results(path, results)
  for _, test in ipairs(results.names) do
    local failure = test.failure or {}
    self:object {
      file = path, where = test.where, word = test.word, name = test.name,
      passed = not test.failure, undecided = is_undecided(failure) or nil, field = failure.field,
      expected = failure.expected, got = failure.got,
      explanation = failure.explanation and tostring(failure.explanation),
    }
  end
end

function Json:coverage(path, results)
  local missed = {}
  for i, rule in ipairs(results.uncovered) do missed[i] = rule.where end
  self:object {
    file = path, rules = results.rules, reached = results.rules - #missed, uncovered = missed,
  }
end

function Json.finish() end

--- A reporter for people: failures with their explanation, a line for each policy.
-- @tparam table out the output
-- @tparam function painted paints a text, see `postoffice.cli.paint`
-- @treturn table
function test_report.plain(out, painted)
  return setmetatable({ output = out, painted = painted }, Plain)
end

--- A reporter that writes an object for each test.
-- @tparam table out the output
-- @treturn table
function test_report.json(out) return setmetatable({ output = out }, Json) end

--- A reporter that writes the Test Anything Protocol.
-- @tparam table out the output
-- @treturn table
function test_report.tap(out)
  out:line "TAP version 13"
  return setmetatable({ output = out, count = 0 }, Tap)
end

return test_report
