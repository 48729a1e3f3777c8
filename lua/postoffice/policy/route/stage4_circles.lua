--- Stage 4: ways that come back to where they began.
--
-- A target that leads back to its own entry is a loop: nobody gets that mail.  Lists in each other,
-- and mailboxes that keep a copy and forward to each other, are none: whoever they reach has been
-- reached, or will be, and the sender has nothing to hear of it.
-- @module postoffice.policy.route.stage4_circles

local directory = require "postoffice.policy.compile.directory"
local nodes = require "postoffice.policy.route.stage4_nodes"
local say = require "postoffice.policy.route.trace".teller "resolve"
local verdict = require "postoffice.policy.route.verdict"

local circles = {}

local WITHOUT = false -- what stands for no extension, as any text may be one

-- What sends mail to several.
local SPREADS = { list = true, targets = true }

-- Whether the way from a node back to the nearest with `value` in a field passes what sends mail to
-- several; and the entry that it comes back to, unless that one's address is nobody's.
local function is_spread(routing, node, field, value)
  local entries, spread = routing.compiled.directory, false
  while true do
    local entry = node.entry
    if entry and SPREADS[directory.kind(entries, entry)] then spread = true end
    if node[field] == value then
      local is_its_own = field == "entry" or entry ~= node.parent.entry
      return spread, is_its_own and entry or nil
    end
    node = node.parent
  end
end

--- Ends a way that has come back to where it began.
-- @tparam table routing remembers in `circle` that a way ended so, in case that nobody is reached
--   at all, and in `circles` by which path an entry comes back to itself
-- @tparam table node that has come back
-- @tparam table from the last one before it
-- @tparam string field `"key"` or `"entry"`, which an ancestor has in common with it
-- @param value of that field
-- @tparam string path
-- @tparam table declaration that it came back by
function circles.close(routing, node, from, field, value, path, declaration)
  local spread, entry = is_spread(routing, from, field, value)
  local failure = verdict.of("route-loop", path, declaration)
  if not spread then return nodes.fail(routing, node, failure) end
  say(routing, declaration, "%s is on its way already", node.address)
  routing.circle = routing.circle or { node = node, failure = failure }
  routing.circles = routing.circles or {}
  if entry then routing.circles[entry] = path end
end

--- Whether a list, or what has several targets, is met for the first time by a recipient; once more
-- where a list's owner was the sender and is not any more.
-- @tparam table routing
-- @tparam table node
-- @tparam number|table entry a table if a live directory has it
-- @treturn boolean
function circles.is_first(routing, node, entry)
  routing.followed = routing.followed or {}
  local followed = routing.followed[entry] or {}
  local id = node.extension and nodes.extension_key(node.extension) or WITHOUT
  local before = followed[id]
  routing.followed[entry] = followed
  if before == nil or before and not node.owner then
    followed[id] = node.owner ~= nil
    return true
  end
  say(routing, nil, "%s is reached already", node.address)
  return false
end

--- Whether a recipient's mail went to all of a list's members, or to all targets of an entry, be it with
-- an extension.
-- @tparam table routing
-- @tparam number|table entry
-- @treturn boolean
function circles.is_passed(routing, entry)
  return routing.followed ~= nil and routing.followed[entry] ~= nil
end

return circles
