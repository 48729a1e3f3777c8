--- Address spaces that no mail falls into, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_spaces

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local domain_text = require "postoffice.text.domain"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local patience = require "postoffice.policy.prove.patience"

local glob_match = core.glob_match

-- What a wildcard of a space can stand for in an address of these types.
local ONES = { "x", "@", "1" }
local ANYS = {
  "", "x", "x@", "@x", "x@x", "x.x", " at x", "x at", "x at x", "1", ":1", "1.1",
}
-- The same after the bracket of an address literal (RFC 5321 4.1.3).
local LITERALS = {
  "x", "", "1", "1.1", "1.1.1", "1.1.1.1", "1]", "1.1]", "1.1.1]", "1.1.1.1]", ":1", "::1", ":1]",
  "::1]", "x:x", "x:x]", "x]",
}

local EXAMPLES = { SMTP = '"SMTP:*@partner.example"', CCMAIL = '"CCMAIL:* at HQ"' }

-- A text that a program of `core.glob_match` matches: with `one` for every `?`,
-- `first` for the first `*`, `rest` for the others.
local function sample(program, one, first, rest)
  local any = first
  return (program:gsub("\4?.", function(item)
    if item == "\1" then return one end
    if item ~= "\2" then return item:sub(-1) end
    local text = any
    any = rest
    return text
  end))
end

local function matches(space, text)
  local address = core.parse(text, { type = space.family, notation = "native" })
  local key = address and core.key(address)
  return key ~= nil and glob_match(space.glob, key:sub(#space.family + 2)) ~= false
end

-- Whether some address falls into a space of wildcards, as far as samples tell.
local function matches_some(space)
  local anys = space.text:find("@[", 1, true) and LITERALS or ANYS
  for _, one in ipairs(ONES) do
    for _, first in ipairs(anys) do
      for _, rest in ipairs(anys) do
        if matches(space, sample(space.glob, one, first, rest)) then return true end
      end
    end
  end
  return false
end

-- The domains of other types than SMTP by what their spaces are.
local function domains_by_space(compiled)
  local by_space = {}
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.space then by_space[domain.space.id] = domain end
  end
  return by_space
end

-- The domain that has all addresses of a space of another type than SMTP: it is that domain's, or
-- what it says by itself tells its domain.
local function domain_of_typed(compiled, space, by_space)
  if by_space[space.id] then return by_space[space.id] end
  local text, native = space.component or space.text:match ":(.*)$", families.native(space.family)
  local address = space.class ~= "wildcard" and core.parse(text, native)
    or space.component and core.parse(text .. families.border(space.family) .. "x", native)
  local key = address and core.key(address)
  return key and domains.find_of(compiled.domains, address, key)
end

-- The local domain that has all addresses of a space, or nil.
local function local_domain(compiled, space, by_space)
  if space.family ~= "SMTP" then
    local domain = domain_of_typed(compiled, space, by_space)
    return domain and domain.kind == "local" and domain or nil
  end
  local name = space.text:match "@([^@*?\\]+)$"
  local folded = name and domain_text.fold(name)
  local domain = folded and domains.find_name(compiled.domains, folded)
  return domain and domain.kind == "local" and domain or nil
end

-- Whether no address falls into a space.
local function is_empty(space)
  return space.class == "wildcard" and EXAMPLES[space.family] ~= nil and not matches_some(space)
end

local function find_empty(space, find)
  if not is_empty(space) then return false end
  local example = EXAMPLES[space.family]
  find("warning", "space-empty", space.connector.declaration,
    ('has the space "%s", and no %s address is like that'):format(space.text, space.family),
    ("remove it, or write one such as %s"):format(example))
  return true
end

local function find_local(compiled, space, by_space, find)
  local domain = local_domain(compiled, space, by_space)
  if not domain then return end
  find("warning", "space-local", space.connector.declaration,
    ('has the space "%s", but %s at %s is local: what nobody there has is unknown'):format(
      space.text, describe.title(domain.declaration), describe.where(domain.declaration)),
    'write kind = "relay" there, or remove the space')
end

-- Spaces that stand twice in one connector.
local function find_repeated(connector, find)
  local seen = {}
  for _, space in ipairs(connector.spaces) do
    local text = space.id
    if seen[text] then
      find("warning", "space-repeated", connector.declaration,
        ('has the space "%s" twice'):format(space.text), "remove one")
    end
    seen[text] = true
  end
end

-- Domains of no address.
local function find_empty_domains(compiled, find)
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.space and is_empty(domain.space) then
      find("warning", "domain-empty", domain.declaration,
        ("has no address: no %s address is like that"):format(domain.space.family),
        ("remove it, or write one such as domain %s"):format(EXAMPLES[domain.space.family]))
    end
  end
end

-- Spaces of a connector that take no mail; true if there is no time left to tell.
local function find_in_connector(policy, connector, by_space, find)
  find_repeated(connector, find)
  for _, space in ipairs(connector.spaces) do
    if patience.ends(policy, find, connector.declaration) then return true end
    if not find_empty(space, find) then find_local(policy.compiled, space, by_space, find) end
  end
  return false
end

--- Finds them.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_spaces(policy, find)
  local by_space = domains_by_space(policy.compiled)
  for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
    if find_in_connector(policy, connector, by_space, find) then return end
  end
  find_empty_domains(policy.compiled, find)
end

return lint_spaces
