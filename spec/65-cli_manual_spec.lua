--- What the command says of itself: help, the manual page, the completion of shells.
local arguments = require "postoffice.cli.arguments"
local cli = require "postoffice.cli"
local columns = require "postoffice.cli.columns"
local console = require "spec.console"
local helper = require "spec.helper"
local lists = require "postoffice.lists"
local support = require "spec.60-cli_support"

local COMMANDS = lists.names(cli.commands)

local function printed(...)
  local status, output, errors = support.run { "help", ... }
  assert.same({ 0, "" }, { status, errors })
  return output
end

local MACROS = lists.set { "TH", "SH", "SS", "TP", "PP", "nf", "fi", "RS", "RE" }

describe("the manual page", function()
  local page = printed "man"

  it("is made of man's macros", function()
    assert.matches('^%.TH POSTOFFICE 1 "" "postoffice 0', page)
    for line in page:gmatch "[^\n]+" do
      local macro = line:match "^['.](%a*)"
      if macro then assert.truthy(MACROS[macro], line) end
    end
  end)

  it("has all commands, with their options and examples", function()
    assert.truthy(#COMMANDS > 15)
    for _, command in ipairs(COMMANDS) do
      local _, help = support.run { command, "--help" }
      local at = page:find(".SS \\fBpostoffice " .. command .. "\\fR\n", 1, true)
      assert.truthy(at, command)
      local section = page:sub(at, (page:find("\n.S[SH]", at + 4) or #page))
      for option in help:match "Options:\n(.*)\n\n":gmatch "\n? +%-*[%w]*,? *(%-%-[%w-]+)" do
        if option ~= "--help" then
          assert.truthy(section:find(option:gsub("%-", "\\-"), 1, true), command .. " " .. option)
        end
      end
    end
  end)

  it("is shown by man without a warning #program", function()
    if helper.run "command -v man >/dev/null" ~= 0 then return end
    local path = os.tmpname()
    helper.write(path, page)
    local status, _, errors =
      helper.run(("MANWIDTH=80 man --warnings -l %s >/dev/null"):format(path))
    os.remove(path)
    assert.same({ 0, "" }, { status, errors })
  end)
end)

describe("completion", function()
  it("knows all commands and their options", function()
    for _, shell in ipairs { "bash", "zsh", "fish" } do
      local script = printed(shell)
      for _, command in ipairs(COMMANDS) do assert.truthy(script:find(command, 1, true), shell) end
      local option = shell == "fish" and "-l may-relay" or "--may-relay"
      assert.truthy(script:find(option, 1, true), shell)
    end
  end)
end)

-- What each shell is asked by, once the script that `help` prints for it stands in %s/FILE; the line
-- to be completed comes after it.
local SHELLS = {
  bash = { file = "postoffice.bash", by = [==[bash -c '
    source "$0"
    COMP_WORDS=($1); [[ "$1" == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
    $(complete -p postoffice | grep -o "_postoffice[a-z_]*")
    printf "%%s\n" "${COMPREPLY[@]}"' %s/postoffice.bash]==] },
  zsh = { file = "_postoffice", by = "zsh -f spec/completions.zsh %s" },
  fish = { file = "postoffice.fish",
    by = "fish --no-config -c 'source $argv[1]/postoffice.fish; complete -C $argv[2]' %s" },
}

-- A line as it is typed, and the words that a shell offers for its end.
local COMPLETED = {
  { "postoffice ex", "explain export" },
  { "postoffice nothing-begins-so", "" },
  { "postoffice route --se", "--seconds --secret --sender" },
  { "postoffice x500 --fo", "--for --form" },
  { "postoffice x500 --form ", "csv json ldif lines powershell" },
  { "postoffice route --json --log ", "exim postfix tsv" },
  { "postoffice explain --color a", "always auto" },
  { "postoffice parse --notation one", "oneoff" },
  { "postoffice help rewrite_s", "rewrite_sender rewrite_sender.by rewrite_sender.to" },
  { "postoffice help mail.in", "mail.in_set" },
  { "postoffice help in-p", "in-postfix" },
  { "postoffice import exch", "exchange55" },
}

describe("completion by a real shell", function()
  for _, shell in ipairs(lists.keys(SHELLS)) do
    local folder

    setup(function()
      folder = helper.output "mktemp -d"
      helper.write(folder .. "/" .. SHELLS[shell].file, printed(shell))
    end)

    teardown(function() helper.output("rm -r " .. helper.quote(folder)) end)

    -- The words alone: fish says after a tab what each is for.
    local function complete(line)
      local words = {}
      local said = helper.output(SHELLS[shell].by:format(folder) .. " " .. helper.quote(line))
      for word in (said .. "\n"):gmatch "([^\t\n]+)[^\n]*\n" do words[#words + 1] = word end
      return table.concat(lists.keys(lists.set(words)), " ")
    end

    for _, case in ipairs(helper.some(COMPLETED)) do
      it(("makes %s of '%s' in %s #program"):format(case[2], case[1], shell), function()
        if helper.run("command -v " .. shell) ~= 0 then return end
        assert.equal(case[2], complete(case[1]))
      end)
    end
  end
end)

describe("help", function()
  it("prints what a command does", function()
    for _, command in ipairs(COMMANDS) do
      local _, own = support.run { command, "--help" }
      assert.equal(own, printed(command):sub(-#own))
    end
  end)

  it("prints the word and the command where both have a name", function()
    local output = printed "rewrite"
    assert.matches('rewrite ["NAME"]', output, 1, true)
    assert.matches("Usage: postoffice rewrite", output, 1, true)
  end)

  it("lists the commands first", function()
    local listed = printed():match "\nCommands\n(.-)\n\n"
    for _, command in ipairs(COMMANDS) do
      assert.matches("\n  " .. command .. " ", "\n" .. listed, 1, true)
    end
    local _, _, errors = support.run { "help", "valdate" }
    assert.matches('did you mean "validate"?', errors, 1, true)
  end)

  it("prints examples as they stand", function()
    local folder = "lua/postoffice/examples/"
    for path in helper.output("cd " .. folder .. " && find * -type f"):gmatch "[^\n]+" do
      assert.equal(helper.read(folder .. path), printed(path), path)
    end
    for _, path in ipairs { "../init.lua", "hosts/../site.lua", "/etc/passwd", "site", "a.lua" } do
      assert.equal(2, (support.run { "help", path }), path)
    end
    assert.equal(2, (support.run { "help", "--json", "site.lua" }))
  end)

  it("lists the events by what scripts write", function()
    assert.equal(printed "events", printed "on")
    assert.equal(printed("events", "--json"), printed("on", "--json"))
  end)

  it("says what there is not", function()
    local status, _, errors = support.run { "help", "rout" }
    assert.equal(2, status)
    assert.matches('the reference has no "rout"', errors, 1, true)
    assert.is_nil(arguments.manual({}).help "rout")
    for word, whole in pairs { matches = "mail.matches", In_Set = "mail.in_set" } do
      assert.matches(('did you mean "%s"?'):format(whole),
        select(3, support.run { "help", word }), 1, true)
    end
  end)
end)

-- ---- The examples of --help and the manual page -----------------------------

local POLICY = helper.read "lua/postoffice/examples/q184994-exchange.lua"
local PLAIN = [[
domain "example.com" {}
recipient "Kim Lee" { proxies = { "SMTP:kim@example.com", "smtp:postmaster@example.com" } }
connector "partner-line" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
templates { "SMTP:%g.%s@example.com" }
test "Kim" { to = "kim@example.com", entry = "Kim Lee" }
claim "every local is delivered here or is rejected"
test "internet" { to = "joe@far.example", connector = "partner-line" }
]]
local BOUNCE = "Subject: undeliverable\n\n"
  .. "IMCEAEX-_O=ORG_OU=SITE_CN=RECIPIENTS_CN=klee@example.com\n"
local MAP = "kim@example.com pat@far.example\n"

-- What the examples read.
local READ = {
  ["policy.lua"] = PLAIN, ["old.lua"] = PLAIN, ["archive.lua"] = POLICY,
  ["new.lua"] = PLAIN:gsub("192.0.2.7", "192.0.2.8"),
  ["policies/a.lua"] = PLAIN, ["policies/b.lua"] = PLAIN,
  ["addresses.txt"] = "kim@example.com\nCCMAIL:user@domain at internet\n",
  ["senders.txt"] = "kim@example.com\n", ["recipients.txt"] = "Team: Kim <kim@a.example>;\n",
  ["inbox.mbox"] = "From kim@a.example\nFrom: Kim <kim@a.example>\n\nText.\n",
  ["Maildir/cur/1"] = "From: Kim <kim@a.example>\n\nText.\n",
  ["bounce.eml"] = BOUNCE, ["bounce.txt"] = BOUNCE, ["bounces/1.eml"] = BOUNCE,
  ["people.csv"] = "DisplayName,GivenName,Surname,Alias\nKim Lee,Kim,Lee,klee\n",
  ["main.cf"] = "mydestination = example.com\n",
  ["etc/postfix/main.cf"] = "myhostname = a.example\n",
  ["virtual"] = MAP, ["aliases"] = "kim: pat@far.example\n",
  ["etc/mail/aliases"] = "kim: pat\n",
  ["etc/mail/mailertable"] = "far.example esmtp:[192.0.2.9]\n",
  ["log/mail.log"] = helper.read "spec/fixtures/maillog/postfix.log",
}

-- What wants a server, or does not end; other specs run these.
local ELSEWHERE = { "postmap", "postoffice serve", "postoffice publish", "--watch" }

local function is_elsewhere(example)
  for _, word in ipairs(ELSEWHERE) do
    if example:find(word, 1, true) then return true end
  end
end

-- An example with the files of this spec, and without a drawing.
local function here(example)
  return (example:gsub("/etc/", "etc/"):gsub("/var/log/", "log/"):gsub("| dot [^>]*", "| cat "))
end

describe("the help of commands", function()
  it("has lines of 80 columns, and of examples those that a shell goes on with", function()
    local count = 0
    for _, command in ipairs(cli.commands) do
      local help = printed(command.name)
      for line in help:gmatch "[^\n]+" do assert.truthy(#line <= 80, line) end
      local plain, cut = help:gsub(" \\\n +", " ")
      for _, example in ipairs(command.examples) do
        assert.truthy(plain:find("\n  " .. example .. "\n", 1, true), example)
      end
      count = count + cut
    end
    assert.truthy(count > 5)
  end)

  it("cuts no example between quotation marks", function()
    assert.same({ "a --for 'b c d e f'" }, columns.command("a --for 'b c d e f'", 19))
    assert.same({ "a --for \\", "  'b c d e f' \\", "  <g" },
      columns.command("a --for 'b c d e f' <g", 17))
  end)

  it("fills its lines", function()
    local help = select(2, support.run { "--help" }):match "Addresses are written.*\nExamples:"
    local last = ""
    for line in help:gmatch "([^\n]*)\n" do
      local is_filled = last == "" or line == "" or #last + 1 + #line:match "^%S+" > 79
      assert.truthy(is_filled, last)
      last = line
    end
  end)
end)

describe("the examples of commands #program", function()
  it("do what they are to", function()
    local steps = {}
    for _, path in ipairs(lists.keys(READ)) do
      steps[#steps + 1] = { file = path, content = READ[path] }
    end
    for _, command in ipairs(cli.commands) do
      for _, example in ipairs(command.examples) do
        if not is_elsewhere(example) then steps[#steps + 1] = { text = here(example) } end
      end
    end
    assert.truthy(#steps > 60)
    console.run(steps)
    local wrong = {}
    for _, step in ipairs(steps) do wrong[#wrong + 1] = console.complaint(step) end
    assert.same({}, wrong)
  end)
end)
