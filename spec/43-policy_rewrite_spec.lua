local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

--- What the first rule that matches makes of an address, as text, and the rule.
local function rewritten(p, address)
  local made, rule = p:rewrite(address)
  return made and postoffice.format(made), rule
end

--- Each case: an address, and what a policy of this one rule makes of it.
local function makes(rule, cases)
  local p = load(rule)
  for _, case in ipairs(cases) do
    assert.equal(case[2], (rewritten(p, case[1])), rule .. " on " .. case[1])
  end
end

describe("a rewrite pattern", function()
  it("counts characters, and captures whole ones", function()
    makes([[rewrite "SMTP:?@x.example" { to = "SMTP:one@y.example" }]], {
      { "\195\169@x.example", "SMTP:one@y.example" },
      { "e@x.example", "SMTP:one@y.example" },
      { "\195\169e@x.example", "SMTP:\195\169e@x.example" },
    })
    makes([[rewrite "SMTP:{a}{b}@two.example" { to = "SMTP:{b}.{a}@y.example" }]], {
      { "\195\169a@two.example", "SMTP:a.\195\169@y.example" },
      { "a\195\169@two.example", "SMTP:\195\169.a@y.example" },
      { "\240\159\152\128\228\184\173z@two.example",
        "SMTP:\228\184\173z.\240\159\152\128@y.example" },
      { "\195\169@two.example", "SMTP:\195\169@two.example" },
    })
    makes([[rewrite "SMTP:\\\195\169{u}@x.example" { to = "SMTP:{u}@y.example" }]], {
      { "\195\169a@x.example", "SMTP:a@y.example" },
    })
  end)

  it("loses none of its captures, and says at load how many there can be", function()
    local letters = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWX"
    local names, back = {}, {}
    for i = 1, 60 do
      names[i] = "{v" .. i .. "}"
      back[61 - i] = names[i]
    end
    local rule = 'rewrite "FAX:%s" { to = "FAX:%s" }'
    makes(rule:format(table.concat(names), table.concat(back)), {
      { "FAX:" .. letters, "FAX:" .. letters:reverse() },
    })
    local _, message = policy.load(rule:format(table.concat(names) .. "*", "{v1}"))
    assert.truthy(message:find("has 61 wildcards; at most 60 can be told apart", 1, true), message)
  end)

  it("is told with what it captured", function()
    local p = load [[
      rewrite "SMTP:{user}.{name}@a.example" { to = "SMTP:{name}@b.example" }
      rewrite {
        match = function(a) return a.domain == "c.example" and { [1] = "x", n = 2, u = "kim" } end,
        to = function() return "SMTP:kim@b.example" end,
      }
      rewrite "SMTP:kim@d.example" { to = "SMTP:kim@b.example" }
    ]]
    for to, told in pairs {
      ["kim.lee@a.example"] = "rewritten with name = lee, user = kim to SMTP:lee@b.example",
      ["kim@c.example"] = "rewritten with n = 2, u = kim to SMTP:kim@b.example",
      ["kim@d.example"] = "rewritten to SMTP:kim@b.example",
    } do
      local text = tostring(p:explain(to)):gsub("%s+", " ")
      assert.truthy(text:find(told, 1, true), text)
    end
    p:close()
  end)

  it("that makes the same of an address is an exception from those after it", function()
    local rules = [[
      domain "legal.fab.example" { catchall = "SMTP:clerk@far.example" }
      rewrite "SMTP:{u}@legal.fab.example" { to = "SMTP:{u}@legal.fab.example" }
      rewrite "SMTP:{u}@out.fab.example" { to = function(a) return a end }
      rewrite "SMTP:{u}@skipped.fab.example" { to = function() return nil end }
      rewrite "SMTP:{u}@*.fab.example" { to = "SMTP:{u}@contoso.example" }
      connector "c" { spaces = { "SMTP:*" } }
    ]]
    local p = load(rules)
    for to, address in pairs {
      ["kim@sales.fab.example"] = "SMTP:kim@contoso.example",
      ["Kim@out.fab.example"] = "SMTP:Kim@out.fab.example",
      ["kim@skipped.fab.example"] = "SMTP:kim@contoso.example",
      ["kim@legal.fab.example"] = "SMTP:clerk@far.example", -- nobody's, as ever
    } do
      assert.equal(address, postoffice.format(p:route(to)[1].address), to)
    end
    local told = tostring(p:explain "kim@legal.fab.example"):gsub("%s+", " ")
    assert.truthy(told:find("rewrite SMTP:{u}@legal.fab.example makes the same of it, so no rewrite"
      .. " after it is tried", 1, true), told)
    p:close()
    p = load((rules:gsub('catchall = %b""', "")))
    assert.equal("recipient-unknown", p:route("kim@legal.fab.example")[1].code)
    told = tostring(p:explain "kim@legal.fab.example"):gsub("%s+", " ")
    assert.truthy(told:find("nobody here has it recipient-unknown", 1, true), told)
    told = tostring(p:explain "kim@far.example"):gsub("%s+", " ")
    assert.truthy(told:find("nobody here has it, no rewrite matches", 1, true), told)
    p:close()
  end)

  it("is matched field by field, without case, and keeps the case of what it captures", function()
    makes([[rewrite "SMTP:{user}@old.example" { to = "SMTP:{user}@new.example" }]], {
      { "Joe.Doe@OLD.example", "SMTP:Joe.Doe@new.example" },
      { "joe@very.old.example", "SMTP:joe@very.old.example" },
      { "joe@old.example.com", "SMTP:joe@old.example.com" },
    })
    makes([[rewrite "SMTP:sales-{who}@{host}.old.example" {
      to = "SMTP:{who}.{host}@new.example" }]], {
      { "Sales-Joe@a.b.old.example", "SMTP:Joe.a.b@new.example" },
      { "sales-@a.old.example", "SMTP:sales-@a.old.example" },
    })
    makes([[rewrite "SMTP:{first}.{last}@*" { to = "CCMAIL:{last}, {first} at HQ" }]], {
      { "kim.lee@anything.example", "CCMAIL:lee, kim at HQ" },
    })
    makes([[rewrite "CCMAIL:{last}, {first} at HQ" { to = "SMTP:{first}.{last}@new.example" }]], {
      { "CCMAIL:Lee, Kim at hq", "SMTP:Kim.Lee@new.example" },
      { "CCMAIL:Lee, Kim at HQ2", "CCMAIL:Lee, Kim at HQ2" },
    })
    makes([[rewrite "SMTP:x?z@a.example" { to = "SMTP:one@a.example" }]], {
      { "xyz@a.example", "SMTP:one@a.example" }, { "xyyz@a.example", "SMTP:xyyz@a.example" },
    })
  end)

  it("cannot be broken out of by what it captured", function()
    makes([[rewrite "CCMAIL:{name} at internet" { to = "SMTP:{name}@gw.example" }]], {
      { "CCMAIL:user@evil.example at internet", [[SMTP:"user@evil.example"@gw.example]] },
      { "CCMAIL:a b at internet", [[SMTP:"a b"@gw.example]] },
      { [[CCMAIL:a"b at internet]], [[SMTP:"a\"b"@gw.example]] },
    })
    makes([[rewrite "SMTP:{user}@a.example" { to = "SMTP:{user}@b.example" }]], {
      { [["john smith"@a.example]], [[SMTP:"john smith"@b.example]] },
    })
    local p = load [[rewrite "SMTP:{user}@a.example" { to = "CCMAIL:{user} at HQ" }]]
    local delivery = p:route([["x at internet"@a.example]])[1]
    assert.are_not.equal("internet", delivery.address.postoffice)
  end)

  it("may be the whole address", function()
    makes([[rewrite "FAX:{number}" { to = "SMTP:{number}@fax.example" }]], {
      { "[FAX:12345]", "SMTP:12345@fax.example" },
    })
    makes([[rewrite "SMTP:{all}" { to = "CCMAIL:{all} at internet" }]], {
      { "joe@x.example", "CCMAIL:joe@x.example at internet" },
    })
    makes([[rewrite "TELEX:{address}" { to = "SMTP:{address}" }]], { { "TELEX:a@b.example",
      "SMTP:a@b.example" } })
    makes([[rewrite "EX:*" { to = "SMTP:nobody@here.example" }]], {
      { "X500:/o=Org/cn=x", "SMTP:nobody@here.example" },
    })
  end)

  it("makes any character literal behind a backslash, and % is a letter", function()
    makes([[rewrite "SMTP:a\\*b@x.example" { to = "SMTP:star@x.example" }]], {
      { "a*b@x.example", "SMTP:star@x.example" }, { "aab@x.example", "SMTP:aab@x.example" },
    })
    makes([[rewrite "SMTP:a\\{b\\}@x.example" { to = "SMTP:c\\{d@x.example" }]], {
      { "a{b}@x.example", "SMTP:c{d@x.example" },
    })
    makes([[rewrite "SMTP:{user}%{host}@gw.example" { to = "SMTP:{user}@{host}" }]], {
      { "joe%x.example@gw.example", "SMTP:joe@x.example" },
    })
  end)

  it("may be a table of fields, or a function", function()
    makes([[rewrite { match = { type = "SMTP", domain = "*.old.example" },
      to = "SMTP:all@new.example" }]], {
      { "joe@a.old.example", "SMTP:all@new.example" }, { "joe@old.example",
        "SMTP:joe@old.example" },
    })
    makes([[rewrite { match = { type = "SMTP", localpart = "{u}", domain = "old.example" },
      to = "SMTP:{u}@n.example" }]], {
      { "joe@old.example", "SMTP:joe@n.example" },
    })
    makes([[rewrite { match = function(a) return a.type == "SMTP" and #a.localpart > 5 end,
      to = function(a) return "SMTP:" .. a.localpart:sub(1, 5) .. "@" .. a.domain end }]], {
      { "christopher@x.example", "SMTP:chris@x.example" }, { "kim@x.example",
        "SMTP:kim@x.example" },
    })
    makes([[rewrite "SMTP:{user}@a.example" { to = function(address, captured)
      if captured.user ~= "root" then return "SMTP:" .. captured.user .. "@b.example" end
    end }]], { { "joe@a.example", "SMTP:joe@b.example" }, { "root@a.example",
      "SMTP:root@a.example" } })
  end)

  it("that a function matches without a word gives no captures, but a table of them", function()
    makes([[rewrite { match = function(a) return a.type == "SMTP" end,
      to = function(_, captures) return "SMTP:" .. type(captures) .. "@y.example" end }]], {
      { "kim@x.example", "SMTP:table@y.example" },
    })
  end)

  it("that makes what is no address refuses the mail, and says so", function()
    local p = load [[rewrite "CCMAIL:{n} at internet" { to = "SMTP:{n}" }]]
    local delivery = p:route("CCMAIL:Kim Lee at internet")[1]
    assert.equal("reject", delivery.verdict)
    assert.equal("5.1.3", delivery.status)
    assert.equal("policy.lua:1", delivery.rule)
  end)
end)

