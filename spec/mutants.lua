-- Breaks one condition at a time, in a copy under build/, and runs the specs that
-- are to notice.  A mutant that no spec fails for has survived: a test is missing,
-- or the condition is not needed.
--
--   make mutants, or lua5.4 spec/mutants.lua [GROUP|FILE...]

local helper = require "spec.helper"

-- What routes an address, but for the specs that prove or that use up what a policy may use: they
-- take most of a minute each, and look at the same stages.
local ROUTES = "spec/4[0-5]-*_spec.lua spec/46-policy_explain_spec.lua "
  .. "spec/47-policy_[!lp]*_spec.lua spec/48-policy_[ijprs]*_spec.lua"

-- What is broken, and the specs that have to notice: a few that are fast, and more for
-- whatever gets past them.
local GROUPS = {
  encapsulation = {
    files = "csrc/encapsulation/*.c",
    specs = "spec/13-*_spec.lua", more = "spec/1[4-5]-*_spec.lua spec/50-*_spec.lua", unit = true,
  },
  relaying = {
    files = "lua/postoffice/policy/route/relaying.lua "
      .. "lua/postoffice/policy/route/stage4_unclaimed.lua "
      .. "lua/postoffice/policy/route/gateways.lua "
      .. "lua/postoffice/policy/route/stage6_handover.lua",
    specs = "spec/42-*_spec.lua", more = ROUTES,
  },
  lists = {
    files = "lua/postoffice/policy/compile/expansions.lua "
      .. "lua/postoffice/policy/compile/restrictions.lua "
      .. "lua/postoffice/policy/route/hearing.lua "
      .. "lua/postoffice/policy/route/stage4_circles.lua "
      .. "lua/postoffice/policy/route/stage4_nodes.lua "
      .. "lua/postoffice/policy/route/stage4_restrictions.lua",
    specs = "spec/41-*_spec.lua spec/44-policy_restrictions_spec.lua",
    more = "spec/44-*_spec.lua spec/42-*_spec.lua spec/47-policy_survey_spec.lua "
      .. "spec/47-policy_limits_spec.lua spec/48-policy_property_spec.lua",
  },
  senders = {
    files = "lua/postoffice/policy/route/stage6_sender.lua "
      .. "lua/postoffice/policy/compile/outbound.lua lua/postoffice/policy/compile/senders.lua",
    specs = "spec/44-policy_senders_spec.lua spec/43-policy_rewrite_spec.lua",
    more = ROUTES .. " spec/47-policy_limits_spec.lua",
  },
  extensions = {
    files = "lua/postoffice/policy/route/stage4_extension.lua lua/postoffice/text/subaddress.lua",
    specs = "spec/41-*_spec.lua spec/52-*_spec.lua", more = "spec/4[2-4]-*_spec.lua",
  },
  protocols = {
    files = "lua/postoffice/host/delegation.lua lua/postoffice/host/fitness.lua "
      .. "lua/postoffice/host/incoming.lua lua/postoffice/host/instances.lua "
      .. "lua/postoffice/host/maps.lua lua/postoffice/host/readsocket.lua "
      .. "lua/postoffice/host/site.lua lua/postoffice/host/socketmap.lua "
      .. "lua/postoffice/host/verdict.lua "
      .. "lua/postoffice/policy/prove/demands.lua lua/postoffice/policy/route/outgoing.lua",
    specs = "spec/72-host_[dfimrsv]*_spec.lua spec/48-policy_hosts_spec.lua",
    more = "spec/72-host_[hp]*_spec.lua spec/48-policy_fixpoints_spec.lua",
  },
  resolving = {
    files = "lua/postoffice/policy/route/stage4_resolve.lua",
    specs = "spec/41-*_spec.lua spec/46-policy_explain_spec.lua", more = ROUTES,
  },
  lines = {
    files = "csrc/visible.c csrc/glue/json.c csrc/glue/lines.c csrc/glue/visible.c",
    specs = "spec/18-*_spec.lua spec/55-write_json_spec.lua", more = "spec/6[01]-*_spec.lua",
  },
  routing = {
    files = "lua/postoffice/policy/route/stage5_route.lua "
      .. "lua/postoffice/policy/route/stage5_shell.lua "
      .. "lua/postoffice/policy/route/obstacles.lua lua/postoffice/policy/compile/shells.lua "
      .. "lua/postoffice/policy/route/way.lua",
    specs = "spec/42-*_spec.lua spec/47-policy_spaces_spec.lua", more = ROUTES,
  },
  signing = {
    files = "lua/postoffice/text/srs.lua lua/postoffice/text/batv.lua "
      .. "lua/postoffice/text/signature.lua lua/postoffice/localpart/srs.lua "
      .. "lua/postoffice/localpart/batv.lua lua/postoffice/localpart/keyholder.lua "
      .. "lua/postoffice/policy/compile/signers.lua lua/postoffice/policy/route/secrets.lua "
      .. "lua/postoffice/policy/route/stage2_signed.lua lua/postoffice/text/imcea.lua "
      .. "lua/postoffice/policy/route/stage2_unwrap.lua "
      .. "lua/postoffice/policy/route/stage6_sign.lua",
    specs = "spec/44-policy_signing_spec.lua spec/52-*_spec.lua",
    more = ROUTES,
  },
  digests = {
    files = "csrc/sha1.c csrc/glue/secret.c",
    specs = "spec/52-signing_spec.lua", more = "spec/44-policy_signing_spec.lua", unit = true,
  },
  domains = {
    files = "lua/postoffice/policy/compile/domains.lua",
    specs = "spec/42-*_spec.lua",
    more = ROUTES,
  },
  patterns = {
    files = "lua/postoffice/policy/pattern/compare.lua lua/postoffice/policy/pattern/families.lua "
      .. "lua/postoffice/policy/pattern/fields.lua lua/postoffice/policy/pattern/matchers.lua "
      .. "lua/postoffice/policy/pattern/spaces.lua lua/postoffice/policy/compile/postoffices.lua "
      .. "lua/postoffice/policy/route/stage4_rewrite.lua "
      .. "lua/postoffice/policy/route/stage5_dda.lua",
    specs = "spec/43-*_spec.lua spec/44-*_spec.lua",
    more = ROUTES,
  },
  spaces = {
    files = "lua/postoffice/policy/compile/spaces.lua",
    specs = "spec/42-*_spec.lua spec/47-policy_spaces_spec.lua",
    more = ROUTES .. " spec/49-*_spec.lua",
  },
}

