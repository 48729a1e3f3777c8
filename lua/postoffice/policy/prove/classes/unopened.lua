--- Carriers at a domain where only some policies open what they carry, and others tell them apart by how they
-- are spelt: what is inside says nothing of that.
--
-- For the others a carrier is an address like any at its domain.  If they do the same with one of each class
-- of these as with the carrier that was tried, they do so with all that carry the same.
-- @module postoffice.policy.prove.classes.unopened

local addresses = require "postoffice.address"
local core = require "postoffice.core"
local formulas = require "postoffice.policy.prove.sets.formulas"
local lists = require "postoffice.lists"
local members = require "postoffice.policy.prove.sets.members"
local openers = require "postoffice.policy.prove.classes.openers"
local routings = require "postoffice.policy.prove.classes.routings"
local shapes = require "postoffice.policy.prove.sets.shapes"
local shells = require "postoffice.policy.compile.shells"

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

-- Whether a policy takes carriers of a family at a domain for addresses like others.
local function is_closed(policy, carrier, family)
  local compiled = policy.compiled
  return not openers.unwraps(compiled, carrier, family) and not shells.at(compiled.shells, carrier)
    and not compiled.scripted
end

--- What is needed to compare carriers of a family with others at their domain.
-- @tparam table search
-- @tparam table carrier at the domain
-- @tparam string family
-- @tparam {table,...} parts one of each class that is told apart there
-- @treturn table|nil for `unopened.is_alike`; nil if there is more to some policy than it tells
function unopened.of(search, carrier, family, parts)
  local made = { closed = {}, samples = {} }
  for i, policy in ipairs(search.policies) do
    local is_opened = openers.unwraps(policy.compiled, carrier, family)
    if not is_opened and not is_closed(policy, carrier, family) then return nil end
    made.closed[i] = not is_opened
  end
  for i, part in ipairs(parts) do
    made.samples[i] = plain_of(search, part)
    if not made.samples[i] then return nil end
  end
  return made
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

-- The address of a text that is in so many shells, or nil.
local function inside(text, around)
  local address = core.parse(text)
  for _ = 1, #around do address = address and core.decapsulate(address) end
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

--- Whether policies that do not open a carrier do with others at its domain what they do with it.
-- @tparam table made by `unopened.of`
-- @tparam {table,...} policies
-- @tparam table run `text` of the carrier, which is in the shells `around` it, the innermost first; `envelope`;
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