describe("rewriting", function()
  it("tries rules in file order, behind the directory, and looks the result up", function()
    local p = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
recipient "Old" { proxies = { "kim@old.example" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@here.example" }
rewrite "SMTP:joe@old.example" { to = "SMTP:kim@here.example" }
rewrite "SMTP:{u}@older.example" { to = "SMTP:{u}@old.example" }
]]
    assert.equal("Old", p:route("kim@old.example")[1].entry)
    assert.equal("recipient-unknown", p:route("joe@old.example")[1].code)
    assert.equal("Old", p:route("kim@older.example")[1].entry)
    assert.same({ "SMTP:joe@here.example", "policy.lua:4" }, { rewritten(p, "joe@old.example") })
  end)

  it("ends: a rule fires once for each address", function()
    local p = load [[
rewrite "SMTP:{u}@a.example" { to = "SMTP:x{u}@a.example" }
connector "out" { spaces = { "SMTP:*" } }
]]
    assert.equal("SMTP:xjoe@a.example", tostring(p:route("joe@a.example")[1].address))
  end)

  it("may fire again while that shortens the address, and ten times else", function()
    local p = load [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
rewrite "SMTP:x{u}@here.example" { to = "SMTP:{u}@here.example", again = true }
rewrite "SMTP:{u}@grow.example" { to = "SMTP:y{u}@grow.example", again = true }
]]
    assert.equal("Kim", p:route(("x"):rep(20) .. "kim@here.example")[1].entry)
    local delivery = p:route("a@grow.example")[1]
    assert.same({ "route-loop", "rewritten 10 times without getting shorter", "policy.lua:4" },
      { delivery.code, delivery.detail, delivery.rule })
    p = load [[
rewrite "SMTP:{number}@count.example" { again = true, -- as long as before is no shorter
  to = function(_, bound) return ("%d@count.example"):format(bound.number + 1) end }
]]
    assert.equal("rewritten 10 times without getting shorter",
      p:route("100@count.example")[1].detail)
  end)

  it("that comes back to where it was is a loop", function()
    local p = load [[
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@b.example" }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@a.example" }
]]
    local delivery = p:route("joe@a.example")[1]
    assert.equal("route-loop", delivery.code)
    assert.equal("SMTP:joe@a.example > SMTP:joe@b.example > SMTP:joe@a.example", delivery.detail)
  end)

  it("by a function that fails defers that recipient alone", function()
    local p = load [[
rewrite { match = function(a) return a.localpart.x.y end, to = "SMTP:a@b.example" }
connector "out" { spaces = { "CCMAIL:*" } }
]]
    assert.equal("policy-error", p:route("joe@a.example")[1].code)
  end)

  it("fires once for an address, and again for what an entry goes on to", function()
    local p = load [[
domain "here.example" {}
domain "old.example" {}
list "Team" { proxies = { "team@here.example" }, members = { "SMTP:kim@old.example" } }
recipient "Kim" { proxies = { "kim@here.example" } }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@here.example" }
rewrite "SMTP:{u}@x.example" { to = "SMTP:{u}@y.example" }
rewrite "SMTP:{u}@y.example" { to = "SMTP:{u}@x.example" }
]]
    assert.equal("Kim", p:route("team@here.example")[1].entry)
    assert.equal("Kim", p:route("team@old.example")[1].entry)
    assert.equal("route-loop", p:route("joe@x.example")[1].code)
  end)
