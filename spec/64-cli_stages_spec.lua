--- The commands that ask a policy's stages alone, and what the command gives to policies.
local helper = require "spec.helper"
local support = require "spec.60-cli_support"

local POLICY = [[
domain "a.example" { unwrap = { "EX", "SRS" }, extension = "+" }
recipient "Kim" { proxies = { "SMTP:kim@a.example", "EX:/o=Org/cn=kim", "CCMAIL:Lee, Kim at HQ" } }
recipient "Pat" { proxies = { "SMTP:pat@a.example" }, target = "CCMAIL:pat@b.example at internet" }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@a.example" }
rewrite "CCMAIL:{l}, {f} at *" { to = function(address) return ask("names", address.mailbox) end }
connector "out" { nexthop = "smtp:[192.0.2.1]:25", spaces = { "SMTP:*@far.example" },
  srs = { domain = "a.example", secrets = "k" } }
connector "cc" { speaks = "CCMAIL", reaches = "HQ", spaces = { "CCMAIL:*" } }
postoffice "HQ" {}
postoffice "internet" { via = "HQ", gateway = "SMTP" }
function on.delivery(delivery, envelope)
  if envelope.client == "192.0.2.66" then return reject("no", "5.7.1") end
  if (envelope.now or 0) < 1000 then return defer("too early") end
end
]]

