--- An address that a pattern matches, made by filling its wildcards: a witness that costs little, where
-- there is one. Where there is none, `postoffice.policy.prove.sets` decides.
-- @module postoffice.policy.prove.samples

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local glob_match = core.glob_match
local matchers = require "postoffice.policy.pattern.matchers"
local rewrites = require "postoffice.policy.compile.rewrites"

local samples = {}

local SOMEBODY = "somebody"
local RARE = "zq" -- that hardly any other pattern names

-- What stands before the place of those whom hardly anybody means without one: a mailbox of cc:Mail alone
-- has no way.
local BETWEEN = { CCMAIL = " at " }

local UNKNOWN = { unknown = true }

-- A text that pieces match.
local function fill(pieces)
  local texts = {}
  for i, piece in ipairs(pieces) do
    texts[i] = type(piece) == "string" and piece or (piece.kind == "one" and "z" or RARE)
  end
  return table.concat(texts)
end

-- An address as policies read it; nil if it is none.
local function read(text)
  local address = text and core.parse(text, UNKNOWN)
  return address and core.key(address) and address or nil
end

-- What may stand for wildcards.
local FILLED = { ["*"] = RARE, ["?"] = "z" }

--- An address that a pattern most likely matches, as its text looks.
-- @tparam string text
-- @treturn table|nil nil if that is no address
-- @treturn string its key
function samples.of_text(text)
  text = text:gsub("%.%.%.$", ""):gsub("{[^{}]*}", RARE):gsub("[*?]", FILLED)
  local address = core.parse(text, UNKNOWN)
  local key = address and core.key(address)
  if key then return address, key end
end

-- An address that has fields besides those that a matcher names, so that it can be written.
local function filled(matcher)
  local address = { type = matcher.type }
  for _, field in ipairs(matcher.open and core.fields(matcher.type) or {}) do
    if not families.is_notation(field) then address[field] = RARE end
  end
  for _, field in ipairs(matcher.fields) do
    address[field.field] = not field.blank and fill(field.pieces) or nil
  end
  return address
end

--- An address that a matcher matches.
-- @tparam table matcher
-- @treturn table|nil nil if it is not so simple
function samples.of_matcher(matcher)
  if matcher.whole ~= nil then
    return read(matcher.type .. ":" .. RARE .. (BETWEEN[matcher.family] or "@") .. RARE)
  end
  local address = read(core.format(filled(matcher)))
  return address and matchers.match(matcher, address) and address
end

--- The first rewrite that matches an address, in the order of a list.
-- @tparam table index as `rewrites.index` makes it
-- @tparam table address
-- @treturn table|nil
function samples.first_match(index, address)
  local rank, rewrite = rewrites.next(index, 0, address)
  while rank do
    if rewrite.matcher and rewrites.match(rewrite, address) then return rewrite end
    rank, rewrite = rewrites.next(index, rank, address)
  end
end

-- A text that a program of `core.glob_match` matches.
local function fill_glob(program)
  return (program:gsub("\4?.", function(item)
    if item == "\1" then return "z" end
    return item == "\2" and RARE or item:sub(-1)
  end))
end

-- What may follow a prefix of components.
local function below(space, ...)
  local border, list = families.border(space.family), {}
  for i, rest in ipairs { ... } do list[i] = space.component .. border .. rest:gsub("/", border) end
  return list
end

-- By class, native texts that may be addresses of a space.
local OF_CLASS = {
  exact = function(space) return { space.key:sub(#space.family + 2) } end,
  wildcard = function(space)
    local texts, between = { fill_glob(space.glob) }, BETWEEN[space.family]
    local parted = fill_glob((space.glob:gsub("\2", "\2" .. (between or "@") .. "\2", 1)))
    table.insert(texts, between and 1 or 2, parted)
    return texts
  end,
  partial = function(space) return below(space, RARE, RARE .. "/" .. RARE, "cn=" .. RARE) end,
  blank = function(space) return { RARE .. (BETWEEN[space.family] or "@") .. RARE } end,
}

-- Whether an address, by its key, falls into a space of wildcards.
local function matches(space, key)
  return not space.glob or glob_match(space.glob, key:sub(#space.family + 2)) ~= false
end

--- An address that falls into a space.
-- @tparam table space
-- @treturn table|nil nil if it is not so simple
-- @treturn string its key
function samples.of_space(space)
  if space.matcher then
    local address = samples.of_matcher(space.matcher)
    return address, address and core.key(address)
  end
  if families.has_other_keys(space.family) then return nil end
  for _, text in ipairs(OF_CLASS[space.class](space)) do
    local address = core.parse(text, families.native(space.family))
    local key = address and core.key(address)
    if key and matches(space, key) then return address, key end
  end
end

--- The address that a space of components or attributes is itself, which it takes before any pattern.
-- @tparam table space
-- @treturn table|nil nil if it is none
-- @treturn string its key
function samples.whole_of(space)
  local text = space.class == "partial" and (space.component or space.text:match ":(.*)$")
  local address = text and core.parse(text, families.native(space.family))
  local key = address and core.key(address)
  if key then return address, key end
end

--- An address at a domain, or below it: of somebody of whom nothing is declared, most likely.
-- @tparam table domain
-- @treturn table|nil nil if it is not so simple
function samples.of_domain(domain)
  if domain.space then return (samples.of_space(domain.space)) end
  return { type = "SMTP", localpart = SOMEBODY, domain = domain.name:gsub("^%*%.", "sub.") .. "" }
end

return samples