-- Mutants that mean the same as the original: file, the line as it stands there
-- without blanks around it, how it is broken, and the reason.
local EQUIVALENT = {
  { "lua/postoffice/policy/route/stage6_sender.lua", "if address and routing.trace then",
    "right side dropped", "without a trace nothing is said; the names cost time" },
  { "csrc/encapsulation/x400_dda.c", "for (size_t i = 0; i + 1 < text.length; i++)",
    "< is <=", "native text has no white space at its end" },
  { "csrc/encapsulation/x400_dda.c",
    "size_t length = value.length < VALUE_LENGTH ? value.length : VALUE_LENGTH;",
    "< is <=", "both are the same where they are equal" },
  { "csrc/encapsulation/x400_dda.c", "if (room->length > room->size)",
    "> is >=", "what is full already is too small for the value as well" },
  { "csrc/encapsulation/registry.c", "if (room.length > room.size)",
    "> is >=", "what is full already is too small for the carrier as well" },
  { "csrc/visible.c", "for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)",
    "< is <=", "what stands after the table is read, at which the sanitizers stop" },
  { "csrc/glue/lines.c", "if (line.length > 0 && po_end(line)[-1] == '\\r')",
    "> is >=", "before an empty line stands the LF of the one before it" },
  { "lua/postoffice/policy/route/stage4_resolve.lua", "if entry and routing.trace then",
    "right side dropped",
    "without a trace nothing is said either: only the declaration need not be looked up" },
  { "lua/postoffice/policy/route/stage5_route.lua",
    "if a.cost ~= b.cost then return a.cost < b.cost end", "< is <=", "they differ" },
  { "lua/postoffice/policy/route/stage5_route.lua",
    "if one ~= other then return one < other end", "< is <=", "they differ" },
  { "lua/postoffice/policy/route/stage5_route.lua",
    "if a.class ~= b.class then return a.class < b.class end", "< is <=", "they differ" },
  { "lua/postoffice/policy/route/stage5_route.lua",
    "if a.space.literals ~= b.space.literals then return a.space.literals > b.space.literals end",
    "> is >=", "they differ" },
  { "lua/postoffice/policy/route/stage5_route.lua",
    "if #pool > 1 then table.sort(pool, ORDER[routing.compiled.settings.order]) end",
    "> is >=", "one alone is in order" },
  { "lua/postoffice/policy/route/stage5_route.lua",
    "if not choice or routing.is_bare and choice.is_plain then return choice end",
    "right side dropped",
    "the long way leads to the same; spec/47-policy_survey holds that guards are asked" },
  { "lua/postoffice/policy/compile/senders.lua", "if not rewrite then return false end",
    "false is true", "what an inverse makes has its rewrite's own pattern" },
  { "lua/postoffice/policy/compile/senders.lua",
    "if pairs_left < 0 then return errors.add(source.inverse.declaration, TOO_MANY) end",
    "< is <=", "whether half a million pairs are one too many is nobody's concern" },
  { "lua/postoffice/policy/compile/expansions.lua",
    "if watch and steps % STEPS == 0 then watch() end",
    "right side dropped", "the clock is looked at more often" },
  { "lua/postoffice/policy/compile/expansions.lua",
    "if watch and steps % STEPS == 0 then watch() end", "== is ~=", "likewise" },
  { "lua/postoffice/policy/compile/domains.lua",
    "if #a.name ~= #b.name then return #a.name > #b.name end", "> is >=", "they differ" },
  { "lua/postoffice/policy/compile/spaces.lua",
    "if a.literals ~= b.literals then return a.literals > b.literals end", "> is >=",
    "they differ" },
  { "lua/postoffice/policy/compile/spaces.lua",
    "if a.cost ~= b.cost then return a.cost < b.cost end", "< is <=", "they differ" },
  { "lua/postoffice/policy/compile/spaces.lua",
    "if other and (is_open or is_rival(family, rank, other)) then return nil end",
    "right side dropped", "the long way leads to the same" },
}

