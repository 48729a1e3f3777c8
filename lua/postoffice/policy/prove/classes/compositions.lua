--- What rules make of an address of SMTP that are applied one after the other: the same text for those that
-- make the same of whatever both take, but for the case of letters.
--
-- A value is a list of texts and of parts.  A part is what a `field` of the address held, without a text
-- `front` before it and one `back` after it.  What a rule captures beside other wildcards is none.
-- @module postoffice.policy.prove.classes.compositions

local effects = require "postoffice.policy.prove.classes.effects"
local fields = require "postoffice.policy.pattern.fields"
local lists = require "postoffice.lists"
local shapes = require "postoffice.policy.prove.sets.shapes"

local compositions = {}

local concat = table.concat
local around = effects.around

local function is_text(piece) return type(piece) == "string" end

local function new_part(field, front, back) return { field = field, front = front, back = back } end

-- Adds a piece to a value; of texts side by side there is one.
local function add(value, piece)
  local last = value[#value]
  if is_text(piece) and is_text(last) then
    value[#value] = last .. piece
  elseif piece ~= "" then
    value[#value + 1] = piece
  end
end

-- ---- Captures ----------------------------------------------------------------

-- A value without a text that it begins with; nil where that reaches past a part.
local function without_front(value, text)
  local first, made = value[1], {}
  if text == "" then return value end
  if not is_text(first) then
    local is_alone = first and not value[2]
    return is_alone and { new_part(first.field, first.front .. text, first.back) } or nil
  end
  add(made, first:sub(#text + 1))
  for i = 2, #value do add(made, value[i]) end
  return without_front(made, text:sub(#first + 1))
end

-- The same of a text that it ends with.
local function without_back(value, text)
  local last, made = value[#value], {}
  if text == "" then return value end
  if not is_text(last) then
    local is_alone = last and not value[2]
    return is_alone and { new_part(last.field, last.front, text .. last.back) } or nil
  end
  for i = 1, #value - 1 do add(made, value[i]) end
  add(made, last:sub(1, math.max(0, #last - #text)))
  return without_back(made, text:sub(1, math.max(0, #text - #last)))
end

-- What the one capture of some pieces holds of a value, or nil.
local function captured(value, found)
  local made = without_front(value, found.front)
  return made and without_back(made, found.back)
end

-- Notes what a rule takes of a field: what it captures, or which text the field has to be.
local function take_field(state, value, captures, pieces)
  local found, part = around(pieces), not value[2] and value[1]
  if found and found.name then
    captures[found.name] = captured(value, found)
  elseif found and part and not is_text(part) then
    state.known[part.field] = part.front .. found.front .. part.back
  end
end

-- What a rule captures, by name, as far as that is known; nil if it takes no addresses of SMTP by field.
local function take(state, matcher)
  if matcher.family ~= "SMTP" or matcher.whole ~= nil then return nil end
  local captures = {}
  for _, name in ipairs(shapes.fields "SMTP") do
    local field = fields.of(matcher, name)
    if field then take_field(state, state.values[name], captures, field.pieces) end
  end
  return captures
end

-- ---- Templates ---------------------------------------------------------------

-- The value of a piece of a template; nil where it is not known.
local function held_by(piece, captures)
  if not is_text(piece) then return captures[piece.name] end
  return not piece:find(effects.SEVERAL) and { piece:lower() } or nil
end

-- The value of the pieces of a field of a template, or nil.
local function filled(pieces, captures)
  local value = {}
  for _, piece in ipairs(pieces) do
    local held = held_by(piece, captures)
    if not held then return nil end
    for _, one in ipairs(held) do add(value, one) end
  end
  return value
end

-- Makes of the values what a rule's template does; whether that is known.
local function make(state, template, captures)
  if template.whole or not template.fields then return false end
  state.values, state.type = {}, template.type
  for name, pieces in pairs(template.fields) do
    state.values[name] = filled(pieces, captures)
    if not state.values[name] then return false end
  end
  return true
end

-- ---- As a text ---------------------------------------------------------------

-- A value in which fields whose text is known are that text.
local function settled(value, known)
  local made = {}
  for _, piece in ipairs(value) do
    local text = not is_text(piece) and known[piece.field]
    add(made, text and text:sub(#piece.front + 1, #text - #piece.back) or piece)
  end
  return made
end

-- How many characters two texts have in common at the end of the one and of the other.
local function common_back(text, other)
  local count = 0
  while count < math.min(#text, #other) and text:byte(-count - 1) == other:byte(-count - 1) do
    count = count + 1
  end
  return count
end

local function common_front(text, other) return common_back(text:reverse(), other:reverse()) end

-- Gives back to the part at a place of a value what was cut off it and stands beside it again.
local function widen(value, i)
  local part, before, after = value[i], value[i - 1], value[i + 1]
  local front = is_text(before) and common_back(before, part.front) or 0
  local back = is_text(after) and common_front(after, part.back) or 0
  value[i] = new_part(part.field, part.front:sub(1, #part.front - front), part.back:sub(back + 1))
  if front > 0 then value[i - 1] = before:sub(1, #before - front) end
  if back > 0 then value[i + 1] = after:sub(back + 1) end
end

local function text_of_piece(piece)
  return is_text(piece) and piece or concat({ "\4", piece.field, piece.front, piece.back }, "\4")
end

-- A value of a field as a text, the same for what makes the same; "=" if the field stays what it is.
local function text_of(name, value, known)
  local made, parts = settled(value, known), {}
  if known[name] and not made[2] and (made[1] or "") == known[name] then return "=" end
  for i, piece in ipairs(made) do
    if not is_text(piece) then widen(made, i) end
  end
  for _, piece in ipairs(made) do
    if piece ~= "" then parts[#parts + 1] = text_of_piece(piece) end
  end
  return concat(parts) == text_of_piece(new_part(name, "", "")) and "=" or concat(parts, "\5")
end

--- What rules make one after the other.
-- @tparam {table,...} rules each with `matcher` and `template`
-- @treturn string|nil empty if it is the same again; nil where it is not told
function compositions.text(rules)
  local state = { type = "SMTP", values = {}, known = {} }
  for _, name in ipairs(shapes.fields "SMTP") do state.values[name] = { new_part(name, "", "") } end
  for _, rule in ipairs(rules) do
    local captures = state.type == "SMTP" and take(state, rule.matcher)
    if not captures or not make(state, rule.template, captures) then return nil end
  end
  local parts, is_same = { state.type }, state.type == "SMTP"
  for _, name in ipairs(lists.keys(state.values)) do
    local text = text_of(name, state.values[name], state.known)
    is_same = is_same and text == "="
    parts[#parts + 1] = name .. "\6" .. text
  end
  return is_same and "" or concat(parts, "\7")
end

return compositions
