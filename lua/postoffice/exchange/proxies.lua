--- The proxy addresses of one recipient, in order.
--
-- The set is an array of addresses with a few functions; values that are no
-- addresses stand in `rejected`.
-- @module postoffice.exchange.proxies

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local ldif = require "postoffice.text.ldif"
local lists = require "postoffice.lists"
local lpeg = require "lpeg"

local C, Ct, P, R, S = lpeg.C, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local proxies = {}
local methods = {}
local metatable = { __index = methods }

local ATTRIBUTE = "proxyAddresses"

-- Former names of a mailbox: mail never leaves with one, so that none is primary.
local WITHOUT_PRIMARY = { X500 = true }

-- Exchange 5.5 joins values by % (Q155594); one that no type follows can only
-- belong to an address.
local word = (R("az", "AZ", "09") + S ".&_-") ^ 1
local separator = P "%" * #(word * ":")
local joined = Ct(C((1 - separator) ^ 1) * (separator * C((1 - separator) ^ 1)) ^ 0) * -1

local READERS = {
  joined = function(text) return lpeg.match(joined, text) or {} end,
  ldif = function(text, attribute) return ldif.read(text, attribute) end,
}

local function is_primary(address) return address.primary == nil end

local PROXY = { notation = "proxy", unknown = true }

-- A set keeps addresses of any type: what it holds is a directory's to say.
local function read_value(value)
  if type(value) == "string" then return core.parse(value, PROXY) end
  if type(value) ~= "table" then return fail "proxy-value" end
  return addresses.read_any(value)
end

-- The address with its key; or nil, message, code, position.
local function read(value)
  local address, message, code, position = read_value(value)
  if not address then return nil, message, code, position end
  local key
  key, message, code = core.key(address)
  if not key then return nil, message, code end
  return address, key
end

local function set_primary(address, primary)
  if primary then address.primary = nil else address.primary = false end
end

