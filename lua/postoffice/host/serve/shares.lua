--- What processes that answer together share by files in a folder of theirs: policies, counts, a key.
-- @module postoffice.host.serve.shares

local metrics = require "postoffice.host.metrics"

local shares = {}

--- How often counts are written, in seconds.
shares.SECONDS = 1

--- Where a policy is.
-- @tparam string folder
-- @tparam string name
-- @treturn string
function shares.policy_path(folder, name) return ("%s/%s.policy"):format(folder, name) end

local function counts_path(folder, slot) return ("%s/counts.%d"):format(folder, slot) end

--- All bytes of a file, or nil.
-- @tparam string path
-- @treturn string|nil
function shares.read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a"
  if file then file:close() end
  return text
end

-- Replaces a file; nothing happens where that fails: it is written again soon, or asked for and missed.
local function replace(path, text)
  local file = io.open(path .. ".new", "wb")
  if not file then return end
  local ok = file:write(text)
  if file:close() and ok then os.rename(path .. ".new", path) end
end

local function key_path(folder) return folder .. "/key" end

--- Writes the key that hashes addresses in the log.
-- @tparam string folder
-- @tparam string key
function shares.share_key(folder, key) replace(key_path(folder), key) end

--- That key; raises where there is none, or addresses would be hashed by what everybody knows.
-- @tparam string folder
-- @treturn string
function shares.key(folder)
  return assert(shares.read(key_path(folder)), "the key of the log is missing")
end

--- Writes the counts of a process.
-- @tparam string folder
-- @tparam number slot
-- @tparam string text from `metrics.dump`
function shares.write(folder, slot, text) replace(counts_path(folder, slot), text) end

--- The counts of the process that had a slot before.
-- @tparam string folder
-- @tparam number slot
-- @treturn table
function shares.past(folder, slot)
  local counts = {}
  metrics.merge(counts, shares.read(counts_path(folder, slot)) or "", true)
  return counts
end

--- Adds the counts of the other processes: 0 supervises.
-- @tparam table counts
-- @tparam string folder
-- @tparam number count of those that answer
-- @tparam number slot whose counts are there already
function shares.add_others(counts, folder, count, slot)
  for other = 0, count do
    local text = other ~= slot and shares.read(counts_path(folder, other))
    if text then metrics.merge(counts, text) end
  end
end

return shares
