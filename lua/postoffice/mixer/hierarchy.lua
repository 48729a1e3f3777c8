--- Domains and the hierarchy of O/R addresses, one into the other (RFC 2156
-- 4.2): what a rule covers is looked up, every other label is a level.
-- @module postoffice.mixer.hierarchy

local in_alabels = require "postoffice.text.domain".in_alabels
local levels = require "postoffice.mixer.levels"
local lpeg = require "lpeg"
local mcgam = require "postoffice.mixer.mcgam"

local P, R = lpeg.P, lpeg.R

local hierarchy = {}

local LONGEST_LABEL = 63

local letter = R("az", "AZ", "09")
local label = letter * (P "-" ^ 0 * letter) ^ 0 * -1

-- Nothing is known and every label is a level (Q238491).
local ROOT = { domain = "", fields = {}, depth = 0, defined = {} }

local function is_label(value)
  return value ~= nil and #value <= LONGEST_LABEL and lpeg.match(label, value) ~= nil
end

--- The attributes that a domain stands for.
-- @string domain
-- @tparam table options `mcgam`, `algorithmic`
-- @treturn table|nil fields; nil where no rule covers the domain, or it has too many labels
-- @treturn table the rule
function hierarchy.fields_of(domain, options)
  domain = in_alabels(domain)
  local rule, before = mcgam.find_domain(options.mcgam, domain)
  if not rule then
    if not options.algorithmic then return nil end
    rule, before = ROOT, domain
  end
  local fields, place = {}, rule.depth
  for name, value in pairs(rule.fields) do fields[name] = value end
  for text in before:reverse():gmatch "[^.]+" do
    place = place + 1
    if not levels.names[place] then return nil end
    fields[levels.names[place]] = text:reverse()
  end
  if fields.c and not fields.a then fields.a = " " end
  return fields, rule
end

-- How deep labels can go below a rule.
local function reach(fields, rule)
  local depth = rule.depth
  while is_label(fields[levels.names[depth + 1]]) do depth = depth + 1 end
  return depth
end

local function lowest_of(fields)
  for place = #levels.names, 1, -1 do
    if fields[levels.names[place]] then return place end
  end
  return 0
end

-- Units are counted from the first: the domain holds all of them, or none.
local function without_units(depth) return math.min(depth, levels.UNIT - 1) end

-- The depth to which the domain holds the levels.
local function depth_of(fields, rule)
  local depth, lowest = reach(fields, rule), lowest_of(fields)
  if depth < lowest and lowest >= levels.UNIT then return without_units(depth) end
  return depth
end

local function below(fields, depth)
  local rest = {}
  for name, value in pairs(fields) do
    if (levels.place[name] or math.huge) > depth then rest[name] = value end
  end
  return rest
end

local function domain_down_to(fields, rule, depth)
  local labels = {}
  for place = depth, rule.depth + 1, -1 do labels[#labels + 1] = fields[levels.names[place]] end
  if rule ~= ROOT then labels[#labels + 1] = rule.domain end
  return table.concat(labels, ".")
end

-- Whether a rule claims more of the domain than the one that it was made by,
-- so that it would be read back as something else.
local function is_claimed(domain, rule, options)
  local longest = mcgam.find_domain(options.mcgam, domain)
  return longest ~= nil and #longest.domain > #rule.domain
end

--- The domain that an address belongs to.
-- @tparam table fields
-- @tparam table options `mcgam`, `algorithmic`
-- @treturn string|nil the domain; nil where no rule covers the address
-- @treturn table the attributes that the domain does not hold
function hierarchy.domain_of(fields, options)
  local rule = mcgam.find_address(options.mcgam, fields) or options.algorithmic and ROOT
  if not rule then return nil end
  local depth = depth_of(fields, rule)
  local rest = below(fields, depth)
  if not next(rest) then -- a local part cannot be empty
    depth = without_units(lowest_of(fields) - 1)
    rest = below(fields, depth)
  end
  if rule == ROOT and lowest_of(rest) > 0 then return nil end
  local domain = domain_down_to(fields, rule, depth)
  if is_claimed(domain, rule, options) then return nil end
  return domain, rest
end

return hierarchy