describe("the command", function()
  local folder = os.tmpname()
  local path = folder .. "/policy.lua"

  lazy_setup(function()
    os.remove(folder)
    helper.run("mkdir -p " .. folder)
    helper.write(path, POLICY)
  end)

  lazy_teardown(function() helper.run("rm -r " .. folder) end)

  local function run(command, ...)
    return support.run { command, "-p", path, ... }
  end

  -- A file that the policy's host would have.
  local function file(name, text, mode)
    local full = folder .. "/" .. name
    helper.write(full, text)
    helper.run(("chmod %s %s"):format(mode or "600", full))
    return full
  end

  it("resolves", function()
    local status, output = run("resolve", "kim+new@a.example", "kim@old.example", "x@a.example",
      "x@far.example")
    assert.equal("kim+new@a.example\tSMTP:kim@a.example\tdirectory\tKim\tnew\t-\n"
      .. "kim@old.example\tSMTP:kim@a.example\trewrite\tKim\t-\t-\n"
      .. "x@a.example\tSMTP:x@a.example\t-\t-\t-\trecipient-unknown\n"
      .. "x@far.example\tSMTP:x@far.example\t-\t-\t-\t-\n", output)
    assert.equal(1, status)
    output = select(2, run("resolve", "--json", "kim@a.example"))
    assert.matches('"address":"SMTP:kim@a.example"', output, 1, true)
  end)

  it("resolves to a type", function()
    local status, output = run("resolve", "--as", "SMTP", "EX:/o=Org/cn=KIM", "pat@a.example")
    assert.equal("EX:/o=Org/cn=KIM\tSMTP:kim@a.example\tdirectory\t-\n"
      .. "pat@a.example\tSMTP:pat@a.example\tdirectory\t-\n", output)
    assert.equal(0, status)
    status, output = run("resolve", "--as", "FAX", "kim@a.example")
    assert.equal("kim@a.example\t-\t-\trecipient-unknown\n", output)
    assert.equal(1, status)
    local errors
    status, output, errors = run("resolve", "--as", "SMPT", "kim@a.example")
    assert.same({ 2, "" }, { status, output })
    assert.matches("%-%-as SMPT: .* did you mean SMTP", errors)
  end)

  it("rewrites", function()
    local status, output = run("rewrite", "kim@old.example", "kim@a.example", "a b")
    assert.equal("kim@old.example\tSMTP:kim@a.example\t" .. path .. ":4\t-\n"
      .. "kim@a.example\tSMTP:kim@a.example\t-\t-\na b\t-\t-\tdomain-missing\n", output)
    assert.equal(1, status)
  end)

  it("finds next hops", function()
    local status, output = run("nexthop", "--now", "2000", "--sender", "<>", "x@far.example",
      "x@y.example")
    assert.equal("x@far.example\tdeliver\tout\tsmtp:[192.0.2.1]:25\tSMTP:x@far.example\t-\n"
      .. "x@y.example\treject\t-\t-\tSMTP:x@y.example\troute-missing\n", output)
    assert.equal(1, status)
  end)

  it("writes keys", function()
    local status, output = support.run { "key", "Kim@A.EXAMPLE", "CCMAIL:Kim Lee at hq" }
    assert.equal("SMTP:kim@a.example\nCCMAIL:kim lee at hq\n", output)
    assert.equal(0, status)
  end)

  it("writes identities", function()
    local status, output, errors = run("normalize", "--identity", "[EX:/o=Org/cn=kim]",
      "CCMAIL:Lee, Kim at HQ", "user@[", "pat@a.example")
    assert.equal("[EX:/o=Org/cn=kim]\tSMTP:kim@a.example\tdirectory\t-\n"
      .. "CCMAIL:Lee, Kim at HQ\tSMTP:kim@a.example\tdirectory\t-\n"
      .. "pat@a.example\tSMTP:pat@a.example\tdirectory\t-\n", output)
    assert.matches('argument 3: "user@[', errors, 1, true)
    assert.equal(1, status)
  end)

  it("answers questions from files", function()
    for name, text in pairs {
      ["names.tsv"] = "# names\n \t# x\ty\nNobody, Ann\tkim@a.example\r\n\n \t\n",
      ["names.csv"] = 'name,address\n"Nobody, Ann",kim@a.example\n',
      ["names-16.csv"] = "\255\254"
        .. ('name,address\n"Nobody, Ann",kim@a.example\n'):gsub(".", "%0\0"),
      ["marked.tsv"] = "\239\187\191Nobody, Ann\tkim@a.example\r\n",
      ["marked.json"] = '\239\187\191{ "Nobody, Ann": "kim@a.example" }',
      ["names.json"] = '{ "Nobody, Ann": "kim@a.example" }',
    } do
      local status, output, errors = run("resolve", "--ask", "names=" .. file(name, text),
        "CCMAIL:Nobody, Ann at X")
      assert.same({ 0, "" }, { status, errors })
      assert.matches("\tSMTP:kim@a.example\trewrite\tKim\t", output, 1, true)
    end
    local _, output = run("resolve", "CCMAIL:Nobody, Ann at X")
    assert.matches("ask-failed", output, 1, true)
  end)

  it("answers them wherever a policy runs", function()
    local asking = file("asking.lua", 'connector "c" { nexthop = "x", spaces = { "SMTP:*" } }\n'
      .. 'function on.recipient(a) return ask("names", a.localpart) end\n'
      .. 'test "kim" { to = "kim@a.example", asks = { names = {} }, connector = "c" }\n')
    local answers = "names=" .. file("names.tsv", "kim\tlee@a.example\n")
    for _, case in ipairs {
      { "route", "--policy", asking, "kim@a.example" },
      { "explain", "--policy", asking, "kim@a.example" },
      { "test", asking }, { "check", asking }, { "graph", asking }, { "export", asking },
      { "diff", asking, asking }, { "compile", asking, "-o", folder .. "/asking.pot" },
    } do
      local arguments = { case[1], "--ask", answers, (table.unpack or unpack)(case, 2) }
      local status, output, errors = support.run(arguments, { input = "kim@a.example\n" })
      assert.equal(0, status, case[1] .. errors)
      assert.is_nil(output:find("ask-failed", 1, true), output)
    end
  end)

  it("takes the people of an export by the thousand, without an option", function()
    local rows = { "DisplayName,PrimarySmtpAddress,EmailAddresses,RecipientTypeDetails" }
    for i = 1, 20000 do
      rows[#rows + 1] = ('"Person %d",p%d@a.example,"SMTP:p%d@a.example;smtp:q%d@a.example;'
        .. 'X500:/o=Org/cn=p%d",UserMailbox'):format(i, i, i, i, i)
    end
    file("people.csv", table.concat(rows, "\r\n"))
    local large = file("people.lua", 'domain "a.example" {}\n'
      .. 'directory "staff" { file = "people.csv", format = "recipients" }\n')
    local status, output = support.run { "route", "--policy", large, "q20000@a.example" }
    assert.equal(0, status)
    assert.matches("\tPerson 20000\t", output, 1, true)
  end)

  it("says what is wrong with answers", function()
    for _, case in ipairs {
      { "a.tsv", "a b\n", "a.tsv:1: a line is a key, a tab and the answer" },
      { "a.tsv", "a\tb\n#\na\tc\n", 'a.tsv:3: "a" is answered twice' },
      { "a.csv", 'a,b\n"x\n', "a.csv:2: a quote that is never closed" },
      { "a.json", "[", "a.json: " },
      { "a.json", "1", "a.json: has to be an object of answers by their keys" },
    } do
      local status, _, errors = run("resolve", "--ask", "names=" .. file(case[1], case[2]), "a@b.c")
      assert.equal(74, status)
      assert.matches(case[3], errors, 1, true)
    end
    local status, _, errors = run("resolve", "--ask", "names", "a@b.c")
    assert.equal(2, status)
    assert.matches("--ask: write the question's name and what answers it", errors, 1, true)
    status, _, errors = run("resolve", "--ask", "names=nowhere.tsv", "a@b.c")
    assert.equal(74, status)
    assert.matches("nowhere.tsv", errors, 1, true)
    status, _, errors = run("resolve", "--ask", "names=ldap://joe:VeryHidden@a/", "a@b.c")
    assert.equal(2, status)
    assert.is_nil(errors:find("VeryHidden", 1, true))
  end)

  it("asks directories, whose passwords stand in files that nobody else can read", function()
    local LDAP = "uri = ldap://127.0.0.1:1\r\n# a comment\n\nbase=dc=a;x\nschema=ad\ndn = cn=joe\n"
      .. "password = VeryHidden;=# \n"
    for _, case in ipairs {
      { "ldap:uri=ldap://127.0.0.1:1;base=dc=a,dc=b; schema = ad;timeout=0.5" },
      { "ldap:uri=ldaps://127.0.0.1:1;base=dc=a;filter=(mail={address});attributes=a, b;tls.ca=x" },
      { "redis:port=1;command=HGET staff {address};replica=false" }, { "redis:port=1;tls=true" },
      { "redis:path=/nowhere" },
      { "sql:driver=postgres-wire;host=/nowhere;database=a;query=SELECT {key};parameters.a=b" },
      { "ldap:@" .. file("ldap.txt", LDAP) },
    } do
      local status, output, errors = run("route", "--now", "2000", "--ask", "names=" .. case[1],
        "CCMAIL:Nobody, Ann at X")
      assert.equal("", errors, case[1])
      assert.equal(1, status)
      assert.matches("\task-failed\t", output, 1, true)
      output, errors = select(2, run("explain", "--json", "--ask", "names=" .. case[1],
        "CCMAIL:Nobody, Ann at X"))
      assert.is_nil((output .. errors):find("VeryHidden", 1, true))
      assert.is_nil((output .. errors):find("@" .. folder, 1, true))
    end
  end)

  it("says what is wrong with a directory, and never its password", function()
    local function refused(status, message, text)
      local got, output, errors = run("resolve", "--ask", "names=" .. text, "a@b.c")
      assert.same({ status, "" }, { got, output }, text)
      assert.matches(message, errors, 1, true)
      assert.is_nil(errors:find("VeryHidden", 1, true), text)
    end
    for text, message in pairs {
      ["ldap:uri=ldap://a;bse=dc=a"] = 'unknown option "bse"; did you mean "base"?',
      ["ldap:uri=ldap://a;base=dc=a"] = "--ask names: option filter is missing",
      ["ldap:"] = "option uri is missing", ["redis:port=x"] = "option port cannot be that",
      ["redis:replica=no"] = "option replica cannot be that",
      ["redis:port.x=1"] = "option port.x cannot be that",
      ["redis:command=GET {adress}"] = 'no {adress}; did you mean "address"?',
      ["redis:VeryHidden"] = "write option=value, such as timeout=2",
      ["redis:password=VeryHidden"] = "a password has to stand in a file",
      ["ldap:dn=cn=a;password=VeryHidden"] = "a password has to stand in a file",
      ["sql:parameters.sslpassword=VeryHidden"] = "a password has to stand in a file",
      ["sql:database=host=a PASSWORD = VeryHidden"] = "a password has to stand in a file",
      ["sql:database=postgresql://a:VeryHidden@b/c"] = "a password has to stand in a file",
      ["ldap://joe:VeryHidden@a/"] = "write option=value",
      ["postgresql://joe:VeryHidden@a/"] = "a server is asked by ldap:, redis: or sql:",
    } do
      refused(2, message, text)
    end
    refused(74, "nowhere.txt", "ldap:@nowhere.txt")
    for _, mode in ipairs { "640", "604", "602" } do
      refused(74, "others can read the passwords in it",
        "ldap:@" .. file("ldap.txt", "password=VeryHidden\n", mode))
    end
    refused(2, "ldap.txt:2: write option=value", "ldap:@" .. file("ldap.txt", "\nVeryHidden\n"))
    refused(2, "ldap.txt:1: unknown option", "ldap:@" .. file("ldap.txt", "pasword=VeryHidden\n"))
  end)

  it("says of files that are folders that nobody can read them", function()
    local inner = folder .. "/private"
    helper.run("mkdir -m 755 " .. inner) -- which others may read
    for _, arguments in ipairs {
      { "route", "--policy", path, "--ask", "names=" .. inner },
      { "route", "--policy", path, "--ask", "names=ldap:@" .. inner },
      { "route", "--policy", path, "--secret", "k=" .. inner },
      { "convert", "--to", "X400", "--mcgam", inner },
    } do
      arguments[#arguments + 1] = "kim@a.example"
      local status, output, errors = support.run(arguments)
      assert.same({ 74, "", "postoffice: " .. inner .. ": Is a directory\n" },
        { status, output, errors })
    end
  end)

  it("signs by keys that nobody else can read, and never shows them", function()
    local function sender(mode, text)
      return run("route", "--json", "--now", "1577836860", "--sender", "joe@bank.example",
        "--secret", "k=" .. file("keys", text or "VeryHidden\nOlder\n", mode), "kim@old.example",
        "x@far.example")
    end
    local status, output, errors = sender "600"
    assert.equal("", errors)
    assert.equal(0, status)
    assert.is_nil(output:find("VeryHidden", 1, true))
    for _, mode in ipairs { "640", "604", "644", "620" } do
      status, output, errors = sender(mode)
      assert.same({ 74, "" }, { status, output })
      assert.matches("others can read the keys in it", errors, 1, true)
      assert.is_nil(errors:find("VeryHidden", 1, true))
    end
    status, output, errors = sender("600", "\n")
    assert.equal(74, status)
    assert.matches("holds no keys", errors, 1, true)
    assert.equal("", output)
    local keys = "k=" .. file("keys", "VeryHidden\n", "600")
    status, output, errors = run("route", "--secret", keys, "--secret", keys, "a@b.c")
    assert.same({ 2, "" }, { status, output })
    assert.matches("--secret k: it is given twice", errors, 1, true)
    status, output, errors = run("route", "--secret", "VeryHidden", "a@b.c")
    assert.same({ 2, "" }, { status, output })
    assert.is_nil(errors:find("VeryHidden", 1, true))
  end)

  it("tells the policy the time and the client", function()
    local function code(...)
      local _, output = run("route", "--sender", "<>", ...)
      return output:match "\t([^\t]+)\n$"
    end
    assert.equal("-", (code("--now", "2000", "x@far.example")))
    assert.matches("too early", select(2, run("explain", "--now", "10", "x@far.example")), 1, true)
    assert.not_equal("-", (code("--now", "2000", "--client", "192.0.2.66", "x@far.example")))
    for client, verdict in pairs { ["192.0.2.1"] = "deliver", ["192.0.2.66"] = "reject" } do
      local _, output = support.run({ "route", "--policy", path, "--log", "tsv" },
        { input = "<>\tx@far.example\t1\t2000\t" .. client .. "\n" })
      assert.matches("^x@far.example\t" .. verdict .. "\t", output)
    end
  end)

  it("gives the policy more memory and time", function()
    local large = file("large.lua", "local t = {} for i = 1, 40000 do t[i] = 'x' .. i end\n"
      .. POLICY)
    local status, _, errors =
      support.run { "resolve", "--policy", large, "--memory", "2M", "a@b.c" }
    assert.equal(78, status)
    assert.matches("the option memory gives it more (here --memory)", errors, 1, true)
    local endless = file("endless.lua", "while true do end")
    status, _, errors =
      support.run { "resolve", "--policy", endless, "--seconds", "0.001", "a@b.c" }
    assert.equal(78, status)
    assert.matches("the option load_milliseconds gives it more (here --seconds)", errors, 1, true)
    assert.equal(0, (support.run { "resolve", "--policy", large, "--memory", "64M", "--seconds",
      "60", "kim@a.example" }))
  end)

  it("names the option that is wrong", function()
    for option, value in pairs {
      ["--size"] = "10X", ["--memory"] = "much", ["--seconds"] = "x", ["--now"] = "today",
    } do
      local status, _, errors = run("route", option, value, "a@b.c")
      assert.equal(2, status)
      assert.matches(option .. " " .. value .. ": write a number", errors, 1, true)
    end
    for _, case in ipairs { { "--memory", "0" }, { "--memory", "1" }, { "--memory", "2G" },
      { "--seconds", "0" }, { "--seconds", "1e-9" }, { "--seconds", "1e9" } } do
      local status, _, errors = run("route", case[1], case[2], "a@b.c")
      assert.equal(2, status)
      assert.matches(("%s %s: has to be from "):format(case[1], case[2]), errors, 1, true)
    end
    for _, case in ipairs { { "--memory", "1G" }, { "--seconds", "0.001" },
      { "--seconds", "1000000" } } do
      assert.not_equal(2, (run("route", case[1], case[2], "a@b.c")))
    end
    assert.equal(0, (run("route", "--now", "2000", "--size", "10M", "kim@a.example")))
  end)
end)
