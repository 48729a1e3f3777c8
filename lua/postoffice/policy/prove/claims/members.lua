--- The sets of a claim: which addresses they have.
-- @module postoffice.policy.prove.claims.members

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local is_entry = require "postoffice.policy.prove.claims.binding".is
local is_null = require "postoffice.address".is_null
local known = require "postoffice.text.domain".known
local matchers = require "postoffice.policy.pattern.matchers"
local patterns = require "postoffice.policy.prove.sets.patterns"
local regular = require "postoffice.policy.prove.sets"
local sets = require "postoffice.policy.compile.sets"
local short = require "postoffice.policy.language.describe".short
local types = require "postoffice.policy.language.types"

local members = {}

-- The fields of carriers that say where they go, and nothing of what they carry.
local OUTSIDE = { domain = true, postoffice = true, network = true, server = true }

local function always() return true end

-- The kind of domain that an address is in.  `<Postmaster>` is one of the first local domain.
local function kind_of(compiled, address, key)
  if address.type == "SMTP" and not address.domain and not is_null(address) then
    return domains.home(compiled.domains) and "local" or "foreign"
  end
  local domain = key and domains.find_of(compiled.domains, address, key)
  return domain and domain.kind or "foreign"
end

-- By kind of an item, a function of an address and its key that says whether the item has it; the key
-- is nil of an address that has none.
local ITEM = {}

function ITEM.address() return always end

function ITEM.null() return is_null end

function ITEM.pattern(binding, item)
  local matcher, message = matchers.read(item.text)
  if not matcher then
    return binding:fail(item.at, 'the pattern "%s" %s', short(item.text), message)
  end
  return function(address) return matchers.match(matcher, address) ~= nil end
end

function ITEM.type(binding, item)
  if not types.is_known(item.type) then
    local near = types.near(item.type)
    return binding:fail(item.at, "no type is called %s%s", item.type,
      near and ('; did you mean "%s"?'):format(near) or "")
  end
  local family = families.of(item.type)
  return function(address) return families.of(address.type) == family end
end

function ITEM.domain(binding, item)
  local compiled = binding.compiled
  return function(address, key)
    return not is_null(address) and kind_of(compiled, address, key) == item.domain
  end
end

function ITEM.entry(binding, item)
  local compiled, wanted = binding.compiled, nil
  if item.name then wanted = binding:entry(item.name_at, item.who, item.name) end
  return function(_, key)
    local entry = key and directory.find(compiled.directory, key)
    if not entry then return false end
    if item.name then return entry == wanted end
    return is_entry(compiled, entry, item.who)
  end
end

function ITEM.set(binding, item)
  local declared = binding.compiled.sets
  local set = sets.find(declared, item.name)
  if not set then
    return binding:fail(item.name_at, 'set "%s" is not declared%s', short(item.name),
      sets.undeclared(declared, item.name))
  end
  return function(address, key) return key ~= nil and sets.includes(set, address, key) ~= nil end
end

-- Whether one of several items has an address.
local function any_of(binding, items)
  local tests = {}
  for i, item in ipairs(items) do tests[i] = ITEM[item.kind](binding, item) or always end
  return function(address, key)
    for _, test in ipairs(tests) do
      if test(address, key) then return true end
    end
    return false
  end
end

local function none() return false end

