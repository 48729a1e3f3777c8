-- The page that explains a route, in a real browser, served by `postoffice serve`.

local browser = require "spec.host.browser"
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local socket_http = require "socket.http"

local ARTICLE = "lua/postoffice/examples/q184994-exchange.lua"

-- Names of people that a page could fall for, and a list of all of them.
local HOSTILE = [[
domain "example.com" {}
connector "out" { speaks = "SMTP", nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
recipient "<img src=x onerror='window.pwned=1'>" { proxies = { "SMTP:img@example.com" } }
recipient "</script><b>bold</b>" { proxies = { "SMTP:bold@example.com" } }
recipient "أحمد" { proxies = { "SMTP:ahmed@example.com" } }
list "All & sundry" { proxies = { "SMTP:all@example.com" }, members = {
  "<img src=x onerror='window.pwned=1'>", "</script><b>bold</b>", "أحمد",
  "SMTP:a.very.long.local.part.indeed.without.an.end@a.very.long.domain.example.org" } }
]]

-- More connectors than are drawn.
local function many()
  local lines = { 'domain "x.example" {}' }
  for i = 1, 200 do
    lines[#lines + 1] = ('connector "c%d" { nexthop = "smtp:[192.0.2.%d]:25",'
      .. ' spaces = { "SMTP:*@d%d.example" } }'):format(i, i, i)
  end
  return table.concat(lines, "\n")
end

local page, folder, port

local function start_server()
  folder, port = helper.output "mktemp -d", servers.port()
  helper.write(folder .. "/hostile.lua", HOSTILE)
  helper.write(folder .. "/many.lua", many())
  local command = ("lua5.4 lua/postoffice/cli/postoffice serve --policy article=%s"
    .. " --policy hostile=%s/hostile.lua --policy many=%s/many.lua --http 127.0.0.1:%d --page"
    .. " --explain --log %s/log"):format(ARTICLE, folder, folder, port, folder)
  helper.output(("LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='build/5.4/?.so;;' %s"
    .. " >%s/output 2>&1 </dev/null & echo $! >%s/pid"):format(command, folder, folder))
  servers.wait_for("postoffice serve", function()
    return select(2, socket_http.request(("http://127.0.0.1:%d/readyz"):format(port))) == 200
  end)
end

local function stop_server() helper.run("kill $(cat " .. folder .. "/pid)") end

local function address() return ("http://127.0.0.1:%d/"):format(port) end

-- Opens the page with a fragment, as if for the first time, and waits until it has answered it.
local function open(fragment)
  page:go "about:blank"
  page:go(address() .. (fragment and "#" .. fragment or ""))
  page:wait_for "return graph !== null"
  if fragment then page:wait_for "return shown !== null" end
end

local function text(selector)
  return page:run("return document.querySelector(arguments[0]).innerText", selector)
end

-- Waits until an element's text has a part.
local function says(selector, part)
  page:wait_for("return document.querySelector(arguments[0]).innerText.includes(arguments[1])",
    selector, part)
end

setup(function()
  start_server()
  page = browser.start()
  page:show(1280, 1000, "light")
end)

teardown(function()
  if page then page:stop() end
  stop_server()
  servers.end_all()
  helper.run("rm -rf " .. folder)
end)

describe("the page", function()
  it("explains an address that is typed", function()
    open()
    page:type("#to", "pat.jones@exchange.example\238\128\135") -- Enter
    says("#said", "Goes to HQ by connector ccmail at cost 1")
    says("#announced", "Goes to HQ")
    assert.matches("goes on to CCMAIL:pat@partner.example at internet", text "#stages", 1, true)
    assert.matches("ccmail.*CCMAIL:%*.*1.*wins", text "#stages")
    assert.matches("SMTP:pat@partner.example", text "#deliveries", 1, true)
    assert.equal("asked for pat.jones@exchange.example; then entry Pat Jones (Internet); then"
      .. " connector ccmail cost 1 by CCMAIL:*; then post office HQ as"
      .. " CCMAIL:pat@partner.example at internet; then gateway internet; then arrives as"
      .. " SMTP:pat@partner.example",
      page:run "return document.querySelector('#way-told').textContent")
  end)

  it("says what is down by a click, and who loses then", function()
    open "policy=article&to=joe@partner.example"
    says("#said", "connector partner-line")
    page:click ".chip:has([value=partner-line])"
    says("#said", "connector ccmail-internet")
    assert.matches("partner%-line.-is down", text "#stages")
  end)

  it("marks the byte that is wrong", function()
    open "policy=article&to=kim..lee@exchange.example"
    page:wait_for "return document.querySelector('#said mark') !== null"
    assert.equal(".", text "#said mark")
  end)

  it("keeps what is asked in the fragment, and nothing in what reaches a server", function()
    open "policy=article&to=joe@partner.example&sender=kim@exchange.example&down=partner-line"
    assert.same({ "joe@partner.example", "kim@exchange.example", true }, { page:run
      "return document.querySelector('#to').value", page:run
      "return document.querySelector('#sender').value", page:run
      "return document.querySelector('[value=partner-line]').checked" })
    page:click "#may_relay"
    page:wait_for "return location.hash.includes('may_relay=true')"
    assert.equal("", page:run "return location.search")
    local asked = page:run [[
      return performance.getEntriesByType("resource").map((entry) => entry.name).join(" ")]]
    assert.matches("/v1/explain", asked, 1, true)
    assert.is_nil(asked:find "joe")
  end)

  it("follows a fragment that is changed by hand", function()
    open "policy=article&to=joe@partner.example"
    page:run "location.hash = 'policy=article&to=nobody@exchange.example'"
    says("#said", "recipient-unknown")
  end)

  it("counts by which rules was decided", function()
    open()
    local body = "policy=article&to=joe@partner.example"
    for _ = 1, 3 do socket_http.request(address() .. "v1/route", body) end
    page:click "#refresh"
    says("#map-drawn", "decided 3 times")
    assert.matches("decided 3 times", text "#map-sum")
  end)

  it("draws of many connectors those that matter, and finds the others", function()
    open "policy=many&to=joe@d177.example"
    says("#map-drawn", "c177")
    says("#map-drawn", "Connectors, and 160 more")
    page:type("#find", "c19")
    assert.equal("c19 c190 c191 c192 c193 c194 c195 c196 c197 c198 c199", page:run [[
      return [...document.querySelectorAll("#down .chip:not([hidden])")]
        .map((chip) => chip.innerText.trim()).join(" ")]])
  end)

  it("shows names as they are, and is no victim of theirs", function()
    open "policy=hostile&to=all@example.com"
    assert.matches("<img src=x onerror", text "#deliveries", 1, true)
    assert.is_true(page:run "return document.querySelector('img, #said b, #deliveries b') === null")
    page:run [[
      const s = document.createElement("script"); s.textContent = "window.pwned = 1";
      document.body.append(s)]]
    assert.is_true(page:run "return window.pwned === undefined")
    open(("policy=hostile&to=%s"):format "a%E2%80%AEb%40example.com")
    assert.matches("\226\159\168U+202E\226\159\169", text "#stages", 1, true)
  end)

  it("says that the server does not answer, or asks for a token", function()
    open "policy=article&to=joe@partner.example"
    page:run [[
      window.real = fetch;
      window.fetch = async () => new Response('{"message":"a token is wanted"}', { status: 401 })]]
    page:click "#authenticated"
    says("#notes", "a token is wanted")
    assert.is_true(page:run "return document.activeElement.id === 'token'")
    page:run "window.fetch = async () => { throw new TypeError('gone') }"
    page:click "#authenticated"
    says("#notes", "cannot be reached")
    page:run "window.fetch = window.real"
    page:click "#authenticated"
    page:wait_for "return document.querySelector('#notes').hidden"
  end)

  it("has complained about the script that was tried on it, and the wrong addresses", function()
    local kinds = {}
    for _, complaint in ipairs(page:complaints()) do
      local is_meant = complaint:find "inline script" or complaint:find "/v1/parse .* 400"
      assert.truthy(is_meant, complaint)
      kinds[complaint:find "inline script" and "script" or "address"] = true
    end
    assert.same({ script = true, address = true }, kinds)
  end)
end)

describe("by keyboard and ear", function()
  -- Which element has the focus.
  local function focus()
    return page:run [[
      const at = document.activeElement;
      return at.id || at.value || at.textContent.trim() || at.tagName]]
  end

  it("all is reached in the order in which it is read", function()
    open()
    assert.equal("to", focus())
    local met = {}
    for i = 1, 9 do
      page:press "\238\128\132" -- Tab
      met[i] = focus()
    end
    assert.same({ "sender", "Explain", "ccmail", "ccmail-internet", "partner-line", "may_relay",
      "authenticated", "More about the message", "refresh" }, met)
  end)

  it("a connector is told to be down by the space bar", function()
    open "policy=article&to=joe@partner.example"
    page:run "document.querySelector('[value=partner-line]').focus()"
    page:press " "
    says("#said", "connector ccmail-internet")
    assert.equal("partner-line", focus())
  end)

  it("everything has a name and a role", function()
    open "policy=article&to=joe@partner.example"
    for selector, expected in pairs {
      ["#to"] = { "textbox", "To" }, ["#sender"] = { "textbox", "From (may be left out)" },
      ["#policy"] = { "combobox", "Policy" }, ["#down-choice"] = { "group", "What is down" },
      ["[value=ccmail]"] = { "checkbox", "ccmail" }, ["form button"] = { "button", "Explain" },
      ["#way-drawn svg"] = { "image", "The way" }, ["#map-drawn svg"] = { "image", "The policy" },
      ["#announced"] = { "status", "" },
      [".candidates"] = { "table", "Candidates, and why they lost" },
      [".candidates td"] = { "cell", "ccmail-internet" }, ["main"] = { "main", "" },
    } do
      local role, label = page:told(selector)
      assert.equal(expected[1], role, selector)
      if selector ~= ".candidates td" then assert.equal(expected[2], label, selector) end
    end
    assert.equal("en", page:run "return document.documentElement.lang")
    assert.equal("polite", page:run "return document.querySelector('#announced').ariaLive")
  end)
end)

-- nginx with the page below a path, and a token for all calls.
local NGINX = [[
@USER@
load_module @MODULES@/ndk_http_module.so;
load_module @MODULES@/ngx_http_lua_module.so;
pid pid;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  lua_package_path "@ROOT@/lua/?.lua;@ROOT@/lua/?/init.lua;;";
  lua_package_cpath "@ROOT@/build/5.1/?.so;;";
  lua_shared_dict postoffice 1m;
  init_worker_by_lua_block {
    require "postoffice.host.resty".start {
      policies = { article = "@ROOT@/lua/postoffice/examples/q184994-exchange.lua" },
      explain = true, page = true, protected = true, token_file = "@TOKEN@", prefix = "/mail",
    }
  }
  server {
    listen 127.0.0.1:@PORT@;
    location /mail { content_by_lua_block { require "postoffice.host.resty".answer() } }
  }
}
]]

