local helper = require "spec.helper"
local policy = require "postoffice.policy"

local function load(source)
  return assert(policy.load(source, { chunkname = "@policy.lua" }))
end

--- The findings of a policy as "severity code line".
local function findings(source)
  local list = {}
  for i, finding in ipairs(load(source):check()) do
    list[i] = ("%s %s %d"):format(finding.severity, finding.code, finding.line)
  end
  return list
end

describe("what one policy resolved", function()
  local ONE = [[
domain "a.example" { unwrap = { "CCMAIL", "SMTP" } }
connector "out" { nexthop = "n", spaces = { "SMTP:*", "CCMAIL:*" } }
recipient "First" { proxies = { "first@a.example" } }
recipient "Kim" { proxies = { "kim@a.example" } }
]]
  local OTHER = [[
domain "a.example" { unwrap = { "CCMAIL", "SMTP" } }
connector "out" { nexthop = "n", spaces = { "SMTP:*", "CCMAIL:*" } }
recipient "Kim Lee" { proxies = { "kim@a.example" } }
]]

  local function routed(text)
    return load(OTHER):route(load(ONE):resolve(text))
  end

  it("is resolved anew by another", function()
    assert.equal("Kim Lee", routed("kim@a.example")[1].entry)
    assert.equal("recipient-unknown", routed("first@a.example")[1].code)
    assert.equal("recipient-unknown", routed("who@a.example")[1].code)
    assert.equal("domain-label-empty", routed("a@b..c")[1].code)
    assert.equal("SMTP:far@far.example", tostring(routed("far@far.example")[1].address))
  end)

  it("does not leave there if it came encapsulated", function()
    local text = "IMCEASMTP-pat+40evil+2Eexample@a.example"
    assert.equal("relay-denied", load(OTHER):route(text)[1].code)
    assert.equal("relay-denied", routed(text)[1].code)
  end)
end)

