-- A real nginx with its Lua module loads ours: it parses, it routes, and it
-- answers what a policy asks while other requests are served.  Another one has the
-- manual's configuration.

local docs = require "spec.docs"
local socket = require "socket"
local helper = require "spec.helper"

local root = helper.output "pwd"
local prefix, nginx, port

local WORKERS = 2
local PATIENCE = 600 -- seconds: only what hangs takes as long on any machine

-- A port that nobody listens on now.
local function free_port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, chosen = listener:getsockname()
  listener:close()
  return chosen
end

-- The words that a configuration leaves open.
local function words()
  local modules = helper.output "ls -d /usr/lib*/nginx/modules"
  return {
    PORT = port,
    ROOT = root,
    WORKERS = WORKERS,
    MODULES = modules:match "[^\n]+",
    -- workers read the checkout, wherever its owner put it
    USER = helper.output "id -u" == "0" and "user root;" or "",
  }
end

-- Where an nginx of that name has its files.
local function use(name)
  prefix = root .. "/build/" .. name
  nginx = ("PATH=$PATH:/usr/sbin nginx -p %s -c nginx.conf -e error.log"):format(
    helper.quote(prefix))
  helper.output(("rm -rf %s && mkdir -p %s"):format(helper.quote(prefix), helper.quote(prefix)))
end

-- Another process may take the port between our look and nginx's.
local function start(configuration)
  for _ = 1, 3 do
    port = free_port()
    helper.write(prefix .. "/nginx.conf", (configuration():gsub("@(%u+)@", words())))
    local status, _, errors = helper.run(nginx)
    if status == 0 then
      return
    elseif not errors:find "in use" then
      error(errors)
    end
  end
  error "found no free port"
end

local function stop()
  local pid = helper.read(prefix .. "/nginx.pid"):match "%d+"
  assert.equal(0, helper.run(nginx .. " -s quit"))
  for _ = 1, PATIENCE * 20 do
    if helper.run("kill -0 " .. pid) ~= 0 then
      return
    end
    socket.sleep(0.05)
  end
  helper.run("kill -9 " .. pid)
  error "nginx did not stop"
end

local function escape(text)
  return (text:gsub("[^%w]", function(byte)
    return ("%%%02x"):format(byte:byte())
  end))
end

-- Sends every request before it reads an answer; returns the bodies in order.
local function get(...)
  local open = {}
  for i, path in ipairs { ... } do
    local connection = assert(socket.connect("127.0.0.1", port))
    connection:settimeout(PATIENCE)
    assert(connection:send("GET " .. path .. " HTTP/1.0\r\n\r\n"))
    open[i] = connection
  end
  local bodies = {}
  for i, connection in ipairs(open) do
    local answer = assert(connection:receive "*a")
    connection:close()
    bodies[i] = answer:match "^HTTP/1.1 200 .-\r\n\r\n(.*)\n$" or answer
  end
  return (unpack or table.unpack)(bodies)
end

-- What nginx has logged as wrong, one line of it, or nil.
local function complaint()
  local log = helper.read(prefix .. "/error.log")
  return log:match "[^\n]*%[error%][^\n]*" or log:match "[^\n]*%[alert%][^\n]*"
end

describe("nginx", function()
  setup(function()
    use "nginx"
    start(function() return helper.read "spec/host/nginx.conf" end)
    get "/parse?text=a%40b.c" -- answered once a worker has loaded everything
    assert.is_nil(complaint())
  end)

  teardown(stop)

  it("parses", function()
    assert.equal(
      "CCMAIL:user@domain at internet",
      get("/parse?text=" .. escape "[ccmail:user@domain at internet]"))
  end)

  it("says what is wrong with an address", function()
    assert.matches("^ccmail%-mailbox%-empty\t%a", get("/parse?text=" .. escape "[ccmail: at x]"))
  end)

  it("routes", function()
    assert.equal(
      "deliver\tccmail\tHQ\tCCMAIL:user@domain at internet\tSMTP:user@domain\tnil",
      get("/route?to=" .. escape "[ccmail:user@domain at internet]"))
  end)

  it("answers what a policy asks, and sleeps before it does", function()
    assert.equal(
      "deliver\tccmail\tHQ\tCCMAIL:kim@domain at internet\tSMTP:kim@domain\tnil",
      get("/ask?to=" .. escape "kim@example.com"))
  end)

  it("serves 200 requests at once, each with its own answer", function()
    local paths = {}
    for i = 1, 200 do
      paths[i] = "/ask?to=" .. escape(("user%d@example.com"):format(i))
    end
    local answers = { get((unpack or table.unpack)(paths)) }
    local most = tonumber((get "/most"))
    assert.is_true(most > WORKERS, most .. " at once: they waited for each other")
    for i = 1, 200 do
      assert.matches(("CCMAIL:user%d@domain at internet"):format(i), answers[i], 1, true)
    end
  end)

  it("has nothing to complain about", function()
    assert.is_nil(complaint())
  end)
end)

