local helper = require "spec.helper"
local dialect = require "spec.dialect"
local generate = require "spec.generate"
local postoffice = require "postoffice"
local routes = require "postoffice.routes"
local vectors = require "spec.vectors"

local function native(address) return postoffice.format(address, "native") end

--- Each case: text, hosts in order, user; with a precedence where it needs one.
local function reads(cases)
  for _, case in ipairs(cases) do
    local options = case[4] and { precedence = case[4] }
    local way, message = routes.read(case[1], options)
    assert(way, ("%s: %s"):format(tostring(case[1]), tostring(message)))
    assert.equal(case[2], table.concat(way.hops, " "), case[1])
    assert.equal(case[3], way.user, case[1])
    assert.equal(way.hops[#way.hops], way.domain, case[1])
    assert.equal(#way.hops, #way.operators, case[1])
  end
end

--- Each case: arguments of a function, in an array; the code and the byte.
local function refuses(name, cases)
  for _, case in ipairs(cases) do
    local made, message, code, position = routes[name](case[1][1], case[1][2])
    assert.is_nil(made, case[1][1])
    assert.equal(case[2], code, case[1][1])
    assert.equal(case[3], position, case[1][1])
    assert.equal(postoffice.message(code), message)
  end
end

--- Each case: what a function makes of an address, and the options.
local function makes(name, cases)
  for _, case in ipairs(cases) do
    local made, message = routes[name](case[1], case[3])
    assert(made, ("%s: %s"):format(tostring(case[1]), tostring(message)))
    local text = made.route and postoffice.format(made, "path") or native(made)
    assert.equal(case[2], text)
  end
end

local each = vectors.each(it)

describe("a way", function()
  it("is read where it has one reading", function()
    reads {
      { "user@a.example", "a.example", "user" },
      { "a!b!c!user", "a b c", "user" },
      { "user%b%a", "a b", "user" },
      { "user%host1%host2@gateway", "gateway host2 host1", "user" },
      { "@a.example,@b.example:user@c.example", "a.example b.example c.example", "user" },
      { "<@a.example:user%b@c.example>", "a.example c.example b", "user" },
      { "@[IPv6:2001:db8::1]:user@[192.0.2.1]", "[IPv6:2001:db8::1] [192.0.2.1]", "user" },
      { "a@b@c", "c b", "a" },
      { "att.!Mark.Horton", "att.", "Mark.Horton" },
    }
  end)

  it("is not guessed where it has several", function()
    refuses("read", {
      { { "a!b@c.d" }, "route-ambiguous", 2 },
      { { "<a!b@c.d>" }, "route-ambiguous", 3 },
      { { "a!b%c" }, "route-ambiguous", 2 },
      { { "@x.example:a!b@c.d" }, "route-ambiguous", 13 },
      { { "SMTP:a!b%c@d" }, "route-ambiguous" },
    })
    assert.truthy((postoffice.message "route-ambiguous"):find("precedence", 1, true))
  end)

  it("is read by the precedence that is asked for", function()
    local text = "h!u%o@d"
    reads {
      { text, "d o h", "u", "@%!" }, { text, "d o h", "u", "mmdf" },
      { text, "d h o", "u", "@!%" }, { text, "d h o", "u", "sendmail" },
      { text, "h d o", "u", "!@%" }, { text, "h d o", "u", "uucp" },
      { text, "d h", "u%o", "@!" }, { text, "d h", "u%o", "rfc976" },
      { text, "d", "h!u%o", "@" }, { text, "d", "h!u%o", "smtp" },
      { text, "d o", "h!u", "@%" }, { text, "h d", "u%o", "!@" },
    }
  end)

  it("is the one of MMDF's guide and of PMDF's", function()
    reads {
      { "a.b!user%c@localhost", "localhost c a.b", "user", "mmdf" },
      { "a.b!user@localhost", "localhost a.b", "user", "mmdf" },
      { "A!user%B@C", "C B A", "user", "mmdf" },
      { "A!user%B", "B A", "user", "mmdf" },
      { "A!user%B", "A B", "user", "sendmail" },
      { "@A:B!user@C", "A C B", "user", "mmdf" },
      { "@A,@B:C!user%D@E", "A B E D C", "user", "mmdf" },
    }
  end)

  it("begins with what the type has settled", function()
    reads {
      { "SMTP:a!b@c.d", "c.d a", "b" },
      { "[UUCP:a!b!user]", "a b", "user" },
      { "UUCP:a!user%b", "a b", "user" },
      { "UUCP:a!user%b", "a b", "user", "mmdf" },
      { "SMTP:a!b@c.d", "c.d a", "b", "uucp" },
      { assert(postoffice.parse "<@x.example:a!b@c.d>"), "x.example c.d a", "b" },
    }
  end)

  it("takes operators in quotes for letters", function()
    reads {
      { '"a!b"@c.d', "c.d", "a!b" },
      { 'h!"a@b%c"', "h", "a@b%c" },
      { [["a\"!b"@c.d]], "c.d", 'a"!b' },
    }
  end)

  it("has hosts and a user, and says which byte is in the way", function()
    refuses("read", {
      { { "user" }, "domain-missing", 5 },
      { { "" }, "domain-missing", 1 },
      { { "a!" }, "localpart-empty", 3 },
      { { "@a.example:" }, "localpart-empty", 12 },
      { { "a!!user" }, "route-host", 3 },
      { { "user@" }, "route-host", 6 },
      { { "user%@a" }, "route-host", 6 },
      { { "a b!user" }, "route-host", 1 },
      { { "user@a..b" }, "route-host", 6 },
      { { "a!us er" }, "localpart-character", 5 },
      { { "@a!b" }, "route-invalid", 1 },
      { { "@a,b:user@c" }, "route-invalid", 4 },
      { { '"a!b' }, "quote-unclosed", 1 },
      { { "a@[b" }, "literal-unclosed", 3 },
      { { { type = "CCMAIL", mailbox = "a", postoffice = "b" } }, "type-mismatch" },
      { { "UUCP:a!b@c.d" }, "uucp-ambiguous", 9 },
    })
  end)

  -- Q140940: what Exchange 4.0 made of a source route.
  it("is not read where somebody has mangled it", function()
    refuses("read", {
      { { "jcool%p.nuts.org@comic.nuts.org@comic.nuts.org:jcool@p.nuts.org" }, "route-host", 33 },
    })
  end)

  each("uucp.parse", function(input, expected)
    if not expected.recommend then
      return reads { { input, table.concat(expected.hops, " "), expected.user } }
    end
    reads { { input, "c.d a", "b", "rfc976" }, { input, "a c.d", "b", "uucp" } }
    makes("to_bang", { { input, expected.pure_bang } })
    refuses("read", { { { input }, "route-ambiguous", 2 } })
  end)

  vectors.with_corpus(it, "legacy_networks", "is what a corpus of old networks says", function(rows)
    for _, row in ipairs(rows) do
      if row.expected.class == "uucp/percent" then
        local _, _, code = routes.read(row.input)
        local mixed = row.input:find "!" and row.input:find "@"
        assert.equal(mixed and "route-ambiguous" or nil, code, row.id)
        assert(routes.read(row.input, { precedence = "mmdf" }), row.id)
      end
      for _, form in ipairs(row.expected.internet_forms or {}) do
        if form:find "^[%w.]+%%[%w.]+@[%w.]+$" then
          assert.equal(2, #routes.read(form).hops, row.id)
        elseif form:find "^[%w.!]+!" then
          local path = assert(routes.read(form), row.id)
          assert.equal(form, table.concat(path.hops, "!") .. "!" .. path.user)
        end
      end
    end
  end)

  it("does no harm, whatever it is given", function()
    local pieces = { "a", "b.c", "!", "%", "@", ":", ",", '"', "\\", "[", "]", "<", ">", "\0", " " }
    for seed = 1, helper.times(3000) do
      local random, list = generate.random(seed), {}
      for i = 1, random(12) do list[i] = pieces[random(#pieces)] end
      local text = table.concat(list)
      local way, _, code, position = routes.read(text)
      if way then
        assert.truthy(#way.hops > 0 and way.user ~= "", text)
      else
        assert.truthy(position >= 1 and position <= #text + 1, text .. ": " .. code)
      end
    end
  end)
end)

describe("a bang path", function()
  each("uucp.to_bang", function(input, expected)
    makes("to_bang", { { input, expected.result } })
  end)

  it("is made of any address (RFC 976)", function()
    makes("to_bang", {
      { "user@a.example", "a.example!user" },
      { "a!b@c.d", "c.d!a!b" },
      { "a!b@c.d", "a!c.d!b", { precedence = "uucp" } },
      { "a!b@c", "c.!a!b" },
      { "user%host@relay.example", "relay.example!user%host" },
      { "user%host@relay.example", "relay.example!host.!user", { precedence = "mmdf" } },
      { "<@a.example,@b:user@c.example>", "a.example!b!c.example!user" },
      { "UUCP:a!b!user", "a!b!user" },
      { '"a!b"@c.d', 'c.d!"a!b"' },
    })
  end)

  it("is not made of what has no domain", function()
    refuses("to_bang", {
      { { "user" }, "domain-missing", 5 },
    })
  end)
end)

describe("a domain", function()
  each("uucp.to_domain", function(input, expected)
    makes("to_domain", { { input, expected.result } })
  end)

  it("is made of a path that begins with one", function()
    makes("to_domain", {
      { "a.example!user", "user@a.example" },
      { "a.example!b.example!user", "<@a.example:user@b.example>" },
      { "c.d!a!b", "a!b@c.d" },
      { "a.example!b.example!c!d.example!u", "<@a.example:c!d.example!u@b.example>" },
      { "att.!a.example!user", "a.example!user@att" },
      { "a.example!user%b", "user%b@a.example" },
    })
  end)

  it("is told by its dot, and no host becomes one unasked", function()
    refuses("to_domain", {
      { { "host!user" }, "route-domain-missing" },
      { { "host!a.example!user" }, "route-domain-missing" },
      { { "a!b@c.d" }, "uucp-ambiguous", 4 },
      { { "a.example!b c!user" }, "route-host" },
      { { "SMTP:a@b.example" }, "type-mismatch", 1 },
    })
    makes("to_domain", {
      { "host!user", "user@host.uucp", { zone = "uucp" } },
      { "host!user", "user@host", { zone = "" } },
      { "a!b.example!user", "<@a.uucp:user@b.example>", { zone = "uucp" } },
    })
  end)

  it("and a path are one way in two spellings", function()
    local hosts = { "a", "b", "att.", "c.example", "d.example", "e-1.example" }
    for seed = 1, helper.times(2000) do
      local random, path = generate.random(seed), {}
      for i = 1, random(5) do path[i] = hosts[random(#hosts)] end
      local text = table.concat(path, "!") .. "!" .. dialect.word(random, "abcXYZ01-_%", 8)
      local address, _, code = routes.to_domain(text)
      if address then
        assert.equal(text, native(routes.to_bang(address)))
      else
        assert.equal("route-domain-missing", code)
        assert.is_nil(path[1]:find("%."), text)
      end
    end
  end)

  it("and a path are so for every address that can be a path", function()
    local tried, seeds = 0, helper.times(3000)
    for seed = 1, seeds do
      local address = generate.address(seed)
      local path = address.type == "SMTP" and address.domain:find "%." and not address.route
        and routes.to_bang(address, { precedence = "smtp" })
      local back = path and routes.to_domain(path)
      if back and not address.localpart:find "!" then
        assert.equal(postoffice.key(address), postoffice.key(back))
        tried = tried + 1
      end
    end
    assert.truthy(tried > seeds / 30, tried)
  end)
end)

describe("the percent hack", function()
  each("percent.expand", function(input, expected)
    makes("expand_percent", { { input, expected.result, { at = input:match "@(.*)$" } } })
  end)

  it("is opened one step at a time, by the domain alone", function()
    makes("expand_percent", {
      { "user%host@relay", "user@host", { at = "relay" } },
      { "a%b%c@relay", "a%b@c", { at = "Relay" } },
      { "a%b@relay.example", "a@b", { at = { "x.example", "RELAY.example" } } },
      { "@r.example:a%b@relay.example", "a@b", { at = "relay.example" } },
      { '"a b%c"@relay', '"a b"@c', { at = "relay" } },
    })
    refuses("expand_percent", {
      { { "a%b@relay" }, "percent-elsewhere" },
      { { "a%b@relay", { at = "b" } }, "percent-elsewhere" },
      { { "a%b@relay", { at = {} } }, "percent-elsewhere" },
      { { "<>", { at = "relay" } }, "percent-elsewhere" },
      { { "a@relay", { at = "relay" } }, "localpart-plain" },
      { { "a%b@re..lay", { at = "relay" } }, "domain-label-empty", 8 },
      { { "CCMAIL:a at b", { at = "b" } }, "type-mismatch", 1 },
    })
    refuses("expand_percent", {
      { { "a%@relay", { at = "relay" } }, "route-host" },
      { { "%b@relay", { at = "relay" } }, "localpart-empty" },
      { { "a%b!c@relay", { at = "relay" } }, "route-host" },
    })
  end)
end)

describe("a source route", function()
  it("is taken off (RFC 5321 appendix C)", function()
    for _, text in ipairs { "@a.example,@b.example:user@c.example",
      "<@a.example,@b.example:user@c.example>" } do
      local address, route = routes.strip(text)
      assert.equal("user@c.example", native(address))
      assert.equal("@a.example,@b.example", route)
    end
  end)

  it("need not be there", function()
    local given = assert(postoffice.parse "a!b%c@d.example")
    local address, route = routes.strip(given)
    assert.equal(true, rawequal(given, address))
    assert.is_nil(route)
    given = assert(postoffice.parse "<@a:user@c.example>")
    assert.equal("@a", (select(2, routes.strip(given))))
    assert.equal("@a", given.route)
  end)

  it("is refused where it is none", function()
    local address, _, code, position = routes.strip "@a,b:user@c"
    assert.is_nil(address)
    assert.equal("route-invalid", code)
    assert.truthy(position >= 1)
  end)
end)

describe("misuse", function()
  it("raises where it happens", function()
    for _, wrong in ipairs {
      function() routes.read(nil) end,
      function() routes.read("a!b", { order = "@%!" }) end,
      function() routes.read("a!b", { precedence = "%@!" }) end,
      function() routes.read("a!b", { precedence = "!" }) end,
      function() routes.to_bang("a@b", { precedence = "internet" }) end,
      function() routes.to_domain("a!b", { zone = 1 }) end,
      function() routes.expand_percent("a%b@c", { at = 1 }) end,
      function() routes.expand_percent("a%b@c", { at = { "c", {} } }) end,
      function() routes.strip() end,
    } do
      local ok, message = pcall(wrong)
      assert.is_false(ok)
      assert.matches("53%-routes_spec", message)
    end
  end)
end)
