--- Where the way of an address goes on as that of another one inside it.
--
-- Each opening has `formula`, of the addresses that are opened there, or more; `opens`, which says
-- whether the way goes on as that of what is inside, by its family, or nothing where it does not but
-- what is inside is read all the same; and `is_first`, whether it is opened before anything else is
-- done to it, and nowhere else.
-- @module postoffice.policy.prove.classes.openings

local connectors = require "postoffice.policy.compile.connectors"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local forms = require "postoffice.policy.prove.classes.atoms.forms"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local lists = require "postoffice.lists"
local patterns = require "postoffice.policy.prove.sets.patterns"
local postoffices = require "postoffice.policy.compile.postoffices"
local signers = require "postoffice.policy.compile.signers"

local openings = {}

local NONE = {}

-- What has a local part that tokens match.
local function begins(tokens)
  return formulas.term("SMTP", { localpart = { formulas.cond(tokens) } })
end

local CARRIER = begins(globs.joined(globs.literal "imcea", { globs.ANY }))

local function carriers_at(formula) return formulas.all { formula, CARRIER } end

local IN_ATTRIBUTES = lists.set { "SMTP", "MS", "PCM", "EX" } -- what X.400 may carry so

local ATTRIBUTES = {
  formula = forms.has_attributes,
  opens = function(family) return IN_ATTRIBUTES[family] ~= nil end,
}

-- What a domain of ours takes out of its carriers.
local function of_domain(domain)
  if domain.space or not domains.is_home(domain) then return nil end
  return {
    formula = carriers_at(patterns.of_domain(domain)), is_first = true,
    opens = function(family) return domains.unwraps(domain, family) end,
  }
end

local function is_smtp(family) return family == "SMTP" end

-- What by a scheme looks signed at a domain of ours.
local function of_signatures(scheme)
  local looks_signed = begins(forms.signed[scheme][1].tokens)
  return function(domain)
    if domain.space or not signers.is_opened(domain, scheme) then return nil end
    return {
      formula = formulas.all { patterns.of_domain(domain), looks_signed }, is_first = true,
      opens = is_smtp,
    }
  end
end

-- The addresses at a post office; of one that is a place of another type, all of that.
local function at_postoffice(postoffice)
  local type_name = postoffice.is_typed and postoffice.name:match "^[^:]*":upper()
  if type_name then return patterns.all(families.of(type_name)) end
  local name = globs.literal(postoffices.fold(postoffice.name))
  return formulas.term("CCMAIL", { postoffice = { formulas.cond(name) } })
end

-- What gateways read, and those of ours make of addresses.
local function of_postoffice(postoffice)
  if not postoffice.gateway then return nil end
  local made = families.of(postoffice.gateway)
  return {
    formula = at_postoffice(postoffice),
    opens = postoffice.ours and function(family) return family == made end or nil,
  }
end

-- What goes among the connectors in whose shell it is; they make no carriers of SMTP.
local function of_connector(connector)
  local name = connector.speaks == "SMTP" and connector.wrap.domain
  if not name then return nil end
  return {
    formula = carriers_at(patterns.of_domain_name(name)),
    opens = function(family) return family ~= "SMTP" end,
  }
end

local function add_each(list, items, opening_of)
  for _, item in ipairs(items) do list[#list + 1] = opening_of(item) end
end

--- All openings of a policy.
-- @tparam table compiled
-- @treturn {table,...}
function openings.of(compiled)
  local list = { ATTRIBUTES }
  add_each(list, domains.all(compiled.domains), of_domain)
  for scheme in pairs(compiled.signers and forms.signed or NONE) do
    add_each(list, domains.all(compiled.domains), of_signatures(scheme))
  end
  add_each(list, postoffices.all(compiled.postoffices), of_postoffice)
  add_each(list, connectors.all(compiled.connectors), of_connector)
  return list
end

return openings
