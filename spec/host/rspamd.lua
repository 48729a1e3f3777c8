-- A real rspamd with the script that is shipped: recipients by a policy that asks Redis, as replies to a
-- milter, and what is odd about addresses as a symbol.

local dkjson = require "dkjson"
local helper = require "spec.helper"
local http = require "socket.http"
local ltn12 = require "ltn12"
local servers = require "spec.host.directory.servers"
local shipped = require "spec.host.shipped"

local POLICY = [[
domain "here.example" {}
domain "exchange.example" { unwrap = { "CCMAIL" } }
recipient "Kim" { proxies = { "SMTP:kim@here.example", "smtp:k.lee@here.example" } }
recipient "Pat" { proxies = { "SMTP:pat@here.example" }, target = "SMTP:pat@partner.example" }
list "Both" { proxies = { "SMTP:both@here.example" }, members = { "Kim", "Pat" } }
connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
connector "ccmail" { speaks = "SMTP", wrap = { domain = "gateway.example" },
  nexthop = "smtp:[192.0.2.8]:25", spaces = { "CCMAIL:*" } }
function on.recipient(address)
  if address.domain == "asks.example" then
    local found = ask("staff", address.localpart)
    return found and mail.parse(found) or reject("nobody has it", "5.1.1")
  end
  if address.domain == "loop.example" then while true do end end
end
]]

local CONFIGURATION = [[
options {
  pidfile = "@DIR@/rspamd.pid";
  filters = "";
  dns { nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }
  cache_file = "@DIR@/symbols.cache";
  hs_cache_dir = "@DIR@";
  history_file = "@DIR@/history";
  tempdir = "@DIR@";
  rundir = "@DIR@";
  url_tld = "@DIR@/domains";
  local_addrs = ["192.0.2.0/24"];
}
logging { type = "console"; level = "info"; }
lua = "@DIR@/postoffice.lua";
worker "normal" { bind_socket = "127.0.0.1:@PORT@"; count = 1; }
metric { name = "default"; actions { reject = 100; add_header = 50; greylist = 40; } }
]]

local INSIDE, OUTSIDE = "192.0.2.9", "198.51.100.9"

local server, redis

local function start()
  redis = servers.redis()
  redis:say "SET staff:ann ann@store.example"
  server = servers.new "rspamd"
  local folder = server.folder
  helper.write(folder .. "/site.lua", POLICY)
  helper.write(folder .. "/domains", "example\n")
  helper.write(folder .. "/postoffice.lua", shipped.paths "5.1" .. shipped.text(
    "rspamd/postoffice.lua", {
      ["/etc/postoffice/site.lua"] = folder .. "/site.lua",
      ["127.0.0.1:6379"] = "127.0.0.1:" .. redis.port,
    }))
  helper.write(folder .. "/rspamd.conf", (CONFIGURATION:gsub("@(%u+)@",
    { DIR = folder, PORT = server.port })))
  servers.launch(server, ("rspamd -f -i -c %s/rspamd.conf"):format(folder))
  servers.wait_for("rspamd", function()
    return select(2, http.request(("http://127.0.0.1:%d/ping"):format(server.port))) == 200
  end)
end

-- What rspamd says of a message to some recipients.
local function scan(recipients, more)
  local headers = { from = more.sender or "joe@else.example", ip = more.client or OUTSIDE,
    milter = "Yes", user = more.user }
  headers.rcpt = table.concat(recipients, ",")
  local header = more.header or "From: joe@else.example\r\nTo: a@here.example\r\n"
  local text = header .. "\r\nhello\r\n"
  headers["content-length"] = #text
  local parts = {}
  local _, status = http.request {
    url = ("http://127.0.0.1:%d/checkv2"):format(server.port), method = "POST", headers = headers,
    source = ltn12.source.string(text), sink = ltn12.sink.table(parts),
  }
  assert(status == 200, status)
  return (dkjson.decode(table.concat(parts)))
end

setup(start)
teardown(servers.end_all)

-- What becomes of the recipients: those that are added and removed, or the action and its text.
local function route(recipients, more)
  local result = scan(recipients, more or {})
  if result.action ~= "no action" then
    return result.action, result.messages and result.messages.smtp_message
  end
  local milter = result.milter or {}
  local added = milter.add_rcpt or {}
  table.sort(added)
  return table.concat(added, " "), table.concat(milter.del_rcpt or {}, " ")
end

describe("rspamd", function()
  it("rewrites recipients by the policy", function()
    for recipients, expected in pairs {
      ["kim@here.example"] = { "", "" },
      ["k.lee@here.example"] = { "<kim@here.example>", "<k.lee@here.example>" },
      ["both@here.example"] = { "<kim@here.example> <pat@partner.example>", "<both@here.example>" },
      ["pat@here.example kim@here.example"] = { "<pat@partner.example>", "<pat@here.example>" },
      ["both@here.example kim@here.example"] = { "<pat@partner.example>", "<both@here.example>" },
      ["who@else.example"] = { "", "" },
    } do
      local list = {}
      for address in recipients:gmatch "%S+" do list[#list + 1] = address end
      assert.same(expected, { route(list) }, recipients)
    end
  end)

  it("asks by rspamd's own client, with the message at hand as context", function()
    assert.same({ "<ann@store.example>", "<ann@asks.example>" }, { route { "ann@asks.example" } })
    assert.same({ "reject", "bob@asks.example: nobody has it" }, { route { "bob@asks.example" } })
  end)

  it("stops a message one of whose recipients is refused or has to wait, and says which", function()
    assert.same({ "reject", "no@here.example: nobody here has this address" },
      { route { "kim@here.example", "no@here.example" } })
    local action, text = route { "no@here.example", "x@loop.example" }
    assert.equal("soft reject", action)
    assert.matches("^x@loop.example: ", text)
  end)

  it("lets those inside alone write to foreign domains through us", function()
    local carried = "IMCEACCMAIL-x+40y+20at+20z@exchange.example"
    assert.equal("reject", (route { carried }))
    for _, more in ipairs { { client = INSIDE }, { user = "kim" } } do
      assert.same({ "<IMCEACCMAIL-x+40y+20at+20z@gateway.example>", "<" .. carried .. ">" },
        { route({ carried }, more) })
    end
  end)

  it("tells what is odd about the addresses of a header", function()
    local function found(header)
      local symbol = scan({ "kim@here.example" }, { header = header }).symbols.POSTOFFICE_ADDRESS
      return symbol and symbol.options
    end
    assert.is_nil(found "From: Kim Lee <kim@here.example>\r\nTo: a@b.example, c@d.example\r\n")
    assert.same({ "From:5321:domain-single-label", "To:invalid:domain-label-empty" },
      found "From: a@b\r\nTo: k@x.example, <a@b..c>\r\n")
  end)

  it("waits where the directory does not answer", function()
    redis:kill()
    local action, text = route { "ann@asks.example" }
    assert.equal("soft reject", action)
    assert.matches("^ann@asks.example: ", text)
    redis:start()
  end)
end)
