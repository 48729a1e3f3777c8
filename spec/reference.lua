--- The files that are made of the reference of the language of policies, by `make reference`, which
-- runs `lua spec/reference.lua`: by path, a function of what a file holds to what it has to hold.
local definitions = require "spec.definitions"
local http = require "postoffice.host.http"
local lists = require "postoffice.lists"
local luacheck = require "postoffice.policy.language.reference.luacheck"
local problems = require "postoffice.host.http.problems"
local reference = require "postoffice.policy.language.reference"

local files = {}

-- ---- luacheck ---------------------------------------------------------------

files["lua/postoffice/policy/luacheck.lua"] = luacheck.module

-- ---- Definitions for the language server ------------------------------------

files["lua/postoffice/meta/script/policy.lua"] = definitions.script

-- The fields of a class, up to the next empty line, replaced.
local function with_fields(text, class, fields)
  local _, from = text:find("\n%-%-%-@class " .. class:gsub("%.", "%%.") .. "%f[^%w.][^\n]*\n")
  local to = assert(from and text:find("\n\n", from - 1, true), "no class " .. class)
  return text:sub(1, from) .. fields .. text:sub(to + 1)
end

-- What the host's definitions call what a script's call so.
local for_host = definitions.qualifier("postoffice.policy.", { address = "postoffice.address" })

files["lua/postoffice/meta.lua"] = function(text)
  return with_fields(text, "postoffice.address",
    definitions.fields(reference.find "address", for_host, true))
end

files["lua/postoffice/meta/policy.lua"] = function(text)
  for _, name in ipairs { "envelope", "delivery", "hop", "alternative" } do
    text = with_fields(text, "postoffice.policy." .. name,
      definitions.fields(reference.find(name), for_host, true))
  end
  return text
end

-- ---- README -----------------------------------------------------------------

-- "`a`, `b`", with a prefix that is left out, and without what no script sees.
local function code_list(items, prefix)
  local names = {}
  for _, item in ipairs(items) do
    local name = item.name:sub(#(prefix or "") + 1)
    if not item.hidden then names[#names + 1] = ("`%s`"):format(name) end
  end
  return table.concat(names, ", ")
end

local function row(left, right) return ("| %s | %s |"):format(left, right) end

-- Rows for the entries of a kind, each with its fields.
local function add_rows(rows, kind)
  for _, entry in ipairs(reference.of_kind(kind)) do
    rows[#rows + 1] = row(("`%s`"):format(entry.name), code_list(entry.fields))
  end
end

-- The table of what there is in the language.
local function contents()
  local rows = { "| word | fields |", "|---|---|" }
  add_rows(rows, "word")
  local plain, mail = {}, {}
  for _, entry in ipairs(reference.of_kind "function") do
    table.insert(entry.name:find "^mail%." and mail or plain, entry)
  end
  rows[#rows + 1] = row("functions", code_list(plain))
  rows[#rows + 1] = row("in `mail`", code_list(mail, "mail."))
  rows[#rows + 1] = row("that you write", code_list(reference.of_kind "event"))
  for _, name in ipairs { "envelope", "route", "delivery" } do
    local entry = reference.find(name)
    rows[#rows + 1] = row(("%s they get"):format("`" .. name .. "`"), code_list(entry.fields))
  end
  return table.concat(rows, "\n") .. "\n"
end

-- A text with what stands between two lines replaced.
local function replaced(text, first, last, inner)
  local _, from = text:find(first .. "\n", 1, true)
  local to = from and text:find("\n" .. last, from, true)
  assert(to, "no " .. first .. " ... " .. last)
  return text:sub(1, from) .. "\n" .. inner .. text:sub(to)
end

files["lua/postoffice/manual/policies.md"] = function(text)
  return replaced(text, "<!-- made by `make reference` -->", "<!-- -->", contents())
end

-- ---- The HTTP API -----------------------------------------------------------

-- The fields that a call takes: those that may be left out in italics.
local function taken(call)
  local names = {}
  for i, field in ipairs(call.takes) do
    names[i] = (field.required and "`%s`" or "*`%s`*"):format(field.name)
  end
  return table.concat(names, ", ")
end

local function calls()
  local rows = { "| call | takes | gives | switch |", "|---|---|---|---|" }
  for _, call in ipairs(http.calls) do
    rows[#rows + 1] = ("| `%s %s`: %s | %s | %s | %s |"):format(call.method, call.path, call.doc,
      taken(call), code_list(call.gives), call.switch and ("`%s`"):format(call.switch) or "")
  end
  return table.concat(rows, "\n") .. "\n"
end

local function codes()
  local rows = { "| code | status | says |", "|---|---|---|" }
  for _, code in ipairs(lists.keys(problems.CODES)) do
    local status, message = problems.CODES[code][1], problems.CODES[code][2]
    rows[#rows + 1] = ("| `%s` | %d | %s |"):format(code, status, message)
  end
  return table.concat(rows, "\n") .. "\n"
end

files["lua/postoffice/manual/over-http.md"] = function(text)
  text = replaced(text, "<!-- made by `make reference` -->", "<!-- -->", calls())
  return replaced(text, "<!-- made by `make reference`: codes -->", "<!-- -->", codes())
end

-- ---- Writing them -----------------------------------------------------------

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
end

if arg and arg[0] and arg[0]:find "spec/reference%.lua$" then
  for path, made in pairs(files) do write(path, made(read(path))) end
end

return files
