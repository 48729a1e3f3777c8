--- The sets of a claim: which addresses they have.
-- @module postoffice.policy.prove.claims.members

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local is_entry = require "postoffice.policy.prove.claims.binding".is
local known = require "postoffice.text.domain".known
local matchers = require "postoffice.policy.pattern.matchers"
local short = require "postoffice.policy.language.describe".short
local types = require "postoffice.policy.language.types"

local members = {}

local function always() return true end

-- `<>`, which is nobody.
local function is_null(address) return address.type == "SMTP" and address.localpart == "" end

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
  binding:fail(item.name_at, 'set "%s" is not declared', short(item.name))
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
