--- What an entry's mail goes on to, as far as its policy declares it.
-- @module postoffice.policy.compile.expansions

local directory = require "postoffice.policy.compile.directory"

local expansions = {}

local STEPS = 1000 -- between two looks at the clock

-- The entry, or else the key of the address, that a way of an entry leads to.
local function follow(entries, entry, index)
  local other, _, key = directory.way(entries, entry, index)
  return other or key and directory.find(entries, key), key
end

--- Looks at whom an entry's mail reaches, each of them once, until somebody has seen enough.
-- @tparam table entries the compiled directory
-- @tparam number entry
-- @tparam function visit is given an entry or the key of an address, and whether mail stays there;
--   true ends it
-- @tparam[opt] function watch is called now and then
function expansions.each(entries, entry, visit, watch)
  local stack, seen, steps = { entry }, { [entry] = true }, 0
  while #stack > 0 do
    local at = table.remove(stack)
    local count, is_list = directory.way_count(entries, at), directory.kind(entries, at) == "list"
    local stays = not is_list and (count == 0 or directory.is_kept(entries, at))
    for index = 1, count do
      local other, key = follow(entries, at, index)
      local id = other or key
      stays = stays or not is_list and other == at -- its own target is a mailbox here
      if other and not seen[id] then
        stack[#stack + 1] = other
      elseif id and not seen[id] and visit(key, true) then
        return
      end
      if id then seen[id] = true end
      steps = steps + 1
      if watch and steps % STEPS == 0 then watch() end
    end
    if visit(at, stays) then return end
  end
end

-- Whether an entry's mail reaches more than `most`.
local function is_over(entries, entry, most, watch)
  local count = 0
  expansions.each(entries, entry, function(_, is_end)
    count = count + (is_end and 1 or 0)
    return count > most
  end, watch)
  return count > most
end

--- All that an entry's mail passes or reaches: entries and keys of addresses.
-- @tparam table entries the compiled directory
-- @tparam number entry
-- @treturn table a set
function expansions.set(entries, entry)
  local set = {}
  expansions.each(entries, entry, function(id) set[id] = true end)
  return set
end

--- The entries whose mail reaches many, as it is declared.
-- @tparam table entries the compiled directory
-- @tparam number most
-- @return an iterator of entries that reach more
function expansions.each_over(entries, most)
  local next_entry, state, entry = directory.each_several(entries)
  return function()
    repeat entry = next_entry(state, entry) until not entry or is_over(entries, entry, most)
    return entry
  end
end

local TOO_MANY = " reaches more than the %d recipients that max_recipients allows; raise that in"
  .. " settings, or divide it"

--- Holds entries to the most that one may become: what is declared so can never arrive.  Who has one
-- target becomes what that does, which is told of it.
-- @tparam table entries the compiled directory
-- @tparam number most
-- @tparam table faults as `late_faults.new` returns it
-- @tparam table errors
function expansions.check(entries, most, faults, errors)
  local function message() return TOO_MANY:format(most) end
  for entry in directory.each_several(entries) do
    errors.watch()
    if is_over(entries, entry, most, errors.watch) then
      local is_list = directory.kind(entries, entry) == "list"
      faults:add(directory.declaration(entries, entry), message, is_list and "members" or "target")
    end
  end
  faults:tell()
end

return expansions
