--- Entries that refer to others as directories do: by distinguished name, by path, by alias.
--
-- Whoever is referred to may stand further down, so that such entries wait for the end of the file.
-- @module postoffice.text.formats.references

local lists = require "postoffice.lists"

local lower, match, sub = string.lower, string.match, string.sub

local references = {}

local methods = {}
local metatable = { __index = methods }

--- The address by which others may refer to somebody: the primary one of SMTP, else the first.
-- @tparam {string,...} proxies
-- @treturn string|nil
function references.address_of(proxies)
  for _, text in ipairs(proxies) do
    if sub(text, 1, 5) == "SMTP:" then return text end
  end
  return proxies[1]
end

--- Where mail for an entry goes on to, as texts: who gets no extension, beside others who do, by name.
-- @tparam table entry as `postoffice.policy.prove.export` has it
-- @treturn {string,...}
function references.targets(entry)
  return lists.map(entry.targets, function(target)
    return entry.is_mixed and target.id and target.name or target.address
  end)
end

--- An address as a pattern of senders has it: with its type.
-- @string text
-- @treturn string
function references.typed(text)
  return match(text, "^%s*%a[%w._&-]*:") and text or "SMTP:" .. text
end

--- What knows nobody yet.
-- @tparam table source of a reader; its `keep_place` returns what `place` has to be again when an entry
--   that was held is told
-- @tparam function is_address whether a text that nobody is known by may stand for itself
-- @tparam[opt] function keys_of a text: by which texts whom it refers to may be known, the surest first;
--   by itself, unless said
-- @treturn table with `know`, `whom`, `hold` and `tell`
function references.new(source, is_address, keys_of)
  return setmetatable({ source = source, known = {}, held = {}, is_address = is_address,
    keys_of = keys_of or function(id) return { id } end }, metatable)
end

--- Remembers by which text others refer to an entry.  One that several have names nobody.
-- @string id in any case
-- @string name the entry's
-- @string address by which its mail finds it
-- @tparam[opt] table entry for who asks `whom`
function methods:know(id, name, address, entry)
  local key = lower(id)
  local before = self.known[key]
  if before == nil then
    self.known[key] = { name = name, address = address, entry = entry }
  elseif before and before.address ~= address then
    self.known[key] = false
  end
end

--- Keeps an entry until all are known.
-- @tparam table entry `name`, `proxies`, `line`, `targets`, `keep`, `more`, and `ids`, lists of texts
--   by the fields that they are for: `targets`, `members`, `owner` (of one), `accept`, `reject`;
--   `place`, if it is not that of the entry at hand
function methods:hold(entry)
  entry.place = entry.place or self.source.keep_place()
  self.held[#self.held + 1] = entry
end

--- Calls a function with each entry that is held.
-- @tparam function visit
function methods:each(visit)
  for _, entry in ipairs(self.held) do visit(entry) end
end

-- Senders are known by the names of entries, all others by an address.
local WHAT = { accept = "name", reject = "name" }

--- Who is known by a text.
-- @string id
-- @treturn table|boolean|nil its `name`, `address` and `entry`; false for several; nil for nobody
function methods:whom(id)
  for _, key in ipairs(self.keys_of(id)) do
    local known = self.known[lower(key)]
    if known ~= nil then return known end
  end
end

-- What a reference stands for; or nil and what is wrong.
local function meaning(self, field, id)
  local entry = self:whom(id)
  if entry then return entry[WHAT[field] or "address"] end
  if entry == nil and self.is_address(id) then return WHAT[field] and references.typed(id) or id end
  return nil, (': %s: "%s" is %s'):format(field, #id > 64 and sub(id, 1, 64) .. "..." or id,
    entry == false and "several in this file" or "nobody in this file that has an address")
end

-- What a list of references stands for, and whether all of them stand for something; `said` is given
-- them by what they stand for, and `fault` those that stand for nothing.
local function meanings(self, entry, field, ids, said, fault)
  local texts, good = {}, true
  for _, id in ipairs(ids) do
    local text, message = meaning(self, field, id)
    if text then
      texts[#texts + 1], said[text] = text, id
    else
      fault(entry.name, message, entry.place(field, id))
      good = false
    end
  end
  return texts, good
end

-- Where something stands of an entry: what it refers to, as it is written there.
local function place_of(entry, said)
  return function(field, text)
    if field == "target" and said.targets then field = "targets" end
    return entry.place(field, said[field] and text and said[field][text] or text)
  end
end

-- What a list can be without.
local CAN_LACK = { members = true, owner = true }

-- Gives an entry all that it refers to; false if it cannot be without one that is wrong.
-- `said` is given, by field, how that is written.
local function resolve(self, entry, said, fault)
  for field, ids in pairs(entry.ids) do
    said[field] = {}
    local texts, good = meanings(self, entry, field, ids, said[field],
      CAN_LACK[field] and self.source.partial or fault)
    if not good and not CAN_LACK[field] then return false end
    if field == "targets" then
      entry.targets = #texts == 1 and texts[1] or texts
    elseif field == "owner" then
      entry.more.owner = texts[1]
      if texts[2] and self.source.remark then
        self.source.remark(entry.name, ": of several owners the first gets the bounces",
          entry.place(field, ids[2]))
      end
    else
      local all = entry.more[field] or {}
      lists.add_all(all, texts)
      entry.more[field] = lists.distinct(all)
    end
  end
  return true
end

--- Tells the entries that were held.
-- @tparam function sink as readers of formats have it
-- @tparam function fault likewise
function methods:tell(sink, fault)
  for _, entry in ipairs(self.held) do
    local said = {}
    entry.more, self.source.place = entry.more or {}, place_of(entry, said)
    if resolve(self, entry, said, fault) then
      sink(entry.name, entry.proxies, entry.line, entry.targets, entry.keep,
        next(entry.more) and entry.more or nil)
    end
  end
  self.held = {}
end

--- Tells an entry at once if it refers to nobody, else holds it.
-- @tparam table entry as for `hold`
-- @tparam function sink
function methods:take(entry, sink)
  if next(entry.ids) then return self:hold(entry) end
  sink(entry.name, entry.proxies, entry.line, entry.targets, entry.keep,
    entry.more and next(entry.more) and entry.more or nil)
end

return references
