-- A process that serves policies, as far as codecs see one.
local helper = require "spec.helper"
local site = require "postoffice.host.site"

local support = {}

--- A policy in a file of its own, which goes with the spec.
function support.write(text)
  local path = os.tmpname()
  helper.write(path, text)
  return path
end

--- The article's Exchange side (Q184994), with two lines out.
support.ARTICLE = [[
  domain "exchange.example" { unwrap = { "EX", "X500", "CCMAIL" } }
  connector "ccmail" { speaks = "SMTP", wrap = { domain = "gateway.example" }, reaches = "HQ",
    nexthop = "smtp:[192.0.2.26]:25", spaces = { "CCMAIL:*" } }
  connector "line" { speaks = "SMTP", nexthop = "smtp:[192.0.2.27]:25", spaces = { "SMTP:*" } }
  connector "spare" { speaks = "SMTP", nexthop = "smtp:[192.0.2.28]:25",
    spaces = { { "SMTP:*", cost = 10 } } }
  postoffice "HQ" {}
  postoffice "internet" { via = "HQ", gateway = "SMTP" }
  recipient "Kim Lee" { proxies = { "SMTP:kim.lee@exchange.example", "smtp:kl@exchange.example",
    "smtp:postmaster@exchange.example" } }
  recipient "Pat Jones (Internet)" { proxies = { "SMTP:pat.jones@exchange.example" },
    target = "[ccmail:user@domain at internet]" }
  recipient "Lou" { proxies = { "SMTP:lou@exchange.example" }, keep = true,
    target = "SMTP:lou@partner.example" }
  recipient "Gone" { proxies = { "SMTP:gone@exchange.example" }, refuse = "gone for good" }
  list "Sales" { proxies = { "SMTP:sales@exchange.example" },
    members = { "Pat Jones (Internet)", "SMTP:joe@partner.example", "Gone" } }
  list "Board" { proxies = { "SMTP:board@exchange.example" }, authenticated = true,
    members = { "Kim Lee" } }
]]

--- What the article's addresses are, encapsulated: at home, and at the gateway.
support.IMCEA = "IMCEACCMAIL-user+40domain+20at+20internet@exchange.example"
support.WRAPPED = "IMCEACCMAIL-user+40domain+20at+20internet@gateway.example"

--- A service with one site, named `ex`, and all that it was told of decisions.
-- @tparam string text of the policy
-- @tparam[opt] table options of `site.open`
-- @treturn table service
function support.service(text, options)
  local path = support.write(text)
  local given = { name = "ex", policy = path, protocols = { "socketmap", "delegation" } }
  for name, value in pairs(options or {}) do given[name] = value end
  local opened = assert(site.open(given))
  os.remove(path)
  local service = { sites = { ex = opened }, limits = {}, told = {} }
  function service:decided(record) self.told[#self.told + 1] = record end
  return service
end

local PEER = { protocol = "spec" }

--- All that a codec says to some bytes, as the loop of a server would have it.
-- @treturn string what is written
-- @treturn true|nil whether the connection was closed
-- @treturn string|nil why
function support.converse(codec, service, bytes, limits)
  local reader, out = codec.reader(limits), {}
  for _, piece in ipairs(type(bytes) == "table" and bytes or { bytes }) do
    reader:push(piece)
    while true do
      local request, why = reader:next()
      if request == false then return table.concat(out), true, why end
      if request == nil then break end
      local reply, close = codec.answer(service, request, PEER)
      out[#out + 1] = reply
      if close then return table.concat(out), true end
    end
  end
  return table.concat(out)
end

return support
