--- Whether carriers of a family may be in a part of SMTP, by how they begin: "imcea", the type and a hyphen.
--
-- The type may be written with escapes, as what is carried may: `IMCEA+45X-` begins as `IMCEAEX-` does.
-- @module postoffice.policy.prove.classes.begun

local families = require "postoffice.policy.pattern.families"
local formulas = require "postoffice.policy.prove.sets.formulas"
local globs = require "postoffice.policy.prove.sets.globs"
local imcea = require "postoffice.text.imcea"

local begun = {}

local ABSENT = formulas.ABSENT
local NONE = {}
local CARRIER, HYPHEN = "imcea", "-"

--- The local parts of carriers, by how they begin: what has no hyphen after a type only looks like one.
begun.CARRIERS = globs.joined(globs.literal(CARRIER), { globs.ONE, globs.ANY, HYPHEN, globs.ANY })

-- ---- How carriers begin ----------------------------------------------------------

-- The ways to write a character of a type, folded.
local function ways_of(char)
  local escape = imcea.escaped(char):lower()
  if char == HYPHEN then return { escape } end -- it would end the type
  return { char, escape, imcea.escaped(char:upper()):lower() }
end

-- The beginning of carriers of a type, as a list of the ways to write each piece of it.
local function beginning_of(type_name)
  local list = { { CARRIER } }
  for char in type_name:lower():gmatch "." do list[#list + 1] = ways_of(char) end
  list[#list + 1] = { HYPHEN }
  return list
end

-- A text with escapes for each octet.
local function escaped_all(text)
  return (imcea.unescaped(text:gsub("_", "/")):gsub(".", imcea.escaped))
end

--- The same carrier written otherwise: with escapes for its type, for what it carries, and for both.
-- @tparam string text of an address of SMTP
-- @treturn {string,...} texts; none of what is no carrier
function begun.respelled(text)
  local localpart, domain = text:match "^SMTP:([^@]*)(@.*)$"
  local head, type_name, rest = (localpart or ""):match "^(%a%a%a%a%a)([^-]+)%-(.*)$"
  if not head or head:lower() ~= CARRIER then return NONE end
  local list = {}
  for _, way in ipairs {
    { escaped_all(type_name), rest }, { type_name, escaped_all(rest) },
    { escaped_all(type_name), escaped_all(rest) },
  } do list[#list + 1] = ("SMTP:%s%s-%s%s"):format(head, way[1], way[2], domain) end
  return list
end

-- ---- Tokens ----------------------------------------------------------------------

-- Adds a place in tokens to a set of places, and those after it that need no character.
local function reach(places, tokens, at)
  places[at] = true
  if tokens[at] and globs.is_run(tokens[at]) then reach(places, tokens, at + 1) end
end

-- The places in tokens that one character leads to.
local function step(tokens, places, char)
  local after = {}
  for at in pairs(places) do
    local token = tokens[at]
    if token and globs.takes(token, char) then
      reach(after, tokens, globs.is_run(token) and at or at + 1)
    end
  end
  return after
end

-- The same of all characters of a text.
local function follow(tokens, places, text)
  for char in text:gmatch "." do places = step(tokens, places, char) end
  return places
end

-- The places in tokens that a text leads to which begins so.
local function places_after(tokens, beginning)
  local places = {}
  reach(places, tokens, 1)
  for _, ways in ipairs(beginning) do
    local after = {}
    for _, text in ipairs(ways) do
      for at in pairs(follow(tokens, places, text)) do after[at] = true end
    end
    places = after
  end
  return places
end

-- Whether tokens match some text that begins so.
local function may_begin(tokens, beginning) return next(places_after(tokens, beginning)) ~= nil end

-- Whether a glob matches some text that begins so; of what it is not known it may.
local function may_match(glob, beginning)
  for _, one in ipairs(formulas.alternatives(glob)) do
    if one.quoted or not one.tokens or may_begin(one.tokens, beginning) then return true end
  end
  return false
end

-- Whether a glob matches all that another one does.
local function covers(glob, tokens)
  for _, one in ipairs(formulas.alternatives(glob)) do
    if not one.quoted and one.tokens and globs.covers(one.tokens, tokens) then return true end
  end
  return false
end

-- ---- Parts -----------------------------------------------------------------------

-- By family, the beginnings of carriers of each of its types.
local beginnings = setmetatable({}, { __index = function(all, family)
  local list = {}
  for i, type_name in ipairs(families.types(family)) do list[i] = beginning_of(type_name) end
  all[family] = list
  return list
end })

--- What tokens match of carriers of a family after their type.
-- @tparam {string,...} tokens
-- @tparam string family
-- @treturn {{string,...},...} lists that match these between them
function begun.rests(tokens, family)
  local list = {}
  for _, beginning in ipairs(beginnings[family]) do
    for at in pairs(places_after(tokens, beginning)) do
      list[#list + 1] = globs.slice(tokens, at, #tokens)
    end
  end
  return list
end

-- Whether globs match some carriers of a family, each of them.
local function may_all_match(conds, family)
  for _, glob in ipairs(conds) do
    local is_any = false
    for _, beginning in ipairs(beginnings[family]) do
      is_any = is_any or may_match(glob, beginning)
    end
    if not is_any then return false end
  end
  return true
end

-- Whether a term, in which the addresses of a part are not, has all those at their domain whose local parts a
-- glob matches.
local function has_all(term, part, tokens)
  if term.family ~= "SMTP" or part.accepted[term.id] then return false end
  local at_domain, accepted = term.fields.domain or NONE, {}
  for _, cond in ipairs((part.choice.domain or NONE).accepted or NONE) do
    accepted[cond.id] = true
  end
  if at_domain == ABSENT then return false end
  for _, cond in ipairs(at_domain) do
    if not accepted[cond.id] then return false end
  end
  for _, glob in ipairs(term.fields.localpart or NONE) do
    if not covers(glob, tokens) then return false end
  end
  return true
end

--- Whether it can be seen that no local part of a part of SMTP is one that a glob matches: they are in other
-- parts.
-- @tparam table search
-- @tparam table part
-- @tparam {string,...} tokens
-- @treturn boolean
function begun.has_none(search, part, tokens)
  for _, term in ipairs(search.found.terms) do
    if has_all(term, part, tokens) then return true end
  end
  return false
end

local HIGH = globs.of_kind "high"

-- Whether a token takes only characters that no carrier has.
local function takes_other_signs(token)
  local what, about = globs.read(token)
  if not what then return not token:find "^[%w+=_-]$" end
  return token == HIGH or what == globs.ONE_OF and not about:find "[%w+=_-]"
end

-- Whether a glob has a character that no carrier has, and is not of a quoted string, which has others.
local function has_other_sign(glob)
  for _, token in ipairs(not glob.quoted and glob.tokens or NONE) do
    if takes_other_signs(token) then return true end
  end
  return false
end

--- Whether all addresses of a part of SMTP have a character that no carrier has: what looks like one is none.
-- @tparam table part
-- @treturn boolean
function begun.have_other_signs(part)
  for _, term in ipairs(part.accepted) do
    for _, glob in ipairs(term.fields.localpart or NONE) do
      if has_other_sign(glob) then return true end
    end
  end
  return false
end

--- Whether some address of a part of SMTP may be a carrier of a family.
-- @tparam table search
-- @tparam table part
-- @tparam string family
-- @treturn boolean
function begun.may_carry(search, part, family)
  if begun.have_other_signs(part) then return false end
  for _, term in ipairs(part.accepted) do
    if not may_all_match(term.fields.localpart or NONE, family) then return false end
  end
  return not begun.has_none(search, part, begun.CARRIERS)
end

return begun