-- The one block of a page that configures nginx, which has folders, a port and a policy in it, with ours.
local function of_page(page)
  local blocks = docs.fenced(helper.read(page), "nginx")
  assert.equal(1, #blocks)
  local text = blocks[1].text
  for there, here in pairs {
    ["/usr/local/share/lua/5.1/"] = root .. "/lua/", ["/usr/local/lib/lua/5.1/"] = root
      .. "/build/5.1/", ["/etc/postoffice/policy.lua"] = prefix .. "/policy.lua",
    ["listen 127.0.0.1:8080;"] = ("listen 127.0.0.1:%d; add_header X-Worker $pid always;"):format(
      port),
  } do
    local count
    text, count = text:gsub(there:gsub("%p", "%%%0"), (here:gsub("%%", "%%%%")))
    assert.truthy(count > 0, there)
  end
  -- What stands before http in nginx's own file, and folders that anyone may write to.
  local before, folders = helper.read "spec/host/nginx.conf":match "^(.-\nhttp {\n)(.-)\n\n"
  folders = folders:gsub("[^\n]*asking[^\n]*", "")
  return (text:gsub("^http {\n", function() return before .. folders end))
end

-- The body that a POST of a form gets, and the worker that gave it.
local function post(path, ...)
  local fields = {}
  for i = 1, select("#", ...), 2 do
    local name, value = select(i, ...)
    fields[#fields + 1] = name .. "=" .. escape(value)
  end
  local form = table.concat(fields, "&")
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:settimeout(PATIENCE)
  connection:send(("POST %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: %d\r\n"):format(path,
    #form) .. "Content-Type: application/x-www-form-urlencoded\r\n\r\n" .. form)
  local answer = assert(connection:receive "*a")
  connection:close()
  return answer:match "^HTTP/1.1 200 .-\r\n\r\n(.*)\n$" or answer,
    answer:match "X%-Worker: (%d+)"
end

describe("nginx as the manual configures it", function()
  setup(function()
    use "nginx-manual"
    helper.write(prefix .. "/policy.lua", [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
connector "out" { nexthop = "smtp:relay.example", spaces = { "SMTP:*" },
  senders = { "SMTP:*@here.example" } }
function on.recipient(address) if address.localpart == "pat" then return ask("crm", "pat") end end
test "kim" { to = "kim@here.example", entry = "Kim" }
]])
    start(function() return of_page "lua/postoffice/manual/in-openresty.md" end)
  end)

  teardown(stop)

  it("routes by a handler of one's own, and asks its dictionary", function()
    assert.equal("deliver Kim", post("/next-hop", "to", "kim@here.example"))
    assert.equal("deliver smtp:relay.example",
      post("/next-hop", "to", "joe@far.example", "from", "kim@here.example"))
    assert.equal("reject sender-refused",
      post("/next-hop", "to", "joe@far.example", "from", "joe@else.example"))
    assert.equal("reject recipient-unknown", post("/next-hop", "to", "pat@here.example"))
    assert.matches("400 Bad Request", post "/next-hop", 1, true)
  end)

  it("answers the API, as curl asks it", function()
    assert.matches('"entry":"Kim"', post("/v1/route", "to", "kim@here.example"), 1, true)
    assert.matches("Is delivered here to Kim", post("/v1/explain", "to", "kim@here.example"), 1,
      true)
  end)

  it("has nothing to complain about", function()
    assert.is_nil(complaint())
  end)
end)

describe("nginx as the README configures it", function()
  local FIRST = [[
domain "here.example" {}
recipient "Kim" { proxies = { "kim@here.example" } }
test "kim" { to = "kim@here.example", entry = "Kim" }
]]
  local SECOND = FIRST .. 'recipient "Pat+Co" { proxies = { "pat+co@here.example" } }\n'

  local function save(policy) helper.write(prefix .. "/policy.lua", policy) end

  -- What each worker answers of an address.
  local function answers(to)
    local list, count = {}, 0
    for _ = 1, PATIENCE * 100 do
      local answer, worker = post("/next-hop", "to", to)
      if not list[worker] then count = count + 1 end
      list[worker] = answer
      if count == WORKERS then return list end
    end
    error "one worker answers everything"
  end

  -- Waits until each worker answers so.
  local function all_answer(to, expected)
    for _ = 1, PATIENCE do
      local is_so = true
      for _, answer in pairs(answers(to)) do is_so = is_so and answer == expected end
      if is_so then return end
      socket.sleep(0.1)
    end
    error(("not all workers say %s of %s"):format(expected, to))
  end

  setup(function()
    use "nginx-readme"
    save(FIRST)
    start(function() return of_page "README.md" end)
  end)

  teardown(stop)

  it("routes an address as curl encodes it, and answers 400 where there is none", function()
    assert.equal("deliver Kim", (post("/next-hop", "to", "Kim@here.example")))
    assert.equal("reject recipient-unknown", (post("/next-hop", "to", "pat+co@here.example")))
    assert.matches("400 Bad Request", (post "/next-hop"), 1, true)
    assert.matches("400 Bad Request", (post("/next-hop", "to", "a@b", "to", "c@d")), 1, true)
  end)

  it("reloads in every worker", function()
    save(SECOND)
    local revision = post "/reload"
    assert.matches("^%x+$", revision)
    all_answer("pat+co@here.example", "deliver Pat+Co")
  end)

  it("reloads in none what does not prove itself, and says why", function()
    save(SECOND .. 'test "wrong" { to = "kim@here.example", entry = "Nobody" }\n')
    assert.matches("wrong", (post "/reload"), 1, true)
    for _, answer in pairs(answers "pat+co@here.example") do
      assert.equal("deliver Pat+Co", answer)
    end
  end)
end)