describe("check", function()
  it("finds rewrites that never come to be the first", function()
    assert.same({ "warning rewrite-shadowed 2", "warning rewrite-shadowed 3" }, findings [[
rewrite "SMTP:{u}@*.old.example" { to = "SMTP:{u}@new.example" }
rewrite "SMTP:kim@x.old.example" { to = "SMTP:k@new.example" }
rewrite "SMTP:s{u}@{h}.old.example" { to = "SMTP:{u}@new.example" }
rewrite "SMTP:{u}@old.example" { to = "SMTP:{u}@new.example" }
rewrite { match = function() end, to = "SMTP:x@new.example" }
]])
  end)

  it("tells of rewrites that were not compared, since there are too many alike", function()
    local lines = {}
    for _, word in ipairs { "rewrite", "rewrite_sender" } do
      lines[#lines + 1] = word .. ' "SMTP:*z*@*" { to = "SMTP:z@new.example" }'
      for i = 1, 29 do
        lines[#lines + 1] = ('%s "SMTP:*%d%s{u}@*" { to = "SMTP:{u}@new.example" }'):format(word, i,
          ("a"):rep(235 - #tostring(i)))
      end
    end
    local told = {}
    for _, finding in ipairs(load(table.concat(lines, "\n")):check()) do
      if finding.code == "rewrites-uncompared" then
        assert.equal("note", finding.severity)
        told[#told + 1] = finding.title:match "^%a+_?%a*"
      end
    end
    assert.same({ "rewrite", "rewrite_sender" }, told)
  end)

  it("counts the characters of patterns, not their bytes", function()
    assert.same({ "warning rewrite-shadowed 2" }, findings [[
rewrite "SMTP:?@old.example" { to = "SMTP:one@new.example" }
rewrite "SMTP:é@old.example" { to = "SMTP:e@new.example" }
rewrite "SMTP:eé@old.example" { to = "SMTP:ee@new.example" }
]])
  end)

  it("finds ties", function()
    assert.same({ "note space-tie 2" }, findings [[
connector "a" { nexthop = "x", spaces = { "SMTP:*", "FAX:*" } }
connector "b" { nexthop = "y", spaces = { "smtp:*", { "FAX:*", cost = 2 } } }
]])
  end)

  it("finds types that were probably meant to be others", function()
    assert.same({ "warning type-unknown 1", "warning type-unknown 2", "warning type-unknown 3" },
      findings [[
connector "a" { nexthop = "x", spaces = { "SMPT:*", "TELEX:*" } }
rewrite "CCMAL:{u} at HQ" { to = "SMTP:{u}@x.example" }
domain "a.example" { kind = "former", unwrap = { "EX", "TELEX", "QUUX" } }
]])
  end)

  it("takes types that the policy means as they are", function()
    local MEANT = [[
settings { types = { "SMPT", "quux", "PIPE" } }
connector "a" { nexthop = "x", spaces = { "SMPT:*" } }
domain "a.example" { kind = "relay", unwrap = { "EX", "QUUX" } }
domain "b.example" { kind = "relay", unwrap = { "SMPT" } }
connector "b" { nexthop = "x", spaces = { "SMTP:*" } }
]]
    assert.same({ "note postmaster-missing 3" }, findings(MEANT))
    assert.equal("route-missing", load(MEANT):route("PIPE:a@b.example")[1].code)
    local none, message = policy.load('settings { types = { "PI:PE" } }',
      { chunkname = "@policy.lua" })
    assert.is_nil(none)
    assert.equal('policy.lua:1: settings: types: "PI:PE" is no name of a type; write letters and'
      .. ' digits, such as "PIPE"', message)
  end)

  it("finds connectors to nowhere", function()
    assert.same({ "warning connector-nowhere 1" }, findings [[
connector "a" { spaces = { "SMTP:*" } }
connector "b" { nexthop = "x", spaces = { "FAX:*" } }
connector "c" { reaches = "HQ", spaces = { "CCMAIL:*" } }
]])
  end)

  it("finds gateways to nowhere and post offices that nothing reaches", function()
    assert.same({ "error gateway-nowhere 1", "warning postoffice-unreached 2",
      "warning postoffice-unreached 3" },
      findings [[
postoffice "fax" { gateway = "FAX" }
postoffice "HQ" {}
postoffice "Paris" { via = "HQ" }
]])
    assert.same({}, findings [[
postoffice "HQ" {} postoffice "Paris" { via = "HQ" } postoffice "internet" { gateway = "SMTP" }
connector "cc" { reaches = "hq", spaces = { "CCMAIL:*" } }
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
]])
    assert.same({ "warning postoffice-unreached 2" }, findings [[
postoffice "HQ" {}
postoffice "Paris" { via = "HQ" }
connector "gate" { speaks = "SMTP", nexthop = "x", wrap = { domain = "gate.example" },
  spaces = { "CCMAIL:* at HQ" } }
]])
    assert.same({ "warning postoffice-unreached 2" }, findings [[
postoffice "HQ" {}
postoffice "Rome" {}
connector "cc" { speaks = "CCMAIL", nexthop = "x", spaces = { "CCMAIL:* at HQ" } }
]])
    for _, more in ipairs {
      'settings { unmatched = "pass" }', 'rewrite "FAX:{n}" { to = "SMTP:{n}@a.example" }',
      'recipient "Kim" { proxies = { "FAX:+1" } }', 'domain "FAX:+1*" {}',
      'connector "fax" { nexthop = "x", spaces = { "FAX:+1*" } }',
    } do
      assert.same({}, findings('postoffice "fax" { gateway = "FAX" } domain "a.example" {}'
        .. ' recipient "p" { proxies = { "postmaster@a.example" } } ' .. more), more)
    end
  end)

  it("finds local domains without a postmaster", function()
    assert.same({ "warning postmaster-missing 1" }, findings [[
domain "a.example" {}
domain "b.example" { catchall = "SMTP:root@far.example" }
domain "c.example" { kind = "relay" }
connector "out" { nexthop = "x", spaces = { "SMTP:*" } }
]])
  end)

  it("finds entries that lead nowhere", function()
    assert.same({ "error entry-broken 1", "error entry-broken 2", "error entry-broken 3",
      "warning entry-broken 4" },
      findings [[
recipient "Far" { proxies = { "far@a.example" }, target = "FAX:123" }
recipient "To" { proxies = { "to@a.example" }, target = "Fro" }
recipient "Fro" { proxies = { "fro@a.example" }, target = "To" }
list "None" { proxies = { "n@a.example" }, members = {} }
]])
  end)

  it("says where, what, and what to do", function()
    assert.equal('policy.lua:1: warning: domain "a.example" is local and has no postmaster,'
      .. ' which RFC 5321'
      .. ' 4.5.1 asks for [postmaster-missing]; add "smtp:postmaster@a.example" to somebody\'s'
      .. ' proxies',
      tostring(load('domain "a.example" {}'):check()[1]))
  end)

  it("finds nothing in the article's policies", function()
    for _, name in ipairs { "exchange", "gateway" } do
      local p = assert(policy.loadfile("lua/postoffice/examples/q184994-" .. name .. ".lua"))
      for _, finding in ipairs(p:check()) do assert.are_not.equal("error", finding.severity,
        tostring(finding)) end
    end
  end)
end)

describe("graph", function()
  it("draws domains, connectors, spaces and post offices as DOT", function()
    local p = assert(policy.loadfile "lua/postoffice/examples/q184994-exchange.lua")
    local dot = p:graph()
    for _, part in ipairs {
      "digraph policy {", '"addresses" -> "connector ccmail" [label="CCMAIL:*, cost 1"];',
      '"connector ccmail" -> "postoffice hq";', '"postoffice hq" -> "postoffice internet";',
      '"postoffice internet" -> "type SMTP" [label="gateway to SMTP"];',
    } do
      assert.truthy(dot:find(part, 1, true), part .. "\n" .. dot)
    end
  end)

  it("is a table for programs, whose edges lead to nodes that there are", function()
    local p = assert(policy.loadfile "lua/postoffice/examples/q184994-exchange.lua")
    local drawn, nodes = p:graph { as = "table" }, {}
    for _, node in ipairs(drawn.nodes) do nodes[node.id] = node end
    for _, edge in ipairs(drawn.edges) do
      assert.truthy(nodes[edge.from] and nodes[edge.to], edge.from .. " -> " .. edge.to)
    end
    assert.same({ "connector", "CCMAIL" },
      { nodes["connector ccmail"].kind, nodes["connector ccmail"].speaks })
    assert.matches("q184994%-exchange.lua:14$", nodes["connector ccmail"].rule)
    assert.same({ "gateway", 3 }, { nodes["postoffice internet"].kind, nodes.directory.entries })
    assert.has_error(function() p:graph { as = "svg" } end)
  end)
end)

describe("diff", function()
  it("tells what changes for an address", function()
    local old = load [[connector "a" { nexthop = "one", spaces = { "SMTP:*" } }]]
    local new = load [[
connector "a" { nexthop = "one", spaces = { "SMTP:*" } }
connector "b" { nexthop = "two", spaces = { "SMTP:*@b.example" } }
]]
    assert.is_nil(policy.diff(old, new, "x@a.example"))
    local change = policy.diff(old, new, "x@b.example")
    assert.equal("deliver connector=a nexthop=one address=SMTP:x@b.example", change.old)
    assert.equal("deliver connector=b nexthop=two address=SMTP:x@b.example", change.new)
  end)
end)

describe("a live policy", function()
  local path

  local function write(source) helper.write(path, source) end

  local GOOD = [[
connector "%s" { spaces = { "SMTP:*" } }
function on.recipient(address) if address.localpart == "slow" then ask("wait", 1) end end
test "out" { to = "a@b.example", connector = "%s", asks = { wait = {} } }
]]

  before_each(function()
    path = os.tmpname()
    write(GOOD:format("one", "one"))
  end)

  after_each(function() os.remove(path) end)

  local function connector(p, envelope) return p:route("a@b.example", envelope)[1].connector end

  it("goes over to a new revision in one step", function()
    local p = assert(policy.open(path))
    local first = p.revision
    assert.equal("one", connector(p))
    assert.equal(first, p:route("a@b.example")[1].revision)
    assert.is_true(p:reload())
    assert.equal(first, p.revision)
    write(GOOD:format("two", "two"))
    assert.is_true(p:reload())
    assert.are_not.equal(first, p.revision)
    assert.equal("two", connector(p))
    p:close()
  end)

  describe("that was reloaded", function()
    local PEOPLE = [[
domain "a.example" { unwrap = { "SMTP" } }
recipient "Kim" { proxies = { "SMTP:kim@a.example", "smtp:k@a.example" } }
recipient "Pat" { proxies = { "pat@a.example" }, target = "pat@far.example" }
list "All" { proxies = { "all@a.example" }, members = { "Kim", "Pat", "joe@far.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]
    local LATER = [[
domain "a.example" { unwrap = { "SMTP" } }
recipient "Lee" { proxies = { "lee@a.example" } }
recipient "Kim" { proxies = { "SMTP:kim@a.example" } }
recipient "K" { proxies = { "k@a.example" }, refuse = "gone" }
recipient "Pat" { proxies = { "pat@a.example" }, refuse = "left" }
list "All" { proxies = { "all@a.example" }, members = { "Kim", "Lee", "Pat", "joe@far.example" } }
connector "out" { spaces = { "SMTP:*" } }
]]

    -- What becomes in the later revision of what the first one resolved.
    local function later(recipients)
      write(PEOPLE)
      local p = assert(policy.open(path))
      local items = p:resolve(recipients)
      write(LATER)
      assert(p:reload())
      local list = {}
      for i, delivery in ipairs(p:route(items)) do
        assert.equal(p.revision, delivery.revision)
        list[i] = ("%s %s"):format(delivery.entry or "-", delivery.code or delivery.verdict)
      end
      return list, p, items
    end

    it("resolves again what it resolved before", function()
      assert.same({ "K recipient-gone" }, (later "k@a.example"))
      assert.same({ "Pat recipient-gone" }, (later "pat@a.example"))
      assert.same({ "Kim deliver" }, (later "KIM@a.example"))
      assert.same({ "- deliver" }, (later "joe@far.example"))
      assert.same({ "- recipient-unknown" }, (later "nobody@a.example"))
      assert.same({ "- domain-label-empty" }, (later "a@b..c"))
      assert.same({ "- relay-denied" }, (later "IMCEASMTP-pat+40evil+2Eexample@a.example"))
    end)

    it("gives a list to those it was resolved to, each once", function()
      local list, p, items = later "all@a.example"
      assert.same({ "Kim deliver", "Pat recipient-gone", "All deliver" }, list)
      for i, item in ipairs(items) do
        local deliveries = p:route(item)
        assert.same({ 1, list[i] }, { #deliveries, ("%s %s"):format(deliveries[1].entry,
          deliveries[1].code or deliveries[1].verdict) })
      end
      assert.equal(4, #p:route("all@a.example"))
      local together = p:route { "all@a.example", items[1], items[2], items[3], "all@a.example" }
      assert.equal(4, #together)
      write(LATER:gsub("members = .-}", 'members = { "Lee", "K" }'))
      assert(p:reload())
      assert.equal(2, #p:route(items)) -- nobody is left of them
    end)
  end)

  it("keeps the last good one on any failure, and says so", function()
    local p = assert(policy.open(path))
    for source, expected in pairs {
      ["connector 'x' {"] = "policy-invalid",
      ["connector 'x' { spaces = {} }"] = "policy-invalid",
      ["recipient 'l' { proxies = { 'l@a.example' }, target = 'm' }"
        .. "recipient 'm' { proxies = { 'm@a.example' }, target = 'l' }"] = "policy-invalid",
      [GOOD:format("two", "one")] = "policy-untested",
    } do
      write(source)
      local ok, message, code = p:reload()
      assert.is_nil(ok)
      assert.equal(expected, code, message)
      assert.truthy(message:find("revision " .. p.revision .. " stays", 1, true))
      assert.is_string(p.failure)
      assert.equal("one", connector(p))
    end
    os.remove(path)
    assert.is_nil((p:reload()))
    assert.equal("one", connector(p))
  end)

  -- What a writer that is not done yet leaves, at every byte.
  it("takes no part of a file for the whole", function()
    local whole = GOOD:format("two", "two")
    for size = 0, #whole - 1 do
      local p = assert(policy.open(path))
      write(whole:sub(1, size))
      local ok, message, code = p:reload()
      if ok then -- all but the end of the last line
        assert.truthy(whole:sub(size + 1):find "^%s*$", size)
      else
        assert.is_nil(ok)
        assert.truthy(code == "policy-invalid" or code == "policy-empty"
          or code == "policy-tests-lost", code)
        assert.truthy(message:find("revision " .. p.revision .. " stays", 1, true), message)
        assert.equal(message:match "^[^\n]*", p.failure:match "^[^\n]*")
        assert.equal("one", connector(p))
      end
      p:close()
      write(GOOD:format("one", "one"))
    end
  end)

  it("takes one that declares nothing, or has no tests any more, only by force", function()
    local untested = "connector 'two' { spaces = { 'SMTP:*' } }"
    for _, case in ipairs {
      { "", "policy-empty" }, { "-- nothing yet\n", "policy-empty" },
      { "local x = 1", "policy-empty" },
      { "settings { order = 'cost' }", "policy-empty" },
      { "test 'none' { to = 'a@b.example', code = 'route-missing' }", "policy-empty" },
      { untested, "policy-tests-lost" },
    } do
      local p = assert(policy.open(path))
      local first = p.revision
      write(case[1])
      local ok, message, code = p:reload()
      assert.same({ [2] = case[2] }, { ok, code })
      assert.truthy(message:find("reload { force = true } insists", 1, true), message)
      ok, message, code = p:reload { force = false }
      assert.same({ [2] = case[2] }, { ok, code }, message)
      assert.equal(first, p.revision)
      assert.is_true((p:reload { force = true }))
      assert.are_not.equal(first, p.revision)
      assert.is_nil(p.failure)
      p:close()
      write(GOOD:format("one", "one"))
    end
    write(untested) -- who never had tests has none to lose
    local p = assert(policy.open(path))
    write(untested:gsub("two", "three"))
    assert.is_true((p:reload()))
    assert.equal("three", connector(p))
    p:close()
  end)

  it("is forced neither past a failure nor by an unknown option", function()
    local p = assert(policy.open(path))
    for source, expected in pairs {
      ["connector 'x' {"] = "policy-invalid", [GOOD:format("two", "one")] = "policy-untested",
    } do
      write(source)
      local ok, message, code = p:reload { force = true }
      assert.same({ [2] = expected }, { ok, code }, message)
    end
    assert.error_matches(function() p:reload { forced = true } end, 'did you mean "force"')
    assert.error_matches(function() p:reload { force = 1 } end, "option force cannot be a number")
    p:close()
  end)

  it("takes a text in the place of its file, until the next time", function()
    write(GOOD:format("one", "one"))
    local p = assert(policy.open(path))
    local first = p.revision
    assert.is_true(p:reload(GOOD:format("two", "two")))
    assert.equal("two", connector(p))
    local done, message, code = p:reload "conector 'x' {}"
    assert.same({ [2] = "policy-invalid" }, { done, code })
    assert.equal(path .. ":1: ", message:sub(1, #path + 4))
    assert.equal("two", connector(p))
    assert.equal("policy-tests-lost", (select(3, p:reload "domain 'a.example' {}")))
    assert.is_true(p:reload("domain 'a.example' {}", { force = true }))
    assert.same({ true, first }, { p:reload() })
    assert.equal("one", connector(p))
    assert.error_matches(function() p:reload(1, {}) end, "the text has to be a string, not a nu")
    p:close()
  end)

  it("comes from a function of the host, which gives a text and a name", function()
    local text, name, code = GOOD:format("one", "one"), "base", nil
    local function give() return text, name, code end
    local p = assert(policy.open(give))
    assert.equal("one", connector(p))
    assert.same({ true, p.revision }, { p:reload() })
    text = GOOD:format("two", "two")
    assert.is_true(p:reload())
    assert.equal("two", connector(p))
    text = "conector 'x' {}"
    local done, message = p:reload()
    assert.is_nil(done)
    assert.equal("base:1: ", message:sub(1, 8))
    assert.is_true(p:reload(GOOD:format("three", "three")))
    assert.equal("three", connector(p))
    text, name, code = nil, "the database is down", "ask-failed"
    done, message, code = p:reload()
    assert.same({ nil, "the host does not give the policy: the database is down\nrevision "
      .. p.revision .. " stays", "ask-failed" }, { done, message, code })
    assert.equal("three", connector(p))
    p:close()
    local yields = coroutine.wrap(function()
      local live = assert(policy.open(function() return coroutine.yield(), "late" end))
      return connector(live), live:close()
    end)
    yields()
    assert.equal("four", (yields(GOOD:format("four", "four"))))
    for give_nothing, expected in pairs {
      [function() end] = "it has to return a text and a name, not a nil",
      [function() error("oops", 0) end] = "oops", [function() return {} end] =
        "it has to return a text and a name, not a table",
    } do
      assert.same({ n = 3, nil, "the host does not give the policy: " .. expected,
        "file-unreadable" }, { n = 3, policy.open(give_nothing) })
    end
    assert.error_matches(function() policy.open(1) end, "not a number")
  end)

  it("takes no file that changes while it loads or its tests run", function()
    local asked = 0
    local function rewrite_it() -- by the policy's own include, as a writer in between does
      asked = asked + 1
      write(GOOD:format("two", "two") .. ("-- " .. asked))
      return "return 1", "@more.lua"
    end
    write('include "more"\n' .. GOOD:format("one", "one"))
    local p, message, code = policy.open(path, { include = rewrite_it })
    assert.is_nil(p)
    assert.equal("file-changing", code, message)
    p = assert(policy.open(path, { include = rewrite_it })) -- which includes nothing yet
    write('include "more"\n' .. GOOD:format("two", "two"))
    local first = p.revision
    local ok
    ok, message, code = p:reload { force = true }
    assert.same({ [2] = "file-changing" }, { ok, code }, message)
    assert.equal(first, p.revision)
    assert.is_true((p:reload())) -- it stands still now
    assert.equal("two", connector(p))
    p:close()
  end)

  it("does not open where there is nothing yet", function()
    write ""
    local p, message, code = policy.open(path)
    assert.same({ [2] = "policy-empty" }, { p, code })
    assert.truthy(message:find("declares nothing", 1, true), message)
    os.remove(path)
    p, message, code = policy.open(path)
    assert.same({ [2] = "file-unreadable" }, { p, code }, message)
    p, message, code = policy.open "/dev/zero"
    assert.same({ [2] = "file-irregular" }, { p, code }, message)
  end)

  it("does not open at all where its first revision is not good", function()
    write(GOOD:format("two", "one"))
    local p, message, code = policy.open(path)
    assert.is_nil(p)
    assert.equal("policy-untested", code)
    assert.truthy(message:find("expected one, got two", 1, true))
  end)

  it("ends a routing on the revision that it began with", function()
    local p = assert(policy.open(path,
      { ask = { wait = function() return coroutine.yield() end } }))
    local slow = coroutine.wrap(function() return p:route("slow@b.example")[1] end)
    slow()
    local old = p.policy
    write(GOOD:format("two", "two"))
    assert.is_true(p:reload())
    assert.equal("two", connector(p))
    assert.equal("deliver", old:route("a@b.example")[1].verdict) -- still open
    assert.equal("one", slow(nil).connector)
    assert.equal("policy-closed", old:route("a@b.example")[1].code)
  end)

  -- The process's memory in KiB, where the system tells.
  local function resident()
    local status = io.open "/proc/self/status"
    if not status then return 0 end
    local size = status:read("*a"):match "VmRSS:%s*(%d+) kB"
    status:close()
    return tonumber(size) or 0
  end

  local function sizes()
    collectgarbage()
    collectgarbage()
    return collectgarbage "count", resident()
  end

  it("loses nothing and keeps its size over hundreds of reloads #slow", function()
    local busy = os.getenv "POSTOFFICE_GC" == "busy"
    local reloads = 4 * helper.times(125) -- in `make soak` ten thousand
    local p = assert(policy.open(path, { ask = { wait = coroutine.yield }, milliseconds = 1e6,
      load_milliseconds = 1e6 }))
    local flying, landed, name = {}, 0, "one"

    local function take_off(place)
      local from, revision = name, p.revision
      local fly = coroutine.wrap(function() return p:route { "slow@b.example", "a@b.example" } end)
      fly()
      flying[place] = function()
        local deliveries = fly "landed"
        assert.equal(2, #deliveries)
        for _, delivery in ipairs(deliveries) do
          assert.same({ "deliver", from, revision },
            { delivery.verdict, delivery.connector, delivery.revision })
        end
        landed = landed + 1
      end
    end

    local function reload(i)
      if i % 10 == 0 then
        write(i % 20 == 0 and "connector {" or GOOD:format("bad", "other"))
        local revision = p.revision
        assert.is_nil((p:reload()))
        assert.equal(revision, p.revision)
      else
        name = "c" .. i
        write(GOOD:format(name, name))
        assert.is_true((p:reload()))
      end
      assert.equal(name, connector(p))
    end

    for place = 1, 16 do take_off(place) end
    local used, size
    for i = 1, reloads do
      reload(i)
      local place = i * 7919 % 101 % 16 + 1 -- some stay long, others do not
      flying[place]()
      take_off(place)
      if i == reloads / 4 then used, size = sizes() end
    end
    local used_now, size_now = sizes()
    for _, land in ipairs(flying) do land() end
    assert.equal(reloads + 16, landed)
    assert.is_true(used_now < used + 1000, used_now - used .. " KiB more for Lua")
    assert.is_true(busy or size_now < size + 8 * 1024, size_now - size .. " KiB more")
    p:close()
  end)
end)
