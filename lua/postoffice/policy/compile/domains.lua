--- The domains a policy declares: compiled at load, looked up for each address.
-- @module postoffice.policy.compile.domains

local core = require "postoffice.core"
local types = require "postoffice.policy.language.types"

local domains = {}

local find, match, sub = string.find, string.match, string.sub

local UNWRAPPED = { "EX", "X500" } -- unless `unwrap` says otherwise

local function as_set(list)
  local set = {}
  for _, name in ipairs(list) do set[name:upper()] = true end
  return set
end

-- The domain folded as keys fold it, or nil and what is wrong.
local function folded(name)
  local key, message = core.key("SMTP:a@" .. name)
  if not key then return nil, message end
  return match(key, "@(.*)$")
end

-- An unknown type can be meant (`check` notes it), but not one that begins like a known one.
local function check_unwrap(declaration, errors)
  for _, kind in ipairs(declaration.fields.unwrap or {}) do
    local near = not types.is_known(kind:upper()) and types.near(kind:upper())
    if near and near:sub(1, 1) == kind:sub(1, 1):upper() then
      errors.add(declaration, ': unwrap: the type "%s" is not known; did you mean "%s"?', kind,
        near)
    end
  end
end

local function new_domain(declaration)
  local fields = declaration.fields
  return {
    name = declaration.name,
    kind = fields.kind or "local",
    unwrap = as_set(fields.unwrap or UNWRAPPED),
    extension = fields.extension,
    catchall = fields.catchall,
    rule = declaration,
  }
end

--- Compiles `domain` declarations.
-- @tparam {table,...} declarations
-- @tparam table errors
-- @treturn table `exact` and `below` by folded name, `list`, `home` (the first local domain)
function domains.compile(declarations, errors)
  local tables = { exact = {}, below = {}, list = {} }
  for _, declaration in ipairs(declarations) do
    check_unwrap(declaration, errors)
    local below = sub(declaration.name, 1, 2) == "*."
    local name, message = folded(below and sub(declaration.name, 3) or declaration.name)
    if not name then
      errors.add(declaration,
        ' is no domain: %s; write domain "example.com" or domain "*.example.com"',
        message)
    else
      local domain = new_domain(declaration)
      tables[below and "below" or "exact"][name] = domain
      table.insert(tables.list, domain)
      if domain.kind == "local" and not below and not tables.home then
        tables.home, domain.folded = domain, name
      end
    end
  end
  return tables
end

--- The declaration that a domain falls under: its own, or the nearest `*.x` above it.
-- @tparam table tables
-- @tparam string name folded
-- @treturn table|nil
function domains.find(tables, name)
  local domain = tables.exact[name]
  if domain then return domain end
  local dot = find(name, ".", 1, true)
  while dot do
    domain = tables.below[sub(name, dot + 1)]
    if domain then return domain end
    dot = find(name, ".", dot + 1, true)
  end
end

--- The declaration that the domain of an address falls under.
-- @tparam table tables
-- @tparam string key the address's key
-- @treturn table|nil
function domains.of(tables, key)
  if sub(key, 1, 5) ~= "SMTP:" then return nil end
  local name = match(key, "@([^@]*)$")
  return name and domains.find(tables, name)
end

return domains
