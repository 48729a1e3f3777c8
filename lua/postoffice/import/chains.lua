--- What several tables make of addresses, one after the other, as a table that is asked once.
--
-- cleanup(8) asks sender_canonical_maps, or recipient_canonical_maps, until an address stays what it is,
-- and then canonical_maps likewise (canonical(5), cleanup_map11.c); smtp(8) asks smtp_generic_maps once,
-- of what these made (generic(5)).  sendmail asks its domaintable once, and then its genericstable
-- (cf/README).  Of the rules of a policy the first one decides: it has to make what they all make.
-- @module postoffice.import.chains

local site = require "postoffice.import.site"
local smtp = require "postoffice.import.smtp"

local chains = {}

local split, fold, made_by = site.split, site.fold, site.made_by

local MOST_ROUNDS = 10 -- MAX_RECURSION, cleanup_map11.c
local MOST_DERIVED = 10000 -- rules for single addresses that rules for whole domains lead to

-- The tables in the order in which they are asked, how often each is, and what says whether what they
-- make has the extension that was left off to find it (propagate_unmatched_extensions).
local TABLES = {
  { "domaintable", 1, "canonical" },
  { "sender_canonical_maps", MOST_ROUNDS, "canonical" },
  { "recipient_canonical_maps", MOST_ROUNDS, "canonical" },
  { "canonical_maps", MOST_ROUNDS, "canonical" },
  { "genericstable", 1, "generic" }, { "email-addresses", 1, "generic" },
  { "smtp_generic_maps", 1, "generic" },
}

local SOMEBODY = "\1" -- the local part of whoever no key names
local EXTENSION = "\2"

-- What a key is known by: an address in lower case, or a @domain; and which of the two.
local function key_of(text, complete)
  local domain = text:match "^@(.+)$"
  if domain then return smtp.is_domain(domain) and "@" .. fold(domain), true end
  local address = complete(text)
  return address and smtp.key(address) and address:lower(), false
end

-- The address, or @domain, that a value is; nil where it is none.
local function value_of(text, complete)
  local domain = text:match "^@(.+)$"
  if domain then return smtp.is_domain(domain) and text end
  local address = complete(text)
  return address and smtp.key(address) and address
end

