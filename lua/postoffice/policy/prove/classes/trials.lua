--- Messages by which it is tried what functions of a script decide.
--
-- No proof knows what a function says; but what policies really make of a message that one has a say in
-- is a witness.  Of the facts that nobody asked for before, each is tried as others can tell it apart, and
-- as the scripts name it: who changes a number in a function is shown a message on both sides of it.
-- Nothing is proven by that.
-- @module postoffice.policy.prove.classes.trials

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local routings = require "postoffice.policy.prove.classes.routings"
local script_text = require "postoffice.policy.prove.script_text"
local sets = require "postoffice.policy.prove.sets"

local trials = {}

local UNKNOWN = { unknown = true }

local MOST_NAMED = 60 -- addresses that scripts name
local MOST_HOMES = 3 -- domains at which a name is looked for
local MOST_VALUES = 8 -- of one fact
local MOST_SENDERS = 32 -- of those that policies tell apart
local HOURS = 24 * 7 -- a time of each hour of a week, for who asks for it

--- What a host might answer: nothing found, and a failure.
trials.ANSWERS = {
  { ask = function() return nil end, says = "whatever is asked is not found" },
  { ask = function() return nil, "the host fails" end, says = "what is asked fails" },
}

-- ---- What scripts name ---------------------------------------------------------

