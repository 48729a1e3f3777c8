--- A headless Chromium that a spec drives by WebDriver (W3C WebDriver, and chromedriver's way to the
-- protocol of its developers' tools).
local helper = require "spec.helper"
local json = require "postoffice.text.json".encoder()
local ltn12 = require "ltn12"
local read_json = require "postoffice.text.read_json"
local servers = require "spec.host.directory.servers"
local socket_http = require "socket.http"

local browser = {}

local ARGUMENTS = {
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--disable-dev-shm-usage", "--hide-scrollbars",
}

local ELEMENT = "element-6066-11e4-a52e-4f735466cecf" -- what WebDriver calls a reference by

local Browser = {}
Browser.__index = Browser

-- Asks chromedriver; returns the value of its answer.
function Browser:ask(method, path, body)
  local parts = {}
  local text = method == "POST" and (body and json(body) or "{}") or nil
  local _, status = socket_http.request {
    url = ("http://127.0.0.1:%d%s"):format(self.port, path), method = method,
    headers = { ["content-type"] = "application/json", ["content-length"] = text and #text },
    source = text and ltn12.source.string(text),
    sink = ltn12.sink.table(parts),
  }
  local answer = read_json(table.concat(parts))
  assert(status == 200, ("%s %s: %s"):format(method, path, table.concat(parts)))
  return answer.value
end

function Browser:of_session(method, path, body)
  return self:ask(method, "/session/" .. self.session .. path, body)
end

--- Starts a browser with a profile of its own.
function browser.start()
  local self = setmetatable({ port = servers.port(), folder = helper.output "mktemp -d" }, Browser)
  helper.output(("chromedriver --port=%d >/dev/null 2>&1 </dev/null & echo $! >%s/pid"):format(
    self.port, self.folder))
  servers.wait_for("chromedriver", function()
    local _, status = socket_http.request(("http://127.0.0.1:%d/status"):format(self.port))
    return status == 200
  end)
  local arguments = { "--user-data-dir=" .. self.folder .. "/profile" }
  for _, argument in ipairs(ARGUMENTS) do table.insert(arguments, argument) end
  self.session = self:ask("POST", "/session", { capabilities = { alwaysMatch = {
    ["goog:chromeOptions"] = { args = arguments },
    ["goog:loggingPrefs"] = { browser = "ALL" },
  } } }).sessionId
  return self
end

--- Ends it, and removes what it left.
function Browser:stop()
  if self.session then pcall(self.of_session, self, "DELETE", "") end
  helper.run(("kill $(cat %s/pid); rm -rf %s"):format(self.folder, self.folder))
end

function Browser:go(url) self:of_session("POST", "/url", { url = url }) end

--- What a script returns.
function Browser:run(script, ...)
  return self:of_session("POST", "/execute/sync", { script = script, args = { ... } })
end

--- Waits until a script returns what is true.
function Browser:wait_for(script, ...)
  local given = { ... }
  servers.wait_for(script, function()
    return self:run(script, (table.unpack or unpack)(given))
  end)
end

local function element_path(self, selector)
  local found = self:of_session("POST", "/element",
    { using = "css selector", value = selector })
  return "/element/" .. found[ELEMENT]
end

function Browser:click(selector)
  self:of_session("POST", element_path(self, selector) .. "/click")
end

--- Types into a field what replaces its text.
function Browser:type(selector, text)
  local path = element_path(self, selector)
  self:of_session("POST", path .. "/clear")
  self:of_session("POST", path .. "/value", { text = text })
end

--- Presses keys, by WebDriver's names of them, wherever the focus is.
function Browser:press(...)
  local actions = {}
  for _, key in ipairs { ... } do
    table.insert(actions, { type = "keyDown", value = key })
    table.insert(actions, { type = "keyUp", value = key })
  end
  self:of_session("POST", "/actions", { actions = {
    { type = "key", id = "keyboard", actions = actions },
  } })
end

--- How an element is called and what it is to who does not see it.
function Browser:told(selector)
  local path = element_path(self, selector)
  return self:of_session("GET", path .. "/computedrole"),
    self:of_session("GET", path .. "/computedlabel")
end

-- Says something to the developers' tools.
function Browser:devtools(command, parameters)
  return self:of_session("POST", "/goog/cdp/execute", { cmd = command, params = parameters })
end

--- Makes the window so many pixels wide and high, and light or dark.
function Browser:show(width, height, scheme)
  self:devtools("Emulation.setDeviceMetricsOverride",
    { width = width, height = height, deviceScaleFactor = 1, mobile = false })
  self:devtools("Emulation.setEmulatedMedia",
    { features = { { name = "prefers-color-scheme", value = scheme } } })
end

--- Writes a picture of an element, or of the window, to a PNG file.
function Browser:picture(path, selector)
  local data = self:of_session("GET", (selector and element_path(self, selector) or "")
    .. "/screenshot")
  helper.write(path, (require "postoffice.text.base64".decode(data)))
end

--- What the page has complained about since it was asked last, each a text.
function Browser:complaints()
  local list = {}
  for _, entry in ipairs(self:of_session("POST", "/se/log", { type = "browser" })) do
    if entry.level == "SEVERE" or entry.level == "WARNING" then
      table.insert(list, entry.message)
    end
  end
  return list
end

return browser
