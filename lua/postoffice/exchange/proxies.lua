--- The proxy addresses of one recipient, in order.
--
-- The set is an array of addresses with a few functions; values that are no
-- addresses stand in `rejected`.
-- @module postoffice.exchange.proxies

local addresses = require "postoffice.address"
local arguments = require "postoffice.arguments"
local core = require "postoffice.core"
local fail = require "postoffice.fail"
local joined = require "postoffice.text.joined"
local ldif = require "postoffice.text.ldif"
local lists = require "postoffice.lists"
local records = require "postoffice.text.ldif_records"

local find, lower, match = string.find, string.lower, string.match

local proxies = {}
local methods = {}
local metatable = { __index = methods }

local ATTRIBUTE = "proxyAddresses"

-- Former names of a mailbox: mail never leaves with one, so that none is primary.
local WITHOUT_PRIMARY = { X500 = true }

-- The separators of exports that no backslash protects, and how they are written.
local BARE = { [";"] = ";", [","] = ",", ["|"] = "|", [" "] = " ", ["\n"] = "\n", ["{}"] = ", " }

--- What may separate the addresses of a text: Exchange 5.5's (Q190706), and those of others.
proxies.SEPARATORS = {}
for _, separator in ipairs(joined.SEPARATORS) do proxies.SEPARATORS[separator] = true end
for separator in pairs(BARE) do proxies.SEPARATORS[separator] = true end

-- The values of a text whose separator is said, or else seen.
local function split(text, separator)
  local values = {}
  if not separator then
    joined.split_any(text, values)
  elseif BARE[separator] then
    joined.split_said(text, values, separator)
  else
    joined.split_exchange55(text, values, separator)
  end
  return values
end

