--- What policies test of the forms of addresses, whatever is at which place: marks that hosts read, signs that
-- next hops cannot be told, attributes that may carry another address.
-- @module postoffice.policy.prove.classes.atoms.forms

local collected = require "postoffice.policy.prove.classes.atoms.collected"
local connectors = require "postoffice.policy.compile.connectors"
local domains = require "postoffice.policy.compile.domains"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local sayable = require "postoffice.policy.prove.classes.sayable"
local shapes = require "postoffice.policy.prove.sets.shapes"

local forms = {}

local ANY = globs.ANY
local cond, term = formulas.cond, formulas.term

local MARKS = { ANY, globs.one_of "%!@", ANY } -- what hosts read another address by (Q237927)

-- What gateways read another address in (`relaying`), by family.
local CARRIES = {
  CCMAIL = "mailbox", NOTES = "name", MSMAIL = "mailbox", MS = "mailbox", PCM = "mailbox",
  GWISE = "object", UUCP = "user",
}

--- By scheme, the local parts that begin as what is signed does; and after these, by form those that signers
-- make: all others of the first are refused.
forms.signed = {
  SRS = {
    { tokens = { "s", "r", "s", globs.one_of "01", globs.one_of "=+-", ANY } },
    { form = "SRS0", tokens = globs.joined(globs.literal "srs0=", { ANY }) },
    { form = "SRS1", tokens = globs.joined(globs.literal "srs1=", { ANY }) },
  },
  BATV = { { form = "BATV", tokens = globs.joined(globs.literal "prvs=", { ANY }) } },
}

-- What has some domain-defined attribute.
local function with_attributes()
  local list = {}
  for _, field in ipairs(shapes.fields "X400") do
    if field:find "^dda%d_type$" then
      list[#list + 1] = term("X400", { [field] = { cond { ANY } } })
    end
  end
  return formulas.any(list)
end

--- A formula of the addresses of X.400 that have domain-defined attributes.
forms.has_attributes = with_attributes()

--- Adds what is told apart whatever a policy declares: a cc:Mail name without a post office, and an address of
-- X.400 that may carry another.
-- @tparam table found from `collected.new`
function forms.add_all(found)
  collected.add_test(found, term("CCMAIL", { postoffice = formulas.ABSENT }))
  collected.add_test(found, forms.has_attributes)
end

local function add_mark(found, family, field)
  local one = term(family, { [field] = { cond(MARKS) } })
  found.marks[one.id] = field
  collected.add_test(found, one)
end

-- Adds the marks by which hosts read another address.
local function add_marks(found)
  for family, field in pairs(CARRIES) do add_mark(found, family, field) end
  for _, family in ipairs { "MS", "PCM" } do
    add_mark(found, family, "network")
    add_mark(found, family, "postoffice")
  end
  add_mark(found, "GWISE", "domain")
  add_mark(found, "GWISE", "postoffice")
end

-- What is not ASCII cannot be said in every type.
local function add_high(found)
  local high = { cond { ANY, globs.of_kind "high", ANY } }
  for family, field in pairs(CARRIES) do
    local one = term(family, { [field] = high })
    found.high[one.id] = true
    collected.add_test(found, one)
  end
  local localpart = term("SMTP", { localpart = high })
  found.carries_nothing = localpart.id -- what encapsulates is ASCII
  collected.add_test(found, localpart)
end

-- Adds what next hops can be told, and what not.
local function add_sayable(found, compiled)
  for _, test in ipairs(sayable.tests(compiled)) do
    for _, one in ipairs(formulas.terms(test, {})) do found.said[one.id] = true end
    collected.add_test(found, test)
  end
end

--- Adds the forms of addresses that matter to what a policy declares: as hosts read them, and as next hops are
-- told them.
-- @tparam table found from `collected.new`
-- @tparam table compiled
function forms.add(found, compiled)
  if domains.are_declared(compiled.domains) then add_marks(found) end
  if connectors.do_speak(compiled.connectors) then add_high(found) end
  add_sayable(found, compiled)
end

return forms
