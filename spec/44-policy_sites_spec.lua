-- Site addressing: what is ours in every type.
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

local SITES = [[
domain "a.example" { unwrap = { "MS", "EX", "NOTES" } }
domain "MS:ORG/SITE" {}
domain "ms:ORG/FAR" { kind = "relay" }
domain "MS:OLD" { kind = "former" }
domain "X400:c=us;a= ;p=Org" { catchall = "Kim" }
domain "X400:c=us;p=Org;o=Site" {}
domain "EX:/o=Org" {}
domain "NOTES:*@Org" {}
domain "CCMAIL:* at HQ" {}
domain "CCMAIL:* at Branch" { kind = "relay" }
domain "PROFS:NODE(*" {}
domain "FAX:" {}
postoffice "internet" { gateway = "SMTP" }
recipient "Kim" { proxies = { "kim@a.example", "MS:ORG/SITE/KIM", "X500:/o=Org/cn=kim",
  "NOTES:Kim/Sales@Org", "CCMAIL:Kim at HQ" } }
rewrite "MS:ORG/SITE/NEW{u}" { to = "MS:ORG/SITE/{u}" }
rewrite "MS:ORG/SITE/OUT{u}" { to = "SMTP:{u}@far.example" }
connector "out" { spaces = { "MS:*", "NOTES:*", "X400:*", "EX:*", "SMTP:*", "CCMAIL:*", "PROFS:*",
  "FAX:*" } }
]]

-- By what becomes of them, addresses.
local WAYS = {
  ["recipient-unknown"] = {
    "MS:ORG/SITE/NOBODY", "ms:org/site/nobody", "MS:ORG/SITE/NEWMAN", "EX:/O=ORG/cn=nobody",
    "X500:/o=org/ou=r/cn=x", "NOTES:Nobody@Org", "NOTES:CN=Nobody/OU=Sales@ORG",
    "X400:g=Kim;s=Lee;c=US;a= ;p=org;o=site", "X400:c=us;p=ORG;o=Site;s=Lee", "CCMAIL:Lee at HQ",
    "CCMAIL:Lee at  hq", "PROFS:NODE(KIM)", "FAX:1", "IMCEAMS-ORG_SITE_NOBODY@a.example",
    "IMCEAEX-_O=Org_CN=nobody@a.example", "NOTES:v@evil.example@Org",
  },
  Kim = {
    "MS:org/site/kim", "MS:ORG/SITE/NEWKIM", "X500:/o=org/cn=KIM", "EX:/O=ORG/CN=KIM",
    "NOTES:CN=Kim/OU=Sales@Org", "X400:c=us;a= ;p=Org;s=Lee", "X400:c=US;p=org;o=Other;s=Lee",
    "CCMAIL:Kim at HQ", "IMCEAMS-ORG_SITE_KIM@a.example",
  },
  out = {
    "MS:ORG/FAR/NOBODY", "MS:ORG/SITES/X", "MS:OLD/SITE/X", "EX:/o=Other/cn=kim",
    "EX:/o=Organ/cn=kim", "NOTES:Nobody@Other", "X400:c=us;a=x;p=Org;s=Lee",
    "X400:c=de;p=Org;s=Lee", "CCMAIL:Lee at Branch", "PROFS:OTHER(KIM)",
    "CCMAIL:x@far.example at internet",
  },
  ["relay-denied"] = {
    "MS:ORG/SITE/OUTKIM", -- a rewrite at a domain of ours opened it
    "X400:c=us;p=Org;o=Site;dda:RFC-822=joe(a)far.example", -- its DDA comes first (Q262112)
  },
  ["postoffice-unknown"] = { "CCMAIL:Lee at Nowhere" },
}

