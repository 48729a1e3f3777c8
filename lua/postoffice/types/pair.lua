--- The grammar that PROFS and SNADS share: `OUTER(INNER)`, or MS Mail's
-- `GATEWAY/OUTER/INNER` (Q116466, Q232307, Q232318). Each part has 8
-- characters at most (Q232307).
-- @module postoffice.types.pair

local define = require "postoffice.define"
local lpeg = require "lpeg"

local Cg, Ct, P, S = lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.S

local LONGEST = 8

local word = (P(1) - S "()/") ^ 1

local function grammar(outer, inner)
  local short = Cg(word, outer) * "(" * Cg(word, inner) * ")"
  local long = Cg(word, "gateway") * "/" * Cg(word, outer) * "/" * Cg(word, inner)
  return Ct(long + short)
end

--- Adds a type of two names.
-- @string type
-- @string outer the field of the name before the parenthesis
-- @string inner the field of the name inside
local function pair(type, outer, inner)
  define {
    type = type,
    grammar = grammar(outer, inner),
    format = function(a)
      if a.gateway then return ("%s/%s/%s"):format(a.gateway, a[outer], a[inner]) end
      return ("%s(%s)"):format(a[outer], a[inner])
    end,
    check = function(a)
      return #a[outer] <= LONGEST and #a[inner] <= LONGEST
    end,
  }
end

return pair
