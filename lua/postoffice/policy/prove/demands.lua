--- What of a policy asks something of its host that not every host has, by name.
-- @module postoffice.policy.prove.demands

local connectors = require "postoffice.policy.compile.connectors"
local directory = require "postoffice.policy.compile.directory"
local expansions = require "postoffice.policy.compile.expansions"

local MOST = 1000 -- rows of entries; whoever has more is told of these

-- The fact that has to be known for a field; false: none.
local OF_CONNECTORS = { senders = "sender", max_size = "size" }
local OF_ENTRIES = {
  { "accept", "sender" }, { "reject", "sender" }, { "authenticated", "authenticated" },
  { "max_size", "size" },
}

local function add(rows, declaration, where, field, fact, value)
  rows[#rows + 1] = {
    word = declaration.word, name = declaration.name, where = where, field = field, fact = fact,
    value = value,
  }
end

local function add_connectors(rows, compiled)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local declaration, where = connector.declaration, connector.rule
    for _, field in ipairs { "senders", "max_size" } do
      if connector[field] then
        add(rows, declaration, where, field, OF_CONNECTORS[field], nil)
      end
    end
    local speaks = connector.speaks
    if speaks and speaks ~= "SMTP" then
      add(rows, declaration, where, "speaks", nil, speaks)
    elseif not declaration.fields.nexthop then
      add(rows, declaration, where, "nexthop", nil, nil)
    end
  end
end

local function add_restrictions(rows, compiled)
  local entries = compiled.directory
  for entry, said in directory.each_restricted(entries) do
    if #rows >= MOST then return end
    for _, item in ipairs(OF_ENTRIES) do
      if said[item[1]] then
        add(rows, directory.declaration(entries, entry), directory.where(entries, entry), item[1],
          item[2], nil)
      end
    end
  end
end

local function add_owners(rows, compiled)
  local entries = compiled.directory
  for entry in directory.each_several(entries) do
    if #rows >= MOST then return end
    if directory.kind(entries, entry) == "list" and directory.owner(entries, entry) then
      add(rows, directory.declaration(entries, entry), directory.where(entries, entry), "owner",
        nil, nil)
    end
  end
end

-- Whether two say the same of senders: texts, or the name of a set.
local function same_texts(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  return table.concat(a, "\n") == table.concat(b, "\n")
end

-- By field, whether what one says holds for all that the other wants.
local HOLDS = {
  accept = same_texts, reject = same_texts,
  authenticated = function(outer) return outer end,
  max_size = function(outer, inner) return outer <= inner end,
}

-- Whether whoever may write to one entry may write to another.
local function is_as_strict(outer, inner)
  for field, holds in pairs(HOLDS) do
    local wanted, said = inner[field], outer[field]
    if wanted and not (said and holds(said, wanted)) then return false end
  end
  return true
end

local NOTHING = {}

-- The lists and the like that lead to somebody who takes less mail than they do: whoever decides by the
-- address that was written to cannot leave these out.
local function add_members(rows, compiled)
  local entries, said = compiled.directory, {}
  for entry, restrictions in directory.each_restricted(entries) do said[entry] = restrictions end
  if next(said) == nil then return end
  for entry in directory.each_several(entries) do
    if #rows >= MOST then return end
    local own = said[entry] or NOTHING
    expansions.each(entries, entry, function(id)
      if id == entry or not said[id] or is_as_strict(own, said[id]) then return false end
      add(rows, directory.declaration(entries, entry), directory.where(entries, entry), "members",
        nil, directory.name(entries, id))
      return true
    end)
  end
end

-- The facts that the text of a script reads, each of its first function.
local function add_functions(rows, functions, facts)
  local first = functions[1]
  if not first then return end
  for _, fact in ipairs(facts) do
    rows[#rows + 1] = {
      word = "function", name = first.name, where = first.where, field = fact, fact = fact,
    }
  end
end

--- What a policy demands.
-- @tparam table compiled
-- @tparam {table,...} functions those that run, as `capabilities` has them
-- @tparam {string,...} facts those that their text reads
-- @treturn {table,...} each with `word` (of the language, or `function`), `name`, `where`; `field`, what
--   of it demands something; `fact`, the field of an envelope that has to be told, if it is that; and
--   `value`, of `speaks`, and of `members` the name of one who takes less mail than the entry does.  At
--   most 1,000 of entries
local function demands(compiled, functions, facts)
  local rows = {}
  add_connectors(rows, compiled)
  add_restrictions(rows, compiled)
  add_owners(rows, compiled)
  add_members(rows, compiled)
  add_functions(rows, functions, facts)
  return rows
end

return demands
