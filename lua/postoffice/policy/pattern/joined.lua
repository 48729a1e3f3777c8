--- Patterns as patterns of one text each, so that a single set of the core finds an address among
-- thousands, by whatever part of it tells them apart.
--
-- The fields that patterns of a family name are joined in one order: of each that an address has, `=`
-- and its text, then a NUL, which no address holds; at last a mark if the address has others.  A
-- pattern has as many NULs, so no wildcard of it can stand for one.
-- @module postoffice.policy.pattern.joined

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local has_others = require "postoffice.policy.pattern.matchers".has_others
local lists = require "postoffice.lists"
local syntax = require "postoffice.policy.pattern.syntax"

local concat, find, gsub, match = table.concat, string.find, string.gsub, string.match

local joined = {}

local BEGIN, END, OTHERS = "=", "\0", "+"

local ANY = syntax.glob { { kind = "any" } }

local SMTP = families.native "SMTP"

-- Whether a family has no fields but those of a set.  Those of a type that Lua defined are not known.
local function is_complete(family, named)
  for _, field in ipairs(core.fields(family) or { false }) do
    if not (named[field] or families.is_notation(field)) then return false end
  end
  return true
end

--- How the addresses of a family are joined.
-- @tparam string family
-- @tparam {string,...} names of the fields that its patterns name
-- @treturn table
function joined.layout(family, names)
  local named = lists.set(names)
  return { fields = names, named = named, complete = is_complete(family, named) }
end

--- The fields of SMTP addresses, in the order in which `joined.smtp` joins them.
joined.SMTP = { "localpart", "domain" }

--- What an address is matched by.
-- @tparam table layout of its family
-- @tparam table address as `families.canonical` returns it
-- @treturn string
function joined.text(layout, address)
  local parts, fields = {}, layout.fields
  for i = 1, #fields do
    local value = address[fields[i]]
    parts[i] = type(value) == "string" and BEGIN .. value .. END or END
  end
  if not layout.complete and has_others(address, layout.named) then parts[#parts + 1] = OTHERS end
  return concat(parts)
end

-- What matches a field of a matcher: one that may be absent matches any text, or is blank.
local function part_of(field)
  if field.absent then return field.blank and "" or ANY end
  return BEGIN .. field.glob
end

local REST = 1 -- beside the names of fields: what matches the others

--- What is kept of a matcher until all fields of its family's patterns are known.
-- @tparam table matcher
-- @treturn table what matches each field that it names, by name
function joined.parts(matcher)
  local parts = { (matcher.open or matcher.whole ~= nil) and ANY or "" }
  for _, field in ipairs(matcher.fields) do parts[field.field] = part_of(field) end
  return parts
end

--- Adds the names of fields to a set.
-- @tparam table parts
-- @tparam table named
function joined.add_names(parts, named)
  for name in next, parts do
    if name ~= REST then named[name] = true end
  end
end

--- What matches the texts of a matcher's addresses.
-- @tparam table layout of its family, with all fields that the matcher names
-- @tparam table parts of the matcher
-- @treturn string for `core.set`
function joined.glob(layout, parts)
  local texts, rest = {}, parts[REST]
  for i, name in ipairs(layout.fields) do texts[i] = (parts[name] or rest) .. END end
  if not layout.complete then texts[#texts + 1] = rest end
  return concat(texts)
end

local LONGEST = 256 -- bytes of what is read at once: no limit of patterns is near
local WILD = { ["*"] = ANY, ["?"] = syntax.glob { { kind = "one" } } }

--- The same of a pattern of SMTP addresses whose parts are read as they are written: of 100,000 each
-- microsecond counts.
-- @tparam string text
-- @treturn string|nil nil if it takes more to read it, or to say what is wrong
function joined.smtp(text)
  local user, domain = match(text, "^[Ss][Mm][Tt][Pp]:([%w*?._+-]+)@([%w*?.-]+)$")
  if not user or #text > LONGEST then return nil end
  local address, wild = gsub(user .. "@" .. domain, "[*?]", "x")
  if wild > syntax.MAX_WILDCARDS or find(text, "...", 1, true) then return nil end
  if not core.key(address, SMTP) then return nil end
  return (gsub(BEGIN .. user .. END .. BEGIN .. domain .. END, "[*?]", WILD))
end

return joined
