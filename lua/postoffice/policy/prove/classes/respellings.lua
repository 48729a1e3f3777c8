--- What becomes of domains that a rewrite makes and that may be written in several ways: U-labels and address
-- literals, of which only code knows whether they are some.
--
-- Members of a class whose domains are refused fare alike, and so do those whose canonical domains the same
-- globs match.  Which of these there may be is known; one member stands for each.
-- @module postoffice.policy.prove.classes.respellings

local contents = require "postoffice.policy.prove.classes.contents"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local machine = require "postoffice.policy.prove.sets.machine"
local shapes = require "postoffice.policy.prove.sets.shapes"
local universes = require "postoffice.policy.prove.sets.universes"
local why_respelled = require "postoffice.policy.prove.sets.before".why_respelled

local respellings = {}

local REFUSED = "refused"
local MOST_STATES = 1000 -- of a machine that tells globs of domains apart

-- The globs that a step does not tell of the domain that it makes.
local function unsure_globs(step)
  local globs = {}
  for _, one in ipairs(step.respelled.unsure) do
    if formulas.has(one.formula, step.word) then globs[#globs + 1] = one.glob end
  end
  return globs
end

-- What is so of the domain that a step makes.
local function outcome_of(step)
  if not step.made or not core.key(step.made) then return REFUSED end
  local domain, matching = shapes.word(step.made).texts.domain, {}
  for _, glob in ipairs(unsure_globs(step)) do
    if formulas.matches(glob, domain) then matching[#matching + 1] = glob end
  end
  return formulas.ids(matching)
end

-- Whether a glob is true for sure of what a step makes of all members of a part.
local function is_sure(one, part)
  for _, formula in ipairs(one.sure) do
    if formulas.holds(formula, part.accepted) then return true end
  end
  return false
end

-- Whether a class of domains has what is true for sure of all members of a part.
local function may_be(class, step, part)
  local ids = {}
  for _, glob in ipairs(class.accepted) do ids[glob.id] = true end
  for _, one in ipairs(step.respelled.unsure) do
    local is_asked = formulas.has(one.formula, step.word) and not ids[one.glob.id]
    if is_asked and is_sure(one, part) then return false end
  end
  return true
end

-- All that may be so of the domains that a step makes of members of a part; nil if that is too much.
local function outcomes_of(step, part)
  local is_known = core.UNICODE or not (step.made and step.made.domain:find "[\128-\255]")
  if not is_known then return { [REFUSED] = true } end
  local work = { left = MOST_STATES, until_then = math.huge }
  local classes = machine.classes(universes.domain, unsure_globs(step), work)
  local outcomes = classes and { [REFUSED] = true }
  for _, class in ipairs(classes or {}) do
    if may_be(class, step, part) then outcomes[formulas.ids(class.accepted)] = true end
  end
  return outcomes
end

-- Why nothing is known of other domains than that which a step makes.
local function why(step)
  local rewrite = step.rewrite
  return ("%s (%s): %s"):format(describe.title(rewrite.declaration),
    describe.where(rewrite.declaration),
    why_respelled(rewrite.matcher, rewrite.template, step.word))
end

-- Whether two steps make the same of the same address.
local function are_same(step, other)
  return formulas.key_of_word(step.word) == formulas.key_of_word(other.word)
    and contents.said_in(step.rewrite) == contents.said_in(other.rewrite)
end

-- The codes by which domains are refused that only code knows.
local REFUSALS = lists.set {
  "domain-label-hyphen", "domain-label-length", "domain-length", "domain-label-reserved",
  "domain-label-alabel", "domain-label-disallowed", "domain-label-unassigned",
  "domain-label-context", "domain-label-mark", "domain-label-bidi", "idn-missing", "literal-ipv4",
  "literal-ipv6", "literal-invalid",
}

--- Whether a code says why a domain is refused: others of its class may be by others.
-- @tparam string|nil code
-- @treturn boolean
function respellings.is_refusal(code) return REFUSALS[code] ~= nil end

--- Whether all domains are one text that are made of the members of a part, if several may be.
-- @tparam table found from `atoms.collect`
-- @tparam table part
-- @treturn boolean
function respellings.is_fixed(found, part)
  for _, respelled in pairs(found.respelled) do
    for _, formula in ipairs(respelled.fixed) do
      if formulas.holds(formula, part.accepted) then return true end
    end
  end
  return false
end

--- What is so of the domains that steps make.
-- @tparam {table,...} steps of the courses of one address by all policies
-- @tparam[opt] table part that the address is of, if it is asked what may be so of others
-- @treturn string|nil the same for all of whom the same is so; nil if there are no steps, or several that
--   hang on each other
-- @treturn string|nil why nothing is known of others, if there are steps
-- @treturn table|nil all that may be so of members of the part, as keys
function respellings.of(steps, part)
  local first = steps[1]
  if not first then return nil end
  for _, step in ipairs(steps) do
    if step.is_counted or not are_same(first, step) then return nil, why(step) end
  end
  local outcomes = part and outcomes_of(first, part)
  if part and not outcomes then return nil, why(first) end
  return outcome_of(first), why(first), outcomes
end

return respellings
