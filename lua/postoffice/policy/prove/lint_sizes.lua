--- Messages that are too large for every connector of a space, for `postoffice.policy.prove.lint`.
--
-- What guards refuse takes no vaguer space (Q160534): `max_size` of all connectors of a space is a
-- limit for whatever falls into it.
-- @module postoffice.policy.prove.lint_sizes

local connectors = require "postoffice.policy.compile.connectors"

local max = math.max

-- The spaces of connectors that may take mail, those of one kind in a list.
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

-- The spaces of a group that any sender may use; all, if there are none.
local function open_spaces(group)
  local open = {}
  for _, space in ipairs(group) do
    if not space.connector.senders then open[#open + 1] = space end
  end
  return #open > 0 and open or group
end

-- The largest message that spaces take; nil if one of them takes all.
local function largest(spaces)
  local most = 0
  for _, space in ipairs(spaces) do
    if not space.connector.max_size then return nil end
    most = max(most, space.connector.max_size)
  end
  return most
end

-- A space as people say it: `*@partner.example`.
local function shown(space) return space.text:match "^[Ss][Mm][Tt][Pp]:(.+)$" or space.text end

-- Whether senders of their own have more room in a group.
local function has_larger(group, most)
  local all = largest(group)
  return not all or all > most
end

local function tell(group, find)
  local most = largest(open_spaces(group))
  if not most then return end
  local space = group[1]
  find("note", "size-limited", space.connector.declaration,
    ("carries %s, and mail over %.0f bytes to %s has no way%s: it is message-large"):format(
      space.text, most, shown(space),
      has_larger(group, most) and ", but from senders with a connector of their own" or ""),
    "give the space to a connector without max_size, too, if larger messages are to arrive")
end

--- Finds them.  With `order = "cost"` they may take a vaguer space.
-- @tparam table compiled
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_sizes(compiled, find)
  if compiled.settings.order == "cost" then return end
  for _, group in ipairs(group_spaces(compiled)) do tell(group, find) end
end

return lint_sizes
