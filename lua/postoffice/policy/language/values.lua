--- What is wrong with the value of a field.
-- @module postoffice.policy.language.values

local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local language = require "postoffice.policy.language.words"
local lists = require "postoffice.lists"
local suggest = require "postoffice.suggest"
local visible = require "postoffice.text.visible".all

local values = {}

local is_function = core.script.isfunction
local short, shown = describe.short, describe.shown

local function is_value_of(field, value)
  local kind = language.kinds[field.kind]
  if is_function(value) then return field.kind:find("function", 1, true) ~= nil end
  return kind.check ~= nil and kind.check(value)
end

-- The bytes of a text, or of the longest one in a list of texts or of spaces.
local function longest(value)
  if type(value) == "string" then return #value end
  local most = 0
  if type(value) == "table" and not is_function(value) then
    for _, item in ipairs(value) do
      if type(item) == "table" then item = item[1] end
      if type(item) == "string" and #item > most then most = #item end
    end
  end
  return most
end

local WITH_COST = '{ "SMTP:*", cost = 10 }'

-- What is wrong with a table instead of an address space, as `wrong` has it; nil: it is no table.
local function wrong_space(space)
  if type(space) ~= "table" or is_function(space) then return nil end
  for _, key in ipairs(lists.keys(space)) do
    if type(key) == "string" and key ~= "cost" then
      return (' has the field "%s"%s'):format(short(key), suggest.phrase(key, { "cost" }))
    elseif type(key) == "number" and key ~= 1 then
      return (" has a value too many, %s; write %s"):format(shown(space[key]), WITH_COST)
    end
  end
  if type(space[1]) ~= "string" or space[1] == "" then
    return (" names no space; write %s"):format(WITH_COST)
  end
  return (".cost has to be a number, not %s"):format(shown(space.cost))
end

-- By kind, what tells more of an item of a list than that it is not what it has to be.
local WRONG_ITEM = { spaces = wrong_space }

-- The first key that no list has, or nil; and how far the others go.
local function stray_key(list)
  local last = 0
  for _, key in ipairs(lists.keys(list)) do
    if type(key) ~= "number" or key < 1 or key % 1 ~= 0 then return key end
    last = math.max(last, key)
  end
  return nil, last
end

-- What is wrong with a list, as `wrong` has it: of several things the first.
local function wrong_list(field, list)
  local kind = language.kinds[field.kind]
  local stray, last = stray_key(list)
  if stray then
    return (' has the field "%s", and a list has values alone%s'):format(short(tostring(stray)),
      field.example and ", such as " .. field.example or "")
  end
  for i = 1, last do
    local item = list[i]
    if item == nil then return ("[%d] is nil, and a list has no gaps"):format(i) end
    if not kind.item.check(item) or is_function(item) then
      local tell = WRONG_ITEM[field.kind]
      return ("[%d]"):format(i) .. (tell and tell(item)
        or (" has to be %s, not %s"):format(kind.item.says, shown(item)))
    end
  end
end

-- How to write a value that should have been in a list; or an example.
local function advice(field, value)
  local item = language.kinds[field.kind].item
  if item and type(value) == "string" and item.check(value) then
    return ("; write { %s }"):format(shown(value))
  end
  return (field.example and ", such as " .. field.example or "") .. ", not " .. shown(value)
end

-- What is wrong with a value that is not of its field's kind.
local function wrong_kind(field, value)
  local kind = language.kinds[field.kind]
  if field.values then
    return (" has to be %s, not %s"):format(describe.choices(field.values), shown(value))
  end
  if kind.item and type(value) == "table" and not is_function(value) then
    return wrong_list(field, value)
  end
  return (" has to be %s%s"):format(kind.says, advice(field, value))
end

--- What is wrong with a field's value: the end of a sentence that begins with the field, or nil.
-- @tparam table field as in `words.lua`
-- @param value
-- @treturn string|nil
function values.wrong(field, value)
  if not is_value_of(field, value) then
    return wrong_kind(field, value)
  elseif longest(value) > language.longest_text then
    return (" has a text of %d bytes; %d are the most"):format(longest(value),
      language.longest_text)
  elseif field.single_line and visible(value) ~= value then
    return (' has a control character: "%s"'):format(short(value))
  elseif field.values and not lists.contains(field.values, value) then
    return (' cannot be %s%s'):format(shown(value), suggest.phrase(value, field.values))
  elseif field.least and value < field.least then
    return (" has to be %d at least, not %s"):format(field.least, shown(value))
  elseif field.most and value > field.most then
    return (" has to be %d at most, not %s"):format(field.most, shown(value))
  end
end

return values
