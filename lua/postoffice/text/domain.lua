--- Domains as they are compared: by their A-labels.
-- @module postoffice.text.domain

local core = require "postoffice.core"

local domain = {}

local find, lower = string.find, string.lower

local HIGH = "[\128-\255]"
local SEVERAL = "[\128-\255%[]" -- what may be written in several ways: U-labels, literals
local MEMORY = "idn-memory"

--- What a function of the core returned. Raises where it found no memory to read a domain, as Lua
-- does where its own ends: nobody may take that for an answer.
-- @param result
-- @tparam[opt] string message
-- @tparam[opt] string code
-- @return the same
function domain.known(result, message, code)
  if code == MEMORY then error(message, 0) end
  return result, message, code
end

local known = domain.known

--- Whether a text is not all ASCII.
-- @tparam string text
-- @treturn boolean
function domain.is_beyond_ascii(text) return find(text, HIGH) ~= nil end

--- The one spelling of a domain, in lower case and in A-labels, a literal as RFC 5952 has it.
-- @tparam string text
-- @treturn string|nil nil if it is not ASCII and no domain either
-- @treturn string message
-- @treturn string code
function domain.fold(text)
  if not find(text, SEVERAL) then return lower(text) end
  return known(core.fold_domain(text))
end

--- A domain in A-labels, for what heeds no case: ASCII, and what is no domain, stays as it is.
-- @tparam string text
-- @treturn string
function domain.in_alabels(text)
  if not find(text, HIGH) then return text end
  return known(core.fold_domain(text)) or text
end

--- Whether two domains are one.
-- @tparam string a
-- @tparam string b
-- @treturn boolean
function domain.are_same(a, b)
  return lower(domain.in_alabels(a)) == lower(domain.in_alabels(b))
end

return domain
