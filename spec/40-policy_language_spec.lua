local helper = require "spec.helper"
local policy = require "postoffice.policy"

--- What loading `source` says.
local function complaint(source, options)
  options = options or {}
  options.chunkname = "@policy.lua"
  local loaded, message, code = policy.load(source, options)
  assert.is_nil(loaded, "it loads: " .. source)
  return message, code
end

--- Each case: a script, and the message it is refused with.
local function says(cases)
  for _, case in ipairs(cases) do
    local message, code = complaint(case[1])
    assert.equal(case[2], message)
    assert.equal(case[3] or "policy-invalid", code, message)
  end
end

local function loads(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

describe("the language of policies", function()
  it("loads a policy that says nothing", function()
    assert.is_table(loads "")
  end)

  it("knows its words", function()
    local message, code = complaint "\nconector 'x' {}"
    assert.equal("policy.lua:2: ", message:sub(1, 14)) -- the words between are each Lua's own
    assert.equal('; did you mean "connector"?', message:sub(-27))
    assert.equal("policy-invalid", code)
  end)

  it("suggests the field that was meant, or lists those there are", function()
    says {
      { "\n\nconnector 'ccmail' { space = { 'CCMAIL:*' } }",
        'policy.lua:3: connector "ccmail": unknown field "space"; did you mean "spaces"?' },
      { "domain 'a.example' { colour = 'red' }",
        'policy.lua:1: domain "a.example": unknown field "colour"; known: catchall, extension,'
          .. ' kind, outbound, propagate, secrets, unwrap' },
      { "connector 'c' { spaces = { 'SMTP:*' }, wrap = { postofice = 'x' } }",
        'policy.lua:1: connector "c": unknown field "wrap.postofice"; did you mean "postoffice"?' },
      { "domain 'a.example' { 'local' }",
        'policy.lua:1: domain "a.example": "local" is a value without a name; write field ='
          .. ' value' },
      { "function on.recipent() end", 'policy.lua:1: on.recipent is never called; did you mean'
        .. ' "recipient"?' },
      { "test 't' { to = 'a@b.example', verdct = 'reject' }",
        'policy.lua:1: test "t": unknown field "verdct"; did you mean "verdict"?' },
      { "test 't' { to = 'a@b.example', deliveries = { { entri = 'x' } } }",
        'policy.lua:1: test "t": unknown field "deliveries.entri"; did you mean "entry"?' },
    }
  end)

  it("says what a field has to be", function()
    says {
      { "settings { order = 'cheapest' }", 'policy.lua:1: settings: order cannot be "cheapest";'
        .. ' known: cost, exchange' },
      { "settings { order = 'exchnge' }",
        'policy.lua:1: settings: order cannot be "exchnge"; did you mean "exchange"?' },
      { "domain 'a.example' { kind = true }", 'policy.lua:1: domain "a.example": kind has to be'
        .. ' "local", "relay" or "former", not true' },
      { "connector 'c' { spaces = 'SMTP:*' }",
        'policy.lua:1: connector "c": spaces has to be a list of address spaces; write'
          .. ' { "SMTP:*" }' },
      { "connector 'c' { spaces = { 'SMTP:*' }, cost = -1 }",
        'policy.lua:1: connector "c": cost has to be 0 at least, not -1' },
      { "connector 'c' { spaces = { 'SMTP:*' }, cost = 0/0 }",
        'policy.lua:1: connector "c": cost has to be a number, not 0/0' },
      { "connector 'c' { spaces = { 'SMTP:*' }, max_size = 1/0 }",
        'policy.lua:1: connector "c": max_size has to be a number, such as 10485760, not 1/0' },
      { "connector 'c' { spaces = { { 'SMTP:*', cost = 0/0 }, { 'FAX:*', cost = -1 } } }",
        'policy.lua:1: connector "c": space "SMTP:*" has the cost 0/0; a cost is 0 at least\n'
          .. 'policy.lua:1: connector "c": space "FAX:*" has the cost -1; a cost is 0 at least' },
      { "recipient 'k' { proxies = { 'a@b.example' }, target = function() end }",
        'policy.lua:1: recipient "k": target has to be a text, such as "[ccmail:user@domain at'
          .. ' internet]", not a'
          .. " function" },
      { "list 'l' { proxies = { 'a@b.example' }, members = { 1 } }",
        'policy.lua:1: list "l": members[1] has to be a name, not 1' },
    }
  end)

  it("says what of a list is wrong", function()
    local SPACES = "connector 'c' { spaces = { %s } }"
    local WHERE = 'policy.lua:1: connector "c": spaces'
    local EXAMPLE = ' such as { "SMTP:*", { "FAX:*", cost = 10 } }'
    local rows = {}
    for spaces, expected in pairs {
      ["{ 'SMTP:*', cost = '10' }"] = '[1].cost has to be a number, not "10"',
      ["'FAX:*', { 'SMTP:*', cots = 10 }"] = '[2] has the field "cots"; did you mean "cost"?',
      ["{ cost = 10 }"] = '[1] names no space; write { "SMTP:*", cost = 10 }',
      ["{ '', cost = 10 }"] = '[1] names no space; write { "SMTP:*", cost = 10 }',
      ["{ 'SMTP:*', 10 }"] = '[1] has a value too many, 10; write { "SMTP:*", cost = 10 }',
      ["'SMTP:*', 7"] = "[2] has to be an address space, not 7",
      ["'SMTP:*', function() end"] = "[2] has to be an address space, not a function",
      ["''"] = "[1] has to be an address space, not an empty text",
      ["nil, 'SMTP:*'"] = "[1] is nil, and a list has no gaps",
      ["a = 'SMTP:*'"] = ' has the field "a", and a list has values alone,' .. EXAMPLE,
      ["[0] = 'SMTP:*'"] = ' has the field "0", and a list has values alone,' .. EXAMPLE,
    } do
      rows[#rows + 1] = { SPACES:format(spaces), WHERE .. expected }
    end
    says(rows)
    says {
      { "recipient 'k' { proxies = 'SMTP:k@a.example' }",
        'policy.lua:1: recipient "k": proxies has to be a list of addresses; write'
          .. ' { "SMTP:k@a.example" }' },
      { "test 't' { to = 'a@b.example', deliveries = { verdict = 'pass' } }",
        'policy.lua:1: test "t": deliveries has the field "verdict", and a list has values alone,'
          .. ' such as { { entry = "Kim Lee" }, { code = "relay-denied" } }' },
    }
  end)

  it("says of what type an address without one most likely is", function()
    local rows = {}
    for space, expected in pairs {
      ["x.example"] = "SMTP:*@x.example", ["*.x.example"] = "SMTP:*@*.x.example",
      ["*@x.example"] = "SMTP:*@x.example", ["HQ"] = "CCMAIL:* at HQ",
      ["Lee at HQ"] = "CCMAIL:Lee at HQ", ["/o=Org/ou=*"] = "EX:/o=Org/ou=*",
      ["c=us;a=x"] = "X400:c=us;a=x", ["hub!*"] = "UUCP:hub!*", ["+1 206"] = "FAX:+1 206",
      ["Lee, Kim"] = "CCMAIL:Lee, Kim", ["100%"] = "CCMAIL:100%",
    } do
      rows[#rows + 1] = { ("connector 'c' { spaces = { '%s' } }"):format(space),
        ('policy.lua:1: connector "c": space "%s" has no type; write "%s"'):format(space,
          expected) }
    end
    says(rows)
    says {
      { "rewrite 'SMTP:{name}@x.example' { to = 'y.example' }",
        'policy.lua:1: rewrite "SMTP:{name}@x.example": to "y.example" has no type; write'
          .. ' "SMTP:{name}@y.example"' },
    }
  end)

  it("says what is missing", function()
    says {
      { "connector 'ccmail' { speaks = 'CCMAIL' }",
        'policy.lua:1: connector "ccmail" has no spaces, so no mail will use it (Exchange ships'
          .. ' it so, Q186235);'
          .. ' add spaces = { "CCMAIL:*" }' },
      { "recipient 'Kim' {}", 'policy.lua:1: recipient "Kim" has no proxies; add proxies = {'
        .. ' "SMTP:kim.lee@example.com" }' },
      { "rewrite 'SMTP:{u}@a.example' {}",
        'policy.lua:1: rewrite "SMTP:{u}@a.example" has no to; add to ='
          .. ' "SMTP:{user}@new.example"' },
      { "test 't' {}", 'policy.lua:1: test "t" has no to; add to = "kim.lee@example.com"' },
      { "recipient 'Kim' { proxies = {} }",
        'policy.lua:1: recipient "Kim" has no proxies, so no mail will find it; add proxies = {'
          .. ' "SMTP:name@example.com" }' },
      { "rewrite { to = 'SMTP:a@b.example' }",
        'policy.lua:1: rewrite matches nothing; write rewrite "SMTP:{user}@old.example" { to ='
          .. ' ... }, or add match' },
    }
  end)

  it("says how a word is written", function()
    says {
      { "connector { spaces = { 'SMTP:*' } }",
        'policy.lua:1: connector needs a name; write connector "internet" { nexthop ='
          .. ' "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }' },
      { "set 's' { 'SMTP:*@a.example', patterns = { 'SMTP:*@b.example' } }",
        'policy.lua:1: set "s" has values without a name, and patterns as well; write all in one'
          .. " list" },
      { "connector 'c'", 'policy.lua:1: connector "c" needs a table, even an empty one; write'
        .. ' connector "internet"'
        .. ' { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }' },
      { "settings 'x' {}", 'policy.lua:1: settings "x" takes no name; write settings { ... }' },
      { "domain('a.example', {}, 1)",
        'policy.lua:1: domain "a.example" takes a name and a table and nothing more; write'
          .. ' domain "example.com" {}' },
    }
  end)

  it("wants each name once, in any case", function()
    says {
      { "postoffice 'HQ' {}\npostoffice 'hq' {}", 'policy.lua:2: postoffice "hq" is declared'
        .. ' twice, first at policy.lua:1;'
        .. " remove one or give it another name" },
      { "recipient 'Kim' { proxies = { 'a@b.example' } }\nlist 'Kim' { proxies = { 'c@b.example'"
        .. " }, members = {} }",
        'policy.lua:2: list "Kim" is declared twice, first at policy.lua:1; remove one or give'
          .. ' it another name' },
      { "recipient 'A' { proxies = { 'a@b.example' } }\nrecipient 'B' { proxies = {"
        .. " 'smtp:A@B.example' } }",
        'policy.lua:2: recipient "B": proxy "smtp:A@B.example" is already a proxy of "A" at'
          .. ' policy.lua:1; an address has'
          .. " one owner" },
      { "settings { order = 'cost' }\nsettings { order = 'cost' }",
        "policy.lua:2: settings: order is already set at policy.lua:1" },
    }
  end)

  it("holds spaces against what they can match", function()
    says {
      { "connector 'c' { spaces = { 'SMTP:partner.example' } }",
        'policy.lua:1: connector "c": space "SMTP:partner.example" matches no address, since the'
          .. ' whole address is'
          .. ' compared (Q229961); write "SMTP:*@partner.example"' },
      { "connector 'c' { spaces = { 'SMTP:@partner.example' } }",
        'policy.lua:1: connector "c": space "SMTP:@partner.example" matches no address, since'
          .. ' the whole address is compared (Q229961); write "SMTP:*@partner.example"' },
      { "connector 'c' { spaces = { 'CCMAIL:HQ' } }",
        'policy.lua:1: connector "c": space "CCMAIL:HQ" matches no address, since the whole'
          .. ' address is compared'
          .. ' (Q229961); write "CCMAIL:* at HQ"' },
      { "connector 'c' { spaces = { '*@partner.example' } }",
        'policy.lua:1: connector "c": space "*@partner.example" has no type; write'
          .. ' "SMTP:*@partner.example"' },
      { "connector 'c' { spaces = { 'SMTP:{user}@a.example' } }",
        'policy.lua:1: connector "c": space "SMTP:{user}@a.example" captures {user}, but a space'
          .. ' keeps nothing; write *'
          .. " instead" },
      { "connector 'c' { spaces = { 'SMTP:a..b@c.example' } }",
        'policy.lua:1: connector "c": space "SMTP:a..b@c.example" matches no address: a dot in'
          .. ' the local part must stand'
          .. " between two words; put the local part in double quotes" },
    }
  end)

  it("holds connectors against what they can carry", function()
    says {
      { "connector 'c' { speaks = 'CCMAIL', spaces = { 'SMTP:*' } }",
        'policy.lua:1: connector "c" speaks CCMAIL, but its space "SMTP:*" is of type SMTP; add'
          .. ' wrap = { postoffice ='
          .. ' "internet" }' },
      { "connector 'c' { speaks = 'smtp', spaces = { 'FAX:*' } }",
        'policy.lua:1: connector "c" speaks SMTP, but its space "FAX:*" is of type FAX; add wrap'
          .. ' = { domain ='
          .. ' "example.com" }' },
      { "connector 'c' { speaks = 'FAX', spaces = { 'SMTP:*' } }",
        'policy.lua:1: connector "c" speaks FAX, which cannot carry the SMTP addresses of its'
          .. ' space "SMTP:*"; remove the'
          .. " space or speaks" },
    }
  end)

  it("holds names against what is declared", function()
    says {
      { "postoffice 'HQ' {}\npostoffice 'internet' { via = 'HO' }",
        'policy.lua:2: postoffice "internet": via: post office "HO" is not declared; declared:'
          .. ' HQ, internet' },
      { "postoffice 'HQ' {}\nconnector 'c' { reaches = 'Paris', spaces = { 'CCMAIL:*' } }",
        'policy.lua:2: connector "c": reaches: post office "Paris" is not declared; declared: HQ' },
      { "postoffice 'A' { via = 'B' }\npostoffice 'B' { via = 'A' }",
        'policy.lua:1: postoffice "A": via leads back to "A"; one post office on the way has to'
          .. ' be without via',
        "route-loop" },
      { "postoffice 'NOTES:*@INET' { gateway = 'SMTP' }",
        'policy.lua:1: postoffice "NOTES:*@INET" is no place of NOTES that an address can have;'
          .. ' write "NOTES:INET"' },
      { "postoffice 'msmail:*@s' { gateway = 'SMTP' }",
        'policy.lua:1: postoffice "msmail:*@s" is no place of msmail that an address can have;'
          .. ' write "msmail:s"' },
      { "postoffice 'MS:N/P/*' {}",
        'policy.lua:1: postoffice "MS:N/P/*" is no place of MS that an address can have; write'
          .. ' "MS:N/P"' },
      { "postoffice 'GWISE:D' {}",
        'policy.lua:1: postoffice "GWISE:D" is no place of GWISE that an address can have; write'
          .. ' NOTES:DOMAIN, MS:NETWORK/POSTOFFICE, PCM:NETWORK/POSTOFFICE, GWISE:DOMAIN.POSTOFFICE'
          .. ' or MSMAIL:SERVER' },
      { "list 'l' { proxies = { 'a@b.example' }, members = { 'Kim Le' } }\n"
        .. "recipient 'Kim Lee' { proxies = { 'k@b.example' } }",
        'policy.lua:1: list "l": member "Kim Le" is no entry; did you mean "Kim Lee"?' },
      { "recipient 'k' { proxies = { 'a@b.example' }, target = 'nobody I know' }",
        'policy.lua:1: recipient "k": target "nobody I know" is neither the name of an entry nor'
          .. ' an address; entries: k' },
      { "recipient 'k' { proxies = { 'user@domain at internet' } }",
        'policy.lua:1: recipient "k": proxy "user@domain at internet": this could be SMTP or'
          .. ' cc:Mail; for cc:Mail write'
          .. " [CCMAIL:user@domain at postoffice]" },
      { "domain 'a..b' {}",
        'policy.lua:1: domain "a..b" is no domain: a domain label is empty; write domain'
          .. ' "example.com" or domain'
          .. ' "*.example.com"' },
      { "recipient 'k' { proxies = { 'a@b.example' }, target = 'c@d.example', refuse = true }",
        'policy.lua:1: recipient "k": a tombstone has no target; remove target or refuse' },
      { "recipient 'k' { proxies = { 'a@b.example' }, target = 'c@d.example',"
          .. " targets = { 'e@f.example' } }",
        'policy.lua:1: recipient "k" has target and targets; write all of them in targets' },
      { "recipient 'k' { proxies = { 'a@b.example' }, targets = {} }",
        'policy.lua:1: recipient "k": targets is empty; write where its mail goes on to, or'
          .. ' remove it' },
      { "recipient 'k' { proxies = { 'a@b.example' }, keep = true }",
        'policy.lua:1: recipient "k": keep is for a mailbox whose mail goes on, too; add target,'
          .. ' or remove keep' },
      { "recipient 'k' { proxies = { 'a@b.example' }, targets = { 'k', 'nobody I know' } }",
        'policy.lua:1: recipient "k": target "nobody I know" is neither the name of an entry nor'
          .. ' an address; entries: k' },
    }
  end)

  it("holds types against those it knows", function()
    says {
      { "domain 'a.example' { unwrap = { 'EXX' } }",
        'policy.lua:1: domain "a.example": unwrap: the type "EXX" is not known; did you mean'
          .. ' "EX"?' },
      { "rewrite { match = { type = 'SMTP', domian = 'x.example' }, to = 'SMTP:a@y.example' }",
        'policy.lua:1: rewrite: match names the field "domian", which SMTP addresses do not have;'
          .. ' did you mean "domain"?' },
      { "rewrite { match = { type = 'ccmail', colour = 'red' }, to = 'SMTP:a@y.example' }",
        'policy.lua:1: rewrite: match names the field "colour", which CCMAIL addresses do not'
          .. ' have; known: mailbox, postoffice' },
    }
    loads "rewrite { match = { type = 'TELEX', value = '1*' }, to = 'SMTP:a@y.example' }"
    loads "domain 'a.example' { unwrap = { 'TELEX', 'QUUX', 'VMS' } }"
  end)

  it("holds rewrites against what they capture", function()
    says {
      { "rewrite 'SMTP:{user}@a.example' { to = 'SMTP:{usr}@b.example' }",
        'policy.lua:1: rewrite "SMTP:{user}@a.example": to "SMTP:{usr}@b.example" uses {usr},'
          .. ' which the pattern does not'
          .. ' capture; did you mean "user"?' },
      { "rewrite 'SMTP:*@a.example' { to = 'SMTP:*@b.example' }",
        'policy.lua:1: rewrite "SMTP:*@a.example": to "SMTP:*@b.example" holds a wildcard;'
          .. ' capture it in the pattern as'
          .. " {name} and write {name} here" },
      { "rewrite 'SMTP:{a}.{a}@x.example' { to = 'SMTP:{a}@y.example' }",
        'policy.lua:1: rewrite "SMTP:{a}.{a}@x.example" {a} stands twice; give each capture a'
          .. ' name of its own' },
      { "rewrite 'SMTP:{user@x.example' { to = 'SMTP:a@y.example' }",
        'policy.lua:1: rewrite "SMTP:{user@x.example" a { begins a capture such as {user}, a'
          .. ' name of letters, digits and'
          .. " _; for the character itself write \\{" },
      { "rewrite '{user}@x.example' { to = 'SMTP:a@y.example' }",
        'policy.lua:1: rewrite "{user}@x.example" has no type; write "SMTP:{user}@x.example"' },
      { "rewrite 'SMTP:x' { to = 'SMTP:a@y.example' }",
        'policy.lua:1: rewrite "SMTP:x" matches no address: the address has no domain; write'
          .. ' user@domain' },
      { "rewrite 'SMTP:{u}@x.example' { to = 'SMTP:{u}' , at = { 'intrnet' } }\n"
        .. "connector 'internet' { spaces = { 'SMTP:*' } }",
        'policy.lua:1: rewrite "SMTP:{u}@x.example": at: connector "intrnet" is not declared;'
          .. ' did you mean "internet"?' },
    }
  end)

  it("tells what to write where a wildcard stands for other attributes of X.400", function()
    local SPACE = "; leave out the wildcard: attributes that a space does not name may be anything"
    local PATTERN = "; write ... for whatever other attributes there are"
    for _, written in ipairs { "c=us;a= ;p=Org;*", "/c=us/a= /p=Org/*", "c=us;p=Org;{rest};" } do
      local pattern = complaint(("rewrite 'X400:%s' { to = 'a@b.example' }"):format(written))
      assert.equal(PATTERN, pattern:sub(-#PATTERN))
      local space = complaint(("connector 'c' { spaces = { 'X400:%s' } }"):format(
        (written:gsub("{rest}", "*"))))
      assert.equal(SPACE, space:sub(-#SPACE))
    end
    local other = complaint "rewrite 'X400:c=us;x' { to = 'a@b.example' }"
    assert.is_nil(other:find("...", 1, true))
    loads "rewrite 'X400:c=us;a= ;p=Org;...' { to = 'SMTP:a@b.example' } domain 'b.example' {}"
  end)

  it("lists everything that is wrong at once", function()
    local message = complaint [[
domain 'a..b' {}
connector 'c' { spaces = {} }
postoffice 'p' { via = 'q' }]]
    local lines = select(2, message:gsub("\n", "\n")) + 1
    assert.equal(3, lines, message)
  end)
end)

describe("what a script has not", function()
  local lacks = require "postoffice.policy.language.lacks"

  it("is named where a script names it, with what to do instead", function()
    for source, expected in pairs {
      ["local f = io.open('x')"] = "policy.lua:1: a script has no io; people stand in directory {",
      ["\nlocal t = os.time()"] = "policy.lua:2: a script has no os; the time is the envelope's",
      ["require 'x'"] = 'policy.lua:1: a script has no require; include "file.lua" runs a file',
      ["local f = pcall"] = "policy.lua:1: a script has no pcall; what a script raises defers",
      ["math.random(3)"] = "policy.lua:1: a script has no math.random; a policy gives the same",
      ["(''):dump()"] = "policy.lua:1: a script has no string.dump; include",
    } do
      assert.equal(expected, complaint(source):sub(1, #expected))
    end
    local p = loads('connector "out" { nexthop = "x", spaces = { "SMTP:*" } }\n'
      .. "function on.recipient() return os.date() end")
    assert.truthy(p:route("joe@far.example")[1].detail:find("policy.lua:2: a script has no os; ", 1,
      true))
  end)

  it("is none of what it has", function()
    for name, advice in pairs(lacks) do
      local message = complaint("local f = " .. name)
      assert.equal(("policy.lua:1: a script has no %s; %s"):format(name, advice), message)
      assert.is_nil(advice:find "[\n%.]$")
    end
  end)

  it("can be a name of the script's own", function()
    loads("function print(x) return x end\nlocal x = print(1)")
  end)

  it("leaves a misspelt word its near miss", function()
    assert.truthy(complaint('conector "x" {}'):find('did you mean "connector"?', 1, true))
    assert.is_nil(complaint("require 'x'"):find("did you mean", 1, true))
    assert.is_nil(complaint("nothing 'x'"):find("did you mean", 1, true))
    for source, meant in pairs {
      ["rejct()"] = '; did you mean "reject"?', ["tostrin(1)"] = '; did you mean "tostring"?',
      ["space 'x'"] = '; spaces is a field: connector "NAME" { spaces = ... }',
      ["order 'cost'"] = "; order is a field: settings { order = ... }",
      ["whatever 'x'"] = "; words: claim, connector, directory, ",
      ["in_set('a', 's')"] = "; did you mean mail.in_set?", ["date(1)"] = "mean mail.date?",
      ["insert({}, 1)"] = "; did you mean table.insert?", ["mail.dat(1)"] = "mean mail.date?",
    } do
      local message = complaint(source)
      assert.truthy(message:find(meant, 1, true), message)
    end
    local mine = complaint "local t = {} t.unlikely()"
    assert.is_nil(mine:find(";", 1, true), mine)
  end)

  it("is named by its library where Lua's sentence knows its last name alone", function()
    for source, expected in pairs {
      ["mail.foo()"] = "mail.foo; mail has date, decapsulate, encapsulate, equal, ",
      ["local x = mail.foo.bar"] = "mail.foo; mail has date, ",
      ["local s = 'x' .. mail.name"] = "mail.name; mail has date, ",
      ["mail.pars 'x'"] = "mail.pars; did you mean mail.parse?",
      ["table.find 'x'"] = "table.find; did you mean string.find?",
      ["local t = table.pack(1)"] = 'table.pack; write { ... }, and select("#", ...) for how',
      ["table.getn {}"] = "table.getn; write #t",
      ["math.tointeger(2)"] = "math.tointeger; numbers are alike on every Lua here",
      ["('a,b'):split ','"] = "string.split; write for part in text:gmatch",
      ["\nlocal x = string.lowr 'x'"] = "string.lowr; did you mean string.lower?",
    } do
      local message, line = complaint(source), source:find "^\n" and 2 or 1
      expected = ("policy.lua:%d: a script has no %s"):format(line, expected)
      assert.equal(expected, message:sub(1, #expected))
    end
    local p = loads "function on.recipient(a)\nreturn mail.pars(a) end"
    assert.matches("policy.lua:2: a script has no mail.pars; did you mean mail.parse%?$",
      p:route("a@b.example")[1].detail)
  end)

  it("can be looked for, and is no other table's then", function()
    loads "if table.pack or mail.foo or math.type then error 'x' end"
    loads "local pack = table.pack or function(...) return { ... } end pack(1)"
    local message = complaint "local t = { foo = mail.foo }\nt.foo()"
    assert.matches("^policy.lua:2: attempt to call .*foo", message)
    message = complaint("if mail." .. ("x"):rep(100) .. " then end\nlocal t = {} t.foo()")
    assert.matches("^policy.lua:2: attempt to call .*foo", message)
    assert.matches("did you mean mail%?$", complaint "mial.parse 'x'")
    assert.matches("index .*envelop'?.*$", complaint "local x = envelop.size")
  end)

  it("leaves it to those who read of a call that fails, too", function()
    local p = loads 'function on.recipient() return rejct "x" end'
    assert.matches('did you mean "reject"%?$', p:route("a@b.example")[1].detail)
  end)
end)

describe("include", function()
  it("returns what the file returns", function()
    local p = assert(policy.load([[
local domains, make = include "tables"
for _, name in ipairs(domains) do domain(name) { kind = "relay" } end
rewrite "SMTP:{u}@old.example" { to = make }
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
]], { include = function()
      return "return { 'a.example', 'b.example' }, function(a, c) return c.u .. '@a.example' end"
    end }))
    assert.equal("SMTP:joe@a.example", tostring(p:route("joe@old.example")[1].address))
  end)

  local function include(name)
    if name == "people.lua" then return "recipient 'Kim' { proxies = { 'kim@a.example' } }",
      "@people.lua" end
    return nil, "no such file"
  end

  it("declares what another text declares", function()
    local p = assert(policy.load("domain 'a.example' {} include 'people.lua'",
      { include = include }))
    assert.equal("Kim", p:route("kim@a.example")[1].entry)
  end)

  it("of a file reads from the policy's own folder only", function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir -p " .. folder .. "/sub"))
    helper.write(folder .. "/people.lua", "recipient 'Kim' { proxies = { 'kim@a.example' } }")
    helper.write(folder .. "/sub/more.lua", "domain 'a.example' {}")
    local function load(text)
      return policy.loadfile(helper.write(folder .. "/policy.lua", text))
    end
    local p = assert(load "include 'people.lua' include 'sub/more.lua'")
    assert.equal("Kim", p:route("kim@a.example")[1].entry)
    for name, why in pairs {
      ["../people.lua"] = "leaves the policy's folder",
      ["sub/../../x.lua"] = "leaves the policy's folder",
      ["/etc/passwd"] = "absolute path", ["C:\\x.lua"] = "absolute path", ["none.lua"] = "none.lua",
    } do
      local none, message, code = load(("include %q"):format(name))
      assert.is_nil(none)
      assert.truthy(message:find(why, 1, true), message)
      assert.equal("policy-invalid", code)
    end
    os.execute("rm -r " .. folder)
  end)

  it("changes the revision with what it reads", function()
    local text = "x"
    local function revision()
      return assert(policy.load("include 'x'", { include = function()
        return "-- " .. text, "@x"
      end })).revision
    end
    local first = revision()
    assert.equal(first, revision())
    text = "y"
    assert.are_not.equal(first, revision())
  end)

  it("says what it cannot read", function()
    local message = complaint("include 'nobody.lua'", { include = include })
    assert.truthy(message:find("no such file", 1, true), message)
  end)
end)
