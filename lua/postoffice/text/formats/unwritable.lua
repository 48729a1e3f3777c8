--- What formats of directories cannot say of an entry: tests, and why it is left out, for their writers.
--
-- Entries are as `postoffice.policy.prove.export` has them.
-- @module postoffice.text.formats.unwritable

local joined = require "postoffice.text.joined"

local unwritable = {}

-- Whether some of those who are referred to are no entries, but a pattern's.
local function has_pattern(references)
  for _, reference in ipairs(references or {}) do
    if not reference.id then return true end
  end
  return false
end

-- Whether the only one of an entry's targets is an address.
local function has_lone_target(entry)
  return entry.is_several == true and not entry.keep and #entry.targets == 1
    and not entry.targets[1].id
end

unwritable.tombstone = { function(entry) return entry.refuse end, "a tombstone" }

unwritable.propagate = { function(entry) return entry.propagate ~= nil end, "propagate" }

unwritable.by_name = {
  function(entry) return entry.is_mixed end, "targets by name, which get no extension",
}

--- For a format whose reader has one word for one target and for several: it makes of a single address a custom
-- recipient, whom mail for that address finds (Q157007).
unwritable.lone_target = {
  has_lone_target, "targets of one address alone; write it as target",
}

unwritable.pattern = {
  function(entry) return has_pattern(entry.accept) or has_pattern(entry.reject) end,
  "who may write, by a pattern",
}

unwritable.size = {
  function(entry) return entry.max_size and entry.max_size % 1024 ~= 0 end,
  "a size that is not in kilobytes",
}

unwritable.blanks = {
  function(entry) return joined.trim(entry.name) ~= entry.name end,
  "a name with blanks at its ends",
}

--- What tells why an entry cannot be said.
-- @tparam {table,...} faults each with a test of an entry and why
-- @treturn function of an entry: why, or nil
function unwritable.by(faults)
  return function(entry)
    for _, fault in ipairs(faults) do
      if fault[1](entry) then return fault[2] end
    end
  end
end

return unwritable
