--- Types that nobody knows, for `postoffice.policy.prove.lint`.
--
-- A type that looks like one that is known is most likely a slip of the key, wherever a declaration
-- speaks of it; one in `unwrap` has no effect unless the host defines it.
-- @module postoffice.policy.prove.lint_types

local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local patience = require "postoffice.policy.prove.patience"
local postoffices = require "postoffice.policy.compile.postoffices"
local restrictions = require "postoffice.policy.compile.restrictions"
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.compile.sets"
local signatures = require "postoffice.policy.language.words".signatures
local types = require "postoffice.policy.language.types"

-- Visits the types of patterns.
local function visit_matchers(declaration, matchers, visit)
  for _, matcher in ipairs(matchers) do visit(declaration, matcher.type) end
end

-- Each of these goes through what speaks of types: `visit` is given each type with its declaration.
local SPEAKERS = {}

function SPEAKERS.connectors(compiled, visit)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do visit(connector.declaration, space.type) end
    visit(connector.declaration, connector.speaks)
    if connector.senders then
      visit_matchers(connector.declaration, connector.senders.matchers, visit)
    end
  end
end

function SPEAKERS.rules(compiled, visit)
  for _, list in ipairs { rewrites.all(compiled.rewrites), senders.one_way(compiled.senders) } do
    for _, rule in ipairs(list) do
      visit(rule.declaration, rule.matcher and rule.matcher.type)
      visit(rule.declaration, rule.template and rule.template.type)
    end
  end
end

function SPEAKERS.domains(compiled, visit)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    visit(domain.declaration, domain.space and domain.space.type)
  end
end

function SPEAKERS.entries(compiled, visit)
  for entry in directory.each_restricted(compiled.directory) do
    local rules = restrictions.find(compiled.restrictions, entry)
    local declaration = directory.declaration(compiled.directory, entry)
    for _, field in ipairs { "accept", "reject" } do
      if rules[field] then visit_matchers(declaration, rules[field].matchers, visit) end
    end
  end
end

-- The type that a text begins with, in upper case; nil if it says none.
local function type_of(text)
  local name = text:match "^([%w.&_-]+):"
  return name and name:upper()
end

-- What has addresses of its own, but for the directory.
function SPEAKERS.addresses(compiled, visit)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local address = domain.catchall and domain.catchall.address
    visit(domain.declaration, address and address.type)
  end
  for _, office in ipairs(postoffices.all(compiled.postoffices)) do
    visit(office.declaration, office.gateway)
  end
  local templates = compiled.templates
  for _, template in ipairs(templates and templates.list or {}) do
    visit(templates.declaration, type_of(template.text))
  end
end

function SPEAKERS.sets(compiled, visit)
  for _, set in ipairs(sets.all(compiled.sets)) do
    for _, text in ipairs(sets.texts(set)) do
      visit(set.declaration, (text:match "^[^:]*":upper()))
    end
  end
end

-- The types of the directory's addresses, each with the first entry that has one, or sends mail to one.
local function types_of_people(compiled)
  local entries, first = compiled.directory, {}
  local function add(type_name, entry)
    if type_name and not first[type_name] then
      first[type_name] = directory.declaration(entries, entry)
    end
  end
  for entry in directory.each(entries) do
    for _, text in ipairs(directory.proxy_texts(entries, entry)) do add(type_of(text), entry) end
    for _, address in ipairs(directory.goals(entries, entry)) do add(address.type, entry) end
    local owner = directory.owner(entries, entry)
    add(owner and owner.type, entry)
  end
  return first
end

local MEANT = '%s; if this type is meant, write settings { types = { "%s" } }'

-- What tells of types, each once of a declaration.
local function teller(compiled, find)
  local told = {}
  return function(declaration, type_name, advice)
    if not type_name then return end
    local of_it = told[type_name] or { is_meant = types.is_meant(compiled.settings, type_name) }
    told[type_name] = of_it
    if of_it.is_meant or of_it[declaration] then return end
    of_it[declaration] = true
    local near = types.near(type_name)
    if not (near or advice) then return end
    find("warning", "type-unknown", declaration,
      ('speaks of the type "%s", which is not known'):format(type_name),
      MEANT:format(near and ('did you mean "%s"?'):format(near) or advice, type_name))
  end
end

local ADVICE = "postoffice.define makes it known; or remove it from unwrap"

--- Finds them.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_types(policy, find)
  local compiled = policy.compiled
  local tell = teller(compiled, find)
  for _, name in ipairs { "connectors", "rules", "domains", "addresses", "sets", "entries" } do
    if patience.is_over(policy) then return end -- which has been said
    SPEAKERS[name](compiled, function(declaration, type_name) tell(declaration, type_name) end)
  end
  local people = patience.is_over(policy) and {} or types_of_people(compiled)
  for _, type_name in ipairs(lists.keys(people)) do tell(people[type_name], type_name) end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    for type_name in pairs(domain.unwrap) do -- a signature is no type
      if not signatures[type_name] then tell(domain.declaration, type_name, ADVICE) end
    end
  end
end

return lint_types
