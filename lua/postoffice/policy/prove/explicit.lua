--- What the directory has, and no rewrite gets therefore: whole addresses, those with an extension,
-- and names of cc:Mail.  An explicit entry goes before any pattern.
--
-- A directory may have thousands, of which a rule matches hardly any: one is looked up when it is a
-- witness, and is none from then on.
-- @module postoffice.policy.prove.explicit

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local find_extended = require "postoffice.policy.route.stage4_extension".find
local matchers = require "postoffice.policy.pattern.matchers"
local sets = require "postoffice.policy.prove.sets"

local MOST = 40 -- addresses of a rule that entries have, which are remembered

local Explicit = {}
Explicit.__index = Explicit

-- A text as a pattern that matches it alone.
local function quoted(text) return (text:gsub("[*?{}\\]", "\\%0")) end

-- All addresses that the directory has without their extension where it has this one; nil if that is
-- its own. Of `node`, the resolver's, which knows what was split off.
local function with_extensions(address, node)
  if not node.separator then return nil end
  local user = address.localpart:sub(1, #address.localpart - #node.extension)
  local matcher = matchers.read_table {
    type = "SMTP", localpart = quoted(user) .. "*", domain = quoted(address.domain),
  }
  return matcher and sets.of_pattern(matcher)
end

-- The entry that the directory has for an address, and those that it has likewise, a set.
local function find(compiled, address)
  local key = core.key(address)
  local entry, node = directory.find(compiled.directory, key), nil
  if not entry then
    local domain = domains.find_of(compiled.domains, address, key)
    node = { address = address, key = key, domain = domain }
    entry = find_extended({ compiled = compiled }, node)
  end
  if not entry and address.type == "CCMAIL" and not address.postoffice then
    entry = directory.find_bare(compiled.directory, key)
  end
  if not entry then return nil end
  return entry, node and with_extensions(address, node) or sets.of_address(address)
end

-- What is known of a rule.
local function known_of(self, rule)
  self.known[rule] = self.known[rule] or { sets = { sets.nothing }, entries = {} }
  return self.known[rule]
end

--- Whether an entry has an address that a rule matches; that is remembered of the rule.
-- @tparam table rule
-- @tparam table address
-- @treturn boolean
function Explicit:learn(rule, address)
  local entry, set = nil, nil
  if self.compiled then entry, set = find(self.compiled, address) end
  if not entry then return false end
  local known = known_of(self, rule)
  if set and #known.entries < MOST then
    self.count = self.count + 1
    known.sets[#known.sets + 1], known.entries[#known.entries + 1] = set, entry
  end
  return true
end

--- What entries are known to have of what a rule matches.
-- @tparam table rule
-- @treturn table a set
function Explicit:of(rule) return sets.union(known_of(self, rule).sets) end

--- The entries that are known to have something of it, each once.
-- @tparam table rule
-- @treturn {number,...}
function Explicit:entries(rule)
  local list, seen = {}, {}
  for _, entry in ipairs(known_of(self, rule).entries) do
    if not seen[entry] then seen[entry], list[#list + 1] = true, entry end
  end
  return list
end

--- What learns of the directory.
-- @tparam table|false compiled false where the directory is not asked
-- @treturn table with `learn`, `of`, `entries`, and `count`, of what it has learned
local function new(compiled)
  return setmetatable({ compiled = compiled, known = {}, count = 0 }, Explicit)
end

return { new = new }
