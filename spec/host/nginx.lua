-- A real nginx with its Lua module loads ours: it parses, it routes, and it
-- answers what a policy asks while other requests are served.

local socket = require "socket"
local helper = require "spec.helper"

local root = helper.output "pwd"
local prefix = root .. "/build/nginx"
local nginx = ("PATH=$PATH:/usr/sbin nginx -p %s -c nginx.conf -e error.log"):format(
  helper.quote(prefix))
local port

local WORKERS = 2
local PATIENCE = 600 -- seconds: only what hangs takes as long on any machine

-- A port that nobody listens on now.
local function free_port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, chosen = listener:getsockname()
  listener:close()
  return chosen
end

local function configure()
  local modules = helper.output "ls -d /usr/lib*/nginx/modules"
  local words = {
    PORT = port,
    ROOT = root,
    WORKERS = WORKERS,
    MODULES = modules:match "[^\n]+",
    -- workers read the checkout, wherever its owner put it
    USER = helper.output "id -u" == "0" and "user root;" or "",
  }
  local text = helper.read("spec/host/nginx.conf"):gsub("@(%u+)@", words)
  helper.output(("rm -rf %s && mkdir -p %s"):format(helper.quote(prefix), helper.quote(prefix)))
  helper.write(prefix .. "/nginx.conf", text)
end

-- Another process may take the port between our look and nginx's.
local function start()
  for _ = 1, 3 do
    port = free_port()
    configure()
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
    start()
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
