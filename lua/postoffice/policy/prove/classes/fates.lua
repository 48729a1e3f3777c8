--- Senders who fare alike: whatever asks for them is answered the same of each, and nobody looks at what
-- connectors make of them but where that is the same, too.  One of them stands for all, so that a message
-- is not routed from each.
--
-- The engine is asked what it does with each sender alone: whether entries and connectors take his mail,
-- and as whom connectors hand him over, whether they may relay or not and whether mail is sent on or not.
-- What of that matters is for those to tell who look at deliveries.
-- @module postoffice.policy.prove.classes.fates

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local functions = require "postoffice.policy.prove.classes.functions"
local refusal = require "postoffice.policy.route.stage4_restrictions"
local routings = require "postoffice.policy.prove.classes.routings"
local stage6_sender = require "postoffice.policy.route.stage6_sender"
local trace = require "postoffice.policy.route.trace"
local ways = require "postoffice.policy.prove.classes.ways"
local write = addresses.show

local fates = {}

local clock = os.clock
local concat = table.concat

local MOST = 1e5 -- questions about senders, which take a second or two

local MAYBE, NEVER = { false, true }, { false }

-- ---- What is asked -----------------------------------------------------------

-- The restricted entries of a policy.
local function restricted(compiled)
  local list = {}
  for entry in directory.each_restricted(compiled.directory) do list[#list + 1] = entry end
  return list
end

-- The owners of lists, each once: to members they are the sender, whoever wrote.
local function owners_of(compiled)
  local list, seen = {}, {}
  for entry in directory.each(compiled.directory) do
    local is_list = directory.kind(compiled.directory, entry) == "list"
    local owner = is_list and directory.owner(compiled.directory, entry)
    local key = owner and core.key(owner)
    if key and not seen[key] then seen[key], list[#list + 1] = true, owner end
  end
  return list
end

-- A policy and what it may ask about senders.
local function new_side(policy)
  local compiled = policy.compiled
  return {
    policy = policy, connectors = connectors.all(compiled.connectors),
    restricted = compiled.restrictions and restricted(compiled) or {},
    owners = owners_of(compiled), may_relay = compiled.outbound and MAYBE or NEVER,
  }
end

-- How many questions one sender takes.
local function count(sides)
  local number = 0
  for _, side in ipairs(sides) do
    number = number + #side.restricted * 2 + #side.connectors * #side.may_relay * 2
  end
  return number
end

local function begin(side, sender, may_relay, recorder)
  local envelope = { may_relay = may_relay, size = 0, now = routings.NOW }
  local routing = routings.begin(side.policy, envelope, recorder)
  routing.sender, routing.null_sender = sender, false
  if side.policy.compiled.scripted then routing.state = functions.stop(side.policy.state) end
  return routing
end

-- Whom no restriction makes an exception of, as it does of a postmaster.
local NODE = { address = addresses.smtp("x", "x.example") }

-- Adds whether entries and connectors take mail of a sender.
local function add_answers(parts, side, sender)
  local routing = begin(side, sender, false)
  for _, authenticated in ipairs(MAYBE) do
    routing.envelope.authenticated = authenticated
    for _, entry in ipairs(side.restricted) do
      parts[#parts + 1] = refusal(routing, NODE, entry) and "0" or "1"
    end
  end
  for _, connector in ipairs(side.connectors) do
    if connector.senders then
      parts[#parts + 1] = connectors.accepts(connector, sender, false) and "1" or "0"
    end
  end
end

-- The leaves of mail that matter to as whom a connector hands over a sender: what somebody here sent on may
-- be signed.
local ANY_LEAF, LEAVES = { {} }, { {}, { sent_on = true } }

-- Adds as whom connectors of a policy hand over a sender, or the owner of a list.
local function hear(heard, side, sender, owner)
  for _, may_relay in ipairs(side.may_relay) do
    for _, connector in ipairs(side.connectors) do
      for _, leaf in ipairs(connector.srs and LEAVES or ANY_LEAF) do
        local recorder = trace.new(side.policy.compiled.directory)
        local routing = begin(side, sender, may_relay, recorder)
        local said, failure = stage6_sender.of(routing,
          { sent_on = leaf.sent_on, owner = owner }, connector)
        heard[#heard + 1] = {
          routing = routing, connector = connector, said = said, code = failure and failure.code,
          recorder = recorder,
          place = connector.folded .. tostring(may_relay) .. tostring(leaf.sent_on),
        }
      end
    end
  end
end

-- ---- Whose answers are the same ------------------------------------------------

-- What is asked about a sender and answered, as a text; nil if he stands for himself alone.
local function fate_of(sides, owned, sender, tell)
  local parts, heard = {}, {}
  for _, side in ipairs(sides) do
    add_answers(parts, side, sender)
    hear(heard, side, sender)
  end
  local told = tell(sender, heard, owned)
  return told and concat(parts) .. "\0" .. told
end

-- As whom connectors hand over the owners of lists.
local function hear_owners(sides)
  local heard = {}
  for _, side in ipairs(sides) do
    for _, owner in ipairs(side.owners) do hear(heard, side, owner, owner) end
  end
  return heard
end

-- The same; nil, too, if a function of the script would have to be called.
local function known_fate_of(...)
  local ok, fate = pcall(fate_of, ...)
  if ok then return fate end
  if not functions.is_stop(fate) then error(fate, 0) end
end

--- One sender of those who fare alike.
-- @tparam {table,...} policies of which no function is shown the sender of a message
-- @tparam {table,...} senders addresses
-- @tparam function tell what is looked at of a sender besides, as a text, or nil if he stands for himself alone:
--   of him; of as whom connectors hand him over, in each policy and in the same order for everybody, a list
--   with `connector`, `routing`, `recorder`, `said` (an address) or `code` (of the verdict); and of the owners
--   of lists, a list likewise
-- @tparam number until_then when there is no more time
-- @treturn {table,...} those of the senders who stand for all
function fates.merge(policies, senders, tell, until_then)
  if not senders[3] then return senders end
  local sides, list, seen = {}, {}, {}
  for i, policy in ipairs(policies) do sides[i] = new_side(policy) end
  if count(sides) * #senders > MOST then return senders end
  local owned = hear_owners(sides)
  for _, sender in ipairs(senders) do
    if clock() > until_then then return senders end
    local is_null = addresses.is_null(sender)
    local fate = not is_null and known_fate_of(sides, owned, sender, tell) or nil
    if not fate or not seen[fate] then list[#list + 1] = sender end
    if fate then seen[fate] = true end
  end
  return list
end

-- ---- What is compared ----------------------------------------------------------

-- As whom a sender is handed over, as a text.
local function text_of(one) return one.said and write(one.said) or "\1" .. one.code end

-- Whether two policies hand over a sender as the same by all connectors that both have.
local function is_heard_alike(heard)
  local by_place = {}
  for _, one in ipairs(heard) do
    local text = text_of(one)
    if (by_place[one.place] or text) ~= text then return false end
    by_place[one.place] = text
  end
  return true
end

-- By place, what is heard of two sides, each.
local function by_place(sides, sender, owner)
  local found = {}
  for i, side in ipairs(sides) do
    local heard = {}
    hear(heard, side, sender, owner)
    for _, one in ipairs(heard) do
      found[one.place] = found[one.place] or {}
      found[one.place][i] = one
    end
  end
  return found
end

local function steps_of(one) return (ways.steps(one.recorder, one.routing.compiled)) end

--- Visits where two policies hand over a sender as somebody else by a connector that both have, or as the same
-- who comes about otherwise.
-- @tparam {table,...} policies two, of which no function is shown the sender of a message
-- @tparam {table,...} senders addresses
-- @tparam function visit is given the connector's name, folded; the sender, or nil for the owner of a list; and as
--   whom each policy hands him over, a text, as `fates.shown` has it
function fates.each_apart(policies, senders, visit)
  local sides = { new_side(policies[1]), new_side(policies[2]) }
  local function look(sender, owner)
    for _, both in pairs(by_place(sides, owner or sender, owner)) do
      local old, new = both[1], both[2]
      local is_apart = old and new
        and (text_of(old) ~= text_of(new) or steps_of(old) ~= steps_of(new))
      if is_apart then visit(old.connector.folded, sender, text_of(old), text_of(new)) end
    end
  end
  for _, sender in ipairs(senders) do
    if not addresses.is_null(sender) then look(sender) end
  end
  for _, side in ipairs(sides) do
    for _, owner in ipairs(side.owners) do look(nil, owner) end
  end
end

--- As whom a delivery hands over a sender, as a text: another if it does not.
-- @tparam table delivery
-- @treturn string
function fates.shown(delivery)
  local sender = delivery.sender
  if delivery.verdict ~= "deliver" or not sender then return "\1" .. (delivery.code or "") end
  return type(sender) == "table" and write(sender) or sender
end

-- What adds texts to a list, each as the number of the first one that it equals.
local function new_numbers(parts)
  local numbers, last = {}, 0
  return function(text)
    if not numbers[text] then last, numbers[text] = last + 1, last + 1 end
    parts[#parts + 1] = numbers[text]
  end
end

--- What is looked at where policies are compared: which of all that their connectors make of a sender is the
-- same, and comes about in the same way.  He stands for himself if both make of him something else.
-- @tparam table sender
-- @tparam {table,...} heard as `fates.merge` has it
-- @tparam {table,...} owned likewise
-- @treturn string|nil
function fates.compared(sender, heard, owned)
  if not is_heard_alike(heard) then return nil end
  local parts = {}
  local add = new_numbers(parts)
  add(write(sender))
  for _, one in ipairs(owned) do add(text_of(one)) end
  for _, one in ipairs(heard) do
    add(text_of(one))
    add("\2" .. ways.steps(one.recorder, one.routing.compiled))
    parts[#parts + 1] = one.code
    local is_told = one.connector.speaks
      and ways.is_sender_told(one.routing, one.connector, sender)
    parts[#parts + 1] = is_told and "told" or nil
  end
  return concat(parts, " ")
end

return fates
