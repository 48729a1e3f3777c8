--- Senders in whose place connectors say somebody else, whom they carry and of whom policies differ: he is in
-- one directory alone, or has other addresses there, or is at a domain that is ours in one alone.
--
-- A gateway hands on `CCMAIL:kim@a.example at internet` as Kim, as long as she is in the directory; once she
-- is not, an answer to her would be refused, and the sender is encapsulated as he is.
-- @module postoffice.policy.prove.classes.stand_ins

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local contents = require "postoffice.policy.prove.classes.contents"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local postoffices = require "postoffice.policy.compile.postoffices"
local shapes = require "postoffice.policy.prove.sets.shapes"

local stand_ins = {}

local clock = os.clock

local PLACE = "us" -- which may be a country, too
local MOST = 10 -- kinds of people of whom policies differ

-- The addresses of who has an address, as one text; nil if nobody has it.
local function owner_of(policy, key)
  local entries = policy.compiled.directory
  local entry = directory.find(entries, key)
  return entry and table.concat(directory.proxy_texts(entries, entry), "\n")
end

-- As whom a policy says who has an address, by the types that connectors may speak: as himself, or as another.
local function said_by(policy, address)
  local entries, parts = policy.compiled.directory, {}
  local entry = directory.find(entries, core.key(address))
  for i, family in ipairs(entry and shapes.families or {}) do
    local best = directory.best(entries, entry, family)
    parts[i] = not best and "-" or core.key(best) == core.key(address) and "=" or "+"
  end
  return table.concat(parts)
end

-- Notes somebody of whom policies differ: one for all of whom they do alike.
local function note(found, policies, address)
  local kind = ("%s %s"):format(address.type, address.type == "SMTP" and address.domain or "")
  for _, policy in ipairs(policies) do kind = kind .. " " .. said_by(policy, address) end
  found.has_others = found.has_others or found.by_kind[kind] ~= nil
  found.by_kind[kind] = found.by_kind[kind] or address
end

-- Adds those of a policy's directory who are others in another one; whether that was all of them.
local function add_people(found, policies, i, until_then)
  local entries = policies[i].compiled.directory
  for entry in directory.each(entries) do
    local text = table.concat(directory.proxy_texts(entries, entry), "\n")
    for _, address in ipairs(directory.proxies(entries, entry)) do
      local key = core.key(address)
      if key and owner_of(policies[3 - i], key) ~= text then note(found, policies, address) end
    end
    if clock() > until_then then return false end
  end
  return true
end

-- Adds somebody at each of a policy's domains whom nobody has.
local function add_strangers(found, policies, i)
  for _, domain in ipairs(domains.all(policies[i].compiled.domains)) do
    local name = not domain.space and domain.name:gsub("^%*", "x")
    local address = name and addresses.smtp("x-nobody", name)
    if address and core.key(address) then
      note(found, policies, address)
      found.has_others = true
    end
  end
end

-- The people of whom two policies differ.
local function people_of(policies, until_then)
  local found = { by_kind = {}, is_whole = true }
  local mine, theirs = policies[1].compiled, policies[2].compiled
  local have_same = contents.are_alike(mine, theirs, { "entries" })
  local are_ours = contents.are_alike(mine, theirs, { "domains" })
  for i = 1, 2 do
    local is_whole = have_same or add_people(found, policies, i, until_then)
    found.is_whole = found.is_whole and is_whole
    if not are_ours then add_strangers(found, policies, i) end
  end
  return found
end

-- The places of a type at which somebody may be carried: any, those of senders who are told apart, and
-- gateways of cc:Mail.
local function places_of(policies, family, senders)
  local any, list = {}, {}
  local fields = connectors.place_fields(family)
  for _, field in ipairs(fields) do any[field] = PLACE end
  list[1] = any
  for _, sender in ipairs(senders) do
    local place = sender.type == family and {}
    for _, field in ipairs(place and fields or {}) do place[field] = sender[field] or PLACE end
    list[#list + 1] = place or nil
  end
  for _, policy in ipairs(family == "CCMAIL" and policies or {}) do
    for _, postoffice in ipairs(postoffices.all(policy.compiled.postoffices)) do
      if postoffice.gateway then list[#list + 1] = { postoffice = postoffice.name } end
    end
  end
  return list
end

-- Adds an address, and who carries it, of each type that can.
local function add_carriers(texts, policies, address, senders)
  local function add(carrier)
    local text = carrier and core.format(carrier)
    if text and not texts[text] then texts[text], texts[#texts + 1] = true, text end
  end
  local plain = addresses.bare(address) -- which of an entry's addresses it is, no message says
  add(plain)
  for _, family in ipairs(shapes.families) do
    local can = family ~= "SMTP" and connectors.can_carry(family, address.type)
    for _, place in ipairs(can and places_of(policies, family, senders) or {}) do
      add(core.encapsulate(plain, family, place))
    end
  end
end

--- Senders who carry somebody of whom two policies differ, and who that is.
-- @tparam {table,...} policies
-- @tparam {table,...} senders who are told apart already
-- @tparam number until_then the processor time at which to stop
-- @treturn {string,...} texts; none of one policy
-- @treturn boolean whether these are all of whom it is known that they differ
-- @treturn boolean whether there are others like them
function stand_ins.find(policies, senders, until_then)
  local function speaks(i) return connectors.do_speak(policies[i].compiled.connectors) end
  if #policies ~= 2 or not (speaks(1) or speaks(2)) then return {}, true, false end
  local people, texts = people_of(policies, until_then), {}
  local kinds = lists.keys(people.by_kind)
  for i = 1, math.min(#kinds, MOST) do
    add_carriers(texts, policies, people.by_kind[kinds[i]], senders)
  end
  return texts, people.is_whole and #kinds <= MOST, people.has_others == true
end

return stand_ins
