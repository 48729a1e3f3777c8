--- The page that explains a route: one static file beside this one, which says itself by hashes what may
-- run in it.
-- @module postoffice.host.http.page

local installed = require "postoffice.installed"

local page = {}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local response

-- The page with its headers. frame-ancestors holds in a header alone (CSP 3 section 3.3).
local function load()
  local body = read(installed.path "postoffice/host/page.html")
  local csp = body:match '<meta http%-equiv="Content%-Security%-Policy" content="([^"]+)">'
  return {
    status = 200, body = body,
    headers = {
      ["content-type"] = "text/html; charset=utf-8", ["cache-control"] = "no-cache",
      ["content-security-policy"] = csp .. "; frame-ancestors 'none'",
    },
  }
end

--- The page.
-- @treturn table response
function page.answer()
  response = response or load()
  local headers = {}
  for name, value in pairs(response.headers) do headers[name] = value end
  return { status = 200, body = response.body, headers = headers }
end

return page
