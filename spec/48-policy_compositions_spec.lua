--- What rules make that are applied one after the other, and what changes where chains of them are of another
-- length, or have exceptions that write the same: held against each address.
local compositions = require "postoffice.policy.prove.classes.compositions"
local core = require "postoffice.core"
local enumerate = require "spec.enumerate"
local generate = require "spec.generate"
local helper = require "spec.helper"
local judge = require "spec.judge"
local policy = require "postoffice.policy"
local rewrites = require "postoffice.policy.compile.rewrites"

local function lines(...) return table.concat({ ... }, "\n") end

local OUT = 'connector "out" { speaks = "SMTP", nexthop = "x", spaces = { "SMTP:*" } }\n'
  .. 'domain "a" {}\nrecipient "k" { proxies = { "SMTP:k@a" } }'

-- What changes, as far as it is told: how much, and why not all is.
local function changes(old, new)
  local found = policy.changes(assert(policy.load(old)), assert(policy.load(new)))
  return #found.changes, found.undecided[1] or found.unfinished
end

local ONE = 'rewrite "SMTP:{u}@b" { to = "SMTP:{u}@c" }'
local FROM = 'rewrite_sender "SMTP:{u}@b" { to = "SMTP:{u}@c" }'

-- Rules, and others that make the same.
local SAME = {
  { ONE, lines('rewrite "SMTP:b{u}@b" { to = "SMTP:b{u}@c" }', ONE) },
  { ONE, lines('rewrite "SMTP:{u}.{v}@b" { to = "SMTP:{u}.{v}@c" }', ONE), "is in doubt" },
  { lines(ONE, 'rewrite "SMTP:{u}@d" { to = "SMTP:{u}@c" }'),
    lines('rewrite "SMTP:{u}@b" { to = "SMTP:{u}@d" }',
      'rewrite "SMTP:{u}@d" { to = "SMTP:{u}@c" }') },
  { FROM, lines('rewrite_sender "SMTP:kim+{x}@b" { to = "SMTP:kim+{x}@c" }', FROM) },
  { FROM, lines('rewrite_sender "SMTP:kim@b" { to = "SMTP:kim@c" }', FROM) },
  { "", 'rewrite_sender "SMTP:{x}@b" { to = "SMTP:{x}@b" }' },
  { 'rewrite "SMTP:{u}@b" { to = "CCMAIL:{u}@b at c" } connector "cc" { spaces = { "CCMAIL:*" } }',
    'rewrite "SMTP:k{u}@b" { to = "CCMAIL:k{u}@b at c" } '
      .. 'rewrite "SMTP:{u}@b" { to = "CCMAIL:{u}@b at c" } '
      .. 'connector "cc" { spaces = { "CCMAIL:*" } }' },
}

-- Rules, and others that make something else of some address alone that both take.
local OTHERS = {
  { ONE, lines('rewrite "SMTP:b{u}@b" { to = "SMTP:{u}b@c" }', ONE) },
  { FROM, lines('rewrite_sender "SMTP:{u}b@b" { to = "SMTP:b{u}@c" }', FROM) },
  { FROM, lines('rewrite_sender "SMTP:?{u}@b" { to = "SMTP:x{u}@c" }', FROM) },
  { 'rewrite "SMTP:{u}@{d}.b" { to = "SMTP:{u}@{d}.c" }',
    'rewrite "SMTP:{u}@{d}.b" { to = "SMTP:{d}@{u}.c" }' },
}

describe("what rules make one after the other", function()
  it("is the same by other rules", function()
    for _, case in ipairs(SAME) do
      local count, doubt = changes(lines(OUT, case[1]), lines(OUT, case[2]))
      assert.equal(0, count, case[2])
      assert.equal(case[3] ~= nil, doubt ~= nil, case[2] .. " " .. tostring(doubt))
    end
  end)

  it("is not the same where it only is of some", function()
    for _, case in ipairs(OTHERS) do
      local count, doubt = changes(lines(OUT, case[1]), lines(OUT, case[2]))
      assert.is_true(count > 0 or doubt ~= nil, case[2])
    end
  end)
end)

