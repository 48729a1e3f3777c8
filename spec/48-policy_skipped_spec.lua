--- What `check` says of rows that are left out of directories' files, held against each row alone.

local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"

-- By format, rows of people of whom each has addresses of their own, right or wrong.
local ROWS = {
  csv = {
    header = "Name,mail,target\n",
    "Kim #,k#@a.example,", "Lee #,l#@a.example,SMTP:x@far.example", "Ann #,a#@,",
    ",n#@a.example,", "Joe #,,", "Pat #,p#@a.example,CCMAIL:", "Eve #,e#@a.example,x",
    "Dan #,d#@a..example,", "Sue #,s#@a.example,y@,z", "Max #,m#@a.example",
    '"Tim #",t#@a.example,',
  },
  virtual = {
    header = "",
    "k#@a.example x@far.example", "l#@a.example", "@b#.example x@far.example",
    "a#@ x@far.example", "b#@a.example x@", "c#@a.example x@far.example, y@", "d# x@far.example",
  },
}

local function load(format, text, more)
  return policy.load(([[
domain "a.example" {}
directory "d" { file = "people", format = "%s", %s }]]):format(format, more or ""), {
    chunkname = "@p.lua", read = function() return text end,
  })
end

-- The lines of rows that are said to be skipped.
local function lines_told(p)
  local lines = {}
  for _, finding in ipairs(p:check()) do
    if finding.code == "row-skipped" then lines[finding.line] = tostring(finding) end
  end
  return lines
end

-- Whether somebody has the address of a row; nil where that has none that can be.
local function has_entry(p, row)
  local address = row:match "%l%d+@a%.example"
  return address and p:route(address)[1].code ~= "recipient-unknown"
end

-- Whether a file of one row loads where nothing may be wrong in it.
local function is_right(format, text)
  local p = load(format, text)
  if p then p:close() end
  return p ~= nil
end

local function judge_file(seed, counts)
  local random, list = generate.random(seed), {}
  local format = random(2) == 1 and "csv" or "virtual"
  local rows = ROWS[format]
  for i = 1, random(8) do list[i] = rows[random(#rows)]:gsub("#", i) end
  local text = rows.header .. table.concat(list, "\n") .. "\n"
  local p = assert(load(format, text, 'on_error = "skip"'))
  local told, before = lines_told(p), rows.header == "" and 0 or 1
  for i, row in ipairs(list) do
    local is_so = is_right(format, rows.header .. row .. "\n")
    assert(is_so == (told[i + before] == nil), ("%s\n-- %s in\n%s"):format(told[i + before] or "",
      row, text))
    counts:add(is_so and "read" or "skipped")
    local is_there = has_entry(p, row)
    if not is_so and is_there ~= nil then
      local is_whole = not told[i + before]:find "has a fault that is skipped"
      assert(is_whole == not is_there, told[i + before] .. "\n" .. text)
      counts:add(is_whole and "whole" or "part")
    end
  end
  p:close()
end

describe("check, held against each row alone,", function()
  it("tells of rows that are left out, and of no others", function()
    local counts = judge.counts()
    judge.each(1, math.max(5, helper.times(30)), function(seed) judge_file(seed, counts) end)
    judge.tell("skipped", counts)
    assert.is_true(counts:of "read" > 0 and counts:of "skipped" > 0 and counts:of "part" > 0)
  end)
end)