describe("a domain of any type", function()
  local p = load(SITES)

  it("says of its addresses whose they are", function()
    for expected, texts in pairs(WAYS) do
      for _, text in ipairs(texts) do
        local delivery = p:route(text)[1]
        assert.equal(expected, delivery.code or delivery.connector or delivery.entry, text)
        assert.same(p:explain(text).deliveries, { delivery }, text)
      end
    end
  end)

  it("may have a name that is not ASCII", function()
    for space, text in pairs {
      ["CCMAIL:* at Z\195\188rich"] = "CCMAIL:Kim at Z\195\188rich",
      ["EX:/o=\195\188"] = "EX:/o=\195\188/cn=kim", ["FAX:\195\188*"] = "FAX:\195\1881",
      ["MS:ORG/\195\188"] = "MS:ORG/\195\188/KIM",
      ["X400:c=us;a= ;o=\195\188;"] = "X400:c=us;a= ;o=\195\188;s=Kim;",
    } do
      local delivery = load(('domain "%s" {}'):format(space)):route(text)[1]
      assert.equal("recipient-unknown", delivery.code, text)
    end
  end)

  it("tells who is not there, and counts for tests", function()
    local delivery = p:route("NOTES:Nobody@Org")[1]
    assert.same({ "reject", "5.1.1", "NOTES:*@Org is local and has no NOTES:Nobody@Org",
      "policy.lua:8" }, { delivery.verdict, delivery.status, delivery.detail, delivery.rule })
    assert.truthy(tostring(p:explain "MS:ORG/SITE/NOBODY"):gsub("%s+", " "):find(
      "recipient-unknown: MS:ORG/SITE is local and has no MS:ORG/SITE/NOBODY", 1, true))
    local results = load([[domain "MS:ORG" {} domain "EX:/o=x" {}
      test "t" { to = "MS:ORG/SITE/X", code = "recipient-unknown" }]]):test()
    assert.same({ 1, 'domain "EX:/o=x"' }, { #results.uncovered, results.uncovered[1].title })
  end)

  it("lets nobody pass who is not there", function()
    local q = load 'settings { unmatched = "pass" } domain "MS:ORG" {}'
    assert.equal("recipient-unknown", q:route("MS:ORG/SITE/X")[1].code)
    assert.equal("pass", q:route("MS:FAR/SITE/X")[1].verdict)
  end)

  it("keeps a target that is its own entry's proxy", function()
    local q = load [[
domain "MS:ORG/SITE" {}
recipient "Kim" { proxies = { "kim@far.example", "MS:ORG/SITE/KIM" }, target = "MS:ORG/SITE/KIM" }
recipient "Pat" { proxies = { "pat@far.example", "MS:ORG/FAR/PAT" }, target = "MS:ORG/FAR/PAT" }
connector "out" { spaces = { "MS:*" } }
]]
    assert.is_nil(q:route("kim@far.example")[1].connector)
    assert.equal("out", q:route("pat@far.example")[1].connector)
  end)

  it("has no extensions", function()
    local q = load [[
settings { extension = "+" }
domain "MSMAIL:*@HQ" {}
recipient "Kim" { proxies = { "MSMAIL:kim@HQ" } }
]]
    assert.equal("recipient-unknown", q:route("MSMAIL:kim+x@HQ")[1].code)
  end)

  it("is written as an address space is", function()
    for source, expected in pairs {
      ['domain "MS:ORG" {} domain "ms:org" {}'] = 'domain "ms:org" is declared twice, first at'
        .. " policy.lua:1; remove one or give it another name",
      ['domain "SMTP:*@x.example" {}'] = 'domain "SMTP:*@x.example" is an SMTP domain with its'
        .. ' type; write domain "example.com" or domain "*.example.com"',
      ['domain "MS:ORG" { extension = "+" }'] = 'domain "MS:ORG": extension is for domains of SMTP,'
        .. " not of MS; remove it",
      ['domain "MS:ORG" { unwrap = { "EX" } }'] = 'domain "MS:ORG": unwrap is for domains of SMTP,'
        .. " not of MS; remove it",
      ['domain "MS:ORG" { propagate = true }'] = 'domain "MS:ORG": propagate is for domains of'
        .. " SMTP, not of MS; remove it",
      ['domain "CCMAIL:HQ" {}'] = 'domain "CCMAIL:HQ" matches no address, since the whole address'
        .. ' is compared (Q229961); write "CCMAIL:* at HQ"',
      ['domain "NOTES:{u}@x" {}'] = 'domain "NOTES:{u}@x" captures {u}, but a space keeps nothing;'
        .. " write * instead",
    } do
      local none, message, code = policy.load(source, { chunkname = "@policy.lua" })
      assert.same({ nil, "policy.lua:1: " .. expected, "policy-invalid" }, { none, message, code })
    end
    assert.truthy(policy.load 'domain "[IPv6:2001:db8::1]" {}')
  end)

  it("comes back from a snapshot", function()
    local path = os.tmpname()
    assert(p:save(path))
    local q = assert(policy.loadfile(path))
    for _, texts in pairs(WAYS) do
      for _, text in ipairs(texts) do assert.same(p:route(text), q:route(text)) end
    end
    os.remove(path)
  end)
end)

describe("an Exchange name", function()
  it("that no space takes is nobody's, not a space that is missing", function()
    local p = load 'connector "out" { spaces = { "SMTP:*", "MS:*" } }'
    for _, text in ipairs { "EX:/o=Org/cn=x", "X500:/o=Org/cn=x" } do
      local delivery = p:route(text)[1]
      assert.same({ "recipient-unknown", "5.1.1" }, { delivery.code, delivery.status })
    end
    assert.equal("route-missing", p:route("FAX:+1")[1].code)
  end)
end)

describe("check", function()
  local function findings(source)
    local texts = {}
    for _, finding in ipairs(load(source):check()) do texts[#texts + 1] = tostring(finding) end
    return texts
  end

  it("finds spaces in a local domain of their type", function()
    for space, domain in pairs {
      ["MS:ORG/SITE"] = "MS:ORG", ["MS:ORG/SITE/KIM"] = "MS:ORG/SITE",
      ["EX:/o=Org/"] = "X500:/o=org",
      ["NOTES:*@Org"] = "NOTES:*@ORG", ["FAX:+1"] = "FAX:+*",
    } do
      assert.same({ ('policy.lua:1: warning: connector "c" has the space "%s", but domain "%s" at'
        .. " policy.lua:1 is local: what nobody there has is unknown [space-local]; write kind ="
        .. ' "relay" there, or remove the space'):format(space, domain) }, findings((
        'domain "%s" {} connector "c" { nexthop = "n", spaces = { "%s" } }'):format(domain, space)))
      assert.same({}, findings(('domain "%s" { kind = "relay" } connector "c" { nexthop = "n",'
        .. ' spaces = { "%s", "%s:" } }'):format(domain, space, space:match "^%u+")))
    end
    assert.same({}, findings [[
      domain "MS:ORG" {} connector "c" { nexthop = "n", spaces = { "MS:*" } }]])
  end)

  it("finds domains that hold no address", function()
    assert.same({ 'policy.lua:1: warning: domain "CCMAIL:* at" has no address: no CCMAIL address is'
      .. ' like that [domain-empty]; remove it, or write one such as domain "CCMAIL:* at HQ"' },
      findings 'domain "CCMAIL:* at" {}')
  end)

  it("finds proxies in domains that are nearly ours", function()
    local source = 'domain "%s" {} recipient "x" { proxies = { "postmaster@%s", "x@%s" } }'
    for near, own in pairs {
      ["exmaple.com"] = "example.com", ["examplle.com"] = "example.com",
      ["exemple.com"] = "example.com", ["example.con"] = "example.com",
      ["exampl.com"] = "Example.com",
      [postoffice.UNICODE and "b\195\188chr.example" or "e"] = postoffice.UNICODE
        and "b\195\188cher.example" or nil,
    } do
      assert.same({ ('policy.lua:1: note: recipient "x" has the proxy "x@%s", and domain "%s" at'
        .. " policy.lua:1 is a slip of the key away [proxy-near-miss]; correct it, or declare its"
        .. " domain, too"):format(near, own) }, findings(source:format(own, own, near)))
    end
    for near, own in pairs {
      ["example.org"] = "example.com", ["mail2.example.com"] = "mail1.example.com",
      ["b.example"] = "a.example", ["example.com"] = "example.com", ["EXAMPLE.com"] = "example.com",
    } do
      assert.same({}, findings(source:format(own, own, near)), near)
    end
    assert.same({}, findings [[domain "example.com" {} domain "exemple.com" { kind = "relay" }
      recipient "x" { proxies = { "postmaster@example.com", "x@exemple.com" } }]])
    assert.equal(1, #findings [[domain "example.com" {}
      recipient "x" { proxies = { "postmaster@example.com", "x@exemple.com", "y@exemple.com" } }]])
  end)

  it("finds proxies in no domain of their type", function()
    local source = [[domain "MS:ORG/SITE" {} domain "EX:/o=Org" {} recipient "x" { %s,
      proxies = { "X500:/o=Old/cn=x", "CCMAIL:x at HQ", "MS:ORG/SITE/X", "%s" } }]]
    local free = 'connector "c" { nexthop = "n", spaces = { "MS:ORG/FAR" } } '
    assert.same({ 'policy.lua:1: note: recipient "x" has the proxy "MS:ORG/SIET/X", which is in'
      .. " none of our domains of MS [proxy-elsewhere]; correct it, or declare its domain, too" },
      findings(source:format("", "MS:ORG/SIET/X"):gsub("{ ,", "{")))
    assert.same({}, findings(free .. source:format('target = "MS:ORG/FAR/X"', "MS:ORG/FAR/X")))
    assert.same({}, findings [[recipient "x" { proxies = { "MS:ORG/SITE/X" } }]])
  end)
end)
