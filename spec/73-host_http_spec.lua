-- The HTTP API of hosts: requests in, responses out.

local helper = require "spec.helper"
local http = require "postoffice.host.http"
local lists = require "postoffice.lists"
local page = require "spec.page"
local problems = require "postoffice.host.http.problems"
local read_json = require "postoffice.text.read_json"
local site = require "postoffice.host.site"

local POLICY = "lua/postoffice/examples/q184994-exchange.lua"
local TO = "[ccmail:user@domain at internet]"

-- The example's site, opened once: that proves what it claims.  `serving` is the service that was made
-- last.
local serving
local opened
local function example()
  opened = opened or assert(site.open {
    name = "exchange", policy = POLICY, down = function() return serving.down end,
  })
  return opened
end

-- A service of one policy, or of those named; what it was told is in `told` and `down`.
local function new_service(names)
  local service = { sites = {}, told = {}, down = {} }
  serving = service
  for _, name in ipairs(names or { "exchange" }) do service.sites[name] = example() end
  function service:decided(record) table.insert(self.told, record) end
  function service:set_down(_, connector, is_down)
    if connector == "partner-line" then return nil, "the disk is full" end
    self.down[connector] = is_down or nil
    return true
  end
  function service.metrics() return "postoffice_up 1\n" end
  function service.hits() return { [POLICY .. ":14"] = 3, [POLICY .. ":99"] = 2 } end
  return service
end

local ALL = { explain = true, metrics = true, admin = true, page = true, auth_http = true }

local function new_api(options, names)
  local all = lists.copy(ALL)
  for name, value in pairs(options or {}) do all[name] = value end
  local service = new_service(names)
  return http.new(service, all), service
end

-- Asks by method and path, as "POST /v1/route"; `more` is `body`, `headers`, `query`.
local function ask(api, what, more)
  more = more or {}
  local method, path = what:match "^(%S+) (%S+)$"
  local headers = lists.copy(more.headers or {})
  if headers.host == nil then headers.host = "localhost:8080" end
  headers.host = headers.host or nil
  headers["content-type"] = headers["content-type"] or "application/json"
  return api:answer {
    method = method, path = path, query = more.query, headers = headers, body = more.body,
  }
end

-- What the answer says, which has to be JSON.
local function said(response)
  local value, message = read_json(response.body)
  assert.is_nil(message, response.body)
  return value
end

local FORM = { ["content-type"] = "application/x-www-form-urlencoded" }
local BEARER = { authorization = "Bearer sesame" }

