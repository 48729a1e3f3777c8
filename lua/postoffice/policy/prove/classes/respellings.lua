--- Turns: where members of a class go different ways, and each can be asked which it goes.
--
-- A rewrite may make domains that are written in several ways: U-labels and address literals, of which only code
-- knows whether they are some.  Members whose domains are refused fare alike, and so do those whose canonical
-- domains the same globs match.  And where captures change places, it may make the same of some members, or what
-- they were before.  What may be so at a turn is known; one member stands for all that take the same turns.
-- @module postoffice.policy.prove.classes.respellings

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local machine = require "postoffice.policy.prove.sets.machine"
local shapes = require "postoffice.policy.prove.sets.shapes"
local universes = require "postoffice.policy.prove.sets.universes"
local verdict = require "postoffice.policy.route.verdict"
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

-- Whether a class of domains has what is true for sure of all members of a part, be it told of which.
local function may_be(class, step, part)
  local ids = {}
  if not part then return true end
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

-- The codes by which domains are refused that only code knows.
local REFUSALS = lists.set {
  "domain-label-hyphen", "domain-label-length", "domain-length", "domain-label-reserved",
  "domain-label-alabel", "domain-label-disallowed", "domain-label-unassigned",
  "domain-label-context", "domain-label-mark", "domain-label-bidi", "idn-missing", "literal-ipv4",
  "literal-ipv6", "literal-invalid",
}

--- Whether it may differ within a class if a domain is refused as is said: where a code is one of those by
-- which only code knows what is refused, and some of these are what is said, and others are not.
-- @tparam string code by which one member of the class is refused
-- @tparam string said a code or a status
-- @treturn boolean
function respellings.may_differ(code, said)
  local is_some, is_all = false, true
  for other in pairs(REFUSALS[code] and REFUSALS or {}) do
    local is_so = other == said or verdict.of(other).status == said
    is_some, is_all = is_some or is_so, is_all and is_so
  end
  return is_some and not is_all
end

-- Whether the domain that a step makes is one text for all members of a part, if several may be.
local function is_fixed(step, part)
  for _, formula in ipairs(step.respelled.fixed) do
    if formulas.holds(formula, part.accepted) then return true end
  end
  return false
end

local EITHER = { ["true"] = true, ["false"] = true }

-- All that may be so at a turn of members of a part, of which one is given; nil if that is not known.
local function may_be_so(turn, part, member)
  local step = turn.step
  if not step.respelled then return EITHER end
  local is_own = formulas.key_of_word(step.word) == formulas.key_of_word(shapes.word(member))
  if is_own and is_fixed(step, part) then return { [turn.outcome] = true } end
  return outcomes_of(step, is_own and part or nil)
end

--- Where a member of a class takes one way and others may take other ones, in order.
-- @tparam {table,...} steps of the courses of one address by all policies
-- @treturn table|nil a list, each turn with its `outcome` and `why` others may have another; and `outcome`, all of
--   these: the same for all that take the same way.  Nil if nobody knows of others
-- @treturn string why
function respellings.turns(steps)
  local turns, seen, outcomes = {}, {}, {}
  for _, step in ipairs(steps) do
    if step.is_counted then return nil, why(step) end
    if not seen[step.place] then
      seen[step.place] = true
      local turn = {
        step = step, outcome = step.outcome or outcome_of(step), why = step.why or why(step),
      }
      turns[#turns + 1], outcomes[#outcomes + 1] = turn, turn.outcome
    end
  end
  turns.outcome = turns[1] and table.concat(outcomes, "\0\0")
  return turns
end

--- What members of a part are found to do at their turns.
-- @treturn table for `respellings.add`
function respellings.found() return { ways = {}, seen = {} } end

--- Adds the turns of a member.
-- @tparam table found
-- @tparam table turns
-- @tparam table part
-- @tparam table member
-- @treturn string|nil why nobody knows what others may do
function respellings.add(found, turns, part, member)
  local way = ""
  for _, turn in ipairs(turns) do
    if not found.ways[way] then
      local all = may_be_so(turn, part, member)
      if not all then return turn.why end
      found.ways[way] = { all = all, why = turn.why }
    end
    way = way .. turn.outcome .. "\0\0"
    found.seen[way] = true
  end
  found.seen[way] = true
end

--- Visits the ways that members may take at a turn and none was found to.
-- @tparam table found
-- @tparam function visit is given the outcomes up to there, as `turns` has them, and why there may be such
function respellings.each_missing(found, visit)
  for way, turn in pairs(found.ways) do
    for outcome in pairs(turn.all) do
      if not found.seen[way .. outcome .. "\0\0"] then visit(way .. outcome, turn.why) end
    end
  end
end

return respellings
