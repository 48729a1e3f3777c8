--- Carriers, and what is signed, at a domain where only some policies open it, and others tell it apart by how
-- it is spelt: what is inside says nothing of that.
--
-- For the others it is an address like any at its domain.  If they do the same with one of each class of these
-- as with the one that was tried, they do so with all that hold the same.
-- @module postoffice.policy.prove.classes.unopened

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local openers = require "postoffice.policy.prove.classes.openers"
local place_of = require "postoffice.policy.route.stage2_signed".place
local routings = require "postoffice.policy.prove.classes.routings"
local shapes = require "postoffice.policy.prove.sets.shapes"
local shells = require "postoffice.policy.compile.shells"
local signatures = require "postoffice.policy.prove.classes.signatures"

local unopened = {}

local concat = table.concat
local write = addresses.show

-- What is looked at of a delivery beside its addresses.
local FIELDS = { "verdict", "code", "status", "connector", "nexthop", "entry", "extension" }

-- Whether an address is in a part.
local function is_of(search, part, address)
  local word = shapes.word(address)
  for _, term in ipairs(search.found.terms) do
    if formulas.has(term, word) ~= (part.accepted[term.id] ~= nil) then return false end
  end
  return true
end

-- Whether an address carries nothing, and does not look as if it did, nor is named.
local function is_plain(search, address)
  local _, _, code = core.decapsulate(address)
  local key = core.key(address)
  return code == "not-encapsulated" and key and not search.found.keys[key]
end

-- The same address without a type between "imcea" and a hyphen: it is no carrier then.
local function untyped(address)
  local made = addresses.bare(address)
  made.localpart = made.localpart:gsub("^(%a%a%a%a%a)", "%1-")
  return made
end

-- An address of a part that carries nothing, as a text; or nil.
local function plain_of(search, part)
  local found
  members.each(part, function(_, address)
    for _, one in ipairs { address, untyped(address) } do
      local is_one = not found and is_plain(search, one) and is_of(search, part, one)
      found = is_one and core.format(one) or found
    end
    return found ~= nil
  end)
  return found
end

--- Whether a policy takes carriers of a family at a domain for addresses like others.
-- @tparam table policy
-- @tparam table carrier at the domain
-- @string family
-- @treturn boolean
function unopened.is_closed(policy, carrier, family)
  local compiled = policy.compiled
  return not openers.unwraps(compiled, carrier, family) and not shells.at(compiled.shells, carrier)
    and not compiled.scripted
end

-- What is needed to compare what some policies do not open (`closed`, by their numbers) with one of each of
-- some parts; nil if there is none of a part.
local function new_comparison(search, closed, parts)
  local made = { closed = closed, samples = {} }
  for i, part in ipairs(parts) do
    made.samples[i] = plain_of(search, part)
    if not made.samples[i] then return nil end
  end
  return made
end

--- What is needed to compare carriers of a family with others at their domain.
-- @tparam table search
-- @tparam table carrier at the domain
-- @tparam string family
-- @tparam {table,...} parts one of each class that is told apart there
-- @treturn table|nil for `unopened.is_alike`; nil if there is more to some policy than it tells
function unopened.of(search, carrier, family, parts)
  local closed = {}
  for i, policy in ipairs(search.policies) do
    local is_opened = openers.unwraps(policy.compiled, carrier, family)
    if not is_opened and not unopened.is_closed(policy, carrier, family) then return nil end
    closed[i] = not is_opened
  end
  return new_comparison(search, closed, parts)
end

--- What is needed to compare what is signed with others at its domain that begin so.
-- @tparam table search
-- @tparam table address that begins so
-- @tparam {table,...} parts of what begins so, one of each class that is told apart there
-- @treturn table|nil for `unopened.is_alike`; nil if there is more to some policy than it tells
function unopened.of_signed(search, address, parts)
  local closed = {}
  for i, policy in ipairs(search.policies) do
    closed[i] = place_of(policy.compiled, address) == nil
    if closed[i] and policy.compiled.scripted then return nil end
  end
  return new_comparison(search, closed, parts)
