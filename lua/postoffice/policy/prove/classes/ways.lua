--- Whether two policies do the same to an address, by the same rules: then they do so to every address
-- that takes these ways.
--
-- That one address comes out alike proves nothing of the others of its class, whose captures are
-- filled into two templates.
-- @module postoffice.policy.prove.classes.ways

local connectors = require "postoffice.policy.compile.connectors"
local dump = require "postoffice.policy.prove.classes.contents".dump
local describe = require "postoffice.policy.language.describe"
local lists = require "postoffice.lists"
local messages = require "postoffice.policy.prove.classes.messages"
local pipeline = require "postoffice.policy.route.pipeline"
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"
local trace = require "postoffice.policy.route.trace"

local ways = {}

local concat = table.concat

--- The codes of what cannot be said to a next hop: what others of a class are may be said.
ways.UNSAID = lists.set { "sender-unsayable", "format-unreadable" }

-- By word, the fields that say what is made of an address or a sender; all others only choose.
local MAKES = {
  rewrite = { "to", "again", "match" }, rewrite_sender = { "to" },
  connector = { "speaks", "wrap", "srs", "batv", "reaches", "outbound" },
}

-- What a declaration makes, as a text; nothing for one that makes nothing.
local function content(declaration)
  local fields = MAKES[declaration.word]
  if not fields then return "" end
  local parts = { declaration.word, declaration.name or "" }
  for _, name in ipairs(fields) do parts[#parts + 1] = dump(declaration.fields[name]) end
  return concat(parts, "\2")
end

-- What the declarations at each place make that took part.
local function contents_of(recorder)
  local by_place = {}
  for declaration in next, recorder:used() do
    local place = describe.where(declaration)
    local texts = by_place[place] or {}
    by_place[place], texts[#texts + 1] = texts, content(declaration)
  end
  for place, texts in next, by_place do
    table.sort(texts)
    by_place[place] = concat(texts, "\3")
  end
  return by_place
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

-- What the connectors make that would have had to say what they cannot, and where the last of them stands.
local function unsaid(policy, deliveries)
  local parts, last = {}, nil
  for _, delivery in ipairs(deliveries) do
    local connector = ways.UNSAID[delivery.code] and delivery.connector
      and connectors.find(policy.compiled.connectors, delivery.connector)
    if connector then
      parts[#parts + 1] = content(connector.declaration)
      last = describe.where(connector.declaration)
    end
  end
  return concat(parts, "\3"), last
end

-- The connectors that mail would go by whose sender they cannot say, as a text.
local function unsaid_by(deliveries)
  local names = {}
  for _, delivery in ipairs(deliveries) do
    local is_unsaid = delivery.code == "sender-unsayable"
    names[#names + 1] = is_unsaid and (delivery.connector or "?") or nil
  end
  table.sort(names)
  return concat(names, "\2")
end

--- Why two policies that hear the same senders may do different things for others, though they do the same
-- for one: he cannot be said to the connectors that either chooses.
-- @tparam {table,...} deliveries by the one
-- @tparam {table,...} others by the other
-- @treturn string|nil nil if they go by the same
function ways.doubt_of_unsaid(deliveries, others)
  if unsaid_by(deliveries) == unsaid_by(others) then return nil end
  return "how connectors say senders, where others take the mail"
end

--- The steps of a way, as a text: what each said, and what the rules make that it was by.
-- @tparam table recorder
-- @treturn string
-- @treturn string|nil where the last rule is that made something
function ways.steps(recorder)
  local contents, parts, last = contents_of(recorder), {}, nil
  for _, stage, said, place in recorder:texts() do
    if not CHOOSES[stage] then
      local made = place and contents[place] or ""
      parts[#parts + 1] = stage .. "\4" .. said .. "\4" .. made
      if made ~= "" then last = place end
    end
  end
  return concat(parts, "\5"), last
end

--- The way of an address, as a text: its steps, and what connectors make that could not say it.
-- @tparam table policy
-- @tparam string text
-- @tparam table envelope
-- @treturn string
-- @treturn string|nil where the last rule is that made something of it
function ways.of(policy, text, envelope)
  local recorder = trace.new(policy.compiled.directory)
  local routed = pipeline.route(messages.begin(policy, envelope, recorder), { text })
  local steps, last = ways.steps(recorder)
  local rest, last_unsaid = unsaid(policy, routed)
  return steps .. "\5" .. rest, last or last_unsaid
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
