--- Which rewrites and catch-alls a recipient meets in two policies: what becomes of addresses by the same of them
-- is one change, whatever comes out for each.
-- @module postoffice.policy.prove.applied

local dump = require "postoffice.policy.prove.classes.contents".dump
local pipeline = require "postoffice.policy.route.pipeline"
local routings = require "postoffice.policy.prove.classes.routings"
local trace = require "postoffice.policy.route.trace"

local applied = {}

-- By word, the field that says where such a declaration sends an address.
local SENDS = { rewrite = "to", domain = "catchall" }

-- What is said in the trace where it did.
local SAID = { rewrite = "^rewritten", domain = "^nobody's; the catch%-all" }

-- A declaration that sent an address on, as a text; nil for all other steps.
local function text_of(stage, said, declaration)
  local word = declaration and declaration.word
  if stage ~= "resolve" or not SENDS[word] or not said:find(SAID[word]) then return nil end
  return ("%s %s %s"):format(word, declaration.name or "", dump(declaration.fields[SENDS[word]]))
end

-- What a policy applies to a message, in this order.
local function by(policy, text, envelope)
  local recorder, parts = trace.new(policy.compiled.directory), {}
  pipeline.route(routings.begin(policy, envelope, recorder), { text })
  for _, stage, said, _, declaration in recorder:texts() do
    parts[#parts + 1] = text_of(stage, said, declaration)
  end
  return table.concat(parts, "\2")
end

--- What two policies apply to the same message.
-- @tparam {table,...} policies
-- @string text its recipient
-- @tparam table envelope
-- @treturn string|nil nil if both apply the same
function applied.others(policies, text, envelope)
  local old, new = by(policies[1], text, envelope), by(policies[2], text, envelope)
  return old ~= new and old .. "\n->\n" .. new or nil
end

return applied
