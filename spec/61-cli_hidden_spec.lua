--- What the command prints of an address: nothing that a terminal acts on, and for
-- another program what that can read back.
local helper = require "spec.helper"
local output = require "postoffice.cli.output"
local postoffice = require "postoffice"
local support = require "spec.60-cli_support"
local utf8 = require "postoffice.text.utf8"

-- Each with its bytes in hex: controls of three kinds, format characters, separators, a tag, bytes
-- that are no UTF-8.
local HIDDEN = {
  { "\27", "\\x1b" }, { "\127", "\\x7f" }, { "\7", "\\x07" }, { "\194\155", "\\xc2\\x9b" },
  { "\194\173", "\\xc2\\xad" }, { "\216\156", "\\xd8\\x9c" },
  { "\226\128\174", "\\xe2\\x80\\xae" }, { "\226\128\168", "\\xe2\\x80\\xa8" },
  { "\226\128\139", "\\xe2\\x80\\x8b" }, { "\226\129\166", "\\xe2\\x81\\xa6" },
  { "\239\187\191", "\\xef\\xbb\\xbf" }, { "\243\160\129\129", "\\xf3\\xa0\\x81\\x81" },
  { "\155", "\\x9b" }, { "\192\128", "\\xc0\\x80" }, { "\237\160\128", "\\xed\\xa0\\x80" },
  { "\244\144\128\128", "\\xf4\\x90\\x80\\x80" }, { "\226\128", "\\xe2\\x80" },
}

local VISIBLE = { "a", "\195\188", "\228\184\173", "\240\159\152\128", "e\204\129" }

local POLICY = 'connector "c" { spaces = { "SMTP:*", "CCMAIL:*" } }'

-- The address of a type with a text in it.
local WITH = {
  function(text) return ("CCMAIL:a%sb at c"):format(text) end,
  function(text) return ("EX:/o=Org/cn=a%sb"):format(text) end,
  function(text) return ("Kim %s Lee <kim@a.example>"):format(text) end,
  function(text) return ("a%sb@c.example"):format(text) end,
  function(text) return ("no %s address at all"):format(text) end,
}

local COMMANDS = { { "parse" }, { "validate" }, { "format", "--as", "oneoff" }, { "normalize" },
  { "decapsulate" }, { "convert", "--to", "SMTP", "--domain", "b.example" }, { "route" },
  { "explain" }, { "diagnose" }, { "parse", "--list" }, { "format", "--list", "--utf8" } }

-- Whether a text holds what a terminal acts on, but for ends of lines and tabs of a row.
local function is_harmless(text)
  if text:find "[%z\1-\8\11-\31\127]" then return false end
  local good = true
  utf8.map(text, function() good = false end, function(sequence)
    good = good and not utf8.is_hidden(utf8.codepoint(sequence))
    return sequence
  end)
  return good
end

