--- Tables of domains and O/R addresses that mean the same (MCGAM, RFC 2156 4.2
-- and Appendix F), in the text form of the RFC:
--
--     # a comment
--     AC.UK#PRMD$UK\.AC.ADMD$GOLD 400.C$GB#
--     PRMD$UK\.AC.ADMD$GOLD 400.C$GB#AC.UK#
--
-- The left side is looked up, the right side is the answer. `\` makes the next
-- character part of a value, `@` as a value is a level that is left out, and
-- `~TYPE$value` is a domain-defined attribute.
-- @module postoffice.mixer.mcgam

local fail = require "postoffice.fail"
local in_alabels = require "postoffice.text.domain".in_alabels
local levels = require "postoffice.mixer.levels"
local lpeg = require "lpeg"

local C, Cc, Cg, Cp, Cs, Ct, P, R, S =
  lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Cp, lpeg.Cs, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S

local mcgam = {}

local LONGEST_DOMAIN = 255

local FIELDS = { C = "c", ADMD = "a", A = "a", PRMD = "p", P = "p", O = "o", OU = "ou" }

-- Reading.

local newline = P "\r" ^ -1 * "\n"
local line_end = S " \t" ^ 0 * (newline + -1)
local value = Cs((P "\\" / "" * (1 - newline) + (1 - S ".#$\\\r\n")) ^ 1)
local omitted = P "@" * #S ".#"
local label = C(P "~" ^ -1 * (R("az", "AZ", "09") + S "-") ^ 1)
local part = Ct(label * "$" * (omitted + value))
local attributes = Ct(part * (P "." * part) ^ 0)
local domain = C((R("az", "AZ", "09") + S "-.") ^ 1)

local rule = Cg(Cp(), "at") * (Cg(attributes, "attributes") * "#" * Cg(domain, "domain")
    + Cg(domain, "domain") * "#" * Cg(attributes, "attributes") * Cg(Cc(true), "is_domain_first"))
  * "#" * line_end
local comment = P "#" * (1 - newline) ^ 0 * newline ^ -1
local blank = S " \t" ^ 0 * newline + S " \t" ^ 1 * -1
local wrong = Cg(Cp(), "at") * Cg(Cc(true), "is_wrong") * P(1)
local document = Ct((comment + blank + Ct(rule) + Ct(wrong) * P(1) ^ 0) ^ 0)

local function add_defined(entry, kind, text)
  table.insert(entry.defined, { type = kind:sub(2), value = text })
end

-- One attribute; `units` counts the OUs, of which the rightmost is the first.
local function add(entry, kind, text, units)
  local field = FIELDS[kind:upper()]
  if not field then return nil end
  if field == "ou" then field = "ou" .. units end
  if entry.depth_of[field] or not levels.place[field] then return nil end
  entry.depth_of[field] = levels.place[field]
  entry.fields[field] = text and levels.trim(text)
  return math.max(entry.depth, levels.place[field])
end

-- Turns the written attributes into fields; nil where they are no address.
local function interpret(entry)
  entry.fields, entry.defined, entry.depth, entry.depth_of = {}, {}, 0, {}
  local units = 0
  for i = #entry.attributes, 1, -1 do
    local kind, text = entry.attributes[i][1], entry.attributes[i][2]
    if kind:sub(1, 1) == "~" then
      add_defined(entry, kind, text or "")
    else
      if kind:upper() == "OU" then units = units + 1 end
      local depth = add(entry, kind, text, units)
      if not depth then return nil end
      entry.depth = depth
    end
  end
  entry.depth_of = nil
  return entry.fields.c and entry
end

-- Looking up.

-- The levels down to a depth as one text.
local function key(fields, depth)
  local folded = {}
  for place = 1, depth do folded[place] = levels.fold(fields[levels.names[place]]) end
  return table.concat(folded, "\0")
end

local function insert(tables, entry, is_domain_first)
  if is_domain_first then
    local name = entry.domain:lower()
    tables.by_domain[name] = tables.by_domain[name] or entry
  else
    local name = key(entry.fields, entry.depth)
    tables.by_address[name] = tables.by_address[name] or entry
  end
end

--- Reads a table.
-- @string text
-- @bool symmetric whether a rule holds the other way, too, where no other rule does
-- @treturn table; or nil, message, code, position
function mcgam.read(text, symmetric)
  local tables = { rules = lpeg.match(document, text), by_domain = {}, by_address = {} }
  for _, entry in ipairs(tables.rules) do
    if entry.is_wrong then return fail("mcgam-line", entry.at) end
    if not interpret(entry) then return fail("mcgam-attributes", entry.at) end
    insert(tables, entry, entry.is_domain_first)
  end
  for _, entry in ipairs(symmetric and tables.rules or {}) do
    insert(tables, entry, not entry.is_domain_first)
  end
  return tables
end

--- The rule of the longest known end of a domain, whose U-labels count as their A-labels.
-- @tparam table|nil tables
-- @string name
-- @treturn table|nil the rule
-- @treturn string what stands before the known end, such as "a.b"
function mcgam.find_domain(tables, name)
  name = in_alabels(name)
  if not tables or #name > LONGEST_DOMAIN then return nil end
  local folded, at = name:lower(), 1
  while at do
    local entry = tables.by_domain[folded:sub(at)]
    if entry then return entry, name:sub(1, math.max(0, at - 2)) end
    local dot = folded:find(".", at, true)
    at = dot and dot + 1
  end
end

--- The rule of the longest known part of an O/R address's hierarchy.
-- @tparam table|nil tables
-- @tparam table fields
-- @treturn table|nil
function mcgam.find_address(tables, fields)
  if not tables then return nil end
  for depth = #levels.names, 1, -1 do
    local entry = tables.by_address[key(fields, depth)]
    if entry and entry.depth == depth then return entry end
  end
end

return mcgam
