-- Compiled policies whose writing fails or ends in the middle: the file that there was stays.
local helper = require "spec.helper"
local policy = require "postoffice.policy"

local quote = helper.quote

-- This Lua with this library, in a process of its own.
local LUA = ("%s -e %s"):format(helper.lua, helper.quote(
  ("package.path, package.cpath = %q, %q"):format(package.path, package.cpath)))
local COMPILE = LUA .. " lua/postoffice/cli/postoffice compile %s -o %s"

local POLICY = [[
domain "corp.example" { catchall = "%s" }
connector "out" { nexthop = "smarthost", spaces = { "SMTP:*" } }
recipient "%s" { proxies = { "postmaster@corp.example" } }
directory "staff" { file = "staff.csv", format = "csv" }
]]

local function people(count)
  local rows = { "Name,mail,target" }
  for i = 1, count do
    rows[i + 1] = ("Person %d,p%d@corp.example,p%d@far.example"):format(i, i, i)
  end
  return table.concat(rows, "\n") .. "\n"
end

local folder, script, file

-- What a folder holds beside the compiled file.
local function beside()
  local list = {}
  for name in helper.output("ls -A " .. quote(folder .. "/out")):gmatch "[^\n]+" do
    if name ~= "policy.pot" then list[#list + 1] = name end
  end
  return list
end

-- A folder with a policy, its people, and a folder `out` for what is compiled.
local function make_folder(count)
  folder = helper.output "mktemp -d"
  script, file = folder .. "/policy.lua", folder .. "/out/policy.pot"
  helper.output(("mkdir %s/out && chmod 755 %s %s/out"):format(folder, folder, folder))
  helper.write(script, POLICY:format("One", "One"))
  helper.write(folder .. "/staff.csv", people(count))
end

local function remove_folder()
  helper.output(("chmod -R u+w %s && rm -rf %s"):format(folder, folder))
end

-- Whether a command that tells it succeeds.
local function can(command) return (helper.run(command)) == 0 end

describe("a compiled policy that cannot be written #program #host", function()
  local old

  setup(function()
    make_folder(1000)
    helper.output(COMPILE:format(script, file))
    old = helper.read(file)
    helper.write(script, POLICY:format("Two", "Two"))
  end)
  teardown(remove_folder)

  -- The file is what it was, and alone.
  local function holds_old()
    assert.is_true(helper.read(file) == old)
    assert.same({}, beside())
  end

  -- Compiles in a shell that was prepared; it has to fail and to say why.
  local function fails(prepare, path, why)
    local command = ("(%s exec %s)"):format(prepare, COMPILE:format(script, quote(path)))
    local status, output, errors = helper.run(command)
    assert.equal(74, status, output .. errors)
    assert.truthy(errors:find(why), errors)
    assert.truthy(errors:find(path, 1, true), errors)
  end

  it("stays where a file may not be so large", function()
    fails("trap '' XFSZ; ulimit -f 1;", file, "File too large")
    holds_old()
  end)

  it("stays where the process ends by that", function()
    local status = helper.run(
      ("(ulimit -c 0; ulimit -f 1; %s; exit $?)"):format(COMPILE:format(script, file)))
    assert.is_true(status > 128, status)
    assert.is_true(helper.read(file) == old)
    for _, name in ipairs(beside()) do -- it had no time to remove it
      assert.truthy(name:match "^policy%.pot%.%d+%-%d+$", name)
      os.remove(folder .. "/out/" .. name)
    end
  end)

  -- A mount of our own, which nobody else sees and which goes with its process.
  it("stays where the disk is full", function()
    if not can "unshare -rm mount -t tmpfs none /mnt" then
      return pending "no file system can be mounted here"
    end
    local on_small_disk = ([[
      mount -t tmpfs -o size=%dk none %s/out && cp %s/old %s || exit 1
      %s
      status=$?
      cmp %s/old %s && ls -A %s/out
      exit $status]]):format(math.floor(#old * 1.5 / 1024), folder, folder, file,
      COMPILE:format(script, file), folder, file, folder)
    helper.write(folder .. "/old", old)
    local status, output, errors = helper.run("unshare -rm sh -c " .. quote(on_small_disk))
    assert.equal(74, status, output .. errors)
    assert.truthy(errors:find(file .. ": No space left on device", 1, true), errors)
    assert.equal("policy.pot\n", output)
    holds_old()
  end)

  it("stays where the folder is read-only", function()
    local is_root = helper.output "id -u" == "0" -- who heeds no modes
    local nobody = is_root and "setpriv --reuid 65534 --regid 65534 --clear-groups " or ""
    if not can(nobody .. "test -r lua/postoffice/init.lua") then
      return pending "nobody cannot read this checkout, or there is no setpriv"
    end
    helper.output(("chmod 555 %s/out"):format(folder))
    local status, output, errors = helper.run(nobody .. COMPILE:format(script, file))
    helper.output(("chmod 755 %s/out"):format(folder))
    assert.equal(74, status, output .. errors)
    assert.truthy(errors:find(file .. ": Permission denied", 1, true), errors)
    holds_old()
  end)

  it("stays where its path is a folder", function()
    local path = folder .. "/out"
    for _, ending in ipairs { "", "/", "/.", "/policy.pot/" } do
      local status, output, errors = helper.run(COMPILE:format(script, path .. ending))
      assert.equal(74, status, output .. errors)
      holds_old()
    end
    assert.equal("out\npolicy.lua\nstaff.csv",
      helper.output(("rm -f %s/old && ls -A %s"):format(folder, folder)))
  end)

  it("stays where a name is too long, or would be while it is written", function()
    for _, length in ipairs { 250, 255, 300, 5000 } do
      fails("", folder .. "/out/" .. ("x"):rep(length), "File name too long")
    end
    holds_old()
  end)

  it("stays where there is no descriptor left", function()
    local code = ([[
      local p = assert(require "postoffice.policy".loadfile "%s")
      local held, opened = {}
      repeat
        opened = io.open "/dev/null"
        held[#held + 1] = opened
      until not opened
      local saved, message, code = p:save "%s"
      io.write(tostring(saved), " ", message, " ", code)
    ]]):format(script, file)
    local status, output, errors = helper.run(("ulimit -n 40; %s -e %s"):format(LUA, quote(code)))
    assert.equal(0, status, errors)
    assert.equal(("nil %s: Too many open files file-unwritable"):format(file), output)
    holds_old()
  end)

  it("is written beside what a process of its number left, to a limit", function()
    local code = ([[
      local path, pid = "%s", io.popen("echo $PPID"):read "*l"
      for i = 0, arg[1] - 1 do io.open(path .. "." .. pid .. "-" .. i, "w"):close() end
      print(require "postoffice.policy".loadfile "%s":save(path))
    ]]):format(file, script)
    local saver = helper.write(folder .. "/saver.lua", code)
    local function save_beside(count)
      local said = helper.output(("%s %s %d"):format(LUA, saver, count))
      assert.equal(count, #beside())
      helper.output(("rm %s.*"):format(file))
      return said
    end
    assert.equal(("nil\t%s: File exists\tfile-unwritable"):format(file), save_beside(100))
    holds_old()
    assert.equal("true", save_beside(99))
    assert.is_true(helper.read(file) ~= old)
    helper.write(file, old)
  end)
end)

-- Two compiled policies, and what writes the one and the other to the same file without end.
describe("a process that is killed #program #host", function()
  local wholes, revisions, loop

  setup(function()
    make_folder(50000)
    wholes, revisions = {}, {}
    for i, name in ipairs { "One", "Two" } do
      local path = ("%s/%d.pot"):format(folder, i)
      helper.write(script, POLICY:format(name, name))
      helper.output(COMPILE:format(script, path))
      wholes[i] = helper.read(path)
      revisions[assert(policy.loadfile(path)).revision] = true
    end
    assert.is_true(wholes[1] ~= wholes[2])
    loop = helper.write(folder .. "/loop.lua", ([[
      local policy = require "postoffice.policy"
      local one, two = policy.loadfile "%s/1.pot", policy.loadfile "%s/2.pot"
      while true do one, two = two, one; assert(one:save "%s") end
    ]]):format(folder, folder, file))
  end)
  teardown(remove_folder)
  before_each(function()
    helper.write(file, wholes[1])
    for _, name in ipairs(beside()) do os.remove(folder .. "/out/" .. name) end
  end)

  local function is_whole()
    local now = helper.read(file)
    return now == wholes[1] or now == wholes[2]
  end

  -- Runs a command that never ends by itself, and kills it when `until_when`, a condition of the
  -- shell, holds.  Calls `meanwhile`, if it is there, until it has seen enough, which it says by
  -- the file `enough`.  Returns the number of the process.
  local function kill(command, until_when, meanwhile)
    local shell = ([[exec 2>&1; %s & it=$!; echo $it
      until %s; do kill -0 $it || break; done; kill -9 $it; wait; echo dead]]):format(command,
      until_when)
    local pipe = assert(io.popen(shell))
    local process = pipe:read "*l"
    while meanwhile and meanwhile() do end
    local said = pipe:read "*a"
    pipe:close()
    assert.truthy(said:find "dead\n$", said)
    assert.is_nil(said:find "traceback", said)
    return process
  end

  -- A condition that holds after a while that chance decides.
  local function after(longest) return ("sleep %.3f"):format(longest * math.random()) end

  -- Kills `count` processes, at random times unless it is said when; how many of them left a file
  -- beside, which is known by its name.
  local function kill_many(count, command, until_when)
    local left = 0
    for _ = 1, count do
      local process = kill(command, until_when())
      assert.is_true(is_whole())
      local names = beside()
      assert.is_true(#names <= 1)
      for _, name in ipairs(names) do
        assert.equal(process, name:match "^policy%.pot%.(%d+)%-0$")
        os.remove(folder .. "/out/" .. name)
      end
      left = left + #names
    end
    local opened = assert(policy.loadfile(file, { verify = true }))
    assert.is_true(revisions[opened.revision])
    return left
  end

  it("leaves the whole old or the whole new file while it compiles", function()
    kill_many(helper.times(2), COMPILE:format(script, file), function() return after(1.5) end)
  end)

  it("leaves the whole old or the whole new file while it writes", function()
    local command, left = ("%s %s"):format(LUA, loop), 0
    local function at_random() return after(0.25) end
    local function in_the_middle() return ("test -e %s.$it-0"):format(file) end
    kill_many(helper.times(8), command, at_random)
    repeat -- it may have got done between the look and the kill
      left = left + kill_many(1, command, in_the_middle)
    until left > 0
  end)

  it("leaves the file alone while it reloads it", function()
    local reloads = helper.write(folder .. "/reload.lua", ([[
      local live = assert(require "postoffice.policy".open "%s")
      while true do assert(live:reload()) end
    ]]):format(file))
    local before = helper.read(file)
    local function at_random() return after(0.3) end
    assert.equal(0, kill_many(helper.times(2), ("%s %s"):format(LUA, reloads), at_random))
    assert.is_true(helper.read(file) == before)
  end)

  it("gives whoever opens it meanwhile a whole one", function()
    local enough = folder .. "/enough"
    local seen, both = {}, 0
    kill(("%s %s"):format(LUA, loop), "test -e " .. enough, function()
      local opened, message, code = policy.loadfile(file)
      assert.is_true(opened ~= nil or code == "file-changing", message)
      if not opened then return true end
      assert.is_true(revisions[opened.revision])
      if not seen[opened.revision] then seen[opened.revision], both = true, both + 1 end
      opened:close()
      if both == 2 then helper.write(enough, "") end
      return both < 2
    end)
    assert.is_true(is_whole())
  end)
end)