-- Adds an item to a list once, by a text that it is known by, unless the list is full.
local function add_once(list, item, id, most)
  if list[id] or #list >= most then return end
  list[#list + 1], list[id] = item, true
end

-- Adds an address that a text is, or has: a domain's somebody, or whoever a word is at domains of ours.
local function add_address(named, text, homes)
  local address = core.parse(text, UNKNOWN)
  if address and core.key(address) then
    local shown = addresses.show(address)
    add_once(named.addresses, shown, shown, MOST_NAMED)
    if addresses.is_null(address) then return end
    add_once(named.senders, address, shown, MOST_VALUES)
  elseif text:find "^[%w-]+%.[%w.-]+$" then
    add_address(named, "x@" .. text, homes)
  elseif text:find "^[%w._+-]+$" then
    for _, home in ipairs(homes) do add_address(named, text .. "@" .. home, homes) end
  end
end

-- Adds the numbers on both sides of one.
local function add_number(named, number)
  for _, near in ipairs { number, number + 1 } do
    add_once(named.sizes, near, "size " .. near, MOST_VALUES)
  end
end

-- Somebody's domain, and the first of a policy's that are one each.
local function homes_of(policy)
  local list = { "elsewhere.example" }
  for _, domain in ipairs(domains.all(policy.compiled.domains)) do
    local is_one = domains.is_home(domain) and not domain.name:find "[*?:]"
    if is_one and #list < MOST_HOMES then list[#list + 1] = domain.name end
  end
  return list
end

-- What the scripts of policies name, what only one of them does first.
local function named_by(policies)
  local named = { addresses = {}, senders = {}, sizes = {}, is_time_read = false }
  local homes = homes_of(policies[1])
  local texts = lists.map(policies, script_text.of)
  for _, text in ipairs(script_text.unlike_first(texts[1], texts[2] or texts[1])) do
    local literals, numbers = script_text.literals(text)
    for _, literal in ipairs(literals) do add_address(named, literal, homes) end
    for _, number in ipairs(numbers) do add_number(named, number) end
  end
  for _, text in ipairs(texts) do
    named.is_time_read = named.is_time_read or script_text.reads(text, "now")
  end
  return named
end

-- ---- Envelopes -----------------------------------------------------------------

local Trial = {}
Trial.__index = Trial

-- Values of a fact: so many of those that are told apart and those that are named, as far as they are
-- possible.
local function values_of(list, most, named, is_possible)
  local all = {}
  for i = 1, math.min(#list, most) do all[i] = list[i] end
  lists.add_all(all, named)
  local possible = {}
  for _, value in ipairs(all) do possible[#possible + 1] = is_possible(value) and value or nil end
  return possible
end

-- The senders that are tried, as texts.
local function senders_of(question, named)
  local values, within = question.values, question.fixed.sender
  local list = values_of(values.sender, MOST_SENDERS, named.senders, function(sender)
    return not within or sets.contains(within, sender)
  end)
  local texts = lists.map(list, addresses.show)
  if values.is_bounce[1] or values.is_bounce[2] then table.insert(texts, 1, "<>") end
  return texts
end

local function sizes_of(question, named)
  local over, up_to = question.fixed.over or -1, question.fixed.up_to or math.huge
  return values_of(question.values.size, MOST_VALUES, named.sizes, function(size)
    return size > over and size <= up_to
  end)
end

-- The connectors that may be down, a list of one each; and those that messages may arrive by.
local function connectors_of(question)
  local downs, arrivals = {}, {}
  for i = 1, math.min(#question.connectors, MOST_VALUES) do
    local folded = question.connectors[i]
    local is_free = question.is_down[folded] == nil
    downs[#downs + 1] = is_free and { question.names[folded] } or nil
    arrivals[#arrivals + 1] = question.names[folded]
  end
  return downs, question.values.arrived_by and {} or arrivals
end

-- A flag's other value, if it may have that.
local function flag_of(values) return lists.contains(values, true) and { true } or {} end

local function times_of(named)
  local times = {}
  for hour = 0, named.is_time_read and HOURS - 1 or -1 do times[#times + 1] = hour * 3600 end
  return times
end

-- Facts of which two are tried at once.
local PAIRED = { "sender", "may_relay", "authenticated", "size" }
local ALONE = { "down", "arrived_by", "now" }

-- Adds envelopes of which each has one more of some facts, which is not known in another one.
function Trial:add_with(list, envelope, names)
  for _, name in ipairs(names) do
    for _, value in ipairs(envelope[name] == nil and self.values[name] or {}) do
      list[#list + 1] = lists.copy(envelope)
      list[#list][name] = value
    end
  end
end

--- The envelopes that are tried instead of one: each has one more fact, which is not known there.
-- @tparam table envelope
-- @treturn {table,...} that one first
function Trial:around(envelope)
  local list = { envelope }
  self:add_with(list, envelope, PAIRED)
  self:add_with(list, envelope, ALONE)
  return list
end

--- The envelopes that are tried of a message of which only that is known which is said of all: each has one
-- more fact.
-- @treturn {table,...}
function Trial:singles() return self:around(self.base) end

--- The same with two more facts.
-- @treturn {table,...}
function Trial:pairs()
  local list, left = {}, lists.copy(PAIRED)
  while left[2] do
    local singles = {}
    self:add_with(singles, self.base, { table.remove(left, 1) })
    for _, envelope in ipairs(singles) do self:add_with(list, envelope, left) end
  end
  return list
end

-- What is said of all messages, as an envelope.
local function base_of(fixed, values)
  return {
    sender = fixed.sender and values.sender[1], may_relay = fixed.may_relay or nil,
    authenticated = fixed.authenticated or nil, arrived_by = fixed.arrived_by, down = fixed.down,
    size = fixed.over and fixed.over + 1 or fixed.up_to,
  }
end

--- What is tried.
-- @tparam table question of messages (see `postoffice.policy.prove.classes.messages.questions`)
-- @treturn table with `addresses` (texts, that scripts name)
function trials.new(question)
  local named = named_by(question.policies)
  local downs, arrivals = connectors_of(question)
  local values = {
    sender = senders_of(question, named), size = sizes_of(question, named),
    may_relay = flag_of(question.values.may_relay),
    authenticated = flag_of(question.values.authenticated), down = downs, arrived_by = arrivals,
    now = times_of(named),
  }
  return setmetatable({
    addresses = named.addresses, values = values, base = base_of(question.fixed, values),
  }, Trial)
end

-- ---- Routing -------------------------------------------------------------------

--- Routes a message by several policies, with one of the answers that a host might give.
-- @tparam {table,...} policies
-- @string text
-- @tparam table envelope
-- @tparam[opt] table answer one of `trials.ANSWERS`; nobody is asked if there is none
-- @treturn {table,...} the deliveries of each
-- @treturn boolean whether anybody asked
function trials.route(policies, text, envelope, answer)
  local reply, has_asked = answer and answer.ask or routings.no_answer, false
  local function ask(...)
    has_asked = true
    return reply(...)
  end
  local routed = lists.map(policies, function(policy)
    return routings.route(policy, text, envelope, ask)
  end)
  return routed, has_asked
end

return trials
