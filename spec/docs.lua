--- Runs the examples of the documentation.
--
-- A line `EXPRESSIONS --> VALUES` in an example is a test: both sides are
-- evaluated in the example's scope and compared.
local luassert = require "luassert"
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
      left, line = nil, ""
    end
    lines[#lines + 1] = left
      and ("check(%q, { n = select('#', %s), %s }, %s)"):format(line, right, right, left)
      or line
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

--- The fenced blocks of a language in Markdown: { text, line }.
function docs.fenced(source, language)
  local found, current, number = {}, nil, 0
  for line in (source .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if current and line == "```" then
      current = nil
    elseif line == "```" .. language then
      current = { line = number, text = "" }
      found[#found + 1] = current
    elseif current then
      current.text = current.text .. line .. "\n"
    end
  end
  return found
end

return docs
