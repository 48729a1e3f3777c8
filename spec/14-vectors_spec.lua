--- What documents and computation say of addresses (spec/fixtures), and what
-- other projects test, where their data stand beside the checkout.
local helper = require "spec.helper"
local postoffice = require "postoffice"
local vectors = require "spec.vectors"

--- Rows we disagree with, and why.
local disagree = {
  ["[SMTP:Gatename!JohnS]"] = "AT&T's own form has no domain; SMTP is RFC 5321's (domain-missing)",
  ["[SMTP:JohnS:NorthAmerica:Microsoft]"] = "3Com's own form has no domain; SMTP is RFC 5321's",
  ["at PO_NAME"] = "an address without a mailbox is an error (Q249133 itself calls it incomplete)",
  ["MHS:ServerA@Company{ccmail:usera}"] =
    "MHS is defined at run time, and carried whole where it is not (29-defined_types_spec.lua)",
  ['"First Last" "<First>Last"@microsoft.com'] = "a display name has its address in < > (RFC 5322)",
  ['<someone@microsoft.com> "First Last"'] = "only a comment may follow the address (RFC 5322)",
  ['someone@microsoft.com "First Last"'] = "only a comment may follow the address (RFC 5322)",
}

--- Kinds of rows that no spec holds, and why.
local not_held = {
  ["ccmail.gateway.pmdf"] = "the local parts of one gateway, which its site's rewrites read",
  ["csv.import"] = "the import of directories' CSV, which there is none of",
  ["csv.join"] = "the import of directories' CSV, which there is none of",
  ["csv.semicolon"] = "the import of directories' CSV, which there is none of",
  ["ffapi.parse"] = "a line of a gateway's message file, with escapes of its own",
  ["list.parse"] = "several addresses in one text; parse reads one",
  ["notes.smtp"] = "how Domino turns a name into a local part, by its own configuration",
  ["outlook.group"] = "a group; parse reads one mailbox",
}

local function native(address)
  return address and postoffice.format(address, "native")
end

--- Types that are read as another one, and why.
local aliases = { ["X.400"] = "X400" } -- one type in two spellings (RFC 1685)

--- Holds an address to a type and its native text, as whichever spelling of it
-- the type's dialect prefers.
local function assert_is(type, text, address)
  local expected = postoffice.parse(text, { type = type, notation = "native" })
  if not expected then -- a control character, which only a one-off can carry
    return assert.equal(("[%s:%s]"):format(type, text:gsub("\r", "\\x0D")),
      (postoffice.format(address, "oneoff"):gsub("^.* %[", "[")))
  end
  expected.display_name, expected.primary = address.display_name, address.primary
  assert.equal(aliases[type] or type, address.type)
  assert.same(expected, address)
end

local each = vectors.each(it, disagree)

