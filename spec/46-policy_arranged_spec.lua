--- Brute force judges what is told of parts of a local part that a template puts elsewhere: what it makes of every
-- short one is held to random graphs.
local arranged = require "postoffice.policy.prove.sets.arranged"
local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local formulas = require "postoffice.policy.prove.sets.formulas"
local generate = require "spec.generate"
local globs = require "postoffice.policy.prove.sets.globs"
local graphs = require "postoffice.policy.prove.sets.graphs"
local judge = require "spec.judge"
local helper = require "spec.helper"
local matchers = require "postoffice.policy.pattern.matchers"
local shapes = require "postoffice.policy.prove.sets.shapes"
local templates = require "postoffice.policy.pattern.templates"

local ADDRESSES, WORDS = {}, {}
for _, text in ipairs(enumerate.texts({ "a", "b", ".", " " }, 5)) do
  local written = core.format { type = "SMTP", localpart = text, domain = "a" }
  ADDRESSES[#ADDRESSES + 1] = written and core.parse(written)
end
for i, address in ipairs(ADDRESSES) do WORDS[i] = shapes.word(address) end

local PATTERNS = {
  "{u}.{v}", "{u}{v}", "{u}ab{v}", "{u}.{v}{w}", "{u}{v}.{w}", "{u}.{v}.{w}", "a{u}.{v}",
  "{u}.{v}b", "*{u}.{v}", "{u}?{v}", "{u}.*{v}", "{u}.*.{v}", "{u}aa{v}", "{u}{v}?{w}",
  "{u}.?{v}*", "*.{u}a{v}",
}

-- A template of some names of a pattern, each once, in any order, with texts between them.
local function random_template(random, names)
  local left, pieces = {}, {}
  for _, name in ipairs(names) do table.insert(left, random(#left + 1), name) end
  for i = 1, math.max(2, random(#left)) do
    pieces[#pieces + 1] = ({ "", "", "a", " ", ".", "b." })[random(6)] .. "{" .. left[i] .. "}"
  end
  return table.concat(pieces) .. ({ "", "", "b", "/a" })[random(4)]
end

local TOKENS = { "a", "b", ".", " ", globs.ONE, globs.ONE, globs.one_of "ab", globs.one_of ". " }

-- A graph of a few states with edges at random.
local function random_graph(random)
  local graph = {}
  for i = 1, 1 + random(5) do graph[i] = { edges = {}, is_end = random(3) == 1 } end
  for _, state in ipairs(graph) do
    for _ = 1, random(3) do
      table.insert(state.edges, { token = TOKENS[random(#TOKENS)], to = random(#graph) })
    end
  end
  return graph
end

-- What pieces of a template are with what is captured.
local function text_of(pieces, captures)
  local texts = {}
  for i, piece in ipairs(pieces) do
    texts[i] = type(piece) == "string" and piece or captures[piece.name]
  end
  return table.concat(texts)
end

-- Holds what is told to what a template makes of each address.
local function judge_one(random, matcher, template, where)
  local graph, pieces = random_graph(random), template.fields.name
  local field = assert(arranged.field(matcher, pieces), where)
  local formula = arranged.formula(matcher, field, pieces, graph)
  for i, address in ipairs(ADDRESSES) do
    local captures = matchers.match(matcher, address)
    local made = captures and text_of(pieces, captures)
    local is_made = made and graphs.matches(graph, shapes.chars(made))
    assert(not captures or formulas.has(formula, WORDS[i]) == is_made,
      where .. ": " .. core.format(address))
  end
end

describe("what is told of parts that a template puts elsewhere", function()
  it("is so of every short local part", function()
    judge.each(1, helper.times(30), function(seed)
      local random = generate.random(seed)
      local text = "SMTP:" .. PATTERNS[random(#PATTERNS)] .. "@a"
      local matcher = assert(matchers.read(text))
      local made = "NOTES:" .. random_template(random, matcher.names)
      local template = assert(templates.read(made, matcher.names))
      judge_one(random, matcher, template, text .. " to " .. made)
    end)
  end)

  it("is none of one capture, and of several fields", function()
    local matcher = assert(matchers.read "SMTP:{u}.{v}@{d}.a")
    for _, made in ipairs { "{u}/o", "{d}/o", "{u}/{d}", "{u}{v}/{d}" } do
      local template = assert(templates.read("NOTES:" .. made, matcher.names))
      assert.is_nil(arranged.field(matcher, template.fields.name), made)
    end
  end)
end)
