-- Of the oracle: nobody edits it (see ../init.lua).
--- The domains a policy declares: compiled at load, looked up for each address.
-- @module spec.oracle.compile.domains

local core = require "postoffice.core"
local types = require "spec.oracle.language.types"

local domains = {}

local max = math.max
local find, match, sub = string.find, string.match, string.sub

local UNWRAPPED = { "EX", "X500" } -- unless `unwrap` says otherwise

local function as_set(list)
  local set = {}
  for _, name in ipairs(list) do set[name:upper()] = true end
  return set
end

-- A domain's name, folded as keys fold it; or nil and what is wrong.
local function folded(name)
  local key, message = core.key("SMTP:a@" .. name)
  if not key then return nil, message end
  return match(key, "@(.*)$")
end

-- An unknown type can be meant (`check` notes it), but not one that begins like a known one.
local function check_unwrap(declaration, errors)
  for _, type_name in errors.each(declaration.fields.unwrap or {}) do
    local near = not types.is_known(type_name:upper()) and types.near(type_name:upper())
    if near and near:sub(1, 1) == type_name:sub(1, 1):upper() then
      errors.add(declaration, ': unwrap: the type "%s" is not known; did you mean "%s"?', type_name,
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
    declaration = declaration,
  }
end

--- Compiles `domain` declarations.
-- @tparam {table,...} declarations
-- @tparam table errors
-- @treturn table for `find`, `home` and `all`
function domains.compile(declarations, errors)
  local compiled = { exact = {}, below = {}, list = {}, longest = 0 }
  for _, declaration in errors.each(declarations) do
    check_unwrap(declaration, errors)
    local below = sub(declaration.name, 1, 2) == "*."
    local name, message = folded(below and sub(declaration.name, 3) or declaration.name)
    if not name then
      errors.add(declaration,
        ' is no domain: %s; write domain "example.com" or domain "*.example.com"',
        message)
    else
      local domain = new_domain(declaration)
      compiled[below and "below" or "exact"][name] = domain
      compiled.longest = max(compiled.longest, #name)
      table.insert(compiled.list, domain)
      if domain.kind == "local" and not below and not compiled.home then
        compiled.home, domain.folded = domain, name
      end
    end
  end
  return compiled
end

-- The declaration of the longest name in `map` that `name` ends in, after a dot.  No longer one is
-- looked for than there is.
local function find_end(compiled, map, name)
  local dot = find(name, ".", max(1, #name - compiled.longest), true)
  while dot do
    local domain = map[sub(name, dot + 1)]
    if domain then return domain end
    dot = find(name, ".", dot + 1, true)
  end
end

--- The declaration that a domain falls under: its own, or the nearest `*.x` above it.
-- @tparam table compiled
-- @tparam string name folded
-- @treturn table|nil
function domains.find_name(compiled, name)
  return compiled.exact[name] or find_end(compiled, compiled.below, name)
end

-- The domain in an address's key, if any is declared that it could fall under.
local function name_in(compiled, key)
  return compiled.list[1] and match(key, "^SMTP:.*@(.*)$")
end

--- The declaration that the domain of an address falls under.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn table|nil
function domains.find(compiled, key)
  local name = name_in(compiled, key)
  return name and domains.find_name(compiled, name)
end

--- The declaration that the domain of an address falls under, or that of the nearest domain that
-- it lies in: whoever declares `us.example` answers for `internet.cc.us.example` too.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn table|nil
function domains.find_around(compiled, key)
  local name = name_in(compiled, key)
  if not name then return nil end
  return domains.find_name(compiled, name) or find_end(compiled, compiled.exact, name)
end

--- The first local domain: whose postmaster `<Postmaster>` is (RFC 5321 4.5.1).
-- @tparam table compiled
-- @treturn table|nil
function domains.home(compiled) return compiled.home end

--- All domains, in file order.
-- @tparam table compiled
-- @treturn {table,...}
function domains.all(compiled) return compiled.list end

return domains
