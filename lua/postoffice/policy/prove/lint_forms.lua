--- Spaces and patterns that look like what another system means by them, for
-- `postoffice.policy.prove.lint`: commas between attributes (Q182798), a country's whole name, two types;
-- and, of spaces alone, Exchange's % for a character, since patterns are about the % of routes, too.
--
-- They load, since an address might be like that; hardly any is.
-- @module postoffice.policy.prove.lint_forms

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local matchers = require "postoffice.policy.pattern.matchers"
local restrictions = require "postoffice.policy.compile.restrictions"
local rewrites = require "postoffice.policy.compile.rewrites"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.compile.sets"
local types = require "postoffice.policy.language.types"

-- What wildcards may stand for, so that an attribute is of some length: for one character, and for any
-- (a name, which has one at least, is no worse off).
local ONES, ANYS = { "x", "1" }, { "", "x", "xx", "1", "11", "111" }

local MOST_VARIED = 4 -- wildcards of an attribute that stand for different texts, one after the other

-- Calls `visit` with texts that pieces match, until it returns true; whether it did.
local function each_sample(pieces, visit, at, text, varied)
  local piece = pieces[at]
  if not piece then return visit(text) end
  if type(piece) == "string" then
    return each_sample(pieces, visit, at + 1, text .. piece, varied)
  end
  local texts = piece.kind == "one" and ONES or ANYS
  for i = 1, varied < MOST_VARIED and #texts or 1 do
    if each_sample(pieces, visit, at + 1, text .. texts[i], varied + 1) then return true end
  end
  return false
end

-- What is said of a value alone, not of what else an address has.
local OF_VALUES = {
  ["x400-value-length"] = true, ["x400-value-character"] = true, ["x400-value-digits"] = true,
  ["x400-country"] = true, ["x400-terminal"] = true,
}

-- What is wrong with a value of an attribute of X.400.
local function fault_with(name, value)
  local address = { type = "X400", c = "us", a = "x", o = "x", s = "x" }
  address[name] = value
  local text = core.format(address)
  local _, message, code = core.validate(text or "X400:")
  return OF_VALUES[code] and message or nil
end

-- What is wrong with an attribute of a space, whatever its wildcards stand for; or nil.
local function fault_of(field)
  if field.blank then return nil end
  local first
  local is_valid = each_sample(field.pieces, function(text)
    local message = fault_with(field.field, text)
    first = first or message
    return not message
  end, 1, "", 0)
  return not is_valid and first or nil
end

-- Of a matcher of X.400, the first attribute that no valid address has.
local function invalid_attribute(matcher)
  if not matcher or matcher.family ~= "X400" then return nil end
  for _, field in ipairs(matcher.fields or {}) do
    local message = fault_of(field)
    if message then return message end
  end
end

-- Each form: whether a space or pattern (`text`, `type`, `family`, `matcher`) has it, what is said then,
-- and what to write instead.
local FORMS = {
  {
    code = "space-comma",
    find = function(space)
      local text = space.family == "X400" and space.text
      return text and text:find ",%s*%w+%s*=" and "has a comma between attributes, so that they are"
        .. " one (Q182798)"
    end,
    advice = function(space)
      return ('write "%s"'):format((space.text:gsub(",%s*(%w+%s*=)", ";%1")))
    end,
  },
  {
    code = "space-invalid",
    find = function(space)
      local message = invalid_attribute(space.matcher)
      return message and "is like no valid address: " .. message
    end,
    advice = function() return "correct the attribute, or remove it" end,
  },
  {
    code = "space-typed-twice",
    find = function(space)
      local inner = (space.text or ""):match "^[^:]*:%s*([%w.&_-]+):"
      return inner and not types.is_known(space.type) and types.is_known(inner:upper())
        and ("is of the type %s, and %s is part of the address"):format(space.type, inner)
    end,
    advice = function(space) return ('write "%s"'):format(space.text:match "^[^:]*:%s*(.*)$") end,
  },
  {
    code = "space-percent", of_spaces = true,
    find = function(space)
      return (" " .. space.text):find "[^\\]%%" and "has a %, which is a letter here, not any"
        .. " character as in Exchange"
    end,
    advice = function(space)
      return ('write "%s" for any character, or "%s" for a letter %%'):format(
        space.text:gsub("%%", "?"), (space.text:gsub("%%", "\\%%")))
    end,
  },
}

-- What has spaces: connectors, and domains of other types than SMTP.
local function each_space(compiled, visit)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do visit(connector.declaration, space) end
  end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    if domain.space then visit(domain.declaration, domain.space) end
  end
end

-- A pattern as `FORMS` take it.
local function pattern_of(matcher)
  return {
    text = matcher.text, type = matcher.type, family = matcher.family, matcher = matcher,
  }
end

-- Visits patterns of senders.
local function each_sender(declaration, list, visit)
  for _, matcher in ipairs(list and list.matchers or {}) do
    visit(declaration, pattern_of(matcher))
  end
end

-- Visits what stands in sets; only patterns of X.400 are read again.
local function each_in_sets(compiled, visit)
  for _, set in ipairs(sets.all(compiled.sets)) do
    for _, text in ipairs(sets.texts(set)) do
      local matcher = text:find "^[Xx]400:" and matchers.read(text)
      local type_name = text:match "^[^:]*":upper()
      visit(set.declaration, matcher and pattern_of(matcher)
        or { text = text, type = type_name, family = type_name })
    end
  end
end

-- What has patterns: rules, guards of connectors and entries, and sets.
local function each_pattern(compiled, visit)
  for _, list in ipairs { rewrites.all(compiled.rewrites), senders.one_way(compiled.senders) } do
    for _, rule in ipairs(list) do
      if rule.matcher then visit(rule.declaration, pattern_of(rule.matcher)) end
    end
  end
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    each_sender(connector.declaration, connector.senders, visit)
  end
  for entry in directory.each_restricted(compiled.directory) do
    local rules = restrictions.find(compiled.restrictions, entry)
    local declaration = directory.declaration(compiled.directory, entry)
    each_sender(declaration, rules.accept, visit)
    each_sender(declaration, rules.reject, visit)
  end
  each_in_sets(compiled, visit)
end

-- The first form that a space, or a pattern, has, and what is said of it; or nil.
local function form_of(space, is_pattern)
  for _, form in ipairs(FORMS) do
    local said = not (is_pattern and form.of_spaces) and form.find(space)
    if said then return form, said end
  end
end

--- Finds them.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_forms(compiled, find)
  local function look(declaration, space, is_pattern)
    if compiled.settings.meant[space.type] then return end
    local form, said = form_of(space, is_pattern)
    if not form then return end
    local is_title = space.text == declaration.name or not space.text -- a rewrite is called so
    find("warning", form.code, declaration,
      is_title and said or ('has "%s", which %s'):format(space.text, said), form.advice(space))
  end
  each_space(compiled, look)
  each_pattern(compiled, function(declaration, pattern) look(declaration, pattern, true) end)
end

return lint_forms
