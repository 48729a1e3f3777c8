-- The commands that work with a policy.

local helper = require "spec.helper"
local support = require "spec.60-cli_support"

local POLICY = "lua/postoffice/examples/q184994-exchange.lua"
local GATEWAY = "lua/postoffice/examples/q184994-gateway.lua"
local ARTICLE = "[ccmail:user@domain at internet]"
local REVISION = require("postoffice.policy").loadfile(POLICY).revision

local found = { environment = { POSTOFFICE_POLICY = POLICY } }

local cases = {
  ["route prints input, verdict, connector, next hop, address and code"] = {
    { "route", ARTICLE },
    output = ARTICLE .. "\tdeliver\tccmail\tHQ\tCCMAIL:user@domain at internet\t-\t-\t-\t-\n",
  },
  ["route prints a line for each delivery"] = {
    { "route", "sales@exchange.example" },
    output = "sales@exchange.example\tdeliver\t-\t-\tSMTP:kim.lee@exchange.example\t-\t"
      .. "Kim Lee\t-\t-\n"
      .. "sales@exchange.example\tdeliver\tccmail\tHQ\tCCMAIL:pat@partner.example at internet\t-\t"
      .. "Pat Jones (Internet)\t-\t-\n"
      .. "sales@exchange.example\tdeliver\tpartner-line\tsmtp:[192.0.2.7]:25\t"
      .. "SMTP:joe@partner.example\t-\tSales\t-\t-\n",
  },
  ["route takes connectors that are down"] = {
    { "route", "--down", "partner-line", "joe@partner.example" },
    output = "joe@partner.example\tdeliver\tccmail-internet\tHQ\t"
      .. "CCMAIL:joe@partner.example at internet\t-\t-\t-\t-\n",
  },
  ["route takes several of them"] = {
    { "route", "--down", "partner-line", "--down=ccmail-internet", "joe@partner.example" },
    status = 1,
    output = "joe@partner.example\tdefer\t-\t-\tSMTP:joe@partner.example\tconnectors-down\t-\t-\t"
      .. "every way to this address is down now; try again later\n",
  },
  ["route takes the connector that the message arrived by"] = {
    { "route", "--arrived-by", "partner-line", "joe@partner.example" },
    output = "joe@partner.example\tdeliver\tccmail-internet\t",
  },
  ["route refuses strangers a relay"] = {
    { "route", "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example" },
    status = 1, match = "\treject\t.*\trelay%-denied\t%-\t%-\tan encapsulated [^\t]*\n$",
  },
  ["route lets those who may relay"] = {
    { "route", "--may-relay", "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example" },
    match = "\tdeliver\tccmail\tHQ\tCCMAIL:user@domain at internet\t%-\t%-\t%-\t%-\n$",
  },
  ["route goes on after a bad line, and says so in both places"] = {
    { "route" }, input = "a@b.example\nno such\n" .. ARTICLE .. "\n", status = 1,
    match = "^a@b.example\tdeliver\t.*\n"
      .. "no such\treject\t%-\t%-\t%-\tdomain%-missing\t%-\t%-\t[^\n]*\n%[ccmail.*\n$",
    errors = 'line 2: "no such": the address has no domain; write user@domain (domain-missing',
  },
  ["route says nothing on standard error of what is only undeliverable"] = {
    { "route", "nobody@exchange.example" }, status = 1,
    output = "nobody@exchange.example\treject\t-\t-\tSMTP:nobody@exchange.example\t"
      .. "recipient-unknown\t-\t-\tnobody here has this address\n",
  },
  ["route replays a log, each message with its sender and size"] = {
    { "route", "--log", "tsv" }, status = 1,
    input = "<>\tjoe@partner.example\t100\nx@y.example\tnobody@exchange.example\n",
    match = "^joe@partner.example\tdeliver\t[^\n]*\t<>\t%-\nnobody@exchange.example\treject\t",
  },
  ["route says which line of a log it cannot read, and goes on"] = {
    { "route", "--log", "tsv" }, status = 1,
    input = "a@b.example\na@b.example\tjoe@partner.example\n",
    match = "^joe@partner.example\tdeliver\t[^\n]*\n$", errors = "line 1: has no recipient",
  },
  ["route replays names of a log by Postfix's myorigin"] = {
    { "route", "--log", "postfix", "--origin", "partner.example" },
    input = "Nov 27 00:39:59 mx postfix/x[1]: 4F1: to=<a@b.example>, orig_to=<joe>, relay=none\n",
    match = "^joe@partner.example\tdeliver\t[^\n]*\n$",
  },
  ["route takes an origin of Postfix's alone"] = {
    { "route", "--log", "exim", "--origin", "partner.example" }, input = "", status = 2,
    errors = "--origin goes with --log postfix",
  },
  ["route takes no origin without a log"] = {
    { "route", "--origin", "partner.example", "joe@partner.example" }, status = 2,
    errors = "--origin goes with --log postfix",
  },
  ["route takes no origin that is no domain"] = {
    { "route", "--log", "postfix", "--origin", "a..b" }, input = "", status = 2,
    errors = "--origin a..b: ",
  },
  ["route takes no addresses beside a log"] = {
    { "route", "--log", "exim", "a@b.example" }, input = "hello\n", status = 2,
    errors = "--log: a log is read from standard input; leave addresses out",
  },
  ["route says what it cannot read of a log"] = {
    { "route", "--log", "exim" }, input = "hello\n", output = "",
    errors = "the log tells of no message; is it exim's?",
  },
  ["route writes JSON with addresses as text"] = {
    { "route", "--json", "--sender", "kim.lee@exchange.example", ARTICLE },
    output = '{"input":"[ccmail:user@domain at internet]","verdict":"deliver","connector":"ccmail",'
      .. '"nexthop":"HQ","hop":{"host":"HQ"},"address":"CCMAIL:user@domain at internet",'
      .. '"recipient":"[ccmail:user@domain at internet]","final":"SMTP:user@domain",'
      .. '"path":["HQ","internet"],"gateway":"internet",'
      .. '"sender":"CCMAIL:Lee, Kim at EXCHANGE","cost":1,"space":"CCMAIL:*","alternatives":[],'
      .. '"rule":"' .. POLICY .. ':14","revision":"' .. REVISION .. '"}\n',
  },
  ["the null sender is one"] = {
    { "route", "--json", "--sender", "<>", ARTICLE }, match = '"sender":"<>"',
  },
  ["a sender that is none is wrong use"] = {
    { "route", "--sender", "kim lee", ARTICLE }, status = 2, errors = '--sender "kim lee": ',
  },
  ["a connector that nobody declared is wrong use, with a hint"] = {
    { "route", "--down", "partnr-line", "a@b.example" }, status = 2,
    errors = '--down: connector "partnr-line" is not declared; did you mean "partner-line"?\n',
  },
  ["a size is a number"] = {
    { "route", "--size", "big", "a@b" }, status = 2, errors = "--size big",
  },

  ["explain tells the way and ends in a sentence"] = {
    { "explain", ARTICLE },
    match = "^address +%[ccmail.*\n1 parse .*\n\nGoes to HQ by connector ccmail at cost 1 as",
  },
  ["explain puts an empty line between two"] = {
    { "explain", "klee@exchange.example", ARTICLE },
    match = "\n\nIs delivered here to Kim Lee as SMTP:kim.lee@exchange.example.\n\naddress ",
  },
  ["explain writes JSON"] = {
    { "explain", "--json", ARTICLE },
    match = '^{"input":"%[ccmail[^\n]*"sentence":"Goes to HQ '
      .. '[^\n]*"steps":%[{"stage":"parse",[^\n]*}\n$',
  },
  ["explain fails where mail does"] = {
    { "explain", "nobody@exchange.example" }, status = 1, match = "recipient%-unknown",
  },

  ["test counts"] = { { "test", GATEWAY }, output = GATEWAY .. ": 16 passed, 0 failed\n" },
  ["test takes the policy that is found"] = {
    { "test", "--run", "line down" },
    match = "^" .. POLICY:gsub("%p", "%%%0") .. ": 1 passed, 0 failed\n$",
  },
  ["test writes TAP"] = {
    { "test", "--tap", GATEWAY },
    match = "^TAP version 13\nok 1 %- [^\n]*q184994%-gateway.lua:%d+: .*\n1%.%.16\n$",
  },
  ["test runs those that are named"] = {
    { "test", "--run", "any case", GATEWAY }, match = "gateway.lua: 1 passed, 0 failed\n$",
  },
  ["test says that none has the name"] = {
    { "test", "--run", "nothing", GATEWAY }, match = "gateway.lua: 0 passed, 0 failed\n$",
    status = 1, errors = '--run: no test and no claim has "nothing" in its name',
  },
  ["test writes JSON"] = {
    { "test", "--json", "--coverage", GATEWAY },
    match = '^{"file":"' .. GATEWAY:gsub("%p", "%%%0") .. '","where":"[^"]+","word":"test",'
      .. '"name":"[^"]+","passed":true}\n.*"rules":10,"reached":10,"uncovered":%[%]}\n$',
  },
  ["test knows what it reached"] = {
    { "test", "--coverage", GATEWAY }, match = ": tests reach 10 of 10 rules\n$",
  },
  ["test fails for a policy that is not there"] = {
    { "test", "nowhere.lua", GATEWAY }, status = 78,
    output = "nowhere.lua: does not load\n    nowhere.lua: No such file or directory\n"
      .. GATEWAY .. ": 16 passed, 0 failed\n",
  },
}

