--- What `check` says of sets that nothing names and of types that nobody knows, held against policies that
-- mention them anywhere.

local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local sentences = require "spec.sentences"
local types = require "postoffice.policy.language.types"

-- ---- Sets ----------------------------------------------------------------------

local SETS = { "s1", "s2", "s3", "s4" }

local USES = {
  name = SETS, case = { "s1", "S2", "S3", "s4" },
  use = {
    "connector 'c#' { nexthop = 'n', spaces = { 'SMTP:*' }, senders = '$case' }",
    "connector 'c#' { nexthop = 'n', spaces = { 'FAX:*', '$name' } }",
    "recipient 'r#' { proxies = { 'SMTP:r#@a.example' }, accept = { '$case', 'SMTP:*@b' } }",
    "recipient 'r#' { proxies = { 'SMTP:r#@a.example' }, reject = '$name' }",
    "claim 'no set \"$name\" is delivered'", "claim 'no address from set \"$case\" is delivered'",
    "rewrite { match = function(a) return mail.in_set(a, '$name') end, to = 'SMTP:x#@a.example' }",
    "domain '$name.d#' {}",
    "test '$name #' { to = 'x@far.example', code = 'route-missing' }",
  },
}

-- The folded names of the sets that a line asks for.
local function asked_by(line)
  local names = {}
  if line:find "^domain" or line:find "^test" then return names end
  for name in line:gmatch "[Ss]%d" do names[name:lower()] = true end
  return names
end

local function judge_sets(seed, counts)
  local world = sentences.new(USES, seed)
  local lines, used, files = {}, {}, {}
  for _, name in ipairs(SETS) do
    files[name] = world.random(2) == 1 and "# nobody\n" or "SMTP:*@b.example\n"
    lines[#lines + 1] = ("set '%s' { file = '%s' }"):format(name, name)
  end
  for i = 1, world.random(4) do
    lines[#lines + 1] = world:text("use"):gsub("#", i)
    for name in pairs(asked_by(lines[#lines])) do used[name] = true end
  end
  local text, told = table.concat(lines, "\n"), {}
  local p = assert(policy.load(text, { chunkname = "@p.lua", read = function(path)
    return files[path]
  end }))
  for _, finding in ipairs(p:check()) do told[finding.code .. finding.line] = true end
  for i, name in ipairs(SETS) do
    local is_empty = used[name] and files[name]:find "^#" ~= nil
    assert((told["set-unused" .. i] == nil) == (used[name] == true), name .. "\n" .. text)
    assert((told["set-empty" .. i] == true) == (is_empty or false), name .. "\n" .. text)
    counts:add(used[name] and (is_empty and "empty" or "used") or "unused")
  end
  p:close()
end

-- ---- Types ---------------------------------------------------------------------

local KNOWN = { "SMTP", "CCMAIL", "NOTES", "GWISE", "MSMAIL", "X400", "PROFS" }

-- A type that is known, or a slip away from one.
local function draw_type(world)
  local name = world:pick(KNOWN)
  if world.random(2) == 1 then return name end
  local at = world.random(#name - 1)
  return name:sub(1, at - 1) .. name:sub(at + 1, at + 1) .. name:sub(at, at) .. name:sub(at + 2)
end

local PLACES = {
  type = draw_type,
  place = {
    "connector 'c#' { nexthop = 'n', spaces = { '$type:*' } }",
    "connector 'c#' { nexthop = 'n', spaces = { 'SMTP:*' }, senders = { '$type:*' } }",
    "set 's#' { '$type:*' }", "domain '$type:x#*' {}",
    "recipient 'r#' { proxies = { 'SMTP:r#@a', '$type:x#@a' } }",
    "recipient 'r#' { proxies = { 'SMTP:r#@a' }, target = '$type:x#@b' }",
    "recipient 'r#' { proxies = { 'SMTP:r#@a' }, targets = { 'x@b', '$type:x#@b' } }",
    "recipient 'r#' { proxies = { 'SMTP:r#@a' }, reject = { '$type:*' } }",
    "list 'l#' { proxies = { 'SMTP:l#@a' }, members = { '$type:x#@b' } }",
    "list 'l#' { proxies = { 'SMTP:l#@a' }, members = { 'x@b' }, owner = '$type:x#@b' }",
    "domain 'd#' { catchall = '$type:x@b' }", "postoffice 'p#' { gateway = '$type' }",
    "templates { '$type:%g@a' }", "rewrite '$type:x#' { to = 'SMTP:x@a' }",
    "rewrite 'SMTP:x#@a' { to = '$type:x@b' }", "rewrite_sender '$type:x#' { to = 'SMTP:x@a' }",
  },
  settings = { "settings { types = { '$type' } }", "", "" },
}

-- What loads of two lines.
local function load_two(settings, line)
  return policy.load(settings .. "\n" .. line, { chunkname = "@p.lua" })
end

local function judge_types(seed, counts)
  local world = sentences.new(PLACES, seed)
  local settings, line = world:text "settings", world:text("place"):gsub("#", seed)
  local p = load_two(settings, line)
  if not p then return end -- no address or pattern of that type is like that
  local name, meant = nil, settings:match "types = { '(.-)' }"
  for said in line:gmatch "%f[%u]%u[%u%d]+" do
    if said ~= "SMTP" then name = said end
  end
  local is_so = name ~= nil and not types.is_known(name) and name ~= meant
  local told
  for _, finding in ipairs(p:check()) do
    if finding.code == "type-unknown" then told = tostring(finding) end
  end
  assert(is_so == (told ~= nil), ("%s\n%s\n-- %s"):format(settings, line, told or ""))
  counts:add(told and "unknown" or "known")
  p:close()
end

describe("check, held against policies that mention sets and types,", function()
  it("says of sets that nothing names them, or that they are empty", function()
    local counts = judge.counts()
    judge.each(1, math.max(10, helper.times(40)), function(seed) judge_sets(seed, counts) end)
    judge.tell("sets", counts)
    for _, what in ipairs { "used", "unused", "empty" } do
      assert.is_true(counts:of(what) > 0, what)
    end
  end)

  it("says of types that nobody knows them, wherever they stand", function()
    local counts = judge.counts()
    judge.each(1, math.max(20, helper.times(100)), function(seed) judge_types(seed, counts) end)
    judge.tell("types", counts)
    for _, what in ipairs { "known", "unknown" } do assert.is_true(counts:of(what) > 0, what) end
  end)
end)