-- Adds a row to a stage, unless it has the key.
local function add_row(stage, row, key, is_whole, value)
  if stage.values[key] then return end
  stage.values[key], stage.rows[key] = value, row
  if is_whole then return end
  local localpart, domain = split(key)
  local users = stage.users[fold(domain)] or {}
  stage.users[fold(domain)] = users
  users[#users + 1] = localpart
end

-- The stages of rows, which know their tables; each row that is one's gets its `known` key.
local function stages_of(rows, key, value)
  local by_table = {}
  for _, row in ipairs(rows) do
    local stage = by_table[row.table] or { values = {}, rows = {}, users = {} }
    by_table[row.table] = stage
    local known, is_whole = key_of(row.key, key)
    local made = known and value_of(row.value, value)
    row.known = made and known
    if made then add_row(stage, row, known, is_whole, made) end
  end
  local stages = {}
  for _, entry in ipairs(TABLES) do
    local stage = by_table[entry[1]]
    if stage then
      stage.rounds, stage.kind = entry[2], entry[3]
      stages[#stages + 1] = stage
    end
  end
  return stages
end

-- The value that a stage has for a key, whose row is used then.
local function value_at(stage, key)
  local row = stage.rows[key]
  if not row then return nil end
  row.is_used = true
  return stage.values[key]
end

-- What a stage has for an address: for all of it, without its extension, for its domain; or nil.
local function look_up(self, stage, address)
  local localpart, domain = split(address)
  local value = value_at(stage, address:lower())
  if value then return made_by(value, localpart) end
  local base = self:without_extension(address)
  value = base ~= address and value_at(stage, base:lower())
  if value then
    local stem = split(base)
    local user, at = split(made_by(value, stem))
    return user .. (self.extends[stage.kind] and localpart:sub(#stem + 1) or "") .. "@" .. at
  end
  value = value_at(stage, "@" .. fold(domain))
  return value and made_by(value, localpart)
end

-- What a stage makes of an address; nil where that never ends.  `visit` is told of all on the way.
local function pass(self, stage, address, visit)
  for _ = 1, stage.rounds do
    visit(stage, address)
    local made = look_up(self, stage, address)
    if not made or made:lower() == address:lower() then return made or address end
    address = made
  end
  return stage.rounds == 1 and address or nil
end

local function nothing() end

-- What all stages make of an address; nil where that never ends.
local function final(self, stages, address, visit)
  for _, stage in ipairs(stages) do
    address = pass(self, stage, address, visit or nothing)
    if not address then return nil end
  end
  return address
end

-- What a key becomes, as a value.
local function value_for(self, stages, key, visit)
  local is_whole = key:sub(1, 1) == "@"
  local made = final(self, stages, is_whole and SOMEBODY .. key or key, visit)
  return made and (made:gsub("^" .. SOMEBODY, ""))
end

-- Whether what becomes of an address with an extension has none.
local function drops_extension(self, stages, key)
  local localpart, domain = split(key)
  if not self.delimiter or localpart == "" then return false end
  if self:without_extension(key) ~= key then return false end
  local extended = localpart .. self.delimiter:sub(1, 1) .. EXTENSION .. "@" .. domain
  local made = final(self, stages, extended)
  return made ~= nil and not made:find(EXTENSION, 1, true)
end

-- A row for what a key becomes.
local function row_for(self, stages, row)
  local made = value_for(self, stages, row.known)
  return {
    key = row.key, value = made or row.value, where = row.where, is_circular = not made,
    drops = drops_extension(self, stages, row.known),
  }
end

-- Rows for single addresses of a domain whose rule leads to them.
local function derive(self, stages, row, seen, rows)
  local users = {}
  local value = value_for(self, stages, row.known, function(stage, address)
    for _, user in ipairs(stage.users[fold(select(2, split(address)))] or {}) do
      users[#users + 1] = user
    end
  end)
  for _, user in ipairs(users) do
    local key = user .. row.known
    local made = not seen[key] and final(self, stages, key)
    if made and made:lower() ~= made_by(value or "", user):lower() then
      seen[key] = true
      rows[#rows + 1] = row_for(self, stages, { key = key, known = key, where = row.where })
    end
    if #rows > MOST_DERIVED then return false end
  end
  return true
end

-- Rows for all that rules for whole domains lead to.
local function derive_all(self, stages, wholes, seen)
  local rows = {}
  for _, row in ipairs(wholes) do
    if not derive(self, stages, row, seen, rows) then
      self:note(row, "it leads to rules for single people, too many to be written for this domain")
      return rows
    end
  end
  return rows
end

--- Rows each of which says what all tables make of its key.  Those that are wrong, or stand twice in a
-- table, stay what they are; those of which nothing is made are marked as circular.  Rows that are asked
-- for on the way are marked as used.
-- @tparam table self a site
-- @tparam {table,...} rows with their `table`; those of a table that are looked up first stand first
-- @tparam function key of a row's key: its address
-- @tparam function value of a row's value
-- @treturn {table,...}
function chains.compose(self, rows, key, value)
  local stages, seen, wholes, list = stages_of(rows, key, value), {}, {}, {}
  for _, row in ipairs(rows) do
    local known = row.known
    if not known or seen[known] == row.table then
      list[#list + 1] = row
    elseif not seen[known] then
      seen[known] = row.table
      list[#list + 1] = row_for(self, stages, row)
      if known:sub(1, 1) == "@" then wholes[#wholes + 1] = row end
    end
  end
  for _, row in ipairs(derive_all(self, stages, wholes, seen)) do list[#list + 1] = row end
  return list
end

return chains