describe("the calls", function()
  it("parse", function()
    local made = said(ask(new_api(), "POST /v1/parse", {
      body = '{"address":"smtp:Kim . Lee@EXAMPLE.com","profile":"obsolete"}',
    }))
    assert.same({ "Kim.Lee", "SMTP" }, { made.parts.localpart, made.parts.type })
    assert.same({ "deprecated", "obsolete-localpart", "RFC 5322 4.4" },
      { made.grade, made.findings[1].code, made.findings[1].source })
    assert.equal("SMTP:kim.lee@example.com", made.key)
  end)

  it("parse lists", function()
    local made = said(ask(new_api(), "POST /v1/parse_list", {
      body = 'list=Team%3A+a%40b.example%2C+"Lee"+%3Ck%40x.example%3E%3B%2C+(oops', headers = FORM,
    }))
    assert.equal("Team", made.entries[1].group)
    assert.same({ "SMTP:k@x.example", "Lee" },
      { made.entries[1].members[2].address, made.entries[1].members[2].display_name })
    assert.equal("comment-unclosed", made.faults[1].code)
  end)

  it("read what is as long as it may be", function()
    local list = said(ask(new_api(), "POST /v1/parse_list", {
      body = '{"list":"' .. ("k@x.example,"):rep(5461) .. '    "}', -- 65,536 bytes
    }))
    assert.equal(5461, #list.entries)
    local address = ("a"):rep(64) .. "@x.example"
    local comment = "(" .. ("c"):rep(8192 - #address - 2) .. ")"
    assert.equal("SMTP:" .. address, said(ask(new_api(), "POST /v1/parse", {
      body = ('{"address":"%s%s","profile":"lenient"}'):format(address, comment),
    })).address)
    assert.equal(200, ask(new_api(), "POST /v1/route", {
      body = ("to=a@x.example&"):rep(1000) .. "sender=k@x.example&size=5", headers = FORM,
    }).status)
  end)

  it("route, and tell the service", function()
    local api, service = new_api()
    local made = said(ask(api, "POST /v1/route", {
      body = '{"to":["' .. TO .. '","nobody@exchange.example"],"sender":"joe@far.example"}',
    }))
    assert.same({ "deliver", "ccmail", "SMTP:user@domain" }, { made.deliveries[1].verdict,
      made.deliveries[1].connector, made.deliveries[1].final })
    assert.equal("recipient-unknown", made.deliveries[2].code)
    assert.equal("exchange", made.policy)
    assert.same({ { "http", "exchange", "deliver", "ccmail", "joe@far.example" },
      { "http", "exchange", "reject", nil, "joe@far.example" } }, lists.map(service.told,
      function(record)
        return { record.protocol, record.site, record.action, record.connector, record.sender }
      end))
  end)

  it("route by what is down in truth, unless the request says what is", function()
    local api, service = new_api()
    service.down["partner-line"] = true
    local function connector(more)
      local body = '{"to":"joe@partner.example"' .. more .. "}"
      return said(ask(api, "POST /v1/route", { body = body })).deliveries[1].connector
    end
    assert.equal("ccmail-internet", connector "")
    assert.equal("partner-line", connector ',"down":[]')
    service.down = {}
    assert.equal("partner-line", connector "")
    assert.equal("ccmail-internet", connector ',"down":"partner-line"')
  end)

  it("explain as the policy does, and count nothing", function()
    local api, service = new_api()
    local made = said(ask(api, "POST /v1/explain", {
      body = "to=pat.jones%40exchange.example&may_relay=true&size=2000", headers = FORM,
    }))
    assert.matches("^Goes to HQ by connector ccmail", made.sentence)
    assert.is_true(#made.steps > 5)
    assert.same({}, service.told)
  end)

  it("list policies, and draw one with its hits", function()
    local api = new_api({}, { "a", "b" })
    local made = said(ask(api, "GET /v1/policies"))
    assert.same({ "a", "b" }, { made.policies[1].policy, made.policies[2].policy })
    assert.same({ "ccmail", "ccmail-internet", "partner-line" }, made.policies[1].connectors)
    local drawn = said(ask(api, "GET /v1/graph", { query = "policy=b" }))
    assert.equal(2, drawn.elsewhere)
    local hits = {}
    for _, node in ipairs(drawn.nodes) do hits[node.id] = node.hits end
    assert.same({ ["connector ccmail"] = 3 }, hits)
  end)

  it("tell that a connector is down, with the token alone", function()
    local api, service = new_api { token = "sesame" }
    local made = said(ask(api, "POST /v1/connectors/ccmail-internet",
      { body = '{"down":true}', headers = BEARER }))
    assert.same({ policy = "exchange", connector = "ccmail-internet", down = true }, made)
    assert.same({ ["ccmail-internet"] = true }, service.down)
    assert.equal(401, ask(api, "POST /v1/connectors/ccmail", { body = '{"down":true}' }).status)
    assert.same({ ["ccmail-internet"] = true }, service.down)
    ask(api, "POST /v1/connectors/ccmail%2Dinternet", { body = '{"down":false}', headers = BEARER })
    assert.same({}, service.down)
  end)

  it("reload, and keep the last good revision", function()
    local path = helper.write(os.tmpname(), 'domain "a.example" {}')
    local service = { sites = { a = assert(site.open { policy = path }) } }
    local api = http.new(service, { admin = true, token = "sesame" })
    local function reload() return ask(api, "POST /v1/reload", { headers = BEARER }) end
    local before = service.sites.a:revision()
    helper.write(path, 'domain "b.example" {}')
    local response = reload()
    assert.equal(200, response.status)
    assert.are_not.equal(before, said(response).revision)
    helper.write(path, "domain (")
    assert.same({ 409, "reload-refused" }, { reload().status, said(reload()).code })
    assert.equal(said(response).revision, service.sites.a:revision())
    os.remove(path)
  end)

  it("say whether the server is well", function()
    local api, service = new_api()
    assert.same({ status = "ok" }, said(ask(api, "GET /healthz")))
    assert.same({ status = "ready" }, said(ask(api, "GET /readyz")))
    service.draining = true
    assert.equal(200, ask(api, "GET /healthz").status)
    assert.equal(503, ask(api, "GET /readyz").status)
    assert.equal("postoffice_up 1\n", ask(api, "GET /metrics").body)
  end)
end)

-- What is asked, with which options, and the status and code of the refusal.
local REFUSED = {
  { "GET /nope", 404, "path-unknown" },
  { "GET /v1/route", 405, "method-refused", query = "to=kim@x.example" },
  { "OPTIONS /v1/route", 405, "method-refused" },
  { "POST /v1/route", 400, "field-unknown", query = "to=kim", body = '{"to":"kim"}' },
  { "POST /v1/route", 400, "body-empty" },
  { "POST /v1/route", 415, "body-type", body = "to=x",
    headers = { ["content-type"] = "text/plain" } },
  { "POST /v1/route", 400, "json-invalid", body = "{", position = 2 },
  { "POST /v1/route", 400, "json-invalid", body = '"to"' },
  { "POST /v1/route", 400, "field-missing", body = '{"sender":"a"}', field = "to" },
  { "POST /v1/route", 400, "field-missing", body = "{}", field = "to" },
  { "POST /v1/route", 400, "field-type", body = '{"to":5}', field = "to" },
  { "POST /v1/route", 400, "field-type", body = '{"to":"a","size":"big"}', field = "size" },
  { "POST /v1/route", 400, "field-type", body = '{"to":"a","size":1e999}', field = "size" },
  { "POST /v1/route", 400, "field-type", body = "to=a&now=soon", headers = FORM, field = "now" },
  { "POST /v1/route", 400, "field-type", body = '{"to":{"a":"b"}}', field = "to" },
  { "POST /v1/route", 400, "field-unknown", body = '{"too":"a"}', field = "too" },
  { "POST /v1/route", 400, "field-twice", body = "to=a&sender=b&sender=c", headers = FORM },
  { "POST /v1/route", 400, "address-missing", body = '{"to":[]}' },
  { "POST /v1/route", 413, "recipients-many", body = '{"to":["' .. ('a","'):rep(1000) .. 'a"]}' },
  { "POST /v1/route", 413, "body-length", body = (" "):rep(1001), options = { length = 1000 } },
  { "POST /v1/route", 404, "policy-unknown", body = '{"to":"a","policy":"x"}' },
  { "POST /v1/route", 400, "policy-missing", body = '{"to":"a"}', names = { "a", "b" } },
  { "POST /v1/parse", 400, "domain-label-empty", body = '{"address":"a@b..c"}', position = 5 },
  { "POST /v1/parse", 400, "field-type", body = '{"address":"a","profile":"nice"}' },
  { "POST /v1/parse", 413, "address-length", field = "address",
    body = '{"address":"' .. ("a"):rep(8193) .. '"}' },
  { "POST /v1/parse", 413, "address-length", body = "address=" .. ("a"):rep(8193), headers = FORM },
  { "POST /v1/parse_list", 413, "list-length", field = "list",
    body = '{"list":"' .. ("a@b.c,"):rep(10923) .. '"}' },
  { "POST /v1/route", 413, "recipients-many", body = ("to=a&"):rep(1100), headers = FORM },
  { "POST /v1/route", 413, "fields-many", body = ("to=a&"):rep(1101), headers = FORM },
  { "GET /v1/graph", 413, "fields-many", query = ("a&"):rep(1101) },
  { "POST /v1/explain", 403, "switched-off", body = '{"to":"a"}', options = { explain = false } },
  { "GET /v1/graph", 403, "switched-off", options = { explain = false } },
  { "GET /metrics", 403, "switched-off", options = { metrics = false } },
  { "GET /", 403, "switched-off", options = { page = false } },
  { "GET /auth", 403, "switched-off", options = { auth_http = false } },
  { "POST /v1/reload", 403, "switched-off", options = { admin = false } },
  { "POST /v1/reload", 403, "token-unset" },
  { "POST /v1/reload", 401, "token-missing", options = { token = "sesame" } },
  { "POST /v1/reload", 401, "token-missing", options = { token = "sesame" },
    headers = { authorization = "Basic c2VzYW1l" } },
  { "POST /v1/reload", 401, "token-refused", options = { token = "sesame" },
    headers = { authorization = "Bearer sesamo" } },
  { "POST /v1/reload", 401, "token-refused", options = { token = "sesame" },
    headers = { authorization = "Bearer sesamesesame" } },
  { "POST /v1/route", 401, "token-missing", options = { token = "sesame", protected = true },
    body = '{"to":"a"}' },
  { "POST /v1/connectors/nope", 404, "connector-unknown", options = { token = "sesame" },
    headers = BEARER, body = '{"down":true}' },
  { "POST /v1/connectors/partner-line", 500, "server-failure", options = { token = "sesame" },
    headers = BEARER, body = '{"down":true}' },
  { "GET /healthz", 421, "host-refused", headers = { host = "evil.example" } },
  { "GET /healthz", 421, "host-refused", headers = { host = "localhost.evil.example" } },
  { "GET /healthz", 400, "host-missing", headers = { host = false } },
  { "GET /", 403, "origin-refused", headers = { origin = "https://evil.example" } },
  { "GET /", 403, "origin-refused", headers = { origin = "http://localhost" } }, -- another port
  { "GET /", 403, "origin-refused", headers = { origin = "null" } },
  { "POST /v1/route", 403, "origin-refused", body = "to=a",
    headers = { origin = "http://evil.example", ["content-type"] = FORM["content-type"] } },
}

describe("a refusal", function()
  for _, case in ipairs(REFUSED) do
    it(("of %s is %d %s"):format(case[1], case[2], case[3]), function()
      local response = ask(new_api(case.options, case.names), case[1], case)
      local body = said(response)
      assert.same({ case[2], case[3] }, { response.status, body.code })
      assert.is_string(body.message)
      if case.position then assert.equal(case.position, body.position) end
      if case.field then assert.equal(case.field, body.field) end
    end)
  end

  it("has every code that there is", function()
    local met = { ["reload-refused"] = true, unready = true } -- above
    for _, case in ipairs(REFUSED) do met[case[3]] = true end
    for code in pairs(problems.CODES) do assert.is_true(met[code], code) end
  end)

  it("says which methods there are", function()
    assert.equal("POST", ask(new_api(), "GET /v1/route").headers.allow)
  end)

  it("asks for the token as RFC 6750 has it", function()
    local response = ask(new_api { token = "t" }, "POST /v1/reload")
    assert.equal('Bearer realm="postoffice"', response.headers["www-authenticate"])
  end)

  it("is given for what raised and for what was not read to its end", function()
    assert.same({ 500, "server-failure" }, { http.failure().status, said(http.failure()).code })
    assert.same({ 413, "body-length" }, { http.too_long().status, said(http.too_long()).code })
  end)
end)

describe("who may ask", function()
  it("is whoever names the host by a name of ours", function()
    local api = new_api { hosts = { "Mail.example" } }
    for _, host in ipairs { "localhost", "LOCALHOST:80", "127.0.0.1:1", "[::1]:8080",
      "mail.example", "mail.example:443" } do
      assert.equal(200, ask(api, "GET /healthz", { headers = { host = host } }).status, host)
    end
  end)

  it("is a page of ours", function()
    local headers = { host = "localhost:8080", origin = "http://localhost:8080" }
    assert.equal(200, ask(new_api(), "GET /", { headers = headers }).status)
  end)

  it("is who has the token, where all is protected, but for what tells nothing", function()
    local api = new_api { token = "sesame", protected = true }
    for what, status in pairs {
      ["GET /healthz"] = 200, ["GET /readyz"] = 200, ["GET /"] = 200, ["GET /metrics"] = 401,
      ["GET /v1/policies"] = 401, ["GET /auth"] = 401, ["GET /v1"] = 401,
    } do
      assert.equal(status, ask(api, what).status, what)
    end
    assert.equal(200, ask(api, "GET /metrics", { headers = BEARER }).status)
  end)
end)

describe("every answer", function()
  it("is for nobody else: no CORS, no store, no sniffing, no frames", function()
    for _, what in ipairs { "GET /", "GET /v1/policies", "GET /nope", "POST /v1/route" } do
      local headers = ask(new_api(), what).headers
      assert.equal("nosniff", headers["x-content-type-options"])
      assert.equal("no-referrer", headers["referrer-policy"])
      assert.matches("default%-src 'none'", headers["content-security-policy"])
      assert.matches("frame%-ancestors 'none'", headers["content-security-policy"])
      for name in pairs(headers) do assert.is_nil(name:find "^access%-control", name) end
    end
  end)

  it("has its length, and to HEAD no body", function()
    local get, head = ask(new_api(), "GET /healthz"), ask(new_api(), "HEAD /healthz")
    assert.equal(tostring(#get.body), get.headers["content-length"])
    assert.same({ 200, "", get.headers["content-length"] },
      { head.status, head.body, head.headers["content-length"] })
  end)
end)

-- What a request is made of by chance.
local METHODS = { "GET", "POST", "HEAD", "PUT", "", "get" }
local PATHS = { "/", "/v1", "/v1/route", "/v1/explain", "/v1/parse", "/v1/parse_list", "/v1/graph",
  "/v1/connectors/ccmail", "/v1/connectors/%00", "/v1/reload", "/auth", "/metrics", "//", "/%",
  "" }
local BODIES = { '{"to":"kim.lee@exchange.example","sender":"<>","size":1,"down":["ccmail"]}',
  '{"address":"[ccmail:a at b]","type":"CCMAIL"}', '{"list":"a@b.c, (x) <d@e.f>;"}',
  '{"down":true}',
  "to=a%40b&to=c&may_relay=1&now=5", "address=%00%ff", "", "[]", "null" }
local HEADERS = {
  host = { "localhost", "localhost:1", "", "x", "[::1]" },
  origin = { "http://localhost", "null", "http://" },
  authorization = { "Bearer sesame", "bearer  sesame ", "Bearer", "Basic x" },
  ["content-type"] = { "application/json", "application/x-www-form-urlencoded; charset=x", ";" },
  ["auth-smtp-to"] = { "RCPT TO:<kim.lee@exchange.example>", "RCPT TO:<", "<>" },
  ["auth-protocol"] = { "smtp" }, ["auth-method"] = { "none" }, ["x-policy"] = { "exchange" },
}

local function one_of(list) return list[math.random(#list)] end

-- A text with some of its bytes changed.
local function mutated(text)
  for _ = 1, math.random(0, 2) do
    local at = math.random(0, #text)
    text = text:sub(1, at) .. string.char(math.random(0, 255)) .. text:sub(at + math.random(2))
  end
  return text
end

local function drawn_request()
  local headers = { host = "localhost" }
  for name, values in pairs(HEADERS) do
    if math.random(2) == 1 then headers[name] = mutated(one_of(values)) end
  end
  return {
    method = one_of(METHODS), path = mutated(one_of(PATHS)), headers = headers,
    query = math.random(4) == 1 and mutated "policy=exchange" or nil,
    body = mutated(one_of(BODIES)),
  }
end

-- The statuses that requests drawn by chance come to, each of them sooner or later.
local STATUSES = { 200, 400, 401, 403, 404, 405, 415, 421 }

local function have_all(seen)
  for _, status in ipairs(STATUSES) do
    if not seen[status] then return false end
  end
  return true
end

describe("whatever is asked", function()
  it("has an answer of one line of JSON, with a status that says what is wrong", function()
    local api = new_api { token = "sesame" }
    local seen, drawn, least = {}, 0, helper.times(3000)
    while drawn < least or drawn < 30000 and not have_all(seen) do
      drawn = drawn + 1
      local request = drawn_request()
      local response = api:answer(request)
      seen[response.status] = true
      local is_json = response.headers["content-type"] == "application/json"
      if is_json and request.method ~= "HEAD" then
        assert.truthy(response.body:find "^[^\n]+\n$", response.body)
        local body = said(response)
        if response.status ~= 200 then assert.is_string(body.code) end
      end
      for _, value in pairs(response.headers) do assert.is_nil(value:find "[%c\128-\255]") end
    end
    for _, status in ipairs(STATUSES) do assert.is_true(seen[status], status) end
    assert.is_nil(seen[500])
  end)
end)

-- A request for each call that answers with fields.
local REQUESTS = {
  ["GET /v1"] = {}, ["GET /v1/policies"] = {}, ["GET /v1/graph"] = {}, ["GET /healthz"] = {},
  ["GET /readyz"] = {}, ["POST /v1/parse"] = { body = '{"address":"kim@x.example"}' },
  ["POST /v1/parse_list"] = { body = '{"list":"kim@x.example"}' },
  ["POST /v1/route"] = { body = '{"to":"kim@x.example"}' },
  ["POST /v1/explain"] = { body = '{"to":"kim@x.example"}' },
  ["POST /v1/connectors/{name}"] = { path = "POST /v1/connectors/ccmail", body = '{"down":true}' },
  ["POST /v1/reload"] = {},
}

describe("what is written of the calls", function()
  it("names the fields that they give, all of them and no others", function()
    local api = new_api { token = "sesame" }
    for _, call in ipairs(http.calls) do
      local what = call.method .. " " .. call.path
      local request = REQUESTS[what]
      assert.equal(#call.gives > 0, request ~= nil, what)
      if request then
        local response = ask(api, request.path or what, { body = request.body, headers = BEARER })
        assert.equal(200, response.status, what)
        local names = lists.pluck(call.gives, "name")
        table.sort(names)
        assert.same(names, lists.keys(said(response)), what)
      end
    end
  end)

  it("is what GET /v1 says", function()
    local made = said(ask(new_api(), "GET /v1")).calls
    assert.equal(#http.calls, #made)
    for i, call in ipairs(http.calls) do
      assert.same({ call.path, call.doc, #call.takes },
        { made[i].path, made[i].doc, #made[i].takes })
    end
  end)
end)

-- What nginx's mail proxy asks, and the headers of the answer.
local function ask_proxy(service, more, switch)
  local headers = { host = "localhost", ["auth-protocol"] = "smtp", ["auth-method"] = "none",
    ["auth-smtp-from"] = "MAIL FROM:<joe@far.example> SIZE=2000", ["client-ip"] = "192.0.2.1" }
  for name, value in pairs(more) do headers[name] = value or nil end
  local api = http.new(service, { auth_http = switch or true })
  local response = api:answer { method = "GET", path = "/auth", headers = headers }
  assert.equal(200, response.status)
  return response.headers
end

local BEHIND = [[
  domain "x.example" {}
  connector "a" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:2525",
                  spaces = { "SMTP:*@a.example" } }
  connector "six" { speaks = "SMTP", nexthop = "smtp:[2001:db8::7]",
                    spaces = { "SMTP:*@six.example" } }
  recipient "Kim" { proxies = { "SMTP:kim@x.example" }, target = "kim@a.example" }
  recipient "Six" { proxies = { "SMTP:six@x.example" }, target = "six@six.example" }
  recipient "Here" { proxies = { "SMTP:here@x.example" } }
  list "Both" { proxies = { "SMTP:both@x.example" }, members = { "Kim", "Six" } }
  function on.recipient(address, envelope)
    if address.localpart == "later" then return defer("try later", "4.2.1") end
    if address.localpart == "ours" then return pass() end
    if address.localpart == "known" and envelope.client == "192.0.2.1" and envelope.size == 2000
      and envelope.sender.localpart == "joe" then return mail.parse "kim@a.example" end
  end
]]

describe("nginx's mail proxy", function()
  local service

  setup(function()
    service = { sites = { x = assert(site.open { policy = function() return BEHIND, "@x" end }) } }
    function service.decided() end
    function service.failed() end
  end)

  for _, case in ipairs {
    { "RCPT TO:<kim@x.example>", server = "192.0.2.7", port = "2525" },
    { "RCPT TO: <KIM@x.example> NOTIFY=NEVER", server = "192.0.2.7", port = "2525" },
    { "RCPT TO:<six@x.example>", server = "2001:db8::7", port = "25" },
    { "RCPT TO:<known@x.example>", server = "192.0.2.7", port = "2525" },
    { "RCPT TO:<nobody@x.example>", code = "550 5.1.1" },
    { "RCPT TO:<later@x.example>", code = "451 4.2.1", text = "try later" },
    { "RCPT TO:<ours@x.example>", code = "550 5.7.1" },
    { "RCPT TO:<here@x.example>", code = "451 4.3.5" },
    { "RCPT TO:<both@x.example>", code = "451 4.3.5" },
    { "RCPT TO:kim@x.example", code = "550 5.1.3" }, { "RCPT TO:<>", code = "550 5.1.3" },
    { "", code = "550 5.1.3" },
  } do
    it(("is answered %s for %s"):format(case.code or case.server, case[1]), function()
      local headers = ask_proxy(service, { ["auth-smtp-to"] = case[1] }, "backends-defer")
      assert.same({ case.server, case.port, case.code }, { headers["auth-server"],
        headers["auth-port"], headers["auth-error-code"] })
      assert.equal(case.server ~= nil, headers["auth-status"] == "OK")
      if case.text then assert.equal(case.text, headers["auth-status"]) end
      assert.matches("^[\32-\126]+$", headers["auth-status"])
    end)
  end

  it("is answered whatever a stranger writes, in as many steps as that has bytes", function()
    local many = (">"):rep(8000) .. (" "):rep(8000) .. "x" -- by pairs of both it would take hours
    local headers = ask_proxy(service, { ["auth-smtp-to"] = "RCPT TO:<kim@x.example" .. many },
      "backends-defer")
    assert.equal("550 5.1.3", headers["auth-error-code"])
  end)

  it("is answered for SMTP without AUTH alone", function()
    for _, more in ipairs { { ["auth-protocol"] = "imap" }, { ["auth-method"] = "plain" } } do
      more["auth-smtp-to"] = "RCPT TO:<kim@x.example>"
      assert.equal("550 5.7.1", ask_proxy(service, more, "backends-defer")["auth-error-code"])
    end
  end)

  it("is deferred where a second recipient could be led astray, unless servers defer", function()
    local asked = { ["auth-smtp-to"] = "RCPT TO:<kim@x.example>" }
    assert.equal("451 4.3.5", ask_proxy(service, asked)["auth-error-code"])
    assert.equal("OK", ask_proxy(service, asked, "backends-defer")["auth-status"])
  end)

  it("names a policy by a header, where there are several", function()
    local two = { sites = { x = service.sites.x, y = service.sites.x },
      decided = function() end }
    local asked = { ["auth-smtp-to"] = "RCPT TO:<kim@x.example>" }
    assert.equal("451 4.3.5", ask_proxy(two, asked, "backends-defer")["auth-error-code"])
    asked["x-policy"] = "y"
    assert.equal("OK", ask_proxy(two, asked, "backends-defer")["auth-status"])
  end)
end)

describe("the page", function()
  it("says by hashes what may run in it", function()
    local text = helper.read(page.PATH)
    assert.equal(page.hashed(text), text, "run `make page`")
  end)

  it("takes nothing from outside, nor style or script from attributes", function()
    local text = helper.read(page.PATH)
    assert.is_nil(text:gsub("http://www%.w3%.org/2000/svg", ""):match "https?://[%w.]+")
    for _, pattern in ipairs { " src=", " style=", " on%w+=\"", "innerHTML", "@import", "url%(" } do
      assert.is_nil(text:find(pattern), pattern)
    end
  end)

  it("is served with the policy that it says, and in no frame", function()
    local response = ask(new_api(), "GET /")
    assert.equal("text/html; charset=utf-8", response.headers["content-type"])
    local csp = response.headers["content-security-policy"]
    assert.truthy(response.body:find(csp:gsub("; frame%-ancestors 'none'$", ""), 1, true))
    assert.is_nil(csp:find "unsafe")
  end)
end)
