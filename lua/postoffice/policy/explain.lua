--- Tells the whole way of an address: as a table for programs, as text for people.
-- @module postoffice.policy.explain

local core = require "postoffice.core"

local explain = {}

local WIDTH = 80
local LABEL = 12 -- the column that texts begin in

local TITLES = {
  parse = "1 parse", unwrap = "2 unwrap", recipient = "3 recipient", resolve = "4 resolve",
    route = "5 route",
  handover = "6 hand over", script = "  script",
}

local function write(address)
  if type(address) ~= "table" then return tostring(address) end
  return core.format(address) or "?"
end

-- Appends `text` in lines that fit, behind a label in the first.
local function wrap(lines, label, text)
  local line, room = ("%-" .. LABEL .. "s"):format(label), WIDTH - LABEL
  local used, indent = 0, (" "):rep(LABEL)
  for word in text:gmatch "%S+" do
    if used > 0 and used + 1 + #word > room then
      lines[#lines + 1] = line
      line, used = indent, 0
    end
    line = line .. (used > 0 and " " or "") .. word
    used = used + (used > 0 and 1 or 0) + #word
  end
  lines[#lines + 1] = line
end

-- Appends a paragraph from the first column on.
local function paragraph(lines, text)
  local line = ""
  for word in text:gmatch "%S+" do
    if line ~= "" and #line + 1 + #word > WIDTH then
      lines[#lines + 1] = line
      line = ""
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
end

-- "the gateway at internet sends it on to user@domain", or nothing.
local function ending(delivery)
  if delivery.gateway then
    return ("; the gateway at %s sends it on to %s"):format(delivery.gateway,
      core.format(delivery.final, "native") or write(delivery.final))
  elseif delivery.final and delivery.final ~= delivery.address then
    return ("; inside is %s"):format(write(delivery.final))
  end
  return ""
end

local SENTENCE = {}

function SENTENCE.deliver(delivery)
  if not delivery.connector then
    return ("Is delivered here to %s as %s."):format(delivery.entry or "its mailbox",
      write(delivery.address))
  end
  local where = delivery.nexthop and ("Goes to %s by"):format(delivery.nexthop) or "Goes by"
  return ("%s connector %s at cost %s as %s%s."):format(where, delivery.connector,
    tostring(delivery.cost),
    write(delivery.address), ending(delivery))
end

local function because(delivery)
  local why = delivery.message or ""
  if delivery.detail and delivery.detail ~= why then why = why == "" and delivery.detail or why
    .. " (" .. delivery.detail .. ")" end
  return why == "" and "" or ": " .. why
end

local function labelled(delivery)
  local parts = {}
  parts[#parts + 1] = delivery.code
  parts[#parts + 1] = delivery.status
  return #parts > 0 and (" [%s]"):format(table.concat(parts, ", ")) or ""
end

function SENTENCE.reject(delivery) return ("Is rejected%s%s."):format(labelled(delivery),
  because(delivery)) end

function SENTENCE.defer(delivery) return ("Has to wait%s%s."):format(labelled(delivery),
  because(delivery)) end

function SENTENCE.pass() return "Is not ours; goes on as if this policy were not here." end

--- One plain sentence about a delivery.
-- @tparam table delivery
-- @treturn string
function explain.sentence(delivery) return SENTENCE[delivery.verdict](delivery) end

local function sentences(explanation)
  local deliveries = explanation.deliveries
  if #deliveries == 1 then return explain.sentence(deliveries[1]) end
  local texts = { ("Becomes %d deliveries."):format(#deliveries) }
  for _, delivery in ipairs(deliveries) do
    texts[#texts + 1] = ("%s: %s"):format(delivery.entry or write(delivery.address
      or delivery.recipient),
      explain.sentence(delivery))
  end
  return texts
end

local function shown_step(lines, step, last)
  local label = step.stage == last and "" or TITLES[step.stage]
  local rule = step.rule and step.rule:match "[^/\\]*$"
  wrap(lines, label, rule and ("%s (%s)"):format(step.text, rule) or step.text)
end

local function text(explanation)
  local lines, last = {}, nil
  wrap(lines, "address", write(explanation.recipient))
  for _, step in ipairs(explanation.steps) do
    shown_step(lines, step, last)
    last = step.stage
  end
  wrap(lines, "revision", explanation.revision)
  lines[#lines + 1] = ""
  local closing = sentences(explanation)
  for _, each in ipairs(type(closing) == "table" and closing or { closing }) do paragraph(lines,
    each) end
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
  local closing = sentences(explanation)
  explanation.sentence = type(closing) == "table" and table.concat(closing, "\n") or closing
  return setmetatable(explanation, meta)
end

return explain
