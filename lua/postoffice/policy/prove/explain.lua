--- Tells the whole way of an address: as a table for programs, as text for people.
-- @module postoffice.policy.prove.explain

local core = require "postoffice.core"
local write = require "postoffice.address".show
local visible = require "postoffice.text.visible".all

local explain = {}

local byte, find, sub = string.byte, string.find, string.sub

local WIDTH = 80
local LABEL = 12 -- the column that texts begin in

local TITLES = {
  parse = "1 parse", unwrap = "2 unwrap", recipient = "3 recipient", resolve = "4 resolve",
    route = "5 route",
  handover = "6 hand over", script = "  script",
}

local function shown(address)
  return type(address) == "table" and write(address) or tostring(address)
end

-- The words of a text, none longer than `room`; a character of UTF-8 stays whole.
local function words(text, room)
  local list = {}
  for word in text:gmatch "%S+" do
    local from = 1
    while #word - from >= room do
      local last = from + room - 1
      while last > from and word:find("^[\128-\191]", last + 1) do last = last - 1 end
      list[#list + 1] = word:sub(from, last)
      from = last + 1
    end
    list[#list + 1] = word:sub(from)
  end
  return list
end

local SPACE = 32

-- Whether the words of a visible text stand in it as they do in a line: one space between two.
local function is_line(text)
  return byte(text, 1) ~= SPACE and byte(text, -1) ~= SPACE and not find(text, "  ", 1, true)
end

-- Appends the words of a text in lines that fit.
local function wrap_words(lines, label, text)
  local line, indent = label, (" "):rep(#label)
  local fresh = true -- nothing but the label or the indent stands in the line
  for _, word in ipairs(words(text, WIDTH - #label)) do
    if not fresh and #line + 1 + #word > WIDTH then
      lines[#lines + 1] = line
      line, fresh = indent, true
    end
    line = line .. (fresh and "" or " ") .. word
    fresh = false
  end
  lines[#lines + 1] = line
end

-- Where the last space before `at` stands in a text, or 0.
local function space_before(text, at)
  while at > 0 and byte(text, at) ~= SPACE do at = at - 1 end
  return at
end

-- Appends `text` in lines that fit: the first after `label`, the others indented as far.
local function wrap(lines, label, text)
  local room = WIDTH - #label
  text = visible(text)
  if not is_line(text) then return wrap_words(lines, label, text) end
  while #text > room do
    local space = space_before(text, room + 1)
    if space == 0 then return wrap_words(lines, label, text) end -- a word is longer than a line
    lines[#lines + 1] = label .. sub(text, 1, space - 1)
    text, label = sub(text, space + 1), (" "):rep(#label)
  end
  lines[#lines + 1] = label .. text
end

-- "the gateway at internet sends it on to user@domain", or nothing.
local function ending(delivery)
  if delivery.gateway then
    return ("; the gateway at %s sends it on to %s"):format(delivery.gateway,
      core.format(delivery.final, "native") or shown(delivery.final))
  elseif delivery.final and delivery.final ~= delivery.address then
    return ("; inside is %s"):format(shown(delivery.final))
  end
  return ""
end

local SENTENCE = {}

function SENTENCE.deliver(delivery)
  if not delivery.connector then
    return ("Is delivered here to %s as %s."):format(delivery.entry or "its mailbox",
      shown(delivery.address))
  end
  local where = delivery.nexthop and ("Goes to %s by"):format(delivery.nexthop) or "Goes by"
  return ("%s connector %s at cost %s as %s%s."):format(where, delivery.connector,
    tostring(delivery.cost),
    shown(delivery.address), ending(delivery))
end

-- ": the sentence (the detail)", as far as there are any.
local function because(delivery)
  local why, detail = delivery.message, delivery.detail
  if not why then return detail and ": " .. detail or "" end
  if not detail or detail == why then return ": " .. why end
  return (": %s (%s)"):format(why, detail)
end

local function labelled(delivery)
  local parts = {}
  parts[#parts + 1] = delivery.code
  parts[#parts + 1] = delivery.status
  return #parts > 0 and (" [%s]"):format(table.concat(parts, ", ")) or ""
end

function SENTENCE.reject(delivery)
  return ("Is rejected%s%s."):format(labelled(delivery), because(delivery))
end

function SENTENCE.defer(delivery)
  return ("Has to wait%s%s."):format(labelled(delivery), because(delivery))
end

function SENTENCE.pass() return "Is not ours; goes on as if this policy were not here." end

--- One plain sentence about a delivery.
-- @tparam table delivery
-- @treturn string
function explain.sentence(delivery) return SENTENCE[delivery.verdict](delivery) end

-- One plain sentence for each delivery.
local function sentences(explanation)
  local deliveries = explanation.deliveries
  if #deliveries == 1 then return { explain.sentence(deliveries[1]) } end
  local texts = { ("Becomes %d deliveries."):format(#deliveries) }
  for _, delivery in ipairs(deliveries) do
    texts[#texts + 1] = ("%s: %s"):format(delivery.entry or shown(delivery.address
      or delivery.recipient),
      explain.sentence(delivery))
  end
  return texts
end

-- What was recorded for an explanation; its metatable is its own, and holds it.
local function trace_of(explanation) return getmetatable(explanation).trace end

local function column(label) return ("%-" .. LABEL .. "s"):format(label) end

local ADDRESS, REVISION, AGAIN = column "address", column "revision", column ""
local COLUMNS = {}
for stage, title in pairs(TITLES) do COLUMNS[stage] = column(title) end

local function shown_step(lines, is_new, stage, text, rule)
  local place = rule and rule:match "[^/\\]*$"
  wrap(lines, is_new and COLUMNS[stage] or AGAIN, place and text .. " (" .. place .. ")" or text)
end

local function text(explanation)
  local lines, last = {}, nil
  wrap(lines, ADDRESS, shown(explanation.recipient))
  for _, stage, said, rule in trace_of(explanation):texts() do
    shown_step(lines, stage ~= last, stage, said, rule)
    last = stage
  end
  wrap(lines, REVISION, explanation.revision)
  lines[#lines + 1] = ""
  for _, sentence in ipairs(sentences(explanation)) do wrap(lines, "", sentence) end
  return table.concat(lines, "\n")
end

-- The fields that are made when somebody reads them.
local MADE = {
  steps = function(explanation) return trace_of(explanation):steps() end,
  sentence = function(explanation) return table.concat(sentences(explanation), "\n") end,
}

local function make_field(explanation, name)
  local make = MADE[name]
  local value = make and make(explanation)
  if make then rawset(explanation, name, value) end
  return value
end

--- Whether a value is an explanation.
-- @param value
-- @treturn boolean
function explain.is(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and rawget(meta, "__index") == make_field
end

--- An explanation with all its fields, whoever read them before.
-- @tparam table explanation
-- @treturn table the same
function explain.whole(explanation)
  for name in pairs(MADE) do explanation[name] = explanation[name] end
  return explanation
end

-- Lua 5.1 and LuaJIT do not call it.
local function all_fields(explanation) return next, explain.whole(explanation), nil end

--- Makes an explanation of what a traced routing recorded.
-- @tparam string|table recipient
-- @tparam table trace
-- @tparam {table,...} deliveries
-- @tparam string revision
-- @treturn table `recipient`, `steps`, `deliveries`, `revision`, `sentence`; as text by `tostring`.
--   `steps` and `sentence` are made when they are first read: `pairs` of Lua 5.1 and LuaJIT has them
--   from then on
function explain.new(recipient, trace, deliveries, revision)
  return setmetatable({
    recipient = recipient, deliveries = deliveries, revision = revision, steps = nil,
    sentence = nil,
  }, {
    __name = "postoffice.explanation", __index = make_field, __tostring = text,
    __pairs = all_fields, trace = trace,
  })
end

return explain
