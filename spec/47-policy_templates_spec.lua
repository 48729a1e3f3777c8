--- The word `templates`, and what a policy proposes by it.
local policy = require "postoffice.policy"
local support = require "spec.60-cli_support"

local POLICY = [[
domain "a.example" {}
recipient "Kim Lee" { proxies = { "SMTP:kim.lee@a.example", "CCMAIL:Lee, Kim at HQ" } }
templates { "SMTP:%g.%s@a.example", "smtp:%1g%s@a.example", "CCMAIL:at HQ" }
]]

-- What is proposed for a person: address or code, by template.
local function proposed(p, person)
  local list = {}
  for i, row in ipairs(assert(p:propose(person))) do list[i] = row.address or row.code end
  return list
end

describe("templates", function()
  it("propose what nobody in the directory has", function()
    local p = assert(policy.load(POLICY))
    assert.same({ "SMTP:Kim.Lee2@a.example", "smtp:KLee@a.example", "CCMAIL:Lee, Kim1 at HQ" },
      proposed(p, { given = "Kim", surname = "Lee", display = "Kim Lee (Paris)" }))
    assert.same({ "SMTP:Kim.Lee@a.example", "smtp:KLee@a.example", "CCMAIL:Lee, Kim at HQ" },
      proposed(p, { given = "Kim", surname = "Lee" })) -- who is Kim Lee, and has them already
  end)

  it("remember what they gave where one proposer does it", function()
    local proposer = assert(policy.load(POLICY)):proposer()
    local ann = { given = "Ann", surname = "Fox" }
    assert.equal("SMTP:Ann.Fox@a.example", proposer:propose(ann)[1].address)
    ann.name = "another Ann"
    local row = proposer:propose(ann)[1]
    assert.equal("SMTP:Ann.Fox2@a.example", row.address)
    assert.equal("SMTP:Ann.Fox@a.example is Ann Fox's; so with the number 2", row.because)
  end)

  it("tell people of one name apart by their aliases, or by what the host says", function()
    local proposer = assert(policy.load(POLICY)):proposer()
    local function address_of(person)
      person.given, person.surname = "Kim", "Lee"
      return proposer:propose(person)[1].address
    end
    assert.equal("SMTP:Kim.Lee@a.example", address_of { alias = "kim" }) -- the directory's
    assert.equal("SMTP:Kim.Lee2@a.example", address_of { alias = "kim2" })
    assert.equal("SMTP:Kim.Lee@a.example", address_of { alias = "KIM" })
    assert.equal("SMTP:Kim.Lee3@a.example", address_of {})
    assert.equal("SMTP:Kim.Lee4@a.example", address_of { id = 4 })
    assert.equal("SMTP:Kim.Lee2@a.example", address_of { alias = "kim2" })
  end)

  it("say that there are none", function()
    local rows, _, code = assert(policy.load 'domain "a.example" {}'):propose { given = "Kim" }
    assert.is_nil(rows)
    assert.equal("templates-missing", code)
  end)

  it("take their options", function()
    local p = assert(policy.load [[
      domain "a.example" {}
      recipient "Old" { proxies = { "SMTP:jorg@a.example" } }
      templates { "SMTP:%g@a.example", umlauts = "nordic", collisions = "alias" }
    ]])
    assert.same({ "SMTP:jm2@a.example" }, proposed(p, { given = "Jörg", alias = "jm" }))
  end)

  it("do not load where they are wrong", function()
    for _, case in ipairs {
      { "templates {}", 'templates has no templates; add templates = { "SMTP:%g.%s@example.com"' },
      { 'templates { "SMTP:%g.%x@a.example" }', 'templates: "SMTP:%g.%x@a.example": behind a %' },
      { 'templates { "SMTP:%g.%x@a.example" }', "at byte 9" },
      { 'templates { "x" }', "a template begins with the type" },
      { "templates { 1 }", "templates[1] has to be a text, not 1" },
      { 'templates { "SMTP:@a.example", colisions = "alias" }', 'did you mean "collisions"?' },
      { 'templates { "SMTP:@a.example", collisions = "x" }', 'collisions cannot be "x"' },
      { 'templates { "SMTP:@a.example" }\ntemplates { "SMTP:@b.example" }',
        "policy:2: templates: templates are declared at policy:1" },
      { 'templates "x" { "SMTP:@a.example" }', "takes no name" },
    } do
      local p, message = policy.load(case[1])
      assert.is_nil(p)
      assert.truthy(message:find(case[2], 1, true), message)
    end
  end)

  it("stay in a snapshot", function()
    support.with_file("", function(path)
      assert(policy.load(POLICY)):save(path)
      local p = assert(policy.loadfile(path, { verify = true }))
      assert.equal("smtp:KLee@a.example", proposed(p, { given = "Kim", surname = "Lee" })[2])
    end)
  end)
end)

