--- Proxies in no domain of ours, and forwards to nearly one, for `postoffice.policy.prove.lint`.
--
-- An entry may have addresses wherever it likes: old names, and targets that Exchange keeps among
-- the proxies (Q157007).  So an SMTP domain is told if it is a slip of the key away from one of
-- ours, or where signed answers go past the entry, and in other types whoever is in none of the
-- domains that are declared for it.  Mail may go on to anywhere: of where it goes, and of who gets
-- bounces, only a slip of the key is told.
-- @module postoffice.policy.prove.lint_proxies

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domain_text = require "postoffice.text.domain"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local near_miss = require "postoffice.policy.prove.near_miss"
local signers = require "postoffice.policy.compile.signers"

local match, upper = string.match, string.upper

-- The key of an entry's target, or nil.
local function target_key(look, entry)
  if directory.kind(look.compiled.directory, entry) ~= "target" then return nil end
  return (select(3, directory.target(look.compiled.directory, entry)))
end

-- What an address of an entry is to it: the code, and what is said.
local PROXY = { code = "proxy-near-miss", said = "has the proxy" }
local GOAL = { code = "target-near-miss", said = "sends mail on to" }
local OWNER = { code = "target-near-miss", said = "has bounces sent to" }

-- Tells, of each domain once, of an address at a slip of the key from a domain of ours.
local function tell_near_miss(look, what, text, entry, folded, near)
  if look.near_told[folded] then return end
  look.near_told[folded] = true
  look.find("note", what.code, directory.declaration(look.compiled.directory, entry),
    ('%s "%s", and %s at %s is a slip of the key away'):format(what.said, describe.short(text),
      describe.title(near.declaration), describe.where(near.declaration)),
    "correct it, or declare its domain, too")
end

-- Tells of a proxy that is somebody else's to who opens a signed answer to it, and this entry's to
-- all others: a host that asks again by the text of what was opened gets the entry.
local function tell_signed(look, text, entry)
  look.find("note", "proxy-signed", directory.declaration(look.compiled.directory, entry),
    ('has the proxy "%s", and a signed answer to it goes to its domain, which is not declared, past'
      .. " this entry"):format(describe.short(text)),
    "declare its domain, or remove the proxy")
end

-- Tells what is to be told of an SMTP proxy at a domain; whether nothing is to be told of that any more.
local function look_at_domain(look, text, entry, name, folded)
  local near = look.near_miss(name)
  if near then
    tell_near_miss(look, PROXY, text, entry, folded, near)
    return true
  elseif not look.opens_answers or domains.find_name(look.compiled.domains, folded) then
    return true
  elseif core.key(text) == target_key(look, entry) then
    return false
  end
  tell_signed(look, text, entry)
  return true
end

-- What is told of an SMTP proxy; of each domain once.
local function look_at_smtp(look, text, entry)
  local name = match(text, "@([^@]+)$")
  local folded = name and domain_text.fold(name)
  if not folded or look.seen[folded] then return end
  look.seen[folded] = look_at_domain(look, text, entry, name, folded)
end

-- What is told of an address that an entry's mail goes on to, or that gets bounces.
local function look_at_goal(look, what, address, entry)
  local folded = address.type == "SMTP" and address.domain and domain_text.fold(address.domain)
  if not folded then return end
  if look.near[folded] == nil then look.near[folded] = look.near_miss(address.domain) or false end
  local near = look.near[folded]
  if near then tell_near_miss(look, what, core.format(address), entry, folded, near) end
end

local function look_at_goals(look, entry)
  local entries = look.compiled.directory
  for _, address in ipairs(directory.goals(entries, entry)) do
    look_at_goal(look, GOAL, address, entry)
  end
  if directory.kind(entries, entry) == "list" then
    local _, owner = directory.owner_way(entries, entry)
    if type(owner) == "table" then look_at_goal(look, OWNER, owner, entry) end
  end
end

-- What is told of a proxy of another type: of each type once.  Old Exchange names are kept on
-- purpose, for replies.
local function look_at_typed(look, text, entry, type_name)
  local family = families.of(type_name)
  if not look.types[family] or look.seen[family .. ":"] or family == "EX" then return end
  local address = core.parse(text, { unknown = true })
  local key = address and core.key(address)
  if not key or domains.find_of(look.compiled.domains, address, key)
    or key == target_key(look, entry) then
    return
  end
  look.seen[family .. ":"] = true
  look.find("note", "proxy-elsewhere", directory.declaration(look.compiled.directory, entry),
    ('has the proxy "%s", which is in none of our domains of %s'):format(describe.short(text),
      type_name), "correct it, or declare its domain, too")
end

-- Whether answers that are signed are opened at a domain of ours.
local function opens_answers(compiled)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if signers.is_opened(domain, "SRS") then return true end
  end
  return false
end

-- The families of types that have domains.
local function typed_families(compiled)
  local set = {}
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.space then set[domain.space.family] = true end
  end
  return set
end

--- Finds them.
-- @tparam table compiled
-- @tparam function find_fault is given severity, code, declaration, message and advice
-- @tparam function is_over whether there is no time left; of an entry
local function lint_proxies(compiled, find_fault, is_over)
  if not domains.are_declared(compiled.domains) then return end
  local look = {
    compiled = compiled, find = find_fault, seen = {}, types = typed_families(compiled),
    near = {}, near_told = {},
    near_miss = near_miss.finder(compiled.domains), opens_answers = opens_answers(compiled),
  }
  for entry in directory.each(compiled.directory) do
    if is_over(entry) then return end
    for _, text in ipairs(directory.proxy_texts(compiled.directory, entry)) do
      local type_name = upper(match(text, "^(%w+):") or "SMTP")
      if type_name == "SMTP" then
        look_at_smtp(look, text, entry)
      else
        look_at_typed(look, text, entry, type_name)
      end
    end
    look_at_goals(look, entry)
  end
end

return lint_proxies
