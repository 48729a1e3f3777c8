--- What policies test of the places where addresses are: spaces of connectors, domains and what is opened at
-- these, and post offices.
-- @module postoffice.policy.prove.classes.atoms.places

local addresses = require "postoffice.address"
local collected = require "postoffice.policy.prove.classes.atoms.collected"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local forms = require "postoffice.policy.prove.classes.atoms.forms"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local patterns = require "postoffice.policy.prove.sets.patterns"
local postoffices = require "postoffice.policy.compile.postoffices"
local signers = require "postoffice.policy.compile.signers"

local places = {}

local ANY, ONE = globs.ANY, globs.ONE
local cond, term = formulas.cond, formulas.term
local NONE = {}

-- Adds the address that a space is itself: of that one it is the whole, and not a part of it.  Of a
-- type whose keys are no addresses it cannot be told.
local function add_itself(found, space, declaration)
  local text = space.key or space.component and space.family .. ":" .. space.component
  local address = text and addresses.read_any(text) or nil
  collected.add_key(found, address)
  if space.key and not (address and core.key(address) == space.key) then
    collected.add_unknown(found, space.family, declaration, "only code knows its addresses")
  end
end

local function add_spaces(found, compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do
      add_itself(found, space, connector.declaration)
      if space.matcher or not space.key then
        collected.add_or_note(found, space.family, connector.declaration, patterns.of_space(space))
      end
    end
  end
end

-- Local parts that are never parted at a separator (`postoffice.text.subaddress`).
local WHOLE = {
  globs.literal "postmaster", globs.literal "mailer-daemon", globs.literal "double-bounce",
  globs.joined(globs.literal "owner-", { ONE, ANY }),
  globs.joined({ ONE, ANY }, globs.literal "-request"),
}

-- A glob of local parts at a domain.
local function at(domain, tokens)
  local fields = {}
  for _, one in ipairs(formulas.terms(domain, {})) do fields.domain = one.fields.domain end
  fields.localpart = { cond(tokens) }
  return term("SMTP", fields)
end

-- What is looked at before an address is parted at a separator.
local function add_extensions(found, domain, separators)
  if not separators then return end
  collected.add_test(found, at(domain, { ONE, ANY, globs.one_of(separators), ANY }))
  for _, tokens in ipairs(WHOLE) do collected.add_test(found, at(domain, tokens)) end
end

local CARRIER = globs.joined(globs.literal "imcea", { ANY })
local UNREAD = globs.joined({ globs.run_of "mark dot space special high" }, CARRIER) -- `shells.unread`
local MARKS = { ANY, globs.one_of "%!@", ANY } -- what hosts read another address by (Q237927)

-- Local parts that begin as those of carriers do, at a domain that opens them.
local function add_carrier(found, domain)
  local one = at(domain, CARRIER)
  found.carriers[one.id] = true
  collected.add_test(found, one)
end

local ESCAPED = globs.joined(globs.literal "imcea", { ANY, "+", ANY })

-- The same at a domain of ours, where policies know other hosts, and it matters which of them may be
-- written inside what nobody opens (`relaying`): none is without an escape.
local function add_inside(found, domain)
  local one, escaped = at(domain, CARRIER), at(domain, ESCAPED)
  found.inside[one.id], found.inside[escaped.id] = "carrier", "escaped"
  collected.add_test(found, one)
  collected.add_test(found, escaped)
end

-- Adds what begins as what is signed by a scheme, at a domain that opens it.
local function add_signed(found, domain, scheme)
  for _, item in ipairs(forms.signed[scheme]) do
    local one = at(domain, item.tokens)
    found.signed[one.id] = item.form
    collected.add_test(found, one)
  end
end

-- Adds the same at the domains at which connectors sign: each has keys of its own.
local function add_signers(found, compiled)
  for _, host in ipairs(compiled.signers and signers.hosts(compiled.signers) or NONE) do
    add_signed(found, patterns.of_domain_name(host), "SRS")
  end
end

-- What is looked at of addresses at a domain.
local function add_domain(found, compiled, domain)
  local formula, why = patterns.of_domain(domain)
  local family = domain.space and domain.space.family or "SMTP"
  collected.add_or_note(found, family, domain.declaration, formula, why)
  if domain.space then add_itself(found, domain.space, domain.declaration) end
  if domain.space or not formula then return end
  add_extensions(found, formula, domains.separators(domain, compiled.settings))
  if domains.is_home(domain) then add_carrier(found, formula) end
  if found.are_unlike and domains.is_ours(domain) then add_inside(found, formula) end
  if domain.kind == "relay" then collected.add_test(found, at(formula, MARKS)) end
  for scheme in pairs(compiled.signers and forms.signed or NONE) do
    if signers.is_opened(domain, scheme) then add_signed(found, formula, scheme) end
  end
end

local function add_domains(found, compiled)
  for _, domain in ipairs(domains.all(compiled.domains)) do add_domain(found, compiled, domain) end
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local name = compiled.shells and connector.speaks == "SMTP" and connector.wrap.domain
    if name then
      local formula = patterns.of_domain_name(name)
      add_carrier(found, formula)
      collected.add_test(found, at(formula, UNREAD))
    end
  end
end

-- Adds the places of post offices: of cc:Mail those can be told.
local function add_postoffices(found, compiled)
  for _, postoffice in ipairs(postoffices.all(compiled.postoffices)) do
    if not postoffice.is_typed then
      local name = globs.literal(postoffices.fold(postoffice.name))
      collected.add_test(found, term("CCMAIL", { postoffice = { cond(name) } }))
    else
      local family = families.of(postoffice.name:match("^[^:]*"):upper())
      collected.add_unknown(found, family, postoffice.declaration, "it is a place of another type")
    end
  end
end

--- Adds what spaces, domains, signers and post offices of a policy test.
-- @tparam table found from `collected.new`
-- @tparam table compiled
function places.add(found, compiled)
  add_spaces(found, compiled)
  add_domains(found, compiled)
  add_signers(found, compiled)
  add_postoffices(found, compiled)
end

return places
