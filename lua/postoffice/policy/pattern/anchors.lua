--- Rules by the field that tells most of them apart, such as the domain: of thousands, those that may
-- match an address that another matches.
-- @module postoffice.policy.pattern.anchors

local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local fold = require "postoffice.text.domain".fold

local anchors = {}

local Anchors = {}
Anchors.__index = Anchors

-- The field that rules of a family mostly differ in.
local FIELD = {
  SMTP = "domain", CCMAIL = "postoffice", X400 = "c", NOTES = "domain", GWISE = "domain",
  MS = "network", PCM = "network", MSMAIL = "server", UUCP = "path",
}

-- The only text that the field of a matcher holds, folded; nil if it may hold several.
local function text_of(matcher)
  local field = matcher.whole == nil and FIELD[matcher.family]
    and fields.of(matcher, FIELD[matcher.family])
  local only = field and #field.pieces == 1 and not field.absent and field.pieces[1]
  return type(only) == "string" and field.prefix or nil
end

-- The only text that a field of what a template makes can hold, folded; nil if it may hold several.
local function made_text(template, family)
  local pieces = not template.whole and FIELD[family] and template.fields[FIELD[family]]
  local only = pieces and #pieces == 1 and pieces[1]
  if type(only) ~= "string" then return nil end
  return families.has_domain(template.type, FIELD[family]) and fold(only) or only:lower()
end

local function family_of(families_known, name)
  families_known[name] = families_known[name] or { all = {}, wild = {}, by_text = {} }
  return families_known[name]
end

-- Adds a rule to those of a family, by a text of its field or to those that may have several.
local function add_to(family, text, rule)
  local list = text and family.by_text[text] or not text and family.wild or {}
  if text then family.by_text[text] = list end
  list[#list + 1], family.all[#family.all + 1] = rule, rule
end

--- Rules; those without a `matcher` are left out.
-- @tparam[opt] {table,...} rules
-- @treturn table
function anchors.new(rules)
  local self = setmetatable({ matching = {}, making = {} }, Anchors)
  for _, rule in ipairs(rules or {}) do
    if rule.matcher then self:add(rule) end
  end
  return self
end

--- Adds a rule.
-- @tparam table rule with a `matcher`
function Anchors:add(rule)
  local matcher, template = rule.matcher, rule.template
  add_to(family_of(self.matching, matcher.family), text_of(matcher), rule)
  if not template then return end
  local family = families.of(template.type)
  add_to(family_of(self.making, family), made_text(template, family), rule)
end

-- The rules of a family whose field may hold a text; all of them if that may be several.
local function with_text(family, text)
  if not family then return {} end
  if not text then return family.all end
  local list = {}
  for _, rule in ipairs(family.by_text[text] or {}) do list[#list + 1] = rule end
  for _, rule in ipairs(family.wild) do list[#list + 1] = rule end
  return list
end

--- The rules that may match something that another matches, which may be one of them.
-- @tparam table rule with a `matcher`
-- @treturn {table,...} in no order
function Anchors:near(rule)
  return with_text(self.matching[rule.matcher.family], text_of(rule.matcher))
end

--- The rules that may match something that one of them makes.
-- @tparam table rule with a `template`
-- @treturn {table,...} in no order
function Anchors:after(rule)
  local family = families.of(rule.template.type)
  return with_text(self.matching[family], made_text(rule.template, family))
end

--- The rules that may make something that one of them matches.
-- @tparam table rule with a `matcher`
-- @treturn {table,...} with a `template`, in no order
function Anchors:before(rule)
  return with_text(self.making[rule.matcher.family], text_of(rule.matcher))
end

return anchors
