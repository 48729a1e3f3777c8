-- For failing_memory.c: a policy is loaded, saved, opened from its file, verified, routed by and
-- saved again.  What is opened is what was saved, or it says that memory was short; and a file that
-- was not written is the one that there was.
local policy = require "postoffice.policy"

local SOURCE = [[
domain "a.example" { catchall = "Kim Lee" }
connector "line"   { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
recipient "Kim Lee"   { proxies = { "SMTP:kim@a.example", "smtp:k@a.example" } }
recipient "Pat Jones" { proxies = { "SMTP:pat@a.example" }, target = "pat@b.example" }
list "Team"           { proxies = { "SMTP:team@a.example" }, owner = "Kim Lee",
                        members = { "Kim Lee", "Pat Jones" } }
]]

local SCRIPTED = SOURCE .. [[
include "more"
rewrite "SMTP:{u}@old.example" { to = function(_, bound) return bound.u .. "@a.example" end }
]]

local OPTIONS = {
  include = function() return "local more = 1", "@more.lua" end,
  milliseconds = 1e6, load_milliseconds = 1e6,
}

local EXPECTED = {
  ["team@a.example"] = "Kim Lee, Pat Jones", ["who@a.example"] = "Kim Lee",
}

local temporary = os.tmpname()

-- In memory where there is such a place: each of thousands of runs sees its files on the disk.
local path = "/dev/shm/" .. temporary:match "[^/]*$"
do
  local file = io.open(path, "wb")
  if file then file:close() end
  path = file and path or temporary
end

local function read()
  local file = assert(io.open(path, "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

local function write(bytes)
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  file:close()
end

-- What returns nil has to say that memory was short.
local function or_short(result, message, code)
  assert(result or code == "policy-memory", message)
  return result
end

-- Whether all is routed as it should be.
local function routes(p)
  for to, expected in pairs(EXPECTED) do
    local list = {}
    for i, delivery in ipairs(p:route(to)) do
      if delivery.code == "policy-memory" then return false end
      list[i] = delivery.entry or tostring(delivery.final)
    end
    assert(table.concat(list, ", ") == expected, table.concat(list, ", "))
  end
  return true
end

-- Opens the file, routes by it and saves it again, which makes the same file.
local function uses_file(revision, options)
  local p = or_short(policy.loadfile(path, options))
  if not p then return false end
  assert(p.revision == revision)
  local routed = routes(p)
  local bytes = read()
  local saved = or_short(p:save(path))
  assert(read() == bytes)
  p:close()
  return routed and saved
end

local function saves_and_opens(source)
  local p = or_short(policy.load(source, OPTIONS))
  if not p then return false end
  local saved = or_short(p:save(path))
  local revision = p.revision
  p:close()
  if not saved then
    assert(read() == "before")
    return false
  end
  local opened = uses_file(revision, { milliseconds = 1e6, load_milliseconds = 1e6 })
  return uses_file(revision, { verify = true, milliseconds = 1e6, load_milliseconds = 1e6 })
    and opened
end

local function run()
  local whole = true
  for _, source in ipairs { SOURCE, SCRIPTED } do
    write "before"
    whole = saves_and_opens(source) and whole
  end
  return whole
end

return function()
  local ok, result = pcall(run)
  os.remove(path)
  os.remove(temporary)
  if not ok then error(result, 0) end
  return result
end
