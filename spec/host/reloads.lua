-- A host that reloads compiled policies for days, and routes in between: it keeps its size.  Of
-- the two files one is read and the other one mapped, as their sizes have it.
--
--     POSTOFFICE_RELOADS=10000 busted spec/host/reloads.lua
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local RELOADS = tonumber(os.getenv "POSTOFFICE_RELOADS") or 500
local WARM = 40 -- reloads, by which all has been in memory once
local ENTRIES = 100000
local MAPPED_FROM = 8 * 1024 * 1024 -- csrc/glue/image.c

local SOURCE = [[
domain "corp.example" { catchall = "Person 1" }
connector "%s" { nexthop = "smarthost", spaces = { "SMTP:*" } }
directory "staff" { file = "staff.csv", format = "csv" }
test "out" { to = "a@far.example", connector = "%s" }
]]

-- A hundred thousand, each with an address more if there are to be many.
local function people(are_many)
  local rows = { "Name,mail,EmailAddresses" }
  for i = 1, ENTRIES do
    rows[i + 1] = ("Person %d,p%d@corp.example,%s"):format(i, i,
      are_many and ("smtp:person.number.%d@corp.example"):format(i) or "")
  end
  return table.concat(rows, "\n") .. "\n"
end

local function compile(path, name, are_many)
  local compiled = assert(policy.load(SOURCE:format(name, name), {
    read = function() return people(are_many) end, load_milliseconds = 60000,
  }))
  assert(compiled:save(path))
  compiled:close()
end

local function count(command) return tonumber(helper.output(command)) end

-- What the process holds: memory of Lua's and in all in KiB, descriptors, and mapped files.
local function held(process, path)
  collectgarbage()
  collectgarbage()
  local folder = "/proc/" .. process
  return {
    lua = collectgarbage "count",
    resident = count("awk '/^VmRSS/ { print $2 }' " .. folder .. "/status"),
    peak = count("awk '/^VmHWM/ { print $2 }' " .. folder .. "/status"),
    anonymous = count("awk '/^Anonymous/ { print $2 }' " .. folder .. "/smaps_rollup"),
    descriptors = count("ls " .. folder .. "/fd | wc -l"),
    mapped = count(("grep -c '%s' %s/maps || true"):format(path, folder)),
  }
end

describe(("a host that reloads compiled policies %d times"):format(RELOADS), function()
  local folder, path

  setup(function()
    folder = helper.output "mktemp -d"
    path = folder .. "/live.pot"
    compile(folder .. "/one.pot", "one", true)
    compile(folder .. "/two.pot", "two", false)
  end)
  teardown(function() helper.output("rm -rf " .. folder) end)

  -- Puts a compiled file in the place of the live one, as `postoffice compile` does.
  local function replace(name)
    local new = folder .. "/new.pot"
    helper.write(new, helper.read(folder .. "/" .. name .. ".pot"))
    assert(os.rename(new, path))
  end

  it("routes by each, and keeps its size", function()
    assert.is_true(#helper.read(folder .. "/one.pot") >= MAPPED_FROM)
    assert.is_true(#helper.read(folder .. "/two.pot") < MAPPED_FROM)
    local process = helper.output "echo $PPID"
    replace "one"
    local live = assert(policy.open(path))

    local function hold(name)
      local number = math.random(ENTRIES)
      local entry = live:route(("p%d@corp.example"):format(number))[1].entry
      assert.equal("Person " .. number, entry)
      local also = live:route(("person.number.%d@corp.example"):format(number))[1]
      assert.equal(name == "one" and entry or "Person 1", also.entry)
      assert.equal(name, live:route("a@far.example")[1].connector)
    end

    local before
    for i = 1, RELOADS do
      local name = i % 2 == 0 and "one" or "two"
      replace(name)
      local reloaded, message = live:reload()
      assert.is_true(reloaded, message)
      hold(name)
      if i == WARM then before = held(process, path) end
    end
    local after = held(process, path)
    print(("%d reloads: Lua %+.0f, anonymous %+d, resident %+d KiB, descriptors %+d,"
      .. " at most %.0f MiB"):format(
      RELOADS - WARM, after.lua - before.lua, after.anonymous - before.anonymous,
      after.resident - before.resident, after.descriptors - before.descriptors,
      after.peak / 1024))
    assert.equal(before.descriptors, after.descriptors)
    assert.is_true(after.mapped <= 1, after.mapped)
    assert.is_true(after.lua < before.lua + 200, after.lua - before.lua)
    assert.is_true(after.anonymous < before.anonymous + 4096, after.anonymous - before.anonymous)
    live:close()
    live = nil -- luacheck: ignore 311
    assert.equal(0, held(process, path).mapped)
  end)
end)