end)

describe("a rewrite of X.400 addresses", function()
  it("takes those without an ADMD, where others name one", function()
    local p = load [[
rewrite "X400:c=us;a= ;p=Org;s={u}" { to = "SMTP:{u}@blank.example" }
rewrite "X400:c=us;a=x;p=Org;s={u}" { to = "SMTP:{u}@x.example" }
rewrite "X400:c=us;a=y;p=Org;s={u}" { to = "SMTP:{u}@y.example" }
]]
    for text, domain in pairs {
      ["X400:c=us;a= ;p=Org;s=Lee"] = "blank", ["X400:c=us;p=Org;s=Lee"] = "blank",
      ["X400:c=us;a=x;p=Org;s=Lee"] = "x", ["X400:c=us;a=Y;p=Org;s=Lee"] = "y",
    } do
      assert.equal(("SMTP:Lee@%s.example"):format(domain), tostring(p:rewrite(text)), text)
    end
  end)
end)

describe("mail.matches", function()
  it("answers as rewrites match", function()
    local p = load [[
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address)
  local bound = mail.matches(address, "SMTP:{user}@{host}.dyn.example")
  if bound then return bound.user .. "@" .. bound.host .. ".example" end
end
]]
    assert.equal("SMTP:joe@pc7.example", tostring(p:route("joe@pc7.dyn.example")[1].address))
    assert.equal("SMTP:joe@else.example", tostring(p:route("joe@else.example")[1].address))
  end)

  it("raises on a bad pattern, so that no rule is one that never fires", function()
    for pattern, advice in pairs { ["*@spam.example"] = "SMTP:*@spam.example", [""] = "SMTP:*" } do
      local p = load(([[
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address, envelope)
  if mail.matches(envelope.sender, "%s") then return reject "no" end
end
]]):format(pattern))
      local delivery = p:route("joe@x.example", { sender = "eve@spam.example" })[1]
      assert.same({ "defer", "policy-error", "4.3.0" },
        { delivery.verdict, delivery.code, delivery.status })
      assert.equal(('policy.lua:3: mail.matches: the pattern "%s" has no type; write "%s"')
        :format(pattern, advice), delivery.detail)
    end
  end)

  it("raises on a type that is a slip of the key, unless the policy means it", function()
    local EVENT = [[
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address)
  if mail.matches(address, "%s:*") then return reject "no" end
end
]]
    for type_name, detail in pairs {
      SMPT = 'policy.lua:3: mail.matches: the pattern "SMPT:*" is of the type "SMPT", which is not'
        .. ' known; did you mean "SMTP"?; if this type is meant, write settings { types = {'
        .. ' "SMPT" } }',
      smtp = false, PIPE = false, TELEX = false,
    } do
      local delivery = load(EVENT:format(type_name)):route("joe@x.example")[1]
      assert.equal(detail, delivery.detail or false)
    end
    for _, meant in ipairs {
      'settings { types = { "SMPT" } }', 'connector "b" { speaks = "SMPT", spaces = { "SMPT:*" } }',
    } do
      local p = load(meant .. "\n" .. EVENT:format "SMPT")
      assert.equal("out", p:route("joe@x.example")[1].connector)
    end
  end)

  it("says what is wrong with an address", function()
    local p = load [[
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address)
  local bound, message = mail.matches("a@b..example", "SMTP:*")
  return reject(tostring(bound) .. ", " .. message)
end
]]
    assert.equal("nil, a domain label is empty", p:route("joe@x.example")[1].message)
  end)

  it("raises on an address that is longer than any that is routed, as mail.in_set does", function()
    for count, code in pairs { [8192] = false, [8193] = "policy-error" } do
      for _, call in ipairs { 'mail.matches(text, "SMTP:*")', 'mail.in_set(text, "s")' } do
        local p = load(([[
set "s" { "SMTP:*@a.example" }
connector "out" { spaces = { "SMTP:*" } }
function on.recipient(address)
  local text = ("x"):rep(%d) .. "@x"
  if %s then return address end
end]]):format(count - 2, call))
        local delivery = p:route("joe@x.example")[1]
        assert.equal(code, delivery.code or false)
        if code then
          assert.equal(("policy.lua:5: %s: an address of 8193 bytes; 8192 are the most"):format(
            call:match "^[%w._]+"), delivery.detail)
        end
      end
    end
  end)
