--- Whether a rewrite that others take all from gets its turn all the same, since those are applied once on
-- an address's way: for `postoffice.policy.prove.lint_shadows`.
--
-- It is decided backwards.  A way is a list of steps, the last of which is the rewrite that is asked for:
-- which addresses begin it is a set, the pre-image of what is left to that rewrite when the steps before
-- it are used up.  One of these that takes the way is a witness; where there are none, whatever else is used
-- up before, no way ends so, and where there are some, the ways are looked at that are longer by a step.
-- @module postoffice.policy.prove.turns

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local leads = require "postoffice.policy.prove.leads"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local returns = require "postoffice.policy.prove.returns"
local rewrites = require "postoffice.policy.compile.rewrites"
local sets = require "postoffice.policy.prove.sets"
local steps = require "postoffice.policy.prove.steps"

local LONGEST = 8 -- steps of a way
local MOST_TRIED = 40 -- addresses that may begin a way
local MOST_WAYS = 60 -- that are looked at for a rewrite
local MOST_STATES = 1000 -- for one of them
local MOST_DOUBTS = 60 -- sets of which nobody knows whether they do

local LITERALS = sets.of_pattern(matchers.read_table { type = "SMTP", domain = "[*" })

local TOO_MANY = "there are too many ways to it"

local Turns = {}
Turns.__index = Turns

-- Whether a step that nobody can write a template for may make what a rule matches.
local function may_make(step, rule)
  return not step.makes or step.makes[rule.matcher.family] == true
end

