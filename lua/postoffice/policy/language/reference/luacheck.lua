--- What luacheck is told of policies.
-- @module postoffice.policy.language.reference.luacheck

local lists = require "postoffice.lists"
local reference = require "postoffice.policy.language.reference"

local luacheck = {}

-- The field of a table that holds those of a table of globals: made if need be.
local function fields_of(globals, name)
  globals[name] = globals[name] or { fields = {} }
  return globals[name].fields
end

-- Adds a global, or a field of one, as in `mail.parse`.
local function add(globals, name)
  local library, field = name:match "^([^.]+)%.(.+)$"
  if library then
    fields_of(globals, library)[field] = {}
  else
    globals[name] = globals[name] or {}
  end
end

local function add_library(globals, entry)
  for _, name in ipairs(lists.keys(entry.has)) do
    for _, field in ipairs(entry.has[name]) do
      add(globals, name == "" and field or name .. "." .. field)
    end
  end
end

--- The standard globals of a policy's script, as luacheck's option `stds` has them.
-- @treturn table
function luacheck.std()
  local std = { read_globals = {}, globals = {} }
  for _, entry in ipairs(reference.of_kind "word") do add(std.read_globals, entry.name) end
  for _, entry in ipairs(reference.of_kind "function") do add(std.read_globals, entry.name) end
  for _, entry in ipairs(reference.of_kind "library") do add_library(std.read_globals, entry) end
  for _, entry in ipairs(reference.of_kind "event") do
    if entry.name:find "^on%." then add(std.globals, entry.name) end
  end
  return std
end

-- ---- As text ----------------------------------------------------------------

local WIDTH = 100

-- The names of a table of globals without fields, in lines.
local function add_plain(lines, globals, indent)
  local line = indent
  for _, name in ipairs(lists.keys(globals)) do
    if not globals[name].fields then
      local item = ('"%s",'):format(name)
      if #line + 1 + #item > WIDTH then
        lines[#lines + 1] = line
        line = indent
      end
      line = line .. (line == indent and "" or " ") .. item
    end
  end
  if line ~= indent then lines[#lines + 1] = line end
end

-- A table of globals: those without fields by name, those with fields after them.
local function add_globals(lines, globals, indent)
  add_plain(lines, globals, indent)
  for _, name in ipairs(lists.keys(globals)) do
    if globals[name].fields then
      lines[#lines + 1] = ("%s%s = { fields = {"):format(indent, name)
      add_plain(lines, globals[name].fields, indent .. "  ")
      lines[#lines + 1] = indent .. "} },"
    end
  end
end

-- The lines of the table that `luacheck.std` makes, without its braces.
local function std_lines(indent)
  local std, lines = luacheck.std(), {}
  for _, kind in ipairs { "read_globals", "globals" } do
    lines[#lines + 1] = ("%s%s = {"):format(indent, kind)
    add_globals(lines, std[kind], indent .. "  ")
    lines[#lines + 1] = indent .. "},"
  end
  return table.concat(lines, "\n")
end

local HEAD = [[
--- The globals of policies for luacheck: `stds.policy = require "postoffice.policy.luacheck"`.
-- Made of the reference by `make reference`.
-- @module postoffice.policy.luacheck

]]

--- The same as a module's text.
-- @treturn string
function luacheck.module()
  return HEAD .. "return {\n" .. std_lines "  " .. "\n}\n"
end

--- A `.luacheckrc` for a folder of policies.
-- @treturn string
function luacheck.config()
  return "-- For policies of postoffice; after an upgrade make it anew: postoffice help luacheck\n"
    .. "stds.policy = {\n" .. std_lines "  " .. "\n}\nstd = \"policy\"\n"
    .. "ignore = { \"212\" } -- a function need not use all that it is given\n"
end

return luacheck
