--- What people see at a terminal: colours, and how far a long input is.
local helper = require "spec.helper"
local paint = require "postoffice.cli.paint"
local progress = require "postoffice.cli.progress"
local support = require "spec.60-cli_support"

local POLICY = "lua/postoffice/examples/q184994-exchange.lua"
local AT_TERMINAL = { stdout = true }

local function run(arguments, environment, terminals)
  return select(2, support.run(arguments, { environment = environment, terminals = terminals }))
end

local function plain(text) return (text:gsub("\27%[%d+m", "")) end

describe("colours", function()
  local EXPLAIN = { "explain", "--policy", POLICY, "joe@partner.example" }

  it("are for terminals that want them", function()
    for _, case in ipairs {
      { true, AT_TERMINAL, {} }, { false, {}, {} }, { false, AT_TERMINAL, { NO_COLOR = "1" } },
      { true, AT_TERMINAL, { NO_COLOR = "" } }, { false, AT_TERMINAL, { TERM = "dumb" } },
    } do
      local output = run(EXPLAIN, case[3], case[2])
      assert.equal(case[1], output:find "\27%[" ~= nil)
    end
  end)

  it("are what the option says", function()
    local always = { "explain", "--color=always", "--policy", POLICY, "joe@partner.example" }
    assert.truthy(run(always, { NO_COLOR = "1" }, {}):find "\27%[")
    local never = { "explain", "--color=never", "--policy", POLICY, "joe@partner.example" }
    assert.is_nil(run(never, {}, AT_TERMINAL):find "\27%[")
  end)

  it("change nothing else", function()
    assert.equal(run(EXPLAIN, {}, {}), plain(run(EXPLAIN, {}, AT_TERMINAL)))
  end)

  it("show what wins and what loses", function()
    local output = run(EXPLAIN, {}, AT_TERMINAL)
    assert.matches("\27%[32m5 route     %+ partner%-line", output)
    assert.matches("\27%[2m            %- ccmail%-internet", output)
    assert.matches("\27%[1mGoes to ", output)
    assert.is_nil(output:find "\27%[%d+m1 parse")
  end)

  it("show what tests and checks found", function()
    local path = helper.write(os.tmpname(), "domain 'a.example' {}\n"
      .. "test 'x' { to = 'kim@a.example', verdict = 'deliver' }\n")
    local output = run({ "test", path }, {}, AT_TERMINAL)
    assert.matches('\27[31m' .. path .. ':2: test "x" failed\27[0m', output, 1, true)
    assert.matches("\27[31m" .. path .. ": 0 passed, 1 failed\27[0m", output, 1, true)
    output = run({ "check", path }, {}, AT_TERMINAL)
    assert.matches("^\27%[%d+m" .. path:gsub("%p", "%%%0"), output)
    output = run({ "test", "--tap", path }, {}, AT_TERMINAL)
    assert.is_nil(output:find "\27%[")
    output = run({ "check", "--json", path }, {}, AT_TERMINAL)
    assert.is_nil(output:find "\27%[")
    os.remove(path)
  end)

  it("show the old and the new in what differs", function()
    local other = helper.write(os.tmpname(),
      'connector "c" { nexthop = "x", spaces = { "SMTP:*" } }')
    local output = run({ "diff", "--color=always", "--log", "tsv", POLICY, other }, {}, {})
    assert.equal("", output)
    output = select(2, support.run({ "diff", "--color=always", POLICY, other },
      { input = "joe@partner.example\n" }))
    assert.matches("^\27%[31m<\tjoe@partner%.example\t[^\n]*\27%[0m\n\27%[32m>\t", output)
    output = select(2, support.run({ "diff", "--color=always", other, "--against", "sed 's/$/\ty/'",
      "--as", "transport" }, { input = "joe@partner.example\n" }))
    assert.matches("^\27%[31m<\tjoe@partner%.example\t[^\n]*\27%[0m\n\27%[32m>\t", output)
    os.remove(other)
  end)

  it("end where a line does", function()
    assert.equal("\27[31m<\ta\27[0m\n\27[32m>\tb\27[0m\nc", paint.lines "diff" "<\ta\n>\tb\nc")
  end)
end)