-- Ways to break a line: a name, a pattern, and what stands in its place.
local BREAKS = {
  c = {
    { "negated", "^(%s*if )(%b())(.*)$", "%1(!%2)%3" },
    { "negated", "^(%s*while )(%b())(.*)$", "%1(!%2)%3" },
    { "right side dropped", " && [^;]-([;{])$", "%1" },
    { "right side dropped", " || [^;]-([;{])$", "%1" },
    { "== is !=", " == ", " != " },
    { "!= is ==", " != ", " == " },
    { "< is <=", " < ", " <= " },
    { "> is >=", " > ", " >= " },
    { "true is false", "return true;", "return false;" },
    { "false is true", "return false;", "return true;" },
  },
  lua = {
    { "negated", "^(%s*if )(.*)( then.*)$", "%1not (%2)%3" },
    { "negated", "^(%s*elseif )(.*)( then.*)$", "%1not (%2)%3" },
    { "right side dropped", "^(%s*if .-) and .*( then.*)$", "%1%2" },
    { "right side dropped", "^(%s*if .-) or .*( then.*)$", "%1%2" },
    { "right side dropped", "^(%s*return [^(]-) and .*$", "%1" },
    { "right side dropped", "^(%s*return [^(]-) or .*$", "%1" },
    { "== is ~=", " == ", " ~= " },
    { "~= is ==", " ~= ", " == " },
    { "< is <=", " < ", " <= " },
    { "> is >=", " > ", " >= " },
    { "true is false", "return true", "return false" },
    { "false is true", "return false", "return true" },
  },
}

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch "(.-)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local function trimmed(line) return (line:match "^%s*(.-)%s*$") end

