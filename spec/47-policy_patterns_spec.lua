--- What `check` says of patterns of sets, and of senders, that others beside them have already.

local helper = require "spec.helper"
local policy = require "postoffice.policy"
local UNICODE = require "postoffice".UNICODE

local WORLD = [[
domain "x.example" {}
recipient "Postmaster" { proxies = { "SMTP:postmaster@x.example" } }
]]

local USED = ' claim \'no set "s" is deferred\''

-- What is said of patterns in a policy, with the severity, and of what.
local function said(source, options)
  options = options or {}
  options.chunkname = "@policy.lua"
  local found, p = {}, assert(policy.load(WORLD .. source, options))
  for _, finding in ipairs(p:check()) do
    if finding.code:find "^pattern%-" then
      found[#found + 1] = ("%s %s %s %s; %s"):format(finding.severity, finding.code, finding.title,
        finding.message, finding.advice)
    end
  end
  p:close()
  return found
end

-- The patterns of a list that are told, in order, each with what has it.
local function told(texts)
  local found = said(("set 's' { %s }"):format(helper.quoted(texts)) .. USED)
  return (found[1] or ""):match ": (.*); [^;]*$" or ""
end

-- The last pattern of each list is told; the others have all of its addresses, if there are more, together.
local COVERED = {
  { "SMTP:*@a.example", "SMTP:joe@a.example" },
  { "SMTP:*@a.example", "SMTP:*@A.EXAMPLE" },
  { "SMTP:Joe@a.example", "SMTP:joe@A.example" },
  { "SMTP:\"joe\"@a.example", "SMTP:joe@a.example" },
  { "SMTP:*@*.a.example", "SMTP:*@*.b.a.example" },
  { "SMTP:*@*.a.example", "SMTP:*@b.a.example" },
  { "SMTP:*@*.a.example", "SMTP:list-*@?.b.a.example" },
  { "SMTP:*@*a.example", "SMTP:*@*.b.a.example" },
  { "SMTP:*", "SMTP:*@*" },
  { "SMTP:*", "SMTP:a{u}b@[192.0.2.1]" },
  { "SMTP:?*@a.example", "SMTP:??*@a.example" },
  { "SMTP:{u}@a.example", "SMTP:a*@a.example" },
  { "SMTP:\\j\\o\\e@a.example", "SMTP:joe@a.example" },
  { "SMTP:?*@*", 'SMTP:""@*', "SMTP:*@a.example" },
  { "SMTP:a@a.*", "SMTP:a?*@*.example", "SMTP:a*@a.example" },
  { "CCMAIL:*", "CCMAIL:* at HQ" },
  { "CCMAIL:* at HQ", "CCMAIL:Joe Doe at hq" },
  { "CCMAIL:Joe Doe at HQ", "CCMAIL:Doe, Joe at HQ" },
  { "X400:c=us;a=*;p=Org;...", "X400:c=us;a= ;p=Org;s=Lee" },
  { "X400:c=us;a= ;...", "X400:c=us;p=Org;s=*;g=*" },
  { "X400:c=us;a=*;p=*;s=*", "X400:c=us;a=att;p=x" },
  { "MS:NET/PO/*", "MS:net/po/JOE" },
  { "PCM:NET/PO/*", "PCM:NET\\\\PO\\\\JOE" },
  { "NOTES:*@ACME", "NOTES:*/Sales@ACME" },
  { "GWISE:DOM.PO.*", "GROUPWISE:Joe.PO.DOM" },
  { "EX:/o=Org/*", "X500:/o=org/ou=Site/cn=joe" },
  { "UUCP:host!*", "UUCP:host!joe" },
  { "FAX:+1 555*", "FAX:+1 555 1234" },
  { "MINE:a*", "MINE:a*b" },
}

if UNICODE then
  table.insert(COVERED, { "SMTP:*@b\195\188ro.example", "SMTP:*@xn--bro-hoa.example" })
end

-- Of these lists nothing is told.
local NEEDED = {
  { "SMTP:*@a.example", "SMTP:joe@b.example", "SMTP:*@*.a.example", "SMTP:*@aa.example" },
  { "SMTP:?*@a.example", 'SMTP:""@a.example' },
  { "SMTP:?@a.example", "SMTP:a*@a.example" },
  { "SMTP:\\*@a.example", "SMTP:joe@a.example" },
  { "SMTP:a@a.*", "SMTP:a??*@*.example", "SMTP:a*@a.example" },
  { "SMTP:?*@*", "SMTP:*@a.example" },
  { "CCMAIL:* at HQ", "CCMAIL:HQ", "SMTP:*@hq" },
  { "CCMAIL:* at *", "CCMAIL:Joe" },
  { "X400:c=us;a=att;...", "X400:c=us;a= ;p=Org;s=Lee" },
  { "X400:c=us;a=att;p=*", "X400:c=us;a=att;p=Org;s=Lee" },
  { "X400:c=us;a= ;p=Org;s=*;g=Kim", "X400:c=us;a=*;p=Org;s=*" },
  { "MS:NET/PO/*", "MS:NET/PO2/JOE", "PCM:NET/PO/JOE" },
  { "NOTES:*@ACME", "NOTES:Joe/Sales" },
  { "GWISE:DOM.PO.*", "GWISE:PO.DOM.Joe", "GROUPWISE:DOM.PO.Joe" },
  { "EX:/o=Org/*", "EX:/o=Organ/cn=joe" },
  { "UUCP:host!*", "UUCP:other!joe" },
  { "MINE:a*", "MINE:b*", "YOURS:ab" },
}

