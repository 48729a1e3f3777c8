--- Whether two policies do the same to an address, by the same rules: then they do so to every address
-- that takes these ways.
--
-- That one address comes out alike proves nothing of the others of its class, whose captures are
-- filled into two templates: unless these make the same of them.
-- @module postoffice.policy.prove.classes.ways

local compositions = require "postoffice.policy.prove.classes.compositions"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local dump = require "postoffice.policy.prove.classes.contents".dump
local describe = require "postoffice.policy.language.describe"
local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local outgoing = require "postoffice.policy.route.outgoing"
local pipeline = require "postoffice.policy.route.pipeline"
local rewrites = require "postoffice.policy.compile.rewrites"
local routings = require "postoffice.policy.prove.classes.routings"
local sayable = require "postoffice.policy.prove.classes.sayable"
local senders = require "postoffice.policy.compile.senders"
local trace = require "postoffice.policy.route.trace"

local ways = {}

local concat = table.concat
local NONE = {}

--- The codes of what cannot be said to a next hop: what others of a class are may be said.
ways.UNSAID = lists.set { "sender-unsayable", "format-unreadable" }

-- By word, the fields that say what is made of an address or a sender; all others only choose.
local MAKES = {
  rewrite = { "to", "again", "match" }, rewrite_sender = { "to" },
  connector = { "speaks", "wrap", "srs", "batv", "reaches", "outbound" },
}

-- The same of a connector that signs nobody.
local BUT_SIGNATURES = { "speaks", "wrap", "reaches", "outbound" }

