--- The domains a policy declares: compiled at load, looked up for each address.
--
-- SMTP has domains; in other types an address space is one, from all of whose
-- addresses we know who has them (Exchange's site addressing).
-- @module postoffice.policy.compile.domains

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local families = require "postoffice.policy.pattern.families"
local read_space = require "postoffice.policy.pattern.spaces".read
local signatures = require "postoffice.policy.language.words".signatures
local spaces = require "postoffice.policy.compile.spaces"
local types = require "postoffice.policy.language.types"

local domains = {}

local find, match, sub = string.find, string.match, string.sub
local new_set, next_of = core.set.new, core.set.next

local TYPED = "^[%w.&_-]+:" -- how the name of a domain of another type than SMTP begins
local HOME = { ["local"] = true, former = true } -- the kinds that answers may come back to
local UNWRAPPED = { "EX", "X500" } -- unless `unwrap` says otherwise

local function as_set(list)
  local set = {}
  for _, name in ipairs(list) do set[name:upper()] = true end
  return set
end

-- The families of a set of types.
local function families_of(set)
  local found = {}
  for type_name in pairs(set) do found[families.of(type_name)] = true end
  return found
end

-- A domain's name, folded as keys fold it; or nil and what is wrong.
local function folded(name)
  local key, message = core.key("SMTP:a@" .. name)
  if not key then return nil, message end
  return match(key, "@(.*)$")
end

-- An unknown type can be meant (`check` notes it), but not one that begins like a known one.
local function check_unwrap(declaration, settings, errors)
  for _, type_name in errors.each(declaration.fields.unwrap or {}) do
    local upper = type_name:upper()
    local near = not (signatures[upper] or types.is_meant(settings, upper))
      and types.near(upper)
    if near and near:sub(1, 1) == type_name:sub(1, 1):upper() then
      errors.add(declaration, ': unwrap: the type "%s" is not known; did you mean "%s"?', type_name,
        near)
    end
  end
end

local function new_domain(declaration, unwrapped)
  local fields = declaration.fields
  local unwrap = as_set(fields.unwrap or unwrapped)
  return {
    name = declaration.name,
    kind = fields.kind or "local",
    unwrap = unwrap, families = families_of(unwrap),
    extension = fields.extension,
    propagate = fields.propagate,
    catchall = fields.catchall, outbound = fields.outbound, secrets = fields.secrets,
    declaration = declaration,
  }
end

-- The longest name first, so that the nearest domain is found; of equal ones the last declared.
local function nearest(a, b)
  if #a.name ~= #b.name then return #a.name > #b.name end
  return a.order > b.order
end

-- What domains are found by: patterns of keys, in the order in which they are tried.
local function index(named, mark)
  table.sort(named, nearest)
  local patterns = {}
  for i, item in ipairs(named) do patterns[i] = "SMTP:\2@" .. mark .. item.name end
  return patterns
end

-- A set of the patterns of several lists, one after the other, and their domains by rank.
local function new_index(...)
  local patterns, found = {}, {}
  for _, part in ipairs { ... } do
    for i, pattern in ipairs(index(part.named, part.mark)) do
      patterns[#patterns + 1], found[#found + 1] = pattern, part.named[i].domain
    end
  end
  return { set = new_set(patterns, 0), found = found }
end

-- The domain that a key falls under by an index.
local function look_up(indexed, key)
  local rank = next_of(indexed.set, 0, key, 1)
  return rank and indexed.found[rank]
end

-- Adds a domain by its folded name.
local function add(compiled, named, domain, name)
  local list = compiled.list
  list[#list + 1] = domain
  named[#named + 1] = { name = name, domain = domain, order = #list }
end

-- Notes a local domain that takes types out of their encapsulation, by its folded name.
local function add_opener(compiled, domain, name)
  local shell = { domain = name }
  for family in pairs(domain.families) do
    compiled.openers[family] = compiled.openers[family] or shell
  end
end

-- Adds an SMTP domain.
local function add_smtp(compiled, exact, below, declaration, errors)
  local is_below = sub(declaration.name, 1, 2) == "*."
  local name, message = folded(is_below and sub(declaration.name, 3) or declaration.name)
  if not name then
    errors.add(declaration,
      ' is no domain: %s; write domain "example.com" or domain "*.example.com"',
      message)
    return
  end
  local domain = new_domain(declaration, UNWRAPPED)
  add(compiled, is_below and below or exact, domain, name)
  if domain.kind == "local" and not is_below then
    domain.folded = name
    compiled.home = compiled.home or domain
    add_opener(compiled, domain, name)
  end
end

-- What only SMTP domains have: carriers are addresses of SMTP, and so are those with extensions.
local SMTP_FIELDS = { "extension", "propagate", "secrets", "unwrap" }

-- Of a domain's name, what it says if it begins with a type.
local function read_typed(declaration, errors)
  local space, message = read_space(declaration.name)
  if not space then
    errors.add(declaration, " %s", message)
  elseif space.type == "SMTP" then
    errors.add(declaration, ' is an SMTP domain with its type; write domain "example.com" or domain'
      .. ' "*.example.com"')
  else
    return space
  end
end

-- Adds a domain of another type: all addresses of a space.  `seen` has those before by their ids.
local function add_typed(compiled, seen, declaration, errors)
  local space = read_typed(declaration, errors)
  if not space then return end
  for _, name in ipairs(SMTP_FIELDS) do
    if declaration.fields[name] ~= nil then
      errors.add(declaration, ": %s is for domains of SMTP, not of %s; remove it", name, space.type)
    end
  end
  if seen[space.id] then
    errors.add(declaration, " is declared twice, first at %s; remove one or give it another name",
      describe.where(seen[space.id]))
  end
  seen[space.id] = declaration
  local domain = new_domain(declaration, {})
  domain.space, space.domain, space.cost, space.guarded = space, domain, 0, false
  compiled.list[#compiled.list + 1] = domain
  compiled.spaces = compiled.spaces or {}
  table.insert(compiled.spaces, space)
end

--- Compiles `domain` declarations.
-- @tparam {table,...} declarations
-- @tparam table settings compiled
-- @tparam table errors
-- @treturn table for `find`, `home` and `all`
function domains.compile(declarations, settings, errors)
  local compiled, exact, below, seen = { list = {}, openers = {} }, {}, {}, {}
  for _, declaration in errors.each(declarations) do
    if find(declaration.name, TYPED) then
      add_typed(compiled, seen, declaration, errors)
    else
      check_unwrap(declaration, settings, errors)
      add_smtp(compiled, exact, below, declaration, errors)
    end
  end
  compiled.own = new_index({ named = exact, mark = "" }, { named = below, mark = "\2." })
  compiled.around = new_index({ named = exact, mark = "\2." })
  compiled.spaces = compiled.spaces and spaces.compile(compiled.spaces)
  return compiled
end

--- Whether a domain takes addresses of a type out of their encapsulation: of a type that its
-- `unwrap` lists, or of one that has the same keys.
-- @tparam table domain
-- @tparam string type_name
-- @treturn boolean
function domains.unwraps(domain, type_name)
  return domain.families[families.of(type_name)] ~= nil
end

--- Whether we answer for a domain: for one that was ours others do.
-- @tparam table|nil domain
-- @treturn boolean
function domains.is_ours(domain) return domain ~= nil and domain.kind ~= "former" end

--- Whether answers come back to a domain: what we encapsulated or signed there is opened.
-- @tparam table domain
-- @treturn boolean
function domains.is_home(domain) return HOME[domain.kind] ~= nil end

--- Whether any domain is declared.
-- @tparam table compiled
-- @treturn boolean
function domains.are_declared(compiled) return compiled.list[1] ~= nil end

--- The declaration that the domain of an SMTP address falls under: its own, or the nearest `*.x`
-- above it.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn table|nil
function domains.find(compiled, key)
  if not compiled.list[1] then return nil end
  return look_up(compiled.own, key)
end

--- The separators of extensions at a domain: its own, or all domains'.
-- @tparam table|nil domain
-- @tparam table settings of the policy
-- @treturn string|nil
function domains.separators(domain, settings)
  return domain and (domain.extension or settings.extension)
end

--- The declaration that an address of any type falls under.  One of X.400 that carries another in a
-- DDA is that one's first, wherever it is (Q262112, Q262116).
-- @tparam table compiled
-- @tparam table address
-- @tparam string key
-- @treturn table|nil
function domains.find_of(compiled, address, key)
  if not compiled.list[1] then return nil end
  if address.type == "SMTP" or not compiled.spaces then return look_up(compiled.own, key) end
  local space = spaces.best(compiled.spaces, address, key)
  if not space or address.type == "X400" and core.decapsulate(address) then return nil end
  return space.domain
end

--- The set of patterns of keys that `find` looks in.
-- @tparam table compiled
-- @treturn userdata|nil nil if no domain is declared
function domains.set(compiled) return compiled.list[1] and compiled.own.set end

--- The declaration that a domain falls under.
-- @tparam table compiled
-- @tparam string name folded
-- @treturn table|nil
function domains.find_name(compiled, name) return domains.find(compiled, "SMTP:@" .. name) end

--- The declaration that the domain of an address falls under, or that of the nearest domain that
-- it lies in: whoever declares `us.example` answers for `internet.cc.us.example` too.
-- @tparam table compiled
-- @tparam string key the address's key
-- @treturn table|nil
function domains.find_around(compiled, key)
  if not compiled.list[1] then return nil end
  return look_up(compiled.own, key) or look_up(compiled.around, key)
end

--- Where an address of another type is carried so that it is taken out again when it comes back: at
-- the first local domain whose `unwrap` lists the type.
-- @tparam table compiled
-- @tparam string type_name
-- @treturn table|nil for `core.encapsulate`
function domains.opener(compiled, type_name) return compiled.openers[families.of(type_name)] end

--- The first local domain: whose postmaster `<Postmaster>` is (RFC 5321 4.5.1).
-- @tparam table compiled
-- @treturn table|nil
function domains.home(compiled) return compiled.home end

--- The program of the address space that has just what an SMTP domain's declaration is about.
-- @tparam table domain
-- @treturn string
function domains.glob(domain)
  local is_below = sub(domain.name, 1, 2) == "*."
  local name = assert(folded(is_below and sub(domain.name, 3) or domain.name))
  return "\2@" .. (is_below and "\2." or "") .. name
end

--- All domains, in file order.
-- @tparam table compiled
-- @treturn {table,...}
function domains.all(compiled) return compiled.list end

return domains
