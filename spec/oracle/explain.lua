-- Of the oracle: nobody edits it (see init.lua).
--- Tells the whole way of an address: as a table for programs, as text for people.
-- @module spec.oracle.explain

local core = require "postoffice.core"
local write = require "postoffice.address".show
local visible = require "postoffice.text.visible".all

local explain = {}

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
  for word in visible(text):gmatch "%S+" do
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

-- Appends `text` in lines that fit: the first after `label`, the others indented as far.
local function wrap(lines, label, text)
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

local function column(label) return ("%-" .. LABEL .. "s"):format(label) end

local function shown_step(lines, step, last)
  local label = step.stage == last and "" or TITLES[step.stage]
  local rule = step.rule and step.rule:match "[^/\\]*$"
  wrap(lines, column(label), rule and ("%s (%s)"):format(step.text, rule) or step.text)
end

local function text(explanation)
  local lines, last = {}, nil
  wrap(lines, column "address", shown(explanation.recipient))
  for _, step in ipairs(explanation.steps) do
    shown_step(lines, step, last)
    last = step.stage
  end
  wrap(lines, column "revision", explanation.revision)
  lines[#lines + 1] = ""
  for _, sentence in ipairs(sentences(explanation)) do wrap(lines, "", sentence) end
  return table.concat(lines, "\n")
end

local meta = { __tostring = text, __name = "postoffice.explanation" }

--- Makes an explanation of what a traced routing recorded.
-- @tparam string|table recipient
-- @tparam table trace
-- @tparam {table,...} deliveries
-- @tparam string revision
-- @treturn table `recipient`, `steps`, `deliveries`, `revision`, `sentence`; as text by `tostring`
function explain.new(recipient, trace, deliveries, revision)
  local explanation = {
    recipient = recipient, steps = trace.steps, deliveries = deliveries, revision = revision,
  }
  explanation.sentence = table.concat(sentences(explanation), "\n")
  return setmetatable(explanation, meta)
end

return explain