-- The steps that may make what one matches.
local function leading(self, rule)
  local list = self.known[rule] or {}
  if self.known[rule] or not rule.matcher then return list end
  for _, other in ipairs(self.anchors:before(rule)) do
    if other ~= rule and self.leads:to(other, rule) ~= false then list[#list + 1] = other end
  end
  for _, other in ipairs(self.untold) do
    if other ~= rule and may_make(other, rule) then list[#list + 1] = other end
  end
  self.known[rule] = list
  return list
end

-- The steps by which an address may have come to one, but for those of a way, as a set; nil if there are
-- too many to look at.
local function used_before(self, rule, way)
  local waiting, used, never = { rule }, {}, lists.set(way)
  for _, one in ipairs(waiting) do -- which grows
    if self.allowance.left <= 0 then return nil end
    for _, other in ipairs(leading(self, one)) do
      if not used[other] and not never[other] then
        used[other] = true
        waiting[#waiting + 1] = other
      end
    end
  end
  return used
end

-- Whether a rule goes before a step, and takes whatever it matches.
local function takes_before(other, step, used)
  return other.rank < step.rank and other.template ~= nil and (other.again or not used[other])
end

-- What a step matches and neither the directory nor another rule before it takes, of those that are not
-- used up; adds the patterns of that.
local function left_to(self, step, used, patterns)
  local taken = { self.explicit:of(step) }
  patterns[#patterns + 1] = step.matcher
  for _, other in ipairs(self.anchors:near(step)) do
    if takes_before(other, step, used) then
      taken[#taken + 1], patterns[#patterns + 1] = sets.of_pattern(other.matcher), other.matcher
    end
  end
  return sets.difference(sets.of_pattern(step.matcher), sets.union(taken))
end

-- Those that some part of a way makes the same again of, from a step on.
local function returning(way, from)
  local list = {}
  for to = from, #way - 1 do list[#list + 1] = returns.of(way, from, to) end
  return sets.union(list)
end

-- What is left to each step of a way where some are used up before; and the patterns of that.
local function left_to_all(self, way, used)
  local left, now, patterns = {}, lists.copy(used), {}
  for i, step in ipairs(way) do
    left[i] = left_to(self, step, now, patterns)
    now[step] = true
  end
  return left, patterns
end

-- Whether no address literal is a domain that pieces make with something of one: there is text beside it.
local function makes_no_literal(pieces)
  for _, piece in ipairs { pieces[1], pieces[#pieces] } do
    if type(piece) == "string" and not piece:find "[%[%]]" then return true end
  end
  return false
end

-- Those that a step makes no address of.
local function unmade(step)
  local template = step.template
  local domain = template.type == "SMTP" and template.fields and template.fields.domain
  return domain and makes_no_literal(domain) and LITERALS or sets.nothing
end

-- Adds the alternatives of a set that are in another one, each for itself.
local function add_doubts(list, set, within)
  for _, one in ipairs(sets.alternatives(set)) do
    list[#list + 1] = sets.intersection { within, one }
  end
end

-- Whether a step makes nothing that begins the rest of a way.
local function are_apart(step, after, work)
  for _, set in ipairs(after.doubts) do
    if not leads.is_apart(step, set, work) then return false end
  end
  return leads.is_apart(step, after.set, work)
end

-- What begins a way from one of its steps on: by what is left to that, and by what begins it from the next
-- step on. That is a `set`, and `doubts`, sets of which nobody knows; nil if there are too many.
local function beginning(way, from, left, after, work)
  local step, doubts = way[from], {}
  if are_apart(step, after, work) then return { set = sets.nothing, doubts = {} } end
  local set, doubt = sets.before(step, after.set)
  if not set then return nil end
  local within = sets.difference(left[from], returning(way, from))
  add_doubts(doubts, doubt, sets.difference(within, unmade(step)))
  for _, one in ipairs(after.doubts) do
    local before = sets.before(step, one)
    if not before then return nil end
    add_doubts(doubts, before, within)
  end
  if #doubts > MOST_DOUBTS then return nil end
  return { set = sets.intersection { within, set }, doubts = doubts }
end

-- Asks something of what begins a way where some steps are used up before; nil if that cannot be told.  No
-- way takes all that there is for the others.
local function ask(self, way, used, call)
  local left, patterns = left_to_all(self, way, used)
  return allowance.ask(self.allowance, patterns, function(all_work)
    local work = sets.work(math.min(all_work.left, MOST_STATES))
    all_work.left = all_work.left - work.left
    local begins = { set = left[#way], doubts = {} }
    for i = #way - 1, 1, -1 do
      begins = begins and beginning(way, i, left, begins, work)
    end
    local answer = begins and call(begins, work)
    all_work.left = all_work.left + work.left
    return answer
  end)
end

-- Whether there is no doubt about what begins a way.
local function is_certain(begins, work)
  for _, set in ipairs(begins.doubts) do
    if sets.is_empty(set, work) ~= true then return false end
  end
  return true
end

-- Whether no rule goes before a step for an address that it matches.
local function is_first(self, step, address, used)
  local rank, rule = rewrites.next(self.index, 0, address)
  while rank and rank < step.rank do
    local is_taken = takes_before(rule, step, used) and rule.matcher
      and rewrites.match(rule, address)
    if is_taken then return false end
    rank, rule = rewrites.next(self.index, rank, address)
  end
  return true
end

-- What a step captures of an address that takes it, where others were used; nil if it does not take it.
local function taking(self, step, address, used)
  local captures = rewrites.match(step, address)
  if not captures or self.explicit:learn(step, address) then return nil end
  if not is_first(self, step, address, used) then return nil end
  local is_rewrite = step.rank < math.huge
  local is_so = is_rewrite or steps.is_taken(self.compiled, step, address, used.catchall)
  return is_so and captures or nil
end

-- Whether an address takes a way, step by step, and comes to its end.
local function takes(self, way, address)
  local used, seen = {}, {}
  for i, step in ipairs(way) do
    local key = address and core.key(address)
    local captures = key and not seen[key] and taking(self, step, address, used)
    if not captures then return false end
    used[step], seen[key], used.catchall = true, true, used.catchall or step.domain ~= nil
    address = i < #way and rewrites.fill(step, captures)
  end
  return true
end

-- An address that takes a way from its beginning; false if there is none, nil if that cannot be told.
local function is_taken(self, way)
  local found, tried, count = false, 0, nil
  local function is_wanted(text, address)
    found, tried = takes(self, way, address) and text, tried + 1
    return found or tried >= MOST_TRIED or self.explicit.count > count
  end
  local function look(begins, work)
    return sets.witness(begins.set, work, is_wanted) == false and is_certain(begins, work)
  end
  while self.explicit.count ~= count and tried < MOST_TRIED do
    count = self.explicit.count
    local is_none = ask(self, way, {}, look)
    if is_none or found then return found end
  end
  return nil
end

-- Whether no way ends so, whatever is used up before.
local function is_dead(self, way)
  local used = used_before(self, way[1], way)
  return used ~= nil and ask(self, way, used, function(begins, work)
    return sets.is_empty(begins.set, work) and is_certain(begins, work)
  end) == true
end

-- "what the function at policy.lua:4 makes": why nobody can tell of a step.
local function why_untold(step)
  local declaration = step.declaration.owner or step.declaration
  return ("what %s at %s makes"):format(describe.title(declaration), describe.where(declaration))
end

local longer

-- Why the rewrite that a way ends in may get its turn, by this way or a longer one: true and an address, if
-- it does; or a text; nil if it does not.
local function turn_by(self, way)
  if not (way[1].template and sets.of_pattern(way[1].matcher)) then return why_untold(way[1]) end
  local address = is_taken(self, way)
  if address then return true, address end
  if address == false and is_dead(self, way) then return nil end
  self.ways = self.ways + 1
  local is_over = #way == LONGEST or self.ways == MOST_WAYS or self.allowance.left <= 0
  if address == nil or is_over then return TOO_MANY end
  return longer(self, way)
end

-- A way that is longer by a step, which comes first.
local function with(step, way)
  local longer_way = { step }
  for i, other in ipairs(way) do longer_way[i + 1] = other end
  return longer_way
end

function longer(self, way)
  local never, doubt = lists.set(way), nil
  for _, step in ipairs(leading(self, way[1])) do
    if step ~= way[#way] and self.ways < MOST_WAYS and (step.again or not never[step]) then
      local why, address = turn_by(self, with(step, way))
      if why == true then return true, address end
      doubt = doubt or why
    end
  end
  return doubt
end

--- Why a rewrite may get its turn after others were used up.
-- @tparam table rule
-- @tparam {table,...} shadow rules that take all that it matches
-- @treturn boolean|string|nil true if it does; nil if it does not; or a text, if that cannot be told
-- @treturn string|nil an address that comes to it
function Turns:why(rule, shadow)
  local used_up = false
  for _, other in ipairs(shadow) do used_up = used_up or not other.again end
  self.ways = 0
  if used_up then return longer(self, { rule }) end
end

--- What tells of a policy's rewrites.
-- @tparam table look `compiled`, their `index`, and `explicit`, what entries have of them
-- @treturn table with `why`
local function new(look)
  local self = {
    compiled = look.compiled, index = look.index, explicit = look.explicit,
    allowance = allowance.new(), known = {}, untold = {}, ways = 0,
  }
  local list = steps.all(look.compiled)
  self.leads = leads.new(self.allowance)
  self.anchors = anchors.new(list)
  for _, step in ipairs(list) do
    if not step.template then table.insert(self.untold, step) end
  end
  return setmetatable(self, Turns)
end

return { new = new }
