--- The addresses of a part, as texts: the short and readable ones first.
-- @module postoffice.policy.prove.sets.members

local ABSENT = require "postoffice.policy.prove.sets.formulas".ABSENT
local contains = require "postoffice.lists".contains
local of_field = require "postoffice.policy.prove.sets.fields"
local shapes = require "postoffice.policy.prove.sets.shapes"

local members = {}

local MOST_TRIED = 400 -- addresses that are none, or are not wanted, one after the other
local FREE_WORK = 1000 -- for a field of which nothing is asked

local all = setmetatable({}, { __mode = "k" }) -- by universe, made once

-- The class of all texts of a universe.
local function class_of_all(universe)
  if not all[universe] then
    local work = { left = FREE_WORK, until_then = math.huge }
    all[universe] = of_field.classes(universe, {}, work, {})[1]
  end
  return all[universe]
end

-- What a field may hold of which nothing is asked: something likely, then nothing, then anything.
local function free_values(shape, field)
  local likely = shape.likely and shape.likely[field]
  local values = {}
  if likely then values[1] = likely end
  if shape.optional and shape.optional[field] then values[#values + 1] = false end
  return { values = values, texts = of_field.texts(class_of_all(shape.universe[field])) }
end

-- The values of a class; that which is empty is not the first, if there are others.
local function class_values(class)
  local first = of_field.first(class)
  if first ~= "" then return { values = { first }, class = class } end
  local texts = of_field.texts(class)
  texts() -- the empty one
  local other = texts()
  return { values = { other or first, other and first }, texts = other and texts }
end

-- The values of a field one after the other: texts, or false where it is absent.
local function values_of(part, shape, field)
  local class = part.choice[field]
  if class == ABSENT then return { values = { false } } end
  if not class then return free_values(shape, field) end
  return class_values(class)
end

-- The value of a field at a place, or nil after the last.
local function value_at(list, place)
  if place == 1 or list.values[place] ~= nil then return list.values[place] end
  if list.class then list.texts, list.class = of_field.texts(list.class), nil end
  while list.texts and #list.values < place do
    local text = list.texts()
    if not text then
      list.texts = nil
    elseif not contains(list.values, text) then
      list.values[#list.values + 1] = text
    end
  end
  return list.values[place]
end

-- Calls `visit` with the values of all fields whose places add up to `rest` more than 1 each; false if
-- there are none, true if it ended so.
local function each_of_sum(fields, lists, at, rest, values, visit)
  local field = fields[at]
  if not field then
    if rest > 0 then return nil end
    return visit(values) or false
  end
  local is_any
  for place = at == #fields and rest or 0, rest do
    local value = value_at(lists[field], place + 1)
    if value == nil then break end
    values[field] = value
    local ended = each_of_sum(fields, lists, at + 1, rest - place, values, visit)
    if ended then return true end
    if ended == false then is_any = false end
  end
  return is_any
end

--- Visits the addresses of a part until one is enough.
-- @tparam table part from `partition.each`
-- @tparam function visit is given the text and the address; true ends it
-- @treturn boolean whether it saw all of them or was ended; false if it gave up
function members.each(part, visit)
  local shape, lists, tried = shapes.of(part.family), {}, 0
  for _, field in ipairs(shape.fields) do lists[field] = values_of(part, shape, field) end
  local is_ended, sum = false, 0
  local function try(values)
    tried = tried + 1
    local text, address = shapes.address(part.family, values)
    if text and visit(text, address) then
      is_ended = true
      return true
    end
    return tried >= MOST_TRIED
  end
  while true do
    local ended = each_of_sum(shape.fields, lists, 1, sum, {}, try)
    if is_ended then return true end
    if ended then return false end
    if ended == nil then return true end
    sum = sum + 1
  end
end

--- The first address of a part.
-- @tparam table part
-- @treturn table|nil
function members.first(part)
  local first
  members.each(part, function(_, address)
    first = address
    return true
  end)
  return first
end

return members