-- ---- Random rules ------------------------------------------------------------

local USERS = { "{u}", "{u}", "a{u}", "{u}b", "a{u}b", "ab{u}", "{u}{v}", "a", "ab", "a*" }
local HOSTS = { "a", "b", "a.b", "{d}", "{d}.a", "{d}.b", "a.{d}" }
local MADE_USERS = { "{u}", "{u}", "a{u}", "{u}b", "b{u}", "{d}", "{u}{u}", "b", "ab" }
local MADE_HOSTS = { "a", "b", "a.b", "{d}", "{d}", "{d}.b", "a.{d}", "{u}" }

-- Rules of random patterns and templates.
local function random_rules(random, count)
  local list = {}
  local function pick(from) return from[random(#from)] end
  for i = 1, count do
    list[i] = ('rewrite "SMTP:%s@%s" { to = "SMTP:%s@%s" }'):format(pick(USERS), pick(HOSTS),
      pick(MADE_USERS), pick(MADE_HOSTS))
  end
  local rules = {}
  for _, line in ipairs(list) do -- one whose template names what it does not capture does not load
    local p = policy.load(line)
    if p then rules[#rules + 1] = rewrites.all(p.compiled.rewrites)[1] end
  end
  return rules
end

-- What rules make of an address one after the other, in lower case; nil where one of them does not take it.
local function made(rules, address)
  for _, rule in ipairs(rules) do
    local captures = core.key(address) and rewrites.match(rule, address)
    address = captures and rewrites.fill(rule, captures)
    if not address then return nil end
  end
  return core.key(address) or nil
end

local function all_addresses()
  local list, users = {}, enumerate.texts({ "a", "b", "A", "." }, 4)
  for _, host in ipairs { "a", "b", "a.b", "b.a", "a.a", "a.a.b", "b.b", "a.b.a" } do
    for _, user in ipairs(users) do
      local address = core.parse(("%s@%s"):format(user, host))
      list[#list + 1] = address and address.type == "SMTP" and address or nil
    end
  end
  return list
end

local function joined(rules)
  local texts = {}
  for i, rule in ipairs(rules) do
    texts[i] = rule.declaration.name .. " > " .. rule.declaration.fields.to
  end
  return table.concat(texts, ", ")
end

-- Chains of one to three of some rules, and what they are told to make.
local function chains_of(random, rules, count)
  local list = {}
  for i = 1, count do
    local chain = {}
    for k = 1, random(3) do chain[k] = rules[random(#rules)] end
    list[i] = { rules = chain, text = compositions.text(chain) }
  end
  return list
end

describe("the text of what random rules make", function()
  it("is the same for none that make something else of an address", function()
    local addresses, counts = all_addresses(), judge.counts()
    judge.each(1, helper.times(6), function(seed)
      local random, by_text = generate.random(seed), {}
      for _, chain in ipairs(chains_of(random, random_rules(random, 12), 30)) do
        local known = chain.text and by_text[chain.text]
        for _, address in ipairs(known and addresses or {}) do
          local mine, theirs = made(chain.rules, address), made(known.rules, address)
          if mine and theirs then
            counts:add "compared"
            assert(mine == theirs, ("%s: %s and %s"):format(core.format(address),
              joined(chain.rules), joined(known.rules)))
          end
          if mine and chain.text == "" then assert.equal(core.key(address), mine) end
        end
        if chain.text then by_text[chain.text] = known or chain end
        counts:add(chain.text and "told" or "not told")
      end
    end)
    judge.tell("chains", counts)
    assert.is_true(counts:of "told" == 0 or counts:of "compared" > 0, tostring(counts))
  end)
end)

-- ---- Random chains in policies -----------------------------------------------

local KINDS = { "rewrite", "rewrite", "rewrite_sender" }
local NAMES = { "{u}", "{u}", "{u}", "a{u}", "{u}b", "a", "b" }

-- A random rule, as its parts.
local function random_rule(random)
  local from, to = NAMES[random(#NAMES)], NAMES[random(#NAMES)]
  if not from:find "{" then to = to:gsub("{u}", "b") end
  return {
    kind = KINDS[random(#KINDS)], user = from, host = ("bcd"):sub(random(3)):sub(1, 1),
    to = to, to_host = ("abcd"):sub(random(4)):sub(1, 1),
  }
end

local function line_of(rule)
  return ('%s "SMTP:%s@%s" { to = "SMTP:%s@%s" }'):format(rule.kind, rule.user, rule.host, rule.to,
    rule.to_host)
end

-- A copy of a rule with other parts.
local function with(rule, parts)
  local made_rule = {}
  for name, value in pairs(rule) do made_rule[name] = parts[name] or value end
  return made_rule
end

-- By number, what becomes of a rule: others in its place, which may make the same.
local CHANGES = {
  function(rule) -- an exception before it
    local function inside(text) return (text:gsub("{u}", "b{u}")) end
    return { with(rule, { user = inside(rule.user), to = inside(rule.to) }), rule }
  end,
  function(rule) -- two steps
    local to = rule.user:find "{" and rule.to or "b"
    return { with(rule, { to_host = "e" }), with(rule, { user = to, host = "e", to = to }) }
  end,
  function(rule) return { with(rule, { to_host = "b" }) } end,
  function(rule) return { with(rule, { to = rule.to:gsub("^{u}", "b%0") }) } end,
}

-- The lines of two policies, of which one has other rules in a rule's place.
local function two(seed)
  local random, rules = generate.random(seed), {}
  for i = 1, 1 + random(2) do rules[i] = random_rule(random) end
  local at, change = random(#rules), CHANGES[random(#CHANGES)]
  local old, new = { OUT }, { OUT }
  for i, rule in ipairs(rules) do
    old[#old + 1] = line_of(rule)
    for _, one in ipairs(i == at and change(rule) or { rule }) do new[#new + 1] = line_of(one) end
  end
  return table.concat(old, "\n"), table.concat(new, "\n")
end

local TRIED = enumerate.addresses(enumerate.texts({ "a", "b", "k" }, 3),
  { "a", "b", "c", "d", "e" }, {}, 0)
local SENDERS = { "<>", "a@b", "b@b", "ab@b", "bb@c", "ba@c", "a@d", "bab@d", "k@a" }

-- An address and a sender whose mail comes to something else, or nil.
local function difference(old, new)
  for _, address in ipairs(TRIED) do
    for _, sender in ipairs(SENDERS) do
      local envelope = { sender = sender, down = {} }
      if judge.outcome(old, address, envelope) ~= judge.outcome(new, address, envelope) then
        return address .. " from " .. sender
      end
    end
  end
end

describe("what changes where random chains do", function()
  it("is nothing for sure where nothing does #long", function()
    local counts = judge.counts()
    judge.each(1, helper.times(40), function(seed)
      local old_text, new_text = two(seed)
      local old, new = policy.load(old_text), policy.load(new_text)
      if not (old and new) then return end
      local found = policy.changes(old, new, { seconds = judge.SECONDS })
      local doubt = found.undecided[1] or found.unfinished
      counts:add(doubt and judge.doubt(doubt) or found.changes[1] and "changes" or "proofs")
      if not doubt and not found.changes[1] then
        local address = difference(old, new)
        assert(not address, table.concat({ old_text, "-- new:", new_text, address }, "\n"))
      end
      old:close()
      new:close()
    end)
    judge.tell("changes of chains", counts)
    assert.is_true(counts:of "proofs" > 0 or helper.times(40) < 20, tostring(counts))
  end)
end)