describe("a pattern of a set", function()
  it("is told whose addresses others have, with these", function()
    for _, texts in ipairs(COVERED) do
      local last, by = ('"%s"'):format(texts[#texts]), ('"%s"'):format(texts[1])
      if texts[3] then by = ('%s and "%s"'):format(by, texts[2]) end
      assert.equal(("%s (in %s)"):format(last, by), told(texts))
    end
  end)

  it("that adds somebody is not", function()
    for _, texts in ipairs(NEEDED) do assert.equal("", told(texts), table.concat(texts, " ")) end
  end)

  it("is told wherever the one that has its addresses stands, and the last of those that are equal",
    function()
      assert.equal('"SMTP:joe@a.example" (in "SMTP:*@a.example") and "SMTP:*@A.example" (in'
        .. ' "SMTP:*@a.example")',
        told { "SMTP:joe@a.example", "SMTP:*@a.example", "SMTP:*@A.example" })
    end)

  it("of a file is told by its line; of thousands a few, and how many there are", function()
    local rows = { "SMTP:*@*.bulk.example" }
    for i = 2, 3000 do
      rows[i] = ("SMTP:*@%s%d.%s.example"):format(i % 3 == 0 and "ads" or "mx", i,
        i % 3 == 0 and "bulk" or "far")
    end
    assert.same({
      'note pattern-covered set "s" has 1000 of 3000 patterns whose addresses others have'
        .. ' already: "SMTP:*@ads3.bulk.example" at list:3 (in "SMTP:*@*.bulk.example" at list:1),'
        .. ' "SMTP:*@ads6.bulk.example" at list:6 (in "SMTP:*@*.bulk.example" at list:1),'
        .. ' "SMTP:*@ads9.bulk.example" at list:9 (in "SMTP:*@*.bulk.example" at list:1),'
        .. ' "SMTP:*@ads12.bulk.example" at list:12 (in "SMTP:*@*.bulk.example" at list:1) and'
        .. " 996 more; remove them, if nobody else was meant",
    }, said("set 's' { file = 'list' }" .. USED,
      { read = function() return table.concat(rows, "\n") end }))
  end)

  it("is said to be undecided where code, or too much work, has to say it", function()
    local NOTE = 'note pattern-undecided set "s" has %d of %d patterns of which it is not known'
      .. " whether others have them already: %s; see whether %s needed"
    assert.same({ NOTE:format(1, 2, '"FAX:+1??"', "it is") },
      said("set 's' { 'FAX:+1?*', 'FAX:+1??' }" .. USED))
    local texts = { "SMTP:*@*.a.example", "SMTP:?*@*" }
    for i = 1, 101 do texts[2 + i] = ("SMTP:*@%d*"):format(100 + i) end
    assert.same({ NOTE:format(1, 103, '"SMTP:*@*.a.example"', "it is") },
      said(("set 's' { %s }"):format(helper.quoted(texts)) .. USED))
  end)
end)

describe("a pattern of senders", function()
  local CONNECTOR = 'connector "c" { nexthop = "n", spaces = { "SMTP:*" }, senders = { %s } }'
  local SETS = 'set "partners" { "SMTP:*@a.example", "CCMAIL:* at *" }'
    .. ' set "few" { "SMTP:*@b.example" } '

  it("is told whose addresses others, or sets beside them, have", function()
    local PATTERNS = "note pattern-covered %s has 1 of %d patterns in %s whose addresses others"
      .. " have already: %s; remove it, if nobody else was meant"
    for source, expected in pairs {
      [CONNECTOR:format '"SMTP:*@a.example", "SMTP:joe@a.example", "<>"'] = PATTERNS:format(
        'connector "c"', 2, "senders", '"SMTP:joe@a.example" (in "SMTP:*@a.example")'),
      [SETS .. CONNECTOR:format '"partners", "few", "SMTP:a*@a.example"'] = PATTERNS:format(
        'connector "c"', 1, "senders", '"SMTP:a*@a.example" (in set "partners")'),
      [SETS .. 'recipient "Kim" { proxies = { "k@x.example" }, accept = { "SMTP:joe@b.example",'
        .. ' "few", "Postmaster", "SMTP:joe@a.example" } } '
        .. CONNECTOR:format '"partners"'] = PATTERNS:format('recipient "Kim"', 2, "accept",
        '"SMTP:joe@b.example" (in set "few")'),
      ['list "All" { proxies = { "all@x.example" }, members = { "Postmaster" }, reject = {'
        .. ' "CCMAIL:*", "CCMAIL:Joe at HQ" } }'] = PATTERNS:format('list "All"', 2, "reject",
        '"CCMAIL:Joe at HQ" (in "CCMAIL:*")'),
      [SETS .. CONNECTOR:format '"partners", "few", "SMTP:a*@c.example", "CCMAIL:Joe"'] = false,
      [CONNECTOR:format '"SMTP:*@a.example"'] = false,
    } do
      assert.same({ expected or nil }, said(source), source)
    end
  end)

  it("is told once, where many say the same", function()
    local lines = {}
    for i = 1, 3 do
      lines[i] = ('recipient "p%d" { proxies = { "p%d@x.example" }, accept = { "SMTP:*@a.example",'
        .. ' "SMTP:joe@a.example" }, reject = { "SMTP:*@a.example" } }'):format(i, i)
    end
    local ALIKE = 'note pattern-covered recipient "p1" has%s 1 of 2 patterns in accept whose'
      .. ' addresses others have already: "SMTP:joe@a.example" (in "SMTP:*@a.example"); remove'
      .. " it, if nobody else was meant"
    for count, alike in ipairs { "", ", as does another,", ", as do 2 others," } do
      assert.same({ ALIKE:format(alike) }, said(table.concat(lines, "\n", 1, count)))
    end
  end)
end)