describe("served by nginx", function()
  it("stands below a path, and asks for the token that all calls want", function()
    local token = helper.write(folder .. "/token", "sesame\n")
    local nginx = servers.nginx(NGINX, { TOKEN = token })
    page:go(("http://127.0.0.1:%d/mail#to=joe@partner.example"):format(nginx.port))
    says("#notes", "wants a token")
    assert.equal("token", page:run "return document.activeElement.id")
    page:type("#token", "wrong\238\128\132") -- Tab
    says("#notes", "this is not the token")
    page:type("#token", "sesame\238\128\132")
    says("#said", "connector partner-line")
    assert.equal("", page:run "return location.search")
    assert.is_true(page:run "return document.querySelector('#notes').hidden")
  end)
end)

-- What of the page is wider than its window, drawn outside of its drawing, or upon another text.
local MISPLACED = [[
  const wrong = [], root = document.documentElement;
  if (root.scrollWidth > innerWidth) wrong.push("the page is " + root.scrollWidth + " wide");
  for (const drawing of document.querySelectorAll("figure svg")) {
    const around = drawing.getBoundingClientRect();
    const texts = [...drawing.querySelectorAll("text")];
    const boxes = texts.map((one) => one.getBoundingClientRect());
    boxes.forEach((box, i) => {
      const text = texts[i].textContent;
      if (box.left < around.left - 1 || box.right > around.right + 1) wrong.push("out: " + text);
      if (box.bottom > around.bottom + 1) wrong.push("below: " + text);
      boxes.forEach((at, j) => {
        const is_on = i !== j && box.left < at.right - 1 && at.left < box.right - 1
          && box.top < at.bottom - 1 && at.top < box.bottom - 1;
        if (is_on) wrong.push(text + " is on " + texts[j].textContent);
      });
    });
  }
  return wrong.join("\n");
]]

