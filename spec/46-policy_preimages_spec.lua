--- Brute force judges pre-images: what a rewrite makes of every short local part is held to what is
-- told of that one.
local before = require "postoffice.policy.prove.sets.before"
local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local formulas = require "postoffice.policy.prove.sets.formulas"
local generate = require "spec.generate"
local globs = require "postoffice.policy.prove.sets.globs"
local helper = require "spec.helper"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local shapes = require "postoffice.policy.prove.sets.shapes"
local templates = require "postoffice.policy.pattern.templates"

-- ---- The world ---------------------------------------------------------------

local function all_addresses()
  local list = {}
  for _, text in ipairs(enumerate.texts({ "a", "b", "+", "\\", '"' }, 4)) do
    local written = core.format { type = "SMTP", localpart = text, domain = "a" }
    list[#list + 1] = written and core.parse(written)
  end
  return list
end

local ADDRESSES = all_addresses()

local WORDS = {}
for i, address in ipairs(ADDRESSES) do WORDS[i] = shapes.word(address) end

-- What captures a part up to a sign, side by side, and both; and puts it elsewhere.
local REWRITES = {
  { "SMTP:{u}@a", "SMTP:{u}b@a" }, { "SMTP:{u}+*@a", "SMTP:{u}@a" },
  { "SMTP:{u}+{v}@a", "SMTP:{v}{u}@a" }, { "SMTP:{u}+{v}@a", "SMTP:{v}+{u}@a" },
  { "SMTP:b{u}+*@a", "SMTP:{u}a@a" }, { "SMTP:{u}a{v}@a", "SMTP:{v}b{u}@a" },
  { "SMTP:{u}{v}@a", "SMTP:{v}{u}@a" }, { "SMTP:{u}{v}@a", "SMTP:{u}+{v}@a" },
  { "SMTP:a{u}{v}b@a", "SMTP:{v}{u}@a" }, { "SMTP:{u}{v}{w}@a", "SMTP:{v}{w}{u}@a" },
  { "SMTP:{u}{v}@a", "SMTP:{v}@a" }, { "SMTP:{u}{v}@a", "SMTP:{u}@a" },
  { "SMTP:{u}+{v}{w}@a", "SMTP:{w}{v}@a" }, { "SMTP:{u}{v}+{w}@a", "SMTP:{w}{v}{u}@a" },
  { "SMTP:{u}{v}+{w}@a", "SMTP:{u}b{w}@a" }, { "SMTP:{u}+{v}a{w}@a", "SMTP:{v}{w}{u}@a" },
  { "SMTP:*+{v}@a", "SMTP:{v}@a" }, { "SMTP:{u}ab*@a", "SMTP:{u}@a" },
  { "SMTP:{u}ab{v}@a", "SMTP:{v}+{u}@a" }, { "SMTP:{u}aa{v}@a", "SMTP:{v}{u}@a" },
  { "SMTP:*ab{v}@a", "SMTP:{v}@a" }, { "SMTP:b{u}?a{v}@a", "SMTP:{v}b{u}@a" },
  { "SMTP:{u}{v}ab{w}@a", "SMTP:{w}{u}{v}@a" }, { "SMTP:{u}+{v}ab*@a", "SMTP:{v}{u}@a" },
  { "SMTP:{u}?+{v}@a", "SMTP:{u}@a" },
}

-- Tokens of what is asked of local parts, and of what pre-images of that are made of.
local TOKENS = {
  "a", "b", "+", '"', "\\", globs.ONE, globs.ANY, globs.ANY, globs.of_kind "mark",
  globs.of_kind "special", globs.one_of "+-", globs.one_of "ab", globs.run_of "mark special",
}

-- The same without one of these characters, and without two.
for _, text in ipairs { "+", "\\", "a" } do
  for at = 6, #TOKENS do
    for _, list in ipairs(globs.without({ TOKENS[at] }, text, 0)) do
      TOKENS[#TOKENS + 1] = list[1]
    end
  end
end

-- A random term about local parts, every other one as they stand in quotes.
local function random_term(random)
  local tokens, is_quoted = {}, random(2) == 1
  for _ = 1, random(4) do tokens = globs.joined(tokens, { TOKENS[random(#TOKENS)] }) end
  if is_quoted then tokens = globs.joined({ '"' }, tokens, { '"' }) end
  return formulas.term("SMTP", { localpart = { formulas.cond(tokens, is_quoted) } })
end

-- By place what a rewrite makes of addresses, as sets have it; false of those that it does not match.
local function made_by(matcher, template)
  local made = {}
  for i, address in ipairs(ADDRESSES) do
    local captures = matchers.match(matcher, address)
    made[i] = captures and shapes.word(assert(templates.fill(template, captures))) or false
  end
  return made
end

-- ---- Judging -----------------------------------------------------------------

describe("what is asked of what a rewrite makes #host", function()
  for number, texts in ipairs(REWRITES) do
    it(("of %s, %s, is asked of that"):format(texts[1], texts[2]), function()
      local matcher = assert(matchers.read(texts[1]))
      local template = assert(templates.read(texts[2], matcher.names))
      local made, random, told = made_by(matcher, template), generate.random(number), 0
      for _ = 1, helper.times(60) do
        local term = random_term(random)
        local formula = before.formula(matcher, template, term)
        told = told + (formula and 1 or 0)
        for i, word in ipairs(formula and made or {}) do
          local is_so = not word or formulas.has(formula, WORDS[i]) == formulas.has(term, word)
          assert(is_so, ("%s: %s"):format(core.format(ADDRESSES[i]), term.id))
        end
      end
      assert.is_true(told > 0 or helper.times(60) < 60, told) -- or too few are drawn
    end)
  end
end)

-- A rewrite of those that are judged, with what it makes by place.
local rewrite_at = setmetatable({}, { __index = function(known, number)
  local matcher = assert(matchers.read(REWRITES[number][1]))
  local template = assert(templates.read(REWRITES[number][2], matcher.names))
  known[number] = {
    matcher = matcher, template = template, made = made_by(matcher, template),
    text = table.concat(REWRITES[number], ", "),
  }
  return known[number]
end })

describe("what is asked of what two rewrites make, one after the other #host", function()
  it("is asked of what the first one takes", function()
    judge.each(1, helper.times(6), function(seed)
      local random, told = generate.random(seed), 0
      local first, second = rewrite_at[random(#REWRITES)], rewrite_at[random(#REWRITES)]
      for _ = 1, 10 do
        local term = random_term(random)
        local later = before.formula(second.matcher, second.template, term)
        local formula = later and before.formula(first.matcher, first.template, later)
        told = told + (formula and 1 or 0)
        for i, word in ipairs(formula and first.made or {}) do
          local is_so = not word or formulas.has(formula, WORDS[i]) == formulas.has(later, word)
          assert(is_so, ("%s; %s: %s: %s"):format(first.text, second.text,
            core.format(ADDRESSES[i]), term.id))
        end
      end
      assert(told >= 1, ("%s; %s: %d"):format(first.text, second.text, told))
    end)
  end)
end)

-- ---- Blanks, and what cannot be written ----------------------------------------

-- Templates, and the fields in which what they capture comes to stand.
local WRITTEN = {
  { "X400:c=a;a= ;s={u};", "s" }, { "X400:c=a;a= ;s=b{u};", "s" }, { "CCMAIL:{u} at a", "mailbox" },
  { "CCMAIL:b,{u} at a", "mailbox" }, { "CCMAIL:{u}, b at a", "mailbox" },
  { "CCMAIL:{u} b", "mailbox" },
  { "CCMAIL:a at {u}", "postoffice" }, { "MSMAIL:{u}@a", "mailbox" },
  { "MSMAIL:{u} b@a", "mailbox" },
  { "EX:/o=a/cn={u}", "dn" }, { "MS:A/B/{u}", "mailbox" }, { "MS:A/{u}/B", "postoffice" },
  { "MS:{u}/A/B", "network" }, { "PCM:A/B/{u}", "mailbox" }, { "GWISE:a.b.{u}", "object" },
  { "GWISE:{u}.b.c", "domain" }, { "GWISE:a.{u}.c", "postoffice" }, { "GWISE:a{u}.b.c", "domain" },
  { "CCMAIL:a at b{u}", "postoffice" },
  { "UUCP:a!{u}", "user" }, { "SMTP:a@{u}", "domain" }, { "SMTP:a@b.{u}", "domain" },
  { "SMTP:a@{u}.b", "domain" }, { "NOTES:a@{u}", "domain" },
}

-- Those of names of Notes, with what captures them.
local NAMED = {
  { "NOTES:{u}@a", "name" }, { "NOTES:{u} b", "name" }, { "NOTES:{u}/o=b@a", "name" },
  { "NOTES:c{u}/b", "name" }, { "NOTES: {u}@a", "name" },
  { "NOTES:{u}/a{v}@a", "name", "SMTP:{u}/{v}@a" },
  { "NOTES:{u} {v}/b@a", "name", "SMTP:{u}.{v}@a" }, { "NOTES:{v}={u}", "name", "SMTP:{u}.{v}@a" },
  { "NOTES:{u}n={v}@a", "name", "SMTP:{u}{v}@a" }, { "NOTES:{v} a", "name", "SMTP:{u}c={v}@a" },
  { "NOTES:{v}/{u}{w}@a", "name", "SMTP:{u}.{v}{w}@a" },
  { "NOTES:{u} @a", "name", "SMTP:{u}n*@a" },
  { "NOTES:{u}/b@a", "name", "NOTES:{u}/a@a" }, { "NOTES:a/{u}@a", "name", "NOTES:{u}@a" },
  { "NOTES:{u}@{v}", "name", "SMTP:{u}.{v}@a" }, { "NOTES:{v}, {u}/b", "name", "SMTP:{u}.{v}@a" },
  { "NOTES:{w} {u}/{v}@a", "name", "SMTP:{u}{v}.{w}@a" },
  { "NOTES:{v}{u}", "name", "SMTP:{u}n={v}@a" },
}

local SIGNS = {
  "a", "b", " ", "/", "\\", ",", "@", "=", '"', "<", ".", "!", "(", "#", ":", "[", "]", "\195\169",
  "k", "\226\132\170", -- the sign of Kelvin, a k in names of domains
}

-- Some that stand beside each other: of all types, of names of domains, and of address literals.
local BESIDE = {
  { "a", " ", "/", "," }, { "b", ",", "@", " " }, { "a", ".", "#", "(" }, { "a", ".", " " },
  { "[", "1", ":", "]" }, { "a", "t", " " },
}

-- The same for names of Notes.
local NAME_SIGNS = { "a", "c", "n", "o", "u", "=", "/", " ", "@", ".", '"', "<", ">", "(", ")" }
local BESIDE_IN_NAMES = {
  { "c", "n", "=", "/" }, { "o", "u", "=", " " }, { "c", "=", "/", " " }, { "@", ".", "/", '"' },
  { "<", ">", "@", "a" }, { "(", ")", "@", "." }, { "a", ".", " ", "@" }, { "a", ".", "/", "c" },
}

-- By address whether a template can write what is made of it, or the code that says why not.
local function outcomes_of(matcher, template, sources)
  local outcomes, words = {}, {}
  for i, source in ipairs(sources) do
    local captures = matchers.match(matcher, source)
    local made, _, code
    if captures then made, _, code = templates.fill(template, captures) end
    outcomes[i] = captures and (made and "made" or code)
    words[i] = made and core.key(made) and shapes.word(made) or false
  end
  return outcomes, words
end

-- Texts of some signs, and one in so many longer ones of those that stand beside each other; none that is empty.
local function texts_of(signs, beside, one_in)
  local texts, count = {}, 0
  for _, text in ipairs(enumerate.texts(signs, 2)) do
    texts[#texts + 1] = text ~= "" and text or nil
  end
  for _, few in ipairs(beside) do
    for _, text in ipairs(enumerate.texts(few, 4)) do
      count = count + 1
      if #text > 2 and count % one_in == 0 then texts[#texts + 1] = text end
    end
  end
  return texts
end

-- Addresses that hold texts, of SMTP or Notes, and these as sets have them.
local function sources_of(texts, field)
  local sources, words = {}, {}
  for _, text in ipairs(texts) do
    local source = { type = field == "name" and "NOTES" or "SMTP", [field] = text, domain = "a" }
    local written = core.format(source)
    source = written and core.parse(written)
    if source then
      sources[#sources + 1], words[#words + 1] = source, shapes.word(source)
    end
  end
  return sources, words
end

-- A world: texts of a local part, or of a name of Notes, and tokens that are asked of what is made of them.
local function world_of(signs, beside, one_in, tokens)
  local texts = texts_of(signs, beside, one_in)
  for _, token in ipairs {
    "a", "b", " ", globs.ONE, globs.ANY, globs.ANY, globs.of_kind "letter", globs.run_of "letter",
    globs.run_of "space letter",
  } do
    tokens[#tokens + 1] = token
  end
  local world = { tokens = tokens, SMTP = {}, NOTES = {} }
  world.SMTP.sources, world.SMTP.words = sources_of(texts, "localpart")
  world.NOTES.sources, world.NOTES.words = sources_of(texts, "name")
  return world
end

-- What texts are asked for: runs that take no blank before others that do, and drawn ones.
local RUNS = {
  { globs.run_of "letter", globs.run_of "space letter" }, { globs.run_of "letter", globs.ANY },
  { globs.run_of "space letter", globs.run_of "letter", globs.ANY },
}

local function lists_asked_for(random, to_draw)
  local list = lists.copy(RUNS)
  for _ = 1, helper.times(10) do
    local tokens = {}
    for _ = 1, random(4) do tokens = globs.joined(tokens, { to_draw[random(#to_draw)] }) end
    list[#list + 1] = tokens
  end
  return list
end

-- Says that it is told what a template writes.
local function judge_template(number, row, world)
  local matcher = assert(matchers.read(row[3] or "SMTP:{u}@a"))
  local template = assert(templates.read(row[1], matcher.names))
  local sources, words = world[matcher.family].sources, world[matcher.family].words
  local outcomes, made = outcomes_of(matcher, template, sources)
  local _, doubt = before.formula(matcher, template, formulas.TRUE)
  local respelled = before.respelled(matcher, template)

  it(("is known to be written or not: %s"):format(row[1]), function()
    local unmade, first, told, all = before.unmade(matcher, template), {}, 0, 0
    for i, word in ipairs(words) do
      local answers = {}
      for at, formula in ipairs(unmade) do answers[at] = formulas.has(formula, word) and 1 or 0 end
      local id = table.concat(answers)
      all = all + (outcomes[i] and 1 or 0)
      if outcomes[i] and not formulas.has(formulas.any { doubt, respelled }, word) then
        first[id], told = first[id] or outcomes[i], told + 1
        assert.equal(first[id], outcomes[i], core.format(sources[i]))
      end
    end
    assert.is_true(all > 0 and told >= all / 4, told)
  end)

  it(("is asked of what it writes it of: %s"):format(row[1]), function()
    local is_domain = row[2] == "domain"
    for _, tokens in ipairs(lists_asked_for(generate.random(number), world.tokens)) do
      local glob = formulas.cond(tokens)
      local term = formulas.term(template.type, { [row[2]] = { glob } })
      local formula = assert(before.formula(matcher, template, term))
      local unsure = is_domain and template.type == "SMTP"
        and before.unsure(matcher, template, glob) or doubt
      for i, word in ipairs(words) do
        if made[i] and not formulas.has(formulas.any { doubt, unsure }, word) then
          assert(formulas.has(formula, word) == formulas.has(term, made[i]),
            core.format(sources[i]) .. "\n" .. formulas.id(term))
        end
      end
    end
  end)
end

describe("what a template writes", function()
  local world = world_of(SIGNS, BESIDE, 1, { "k", " ", ".", ".", "," })
  for number, row in ipairs(WRITTEN) do judge_template(number, row, world) end
end)

local ONE_IN = helper.times(1) > 1 and 1 or 17 -- texts of several signs of names

describe("a name of Notes that a template writes #long", function()
  local world = world_of(NAME_SIGNS, BESIDE_IN_NAMES, ONE_IN, { "/", "/", "=", "@", "c", "n" })
  for number, row in ipairs(NAMED) do judge_template(number, row, world) end
end)

describe("a pre-image", function()
  it("is none where blanks, or pieces, may stand in too many ways", function()
    local TOO_MANY = "what it makes may come about in too many ways"
    for _, row in ipairs {
      { "SMTP:{u}@a", "CCMAIL:{u} at a", "mailbox", { globs.ONE } },
      { "SMTP:{u}a{v}a{w}a{x}@a", "SMTP:{u}.{v}.{w}.{x}@a", "localpart", { globs.ANY, "b" } },
    } do
      local matcher, tokens = assert(matchers.read(row[1])), {}
      local template = assert(templates.read(row[2], matcher.names))
      for _ = 1, 60 do tokens = globs.joined(tokens, row[4]) end
      local said = formulas.term(template.type, { [row[3]] = { formulas.cond(tokens) } })
      assert.same({ nil, TOO_MANY }, { before.formula(matcher, template, said) })
    end
  end)
end)