local READERS = {
  joined = function(text, options) return split(text, options.separator) end,
  ldif = function(text, options) return ldif.read(text, options.attribute or ATTRIBUTE) end,
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

-- ---- What a directory takes no more (IdFix) -----------------------------------

local LONGEST = 256 -- characters of a value

-- Domains of networks of one's own, by their last label (RFC 6762 appendix G, RFC 2606 apart).
local LOCAL = {}
for label in ("local localdomain lan internal intranet corp home private"):gmatch "%l+" do
  LOCAL[label] = true
end

-- Characters of UTF-8, or bytes.
local function length(text) return #text:gsub("[\128-\191]", "") end

-- What is wrong with an address, as it was written: tests of both, by their codes.
local FAULTS = {
  { "proxy-blank", function(_, text)
    return find(text, "^%s") or find(text, "%s$") or find(text, "^%w+:%s")
  end },
  { "proxy-long", function(_, text) return length(text) > LONGEST end },
  { "proxy-character", function(address)
    return address.type == "SMTP" and find(address.localpart, '[%s<>();,%[%]"]')
  end },
  { "proxy-domain-short", function(address)
    return address.type == "SMTP" and not find(address.domain, "[.%[]")
  end },
  { "proxy-domain-local", function(address)
    return address.type == "SMTP" and LOCAL[lower(match(address.domain, "%.([^.]+)$") or "")]
  end },
}

-- What is wrong with an address of a set that stands at `index` of what was given.
local function notice(set, address, text, index)
  for _, fault in ipairs(FAULTS) do
    if fault[2](address, text) then
      table.insert(set.noticed, { code = fault[1], message = (core.message(fault[1])), text = text,
        index = index, addresses = { address } })
    end
  end
end

-- ---- Sets --------------------------------------------------------------------

local function values_of(given, options)
  if type(given) == "table" then return given end
  return READERS[options.form or "joined"](given, options)
end

-- The places of a set's addresses by their keys, and its primary ones by type; made anew when
-- somebody changed the set's length by hand.
local function index_of_set(self)
  local index = self.index
  if index and index.count == #self then return index end
  index = { count = #self, place = {}, primary = {} }
  for i, address in ipairs(self) do
    local key = core.key(address)
    index.place[key] = index.place[key] or i
    if is_primary(address) then
      index.primary[address.type] = index.primary[address.type] or {}
      table.insert(index.primary[address.type], address)
    end
  end
  self.index = index
  return index
end

--- Makes a set.
-- @tparam table|string given
-- @tparam table options
-- @treturn table the set; or nil, message, code, position
function proxies.new(given, options)
  local values, message, code, position = values_of(given, options)
  if not values then return nil, message, code, position end
  local set = setmetatable({ rejected = {}, noticed = {} }, metatable)
  for index, value in ipairs(values) do
    local address
    address, message, code, position = read(value)
    if address then
      set[#set + 1] = address
      notice(set, address, type(value) == "string" and value or core.format(address) or "", index)
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

--- The address of the set that is the same as another, by its type's rules.
-- @tparam table|string given
-- @treturn table|nil the address
-- @treturn number|nil its place
function methods:find(given)
  local address, key, code, position = read(given)
  if not address then return nil, key, code, position end
  local i = index_of_set(self).place[key]
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
  self.index = nil
  return address
end

-- Makes an address that was added the primary one of its type.
local function replace_primary(index, address)
  local before = index.primary[address.type]
  for _, other in ipairs(WITHOUT_PRIMARY[address.type] and {} or before or {}) do
    set_primary(other, false)
  end
  index.primary[address.type] = { address }
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
  local index = index_of_set(self)
  if index.place[key] then return fail "proxy-duplicate" end
  self[#self + 1] = address
  index.count, index.place[key] = #self, #self
  notice(self, address, type(given) == "string" and given or core.format(address) or "", #self)
  if is_primary(address) then replace_primary(index, address) end
  return address
end

--- Removes an address. Nobody is made primary in its place.
-- @tparam table|string given
-- @treturn table the address as it stood; or nil, message, code
function methods:remove(given)
  local address, at, code, position = self:find(given)
  if not address then return nil, at, code, position end
  self.index = nil
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
  self.index = nil
  return removed
end

local function report(problems, code, fields)
  fields.code, fields.message = code, (core.message(code))
  problems[#problems + 1] = fields
end

local function report_rejected(self, problems)
  for _, rejected in ipairs(self.rejected) do problems[#problems + 1] = rejected end
end

-- Of addresses that the set still has.
local function report_noticed(self, problems)
  local here = {}
  for _, address in ipairs(self) do here[address] = true end
  for _, found in ipairs(self.noticed) do
    if here[found.addresses[1]] then problems[#problems + 1] = found end
  end
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
  report_noticed(self, problems)
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

-- Texts joined by a separator that nothing protects: read back, they have to be the same.
local function join_bare(texts, separator)
  local text = table.concat(texts, BARE[separator])
  if separator == "{}" then text = "{" .. text .. "}" end
  if separator == "\n" and #texts == 1 then text = text .. "\n" end
  local again = split(text, separator)
  for i = 1, math.max(#texts, #again) do
    if texts[i] ~= again[i] then return fail "proxy-separator" end
  end
  return text
end

--- The addresses joined: by %, as Exchange 5.5 imports them (Q155594), or by another separator.
-- @string[opt="%"] separator one of `proxies.SEPARATORS`
-- @treturn string; or nil, message, code: an address would be cut there
function methods:joined(separator)
  arguments.choice(separator, proxies.SEPARATORS, "separator")
  local texts, message, code = self:texts()
  if not texts then return nil, message, code end
  if BARE[separator] then return join_bare(texts, separator) end
  local text = joined.join(texts, separator)
  local again = split(text, separator or "%")
  if #again ~= #texts then return fail "proxy-separator" end
  return text
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

--- The proxies of each record of LDIF that has some.
-- @string text
-- @tparam table options as for `new`
-- @treturn table `{ { dn =, proxies = set }, ... }` in their order; or nil, message, code, position
function proxies.of_records(text, options)
  local attribute, list, given = lower(options.attribute or ATTRIBUTE), {}, text
  local reader = records.open(function()
    local block = given
    given = nil
    return block
  end)
  if not reader then return fail "ldif-line" end
  local record, message, line = reader:read()
  while record do
    local values, dn = {}, nil
    for _, said in ipairs(record) do
      if said.name == "dn" then dn = said.value end
      if said.name == attribute and said.value then values[#values + 1] = said.value end
    end
    if #values > 0 then list[#list + 1] = { dn = dn, proxies = proxies.new(values, options) } end
    record, message, line = reader:read()
  end
  if message then return fail("ldif-line", line) end
  return list
end

return proxies