-- Every mutant of a text: the line's number, the name of the break, the new text.
local function mutants(text, language)
  local list, lines = {}, lines_of(text)
  for number, line in ipairs(lines) do
    local comment = line:find "^%s*%-%-" or line:find "^%s*/?%*"
    for _, how in ipairs(comment and {} or BREAKS[language]) do
      local broken, count = line:gsub(how[2], how[3], 1)
      if count == 1 then
        lines[number] = broken
        list[#list + 1] = { line = number, name = how[1], text = table.concat(lines, "\n") }
        lines[number] = line
      end
    end
  end
  return list
end

local function is_equivalent(file, line, name)
  for _, known in ipairs(EQUIVALENT) do
    if known[1] == file and known[2] == line and known[3] == name then return true end
  end
  return false
end

-- Fails where a line that is said to have an equivalent mutant does not stand in its file any more.
local function check_equivalents()
  for _, known in ipairs(EQUIVALENT) do
    local stands = false
    for _, line in ipairs(lines_of(helper.read(known[1]))) do
      stands = stands or trimmed(line) == known[2]
    end
    assert(stands, ("%s has no line %s; mend what is equivalent"):format(known[1], known[2]))
  end
end

-- Whether a command succeeds in a copy: a mutant that never ends fails, after three times the processor
-- time that the slowest specs take on a busy machine; what is drawn by chance is drawn less often.
local function in_copy(copy, command)
  return helper.run(("cd %s && ulimit -t 180 && env -u MAKEFLAGS POSTOFFICE_TIMES=0.1 %s")
    :format(copy, command)) == 0
end

-- Builds what a group needs in its copy; false if it does not compile.
local function builds(copy, group)
  local make = "make -s WERROR= build/5.4/postoffice/core.so"
  return in_copy(copy, group.unit and make .. " build/asan/unit" or make)
end

-- Whether all tests of a group pass in its copy.
local function passes(copy, group)
  local busted = "lua5.4 $(command -v busted) -o plainTerminal --no-keep-going "
  return in_copy(copy, busted .. group.specs) and in_copy(copy, busted .. group.more)
    and (not group.unit or in_copy(copy, "build/asan/unit"))
end

-- Tries every mutant of a file; returns how many there were, and how many survived.
local function try(copy, file, group)
  local language = file:match "%.(%w+)$"
  local original = helper.read(file)
  local lines, tried, survived = lines_of(original), 0, 0
  for _, mutant in ipairs(mutants(original, language)) do
    local line = trimmed(lines[mutant.line])
    if not is_equivalent(file, line, mutant.name) then
      helper.write(copy .. "/" .. file, mutant.text)
      if language == "lua" or builds(copy, group) then
        tried = tried + 1
        if passes(copy, group) then
          survived = survived + 1
          print(("%s:%d: %s: %s"):format(file, mutant.line, mutant.name, line))
        end
      end
    end
  end
  helper.write(copy .. "/" .. file, original)
  return tried, survived
end

-- A copy of what a group's tests need, built.
local function copy_for(name, group)
  local copy = "build/mutants/" .. name
  helper.output(("rm -rf %s && mkdir -p %s/build && cp -a csrc lua spec Makefile .busted %s && "
    .. "cp -a build/core build/5.4 %s/build"):format(copy, copy, copy, copy))
  assert(builds(copy, group), name .. ": does not build as it is")
  assert(passes(copy, group), name .. ": the tests fail as it is")
  return copy
end

local NAMES = {
  "lists", "relaying", "resolving", "extensions", "domains", "spaces", "patterns", "routing",
  "encapsulation", "signing", "digests",
}

-- What an argument names: the name of a group, and the files of it to try.
local function chosen(argument)
  if GROUPS[argument] then return argument, helper.output("ls " .. GROUPS[argument].files) end
  for name, group in pairs(GROUPS) do
    local files = "\n" .. helper.output("ls " .. group.files) .. "\n"
    if files:find("\n" .. argument .. "\n", 1, true) then return name, argument end
  end
  error(argument .. " is neither a group nor a file of one", 0)
end

io.stdout:setvbuf "line"
check_equivalents()
local tried, survived = 0, 0
for _, argument in ipairs(#arg > 0 and arg or NAMES) do
  local name, files = chosen(argument)
  local copy = copy_for(name, GROUPS[name])
  for file in files:gmatch "[^\n]+" do
    local count, left = try(copy, file, GROUPS[name])
    print(("%s: %d mutants, %d survived"):format(file, count, left))
    tried, survived = tried + count, survived + left
  end
end
print(("%d passed, %d failed"):format(tried - survived, survived))
os.exit(survived == 0)