describe("the vectors", function()
  each("oneoff.parse", function(input, expected)
    local address = assert(postoffice.parse(input, { notation = "oneoff", unknown = true }))
    assert.equal(expected.display, address.display_name)
    assert.equal(aliases[expected.type] or expected.type, address.type)
    if expected.address then
      assert_is(expected.type, expected.address, address)
    end
    -- Without a type it is MS Mail's (Q89410), but only where a one-off was asked for:
    -- brackets alone make nothing certain.
    local guessed = postoffice.parse(input, { unknown = true })
    assert.same(input:find "%[[^%]]*:" and address or nil, guessed)
  end)

  each("oneoff.classify", function(input, expected)
    local address = postoffice.parse(input, { notation = "oneoff", unknown = true })
    assert.equal(expected.custom_recipient, address ~= nil, input)
    assert.equal(expected.type, address and address.type)
    assert.equal(expected.address, native(address))
  end)

  each("proxy.parse", function(input, expected)
    local address = postoffice.parse(input, { notation = "proxy", unknown = true })
    if expected.error then
      return assert.is_nil(address)
    end
    assert.equal(expected.primary, address.primary == nil)
    assert_is(expected.type, expected.address, address)
  end)

  each("ccmail.parse", function(input, expected)
    local address = assert(postoffice.parse(input, { type = "CCMAIL", notation = "native" }))
    assert.equal(expected.mailbox, address.mailbox)
    assert.equal(expected.postoffice, address.postoffice)
  end)

  each("ccmail.equal", function(input, expected)
    local other = "CCMAIL:" .. expected.other
    assert.equal(expected.equal, postoffice.equal("CCMAIL:" .. input, other))
  end)

  each("imcea.decode", function(input, expected)
    local inner, shell = postoffice.decapsulate(input)
    assert_is(expected.type, expected.address, inner)
    assert.equal(expected.domain, shell.domain)
  end)

  each("imcea.decode.invalid", function(input)
    assert.is_nil((postoffice.decapsulate(input)))
  end)

  each("imcea.classify", function(input, expected)
    local _, _, code = postoffice.decapsulate(input)
    assert.equal(expected.imcea, code ~= "not-encapsulated")
    if expected.type == "INVALID" then
      assert.equal("imcea-invalid", code)
    end
  end)

  each("imcea.encode", function(input, expected)
    local given = vectors.json(input)
    local options = { type = given.type, notation = "native", unknown = true }
    local inner = assert(postoffice.parse(given.address, options))
    local outer = assert(postoffice.encapsulate(inner, "SMTP", { domain = given.domain }))
    assert.equal(expected.result, native(outer))
  end)

  each("smtp.path", function(input, expected)
    local address, _, code = postoffice.parse(input)
    if expected.unsupported then
      return assert.equal("domain-decimal", code)
    end
    assert.equal(expected["local"], expected["local"] and address.localpart)
    if expected.domain_literal then
      assert.equal("[" .. expected.domain_literal .. "]", address.domain)
    else
      assert.is_nil(address.domain)
      assert.equal(expected.kind == "postmaster" and "Postmaster" or "", address.localpart)
    end
  end)

  -- What Outlook shows as the name is a comment where it stands in ( ).
  each("outlook.mailbox", function(input, expected)
    local address = assert(postoffice.parse(input))
    assert.equal(expected.address, native(address))
    assert.equal(expected.display, address.display_name or address.comment)
  end)

  each("smtp.canonical", function(input, expected)
    assert.equal(expected.result, (postoffice.normalize(input)))
  end)

  local grades = { VALID = "ok", RFC5321 = "5321", CFWS = "cfws", DEPREC = "deprecated",
    RFC5322 = "5322", ERR = "error" }
  each("smtp.isemail", function(input, expected)
    local grade = expected.diagnosis:match "^ISEMAIL_([A-Z0-9]+)"
    local valid = grade ~= "RFC5322" and grades[grade] ~= "error"
    assert.equal(valid, (postoffice.validate(input, { type = "SMTP" })), input)
    if not expected.diagnosis:find "HYPHEN" then
      assert.equal(grades[grade], (postoffice.diagnose(input, { type = "SMTP" })), input)
    end
  end)

  each("smtp.tolerate", function(input)
    assert.is_nil((postoffice.parse(input)))
    assert.is_nil((postoffice.parse(input, { type = "SMTP", notation = "native" })))
  end)

  -- Mailboxes are no cc:Mail addresses (Q184054): read as such, they have no at.
  each("ccmail.gateway.accepts", function(input, expected)
    local address = assert(postoffice.parse(input, { type = "CCMAIL", notation = "native" }))
    assert.equal(expected.accept, address.postoffice ~= nil)
    assert.is_nil((postoffice.decapsulate(address)))
  end)

  -- Two addresses that are one name in cc:Mail's directory are two in Exchange's.
  each("ccmail.directory.unique", function(input, expected)
    local two = vectors.json(input)
    local first, second = "CCMAIL:" .. two[1], "CCMAIL:" .. two[2]
    assert.equal(not expected.unique_in_exchange, postoffice.equal(first, second))
    local a, b = postoffice.parse(first), postoffice.parse(second)
    assert.equal(not expected.unique_in_ccmail, a.mailbox == b.mailbox)
  end)

  each("equal", function(input, expected)
    local two = vectors.json(input)
    assert.equal(expected.equal, postoffice.equal(two.a, two.b))
  end)

  each("proxy.search_key", function(input, expected)
    -- MAPI's key is ours in upper case with a NUL (cc815908).
    assert.equal(expected.key:sub(1, -2), postoffice.key(input):upper())
  end)
end)

describe("kinds of vectors", function()
  it("are held by a spec, or it is said why not", function()
    local specs = helper.output "cat spec/*_spec.lua"
    for _, kind in ipairs(vectors.kinds()) do
      local held = specs:find(('"%s",'):format(kind), 1, true) ~= nil
      assert.equal(not_held[kind] == nil, held, kind)
    end
  end)
end)

describe("the corpus of encapsulated addresses", function()
  vectors.with_corpus(it, "imcea", "is read as it says", function(rows)
    for _, row in ipairs(rows) do
      local inner, message = postoffice.decapsulate(row.input)
      if row.expected.valid and row.expected.address then
        assert(inner, row.input .. ": " .. tostring(message))
        assert_is(row.expected.type:upper(), row.expected.address, inner)
      elseif row.expected.valid == false then
        assert.is_nil(inner, row.id)
      end
    end
  end)
end)
