--- By which rewrites alone it is asked for what is tested of addresses.
--
-- A rewrite fires once on the way of an address.  What is tested of what another one makes since it has been
-- tested of what this one makes in the end, nobody asks of what this one makes: there it is no more applied.
-- @module postoffice.policy.prove.classes.descents

local descents = {}

local NONE = {}

--- Descents of which nothing is known yet.
-- @treturn table
function descents.new() return { through = {}, are_changed = false } end

-- What is in both of two sets, and whether that is less than the first.
local function common(one, other)
  local both, is_less = {}, false
  for name in pairs(one) do
    both[name] = other[name]
    is_less = is_less or not other[name]
  end
  return both, is_less
end

--- Notes that a test is asked for after some rewrites; `are_changed`, if fewer are left than were known, by which
-- somebody may have gone already.
-- @tparam table all
-- @tparam string id of the test
-- @tparam table|nil through the rewrites, as keys
function descents.note(all, id, through)
  local known, is_less = all.through[id], false
  all.through[id] = through or NONE
  if known then all.through[id], is_less = common(known, through or NONE) end
  all.are_changed = all.are_changed or is_less
end

-- What tells rewrites of one policy apart, and is the same for those of another that are read alike; nil for
-- one that may be applied again.
local function name_of(rewrite)
  local matcher, template = rewrite.matcher, rewrite.template
  if rewrite.again then return nil end
  if not matcher.text or not template.text then return rewrite end
  return matcher.text .. "\1" .. template.text
end

--- What a test comes through that is asked of what a rewrite makes.
-- @tparam table all
-- @tparam string|nil id of the test; nil if it is asked for of what the rewrite matches
-- @tparam table rewrite
-- @treturn table
function descents.after(all, id, rewrite)
  local through, name = {}, name_of(rewrite)
  for other in pairs(id and all.through[id] or NONE) do through[other] = true end
  if name then through[name] = true end
  return through
end

--- Whether nobody asks for a test of what a rewrite makes, since it was applied before.
-- @tparam table all
-- @tparam string id of the test
-- @tparam table rewrite
-- @treturn boolean
function descents.is_applied(all, id, rewrite)
  local name = name_of(rewrite)
  return name ~= nil and (all.through[id] or NONE)[name] ~= nil
end

return descents
