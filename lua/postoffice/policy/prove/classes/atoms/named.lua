--- The addresses that policies name: those of entries, with extensions where these matter, and those to which
-- mail is sent on.
-- @module postoffice.policy.prove.classes.atoms.named

local addresses = require "postoffice.address"
local collected = require "postoffice.policy.prove.classes.atoms.collected"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local extensions = require "postoffice.policy.prove.classes.extensions"
local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local goals = require "postoffice.policy.prove.classes.goals"

local named = {}

local ANY = globs.ANY
local cond, term = formulas.cond, formulas.term
local NONE = {}

-- The names of cc:Mail's without a post office: one may find an entry (Q197255).
local function add_bare(found, address)
  if address.type ~= "CCMAIL" then return end
  local bare = core.parse(address.mailbox, families.native "CCMAIL")
  if bare and not bare.postoffice then collected.add_key(found, bare) end
end

-- Adds an address with an extension, where its domain has such; and, where it matters which one,
-- all that are of this mailbox.
local function add_extended(found, compiled, address, matters, said)
  local key = address.type == "SMTP" and address.domain and core.key(address)
  local domain = key and domains.find(compiled.domains, key)
  local separators = domains.separators(domain, compiled.settings)
  if not separators then return end
  for separator in separators:gmatch "." do
    local user = address.localpart .. separator
    collected.add_key(found, addresses.smtp(user .. "x", address.domain))
    for _, extension in ipairs(matters and said or NONE) do
      collected.add_key(found, addresses.smtp(user .. extension, address.domain))
    end
    if matters then
      local one = term("SMTP", {
        domain = { cond(globs.literal(key:match "@([^@]*)$")) },
        localpart = { cond(globs.joined(globs.literal(user), { ANY })) },
      })
      found.extended[one.id] = true
      collected.add_test(found, one)
    end
  end
end

local FEW_ENTRIES = 200 -- so few that the extensions of all are told apart

local function add_proxies(found, compiled, entry, said)
  local entries = compiled.directory
  local matters = found.asks_for_users or directory.kind(entries, entry) ~= "mailbox"
    or directory.count(entries) < FEW_ENTRIES
  for _, address in ipairs(directory.proxies(entries, entry)) do
    collected.add_key(found, address)
    add_bare(found, address)
    add_extended(found, compiled, address, matters, said)
  end
end

--- Adds an address to which a policy sends mail on, and what may become of it: a recipient who is one of
-- these comes back to where he was.
-- @tparam table found from `collected.new`
-- @tparam table compiled
-- @tparam table address
function named.add_goal(found, compiled, address)
  local onward = goals.onward(compiled, address)
  for _, made in ipairs(onward.list) do collected.add_key(found, made) end
  if onward.is_partial then found.work.left = -1 end
end

--- Adds the addresses that a policy's entries have, and those to which it sends mail on.
-- @tparam table found from `collected.new`
-- @tparam table compiled
function named.add(found, compiled)
  local said = extensions.said(compiled)
  for entry in directory.each(compiled.directory) do
    add_proxies(found, compiled, entry, said)
  end
  goals.each(compiled, function(address) named.add_goal(found, compiled, address) end)
  for _, text in ipairs { "<>", "<Postmaster>" } do collected.add_key(found, core.parse(text)) end
end

return named