-- All commands for every fourth; to load a policy each time takes long.
local function commands_of(number)
  local commands = {}
  for i, command in ipairs(COMMANDS) do
    if i <= 6 or number % 4 == 0 then commands[#commands + 1] = command end
  end
  return commands
end

local function command_with(command, policy, more)
  local arguments = {}
  for i, word in ipairs(command) do arguments[i] = word end
  if command[1] == "route" or command[1] == "explain" then
    arguments[#arguments + 1] = "--policy"
    arguments[#arguments + 1] = policy
  end
  for _, word in ipairs(more) do arguments[#arguments + 1] = word end
  return arguments
end

describe("the command", function()
  it("prints nothing on a terminal that the terminal acts on", function()
    support.with_file(POLICY, function(policy)
      for i, hidden in ipairs(HIDDEN) do
        for j, with in ipairs(WITH) do
          for _, command in ipairs(commands_of(i + j)) do
            local arguments = command_with(command, policy, { "--", with(hidden[1]) })
            local terminals = { stdout = true, stderr = true }
            local _, out, errors = support.run(arguments,
              { terminals = terminals, environment = { NO_COLOR = "1" } })
            local what = table.concat(arguments, " "):gsub("[^\32-\126]", "?")
            assert(is_harmless(out), what)
            assert(is_harmless(errors), what)
            local _, painted = support.run(arguments, { terminals = terminals })
            assert.equal(out, (painted:gsub("\27%[%d+m", "")), what)
          end
        end
      end
    end)
  end)

  it("prints nothing of the kind in rows and in JSON, whoever reads them", function()
    support.with_file(POLICY, function(policy)
      for i, hidden in ipairs(HIDDEN) do
        for j, with in ipairs(WITH) do
          for _, command in ipairs(commands_of(i + j)) do
            local _, out, errors = support.run(
              command_with(command, policy, { "--json", "--", with(hidden[1]) }))
            assert(is_harmless(out) and is_harmless(errors), command[1])
          end
          local _, rows = support.run { "validate", "--", with(hidden[1]) }
          assert(is_harmless(rows))
          _, rows = support.run { "route", "--policy", policy, "--", with(hidden[1]) }
          assert(is_harmless(rows))
        end
      end
    end)
  end)

  it("writes addresses for another program as they are", function()
    for _, list in ipairs { HIDDEN, VISIBLE } do
      for _, hidden in ipairs(list) do
        local text = WITH[1](type(hidden) == "table" and hidden[1] or hidden)
        if postoffice.parse(text) then
          local status, out = support.run { "normalize", text }
          assert.same({ 0, text .. "\n" }, { status, out })
          local _, again = support.run({ "normalize" }, { input = out })
          assert.equal(out, again)
        end
      end
    end
  end)

  it("prints what people write as it is", function()
    for _, text in ipairs(VISIBLE) do
      local address = WITH[1](text)
      local _, out = support.run({ "normalize", address }, { terminals = { stdout = true } })
      assert.equal(address .. "\n", out)
    end
  end)

  it("says of its own arguments no more than a terminal may see", function()
    for _, hidden in ipairs(HIDDEN) do
      for _, arguments in ipairs {
        { "--" .. hidden[1] }, { hidden[1] }, { "parse", "--type", hidden[1], "a" },
        { "route", "--policy", hidden[1], "a" }, { "x500", "nowhere" .. hidden[1] },
        { "route", "--policy", "lua/postoffice/examples/site.lua", "--down", hidden[1], "a" },
        { "route", "--policy", "lua/postoffice/examples/site.lua", "--sender", hidden[1], "a" },
        { "convert", "--to", hidden[1], "a@b.example" },
      } do
        local _, out, errors = support.run(arguments)
        assert(is_harmless(out) and is_harmless(errors), table.concat(arguments, " ", 1, 1))
      end
    end
  end)
end)

-- ---- All commands ------------------------------------------------------------

-- Three kinds: a control, a character that turns what follows it round, a byte that is no UTF-8.
local KINDS = { "\27[31m", "\226\128\174", "\155" }

-- Files, in which %s stands for what is hidden; in a policy for its escape, unless that is a control.
local FILES = {
  ["p.lua"] = [[
settings { types = { "X" } }
domain "a.example" {}
templates { "SMTP:%%m@a.example", "CCMAIL:%%d at HQ" }
recipient "Kim" { proxies = { "SMTP:kim@a.example", "CCMAIL:a%sb at c" },
  target = "CCMAIL:x%sy at z" }
recipient "Gone" { proxies = { "SMTP:gone@a.example" }, refuse = "x%sy" }
connector "c" { nexthop = "hop", spaces = { "SMTP:*", "CCMAIL:*", "X:a%sb*" } }
rewrite "CCMAIL:o%sp at *" { to = "CCMAIL:n%sq at z" }
test "one" { to = "kim@a.example", entry = "Pat" }
test "two" { to = "CCMAIL:r%ss at t", entry = "Pat" }
claim 'no "CCMAIL:k%sl at m" is delivered'
function on.delivery(d) if d.code then return reject("z%sz", "5.7.1", "code-x") end end
]],
  ["q.lua"] = "domain '%s' {}\nrecipient 'a%s' { proxies = { 'x%s' } }\n",
  ["r.lua"] = 'connector "c" { nexthop = "other", spaces = { "SMTP:*", "CCMAIL:*" } }\n',
  ["bounce.txt"] = "IMCEAEX-_o=Good_cn=kim@a.example\nIMCEAEX-_o=E+E2+80+AE+9B@a.example\n"
    .. "IMCEAEX-_o=x%sy\nIMCEAEX-_o=x&%s@y\n",
  ["people.csv"] = "Alias,DisplayName,legacyExchangeDN,EmailAddresses,target,Identity,dn\n"
    .. "kim,K%sim,/o=Good/cn=kim,SMTP:x%s@a.example,y%s@z,i%sj,CN=%s\nk2,Ann,o=%s,SMTP:x@y,,,\n"
    .. "%s,,,,,,\n",
  ["table"] = "a.example x\nx%sy@a.example z%s@b\nq@a.example |%s\n",
  ["people.ldif"] = "dn: CN=a%s\nobjectClass: user\nmail: x%s@y.example\n"
    .. "proxyAddresses: SMTP:q%s@y.example\n",
  ["header.txt"] = "From: a%s <x@y>\nTo: %s\n%s: x\n\n",
}

-- Lines of words separated by bars; what stands after < is the input.  Names of files are those above.
local RUNS = [[
key|CCMAIL:a%sb at c|%s
resolve|--policy|p.lua|CCMAIL:a%sb at c|%s
resolve|--policy|p.lua|--as|SMTP|CCMAIL:a%sb at c
rewrite|--policy|p.lua|CCMAIL:o%sp at c|%s
nexthop|--policy|p.lua|CCMAIL:a%sb at c|%s
route|--policy|p.lua|gone@a.example|a%sb@c|CCMAIL:r%ss at t|X:a%sbc
route|--policy|p.lua|--sender|CCMAIL:a%sb at c|joe@x.example
route|--policy|p.lua|--client|a%sb|joe@x.example
route|--policy|p.lua|--arrived-by|a%sb|joe@x.example
route|--policy|p.lua|--ask|a%sb=c%sd|joe@x.example
route|--policy|p.lua|--ask|a%sb|joe@x.example
route|--policy|p.lua|--ask|a%sb=ldap:x%sy=z|joe@x.example
route|--policy|p.lua|--ask|a%sb=ldap:@z%sz|joe@x.example
route|--policy|p.lua|--secret|a%sb=c%sd|joe@x.example
route|--policy|p.lua|--size|%s|joe@x.example
route|--policy|p.lua|--log|tsv|<a%sb@c	x%sy@z	10	0
route|--policy|p.lua|--log|tsv|<%s
explain|--policy|p.lua|gone@a.example|CCMAIL:r%ss at t|a%sb@c|CCMAIL:o%sp at c|kim@a.example
compile|p.lua|-o|/nowhere/a%sb
compile|a%sb|-o|/nowhere/x
test|--coverage|p.lua
test|--tap|p.lua
test|a%sb
check|p.lua|q.lua|a%sb
export|p.lua
export|--format|ldif|p.lua
export|--format|exchange55|p.lua
graph|p.lua
prove|p.lua
prove|p.lua|a%sb
diff|p.lua|r.lua|<CCMAIL:a%sb at c
diff|p.lua|a%sb|<a
diff|p.lua|--against|sed 's/$/	z%sz@y/'|<kim@a.example
diff|p.lua|--against|exit 9 # a%sb|<kim@a.example
x500|bounce.txt|people.csv|a%sb
x500|--form|csv|--for|people.csv|bounce.txt
x500|--form|ldif|--for|people.csv|bounce.txt
x500|--form|ldif|--for|CN=a%sb|bounce.txt
x500|--form|powershell|--for|people.csv|bounce.txt
x500|--form|powershell|--for|a%sb|bounce.txt
x500|--for|a%sb.csv|bounce.txt
x500|folder
proxies|--explain|--policy|p.lua|people.csv
proxies|--policy|p.lua|a%sb
import|csv|people.csv|-o|made.lua
import|csv|people.csv|-o|/nowhere/a%sb
import|ldif|people.ldif|-o|made.lua
import|postfix|virtual=table|-o|made.lua
import|postfix|a%sb=table|-o|made.lua
import|sendmail|virtusertable=table|-o|made.lua
import|gwart|people.csv|-o|made.lua
help|a%sb
normalize|--identity|--policy|p.lua|CCMAIL:a%sb at c|%s
convert|--to|X400|--gateway|a%sb|a@b.c
convert|--to|X400|--mcgam|people.csv|a@b.c
parse|--headers|header.txt|a%sb
parse|--profile|a%sb|x@y
parse|--notation|a%sb|x@y
format|--width|a%sb|--list|x@y
a%sb
--a%sb
]]

describe("every command", function()
  local folder = os.tmpname()

  local function fill(text, hidden) return (text:gsub("%%s", function() return hidden end)) end

  local function write_files(hidden)
    helper.run(("rm -rf %s && mkdir -p %s/folder"):format(folder, folder))
    local escape = hidden:find "%c" and ""
      or hidden:gsub(".", function(byte) return ("\\%03d"):format(byte:byte()) end)
    for name, text in pairs(FILES) do
      local filled = fill(text, name:find "%.lua$" and escape or hidden):gsub("%%%%", "%%")
      helper.write(folder .. "/" .. name, filled)
    end
    helper.write(("%s/folder/f%sg"):format(folder, hidden), "IMCEAEX-_o=Org_cn=kim\n")
  end

  -- The arguments of a run, and its input.
  local function read(line, hidden)
    local arguments, input = {}, ""
    for word in line:gmatch "[^|]+" do
      local name, path = word:match "^(.*=)([%w.]+)$"
      if FILES[word] or word == "folder" or word == "made.lua" then name, path = "", word end
      if word:find "^<" then
        input = fill(word:sub(2), hidden) .. "\n"
      elseif path and (name == "" or FILES[path]) then
        arguments[#arguments + 1] = fill(name, hidden) .. folder .. "/" .. path
      else
        arguments[#arguments + 1] = fill(word, hidden)
      end
    end
    return arguments, input
  end

  for number, hidden in ipairs(KINDS) do
    it("prints and tells no raw bytes, at a terminal and in JSON, of kind " .. number, function()
      write_files(hidden)
      assert.equal(1, (support.run { "route", "--policy", folder .. "/p.lua", "gone@a.example" }))
      for line in RUNS:gmatch "[^\n]+" do
        local arguments, input = read(line, hidden)
        local _, out, errors = support.run(arguments, {
          input = input, terminals = { stdout = true, stderr = true },
          environment = { NO_COLOR = "1" },
        })
        assert(is_harmless(out), line)
        assert(is_harmless(errors), line)
        assert.is_nil(errors:find("a mistake in the command", 1, true), line)
        arguments[#arguments + 1] = "--json"
        _, out, errors = support.run(arguments, { input = input })
        assert(is_harmless(out) and is_harmless(errors), line)
      end
      helper.run("rm -rf " .. folder)
    end)
  end
end)

describe("a visible text", function()
  it("has its hidden characters byte by byte", function()
    for _, hidden in ipairs(HIDDEN) do
      assert.equal("a" .. hidden[2] .. "b", output.visible("a" .. hidden[1] .. "b"))
    end
    for _, text in ipairs(VISIBLE) do assert.equal(text, output.visible(text)) end
    assert.equal("\\t\\n\\r", output.visible "\t\n\r")
  end)

  it("gives the bytes back to printf, in a row", function()
    for _, hidden in ipairs(HIDDEN) do
      local text = "a\\" .. hidden[1] .. "\t b"
      local field = output.row(text):sub(1, -2):gsub("\\\\", "\\x5c")
      assert.equal(text, (field:gsub("\\x(%x%x)", function(hex)
        return string.char(tonumber(hex, 16))
      end):gsub("\\t", "\t")))
    end
  end)

  it("is known to the shell as well #program", function()
    for _, hidden in ipairs(HIDDEN) do
      local field = output.row("a\\" .. hidden[1] .. "\t b"):sub(1, -2)
      local bytes = helper.output(("bash -c %s"):format(
        helper.quote(("printf '%%b' %s"):format(helper.quote(field)))))
      assert.equal("a\\" .. hidden[1] .. "\t b", bytes)
    end
  end)
end)

describe("the map of UTF-8", function()
  -- The bytes of a character by its number, by RFC 3629 3.
  local function encode(point)
    if point < 0x800 then return string.char(0xC0 + math.floor(point / 64), 128 + point % 64) end
    if point < 0x10000 then
      return string.char(0xE0 + math.floor(point / 4096), 128 + math.floor(point / 64) % 64,
        128 + point % 64)
    end
    return string.char(0xF0 + math.floor(point / 262144), 128 + math.floor(point / 4096) % 64,
      128 + math.floor(point / 64) % 64, 128 + point % 64)
  end

  it("knows characters by its number, and surrogates for none", function()
    for point = 0x80, 0x10FFFF, 61 do
      local sequence = encode(point)
      local surrogate = point >= 0xD800 and point <= 0xDFFF
      assert.equal(not surrogate, utf8.is_valid(sequence))
      if not surrogate then assert.equal(point, utf8.codepoint(sequence)) end
    end
  end)

  it("takes no sequence that is too long, and none beyond the last character", function()
    for _, bytes in ipairs { "\192\175", "\224\159\191", "\240\143\191\191", "\244\144\128\128",
      "\128", "\191", "\195", "\226\130", "\240\159\152", "\245\128\128\128", "\255" } do
      assert.is_false(utf8.is_valid(bytes))
      assert.equal(("?"):rep(#bytes), (utf8.map(bytes, function() return "?" end, error)))
    end
  end)
end)