end)

describe("a rule that works both ways", function()
  local p = load [[
domain "internal.example" {}
recipient "Kim" { proxies = { "kim@internal.example", "kim@public.example" } }
recipient "Joe" { proxies = { "joe@internal.example" } }
rewrite "SMTP:{user}@public.example" {
  to = "SMTP:{user}@internal.example", both = true, at = { "internet" },
}
connector "internet" { spaces = { "SMTP:*" } }
connector "branch"   { spaces = { "SMTP:*@branch.example" } }
]]

  local function sender(from, to)
    return tostring(p:route(to or "x@far.example", { sender = from })[1].sender)
  end

  it("turns senders back, for its connectors", function()
    assert.equal("Joe", p:route("joe@public.example")[1].entry)
    assert.equal("SMTP:Joe@public.example", sender "Joe@internal.example")
    assert.equal("SMTP:Joe@internal.example", sender("Joe@internal.example", "x@branch.example"))
    assert.equal("SMTP:joe@else.example", sender "joe@else.example")
    assert.equal("", p:route("x@far.example", { sender = "<>" })[1].sender.localpart)
  end)

  it("turns senders back to what a function may bring back, which nobody knows", function()
    local q = load [[
rewrite "SMTP:{user}@public.example" { to = function() return "all@internal.example" end }
rewrite "SMTP:{user}@public.example" { to = "SMTP:{user}@internal.example", both = true }
connector "internet" { spaces = { "SMTP:*" } }
]]
    local delivery = q:route("x@far.example", { sender = "joe@internal.example" })[1]
    assert.equal("SMTP:joe@public.example", tostring(delivery.sender))
  end)

  local function refused(source)
    local none, message, code = policy.load(source, { chunkname = "@policy.lua" })
    assert.is_nil(none)
    return message, code
  end

  it("needs a way back", function()
    for source, expected in pairs {
      ["rewrite 'SMTP:{u}@a.example' { to = 'SMTP:all@b.example', both = true }"] =
        'policy.lua:1: rewrite "SMTP:{u}@a.example": both: the pattern captures {u}, which to'
          .. ' does not'
        .. " use; without it there is no way back",
      ["rewrite 'SMTP:{u}@*.example' { to = 'SMTP:{u}@b.example', both = true }"] =
        'policy.lua:1: rewrite "SMTP:{u}@*.example": both: the pattern holds a wildcard without'
          .. ' a name;'
        .. " write {name}, so that there is a way back",
      ["rewrite 'SMTP:{u}@a.example' { to = function() end, both = true }"] =
        'policy.lua:1: rewrite "SMTP:{u}@a.example": both needs a pattern and a text in to; a'
          .. ' function'
        .. " or a table of fields has no inverse",
      ["connector 'c' { spaces = { 'SMTP:*' } }\nrewrite 'SMTP:{u}@a.example' { to ="
        .. " 'SMTP:{u}@b.example', at = { 'c' } }"] =
        'policy.lua:2: rewrite "SMTP:{u}@a.example": at says where senders are rewritten back;'
          .. ' add both'
        .. " = true",
    } do
      assert.equal(expected, (refused(source)))
    end
  end)

  it("is refused where two addresses would become one, whatever field tells of it", function()
    local same = select(2, policy.load [[
rewrite "SMTP:{d}@a.example" { to = "SMTP:postmaster@{d}.example", both = true }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@x.example", both = true }]])
    assert.matches("makes the same addresses as the rewrite at policy:1, such as"
      .. " SMTP:postmaster@x.example, so", same, 1, true)
    same = select(2, policy.load [[
rewrite "SMTP:{n}@a.example" { to = "TELEX:{n}", both = true }
rewrite "SMTP:{n}@b.example" { to = "TELEX:{n}", both = true }]])
    assert.matches("makes the same addresses as the rewrite at policy:1, so", same, 1, true)
  end)

  it("is refused for each that makes another's addresses", function()
    local all = select(2, policy.load [[
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@x.example", both = true }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@x.example", both = true }
rewrite "SMTP:{u}@c.example" { to = "SMTP:{u}@y.example", both = true }
rewrite "SMTP:{u}@d.example" { to = "SMTP:{u}@y.example", both = true }]])
    assert.matches("rewrite at policy:1, such as", all, 1, true)
    assert.matches("rewrite at policy:3, such as", all, 1, true)
  end)

  it("is refused where two addresses would become one", function()
    local message, code = refused [[
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@c.example", both = true }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example", both = true }
]]
    assert.equal("rewrite-not-injective", code)
    assert.equal('policy.lua:2: rewrite "SMTP:{u}@b.example": both: it makes the same addresses'
      .. ' as the'
      .. " rewrite at policy.lua:1, such as SMTP:x@c.example, so no sender could be told back;"
      .. " leave out both, and say by rewrite_sender under which name they go out; or list these"
      .. " people as recipients, with"
      .. ' both addresses as proxies, and set outbound = "primary"', message)
    message, code = refused [[
rewrite "SMTP:{u}@public.example" { to = "SMTP:{u}@internal.example", both = true }
recipient "Joe" { proxies = { "joe@public.example" } }
recipient "Other Joe" { proxies = { "joe@internal.example" } }
]]
    assert.equal("rewrite-not-injective", code)
    assert.truthy(message:find('"Joe" has SMTP:joe@public.example at policy.lua:2, and the sender'
      .. " SMTP:joe@internal.example would become that", 1, true), message)
  end)

  it("is not where images or connectors are apart", function()
    load [[
connector "x" { spaces = { "SMTP:*" } }
connector "y" { spaces = { "SMTP:*" } }
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@c.example", both = true, at = { "x" } }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example", both = true, at = { "y" } }
rewrite "SMTP:a{u}@d.example" { to = "SMTP:a.{u}@e.example", both = true }
rewrite "SMTP:b{u}@d.example" { to = "SMTP:b.{u}@e.example", both = true }
rewrite "SMTP:{u}@{h}.f.example" { to = "SMTP:{u}@{h}.g.example", both = true }
]]
    local _, code = refused [[
rewrite "SMTP:{u}@d.example" { to = "SMTP:{u}.x@e.example", both = true }
rewrite "SMTP:b{u}@f.example" { to = "SMTP:b{u}@e.example", both = true }
]]
    assert.equal("rewrite-not-injective", code)
    for _, at in ipairs {
      { "", ', at = { "x" }' }, { ', at = { "x" }', "" }, { ', at = { "x" }', ', at = { "X" }' },
    } do
      code = select(2, refused(([[
connector "x" { spaces = { "SMTP:*" } }
rewrite "SMTP:{u}@a.example" { to = "SMTP:{u}@c.example", both = true%s }
rewrite "SMTP:{u}@b.example" { to = "SMTP:{u}@c.example", both = true%s }
]]):format(at[1], at[2]))) -- one that is for all connectors meets every other
      assert.equal("rewrite-not-injective", code)
    end
  end)
end)

