--- Which addresses rewrites, one after the other, make the same again of: their way ends there, since one
-- that makes the same is an exception, and what comes back goes in a circle.
-- For `postoffice.policy.prove.turns`.
--
-- Each field is followed by what stands before and after the one capture in it, or as the text that was
-- made of it.  Where that is not all there is to say, fewer addresses are known to come back.
-- @module postoffice.policy.prove.returns

local families = require "postoffice.policy.pattern.families"
local lists = require "postoffice.lists"
local matchers = require "postoffice.policy.pattern.matchers"
local sets = require "postoffice.policy.prove.sets"
local shapes = require "postoffice.policy.prove.sets.shapes"

local returns = {}

-- The texts around the one capture of pieces, folded, and its name; or the text that they are; or nil.
local function around(pieces)
  local texts, name = { "", "" }, nil
  for _, piece in ipairs(pieces) do
    if type(piece) == "string" then
      local at = name and 2 or 1
      texts[at] = texts[at] .. piece:lower()
    elseif name or piece.kind ~= "name" then
      return nil
    else
      name = piece.name
    end
  end
  return texts, name
end

-- The field of a matcher that captures a name, if that is its only one, and the texts around it.
local function source_of(matcher, name)
  for _, field in ipairs(matcher.fields) do
    if lists.contains(field.names, name) then
      local texts, only = around(field.pieces)
      return only and field.field, texts
    end
  end
end

-- What one end of a field becomes that is cut and gets something else, where that end holds more of it
-- already: what is cut of the first field, and what it has then; nil if nothing matches.  Of beginnings;
-- ends are reversed.
local function cut_end(cut, has, off, put)
  if has:sub(1, #off) == off then return cut, put .. has:sub(#off + 1) end
  if off:sub(1, #has) == has then return cut .. off:sub(#has + 1), put end
end

-- What a text becomes whose ends are cut; nil if it has not these ends.
local function cut_text(text, off, put)
  local is_so = #text > #off[1] + #off[2] and text:sub(1, #off[1]) == off[1]
    and (off[2] == "" or text:sub(-#off[2]) == off[2])
  return is_so and put[1] .. text:sub(#off[1] + 1, #text - #off[2]) .. put[2] or nil
end

-- What a field becomes, as it was before: a `text`, or what was `cut` of the field `from` and what it
-- `has` around the rest.
local function changed(before, off, put)
  if before.text then
    local text = cut_text(before.text, off, put)
    return text and { text = text }
  end
  local cut, has = {}, {}
  cut[1], has[1] = cut_end(before.cut[1], before.has[1], off[1], put[1])
  cut[2], has[2] = cut_end(before.cut[2]:reverse(), before.has[2]:reverse(), off[2]:reverse(),
    put[2]:reverse())
  if not (cut[1] and cut[2]) then return nil end
  cut[2], has[2] = cut[2]:reverse(), has[2]:reverse()
  return { from = before.from, cut = cut, has = has }
end

-- The fields of an address of a family as they are at first.
local function at_first(family)
  local made = {}
  for _, field in ipairs(shapes.fields(family)) do
    made[field] = { from = field, cut = { "", "" }, has = { "", "" } }
  end
  return made
end

-- What a rule makes of fields; nil for those of which that is not followed.
local function step(rule, before)
  local made = {}
  for field, pieces in pairs(rule.template.fields) do
    local put, name = around(pieces)
    if put and not name then made[field] = { text = put[1] } end
    local from, off = source_of(rule.matcher, name)
    if name and put and from and before[from] then made[field] = changed(before[from], off, put) end
  end
  return made
end

-- A field that is the same again, as a pattern of it; true for any; nil if it is another.
local function same(field, made)
  if not made then return nil end
  if made.text then return (made.text:gsub("[*?{}\\]", "\\%0")) end
  return made.from == field and made.cut[1] == made.has[1] and made.cut[2] == made.has[2]
end

local function is_followed(rule)
  return rule.matcher and rule.matcher.whole == nil and rule.template and rule.template.fields
end

--- The addresses that rules make the same again of: as a set, of which each is one.
-- @tparam {table,...} rules
-- @tparam number first
-- @tparam number last
-- @treturn table
function returns.of(rules, first, last)
  local family = is_followed(rules[first]) and rules[first].matcher.family
  if not family or not is_followed(rules[last])
    or families.of(rules[last].template.type) ~= family then
    return sets.nothing
  end
  local made, patterns = at_first(family), { type = family }
  for i = first, last do
    if not is_followed(rules[i]) then return sets.nothing end
    made = step(rules[i], made)
  end
  for _, field in ipairs(shapes.fields(family)) do
    local pattern = same(field, made[field])
    if not pattern then return sets.nothing end
    patterns[field] = pattern ~= true and pattern or nil
  end
  local matcher = matchers.read_table(patterns)
  return matcher and sets.of_pattern(matcher) or sets.nothing
end

return returns
