--- Domains that are nearly ours: a slip of the key away from one that is declared.
-- @module postoffice.policy.prove.near_miss

local domain_text = require "postoffice.text.domain"
local domains = require "postoffice.policy.compile.domains"
local is_slip = require "postoffice.suggest".is_slip
local utf8 = require "postoffice.text.utf8"

local byte, find, gsub, lower = string.byte, string.find, string.gsub, string.lower
local match, max, sub = string.match, math.max, string.sub

local near_miss = {}

-- The letters of a label in which a slip can be told from another name: short ones are all alike, but for
-- the last, of which there are few.
local LEAST, LEAST_OF_LAST = 4, 3

-- What makes each letter of names a byte, so that a slip is one of bytes.
local function narrower()
  local narrow, count = {}, 127
  local function letter(sequence)
    if #sequence == 1 then return sequence end
    if not narrow[sequence] then
      count = math.min(count + 1, 255)
      narrow[sequence] = string.char(count)
    end
    return narrow[sequence]
  end
  return function(name) return lower(utf8.map(name, letter, letter)) end
end

-- The length of the label at a place, or before it if that is behind the end.
local function label_length(name, at)
  return #match(sub(name, 1, at - 1), "[^.]*$") + #match(sub(name, at), "^[^.]*")
end

-- Whether two names that differ first at a place do so in a label that is long enough.
local function is_in_long_label(name, other, at)
  local least = find(name, ".", at + 1, true) and LEAST or LEAST_OF_LAST
  return max(label_length(name, at), label_length(other, at)) >= least
end

-- Whether two domains differ as they do by mistake: hosts are numbered, and short names all alike.
local function is_near(name, other)
  if not is_slip(name, other) or gsub(name, "%d", "") == gsub(other, "%d", "") then return false end
  local at = 1
  while byte(name, at) == byte(other, at) do at = at + 1 end
  return is_in_long_label(name, other, at)
end

-- Calls `visit` with a name and with all that it is without one of its characters: of two names that
-- are a slip apart, one of these is the same.
local function each_variant(name, visit)
  visit(name)
  for i = 1, #name do visit(sub(name, 1, i - 1) .. sub(name, i + 1)) end
end

-- Adds a domain to an index by the variants of a name, in lists: each with its narrow name.
local function add(index, domain, name)
  each_variant(name, function(variant)
    local list = index[variant] or {}
    index[variant], list[#list + 1] = list, { domain = domain, name = name }
  end)
end

-- The SMTP domains of ours: by the name `at` which they are, or the one `below` which.
local function index_of(compiled, narrow)
  local index = { at = {}, below = {} }
  for _, domain in ipairs(domains.all(compiled)) do
    local above = match(domain.name, "^%*%.(.+)$")
    if not domain.space then
      add(above and index.below or index.at, domain, narrow(above or domain.name))
    end
  end
  return index
end

-- The domain in an index that a narrow name is nearly.
local function find_near(index, name)
  local found
  each_variant(name, function(variant)
    for _, one in ipairs(not found and index[variant] or {}) do
      found = found or is_near(name, one.name) and one.domain or nil
    end
  end)
  return found
end

-- The domain above a name; nil of the last label.
local function parent_of(name) return match(name, "^[^.]*%.(.+)$") end

--- What finds them.
-- @tparam table compiled domains
-- @treturn function of a name, and whether what lies below it is meant: the SMTP domain of ours that it
--   is nearly, or nearly below, as people write them, since the A-labels of two such have little in
--   common; nil if it is declared itself, or no slip of any
function near_miss.finder(compiled)
  local narrow, index = narrower(), nil
  local function is_declared(name)
    local folded = domain_text.fold(name)
    return not folded or domains.find_name(compiled, folded) ~= nil
  end
  return function(name, is_below)
    if is_declared(name) or is_below and is_declared("x." .. name) then return nil end
    index = index or index_of(compiled, narrow)
    local found, other = find_near(index.at, narrow(name)), is_below and name or parent_of(name)
    while other and not found and not is_declared(other) do
      found, other = find_near(index.below, narrow(other)), parent_of(other)
    end
    return found
  end
end

return near_miss
