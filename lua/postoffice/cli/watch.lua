--- Does something again whenever a policy's files change, until a signal ends it.
-- @module postoffice.cli.watch

local folder_of = require "postoffice.text.path".folder
local require_or_exit = require "postoffice.cli.require_or_exit"

local SECONDS = 0.5 -- between two looks at the files

-- How the files of a folder are now, a text: of a policy that does not load nobody knows what it reads.
local function folder_state(path)
  local lfs, folder = require_or_exit("lfs", "--watch needs"), folder_of(path)
  local ok, next_name, state = pcall(lfs.dir, folder == "" and "." or folder)
  if not ok then return "" end
  local states = {}
  for name in next_name, state do
    local file = lfs.attributes(folder .. name)
    if file and file.mode == "file" then
      states[#states + 1] = ("%s %s %s"):format(name, tostring(file.size),
        tostring(file.modification))
    end
  end
  table.sort(states)
  return table.concat(states, "\n")
end

-- Whether files of policies changed since they were read.
local function have_changed(policies, folders)
  for path, policy in pairs(policies) do
    if policy and not policy:is_current() then return true end
    if not policy and folder_state(path) ~= folders[path] then return true end
  end
  return false
end

-- How the folders are of the policies that do not load.
local function folders_of(policies)
  local folders = {}
  for path, policy in pairs(policies) do
    if not policy then folders[path] = folder_state(path) end
  end
  return folders
end

-- How many files are looked at.
local function count_of(policies)
  local count = 0
  for _, policy in pairs(policies) do
    count = count + (policy and #select(2, policy:is_current()) or 1)
  end
  return count
end

--- Does it again and again.
-- @tparam table session
-- @tparam function work returns policies by their paths, false for one that does not load
local function watch(session, work)
  local policies = work()
  local count = count_of(policies)
  session:say(("watching %d %s; end with Ctrl-C"):format(count, count == 1 and "file" or "files"))
  while true do
    local folders = folders_of(policies)
    repeat session.sleep(SECONDS) until have_changed(policies, folders)
    session:say("changed; testing again")
    policies = work()
    session.output:flush()
  end
end

return watch