local function check(case, given)
  local status, output, errors = support.run(case[1], given)
  assert.equal(case.status or 0, status, errors)
  if case.match then
    assert.matches(case.match, output)
  elseif case.output then
    assert.equal(case.output, output:sub(1, case.output:sub(-1) == "\n" and -1 or #case.output))
  end
  if case.errors then
    assert.matches(case.errors, errors, 1, true)
  else
    assert.equal("", errors)
  end
end

describe("the command postoffice with a policy", function()
  for name, case in pairs(cases) do
    it(name, function()
      check(case, { input = case.input, environment = found.environment })
    end)
  end

  it("prefers --policy to the environment", function()
    local _, output = support.run({ "route", "--policy", GATEWAY, ARTICLE }, found)
    assert.is_nil(output:find "\tccmail\t")
  end)

  it("needs the name that --policy has", function()
    local status, _, errors = support.run { "route", "--policy=", "a@b.example" }
    assert.equal(2, status)
    assert.matches("--policy: name the policy's file", errors, 1, true)
  end)

  it("says where it looked for one", function()
    local status, output, errors = support.run { "route", "a@b.example" }
    assert.equal(78, status)
    assert.equal("", output)
    assert.equal("postoffice: no policy: ./policy.lua cannot be read; write --policy FILE,"
      .. " or set POSTOFFICE_POLICY\n", errors)
  end)

  it("says where one belongs that stands among addresses, before another one is found", function()
    for _, name in ipairs { "explain", "route", "resolve", "rewrite" } do
      for _, streams in ipairs { {}, found } do
        assert.same({ 2, "", ("postoffice: %s is a file, and no address; if it is the policy, write"
          .. " --policy %s\n"):format(GATEWAY, GATEWAY) },
          { support.run({ name, "a@b.example", GATEWAY }, streams) })
      end
    end
  end)

  local SMALL = [[
connector "a" { spaces = { "SMTP:*" }, nexthop = "h" }
connector "a" { spaces = { "SMTP:*" }, nexthop = "h" }
]]

  -- What a command says of a policy is the same, however that is named; here, that it does not load.
  for _, name in ipairs { "check", "test", "export", "graph", "prove" } do
    it("takes it by --policy, or as an argument, with " .. name, function()
      support.with_file(SMALL, function(path)
        local function said(words, environment)
          return { support.run(words, { environment = environment }) }
        end
        local by_argument = said { name, path }
        assert.matches(path .. ":2", by_argument[2] .. by_argument[3], 1, true)
        assert.same(by_argument, said { name, "--policy", path })
        assert.same(by_argument, said({ name }, { POSTOFFICE_POLICY = path }))
      end)
    end)
  end

  it("takes a first argument for a claim that is of several words and no file", function()
    support.with_file('connector "a" { spaces = { "SMTP:*" } }', function(path)
      local status, output = support.run({ "prove", "no recipient is delivered" },
        { environment = { POSTOFFICE_POLICY = path } })
      assert.equal(0, status)
      assert.matches("no recipient is delivered", output, 1, true)
    end)
  end)

  it("is asked which of two is meant", function()
    local status, _, errors = support.run { "graph", "--policy", GATEWAY, GATEWAY }
    assert.equal(2, status)
    assert.matches(("which policy, %s or %s? Name one"):format(GATEWAY, GATEWAY), errors, 1, true)
  end)

  it("tests or checks all that are named, in both ways", function()
    local _, output = support.run { "test", "--policy", GATEWAY, GATEWAY }
    assert.equal(2, select(2, output:gsub("%d+ passed, 0 failed", "")))
  end)

  it("says what is wrong with one", function()
    support.with_file('connector "x" { space = { "SMTP:*" } }\n', function(path)
      local status, output, errors = support.run { "route", "--policy", path, "a@b.example" }
      assert.equal(78, status)
      assert.equal("", output)
      assert.matches(path .. ':1: connector "x": unknown field "space"; did you mean "spaces"?',
        errors, 1, true)
    end)
  end)
end)

describe("postoffice test", function()
  local FAILING = [[
connector "a" { speaks = "SMTP", spaces = { "SMTP:*" } }
connector "b" { speaks = "SMTP", spaces = { "SMTP:*@b.example" } }
test "right" { to = "x@y.example", connector = "a" }
test "wrong # one" { to = "x@y.example", connector = "b" }
]]

  it("prints failures as expected against got, with the explanation", function()
    support.with_file(FAILING, function(path)
      local status, output = support.run { "test", path }
      assert.equal(1, status)
      local first = path .. ':4: test "wrong # one" failed\n    connector: expected b, got a\n\n'
      assert.equal(first, output:sub(1, #first))
      assert.matches("\n    Goes by connector a at cost 1 as SMTP:x@y.example.\n\n" .. path
        .. ": 1 passed, 1 failed\n", output, 1, true)
    end)
  end)

  describe("with a claim that nothing decides", function()
    local ASKING = FAILING:gsub("test.*", "") .. [[
function on.recipient(address) return ask("crm", address.localpart or "x") end
claim "no FAX address is passed"
]]
    local WRONG = ASKING
      .. 'test "no" { to = "x@y.example", connector = "b", asks = { crm = {} } }\n'

    it("tells it apart, and is not content", function()
      support.with_file(ASKING, function(path)
        local status, output = support.run { "test", path }
        assert.equal(3, status)
        assert.matches(path .. ':4: claim "no FAX address is passed" is undecided\n', output,
          1, true)
        assert.matches(path .. ": 0 passed, 0 failed, 1 undecided\n", output, 1, true)
        output = select(2, support.run { "test", "--tap", path })
        assert.matches("not ok 1 - " .. path .. ":4: claim no FAX address is passed\n# undecided\n",
          output, 1, true)
        output = select(2, support.run { "test", "--json", path })
        assert.matches('"passed":false,"undecided":true,', output, 1, true)
      end)
    end)

    it("fails by what fails", function()
      support.with_file(WRONG, function(path)
        local status, output = support.run { "test", path }
        assert.equal(1, status)
        assert.matches(path .. ": 0 passed, 1 failed, 1 undecided\n", output, 1, true)
        support.with_file(ASKING, function(asking)
          assert.equal(1, (support.run { "test", asking, path }))
          assert.equal(1, (support.run { "test", path, asking }))
          assert.equal(3, (support.run { "test", asking, GATEWAY }))
          assert.equal(78, (support.run { "test", asking, "nowhere.lua" }))
        end)
      end)
    end)
  end)

  it("lists the rules that no test reached", function()
    support.with_file(FAILING, function(path)
      local status, output = support.run { "test", "--coverage", path }
      assert.equal(1, status)
      assert.matches(path .. ':2: connector "b": no test reaches it\n' .. path
        .. ": tests reach 1 of 2 rules\n", output, 1, true)
    end)
  end)

  it("says of many mailboxes how many tests reached, in one line", function()
    local lines = { 'test "t" { to = "r3@a.example", entry = "3" }' }
    for i = 1, 50 do
      lines[#lines + 1] = ('recipient "%d" { proxies = { "r%d@a.example" } }'):format(i, i)
    end
    support.with_file(table.concat(lines, "\n"), function(path)
      local status, output = support.run { "test", "--coverage", path }
      assert.equal(0, status)
      assert.equal(path .. ": 1 passed, 0 failed\n" .. path .. ":2: 50 mailboxes: tests reach 1 of"
        .. " 50 entries\n" .. path .. ": tests reach 1 of 1 rules\n", output)
    end)
  end)

  it("writes TAP that a harness reads", function()
    support.with_file(FAILING, function(path)
      local status, output = support.run { "test", "--tap", "--coverage", path, "nowhere.lua" }
      assert.equal(78, status)
      local expected = {
        "TAP version 13", "ok 1 - " .. path .. ":3: right",
        "not ok 2 - " .. path .. ":4: wrong \\# one", "# connector: expected b, got a",
      }
      local at = 0
      for line in output:gmatch "([^\n]*)\n" do
        at = at + 1
        if expected[at] then assert.equal(expected[at], line) end
        assert.is_true(expected[at] ~= nil or line == "" or line:find "^#" ~= nil
          or line:find "^not ok 3 %- nowhere.lua: loads$" ~= nil or line == "1..3", line)
      end
      assert.matches("\n1..3\n$", output)
    end)
  end)

  it("asks for tests where there are none", function()
    support.with_file("", function(path)
      local status, output = support.run { "test", path }
      assert.equal(0, status)
      assert.matches(path .. ": has no tests; add some: test ", output, 1, true)
    end)
  end)
end)

-- The script that launchers start, in a process of its own.
local PROGRAM = ("%s -e %s lua/postoffice/cli/postoffice"):format(helper.lua, helper.quote(
  ("package.path, package.cpath = %q, %q"):format(package.path, package.cpath)))

describe("postoffice test --watch", function()
  local WATCHED = 'domain "a.example" {}\nrecipient "Kim" { proxies = { "SMTP:kim@a.example" } }\n'
  local TEST = 'test "x" { to = "kim@a.example", entry = "%s" }\n'
  local folder = os.tmpname()
  local path = folder .. "/policy.lua"

  before_each(function()
    os.remove(folder)
    helper.run("mkdir -p " .. folder)
    helper.write(path, WATCHED .. 'include "tests.lua"\n')
    helper.write(folder .. "/tests.lua", TEST:format "Kim")
  end)

  after_each(function() helper.run("rm -r " .. folder) end)

  -- The verdicts that are printed while steps are taken, one after two looks at the files each; the
  -- status when Ctrl-C ends it after them.
  local function watched(...)
    local steps, looks = { ... }, 0
    local status, output, errors = support.run({ "test", "--watch", path }, { sleep = function()
      looks = looks + 1
      if looks % 2 == 1 then return end
      local step = table.remove(steps, 1)
      if not step then error("interrupted!", 0) end
      helper.write(folder .. "/" .. step[1], step[2])
    end })
    local said = {}
    for text in output:gmatch "policy.lua: ([^\n]+)\n" do said[#said + 1] = text end
    return status, said, errors
  end

  it("tests again when a file of the policy changes, and when it loads again", function()
    local status, said, errors = watched({ "tests.lua", TEST:format "Pat" },
      { "other.txt", "no file of the policy" }, { "tests.lua", "test {" },
      { "tests.lua", TEST:format "Pat" }, { "policy.lua", WATCHED .. TEST:format "Kim" })
    assert.equal(130, status)
    assert.same({ "1 passed, 0 failed", "0 passed, 1 failed", "does not load",
      "0 passed, 1 failed", "1 passed, 0 failed" }, said)
    assert.matches("^postoffice: watching 2 files; end with Ctrl%-C\n", errors)
    assert.equal(4, select(2, errors:gsub("changed; testing again", "")))
  end)

  it("waits for a policy that is not there yet", function()
    os.remove(path)
    local _, said = watched({ "policy.lua", WATCHED })
    assert.same({ "does not load", "No such file or directory", 'has no tests; add some: test'
      .. ' "name" { to = "a@b.example", verdict = "deliver" }' }, said)
  end)
end)

describe("the program #program", function()
  local function run(command)
    return helper.run((command:gsub("postoffice ", function() return PROGRAM .. " " end)))
  end

  it("exits with the command's status", function()
    assert.equal(0, (run "postoffice parse a@b.example"))
    assert.equal(1, (run "postoffice parse bad"))
    assert.equal(2, (run "postoffice parse --bad"))
    assert.equal(78, (run "postoffice route --policy nowhere.lua a@b.example"))
  end)

  it("reads and writes the standard streams", function()
    local status, output, errors = run("printf 'a@b.example\\nbad\\n' | postoffice format")
    assert.equal(1, status)
    assert.equal("SMTP:a@b.example\n", output)
    assert.matches('^postoffice: line 2: "bad": ', errors)
  end)

  it("routes the article's address", function()
    local status, output = run("postoffice route --policy " .. POLICY .. " '" .. ARTICLE .. "'")
    assert.equal(0, status)
    assert.equal(ARTICLE
      .. "\tdeliver\tccmail\tHQ\tCCMAIL:user@domain at internet\t-\t-\t-\t-\n", output)
  end)

  local many = "awk 'BEGIN { for (i = 0; i < 100000; i++) print \"a@b.example\" }' | "

  it("watches until a signal ends it", function()
    local policy = "lua/postoffice/examples/site.lua"
    for signal, expected in pairs { INT = "130", TERM = "143" } do
      local errors = os.tmpname()
      local _, output = run(([[
        exec 2>%s; postoffice test --watch %s >/dev/null & pid=$!
        until grep -q watching %s; do sleep 0.05; done
        kill -%s $pid; wait $pid; echo $?]]):format(errors, policy, errors, signal))
      os.remove(errors)
      assert.equal(expected, (output:gsub("%s", "")))
    end
  end)

  it("routes on many cores by shards", function()
    local folder = helper.output "mktemp -d"
    local addresses = {}
    for i = 1, 3000 do addresses[i] = ("user%d@partner%d.example\n"):format(i, i % 7) end
    helper.write(folder .. "/addresses", table.concat(addresses))
    local policy = "lua/postoffice/examples/q184994-exchange.lua"
    local compiled = folder .. "/policy.pot"
    assert.equal(0, (run(("postoffice compile %s -o %s"):format(policy, compiled))))
    local route = ("postoffice route --policy %s"):format(compiled)
    local _, whole = run(("%s <%s/addresses"):format(route, folder))
    helper.write(folder .. "/postoffice", ("#!/bin/sh\nexec %s \"$@\"\n"):format(PROGRAM))
    local status, shards, errors = helper.run(([[
      cd %s; chmod +x postoffice; export PATH=%s:$PATH PARALLEL_HOME=%s
      cd "$OLDPWD"; parallel --will-cite --pipe -k -j 4 --block 10k %s <%s/addresses]])
      :format(folder, folder, folder, route, folder))
    helper.run("rm -r " .. folder)
    assert.same({ 0, "" }, { status, errors })
    assert.equal(3000, select(2, whole:gsub("\n", "")))
    assert.equal(whole, shards)
  end)

  it("loses nothing of a long input", function()
    local _, output = run(many .. "postoffice format | wc -l")
    assert.equal(100000, tonumber(output))
  end)

  it("ends quietly when nobody reads on", function()
    for _, prefix in ipairs { "", "trap '' PIPE; " } do
      local _, output, errors = run(prefix .. many .. "postoffice format | head -n 1")
      assert.equal("SMTP:a@b.example\n", output)
      assert.is_nil(errors:find "postoffice", errors)
    end
  end)

  it("says when its output is lost", function()
    if not io.open "/dev/full" then return end
    local status, _, errors = run("postoffice format a@b.example >/dev/full")
    assert.equal(74, status)
    assert.equal("postoffice: cannot write the output: No space left on device\n", errors)
  end)

  it("says when its input is none", function()
    local status, _, errors = run("postoffice format <.")
    assert.equal(74, status)
    assert.matches("^postoffice: cannot read the input: ", errors)
  end)

  it("asks for what it needs", function()
    local bare = ("%s -e %s lua/postoffice/cli/postoffice"):format(helper.lua, helper.quote(
      ("package.path, package.cpath = %q, %q"):format("lua/?.lua;lua/?/init.lua",
        package.cpath:match "^[^;]*")))
    local status, _, errors = helper.run(bare .. " parse a@b.example")
    assert.equal(69, status)
    assert.matches("luarocks install argparse", errors, 1, true)
  end)

  it("stands where make puts it", function()
    local launcher = "build/bin/" .. helper.lua:match "[^/]+$" .. "/postoffice"
    if not io.open(launcher) then return end
    local version = helper.output(launcher .. " --version")
    assert.equal("postoffice " .. require("postoffice")._VERSION, version)
  end)
end)
