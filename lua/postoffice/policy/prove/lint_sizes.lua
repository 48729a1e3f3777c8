--- Messages that are too large for every connector of a space, for `postoffice.policy.prove.lint`.
--
-- What guards refuse takes no vaguer space (Q160534): `max_size` of all connectors of a space is a
-- limit for whatever falls into it, but for what other spaces take that are better, or as good and have
-- more room.
-- @module postoffice.policy.prove.lint_sizes

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local reach = require "postoffice.policy.prove.reach"

local huge, max = math.huge, math.max

-- The spaces of connectors that are not drained, those that match the same in a list.
local function group_spaces(compiled)
  local groups, by_id = {}, {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, space in ipairs(connector.weight > 0 and connector.spaces or {}) do
      local group = by_id[space.id] or {}
      if #group == 0 then groups[#groups + 1] = group end
      by_id[space.id] = group
      group[#group + 1] = space
    end
  end
  return groups
end

-- The spaces of a group that any sender may use; all, if there are none, and whether there are.
local function open_spaces(group)
  local open = {}
  for _, space in ipairs(group) do
    if not space.connector.senders then open[#open + 1] = space end
  end
  local is_open = #open > 0
  return is_open and open or group, is_open
end

-- The largest message that a space takes.
local function room_of(space) return space.connector.max_size or huge end

-- The largest message that spaces take.
local function largest(spaces)
  local most = 0
  for _, space in ipairs(spaces) do most = max(most, room_of(space)) end
  return most
end

-- A space as people say it: `*@partner.example`.
local function shown(space) return space.text:match "^[Ss][Mm][Tt][Pp]:(.+)$" or space.text end

-- What becomes of large mail: what leaves those out that have more room for some or for now, and what is
-- said of them then.  The first that some address has is told.
local FATES = {
  { said = "has no way: it is message-large" },
  {
    for_some = true,
    said = "has no way, but from senders with a connector of their own: it is message-large",
  },
  { for_now = true, said = "has no way: it waits for a connector that is drained" },
  {
    for_some = true, for_now = true,
    said = "has no way, but from senders with a connector of their own: it waits for one that is"
      .. " drained",
  },
}

-- What says of other spaces whether they take what falls into them and into a space, whose mail is too
-- large for it.
local function finder(look, space, most, fate)
  local compiled = look.compiled
  return function(other)
    if reach.goes_before(compiled, other, space) then return true end
    local connector = other.connector
    local is_left_out = connector.senders and fate.for_some
      or not connector.senders and connector.weight == 0 and fate.for_now
    return not is_left_out and room_of(other) > most
      and reach.are_rivals(compiled, other, space)
  end
end

-- What becomes of large mail to some address, which is nil where that cannot be told; nil if none has no
-- way.  Whoever may use a space that is not for all may have another one.
local function fate_of(look, space, most, is_open)
  for _, fate in ipairs(most < huge and FATES or {}) do
    local address, by_sets = false, nil
    if is_open or not fate.for_some then
      address, by_sets = reach.witness(look, space, finder(look, space, most, fate))
    end
    if address ~= false then return fate, address, by_sets end
  end
end

local function tell(look, group, find)
  local open, is_open = open_spaces(group)
  local space, most = group[1], largest(open)
  local fate, address, by_sets = fate_of(look, space, most, is_open)
  if not fate then return end
  find("note", "size-limited", space.connector.declaration,
    ("carries %s, and mail over %.0f bytes to %s%s %s"):format(space.text, most, shown(space),
      by_sets and ", such as " .. addresses.show(address) .. "," or "", fate.said),
    "give the space to a connector without max_size, too, if larger messages are to arrive")
end

--- Finds them.
-- @tparam table look from `reach.new`
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_sizes(look, find)
  for _, group in ipairs(group_spaces(look.compiled)) do tell(look, group, find) end
end

return lint_sizes
