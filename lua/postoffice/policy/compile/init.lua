--- From declarations to what routing runs on: everything that can be known before an address comes.
-- @module postoffice.policy.compile

local bind_files = require "postoffice.policy.compile.directory.saved".bind_files
local build = require "postoffice.policy.compile.directory.build"
local check = require "postoffice.policy.language.declarations".check
local connectors = require "postoffice.policy.compile.connectors"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local expansions = require "postoffice.policy.compile.expansions"
local expectations = require "postoffice.policy.compile.expectations"
local hash = require "postoffice.policy.compile.hash"
local late_faults = require "postoffice.policy.compile.late_faults"
local new_errors = require "postoffice.policy.language.errors".new
local outbound = require "postoffice.policy.compile.outbound"
local postoffices = require "postoffice.policy.compile.postoffices"
local references = require "postoffice.policy.compile.directory.references"
local rewrites = require "postoffice.policy.compile.rewrites"
local restrictions = require "postoffice.policy.compile.restrictions"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.compile.sets"
local shells = require "postoffice.policy.compile.shells"
local signers = require "postoffice.policy.compile.signers"
local spaces = require "postoffice.policy.compile.spaces"
local survey = require "postoffice.policy.compile.survey"
local templates = require "postoffice.policy.compile.templates"
local types = require "postoffice.policy.language.types"
local zone = require "postoffice.text.zone"

local function compile_settings(declarations, errors)
  local settings, set = { order = "exchange", unmatched = "reject", zone = "UTC0" }, {}
  for _, declaration in errors.each(declarations) do
    for name, value in pairs(declaration.fields) do
      if set[name] then
        errors.add(declaration, ": %s is already set at %s", name, describe.where(set[name]))
      end
      settings[name], set[name] = value, declaration
    end
  end
  local meant, wrong = types.meant(settings.types)
  settings.meant = meant
  if wrong then
    errors.add(set.types, ': types: "%s" is no name of a type; write letters and digits, such as'
      .. ' "PIPE"', wrong)
  end
  settings.clock, wrong = zone.read(settings.zone)
  if wrong then errors.add(set.zone, ': zone: "%s" %s', describe.short(settings.zone), wrong) end
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

-- Words whose declarations are no rule of routing, or are in the directory.
local NO_RULES = {
  settings = true, test = true, claim = true, recipient = true, list = true,
  templates = true,
}

-- What tests can reach, but for the directory's entries.
local function testable(declared)
  local list = {}
  for word, of_word in pairs(declared) do
    if not NO_RULES[word] then
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

-- What reads directories' files; nothing does where the directory was opened.
local function around_directories(compiled, around)
  local outside = around.outside or {}
  return {
    open = outside.open, reopen = outside.reopen, published = around.published,
    is_domain = function(name) return domains.find_name(compiled.domains, name) ~= nil end,
  }
end

-- Completes the directory, which has the recipients; or one that was opened; and says who may write to
-- whom.
local function compile_directory(compiled, declared, around, held, errors)
  local list, files = domains.all(compiled.domains), around_directories(compiled, around)
  local faults = late_faults.new(files, errors)
  held.tell()
  if not around.directory then
    build.compile(compiled.directory, declared, list, files, errors)
    local most = compiled.settings.max_recipients
    if most and #errors == 0 then expansions.check(compiled.directory, most, faults, errors) end
  else
    bind_files(compiled.directory, declared.directory)
    references.bind_catchalls(compiled.directory, list, faults)
  end
  if #errors > 0 then return end
  compiled.restrictions = restrictions.compile(compiled.directory, compiled.sets, faults, errors)
end

-- What is declared, by word, and the directory with the recipients; nil if it is not in the language.
-- What is wrong among recipients is held.
local function read_declarations(each, around, held, errors)
  if around.directory then
    return check(each, errors, nil, math.huge), around.directory
  end
  local bytes = around.outside.bytes
  local begun = directory.new(bytes)
  return check(each, errors, build.sink(begun, held), bytes), begun
end

-- Where mail goes: connectors, and all that is made of them, of post offices and of spaces.
local function compile_ways(compiled, declared, errors)
  local ways, all_spaces = connectors.compile(declared.connector, compiled.postoffices,
    compiled.sets, errors)
  local list = connectors.all(ways)
  compiled.connectors = ways
  compiled.shells = shells.compile(list, errors)
  compiled.signers = signers.compile(list, compiled.domains, errors)
  compiled.spaces = spaces.compile(all_spaces)
  postoffices.reached(compiled.postoffices, list)
  compiled.outbound = outbound.is_asked_for(compiled.settings, domains.all(compiled.domains), list)
end

-- What becomes of recipients and senders besides; both may name connectors.
local function compile_rewrites(compiled, declared, errors)
  compiled.rewrites = rewrites.compile(declared.rewrite, errors)
  connectors.check_names(declared.rewrite, "at", compiled.connectors, errors)
  connectors.check_names(declared.rewrite_sender, "by", compiled.connectors, errors)
  compiled.senders = senders.compile(declared.rewrite_sender, compiled.rewrites,
    compiled.directory, errors)
end

local function check_tests(declarations, compiled, errors)
  connectors.check_names(declarations, "down", compiled.connectors, errors)
  connectors.check_names(declarations, "arrived_by", compiled.connectors, errors)
  expectations.check(declarations, errors)
end

-- What routing runs on, as far as there are no errors.
local function compile_all(each, around, errors)
  local held = errors.hold()
  local declared, begun = read_declarations(each, around, held, errors)
  if not declared then return nil end
  local compiled = {
    directory = begun, declarations = testable(declared), tests = declared.test,
    claims = declared.claim,
  }
  compiled.settings = compile_settings(declared.settings, errors)
  compiled.sets = sets.compile(declared.set, around.outside, around.sets, errors)
  compiled.domains = domains.compile(declared.domain, compiled.settings, errors)
  compiled.postoffices = postoffices.compile(declared.postoffice, errors)
  compile_ways(compiled, declared, errors)
  compile_directory(compiled, declared, around, held, errors)
  compiled.revision = around.revision or revision(around.sources)
  compile_rewrites(compiled, declared, errors)
  compiled.on = compile_events(declared.on)
  compiled.templates = templates.compile(declared.templates, errors)
  if #errors == 0 then compiled.survey = survey.compile(compiled) end
  compiled.scripted = is_scripted(compiled)
  check_tests(declared.test, compiled, errors)
  return compiled
end

--- Compiles what a script declared.
-- @tparam function each returns the next declaration, as `declarations.check` takes it
-- @tparam table around `late` (as for `errors.new`), and either `sources` (all texts that were
--   read) and `outside` (what `files.outside` returns: `sources` knows it when all is compiled); or
--   `outside`, and `revision`, `sets` and `published` (`people` and `catchalls`) of a publication; or
--   `directory`, `revision` and `sets` (what `sets.saved` returned), which were compiled before: then
--   the declarations are those beside the entries
-- @treturn table|nil all that was compiled
-- @treturn string the errors, one a line
-- @treturn string code
local function compile(each, around)
  local errors = new_errors(around.late)
  local ok, compiled = pcall(compile_all, each, around, errors)
  if not ok and compiled ~= errors then error(compiled, 0) end
  if #errors > 0 then return nil, table.concat(errors, "\n"), errors.code end
  return compiled
end

return compile