-- Texts whose contrast is less than WCAG 2.2 asks for (1.4.3: 4.5).
local TOO_FAINT = [[
  const channel = (value) =>
    (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const parsed = (color) => color.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  function behind(node) {
    for (; node; node = node.parentElement) {
      const box = node.closest && node.closest("g.box");
      if (box) return parsed(getComputedStyle(box.querySelector("rect")).fill);
      const color = parsed(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  }
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    if (node.closest("script, style, .hidden, [hidden]")) continue;
    if (!node.getClientRects().length) continue;
    const style = getComputedStyle(node), svg = node.ownerSVGElement;
    const a = light(parsed(svg ? style.fill : style.color)), b = light(behind(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.add(walker.currentNode.data.trim() + " " + ratio.toFixed(2));
  }
  return [...faint].join("\n");
]]

describe("to the eye", function()
  local SHOWN = {
    "policy=article&to=sales@exchange.example", "policy=hostile&to=all@example.com",
    "policy=article&to=joe@partner.example&down=partner-line",
    "policy=article&to=nobody@exchange.example", "policy=hostile&to=a@b@c",
  }

  local LOOKS = { { 360, "dark" }, { 768, "light" }, { 1280, "dark" }, { 1600, "light" } }
  for _, look in ipairs(LOOKS) do
    it(("all has its place at %d pixels, and can be read, %s"):format(look[1], look[2]), function()
      page:show(look[1], 1000, look[2])
      for _, fragment in ipairs(SHOWN) do
        open(fragment)
        assert.equal("", page:run(MISPLACED), fragment)
        assert.equal("", page:run(TOO_FAINT), fragment)
      end
    end)
  end

  it("light and dark differ, and so do the drawings of wide and narrow windows", function()
    local fragment = "policy=article&to=pat.jones@exchange.example"
    local seen = {}
    for _, look in ipairs { { 1280, "light" }, { 1280, "dark" }, { 360, "dark" } } do
      page:show(look[1], 1000, look[2])
      open(fragment)
      seen[#seen + 1] = page:run [[
        const drawn = document.querySelector("#way-drawn svg").viewBox.baseVal;
        const { backgroundColor } = getComputedStyle(document.body);
        return [backgroundColor, drawn.width > drawn.height].join(" ")]]
    end
    assert.are_not.equal(seen[1], seen[2])
    assert.same({ "true", "true", "false" },
      { seen[1]:match "%a+$", seen[2]:match "%a+$", seen[3]:match "%a+$" })
  end)
end)
