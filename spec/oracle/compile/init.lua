-- Of the oracle: nobody edits it (see ../init.lua).
--- From declarations to what routing runs on: everything that can be known before an address comes.
-- @module spec.oracle.compile

local check = require "spec.oracle.language.declarations".check
local connectors = require "spec.oracle.compile.connectors"
local describe = require "spec.oracle.language.describe"
local directory = require "spec.oracle.compile.directory"
local domains = require "spec.oracle.compile.domains"
local expectations = require "spec.oracle.compile.expectations"
local hash = require "spec.oracle.compile.hash"
local new_errors = require "spec.oracle.language.errors".new
local postoffices = require "spec.oracle.compile.postoffices"
local rewrites = require "spec.oracle.compile.rewrites"
local senders = require "spec.oracle.compile.senders"
local spaces = require "spec.oracle.compile.spaces"

local function compile_settings(declarations, errors)
  local settings, set = { order = "exchange", unmatched = "reject" }, {}
  for _, declaration in errors.each(declarations) do
    for name, value in pairs(declaration.fields) do
      if set[name] then
        errors.add(declaration, ": %s is already set at %s", name, describe.where(set[name]))
      end
      settings[name], set[name] = value, declaration
    end
  end
  return settings
end

local function compile_events(declarations)
  local on = {}
  for _, declaration in ipairs(declarations) do
    on[declaration.name] = { call = declaration[1], declaration = declaration }
  end
  return on
end

-- Whether a routing can come to call the script.
local function is_scripted(compiled)
  if next(compiled.on) then return true end
  for _, rewrite in ipairs(rewrites.all(compiled.rewrites)) do
    if rewrite.make or rewrite.matches then return true end
  end
  return false
end

-- What tests can reach: every declaration but settings and the tests themselves.
local function testable(declared)
  local list = {}
  for word, of_word in pairs(declared) do
    if word ~= "settings" and word ~= "test" then
      for _, declaration in ipairs(of_word) do list[#list + 1] = declaration end
    end
  end
  table.sort(list, function(a, b)
    if a.file ~= b.file then return a.file < b.file end
    return a.line < b.line
  end)
  return list
end

--- The revision of a policy: a hash of its source texts.
-- @tparam {string,...} sources
-- @treturn string
local function revision(sources)
  local all = table.concat(sources, "\0")
  return ("%07x%07x"):format(hash(all), hash(all:reverse()))
end

-- What routing runs on, as far as there are no errors.
local function compile_all(raw, sources, errors)
  local declared = check(raw, errors)
  if #errors > 0 then return nil end
  local compiled = {
    declarations = testable(declared), revision = revision(sources), tests = declared.test,
  }
  compiled.settings = compile_settings(declared.settings, errors)
  compiled.domains = domains.compile(declared.domain, errors)
  compiled.postoffices = postoffices.compile(declared.postoffice, errors)
  local all_spaces
  compiled.connectors, all_spaces = connectors.compile(declared.connector, compiled.postoffices,
    errors)
  compiled.spaces = spaces.compile(all_spaces)
  postoffices.reached(compiled.postoffices, connectors.all(compiled.connectors))
  compiled.directory = directory.compile(declared.recipient, declared.list,
    domains.all(compiled.domains), errors)
  compiled.rewrites = rewrites.compile(declared.rewrite, errors)
  connectors.check_names(declared.rewrite, "at", compiled.connectors, errors)
  if #errors == 0 then
    compiled.senders = senders.compile(rewrites.all(compiled.rewrites), compiled.directory, errors)
  end
  compiled.on = compile_events(declared.on)
  compiled.scripted = is_scripted(compiled)
  connectors.check_names(declared.test, "down", compiled.connectors, errors)
  connectors.check_names(declared.test, "arrived_by", compiled.connectors, errors)
  expectations.check(declared.test, errors)
  return compiled
end

--- Compiles what a script declared.
-- @tparam {table,...} raw declarations
-- @tparam {string,...} sources all texts that were read
-- @treturn table|nil all that was compiled
-- @treturn string the errors, one a line
-- @treturn string code
local function compile(raw, sources, late)
  local errors = new_errors(late)
  local ok, compiled = pcall(compile_all, raw, sources, errors)
  if not ok and compiled ~= errors then error(compiled, 0) end
  if #errors > 0 then return nil, table.concat(errors, "\n"), errors.code end
  return compiled
end

return compile
