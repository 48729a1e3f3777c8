--- Runs the examples of the documentation.
--
-- A line `EXPRESSIONS --> VALUES` in an example is a test: both sides are
-- evaluated in the example's scope and compared.
local luassert = require "luassert"
local markdown = require "postoffice.text.markdown"
local postoffice = require "postoffice"

local docs = {}

local load_text = loadstring or load

-- Whether a line is about domains that this build cannot read.
local function is_beyond(line) return not postoffice.UNICODE and line:find "[\128-\255]" end

--- The text of an example as Lua that reports each comparison to `check`.
local function instrumented(example)
  local lines = {}
  for line in (example .. "\n"):gmatch "(.-)\n" do
    local left, right = line:match "^(.-)%s*%-%->%s*(.+)$"
    if left and is_beyond(line) then
      lines[#lines + 1] = ""
    else
      lines[#lines + 1] = left
        and ("check(%q, { n = select('#', %s), %s }, %s)"):format(line, right, right, left)
        or line
    end
  end
  return table.concat(lines, "\n")
end

--- Runs an example with `globals` in reach; returns how often it compared.
function docs.run(example, name, globals)
  local compared = 0
  local environment = setmetatable({
    check = function(line, expected, ...)
      compared = compared + 1
      for i = 1, expected.n do
        luassert.same(expected[i], (select(i, ...)), name .. ": " .. line)
      end
    end,
  }, {
    __index = function(_, key)
      local value = globals[key]
      if value == nil then
        value = _G[key]
      end
      return value
    end,
  })
  local chunk
  if setfenv then
    chunk = setfenv(assert(load_text(instrumented(example), "=" .. name)), environment)
  else
    chunk = assert(load(instrumented(example), "=" .. name, "t", environment))
  end
  chunk()
  return compared
end

--- The @usage blocks of a Lua file: { text, line }.
function docs.usages(source)
  local found, current, number = {}, nil, 0
  for line in (source .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if line:find "^%s*%-%- @usage" then
      current = { line = number, text = "" }
      found[#found + 1] = current
    elseif current and line:find "^%s*%-%- ?" and not line:find "^%s*%-%- @" then
      current.text = current.text .. line:gsub("^%s*%-%- ?", "") .. "\n"
    else
      current = nil
    end
  end
  return found
end

--- The indented blocks of code in the docstring at the head of a Lua file: { text, line }.
function docs.indented(source)
  local found, current, number = {}, nil, 0
  for line in (source .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if not line:find "^%-%-" then break end
    local code = line:match "^%-%-     (.*)$"
    if code and not current then
      current = { line = number, text = "" }
      found[#found + 1] = current
    end
    if code then
      current.text = current.text .. code .. "\n"
    else
      current = nil
    end
  end
  return found
end

-- The name of an argument that a line of a docstring tells of, or nil.
local function argument_of(line)
  local tag, rest = line:match "^%-%- @(%l+)%S* (.*)$"
  if tag == "tparam" then rest = rest:match "^%b{}%S* (.*)$" or rest:match "^%S+ (.*)$" end
  local is_one = tag == "tparam" or tag == "param" or tag == "string" or tag == "number"
  return is_one and rest:match "^[%a_][%w_]*" or nil
end

--- The arguments that the docstrings of a Lua file tell of: name of a function -> names.
function docs.arguments(source)
  local found, list, name = {}, nil, nil
  for line in (source .. "\n\n"):gmatch "(.-)\n" do
    if line:find "^%-%-%- " then
      list, name = {}, nil
    elseif list and line:find "^%-%-" then
      list[#list + 1] = argument_of(line)
      name = line:match "^%-%- @function ([%w_]+)" or name
    elseif list then
      name = name or line:match "^function [%w_]+[.:]([%w_]+)"
      if name then found[name] = list end
      list = nil
    end
  end
  return found
end

local HELD = "^held by (%S+)$"

--- The samples of a text in Markdown: its blocks of code, each with its `language`, the `file` that it is
-- to be, its `text`, its `line` and the spec that it is `held` by.
function docs.samples(source)
  local found, held = {}, nil
  for _, block in ipairs(markdown.blocks(source)) do
    if block.kind == "code" then
      found[#found + 1] = {
        language = block.language, file = block.file, held = held, line = block.line,
        text = table.concat(block.lines, "\n") .. "\n",
      }
    end
    held = block.kind == "comment" and block.text:match(HELD) or nil
  end
  return found
end

--- The samples of a language that are no files: { text, line }.
function docs.fenced(source, language)
  local found = {}
  for _, sample in ipairs(docs.samples(source)) do
    if sample.language == language and not sample.file then found[#found + 1] = sample end
  end
  return found
end

return docs