-- The patterns among the items of a set.
local function patterns_of(set)
  local list = {}
  for _, items in ipairs { set.items, set.but } do
    for _, item in ipairs(items) do
      if item.kind == "pattern" then list[#list + 1] = item end
    end
  end
  return list
end

-- Whether a pattern looks at what carriers carry, or at what a signature makes of a local part.
local function looks_inside(item)
  local matcher = matchers.read(item.text)
  if not matcher or matcher.whole ~= nil then return false end
  for _, field in ipairs(matcher.fields) do
    local pieces = field.pieces
    local is_free = #pieces == 1 and type(pieces[1]) == "table" and pieces[1].kind ~= "one"
    if not OUTSIDE[field.field] and not is_free then return true end
  end
  return false
end

--- Whether a set looks at what is inside carriers: at more than their types and places.
-- @tparam table set of a claim
-- @treturn boolean
function members.is_sensitive(set)
  for _, item in ipairs(patterns_of(set)) do
    if looks_inside(item) then return true end
  end
  for _, items in ipairs { set.items, set.but } do
    for _, item in ipairs(items) do
      if item.kind == "entry" or item.kind == "set" then return true end
    end
  end
  return false
end

-- Adds a set to a list, which remembers that it lacks one where there is none.
local function put(list, set)
  if set then list[#list + 1] = set else list.is_partial = true end
end

-- By kind of an item, adds the sets that tell its addresses from others.
local TELL = {}

-- Adds the set that tells some addresses of a family from others; or remembers that it is untold.
local function tell_family(list, set, family)
  put(list, set)
  if not set and list.untold then list.untold[family] = true end
end

-- Adds the set of one address that the policy names; where there is none, it is noted itself.
local function tell_named(list, set, address)
  put(list, set)
  if not set and list.named then list.named[#list.named + 1] = address end
end

function TELL.pattern(list, _, item)
  local matcher = matchers.read(item.text)
  tell_family(list, regular.of_pattern(matcher), matcher.family)
end

function TELL.type(list, _, item) put(list, regular.of_type(item.type)) end

function TELL.domain(list, compiled)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local space, set = domain.space, regular.of_domain(domain)
    local address = space and patterns.address_of(space)
    if address then
      tell_named(list, set, address)
    else
      tell_family(list, set, space and space.family or "SMTP")
    end
  end
end

-- The addresses of the entries that an item has.
local function addresses_of(compiled, item)
  local entries, list = compiled.directory, {}
  for entry in directory.each(entries) do
    local has = is_entry(compiled, entry, item.who)
    if has and item.name then has = directory.name(entries, entry):lower() == item.name:lower() end
    for _, address in ipairs(has and directory.proxies(entries, entry) or {}) do
      list[#list + 1] = address
    end
  end
  return list
end

-- A policy names the recipients of its entries, as a search looks at them; of senders, it does not.
function TELL.entry(list, compiled, item)
  local found = addresses_of(compiled, item)
  if list.are_named then
    local set, is_partial = regular.of_named(found)
    put(list, set)
    list.is_partial = list.is_partial or is_partial
    return
  end
  for _, address in ipairs(found) do tell_named(list, regular.of_address(address), address) end
end

function TELL.set(list, compiled, item)
  local set, untold = regular.of_declared(sets.find(compiled.sets, item.name))
  for _, family in ipairs(untold) do tell_family(list, nil, family) end
  put(list, set)
end

-- The items that look at types alone.
local OF_TYPES = { address = true, type = true, null = true }

--- What a set looks at in addresses.
-- @tparam table set of a claim
-- @treturn string `"types"` alone, `"places"` of carriers, too, or what is `"inside"` as well
function members.looks_at(set)
  local looks = "types"
  for _, items in ipairs { set.items, set.but } do
    for _, item in ipairs(items) do
      if item.kind == "pattern" and not looks_inside(item) then
        looks = "places"
      elseif not OF_TYPES[item.kind] then
        return "inside"
      end
    end
  end
  return looks
end

--- Adds what tells the addresses of a set from others.
-- @tparam {table,...} list gets sets, as `postoffice.policy.prove.sets` has them, in `untold` the
--   families of patterns that there is none of, and in `named` addresses that there is none of;
--   `are_named` if they are of recipients
-- @tparam table compiled
-- @tparam table set of a claim, which was bound
function members.tell_apart(list, compiled, set)
  for _, items in ipairs { set.items, set.but } do
    for _, item in ipairs(items) do
      local tell = TELL[item.kind]
      if tell then tell(list, compiled, item) end
    end
  end
end

-- The items that have all addresses which nothing else has.
local OPEN = { address = true }

-- Whether no set is known that has all addresses of an item.
local function is_open(item)
  return OPEN[item.kind] or item.kind == "domain" and item.domain == "foreign"
end

-- The domains of a kind, and who is in the first local one without saying so.
local function at_domains(list, compiled, item)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.kind == item.domain then put(list, regular.of_domain(domain)) end
  end
  if item.domain == "local" then put(list, regular.of_address "<Postmaster>") end
end

-- The items of a set that have the same addresses as what tells them from others.
local EXACT = { pattern = true, type = true, null = true }

-- The sets of items; of those alone that have the same addresses, where they are to be `exact`.
local function sets_of(compiled, items, exact)
  local list = { are_named = true }
  for _, item in ipairs(items) do
    if item.kind == "null" then
      put(list, regular.of_address "<>")
    elseif item.kind == "domain" and not exact then
      at_domains(list, compiled, item)
    elseif not exact or EXACT[item.kind] then
      TELL[item.kind](list, compiled, item)
    end
  end
  return list
end

--- A set that has all addresses of one of a claim, and perhaps others.
-- @tparam table compiled
-- @tparam table set of a claim, which was bound
-- @treturn table|nil as `postoffice.policy.prove.sets` has them; nil for all addresses
function members.around(compiled, set)
  for _, item in ipairs(set.items) do
    if is_open(item) then return nil end
  end
  local list = sets_of(compiled, set.items)
  if list.is_partial then return nil end
  local around = regular.union(list)
  if not set.but then return around end
  return regular.difference(around, regular.union(sets_of(compiled, set.but, EXACT)))
end

--- The types that a set is said to be of.
-- @tparam table set of a claim
-- @treturn {string,...}
function members.types(set)
  local list = {}
  for _, items in ipairs { set.items, set.but } do
    for _, item in ipairs(items) do
      local type_name = item.type or item.kind == "pattern" and item.text:match "^([^:]+):"
      list[#list + 1] = type_name and type_name:upper() or nil
    end
  end
  return list
end

--- What tells whether a set has an address.
-- @tparam table binding
-- @tparam table set of a claim
-- @treturn function of an address
function members.bind(binding, set)
  local has = any_of(binding, set.items)
  local lacks = set.but and any_of(binding, set.but) or none
  return function(address)
    local key = known(core.key(address))
    return has(address, key) and not lacks(address, key)
  end
end

return members
