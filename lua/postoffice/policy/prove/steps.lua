--- What sends mail on from one address to another without an entry between them: rewrites, and as if
-- they were some, the catch-alls of domains and our own gateways, which take what no rewrite takes.
-- For `postoffice.policy.prove.turns`.
--
-- A step has what a rewrite has: `matcher`, `template`, `rank`, `again`, `declaration`.  One whose
-- template nobody can write has none, and `makes`, the families of what may come of it.
-- @module postoffice.policy.prove.steps

local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local matchers = require "postoffice.policy.pattern.matchers"
local postoffices = require "postoffice.policy.compile.postoffices"
local rewrites = require "postoffice.policy.compile.rewrites"
local templates = require "postoffice.policy.pattern.templates"

local steps = {}

-- A text as a pattern or a template of it alone.
local function quoted(text) return (text:gsub("[*?{}\\]", "\\%0")) end

-- A step that takes what a pattern matches and no rewrite does.
local function last_step(owner, pattern, to)
  local matcher = assert(matchers.read(pattern))
  return {
    matcher = matcher, template = templates.read(to, matcher.names), rank = math.huge,
    declaration = { name = pattern, fields = { to = to }, owner = owner },
  }
end

-- The catch-all of a domain, if it is an address, and no entry.
local function add_catchall(list, domain)
  local address = domain.catchall and domain.catchall.address
  local to = address and core.format(address)
  if not to then return end
  local pattern = domain.space and domain.space.family .. ":*" or "SMTP:*@" .. quoted(domain.name)
  local step = last_step(domain.declaration, pattern, quoted(to))
  step.domain, list[#list + 1] = domain, step
end

-- The families of what our domains take out of what a gateway makes, as a set.
local function unwrapped(compiled)
  local set = { SMTP = compiled.signers and true or nil }
  for _, domain in ipairs(domains.all(compiled.domains)) do
    for family in pairs(not domain.space and domains.is_home(domain) and domain.families or {}) do
      set[family] = true
    end
  end
  return set
end

-- A gateway of ours, and what is taken out of carriers and signatures that it makes.
local function add_gateway(list, office, compiled)
  local pattern = postoffices.pattern(office):gsub("%*", "{inner}", 1)
  local step = last_step(office.declaration, pattern, office.gateway .. ":{inner}")
  step.again, list[#list + 1] = true, step
  if families.of(office.gateway) ~= "SMTP" then return end
  local makes = unwrapped(compiled)
  if not next(makes) then return end
  list[#list + 1] = { matcher = step.matcher, rank = math.huge, again = true, makes = makes,
    declaration = step.declaration }
end

-- Whether a rewrite may make an address of X.400 that carries another.
local function may_carry(rule)
  local template = rule.template
  return template ~= nil and families.of(template.type) == "X400"
    and (template.whole ~= nil or template.text:lower():find("dda", 1, true) ~= nil)
end

-- What an address of X.400 carries, which may be ours: where rewrites make one that carries any.
local function add_attributes(list, rules)
  for _, rule in ipairs(rules) do
    if may_carry(rule) then
      list[#list + 1] = { matcher = assert(matchers.read "X400:*"), rank = math.huge, again = true,
        declaration = rule.declaration }
      return
    end
  end
end

--- Whether an address that a step matches, and no rewrite takes, takes this step: it is at the domain whose
-- catch-all that is, and no catch-all came before, or at none that has one.
-- @tparam table compiled
-- @tparam table step no rewrite
-- @tparam table address
-- @tparam boolean is_caught a catch-all came before
-- @treturn boolean
function steps.is_taken(compiled, step, address, is_caught)
  local domain = domains.find_of(compiled.domains, address, core.key(address))
  if step.domain then return domain == step.domain and not is_caught end
  return is_caught or not (domain and domain.catchall)
end

--- All steps of a policy, rewrites first.
-- @tparam table compiled
-- @treturn {table,...}
function steps.all(compiled)
  local list = {}
  for i, rule in ipairs(rewrites.all(compiled.rewrites)) do list[i] = rule end
  for _, domain in ipairs(domains.all(compiled.domains)) do add_catchall(list, domain) end
  for _, office in ipairs(postoffices.all(compiled.postoffices)) do
    if office.ours then add_gateway(list, office, compiled) end
  end
  add_attributes(list, rewrites.all(compiled.rewrites))
  return list
end

return steps