end

-- Whether none of the policies that take what an item holds for an address like others opens what is around it:
-- for these it is but what that is.
local function is_closed_before(search, unlike, opens)
  for i, policy in ipairs(search.policies) do
    if unlike.others.closed[i] and opens(policy) then return false end
  end
  return true
end

--- Notes of an item in a shell why it may go as what is in it does not tell; or what tells whether it does, for
-- each shell in which it may (`unlike`).
-- @tparam table search
-- @tparam table item
-- @tparam string|nil why
-- @tparam table|nil others from `unopened.of` or `unopened.of_signed`
-- @tparam function opens whether a policy opens the shell
function unopened.note(search, item, why, others, opens)
  local list = lists.kept(item.unlike or {}, function(unlike)
    return not is_closed_before(search, unlike, opens)
  end)
  if others then
    list[#list + 1] = { why = why, others = others, shell = item.shell }
  else
    item.why = item.why or why
  end
  item.unlike = list[1] and list
end

-- An address without what it has of another one's local part; nil if it is of another type.
local function without(address, localpart)
  if not address then return "" end
  if type(address) ~= "table" or address.type ~= "SMTP" then return nil end
  local is_same = address.localpart and address.localpart:lower() == localpart:lower()
  return is_same and "=@" .. address.domain:lower() or write(address)
end

-- What a policy does with an address of SMTP, as a text; nil where something else becomes of it.
local function text_of(deliveries, localpart)
  local lines = {}
  for i, delivery in ipairs(deliveries) do
    local parts = { without(delivery.address, localpart) }
    if not parts[1] then return nil end
    for _, name in ipairs(FIELDS) do parts[#parts + 1] = tostring(delivery[name]) end
    local sender = delivery.sender
    parts[#parts + 1] = type(sender) == "table" and write(sender) or tostring(sender)
    lines[i] = concat(parts, "\t")
  end
  table.sort(lines)
  return concat(lines, "\n")
end

-- An envelope as a text.
local function id_of(envelope)
  local parts = {}
  for i, name in ipairs(lists.keys(envelope)) do
    local value = envelope[name]
    parts[i] = name .. "=" .. (type(value) == "table" and concat(value, ",") or tostring(value))
  end
  return concat(parts, "\0")
end

-- A text in shells, one after the other; or nil.
local function in_shells(text, around)
  for _, shell in ipairs(around) do
    local address = text and core.parse(text)
    text = address and shell(address)
  end
  return text
end

-- The address of a text that is in so many shells, be they signatures, or nil.
local function inside(text, around)
  local address = core.parse(text)
  for _ = 1, #around do
    address = address and (core.decapsulate(address) or signatures.inner(address))
  end
  return address and address.type == "SMTP" and address or nil
end

-- What a policy does with a sample; found out once for each envelope.
local function known_text(made, i, policy, sample, run)
  local text = in_shells(sample, run.around)
  local id = concat({ i, tostring(text), id_of(run.envelope) }, "\0")
  if made[id] == nil then
    local localpart = core.parse(sample).localpart
    made[id] = text and text_of(routings.route(policy, text, run.envelope), localpart) or false
  end
  return made[id]
end

--- Whether policies that do not open a carrier, or what is signed, do with others at its domain what they do
-- with it.
-- @tparam table made by `unopened.of` or `unopened.of_signed`
-- @tparam {table,...} policies
-- @tparam table run `text` of it, which is in the shells `around` it, the innermost first; `envelope`;
--   and `deliveries`, by each policy
-- @treturn boolean
function unopened.is_alike(made, policies, run)
  local carrier = inside(run.text, run.around)
  if not carrier then return false end
  for i, policy in ipairs(policies) do
    local deliveries = run.deliveries[i]
    local text = not made.closed[i] or deliveries and text_of(deliveries, carrier.localpart)
    if not text then return false end
    for _, sample in ipairs(made.closed[i] and made.samples or {}) do
      if known_text(made, i, policy, sample, run) ~= text then return false end
    end
  end
  return true
end

return unopened