-- What a declaration makes by its fields, or by some, as a text; nothing for one that makes nothing.
local function content(declaration, some)
  local fields = some or MAKES[declaration.word]
  if not fields then return "" end
  local parts = { declaration.word, declaration.name or "" }
  for _, name in ipairs(fields) do parts[#parts + 1] = dump(declaration.fields[name]) end
  return concat(parts, "\2")
end

-- What stands for a capture in a template: the same text for one that is as long and stands at the same
-- place of the same field, whatever it is called.
local function captured_at(matcher, name)
  if matcher.whole == name then return "\4" .. matcher.type end
  for _, field in ipairs(matcher.fields) do
    for i, other in ipairs(field.names) do
      if other == name then
        return ("\4%s\4%s\4%s\4%d"):format(field.field, field.glob, tostring(field.absent), i)
      end
    end
  end
end

local function made_in(matcher, pieces)
  local parts = {}
  for i, piece in ipairs(pieces) do
    parts[i] = type(piece) == "string" and piece:lower() or captured_at(matcher, piece.name)
  end
  return concat(parts, "\5")
end

-- What a rule makes of an address: the same text for rules that make the same of whatever both match, but for
-- the case of letters.
local function function_of(rule)
  local matcher, template = rule.matcher, rule.template
  local parts = { template.type, template.whole and captured_at(matcher, template.whole) or "" }
  for _, name in ipairs(lists.keys(template.fields or NONE)) do
    parts[#parts + 1] = name .. "\6" .. made_in(matcher, template.fields[name])
  end
  return concat(parts, "\7")
end

-- By stage, the rules of a policy by their declarations, as far as templates say what they make.
local function collect_rules(compiled)
  local by_stage = { resolve = {}, handover = {} }
  local function add(stage, list)
    for _, rule in ipairs(list) do
      by_stage[stage][rule.declaration] = rule.matcher and rule.template and rule or nil
    end
  end
  add("resolve", rewrites.all(compiled.rewrites))
  add("handover", senders.one_way(compiled.senders))
  add("handover", senders.both(compiled.senders))
  return by_stage
end

local collected = setmetatable({}, { __mode = "k" }) -- by what is compiled; once

local function rules_of(compiled)
  collected[compiled] = collected[compiled] or collect_rules(compiled)
  return collected[compiled]
end

local function contents_in_order(...)
  local parts = {}
  for _, list in ipairs { ... } do
    for _, item in ipairs(list) do parts[#parts + 1] = content(item.declaration) end
    parts[#parts + 1] = ""
  end
  return concat(parts, "\3")
end

--- What a policy's rules make, in their order.  Two policies of which these are the same make the same
-- of an address, if they make of it the same at all.
-- @tparam table policy
-- @treturn string of recipients
-- @treturn string of senders
function ways.rules(policy)
  local compiled = policy.compiled
  local all = connectors.all(compiled.connectors)
  return contents_in_order(rewrites.all(compiled.rewrites), all),
    contents_in_order(senders.one_way(compiled.senders), senders.both(compiled.senders), all)
end

-- The stages that only choose.
local CHOOSES = { route = true }

--- Whether all senders of a class can be said to a connector that speaks a type, or none.
-- @tparam table routing of a message
-- @tparam table connector
-- @tparam table sender of the class, before rules about senders
-- @treturn boolean
function ways.is_sender_told(routing, connector, sender)
  local ruled = outgoing.rewrite(routing, sender, connector)
  return families.of(connector.speaks) == families.of(ruled.type)
    or sayable.is_sender_told(routing.compiled, connector, ruled)
end

-- By code, whether none of a class can be said to a connector of whom one cannot.
local IS_TOLD = {
  ["sender-unsayable"] = function(routing, connector)
    return routing.sender ~= nil and ways.is_sender_told(routing, connector, routing.sender)
  end,
  ["format-unreadable"] = function(_, connector, address)
    return sayable.is_told(connector, core.decapsulate(address) or address)
  end,
}

-- Whether a connector may sign a message's sender: it does so by his address of SMTP.
local function may_sign(routing, connector)
  local sender = routing.sender
  return not sender or outgoing.rewrite(routing, sender, connector).type == "SMTP"
end

-- What the connectors make that would have had to say what they cannot, and where the last of them stands; of
-- those that can say others of the class.
local function unsaid(routing, deliveries)
  local parts, last = {}, nil
  for _, delivery in ipairs(deliveries) do
    local is_told = delivery.connector and IS_TOLD[delivery.code]
    local connector = is_told
      and connectors.find(routing.compiled.connectors, delivery.connector)
    if connector and not is_told(routing, connector, delivery.address) then
      parts[#parts + 1] = content(connector.declaration,
        not may_sign(routing, connector) and BUT_SIGNATURES or nil)
      last = describe.where(connector.declaration)
    end
  end
  return concat(parts, "\3"), last
end

-- The connectors that mail would go by whose sender they cannot say, as a text; and whether they can say no
-- other of his class either.
local function unsaid_by(policy, envelope, deliveries)
  local names, is_told, routing = {}, true, routings.begin(policy, envelope)
  for _, delivery in ipairs(deliveries) do
    if delivery.code == "sender-unsayable" then
      local connector = connectors.find(policy.compiled.connectors, delivery.connector or "")
      is_told = is_told and connector ~= nil
        and IS_TOLD[delivery.code](routing, connector, delivery.address)
      names[#names + 1] = delivery.connector or "?"
    end
  end
  table.sort(names)
  return concat(names, "\2"), is_told
end

--- Why two policies that hear the same senders may do different things for others, though they do the same
-- for one: he cannot be said to the connectors that either chooses.
-- @tparam {table,...} policies
-- @tparam table envelope
-- @tparam {table,...} deliveries by the one
-- @tparam {table,...} others by the other
-- @treturn string|nil nil if they go by the same, or by such as can say nobody of his class
function ways.doubt_of_unsaid(policies, envelope, deliveries, others)
  local by, is_told = unsaid_by(policies[1], envelope, deliveries)
  local other_by, is_other_told = unsaid_by(policies[2], envelope, others)
  if by == other_by or is_told and is_other_told then return nil end
  return "how connectors say senders, where others take the mail"
end

-- What is said of senders who are signed, who are not, and who are marked or might be.
local SIGNED, UNSIGNED, MARKED = " is signed as ", " is not signed: ", " marked"

-- What a connector makes of addresses in general, at a step: by what it encapsulates, it says of each; by
-- what it signs, only where it does, or another of the class may not be signed already.  One that speaks
-- SMTP hands over addresses of SMTP as they are, as one does that speaks nothing.
local function made_by_connector(declaration, said)
  local fields = declaration.fields
  local signs = said:find(SIGNED, 1, true) or said:find(MARKED, 1, true)
  local is_plain = fields.speaks == "SMTP" and said:find "^SMTP:" ~= nil
  return dump {
    not is_plain and fields.speaks or false, signs and fields.srs or false,
    signs and fields.batv or false,
  }
end

-- What a step makes that is by no rule, as a text, and whether it makes something of an address.  Of what
-- fails at its end only the code counts, not the advice that goes with it; and of what is said not the case of
-- letters, by which the deliveries were compared as far as it matters.
local function made_at(stage, said, declaration)
  local folded = said:lower()
  if not declaration then
    return stage == "handover" and folded:match "^[%w-]+:" or folded, false
  end
  if declaration.word == "connector" then
    return folded .. made_by_connector(declaration, said), true
  end
  return folded .. content(declaration), MAKES[declaration.word] ~= nil
end

-- Adds what rules make that were applied one after the other.
local function add_composed(parts, stage, rules)
  local text = compositions.text(rules)
  if text == "" then return end
  if text then
    parts[#parts + 1] = stage .. "\1" .. text
  else
    for _, rule in ipairs(rules) do parts[#parts + 1] = stage .. "\1" .. function_of(rule) end
  end
end

-- Steps as a text, rules that follow one another as what they make together.  Of several addresses on the way
-- of one, only members of a list follow one another with nothing said in between; and these are whoever it is
-- the same.
local function composed(steps)
  local parts, rules = {}, {}
  for i, step in ipairs(steps) do
    local following = steps[i + 1]
    if step.rule then
      rules[#rules + 1] = step.rule
    else
      parts[#parts + 1] = step.stage .. "\1" .. step.made
    end
    local goes_on = step.rule and following and following.rule and following.stage == step.stage
    if step.rule and not goes_on then
      add_composed(parts, step.stage, rules)
      rules = {}
    end
  end
  return concat(parts, "\2")
end

-- Whether it was said that a sender is not signed, why ever.
local function is_unsigned(said)
  return said:find(UNSIGNED, 1, true) ~= nil and not said:find(SIGNED, 1, true)
end

-- Whether a step tells that a sender is in a set that a restriction names: it says who may write, and makes
-- nothing of any address.
local function is_of_restriction(stage, declaration)
  return stage == "resolve" and declaration ~= nil and declaration.word == "set"
end

-- A step of a way; nil for one that only chooses, or makes nothing.
local function step_of(by_stage, stage, said, place, declaration)
  if CHOOSES[stage] or place and not declaration or is_unsigned(said) then return nil end
  if is_of_restriction(stage, declaration) then return nil end
  local rule = by_stage[stage] and by_stage[stage][declaration]
  if rule and stage == "resolve" and not said:find "^rewritten" then return nil end -- it is kept
  if rule then return { stage = stage, rule = rule, makes = true } end
  local made, makes = made_at(stage, said, declaration)
  return { stage = stage, made = made, makes = makes }
end

--- The steps of a way, as a text: what is made at each, or at several together.
-- @tparam table recorder
-- @tparam table compiled of the policy
-- @treturn string
-- @treturn string|nil where the last rule is that made something
function ways.steps(recorder, compiled)
  local by_stage, steps, last = rules_of(compiled), {}, nil
  for _, stage, said, place, declaration in recorder:texts() do
    local step = step_of(by_stage, stage, said, place, declaration)
    steps[#steps + 1] = step
    if step and step.makes then last = place end
  end
  return composed(steps), last
end

-- Whether some delivery goes where it matters what was made of its address.
local function is_any_made(deliveries)
  for _, delivery in ipairs(deliveries) do
    local is_delivered = delivery.verdict == "deliver"
    if is_delivered and (delivery.connector or delivery.extension) then return true end
  end
  return false
end

--- The way of an address, as a text: its steps, and what connectors make that could not say it.  Where all of
-- its class is refused it is empty, whatever was made of it.
-- @tparam table policy
-- @tparam string text
-- @tparam table envelope
-- @treturn string
-- @treturn string|nil where the last rule is that made something of it
function ways.of(policy, text, envelope)
  local recorder = trace.new(policy.compiled.directory)
  local routing = routings.begin(policy, envelope, recorder)
  local routed = pipeline.route(routing, { text })
  local steps, last = ways.steps(recorder, policy.compiled)
  local rest, last_unsaid = unsaid(routing, routed)
  if rest == "" and not is_any_made(routed) then return "" end
  return steps .. "\2" .. rest, last or last_unsaid
end

--- Why two policies that make the same of an address may make different things of others.
-- @tparam table policy
-- @tparam table other
-- @tparam string text
-- @tparam table envelope
-- @treturn string|nil nil if they go the same way
function ways.doubt(policy, other, text, envelope)
  local mine, at = ways.of(policy, text, envelope)
  local theirs, other_at = ways.of(other, text, envelope)
  if mine == theirs then return nil end
  return ("both make the same of %s, by other rules (%s)"):format(text,
    at or other_at or "in another order")
end

return ways