describe("functions in rewrites", function()
  it("see the envelope", function()
    local p = load [[
connector "out" { spaces = { "SMTP:*" } }
rewrite { match = function(_, envelope) return envelope.size and envelope.size > 10 end,
  to = function(_, _, envelope) return envelope.sender end }
]]
    local envelope = { size = 11, sender = "joe@far.example" }
    assert.equal("SMTP:joe@far.example", tostring(p:route("x@y.example", envelope)[1].address))
    assert.equal("SMTP:x@y.example", tostring(p:route("x@y.example", { size = 1 })[1].address))
  end)
end)

describe("patterns of types with attributes", function()
  it("match the attributes they name", function()
    makes([[rewrite "X400:c=US;a=MCI;p=Org;s={last};g={first}" {
      to = "SMTP:{first}.{last}@o.example" }]], {
      { "X400:g=Kim;s=Lee;p=org;a=mci;c=us", "SMTP:Kim.Lee@o.example" },
      { "X400:g=Kim;s=Lee;p=else;a=mci;c=us", "X400:c=us;a=mci;p=else;s=Lee;g=Kim;" },
    })
    makes([[rewrite "SMTP:{first}.{last}@o.example" {
      to = "X400:c=US;a=MCI;p=Org;s={last};g={first}" }]], {
      { "kim.lee@o.example", "X400:c=US;a=MCI;p=Org;s=lee;g=kim;" },
    })
  end)

  it("of cc:Mail leave the post office out only where the address does", function()
    makes([[rewrite "CCMAIL:Kim {last}" { to = "SMTP:{last}@h.example" }]], {
      { "CCMAIL:Kim Lee", "SMTP:Lee@h.example" },
      { "CCMAIL:Kim Lee at HQ", "CCMAIL:Kim Lee at HQ" },
    })
  end)
end)
