-- Sets of addresses against brute force: all short texts over a few characters, and what the engine's
-- own matchers, spaces and rewrites say of them.

local addresses = require "postoffice.address"
local compiled_spaces = require "postoffice.policy.compile.spaces"
local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local families = require "postoffice.policy.pattern.families"
local generate = require "spec.generate"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local helper = require "spec.helper"
local lists = require "postoffice.lists"
local machine = require "postoffice.policy.prove.sets.machine"
local matchers = require "postoffice.policy.pattern.matchers"
local members = require "postoffice.policy.prove.sets.members"
local of_field = require "postoffice.policy.prove.sets.fields"
local partition = require "postoffice.policy.prove.sets.partition"
local postoffice = require "postoffice"
local read_space = require "postoffice.policy.pattern.spaces".read
local sets = require "postoffice.policy.prove.sets"
local shapes = require "postoffice.policy.prove.sets.shapes"
local templates = require "postoffice.policy.pattern.templates"
local universes = require "postoffice.policy.prove.sets.universes"

local texts_of = enumerate.texts

-- ---- All short addresses ---------------------------------------------------------

-- Adds the address of some fields, if there is one.
local function add(list, fields)
  local text = core.format(addresses.make(fields))
  local address = text and core.parse(text, { unknown = true })
  if address and address.type == fields.type and core.key(address) then
    list[#list + 1] = address
  end
end

-- Addresses of a type with two fields.
local function of_two(type_name, first, firsts, second, seconds)
  local list = {}
  for _, a in ipairs(firsts) do
    for _, b in ipairs(seconds) do
      add(list, { type = type_name, [first] = a, [second] = b ~= "" and b or nil })
    end
  end
  return list
end

local function of_three(type_name, names, texts)
  local list = {}
  for _, a in ipairs(texts) do
    for _, b in ipairs(texts) do
      for _, c in ipairs(texts) do
        add(list, { type = type_name, [names[1]] = a, [names[2]] = b, [names[3]] = c })
      end
    end
  end
  return list
end

local function of_attributes()
  local list, values = {}, { "x", "xy", "y", false }
  for _, a in ipairs(values) do
    for _, p in ipairs(values) do
      for _, o in ipairs(values) do
        for _, s in ipairs(values) do
          add(list, {
            type = "X400", c = "us", a = a or nil, p = p or nil, o = o or nil, s = s or nil,
          })
        end
      end
    end
  end
  return list
end

local DOMAINS = { "a", "b.a", "a.b", "ab.a", "a.b.a", "xn--tda.a", "[192.0.2.1]", "[-a:b@]", "aa" }

local ALL = {
  SMTP = of_two("SMTP", "localpart", texts_of({ "a", "B", ".", "@", '"', "\\", "\195\188" }, 3),
    "domain", DOMAINS),
  CCMAIL = of_two("CCMAIL", "mailbox", texts_of({ "a", "B", " ", ",", "@" }, 3), "postoffice",
    { "", "a", "AB", "a b" }),
  EX = of_two("EX", "dn", texts_of({ "/", "a", "=", "b" }, 4), "x", { "" }),
  MS = of_three("MS", { "network", "postoffice", "mailbox" }, texts_of({ "a", "B", "." }, 2)),
  GWISE = of_three("GWISE", { "domain", "postoffice", "object" }, texts_of({ "a", "b", "." }, 2)),
  X400 = of_attributes(),
  NOTES = of_two("NOTES", "name", texts_of({ "a", "b", "/", "@", " " }, 3), "domain",
    { "", "a", "b@a", "b.a" }),
  MSMAIL = of_two("MSMAIL", "mailbox", texts_of({ "a", "B", "@", " " }, 3), "server", { "a",
    "ab" }),
  UUCP = of_two("UUCP", "path", { "a", "b!a", "a.b" }, "user", texts_of({ "a", "b", "!", '"',
    "\\" }, 3)),
}

it("has enough to try", function()
  for family, list in pairs(ALL) do assert.is_true(#list >= 80, family .. " " .. #list) end
end)

-- ---- Universes ---------------------------------------------------------------------

-- The fields of an address that a family's universe has not.
local function outside(address)
  local family, list = families.of(address.type), {}
  local universe, canonical = shapes.of(family).universe, families.canonical(address)
  for _, field in ipairs(shapes.fields(family)) do
    local text = canonical[field]
    if text and not universes.has(universe[field], shapes.chars(text)) then
      list[#list + 1] = tostring(address) .. ": " .. field
    end
  end
  return list
end

describe("the universe of a field #host", function()
  for family, list in pairs(ALL) do
    it("has what addresses have: " .. family, function()
      for _, address in ipairs(helper.some(list)) do assert.same({}, outside(address)) end
      for seed = 1, helper.times(300) do
        local address = generate.address(seed, family)
        if address and core.key(address) then assert.same({}, outside(address)) end
      end
    end)
  end

  it("has address literals", function()
    local count = 0
    for _, text in ipairs(texts_of({ "a", "1", "-", ":", ".", "@", "_", "(" }, 5)) do
      local address = core.parse("u@[" .. text .. "]")
      if address then
        count = count + 1
        assert.same({}, outside(address))
      end
    end
    assert.is_true(count > 500, count)
    for _, text in ipairs { "192.0.2.1", "IPv6:2001:DB8::1", "IPv6:::ffff:192.0.2.1" } do
      assert.same({}, outside(assert(core.parse("u@[" .. text .. "]"))))
    end
  end)
end)

-- ---- Patterns and spaces -----------------------------------------------------------

local PATTERNS = {
  SMTP = {
    "*", "*@a", "a*@*", "{x}@*.a", "?@*", "*a@?", "\195\188*@*", "*.*@a", "{a}{b}@b.a", "*@*b*",
    '"*\\\\"*"@*', '"*@*"@a', '"*\\\\\\\\*"@a', "aba@a", "*@\195\188.a", "*@[192.0.2.1]",
    "?*?@*", "**@a",
  },
  CCMAIL = {
    "*", "* at a", "a* at *", "*", "a, b at *", "* at a*", "*@*", "a*...", "{x} at {y}",
    "b a at ?b",
    "a b", "?* at a b",
  },
  EX = { "*", "/a*", "/{x}/*", "/a=b", "/*=?" },
  MS = { "*", "a/*/*", "*/b/?", "a/b/a", "*/*/{x}b", "./*/*" },
  GWISE = { "*", "a.*.*", "*.b.?", "a.b.a", "a.b.*.a" },
  X400 = { "*", "c=us;a=x;s=y;", "c=us;a=*;s=x;", "c=us;a=x*;s=?;...", "c=us;a= ;...", "c=us;..." },
  NOTES = { "*", "*@a", "a/*@*", "a...", "a/b@*", "*@*a", "{x}@a@*" },
  MSMAIL = { "*", "*@a", "a*@a*", "*\\@*@a" },
  UUCP = { "*", "a!*", "*!a", "b!*!?", '*!*"*' },
}

local SPACES = {
  SMTP = {
    "*", "*@a", "a*a", "*.a", "?@*", '"*', "*.b.*", "*a@*", "", "a@a", "*@*.a", '*"@a', "*\\\\*",
    "\195\188*", "?b@*", "*@?", "**a*", "*@\195\188.a", "?*a@a*",
  },
  CCMAIL = {
    "*", "* at a", "a*", "*b", "* at *", "*at*", "a at a", "", "* a*", "a, * at *", "? at ??",
    "*t a b", "*a b",
  },
  EX = { "*", "/a", "/a/", "/*b", "/a=b", "", "*/b*", "/" },
  MS = { "*", "a", "a/b", "a/b/a", "a*", "*/b/*", "*b", "", "a/", "?/*" },
  GWISE = { "*", "a", "a.b", "a.*", "*.b", "a.b.*", "", "*.*.*.*", "?.*" },
  X400 = { "*", "c=us", "c=us;a=x", "c=us;a=*", "a=x;p=y", "c=us;a= ", "c=us;a=x?;o=*", "",
    "p=x*" },
  NOTES = { "*", "*@a", "a*", "*/*", "*@*@*", "", "a@a", "*b@a*", "?/?*" },
  MSMAIL = { "*", "*@a", "a*", "*@*@*", "", "a@a", "*b@a?" },
  UUCP = { "*", "a!*", "*a", "*!*!*", '*"*', "", '*\\\\\\\\*' },
}

-- The set of a pattern, and what tells whether the engine's matcher takes an address.
local function pattern_case(family, body)
  local matcher = assert(matchers.read(helper.readable(family .. ":" .. body)))
  return assert(sets.of_pattern(matcher)), function(address)
    return matchers.match(matcher, address) ~= nil
  end
end

-- The same of a space, as routing looks it up.
local function space_case(family, body)
  local space = read_space(helper.readable(family .. ":" .. body))
  if not space then return nil end
  local set, why = sets.of_space(space)
  if not set then return nil, why end
  space.cost, space.guarded = 1, false
  local compiled = compiled_spaces.compile { space }
  return set, function(address)
    return compiled_spaces.best(compiled, address, core.key(address)) ~= nil
  end
end

-- The addresses on which a set and the engine differ.
local function differences(family, set, matches)
  local wrong = {}
  for _, address in ipairs(helper.some(ALL[family])) do
    if sets.contains(set, address) ~= matches(address) then
      wrong[#wrong + 1] = tostring(address)
    end
  end
  return wrong
end

-- Some of a list, different ones by a seed.
local function some_of(list, count, seed)
  local random, picked = generate.random(seed), {}
  for i = 1, count do picked[i] = list[random(#list)] end
  return picked
end

-- All cases of a family, with their sets.
local function cases_of(family)
  local cases = {}
  for _, body in ipairs(PATTERNS[family]) do
    local set, matches = pattern_case(family, body)
    cases[#cases + 1] = { name = "pattern " .. body, set = set, matches = matches }
  end
  for _, body in ipairs(SPACES[family]) do
    local set, matches = space_case(family, body)
    if set then cases[#cases + 1] = { name = "space " .. body, set = set, matches = matches } end
  end
  return cases
end

describe("a set #host", function()
  for _, family in ipairs(shapes.families) do
    if ALL[family] then
      it("of " .. family .. " has the addresses that the engine matches", function()
        for _, case in ipairs(cases_of(family)) do
          assert.same({}, differences(family, case.set, case.matches), family .. " " .. case.name)
        end
      end)
    end
  end
end)

-- ---- Parts -------------------------------------------------------------------------

-- The terms of all cases of a family.
local function terms_of(cases)
  local terms = {}
  for _, case in ipairs(cases) do formulas.terms(case.set.formula, terms) end
  return terms
end

-- What tells parts apart: which of some cases hold.
local function signature(cases, holds)
  local marks = {}
  for i, case in ipairs(cases) do marks[i] = holds(case) and "1" or "0" end
  return table.concat(marks)
end

-- The parts of a family by their signatures, each with its first address, as the search finds it.
local function parts_of(family, cases)
  local found = {}
  partition.each(family, terms_of(cases), sets.work(), function(part)
    local id = signature(cases, function(case)
      return formulas.holds(case.set.formula, part.accepted)
    end)
    found[id] = found[id] or {}
    table.insert(found[id], part)
  end)
  return found
end

describe("a glob", function()
  it("that covers another one matches whatever that does", function()
    local random, texts, count = generate.random(46), texts_of({ "a", "b", "." }, 5), 0
    local TOKENS = {
      "a", "b", globs.ONE, globs.ANY, globs.ANY, globs.of_kind "letter", globs.one_of "ab",
    }
    local function tokens()
      local list = {}
      for i = 1, random(4) do list[i] = TOKENS[random(#TOKENS)] end
      return list
    end
    for _ = 1, helper.times(300) do
      local one, other = tokens(), tokens()
      if globs.covers(one, other) then
        count = count + 1
        for _, text in ipairs(texts) do
          local chars = shapes.chars(text)
          assert.is_true(not globs.matches(other, chars) or globs.matches(one, chars), text)
        end
      end
    end
    assert.is_true(count > helper.times(300) / 30, count)
  end)
end)

describe("the parts of a family #host", function()
  for _, family in ipairs { "SMTP", "CCMAIL", "EX", "MS", "X400", "NOTES", "UUCP" } do
    it("cover all addresses of " .. family, function()
      local all, missing = cases_of(family), {}
      for seed = 1, 3 do
        local cases = some_of(all, 5, seed)
        local found = parts_of(family, cases)
        for _, address in ipairs(ALL[family]) do
          local id = signature(cases, function(case) return case.matches(address) end)
          if not found[id] then missing[#missing + 1] = tostring(address) end
        end
      end
      assert.same({}, missing)
    end)
  end

  it("hold what the engine says of their witnesses", function()
    local cases, wrong, count = some_of(cases_of "SMTP", 9, 1), {}, 0
    for id, parts in pairs(parts_of("SMTP", cases)) do
      local part = parts[1]
      members.each(part, function(text, address)
        count = count + 1
        local own = signature(cases, function(case) return case.matches(address) end)
        if own ~= id then wrong[#wrong + 1] = text end
        return true
      end)
    end
    assert.same({}, wrong)
    assert.is_true(count > 20, tostring(count))
  end)
end)

-- ---- Covers ------------------------------------------------------------------------

describe("one set of two #host", function()
  -- Whether brute force finds an address of one that is none of the other.
  local function counterexample(family, cover, case)
    for _, address in ipairs(ALL[family]) do
      if case.matches(address) and not cover.matches(address) then return tostring(address) end
    end
  end

  for _, family in ipairs { "SMTP", "MS", "X400" } do
    it("covers the other where no address says otherwise: " .. family, function()
      local cases, wrong = cases_of(family), {}
      for _, cover in ipairs(cases) do
        for _, case in ipairs(some_of(cases, 3, #cover.name)) do
          local covers, witness = sets.covers(cover.set, case.set)
          local address = witness and postoffice.parse(witness)
          if covers and counterexample(family, cover, case) then
            wrong[#wrong + 1] = ("%s > %s: %s"):format(cover.name, case.name,
              counterexample(family, cover, case))
          elseif not covers and (not address or cover.matches(address)
            or not case.matches(address)) then
            wrong[#wrong + 1] = ("%s > %s: %s"):format(cover.name, case.name, tostring(witness))
          end
        end
      end
      assert.same({}, wrong)
    end)
  end

  it("is told apart from what nobody can read", function()
    local none = sets.intersection { sets.of_type "FAX", sets.complement(sets.of_type "FAX") }
    assert.is_true(sets.is_empty(none))
    assert.is_nil(sets.is_empty(sets.of_type "FAX"))
    assert.is_nil((sets.of_pattern "FAX:+1*"))
  end)

  it("is not answered when the work is used up", function()
    local answer, why = sets.is_empty(sets.of_pattern "SMTP:abc@abc.example", sets.work(3))
    assert.is_nil(answer)
    assert.equal("the work is used up", why)
  end)
end)

describe("the set of a pattern", function()
  -- What texts of patterns are made of, by how they begin.
  local PIECES = {
    ["SMTP:"] = { "*", "?", "a", "@", "@", ".", "-", " ", '"', "\\", "[", "]", "{u}", ":", "1" },
    ["X400:c=us;"] = { "a= ", "p=*", "s=", "g=?", "dda:", ";", "...", "*", "a", "{u}", " " },
    ["CCMAIL:"] = { "*", "?", "a", " at ", "at", " ", "{u}" },
    ["NOTES:"] = { "*", "?", "a", "/", "@", "cn=", "o=", " ", "{u}" },
    ["MS:"] = { "*", "?", "A", "/", "/", " ", "{u}" },
    ["GWISE:"] = { "*", "?", "a", ".", ".", " ", "{u}" },
    ["MSMAIL:"] = { "*", "?", "a", "@", " " }, ["UUCP:"] = { "*", "?", "a", "!", " ", "@" },
    ["EX:"] = { "/o=", "/cn=", "*", "?", "a", " ", "{u}" },
  }

  it("is never empty, whatever pattern can be read, and has whom it matches", function()
    local random, found = generate.random(1), 0
    for beginning, pieces in pairs(PIECES) do
      for _ = 1, helper.times(150) do
        local parts = {}
        for i = 1, random(9) do parts[i] = pieces[random(#pieces)] end
        local text = beginning .. table.concat(parts)
        local matcher = matchers.read(text)
        if matcher then
          local witness = sets.witness(sets.of_pattern(matcher), sets.work(20000))
          assert.not_equal(false, witness, text)
          local address = witness and core.parse(witness, { unknown = true })
          assert(not address or matchers.match(matcher, address), text)
          found = found + (address and 1 or 0)
        end
      end
    end
    assert.is_true(found > 0)
  end)
end)

-- ---- Pre-images --------------------------------------------------------------------

local REWRITES = {
  { "SMTP:{u}@a", "SMTP:{u}@b.a" }, { "SMTP:{u}@{d}", "SMTP:{u}@{d}" },
  { "SMTP:{u}@{h}.a", "SMTP:{u}@{h}.b.a" }, { "SMTP:{u}.{v}@*", "SMTP:{v}{u}@a" },
  { "SMTP:{u}.{v}@a", "SMTP:{v}.{u}@a" }, { "SMTP:{a}{b}@{d}", "SMTP:{b}{a}@a" },
  { "SMTP:{u}B*@a", "SMTP:x{u}@a.b" },
  { "SMTP:?{u}@{d}", "SMTP:{u}@x.{d}" }, { "SMTP:*@a", "SMTP:fixed@a" },
  { "SMTP:{u}@{h}.a", "SMTP:{h}@a" }, { "SMTP:{u}@a", "CCMAIL:{u} at a" },
  { "SMTP:{u}@{d}", "CCMAIL:{u}@{d} at AB" }, { "CCMAIL:{u}@{d} at a", "SMTP:{u}@{d}" },
  { "CCMAIL:{u} at {p}", "SMTP:{u}@{p}.a" }, { "CCMAIL:{u} at *", "SMTP:{u}" },
  { "CCMAIL:{u}, {v} at *", "SMTP:{v}{u}@a" }, { "MS:{n}/{p}/{u}", "SMTP:{u}@{p}.{n}" },
  { "EX:/{u}={v}", "SMTP:{u}@a" }, { "SMTP:{u}@a", "EX:/a={u}" },
  { "X400:c=us;a=*;s={u};", "SMTP:{u}@a" }, { "SMTP:{all}", "CCMAIL:{all} at a" },
  { "GWISE:{d}.{p}.{u}", "SMTP:{u}@{p}.{d}" }, { "SMTP:{u}@a", "X400:c=us;s={u};" },
  { "UUCP:{h}!{u}", "SMTP:{u}@{h}" }, { "SMTP:{u}@a", "NOTES:{u}@a" },
}

-- Whether a rewrite makes an address a member; nil where it makes nothing of it.
local function makes_member(rewrite, set, address)
  local captures = matchers.match(rewrite.matcher, address)
  if not captures then return false end
  local made = templates.fill(rewrite.template, captures)
  if not made or not core.key(made) then return nil end
  return sets.contains(set, made)
end

-- Holds a pre-image to what the rewrite does; returns how many addresses it tells of.
local function hold(rewrite, name, set, wrong)
  local before, doubt = sets.before(rewrite, set)
  if not before then return 0 end
  local told = 0
  for _, address in ipairs(some_of(ALL[rewrite.matcher.family], 150, #name)) do
    if not sets.contains(doubt, address) then
      told = told + (sets.contains(before, address) and 1 or 0)
      if sets.contains(before, address) ~= makes_member(rewrite, set, address) then
        wrong[#wrong + 1] = ("%s: %s"):format(name, tostring(address))
      end
    end
  end
  return told
end

describe("a pre-image #host", function()
  for _, texts in ipairs(REWRITES) do
    it(("of %s by %s is what the rewrite does"):format(texts[2], texts[1]), function()
      local matcher = assert(matchers.read(texts[1]))
      local rewrite = {
        matcher = matcher, template = assert(templates.read(texts[2], matcher.names)),
      }
      local wrong, told = {}, 0
      for _, case in ipairs(some_of(cases_of(texts[2]:match "^%w+"), 6, #texts[1])) do
        told = told + hold(rewrite, case.name, case.set, wrong)
        told = told + hold(rewrite, "not " .. case.name, sets.complement(case.set), wrong)
      end
      assert.same({}, wrong)
      assert.is_true(told > 0)
    end)
  end
end)

-- ---- Sets of many ------------------------------------------------------------------

-- Many patterns of which most differ in one field, by a seed.
local function many(seed)
  local random, bodies = generate.random(seed), {}
  local users = {
    "a", "b", "ab", "Ba", "aa", "bb", "aab", "aBa", "baa", "bba", "bab", "abb", "a.b", "b.a", "a.a",
    '"a@"', '"@b"', '".a"', "\195\188", "?", "a*", "*b", "*",
  }
  local hosts = {
    "a", "b.a", "a.b", "ab.a", "aa", "*.a", "a?", "*", "b", "ba", "a.a", "aaa", "*b", "b*", "a*",
    "?a", "a.?", "*a*",
  }
  local most = seed % 2 == 0 and { 3, #hosts } or { #users, 3 } -- groups by either field
  for i = 1, 100 + random(80) do
    bodies[i] = users[random(most[1])] .. "@" .. hosts[random(most[2])]
  end
  return bodies
end

-- The set of many patterns, and what the engine's matchers say of an address.
local function many_case(seed)
  local own, matches = {}, {}
  for i, body in ipairs(many(seed)) do own[i], matches[i] = pattern_case("SMTP", body) end
  return { name = "seed " .. seed, set = sets.union(own), matches = function(address)
    for _, does_match in ipairs(matches) do
      if does_match(address) then return true end
    end
    return false
  end }
end

describe("a set of many patterns #host", function()
  local function each_seed(count, call)
    for seed = 1, helper.times(count) do call(many_case(seed), seed) end
  end

  it("has the addresses that one of them matches, in fewer terms", function()
    local joined = 0
    each_seed(4, function(case, seed)
      assert.same({}, differences("SMTP", case.set, case.matches), case.name)
      local bodies = {}
      for _, body in ipairs(many(seed)) do bodies[body] = true end
      local terms = formulas.terms(case.set.formula, {})
      joined = joined + (#terms < #lists.keys(bodies) and 1 or 0)
    end)
    assert.is_true(joined > 0)
  end)

  it("covers what it covers, and its parts cover all addresses", function()
    local cases = cases_of "SMTP"
    each_seed(3, function(case, seed)
      for _, other in ipairs(some_of(cases, 2, seed)) do
        local covers, witness = sets.covers(case.set, other.set)
        local address = witness and postoffice.parse(witness)
        assert.is_true(covers or other.matches(address) and not case.matches(address), other.name)
        for _, one in ipairs(covers and some_of(ALL.SMTP, 500, seed) or {}) do
          assert.is_true(case.matches(one) or not other.matches(one), tostring(one))
        end
      end
      local several = some_of(cases, 3, seed)
      several[4] = case
      local found = parts_of("SMTP", several)
      for _, address in ipairs(some_of(ALL.SMTP, 500, seed)) do
        local id = signature(several, function(one) return one.matches(address) end)
        assert.is_truthy(found[id], tostring(address))
      end
    end)
  end)

  it("has the pre-image that the rewrite says", function()
    local told, wrong = 0, {}
    each_seed(4, function(case)
      for _, texts in ipairs(REWRITES) do
        if texts[2]:find "^SMTP" then
          local matcher = assert(matchers.read(texts[1]))
          local rewrite = {
            matcher = matcher, template = assert(templates.read(texts[2], matcher.names)),
          }
          told = told + hold(rewrite, case.name, case.set, wrong)
        end
      end
    end)
    assert.same({}, wrong)
    assert.is_true(told > 0)
  end)
end)

-- ---- The texts of a field -----------------------------------------------------------

local function pick(random, list) return list[random(#list)] end

-- A text of a few characters, as domains and local parts have them.
local function some_text(random, most)
  local chars = {}
  for i = 1, 1 + random(most) do chars[i] = pick(random, { "a", "b", "c", "." }) end
  return table.concat(chars)
end

-- Programs of globs: texts, those that end in one, and a few others.
local GLOBS = {
  function(random) return some_text(random, 4) end,
  function(random) return "\2" .. some_text(random, 4) end,
  function(random) return "\2" .. some_text(random, 4) end,
  function(random) return "\2." .. some_text(random, 3) .. pick(random, { ".a", ".b" }) end,
  function(random) return some_text(random, 2) .. "\2" end,
  function(random) return "\2" .. some_text(random, 2) .. "\2" end,
  function(random) return some_text(random, 1) .. "\2" .. some_text(random, 1) end,
  function(random) return pick(random, { "\1", "\1\1", "a\1", "\1\2", "\2b\1" }) end,
}

-- A glob of many alternatives, most of them of the first kinds.
local function many_globs(random)
  local list = {}
  for i = 1, 20 + random(20) do
    local kind = random(20) == 1 and random(#GLOBS) or random(4)
    list[i] = formulas.cond(globs.of_program(GLOBS[kind](random)))
  end
  return formulas.any_of_field("SMTP", {}, "domain", list).fields.domain[1]
end

-- Globs of a field by a seed: of many alternatives, and of one.
local function globs_of(seed)
  local random, list = generate.random(seed), {}
  for i = 1, 1 + random(3) do list[i] = many_globs(random) end
  local seen = {}
  for _ = 1, random(4) do
    local one = formulas.cond(globs.of_program(pick(random, GLOBS)(random)))
    if not seen[one.id] then seen[one.id], list[#list + 1] = true, one end
  end
  return list
end

-- Which globs a class or a text is matched by.
local function ids_of(conds, is_matched)
  local ids = {}
  for _, cond in ipairs(conds) do ids[#ids + 1] = is_matched(cond) and cond.id or nil end
  table.sort(ids)
  return table.concat(ids, " ")
end

local function always() return true end

-- By what its classes are matched by, whether there is one.
local function matched_by(classes)
  local found = {}
  for _, class in ipairs(classes) do found[ids_of(class.accepted, always)] = true end
  return found
end

describe("the texts of a field", function()
  local UNIVERSES = { universes.domain, universes.anything }

  local function each_seed(call)
    for seed = 1, helper.times(6) do
      call(UNIVERSES[1 + seed % 2], globs_of(seed), "seed " .. seed)
    end
  end

  it("that are looked up are told apart as a machine that knows all globs does it", function()
    each_seed(function(universe, conds, name)
      local of_machine = machine.classes(universe, conds, sets.work())
      local classes = of_field.classes(universe, conds, sets.work(), {})
      assert.same(matched_by(of_machine), matched_by(classes), name)
      assert.equal(#of_machine, #classes, name)
    end)
  end)

  it("are told apart as they are matched one by one", function()
    local chars = { "a", "b", ".", "x" }
    each_seed(function(universe, conds, name)
      local found = matched_by(machine.classes(universe, conds, sets.work()))
      local function try(text, left)
        local matched = ids_of(conds, function(cond) return formulas.matches(cond, text) end)
        local is_text = universes.has(universe, shapes.chars(text))
        assert.is_true(not is_text or found[matched], name .. ": " .. text)
        for _, char in ipairs(left > 0 and chars or {}) do try(text .. char, left - 1) end
      end
      try("", 3)
    end)
  end)

  it("of a class are endless where one may be ever so long", function()
    for _, case in ipairs { -- programs, and how many of them match what is endless, and what is not
      { {}, { [0] = true } },
      { { "a" }, { [0] = true, [1] = false } },
      { { "\1\1" }, { [0] = true, [1] = false } },
      { { "a\2" }, { [0] = true, [1] = true } },
      { { "\2a\2b" }, { [0] = true, [1] = true } },
      { { "\2" }, { true } },
      { { "\2", "\1" }, { true, false } },
      { { "\2", "\1\2", "\1\1\2" }, { false, false, true } },
    } do
      local conds, found = {}, {}
      for i, program in ipairs(case[1]) do conds[i] = formulas.cond(globs.of_program(program)) end
      for _, class in ipairs(machine.classes(universes.anything, conds, sets.work())) do
        found[#class.accepted] = machine.is_endless(class)
      end
      assert.same(case[2], found, table.concat(case[1], " "))
    end
  end)

  it("of a class are matched by what it says", function()
    each_seed(function(universe, conds, name)
      for _, class in ipairs(of_field.classes(universe, conds, sets.work(), {})) do
        local wanted, texts = ids_of(class.accepted, always), of_field.texts(class)
        assert.equal(of_field.first(class), of_field.texts(class)(), name)
        for _ = 1, 30 do
          local text = texts()
          if not text then break end
          assert.equal(wanted, ids_of(conds, function(cond)
            return formulas.matches(cond, text)
          end), name .. ": " .. text)
        end
      end
    end)
  end)

  it("that hold one of thousands take a machine of few states", function()
    local list = {}
    for i = 1, 1000 do list[i] = formulas.cond(globs.of_program(("\2x%d-\2"):format(i))) end
    local some = {}
    for i = 1, 900 do some[i] = list[i] end
    local conds = {}
    for i, them in ipairs { list, some } do
      conds[i] = formulas.any_of_field("SMTP", {}, "localpart", them).fields.localpart[1]
    end
    local work = sets.work()
    local left = work.left
    assert.equal(3, #of_field.classes(universes.anything, conds, work, {}))
    assert.is_true(left - work.left < 4000)
  end)

  it("that end in one of thousands take a machine of few states", function()
    local list = {}
    for i = 1, 1000 do list[i] = formulas.cond(globs.of_program(("\2.n%d.example"):format(i))) end
    local conds = formulas.any_of_field("SMTP", {}, "domain", list).fields.domain
    local work = sets.work()
    local left = work.left
    assert.equal(2, #of_field.classes(universes.domain, conds, work, {}))
    assert.is_true(left - work.left < 200)
  end)

  it("that are long are found one after the other, be they ever so many of one length", function()
    local conds = { formulas.cond(globs.of_program(("\1"):rep(40))) }
    for _, class in ipairs(of_field.classes(universes.anything, conds, sets.work(), {})) do
      local texts, seen = of_field.texts(class), {}
      for _ = 1, 20 do
        local text = texts()
        assert.is_nil(seen[text])
        seen[text] = true
      end
    end
  end)
end)