describe("spaces", function()
  it("are those of all connectors, as a routing table has them", function()
    local exchange = require "postoffice.exchange"
    local p = assert(policy.load [[
      connector "Internet" { nexthop = "internet", spaces = { "SMTP:*", { "FAX:", cost = 5 } } }
      connector "Frisco" { nexthop = "frisco", spaces = { "X400:c=GB;a=TMAILUK;p=*", "SMTP:*" } }
    ]])
    assert.equal("FAX,;,5,Internet,\nSMTP,*;,1,Internet,Frisco,\n"
      .. "X400,c=GB;a=TMAILUK;p=*,1,Frisco,\n", exchange.format_gwart(p:spaces()))
  end)
end)

describe("the command proxies", function()
  -- Runs it on people, by the policy.
  local function run(people, ...)
    local arguments = { "proxies", ... }
    local status, output, errors
    support.with_file(POLICY, function(path)
      table.insert(arguments, 2, "--policy=" .. path)
      status, output, errors = support.run(arguments, { input = people })
    end)
    return status, output, errors
  end

  local PEOPLE = "Display Name,First Name,Last name,Alias\n"
    .. "Ann Fox,Ann,Fox,af\nAnn Fox (2),Ann,Fox,af2\nBob,Bob,,bob\n,,,\n"

  it("prints a name and an address a line", function()
    local status, output, errors = run(PEOPLE)
    assert.same({ 0, "" }, { status, errors })
    assert.equal("Ann Fox\tSMTP:Ann.Fox@a.example\nAnn Fox\tsmtp:AFox@a.example\n"
      .. "Ann Fox\tCCMAIL:Fox, Ann at HQ\nAnn Fox (2)\tSMTP:Ann.Fox2@a.example\n"
      .. "Ann Fox (2)\tsmtp:AFox2@a.example\nAnn Fox (2)\tCCMAIL:Fox, Ann1 at HQ\n"
      .. "Bob\tSMTP:Bob@a.example\nBob\tsmtp:B@a.example\nBob\tCCMAIL:Bob at HQ\n", output)
  end)

  it("gives nobody what somebody of the same name has in a row before", function()
    for _, case in ipairs {
      { "given,sn\nAnn,Fox\nAnn,Fox\n", "Ann.Fox Ann.Fox2" },
      { "name,given,sn,alias\nAnn,Ann,Fox,a\nAnn,Ann,Fox,b\nAnn,Ann,Fox,A\n",
        "Ann.Fox Ann.Fox2 Ann.Fox" },
    } do
      local _, output = run(case[1])
      local names = {}
      for name in output:gmatch "\tSMTP:([^@]*)@" do names[#names + 1] = name end
      assert.equal(case[2], table.concat(names, " "))
    end
  end)

  it("reads people in UTF-16", function()
    local wide = "\255\254" .. ("given,sn\r\nAnn,Fox\r\n"):gsub(".", "%0\0")
    local status, output = run(wide)
    assert.equal(0, status)
    assert.truthy(output:find("Ann Fox\tSMTP:Ann.Fox@a.example\n", 1, true), output)
  end)

  it("says how they came about", function()
    local _, output = run(PEOPLE, "--explain")
    assert.truthy(output:find("\nAnn Fox (2)\tSMTP:Ann.Fox2@a.example\tSMTP:Ann.Fox@a.example is"
      .. " Ann Fox's; so with the number 2\n", 1, true))
    _, output = run("name,given\nAnn,Ann\n", "--json")
    assert.equal('{"name":"Ann","address":"SMTP:Ann@a.example","template":"SMTP:%g.%s@a.example",'
      .. '"how":"template","because":"as the template says","file":"standard input","line":2}',
      output:match "[^\n]+")
  end)

  it("says who gets none", function()
    local status, output, errors = run("alias\nkim\n")
    assert.same({ 1, "" }, { status, output })
    assert.equal('postoffice: standard input:2: "kim, SMTP:%g.%s@a.example": the person has none of'
      .. " the names that the template asks for (template-nobody)", errors:match "[^\n]+")
  end)

  it("ends where nobody can be read", function()
    local status, _, errors = run "a,b\n1,2\n"
    assert.equal(2, status)
    assert.truthy(errors:find("no column of names that is known", 1, true))
    status, _, errors = run 'alias\n"kim'
    assert.equal(1, status)
    assert.truthy(errors:find("standard input:2:1: a quote that is never closed", 1, true), errors)
    support.with_file('domain "a.example" {}', function(path)
      local arguments = { "proxies", "--policy=" .. path }
      status, _, errors = support.run(arguments, { input = "alias\nkim\n" })
    end)
    assert.equal(78, status)
    assert.truthy(errors:find("the policy has no templates", 1, true))
  end)
end)
