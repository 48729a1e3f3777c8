--- Loaded by busted before the specs, and by specs that need one of these:
-- `local helper = require "spec.helper"`.
local helper = {}

-- A collector that never rests finds what C code forgot to anchor.
local busy = os.getenv "POSTOFFICE_GC" == "busy"
if busy then
  collectgarbage("setpause", 0)
end

-- `make soak` tries so many times as much.
local factor = tonumber(os.getenv "POSTOFFICE_TIMES") or busy and 0.1 or 1

--- How often to try what is drawn by chance, or repeated: a tenth of `count` where each try
-- takes so long, and more where there is time.
function helper.times(count)
  return math.ceil(count * factor)
end

-- Where a share is tried, each kind of Lua begins at another place, so that together they try most.
local FIRST = jit and 0 or tonumber(_VERSION:match "%.(%d+)")

--- What of a long list of cases to try: all, or an even share where `times` is less than `count`.
-- @tparam table list
-- @tparam[opt] number turn where a list is tried several times: of each turn another share is tried
-- @treturn table
function helper.some(list, turn)
  if factor >= 1 then return list end
  local step, some = math.floor(1 / factor + 0.5), {}
  for i = 1 + (FIRST + (turn or 0)) % step, #list, step do some[#some + 1] = list[i] end
  return some
end

-- Labels of domains in the specs, and their A-labels.
local ALABELS = {
  ["[Bb]\195\188cher"] = "xn--bcher-kva", ["[Nn]\195\182tes"] = "xn--ntes-5qa",
  ["@\195\188%."] = "@xn--tda.",
}

--- A text as this build reads it: without libidn2, domains in A-labels.
-- @tparam string text
-- @treturn string
function helper.readable(text)
  for label, ascii in pairs(require "postoffice".UNICODE and {} or ALABELS) do
    text = text:gsub(label, ascii)
  end
  return text
end

--- The interpreter that runs the specs.
helper.lua = (function()
  local first = 0
  while arg and arg[first - 1] do
    first = first - 1
  end
  return arg and arg[first] or "lua"
end)()

--- What a script declared, as a list; or what `state:load` returns where it fails.
function helper.declared(declarations, ...)
  if not declarations then return nil, ... end
  local list = {}
  for declaration in declarations do list[#list + 1] = declaration end
  return list
end

local MARK = "\226\128\184"

--- A text without the mark that stands in it, a narrow arrow (U+2038), and where that stood: its line
--- and its column, as editors count them.
function helper.unmarked(text)
  local before, after = text:match("^(.-)" .. MARK .. "(.*)$")
  local _, lines = before:gsub("\n", "")
  local last = before:gsub("^\239\187\191", ""):match "[^\n]*$"
  local _, characters = last:gsub("[%z\1-\127\194-\244][\128-\191]*", "")
  return before .. after, lines + 1, characters + 1
end

--- What policies say of files, without the columns of `file:line:column`: spec/44-policy_places holds
-- them.
function helper.without_columns(text)
  return (("\n" .. text):gsub("(\n[^:\n ]+:%d+):%d+: ", "%1: "):sub(2))
end

--- The bytes of a file.
function helper.read(path)
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

--- Writes bytes to a file; returns its path.
function helper.write(path, bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  file:close()
  return path
end

--- Texts in quotes, as a list of a policy has them.
-- @tparam {string,...} texts
-- @treturn string
function helper.quoted(texts)
  local quoted = {}
  for i, text in ipairs(texts) do quoted[i] = ("%q"):format(text) end
  return table.concat(quoted, ", ")
end

--- A word the shell takes as it is.
function helper.quote(word)
  return "'" .. word:gsub("'", [['\'']]) .. "'"
end

--- Runs a shell command: its exit status, its output and its errors.
function helper.run(command)
  local errors = os.tmpname()
  local pipe = assert(io.popen(("{ %s\n} 2>%s; printf '\\n%%d' $?"):format(command, errors)))
  local output, status = pipe:read("*a"):match "^(.*)\n(%d+)$"
  pipe:close()
  local said = helper.read(errors)
  os.remove(errors)
  return tonumber(status), output, said
end

--- What a shell command prints, without the last end of line.  It has to succeed.
function helper.output(command)
  local status, output, errors = helper.run(command)
  assert(status == 0, errors)
  return (output:gsub("\n$", ""))
end

--- The rows of a file of tab-separated values, without comments (`#`).
function helper.tsv(path)
  local rows = {}
  for line in helper.read(path):gmatch "[^\n]+" do
    if line:sub(1, 1) ~= "#" then
      local row = {}
      for cell in (line .. "\t"):gmatch "([^\t]*)\t" do
        row[#row + 1] = cell
      end
      rows[#rows + 1] = row
    end
  end
  return rows
end

return helper
