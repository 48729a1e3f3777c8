-- The commands that prove a policy, compare it, draw it; and the one for bounces.

local answers = require "postoffice.policy.prove.answers"
local helper = require "spec.helper"
local policy = require "postoffice.policy"
local support = require "spec.60-cli_support"

local POLICY = "lua/postoffice/examples/q184994-exchange.lua"

local SMALL = [[
domain "a.example" {}
connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]", spaces = { "SMTP:*" } }
recipient "Kim" { proxies = { "SMTP:kim@a.example", "smtp:postmaster@a.example" } }
recipient "Pat" { proxies = { "SMTP:pat@a.example" }, target = "SMTP:pat@c.example" }
list "All" { proxies = { "SMTP:all@a.example" }, members = { "Kim", "Pat" } }
rewrite "SMTP:{user}@old.example" { to = "SMTP:{user}@c.example" }
]]

-- Runs a command with the files that hold these texts as its last arguments.
local function run_with(arguments, texts, input)
  local status, output, errors
  local paths = {}
  local function with(i)
    if texts[i] then
      support.with_file(texts[i], function(path)
        paths[i] = path
        with(i + 1)
      end)
    else
      local all = {}
      for _, word in ipairs(arguments) do all[#all + 1] = word end
      for _, path in ipairs(paths) do all[#all + 1] = path end
      status, output, errors = support.run(all, { input = input })
    end
  end
  with(1)
  return status, output, errors, paths
end

describe("postoffice compile", function()
  it("writes a file that the commands take instead of the policy", function()
    local path = os.tmpname()
    assert.same({ 0, "", "" }, { support.run { "compile", POLICY, "-o", path } })
    local command = { "route", "--policy", POLICY, "[ccmail:user@domain at internet]", "nobody" }
    local expected = { support.run(command) }
    command[3] = path
    assert.same(expected, { support.run(command) })
    assert.equal(0, (support.run { "check", "--verify", path }))
    assert.equal(0, (support.run { "test", path }))
    assert.same({ 0, "", "" }, { support.run { "compile", path, "-o", path } })
    os.remove(path)
  end)

  it("never writes over the policy itself", function()
    support.with_file(SMALL, function(path)
      local linked = path .. ".lua"
      helper.run(("ln -s %s %s"):format(path, linked))
      for _, output in ipairs { path, linked, (path:gsub("/tmp/", "/tmp/./")) } do
        local status, _, errors = support.run { "compile", path, "-o", output }
        assert.equal(2, status)
        assert.matches("is what is read; write to another file", errors, 1, true)
      end
      os.remove(linked)
      assert.equal(SMALL, helper.read(path))
    end)
  end)

  it("tells what it cannot read or write, and where a file is damaged", function()
    local status, output, errors = support.run { "compile", POLICY, "-o", "/no/such/folder/p.pot" }
    assert.same({ 74, "" }, { status, output })
    assert.equal("postoffice: /no/such/folder/p.pot: No such file or directory\n", errors)
    assert.equal(78, (support.run { "compile", "/no/such/policy.lua", "-o", "/no/such/p.pot" }))
    assert.equal(2, (support.run { "compile", POLICY }))
    support.with_file("POPOLICY and nothing more", function(path)
      status, output, errors = support.run { "check", path }
      assert.same({ 78, "", path .. ": it is cut or damaged; compile it again\n" },
        { status, errors, output })
    end)
  end)
end)

describe("postoffice check", function()
  it("has nothing to say of the shipped policies", function()
    local status, output = support.run { "check", POLICY }
    assert.equal(0, status, output)
  end)

  it("prints each finding with its place and code", function()
    local status, output, errors, paths = run_with({ "check" }, { 'domain "a.example" {}\n' })
    assert.equal(1, status)
    assert.equal("", errors)
    assert.equal(paths[1] .. ":1: warning: ", output:sub(1, #paths[1] + 13))
    assert.matches("postmaster-missing", output, 1, true)
  end)

  it("lets notes pass", function()
    local status, output = run_with({ "check" }, {
      SMALL .. 'connector "too" { nexthop = "there", speaks = "SMTP", spaces = { "SMTP:*" } }\n',
    })
    assert.matches(": note: ", output, 1, true)
    assert.equal(0, status)
  end)

  it("writes JSON", function()
    local dkjson = require "dkjson"
    local status, output = run_with({ "check", "--json" }, { 'domain "a.example" {}\n' })
    assert.equal(1, status)
    local found = assert(dkjson.decode(output))
    assert.equal("warning", found.severity)
    assert.equal("postmaster-missing", found.code)
    assert.equal(1, found.line)
  end)

  it("says what does not load, and goes on", function()
    local status, output, _, paths = run_with({ "check" }, { "domain 7\n", SMALL })
    assert.equal(78, status)
    assert.matches("^" .. paths[1]:gsub("%p", "%%%0") .. ":1: ", output)
  end)
end)

describe("postoffice export", function()
  it("writes a directory back", function()
    local status, output, errors = support.run { "export", POLICY }
    assert.same({ 0, "" }, { status, errors })
    assert.matches("^DisplayName,EmailAddresses,target,.*\r\nKim Lee,", output)
    status, output = support.run { "export", POLICY, "--format", "ldif" }
    assert.equal(0, status)
    assert.matches("^version: 1\n\ndn: CN=.*\ndisplayName: Kim Lee\n", output)
    status, output = support.run { "export", POLICY, "--format", "exchange55" }
    assert.equal(0, status)
    assert.matches("^Obj%-Class,Mode,.*\r\nMailbox,Create,ENTRY", output)
  end)

  it("says that something was skipped, as all commands do", function()
    local path = helper.write(os.tmpname(), "")
    local folder, name = path:match "^(.*/)([^/]*)$"
    helper.write(folder .. name .. ".csv", "Name,mail\nKim,kim@a.example\nPat,\n")
    helper.write(path, ('directory "d" { file = "%s.csv", on_error = "skip" }'):format(name))
    local told = "postoffice: 1 skipped in the files of directories; postoffice check lists what\n"
    for _, command in ipairs { { "export", path }, { "route", "--policy", path, "x@a.example" } } do
      assert.equal(told, (select(3, support.run(command))))
    end
    os.remove(path)
    os.remove(path .. ".csv")
  end)

  it("says what it leaves out, and what begins as a formula does", function()
    local path = helper.write(os.tmpname(), 'recipient "=1" { proxies = { "a@b.example" } }\n'
      .. 'recipient "Gone" { proxies = { "c@b.example" }, refuse = true }')
    local status, _, errors = support.run { "export", path }
    assert.same({ 0, 'postoffice: ' .. path .. ':1: "=1" begins as a formula does; do not open the'
      .. " file in a spreadsheet as it is\n" }, { status, errors })
    status, _, errors = support.run { "export", path, "--format", "ldif" }
    assert.same({ 1, 'postoffice: ' .. path .. ':2: "Gone" is left out: the format cannot say a'
      .. " tombstone\n" }, { status, errors })
    os.remove(path)
    assert.equal(2, (support.run { "export", POLICY, "--format", "xml" }))
  end)
end)

describe("postoffice prove", function()
  local HOLDS = "every local is delivered or is rejected or is deferred"
  local FAILS = "no address leaves"
  local ASKING = SMALL .. "function on.recipient(a) return ask('crm', a.localpart or 'x') end\n"

  -- Runs the command on a policy.
  local function prove(source, ...)
    local status, output, errors
    local claims = { ... }
    support.with_file(source, function(path)
      local words = { "prove", path }
      for _, claim in ipairs(claims) do words[#words + 1] = claim end
      status, output, errors = support.run(words)
      output = output:gsub(path:gsub("%p", "%%%0"), "policy.lua")
    end)
    return status, output, errors
  end

  it("says whether a claim holds, and shows the witness", function()
    assert.same({ 0, "holds: " .. HOLDS .. "\n", "postoffice: what holds is so of addresses of 8192"
      .. " bytes at most, at domains that IDNA allows: all others are rejected\n" },
      { prove(SMALL, HOLDS) })
    local status, output, errors = prove(SMALL, HOLDS, FAILS)
    assert.equal(1, status)
    assert.matches("^postoffice: what holds is so of addresses .*\n$", errors)
    assert.matches("^holds: .*\nfails: no address leaves\n    .*: Goes to ", output)
    assert.matches("by connector out at cost 1 as .*%(policy.lua:2%)\n\n    address ", output)
  end)

  it("says what is undecided", function()
    local status, output = prove(ASKING, "no local is passed")
    assert.equal(3, status)
    assert.matches("^undecided: no local is passed\n    .*%(policy.lua:7%)\n$", output)
    assert.equal(1, (prove(ASKING, "no local is passed", "no address is deferred")))
  end)

  it("decides the claims that a policy has", function()
    local status, output = prove(SMALL .. "claim '" .. HOLDS .. "'\nclaim '" .. FAILS .. "'\n")
    assert.equal(1, status)
    assert.matches("^policy.lua:7: holds: " .. HOLDS .. "\npolicy.lua:8: fails: ", output)
  end)

  it("writes JSON", function()
    local dkjson = require "dkjson"
    local status, output = prove(SMALL, "--json", FAILS)
    assert.equal(1, status)
    local answer = assert(dkjson.decode(output))
    assert.same({ "fails", "no address leaves", "out" },
      { answer.outcome, answer.claim, answer.delivery.connector })
    assert.is_string(answer.witness)
    assert.is_string(answer.sentence)
    assert.is_true(#answer.explanation.steps > 2)
  end)

  it("tells what is no claim, and that there is none", function()
    local status, output, errors = prove(SMALL, "evry address leaves")
    assert.same({ 2, 'postoffice: claim "evry address leaves": byte 1: "evry" stands where every or'
      .. ' no can stand; did you mean "every"?\n' }, { status, errors })
    assert.equal("", output)
    assert.equal(2, (prove(SMALL)))
    assert.equal(78, (prove("domain 7\n", FAILS)))
  end)

  it("takes so many seconds", function()
    assert.equal(0, (prove(SMALL, "--seconds", "30", HOLDS)))
    assert.equal(3, (prove(SMALL, "--seconds", "0", HOLDS)))
  end)
end)

describe("postoffice graph", function()
  it("writes DOT", function()
    local status, output, errors = support.run { "graph", POLICY }
    assert.equal(0, status)
    assert.equal("", errors)
    assert.matches("^digraph .*\n}\n$", output)
    assert.matches("internet", output, 1, true)
  end)

  it("takes the policy that is found", function()
    local _, expected = support.run { "graph", POLICY }
    local _, output = support.run({ "graph" }, { environment = { POSTOFFICE_POLICY = POLICY } })
    assert.equal(expected, output)
  end)
end)

describe("postoffice diff", function()
  local CHANGED = SMALL:gsub("192.0.2.7", "192.0.2.8"):gsub('"Kim", "Pat"', '"Pat"')

  it("prints what only the one or the other does", function()
    local status, output, errors = run_with({ "diff" }, { SMALL, CHANGED },
      "kim@a.example\nall@a.example\nx@a.example\n")
    assert.equal(1, status)
    assert.equal("postoffice: 1 of 3 addresses change\n", errors)
    assert.equal("<\tall@a.example\tdeliver\t-\t-\tSMTP:kim@a.example\t-\tKim\t-\t-\n"
      .. "<\tall@a.example\tdeliver\tout\tsmtp:[192.0.2.7]\tSMTP:pat@c.example\t-\tPat\t-\t-\n"
      .. ">\tall@a.example\tdeliver\tout\tsmtp:[192.0.2.8]\tSMTP:pat@c.example\t-\tPat\t-\t-\n",
      output)
  end)

  it("finds a policy equal to itself", function()
    local status, output, errors = run_with({ "diff" }, { SMALL, SMALL },
      "kim@a.example\nb@c.example")
    assert.equal(0, status)
    assert.equal("", output)
    assert.equal("postoffice: 0 of 2 addresses change\n", errors)
  end)

  it("says which addresses are none", function()
    local _, _, errors = run_with({ "diff" }, { SMALL, SMALL }, "bad\n")
    assert.matches('line 1: "bad": ', errors, 1, true)
  end)

  it("replays a log: each message's recipients with its sender and size, a change once", function()
    local LARGE = SMALL .. 'connector "big" { senders = { "SMTP:*@a.example" }, nexthop = "big",'
      .. ' spaces = { "SMTP:*" } }\n'
    local function changes(format, log)
      return run_with({ "diff", "--log", format }, { SMALL, LARGE }, log)
    end
    local status, output, errors = changes("tsv", "kim@a.example\tx@c.example\t1\t0\n"
      .. "kim@a.example\tx@c.example\t2\t9\nx@d.example\tx@c.example\nodd\n")
    assert.equal(1, status)
    local REST = "\tSMTP:x@c.example\t-\t-\t-\tSMTP:kim@a.example\n"
    assert.equal("<\tx@c.example\tdeliver\tout\tsmtp:[192.0.2.7]" .. REST
      .. ">\tx@c.example\tdeliver\tbig\tbig" .. REST, output)
    assert.matches("2 of 3 addresses change, in 1 ways\n", errors, 1, true)
    assert.matches("line 4: has no recipient", errors, 1, true)
    local POSTFIX = helper.read "spec/fixtures/maillog/postfix.log"
    errors = select(3, changes("postfix", POSTFIX))
    assert.matches("0 of 6 addresses change, in 0 ways\n", errors, 1, true)
    errors = select(3, changes("exim", POSTFIX))
    assert.matches("the log tells of no message; is it exim's?", errors, 1, true)
  end)

  it("says in its help for how long it looks at all addresses", function()
    local _, output = support.run { "diff", "--help" }
    assert.matches("the time in which all of them are looked at, 10 unless said",
      (output:gsub("%s+", " ")), 1, true)
  end)

  it("tells of bounces, and of types that nobody knows, what changes", function()
    local far = SMALL .. 'connector "far" { nexthop = "n", spaces = { "SMTP:*@far.example" } }\n'
    local status, output = run_with({ "diff", "--sender=<>" }, { SMALL, far }, "x@far.example\n")
    assert.equal(1, status)
    assert.truthy(output:find "\t<>\n", output)
    local pipe = 'settings { types = { "PIPE" } } connector "%s" { nexthop = "n",'
      .. ' spaces = { "PIPE:*" } }'
    status, output = run_with({ "diff" }, { pipe:format "a", pipe:format "b" }, "PIPE:x\n")
    assert.equal(1, status)
    assert.equal("<\tPIPE:x\tdeliver\ta\tn\tPIPE:x\t-\t-\t-\t-\n"
      .. ">\tPIPE:x\tdeliver\tb\tn\tPIPE:x\t-\t-\t-\t-\n", output)
  end)

  it("knows the connectors of both", function()
    local other = SMALL .. 'connector "new" { speaks = "SMTP", spaces = { "SMTP:*@d.example" } }\n'
    assert.equal(1, (run_with({ "diff", "--down", "new", "--" }, { SMALL, other }, "x@d.example")))
    assert.equal(2, (run_with({ "diff", "--down", "old", "--" }, { SMALL, other }, "")))
  end)

  it("looks at all addresses if none is given, and says whether that is a proof", function()
    local status, output, errors = run_with({ "diff" }, { SMALL, SMALL }, "")
    assert.equal(0, status)
    assert.equal("", output)
    assert.equal("postoffice: proven: nothing changes, for any address and any message\n", errors)
    status, output, errors = run_with({ "diff" }, { SMALL, (SMALL:gsub('"Kim"', '"Kay"')) }, "")
    assert.equal(1, status)
    local HERE = "\tSMTP:kim@a.example\tdeliver\t-\t-\tSMTP:kim@a.example\t-\t%s\t-\t-\t-\n"
    assert.matches("<" .. HERE:format "Kim" .. ">" .. HERE:format "Kay", output, 1, true)
    assert.matches("classes of addresses change in 1 way, each shown by a witness\n", errors)
    assert.matches("proven: nothing else changes, for any address ", errors, 1, true)
  end)

  it("tells what changes alike once, of the others how many, or else all of them", function()
    local policies = { SMALL, (SMALL:gsub("192.0.2.7", "192.0.2.8")) }
    local status, output, errors = run_with({ "diff" }, policies, "")
    assert.equal(1, status)
    assert.matches("^<\t[^\n]*\n>\t[^\n]*\n=\t%d other kinds? of addresses changes? so; %-%-all"
      .. " shows a witness of each\n$", output)
    assert.matches("change in 1 way, each shown by a witness\n", errors)
    local all = select(2, run_with({ "diff", "--all" }, policies, ""))
    assert.equal(output:match "^(.-)=\t", all:sub(1, #output:match "^(.-)=\t"))
    assert.matches("<\tSMTP:all@a.example\t", all, 1, true)
    assert.not_matches("=\t", all)
    local lines = select(2, run_with({ "diff", "--json" }, policies, ""))
    assert.matches('"others":%[[^\n]*"input":"SMTP:all@a.example"', lines)
    assert.equal(select(2, all:gsub("<\t", "")), select(2, lines:gsub('"input":', "")))
  end)

  it("proves at once that one revision is itself, though functions have a say", function()
    local source = SMALL .. "function on.route(route) end\n"
    local status, output, errors = run_with({ "diff" }, { source, source }, "")
    assert.same({ 0, "" }, { status, output })
    assert.matches("proven: nothing changes, for any address and any message", errors, 1, true)
  end)

  it("takes what options say for facts of every message, and shows a witness's so", function()
    local LIMITED = SMALL .. 'connector "small" { max_size = 9, spaces = { "SMTP:*@d.example" } }'
    local status, output = run_with({ "diff", "--size", "10" }, { SMALL, LIMITED }, "")
    assert.equal(1, status)
    assert.matches("\tmessage-large\t-\t-\t-\t--size 10\n", output, 1, true)
  end)

  it("says of a witness that functions decide what they were answered", function()
    local ASKING = SMALL .. 'function on.route() if not ask("q", "x") then return %s end end\n'
    local status, output, errors = run_with({ "diff" },
      { ASKING:format "defer()", ASKING:format "nil" }, "")
    assert.equal(1, status)
    assert.matches("\t%(whatever is asked is not found%)\n", output)
    assert.matches("  on%.route %(.*:7%) decides\n", errors)
  end)

  it("names functions in the way, and shell domains that are dropped #long", function()
    local status, output, errors = run_with({ "diff" },
      { SMALL, SMALL .. "function on.route(route) end\n" }, "")
    assert.equal(3, status)
    assert.equal("", output)
    assert.matches("nothing changes as far as that is proven; not proven is what hangs on:\n",
      errors, 1, true)
    assert.matches("  on%.route %(.*:7%) decides\n", errors)
    local GATE = SMALL .. 'connector "gw" { speaks = "SMTP", nexthop = "g",'
      .. ' wrap = { domain = "gw.example" }, spaces = { "CCMAIL:*" } }\n'
    status, output, errors = run_with({ "diff" }, { GATE, SMALL }, "")
    assert.equal(1, status)
    assert.matches("IMCEACCMAIL", output, 1, true)
    assert.matches('gw.example, at which connector "gw"', errors, 1, true)
    assert.matches("is dropped: what waits in queues", errors, 1, true)
    local OPEN = SMALL .. 'domain "gw.example" { unwrap = { "CCMAIL" } }\n'
    errors = select(3, run_with({ "diff" }, { OPEN, (OPEN:gsub('"CCMAIL"', "")) }, ""))
    assert.matches("gw%.example %(.*:7%) no longer opens CCMAIL: what waits in queues", errors)
  end)

  it("needs two policies, or a program", function()
    for _, arguments in ipairs {
      { "diff" }, { "diff", "a.lua" }, { "diff", "a.lua", "b.lua", "--against", "cat" },
    } do
      assert.equal(2, (support.run(arguments)))
    end
    assert.equal(78, (support.run { "diff", "nowhere.lua", "nowhere.lua" }))
  end)

  describe("--against a program #program", function()
    local function against(command, input, ...)
      return run_with({ "diff", "--against", command, ... }, { SMALL }, input)
    end

    it("takes what it does not know for unchanged", function()
      local status, output = against("true", "kim@a.example\nx@c.example\n")
      assert.equal(0, status)
      assert.equal("", output)
    end)

    it("doubts who answers nothing at all and fails, as postmap does, and nobody else", function()
      local DOUBT = "answers nothing at all and ends with status 1"
      local status, _, told = against("false", "x@c.example\n")
      assert.equal(3, status)
      assert.matches(DOUBT, told, 1, true)
      assert.is_nil(select(3, against("true", "x@c.example\n")):find(DOUBT, 1, true))
      local VIRTUAL = "sed -n 's/^x@c.example$/&\ty@c.example/p' | grep ." -- which is asked for y, too
      local _, output, errors = against(VIRTUAL, "x@c.example\nz@c.example\n", "--as", "virtual")
      assert.matches("<\tx@c.example\ty@c.example\n", output, 1, true)
      assert.is_nil(errors:find(DOUBT, 1, true))
    end)

    it("takes domains as main.cf has them, with commas", function()
      local KIM = "sed -n 's/^kim$/&\tx@c.example/p'"
      for _, arguments in ipairs { { "b.example, a.example" },
        { "b.example", "--mydestination", "a.example" } } do
        local _, output = against(KIM, "kim@a.example\n", "--as", "virtual", "--mydestination",
          (table.unpack or unpack)(arguments))
        assert.matches("<\tkim@a.example\tx@c.example\n", output, 1, true)
      end
    end)

    it("reads what postalias prints, which has a colon after each key", function()
      local ALIASES = "sed -n 's/^all$/&:\tkim, pat@c.example/p'"
      local arguments = { "--as", "virtual", "--mydestination", "a.example" }
      for _, input in ipairs { "all@a.example\n", "all:\tkim, pat@c.example\n", "all\n" } do
        local status, output = against(ALIASES, input, (table.unpack or unpack)(arguments))
        assert.same({ 0, "" }, { status, output })
      end
    end)

    it("compares as addresses, in any order", function()
      local status, output = against("sed 's/.*/&\tPAT@c.example , kim@A.example/'",
        "all@a.example\n")
      assert.equal("", output)
      assert.equal(0, status)
    end)

    it("prints both where they differ", function()
      local status, output, errors = against("sed -n 's/^kim.*/&\tlee@a.example/p'",
        "kim@a.example\npat@a.example\nno@a.example\n")
      assert.equal(1, status)
      assert.equal("postoffice: 1 address is in no table, and the policy knows nobody there: --as"
        .. " recipients compares whom the server knows\npostoffice: 2 of 3 addresses change\n",
        errors)
      assert.equal("<\tkim@a.example\tlee@a.example\n>\tkim@a.example\t-\n"
        .. "<\tpat@a.example\t-\n>\tpat@a.example\tSMTP:pat@c.example\n", output)
    end)

    it("asks what a canonical table is asked", function()
      local status, output = against("sed -n 's/^x@old.example$/&\tx@c.example/p'",
        "x@old.example\nx@a.example\n", "--as", "canonical")
      assert.equal("", output)
      assert.equal(0, status)
    end)

    it("asks what a transport table is asked", function()
      local status, output = against("sed 's/$/\tsmtp:[192.0.2.7]/'", "x@c.example\n",
        "--as=transport")
      assert.equal("", output)
      assert.equal(0, status)
    end)

    -- A program that has a table of fixed keys, as postmap -q - has.
    local function table_of(pairs_)
      local lines = {}
      for key, value in pairs(pairs_) do
        lines[#lines + 1] = ('$0 == "%s" { print $0 "\\t%s" }'):format(key, value)
      end
      return "awk '" .. table.concat(lines, "\n") .. "'"
    end

    it("asks a table of fixed keys for parts of the address, one that has none for the whole",
      function()
        local VIRTUAL = table_of { ["@old.example"] = "@c.example",
          ["all@a.example"] = "a2@a.example", ["a2@a.example"] = "kim@a.example, PAT@c.example",
          ["kim@a.example"] = "kim@a.example" }
        local INPUT = "x@old.example\nall@a.example\nkim@a.example\n"
        local status, output, errors = against(VIRTUAL, INPUT)
        assert.same({ 0, "", "postoffice: 0 of 3 addresses change\n" }, { status, output, errors })
        status, output, errors = against(VIRTUAL, INPUT, "--whole")
        assert.equal(1, status)
        assert.equal("<\tx@old.example\t-\n>\tx@old.example\tSMTP:x@c.example\n", output)
        assert.matches("sampled: the virtual table is not finite", errors, 1, true)
        status, output, errors = against(VIRTUAL .. " # pcre:virtual", "kim@a.example\n")
        assert.same({ 3, "" }, { status, output }) -- nothing changes, as far as was asked
        assert.matches("sampled", errors, 1, true)
      end)

    it("does not take tables for senders and for recipients at once", function()
      local status, _, errors = against("cat", "", "--as", "sender_canonical", "--against", "cat",
        "--as", "virtual")
      assert.same({ 2, "postoffice: --as virtual asks for recipients, the others for senders;"
        .. " compare them one after the other\n" }, { status, errors })
      status, _, errors = against("cat", "", "--recipient", "x@a.example")
      assert.same({ 2, "postoffice: --recipient goes with tables that are asked for senders\n" },
        { status, errors })
    end)

    it("asks several tables as Postfix does, and lets a key stand for a witness", function()
      local CANONICAL = table_of { ["@old.example"] = "@c.example" }
      local TRANSPORT = table_of { ["c.example"] = "smtp:[192.0.2.7]",
        [".example"] = "smtp:[192.0.2.7]" }
      local status, output, errors = against(TRANSPORT, "@old.example\t@c.example\nx@d.example\n",
        "--as", "transport", "--against", CANONICAL, "--as", "canonical")
      assert.same({ 0, "", "postoffice: 0 of 2 addresses change\n" }, { status, output, errors })
      status, output = against(TRANSPORT, ".example\nnet\n", "--as", "transport",
        "--mydestination", "here.net")
      assert.equal(1, status)
      assert.equal("<\tnet@here.net\t-\n>\tnet@here.net\tsmtp:[192.0.2.7]\n", output)
    end)

    it("knows where the server sends what no transport table knows", function()
      local TRANSPORT = table_of { ["far.example"] = "smtp:[192.0.2.7]" }
      local INPUT = "x@far.example\ny@c.example\nkim@a.example\n"
      local status, output, errors = against(TRANSPORT, INPUT, "--as", "transport")
      assert.same({ 0, "", "postoffice: 1 address is in no table, and the policy sends to"
        .. " smtp:[192.0.2.7] by default: --default says where the server does\n"
        .. "postoffice: 0 of 3 addresses change\n" }, { status, output, errors })
      status, output, errors = against(TRANSPORT, INPUT, "--as", "transport", "--default",
        "smtp:[192.0.2.7]", "--mydestination", "a.example")
      assert.same({ 0, "", "postoffice: 0 of 3 addresses change\n" }, { status, output, errors })
      status, output = against(TRANSPORT, INPUT, "--as", "transport", "--default", "smtp:",
        "--mydestination", "a.example")
      assert.equal(1, status)
      assert.equal("<\ty@c.example\tsmtp:c.example\n>\ty@c.example\tsmtp:[192.0.2.7]\n", output)
    end)

    it("knows whom the server refuses, of a list of all users", function()
      local VIRTUAL = table_of { ["all@a.example"] = "kim@a.example, pat@c.example" }
      local USERS = table_of { kim = "x", ["postmaster@a.example"] = "x" }
      local INPUT = "kim@a.example\nno@a.example\nx@far.example\nall@a.example\n"
      local status, output, errors = against(VIRTUAL, INPUT)
      assert.same({ 0, "" }, { status, output })
      assert.matches("1 address is in no table, and the policy knows nobody there", errors, 1, true)
      status, output, errors = against(VIRTUAL, INPUT, "--as", "virtual", "--against", USERS,
        "--as", "recipients", "--mydestination", "a.example")
      assert.same({ 0, "", "postoffice: 0 of 4 addresses change\n" }, { status, output, errors })
      status, output = against(VIRTUAL, INPUT, "--as", "virtual", "--against", "cat >/dev/null",
        "--as", "recipients", "--mydestination", "a.example")
      assert.equal(1, status)
      assert.matches("<\tkim@a.example\trecipient-unknown\n", output, 1, true)
    end)

    it("knows what smtpd asks of recipients, for a sender", function()
      local CLOSED = SMALL .. [[
function on.recipient(address, envelope)
  if not envelope.sender or mail.matches(envelope.sender, "SMTP:*@friend.example") then return end
  if mail.matches(address, "SMTP:kim@*") then return reject "no" end
  if mail.matches(address, "SMTP:all@a.example") then return defer "later" end
end
]]
      local function compare(table_, ...)
        return run_with({ "diff", "--as", "recipient_access", "--against", table_of(table_), ... },
          { CLOSED }, "kim@\nall@a.example\tx\npat@a.example\nno@a.example\nx@far.example\n")
      end
      local ROWS = { ["kim@"] = "REJECT no", ["all@a.example"] = "450 4.7.1 later" }
      local status, output = compare(ROWS, "--mydestination", "a.example")
      assert.same({ 0, "" }, { status, output })
      ROWS["pat@a.example"] = "HOLD"
      status, output = compare(ROWS, "--mydestination", "a.example")
      assert.same({ 1, "<\tpat@a.example\thold:\n>\tpat@a.example\t-\n" }, { status, output })
      status, output = compare({ ["a.example"] = "OK" }, "--mydestination", "a.example", "--sender",
        "x@friend.example")
      assert.same({ 0, "" }, { status, output })
    end)

    it("knows that local(8) takes users of all local domains, with their extensions", function()
      local TAGGED = SMALL .. [[
settings { extension = "+" }
domain "mx.a.example" {}
rewrite "SMTP:{user}@mx.a.example" { to = "SMTP:{user}@a.example" }
]]
      local arguments = { "diff", "--against", "true", "--mydestination", "a.example" }
      local INPUT = "kim+x@a.example\nkim@mx.a.example\nkim+y@mx.a.example\n"
      local status, output = run_with(arguments, { TAGGED }, INPUT)
      assert.same({ 1, "<\tkim@mx.a.example\t-\n>\tkim@mx.a.example\tSMTP:kim@a.example\n"
        .. "<\tkim+y@mx.a.example\t-\n>\tkim+y@mx.a.example\tSMTP:kim+y@a.example\n" },
        { status, output })
      arguments[#arguments + 1], arguments[#arguments + 2] = "--mydestination", "mx.a.example"
      status, output = run_with(arguments, { TAGGED }, INPUT)
      assert.same({ 0, "" }, { status, output })
      status = run_with(arguments, { TAGGED }, "pat+x@a.example\n")
      assert.equal(1, status)
    end)

    it("is what some options are for", function()
      for option, value in pairs { as = "virtual", delimiter = "+", mydestination = "a.example",
        default = "smtp:", whole = false } do
        local status, _, errors = run_with({ "diff", "--" .. option, value or nil },
          { SMALL, SMALL }, "")
        assert.equal(2, status)
        assert.matches(("--%s goes with --against COMMAND"):format(option), errors, 1, true)
      end
    end)

    it("needs a role for each program, once", function()
      assert.equal(2, (against("true", "", "--against", "true")))
      assert.equal(2, (against("true", "", "--as", "virtual", "--against", "true", "--as",
        "virtual")))
    end)

    it("says what cannot be run", function()
      local status, _, errors = against("exit 127", "x@c.example\n")
      assert.equal(2, status)
      assert.matches("the shell cannot run exit 127", errors, 1, true)
    end)

    it("that fails is no proof", function()
      local status, printed, errors = against("sh -c 'exit 75'", "x@c.example\n")
      assert.equal(2, status)
      assert.equal("", printed)
      assert.truthy(errors:find("ends with status 75", 1, true), errors)
      status, printed, errors = against("exit 3", "x@c.example\n")
      assert.equal(2, status, printed)
      assert.truthy(errors:find("ends with status 3", 1, true), errors)
    end)

    it("that says why it cannot be asked has failed, whatever its status", function()
      for command, expected in pairs {
        ["{ echo 'postmap: fatal: open x.db: No such file' >&2; exit 1; }"] = "status 1",
        ["{ cat; echo 'postmap: fatal: table x: query error' >&2; exit 1; } | cat"] = "status 0",
        ["{ echo 'cannot read x' >&2; exit 1; }"] = "status 1",
      } do
        local status, printed, errors = against(command, "x@c.example\n")
        assert.same({ 2, "" }, { status, printed })
        assert.matches(expected .. ", so there is nothing to compare with: ", errors, 1, true)
        assert.is_nil(errors:find("addresses change", 1, true))
      end
    end)

    it("may warn of something, which is told", function()
      local WARNING = "echo 'postmap: warning: x.db is older than source file x' >&2; "
      local status, _, errors = against(WARNING .. "sed -n 's/^kim@a.example$/&\tkim@a.example/p'",
        "kim@a.example\nx@c.example\n")
      assert.equal(0, status)
      assert.equal(1, select(2, errors:gsub(": postmap: warning: [^\n]* source file x\n", "")))
    end)
  end)
end)

describe("answers", function()
  local p = assert(policy.load(SMALL))

  it("are codes where there is none", function()
    local VIRTUAL, TRANSPORT = { virtual = true }, { transport = true }
    assert.same({ "recipient-unknown" }, answers.of(p, VIRTUAL, "no@a.example"))
    assert.same({ "domain-missing" }, answers.of(p, VIRTUAL, "bad"))
    assert.same({ "domain-missing" }, answers.of(p, TRANSPORT, "bad"))
    assert.same({ "error:recipient-unknown" }, answers.of(p, TRANSPORT, "no@a.example"))
    assert.is_true(answers.same(answers.of(p, TRANSPORT, "no@a.example"), { "error:5.1.1 no" }))
    assert.same({ "smtp:[192.0.2.7]" }, answers.of(p, { virtual = true, transport = true },
      "all@a.example"))
  end)

  it("are the same whatever their order and notation", function()
    assert.is_true(answers.same({ "SMTP:a@b.c", "d@e.f" }, { "D@E.F", "a@B.C" }))
    assert.is_true(answers.same({ "relay:[x]" }, { "relay:[x]" }))
    assert.is_false(answers.same({ "a@b.c" }, {}))
  end)
end)

describe("postoffice x500", function()
  local NAME = "IMCEAEX-_o=Org_ou=O+27Neil_cn=kim+5Flee@a.example"
  local BOUNCE = "Delivery has failed to\n<" .. NAME .. ">\nand again " .. NAME:upper() .. "\n"
  local PROXY = "X500:/o=Org/ou=O'Neil/cn=kim_lee"

  it("prints each name once", function()
    local status, output, errors = support.run({ "x500" }, { input = BOUNCE })
    assert.equal("", errors)
    assert.equal(PROXY .. "\n", output)
    assert.equal(0, status)
  end)

  it("reads files", function()
    local _, output = run_with({ "x500" }, { BOUNCE, BOUNCE:gsub("kim", "pat") })
    assert.equal(PROXY .. "\n" .. PROXY:gsub("kim", "pat") .. "\n", output)
  end)

  it("writes LDIF, as a change where it knows whose", function()
    local _, output = support.run({ "x500", "--form", "ldif" }, { input = BOUNCE })
    assert.equal("proxyAddresses: " .. PROXY .. "\n", output)
    _, output = support.run({ "x500", "--form=ldif", "--for", "CN=Kim,DC=a" }, { input = BOUNCE })
    assert.equal("dn: CN=Kim,DC=a\nchangetype: modify\nadd: proxyAddresses\n"
      .. "proxyAddresses: " .. PROXY .. "\n-\n\n", output)
  end)

  it("writes PowerShell that no name breaks out of", function()
    local _, output = support.run({ "x500", "--form", "powershell" }, { input = BOUNCE })
    assert.equal("$proxies = @(\n  'X500:/o=Org/ou=O''Neil/cn=kim_lee'\n)\n", output)
    local typographic = BOUNCE:gsub("%+27", "+E2+80+99")
    _, output = support.run({ "x500", "--form", "powershell", "--for", "O'Neil" },
      { input = typographic })
    assert.equal("Set-Mailbox -Identity 'O''Neil' -EmailAddresses @{ Add =\n"
      .. "  ('X500:/o=Org/ou=O' + [char]0x2019 + 'Neil/cn=kim_lee')\n}\n", output)
  end)

  -- What PowerShell makes of an expression of our kind: its text in UTF-16 code units.
  local function evaluated(expression)
    local units = {}
    local rest = expression:gsub("^%((.*)%)$", "%1") .. " + "
    while rest ~= "" do
      local text, after = rest:match "^'([^']*)' %+ (.*)$"
      local quote = not text and rest:match "^'([^']*)''"
      if quote then -- a doubled quote is one, and the string goes on
        text, after = quote .. "'", "'" .. rest:sub(#quote + 4)
      end
      if text then
        for char in text:gmatch "." do units[#units + 1] = char:byte() end
      else
        local code
        code, after = rest:match "^%[char%]0x(%x%x%x%x) %+ (.*)$"
        assert(code, "no PowerShell: " .. rest)
        units[#units + 1] = tonumber(code, 16)
      end
      rest = after
    end
    return units
  end

  it("writes PowerShell in ASCII, whatever code page reads it", function()
    for escaped, units in pairs {
      ["+C4+92+3Bcalc+3B+23"] = { 0x112, 59, 99, 97, 108, 99, 59, 35 }, -- 0x92 in 1252 is a quote
      ["+E2+80+98x"] = { 0x2018, 120 }, ["x+E2+80+9B"] = { 120, 0x201B }, ["+27"] = { 39 },
      ["+F0+9F+98+80"] = { 0xD83D, 0xDE00 }, ["+C3+BC+27+C3+BC"] = { 0xFC, 39, 0xFC },
      ["+24+28calc+29+60"] = { 36, 40, 99, 97, 108, 99, 41, 96 },
    } do
      local status, output = support.run({ "x500", "--form", "powershell" },
        { input = "<IMCEAEX-_o=" .. escaped .. "@a.example>" })
      assert.equal(0, status)
      assert.is_nil(output:find "[^\n\32-\126]")
      local expression = output:match "^%$proxies = @%(\n  (.*)\n%)\n$"
      local expected = {}
      for char in ("X500:/o="):gmatch "." do expected[#expected + 1] = char:byte() end
      for _, unit in ipairs(units) do expected[#expected + 1] = unit end
      assert.same(expected, evaluated(expression), output)
    end
  end)

  it("leaves out names that are no UTF-8, and says so", function()
    local input = "<IMCEAEX-_o=Org+92x@a.example>\n" .. BOUNCE
    local expected = "$proxies = @(\n  'X500:/o=Org/ou=O''Neil/cn=kim_lee'\n)\n"
    local status, output, errors =
      support.run({ "x500", "--form", "powershell" }, { input = input })
    assert.same({ 1, expected }, { status, output })
    assert.matches('"IMCEAEX%-_o=Org%+92x@a.example": .* %(utf8%-invalid%)', errors)
    status, output = support.run({ "x500" }, { input = input })
    assert.same({ 1, PROXY .. "\n" }, { status, output })
    status, output, errors = run_with({ "x500", "--form", "powershell" }, -- of a column, too
      { "Name,legacyExchangeDN\nA,/o=Org\146x\nB,/o=Org/ou=O'Neil/cn=kim_lee\n" })
    assert.same({ 1, "Set-Mailbox -Identity 'B' -EmailAddresses @{ Add =\n"
      .. "  'X500:/o=Org/ou=O''Neil/cn=kim_lee'\n}\n" }, { status, output })
    assert.matches('"/o=Org\\x92x": .* %(utf8%-invalid%)', errors)
    status = support.run({ "x500", "--form", "powershell", "--for", "\146" }, { input = BOUNCE })
    assert.equal(2, status)
  end)

  it("writes where it found what, as CSV and JSON", function()
    local _, output = run_with({ "x500", "--form", "csv" }, { "x\n" .. BOUNCE })
    assert.matches('^file,line,person,proxy\n"[^"]+",3,"","X500:/o=Org/ou=O\'Neil/cn=kim_lee"\n$',
      output)
    _, output = support.run({ "x500", "--form", "json", "--for", "klee" }, { input = BOUNCE })
    assert.equal('{"file":"standard input","line":2,"person":"klee","proxy":"' .. PROXY .. '"}\n',
      output)
  end)

  describe("with a file of people", function()
    local FOLDER = os.tmpname()
    os.remove(FOLDER)
    local PEOPLE = FOLDER .. "/people.csv"
    local GUID = ("0123456789abcdef"):rep(2)
    local NAMES = "<IMCEAEX-_o=Org_cn=klee@a.example> <IMCEAEX-_o=Org_cn=" .. GUID
      .. "-Pat+20Jones@a.example> <IMCEAEX-_o=Old_cn=x17@a.example>"

    local function run(form, names, people)
      helper.run("mkdir -p " .. FOLDER)
      helper.write(PEOPLE, people or "Alias,DisplayName,legacyExchangeDN,DistinguishedName\n"
        .. 'klee,Kim Lee,,"CN=Kim Lee,DC=a"\npjones,Pat Jones,,\nsue,Sue,/o=Old/cn=X17,CN=Sue\n')
      local status, output, errors = support.run({ "x500", "--form", form, "--for", PEOPLE },
        { input = names or NAMES })
      helper.run("rm -r " .. FOLDER)
      return status, output, errors
    end

    it("finds whose they are, by aliases and names and by former names", function()
      local status, output, errors = run "powershell"
      assert.equal("", errors)
      assert.equal("Set-Mailbox -Identity 'klee' -EmailAddresses @{ Add =\n"
        .. "  'X500:/o=Org/cn=klee'\n}\n"
        .. "Set-Mailbox -Identity 'pjones' -EmailAddresses @{ Add =\n"
        .. "  'X500:/o=Org/cn=" .. GUID .. "-Pat Jones'\n}\n"
        .. "Set-Mailbox -Identity 'sue' -EmailAddresses @{ Add =\n"
        .. "  'X500:/o=Old/cn=x17'\n}\n", output)
      assert.equal(0, status)
    end)

    it("says who has no name in the directory", function()
      local status, output, errors = run "ldif"
      assert.equal(1, status)
      assert.matches("dn: CN=Kim Lee,DC=a\nchangetype: modify", output, 1, true)
      assert.matches("dn: CN=Sue\n", output, 1, true)
      assert.matches("pjones: no distinguishedName is known of them; add such a column", errors, 1,
        true)
    end)

    it("says whose they could be and are not", function()
      local status, output, errors = run("powershell", NAMES, "Alias,DisplayName\n"
        .. "klee,Kim Lee\na,Pat Jones\nb,pat jones\n")
      assert.equal(1, status)
      assert.equal("Set-Mailbox -Identity 'klee' -EmailAddresses @{ Add =\n"
        .. "  'X500:/o=Org/cn=klee'\n}\n", output)
      assert.matches("line 1: X500:/o=Old/cn=x17 is the name of nobody, or of several, in "
        .. PEOPLE, errors, 1, true)
      assert.matches("Pat Jones is the name of nobody, or of several", errors, 1, true)
    end)

    it("says what is wrong with the file", function()
      local status, _, errors = run("csv", NAMES, "a,b\n1,2\n")
      assert.equal(74, status)
      assert.matches(PEOPLE .. ":1: no column of it names people", errors, 1, true)
      status = support.run({ "x500", "--for", "nowhere.csv" }, { input = BOUNCE })
      assert.equal(74, status)
    end)
  end)

  it("says what it could not read", function()
    local status, output, errors = support.run({ "x500" },
      { input = BOUNCE .. "\nIMCEAEX-_o=Org_cn=x\n" })
    assert.equal(1, status)
    assert.equal(PROXY .. "\n", output)
    assert.matches('^postoffice: standard input, line 5: "IMCEAEX%-_o=Org_cn=x": ', errors)
  end)

  it("says what is packed, and goes on", function()
    for _, mark in ipairs { "PK\3\4", "\31\139\8", "7z\188\175\39\28", "\253" .. "7zXZ\0" } do
      local status, output, errors = run_with({ "x500" }, { mark .. NAME, BOUNCE })
      assert.equal(1, status)
      assert.equal(PROXY .. "\n", output)
      assert.matches(": it is packed; take the files out of it before\n$", errors)
    end
  end)

  it("says where nothing was", function()
    local status, output, errors = support.run({ "x500" }, { input = "hello\n" })
    assert.equal(1, status)
    assert.equal("", output)
    assert.matches("IMCEAEX-", errors, 1, true)
  end)

  it("needs a name for --for", function()
    assert.equal(2, (support.run({ "x500", "--for", "" }, { input = BOUNCE })))
  end)

  it("says what cannot be opened", function()
    local status, _, errors = support.run { "x500", "nowhere.txt" }
    assert.equal(74, status)
    assert.matches("nowhere.txt: No such file", errors, 1, true)
  end)

  it("reads folders whose names find takes for its own words #program", function()
    local folder, here = os.tmpname(), helper.output "pwd"
    os.remove(folder)
    local paths = ("package.path = [[%s/lua/?.lua;%s/lua/?/init.lua;]] .. [[%s]];"
      .. " package.cpath = [[%s/]] .. [[%s]]"):format(here, here, package.path, here,
      package.cpath)
    for _, name in ipairs { "!", "(", ")", ",", "-delete", "-name", "--", "a'b", "a\nb", " ",
      "$(x)" } do
      assert.equal(0, (helper.run(("mkdir -p %s/%s"):format(folder, helper.quote(name)))))
      helper.write(("%s/%s/b.txt"):format(folder, name), BOUNCE)
      local command = "cd %s && %s -e %s %s/lua/postoffice/cli/postoffice x500 -- %s"
      local status, output, errors = helper.run(command:format(folder, helper.lua,
        helper.quote(paths), here, helper.quote(name)))
      assert.same({ 0, PROXY .. "\n", "" }, { status, output, errors })
    end
    helper.run("rm -r " .. folder)
  end)

  it("reads folders #program", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert.equal(0, (helper.run("mkdir -p " .. folder .. "/below")))
    helper.write(folder .. "/b.txt", (BOUNCE:gsub("[kK][iI][mM]", "pat")))
    helper.write(folder .. "/below/a'b c.txt", BOUNCE)
    local _, output = support.run { "x500", folder }
    helper.run("rm -r " .. folder)
    assert.equal(PROXY:gsub("kim", "pat") .. "\n" .. PROXY .. "\n", output)
  end)
end)