-- Which of several primaries of a type stays one.
local KEPT = {
  first = function(list) return list[1] end,
  last = function(list) return list[#list] end,
}

-- The addresses that `choose` takes, by `group`, in order of the groups.
local function grouped(set, group, choose)
  local order, groups = {}, {}
  for _, address in ipairs(set) do
    local name = group(address)
    if not groups[name] then
      order[#order + 1] = name
      groups[name] = {}
    end
    if choose(address) then table.insert(groups[name], address) end
  end
  return order, groups
end

local function by_type(address) return address.type end
local function any() return true end

local function settle(set, rule)
  local order, groups = grouped(set, by_type, is_primary)
  for _, kind in ipairs(order) do
    local kept = not WITHOUT_PRIMARY[kind] and KEPT[rule](groups[kind])
    for _, address in ipairs(kept and groups[kind] or {}) do
      set_primary(address, rawequal(address, kept))
    end
  end
end

local function values_of(given, options)
  if type(given) == "table" then return given end
  return READERS[options.form or "joined"](given, options.attribute or ATTRIBUTE)
end

--- Makes a set.
-- @tparam table|string given
-- @tparam table options
-- @treturn table the set; or nil, message, code, position
function proxies.new(given, options)
  local values, message, code, position = values_of(given, options)
  if not values then return nil, message, code, position end
  local set = setmetatable({ rejected = {} }, metatable)
  for index, value in ipairs(values) do
    local address
    address, message, code, position = read(value)
    if address then
      set[#set + 1] = address
    else
      table.insert(set.rejected, { index = index, text = value, message = message, code = code,
        position = position })
    end
  end
  if options.primaries then settle(set, options.primaries) end
  return set
end

--- The rules for several primaries.
proxies.RULES = KEPT

--- The forms of a text.
proxies.FORMS = READERS

local function index_of(set, key)
  for i, address in ipairs(set) do
    if core.key(address) == key then return i end
  end
end

--- The address of the set that is the same as another, by its type's rules.
-- @tparam table|string given
-- @treturn table|nil the address
-- @treturn number|nil its place
function methods:find(given)
  local address, key, code, position = read(given)
  if not address then return nil, key, code, position end
  local i = index_of(self, key)
  if not i then return fail "proxy-missing" end
  return self[i], i
end

--- The primary address of a type.
-- @string kind
-- @treturn table the address; or nil, message, code where there is none or several
function methods:primary(kind)
  arguments.type(kind, "string", "the type")
  local found
  for _, address in ipairs(self) do
    if address.type == kind:upper() and is_primary(address) then
      if found then return fail "proxy-primary-several" end
      found = address
    end
  end
  if not found then return fail "proxy-primary-missing" end
  return found
end

--- Makes an address of the set the primary one of its type, and the others secondary.
-- @tparam table|string given
-- @treturn table the address; or nil, message, code
function methods:promote(given)
  local address, message, code, position = self:find(given)
  if not address then return nil, message, code, position end
  for _, member in ipairs(self) do
    if member.type == address.type then set_primary(member, rawequal(member, address)) end
  end
  return address
end

--- Adds an address.
--
-- It comes as what its prefix says, and one that says primary takes that from
-- the primary of its type: write `smtp:` for a secondary address.
-- @tparam table|string given
-- @treturn table the address; or nil, message, code
function methods:add(given)
  local address, key, code, position = read(given)
  if not address then return nil, key, code, position end
  if index_of(self, key) then return fail "proxy-duplicate" end
  self[#self + 1] = address
  if is_primary(address) and not WITHOUT_PRIMARY[address.type] then self:promote(address) end
  return address
end

--- Removes an address. Nobody is made primary in its place.
-- @tparam table|string given
-- @treturn table the address as it stood; or nil, message, code
function methods:remove(given)
  local address, at, code, position = self:find(given)
  if not address then return nil, at, code, position end
  return table.remove(self, at)
end

--- Removes what stands twice: a primary address stays, else the first.
-- @treturn table what was removed
function methods:deduplicate()
  local order, groups = grouped(self, core.key, any)
  local removed, kept = {}, {}
  for _, key in ipairs(order) do
    local stays = groups[key][1]
    for _, address in ipairs(groups[key]) do
      if is_primary(address) and not is_primary(stays) then stays = address end
    end
    kept[#kept + 1] = stays
    for _, address in ipairs(groups[key]) do
      if not rawequal(address, stays) then removed[#removed + 1] = address end
    end
  end
  for i = 1, #self do self[i] = kept[i] end
  return removed
end

local function report(problems, code, fields)
  fields.code, fields.message = code, (core.message(code))
  problems[#problems + 1] = fields
end

local function report_rejected(self, problems)
  for _, rejected in ipairs(self.rejected) do problems[#problems + 1] = rejected end
end

local function report_duplicates(self, problems)
  local order, groups = grouped(self, core.key, any)
  for _, key in ipairs(order) do
    if #groups[key] > 1 then report(problems, "proxy-duplicate", { addresses = groups[key] }) end
  end
end

local function report_primaries(self, problems)
  local order, groups = grouped(self, by_type, is_primary)
  for _, kind in ipairs(order) do
    local found = #groups[kind]
    if found ~= 1 and not WITHOUT_PRIMARY[kind] then
      local code = found == 0 and "proxy-primary-missing" or "proxy-primary-several"
      report(problems, code, { type = kind, addresses = groups[kind] })
    end
  end
end

--- What is wrong with the set.
-- @treturn table `{ { code=, message=, addresses=, type= }, ... }`, and the rejected values
function methods:problems()
  local problems = {}
  report_rejected(self, problems)
  report_duplicates(self, problems)
  report_primaries(self, problems)
  return problems
end

--- The addresses as text.
-- @treturn table an array of strings; or nil, message, code
function methods:texts()
  local texts = {}
  for i, address in ipairs(self) do
    local text, message, code = core.format(address)
    if not text then return nil, message, code end
    texts[i] = text
  end
  return texts
end

--- The addresses joined by %, as Exchange 5.5 imports them (Q155594).
-- @treturn string; or nil, message, code: an address that holds a % would be cut there
function methods:joined()
  local texts, message, code = self:texts()
  if not texts then return nil, message, code end
  for _, text in ipairs(texts) do
    if text:find("%", 1, true) then return fail "proxy-percent" end
  end
  return table.concat(texts, "%")
end

--- The addresses as lines of LDIF (RFC 2849).
-- @string[opt="proxyAddresses"] attribute
-- @treturn string; or nil, message, code
function methods:ldif(attribute)
  arguments.type(attribute or ATTRIBUTE, "string", "the attribute")
  local texts, message, code = self:texts()
  if not texts then return nil, message, code end
  return ldif.write(texts, attribute or ATTRIBUTE)
end

-- Enters the addresses of one set by their keys; returns true, or as `read` fails.
local function enter(by_key, holder, set)
  for _, value in ipairs(set) do
    local address, key, code, position = read(value)
    if not address then return nil, key, code, position end
    local entry = by_key[key] or { key = key, address = address, holders = {} }
    by_key[key] = entry
    if entry.holders[#entry.holders] ~= holder then table.insert(entry.holders, holder) end
  end
  return true
end

--- Addresses that several sets hold.
-- @tparam table sets by the names of their holders
-- @treturn table `{ { key=, address=, holders= }, ... }` in order of the keys; or nil,
--   message, code, position
function proxies.conflicts(sets)
  local by_key = {}
  for _, holder in ipairs(lists.keys(sets)) do
    local entered, message, code, position = enter(by_key, holder, sets[holder])
    if not entered then return nil, message, code, position end
  end
  local conflicts = {}
  for _, key in ipairs(lists.keys(by_key)) do
    if #by_key[key].holders > 1 then conflicts[#conflicts + 1] = by_key[key] end
  end
  return conflicts
end

return proxies