describe("a long input", function()
  local function shown(share)
    local stream, now = support.stream "", 0
    local self = progress.new(stream, true, function() return now end, share)
    now = 4
    self:add(2000)
    return stream:contents()
  end

  it("says how many are done, and how fast", function()
    assert.equal("\r\27[K2000 addresses, 500/s", shown(nil))
  end)

  it("says how much of a file is done, and when it will end", function()
    for share, text in pairs {
      [0.25] = "25 %, 12 s left", [0.02] = "2 %, 4 min left", [0.0001] = "0 %, 11 h 6 min left",
      [1] = "100 %, 0 s left",
    } do
      assert.equal("\r\27[K2000 addresses, 500/s, " .. text, shown(function() return share end))
    end
    assert.equal("\r\27[K2000 addresses, 500/s", shown(function() return nil end))
  end)

  it("counts what other commands do, and how much of it is done", function()
    local folder = os.tmpname()
    os.remove(folder)
    helper.run("mkdir -p " .. folder)
    for i = 1, 4 do
      helper.write(("%s/%d.txt"):format(folder, i), ("IMCEAEX-_o=Org_cn=%d@a.example\n"):format(i))
      helper.write(("%s/%d.lua"):format(folder, i), "claim 'no address is passed'\n" .. ("claim"
        .. " 'no address is passed unless may_relay'\n"):rep(3))
    end
    local csv = helper.write(folder .. "/people.csv", "Alias\n" .. ("kim\n"):rep(1100))
    helper.write(folder .. "/many.lua", 'templates { "SMTP:%m@a.example" }\n')
    for _, case in ipairs {
      { "1 files, 1/s, 10 %%, 9 s left", "x500", folder },
      { "1 policies, 1/s, 25 %%, 3 s left", "check", folder .. "/1.lua", folder .. "/2.lua",
        folder .. "/3.lua", folder .. "/4.lua" },
      { "1 policies, 1/s, 25 %%, 3 s left", "test", folder .. "/1.lua", folder .. "/2.lua",
        folder .. "/3.lua", folder .. "/4.lua" },
      { "1 claims, 1/s, 25 %%, 3 s left", "prove", folder .. "/1.lua" },
      { "512 people, 512/s", "proxies", "--policy", folder .. "/many.lua", csv },
    } do
      local seconds = 0
      local streams = support.streams { terminals = { stderr = true } }
      streams.clock = function() seconds = seconds + 1 return seconds end
      require "postoffice.cli".run({ (table.unpack or unpack)(case, 2) }, streams)
      local errors = streams.stderr:contents()
      assert.matches("\r\27%[K" .. case[1], errors, case[2])
      local without_notes = errors:gsub("postoffice: [^\r\n]*\n", "")
      assert.matches("\r\27%[K$", without_notes)
    end
    helper.run("rm -r " .. folder)
  end)

  it("is told of within a long file: while it is taken apart, and searched", function()
    local message = "From: a@b.example\n\n"
    local names, shares = ("IMCEAEX-_o=Org_cn=Kim@a.example\n"):rep(8), {}
    for name, case in pairs {
      read = { message .. ("text\n"):rep(16382), { 15, 30, 45, 60 } },
      searched = { message .. names, { 65, 70, 75, 80, 85, 90, 95, 100 } },
      plain = { names, { 65, 70, 75, 80, 85, 90, 95, 100 } },
    } do
      local path = helper.write(os.tmpname(), case[1])
      local seconds = 0
      local streams = support.streams { terminals = { stderr = true } }
      streams.clock = function() seconds = seconds + 1 return seconds end
      require "postoffice.cli".run({ "x500", path }, streams)
      os.remove(path)
      shares[name] = {}
      for share in streams.stderr:contents():gmatch "0 files, 0/s, (%d+) %%" do
        table.insert(shares[name], tonumber(share))
      end
      assert.equal(#case[2], #shares[name], name)
      for at, share in ipairs(case[2]) do
        assert.truthy(math.abs(share - shares[name][at]) <= 2, name .. at)
      end
    end
  end)

  it("knows the size of standard input, if it has one", function()
    local streams = support.streams { input = ("a@b.c\n"):rep(4096), terminals = { stderr = true } }
    local seconds = 0
    streams.clock = function() seconds = seconds + 1 return seconds end
    function streams.stdin:seek(whence, offset)
      if whence == "end" then self.at = #self.text + 1 end
      if whence == "set" then self.at = offset + 1 end
      return self.at - 1
    end
    require "postoffice.cli".run({ "normalize" }, streams)
    assert.matches("addresses, %d+/s, %d+ %%, %d+ s left", streams.stderr:contents())
    assert.equal(("a@b.c\n"):rep(4096), streams.stdout:contents())
  end)
end)
