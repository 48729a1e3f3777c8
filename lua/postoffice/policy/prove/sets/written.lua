--- Globs of an address of SMTP as it may be written, quoted or not and with its domain in any spelling, as formulas
-- about what is read.
--
-- Each formula has all addresses of which some spelling is matched, and may have others.
-- @module postoffice.policy.prove.sets.written

local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local texts = require "postoffice.policy.prove.sets.texts"

local written = {}

local cond = formulas.cond

local ALL = { globs.ANY }
local QUOTE, BACKSLASH = '"', "\\"

-- Whether a token is a character of ASCII.
local function is_ascii(token)
  local what, char = globs.read(token)
  return not what and char:byte() < 128
end

-- The domains of which some spelling is matched.  One that is not ASCII, or a literal, may be written in several
-- ways; but labels of ASCII in one, and so what is one text, or ends in a dot and one.
local function domains(tokens)
  local first = tokens[1] == globs.ANY and 2 or 1
  for i = first, #tokens do
    if not is_ascii(tokens[i]) then return ALL end
  end
  return (first == 1 or not tokens[2] or tokens[2] == ".") and tokens or ALL
end

-- Whether a token may match a quote, or begin to.
local function may_quote(token)
  return token ~= nil and (globs.is_run(token) or globs.takes(token, QUOTE))
end

-- The local parts that are matched in quotes, with backslashes before whatever characters; nil if none is.
local function localparts(tokens)
  if not (may_quote(tokens[1]) and may_quote(tokens[#tokens])) then return nil end
  for i, token in ipairs(tokens) do
    local is_end = i == 1 or i == #tokens
    local what, char = globs.read(token)
    local is_plain = token == globs.ANY or not is_end and not what
    if not is_plain or char == QUOTE or char == BACKSLASH then return ALL end
  end
  return tokens
end

local function both(localpart, domain)
  return formulas.term("SMTP", { localpart = { cond(localpart) }, domain = { cond(domain) } })
end

--- The addresses of which some spelling is matched.
-- @tparam {string,...} tokens
-- @treturn table a formula
function written.formula(tokens)
  if globs.is_all(tokens) then return formulas.TRUE end
  local list = { texts.formula("SMTP", tokens) }
  for _, way in ipairs(texts.ways("SMTP", tokens)) do
    local domain, localpart = domains(way.domain), localparts(way.localpart)
    if localpart then list[#list + 1] = both(localpart, domain) end
    if domain == ALL then list[#list + 1] = both(way.localpart, domain) end
  end
  return formulas.any(list)
end

local READABLE = { globs.ANY, "@", globs.ONE, globs.ANY }

--- Whether a glob matches all that can be read, however it is written.
-- @tparam {string,...} tokens
-- @treturn boolean
function written.has_all(tokens) return globs.covers(tokens, READABLE) end

return written
