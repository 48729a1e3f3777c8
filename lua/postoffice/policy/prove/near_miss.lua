--- Domains that are nearly ours: a slip of the key away from one that is declared.
-- @module postoffice.policy.prove.near_miss

local domain_text = require "postoffice.text.domain"
local domains = require "postoffice.policy.compile.domains"
local is_slip = require "postoffice.suggest".is_slip

local gsub, lower, match, sub = string.gsub, string.lower, string.match, string.sub

local near_miss = {}

local LEAST = 4 -- letters of a name in which a slip can be told from another name

-- Whether two domains differ as they do by mistake: hosts are numbered, and short names all alike.
local function is_near(name, other)
  return is_slip(name, other) and #match(name, "^[^.]*") >= LEAST
    and gsub(name, "%d", "") ~= gsub(other, "%d", "")
end

-- Calls `visit` with a name and with all that it is without one of its characters: of two names that
-- are a slip apart, one of these is the same.
local function each_variant(name, visit)
  visit(name)
  for i = 1, #name do visit(sub(name, 1, i - 1) .. sub(name, i + 1)) end
end

-- The SMTP domains by their variants, in lists.
local function index_of(compiled)
  local index = {}
  for _, domain in ipairs(domains.all(compiled)) do
    if not domain.space then
      each_variant(lower(domain.name), function(variant)
        local list = index[variant] or {}
        index[variant], list[#list + 1] = list, domain
      end)
    end
  end
  return index
end

--- What finds them.
-- @tparam table compiled domains
-- @treturn function of a name: the SMTP domain of ours that it is nearly, as people write them, since
--   the A-labels of two such have little in common; nil if it is declared itself, or no slip of any
function near_miss.finder(compiled)
  local index
  return function(name)
    local folded, found = domain_text.fold(name), nil
    if not folded or domains.find_name(compiled, folded) then return nil end
    index = index or index_of(compiled)
    name = lower(name)
    each_variant(name, function(variant)
      for _, domain in ipairs(not found and index[variant] or {}) do
        found = found or is_near(name, lower(domain.name)) and domain or nil
      end
    end)
    return found
  end
end

return near_miss
