-- A real Exim with the configuration that is shipped: its routers ask `postoffice serve`, and carry mail to
-- where a policy says.  Debian's Exim excludes Postfix, so that it is unpacked in build/exim.

local client = require "spec.host.mail.client"
local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local shipped = require "spec.host.shipped"
local sinks = require "spec.host.mail.sinks"
local socket = require "socket"

local INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"

local POLICY = [[
domain "here.example" { unwrap = { "CCMAIL" } }
recipient "Kim" { proxies = { "SMTP:kim@here.example", "smtp:k.lee@here.example" } }
recipient "Pat" { proxies = { "SMTP:pat@here.example" }, target = "SMTP:pat@partner.example" }
recipient "Big" { proxies = { "SMTP:small@here.example" }, max_size = 2000 }
list "Both" { proxies = { "SMTP:both@here.example" }, members = { "Kim", "Pat" } }
connector "far" { nexthop = "smtp:[127.0.0.1]:@FAR@", spaces = { "SMTP:*" } }
connector "gateway" { speaks = "SMTP", wrap = { domain = "gateway.example" },
  nexthop = "smtp:[127.0.0.1]:@FAR@", spaces = { "CCMAIL:*" } }
function on.recipient(address)
  if address.localpart == "loop" then while true do end end
end
]]

-- What a test wants otherwise than a site.
local GLOBAL = [[
exim_path = @DIR@/exim4
spool_directory = @DIR@/spool
log_file_path = @DIR@/%slog
pid_file_path = @DIR@/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = @PORT@
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
smtp_accept_max = 0
queue_run_in_order
acl_not_smtp =
deliver_drop_privilege
]]

-- Debian's Exim wants a user of its name, whom only its packages make.  What it runs is told of him as long
-- as it stays that user, and does not become root again.
local function with_user(folder)
  for name, line in pairs {
    passwd = "Debian-exim:x:8:8:Exim:/nonexistent:/bin/false\n", group = "Debian-exim:x:8:\n",
  } do
    helper.write(folder .. "/" .. name, helper.read("/etc/" .. name) .. line)
  end
  return ("env LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=%s/passwd"
    .. " NSS_WRAPPER_GROUP=%s/group "):format(folder, folder)
end

local exim, serve, sink

local function start_serve()
  servers.launch(serve, ("build/bin/lua5.4/postoffice serve --policy site=%s/site.lua"
    .. " --readsocket %s/exim --mode 0666"):format(serve.folder, serve.folder))
  servers.wait_for("the policy's server", function()
    return helper.read(serve.folder .. "/log"):find '"ready"' ~= nil
  end)
end

local function configuration(folder)
  local words = {
    ["/run/postoffice/exim"] = serve.folder .. "/exim", ["/var/mail"] = folder .. "/mail",
    ["= example.com"] = "= here.example", ["127.0.0.1 : ::1"] = "127.0.0.1",
    ["keep_environment =\n"] = "keep_environment = ^LD_PRELOAD : ^NSS_\n",
    ["driver = smtp\n"] = "driver = smtp\n  allow_localhost\n",
    ["driver = manualroute\n"] = "driver = manualroute\n  self = send\n",
  }
  local global = GLOBAL:gsub("@(%u+)@", { DIR = folder, PORT = exim.port })
  return global .. shipped.text("exim/exim.conf", words)
end

local function start()
  sink, serve, exim = sinks.start(), servers.new "serve", servers.new "Exim"
  helper.output(("chmod 755 %s"):format(serve.folder))
  helper.write(serve.folder .. "/site.lua", (POLICY:gsub("@FAR@", sink.port)))
  start_serve()
  local folder = exim.folder
  helper.write(folder .. "/exim.conf", configuration(folder))
  helper.output(("cd %s && mkdir spool mail && chown 8:8 . spool mail"):format(folder))
  helper.output("chmod 755 " .. folder)
  -- A copy that is nobody's in particular: its user need not be able to read the checkout.
  helper.output(("cp build/exim/usr/sbin/exim4 %s && chmod 755 %s/exim4"):format(folder, folder))
  helper.output(("%s%s/exim4 -C %s/exim.conf -bd -q1m"):format(with_user(folder), folder, folder))
  servers.wait_for("Exim", function()
    local connection = socket.connect("127.0.0.1", exim.port)
    return connection and connection:close()
  end)
end

local function send(source, to, more)
  more = more or {}
  return client.send(exim.port, source, {
    from = more.from or "ann@else.example", to = { to }, size = more.size,
    text = ("Subject: %s\r\n\r\nhello\r\n"):format(more.subject or "none"),
  })
end

setup(start)
teardown(servers.end_all)

describe("Exim", function()
  it("keeps mail for a mailbox here, by whatever proxy", function()
    assert.matches("^250 ", send(OUTSIDE, "K.Lee@here.example").data)
    local box = exim.folder .. "/mail/kim@here.example/new"
    servers.wait_for("mail for Kim", function()
      return helper.run(("ls %s/* >/dev/null 2>&1"):format(box)) == 0
    end)
  end)

  it("carries mail for others to their next hop, to every member of a list", function()
    assert.matches("^250 ", send(OUTSIDE, "both@here.example", { subject = "both" }).data)
    local message = sink:await "both"[1]
    assert.same({ "ann@else.example", { "pat@partner.example" } }, { message.from, message.to })
  end)

  it("refuses whom the policy refuses, in its words", function()
    assert.matches("^550 5%.1%.1 nobody here has this address", send(OUTSIDE, "no@here.example")[1])
    assert.matches("^550 5%.7%.1 ", send(OUTSIDE, "who@else.example")[1])
    assert.matches("^550[ -]5%.7%.1 ", send(OUTSIDE, "IMCEACCMAIL-x+40y+20at+20z@here.example")[1])
    assert.matches("^550 5%.2%.3 ", send(OUTSIDE, "small@here.example", { size = 3000 })[1])
  end)

  it("lets those inside write to foreign domains, and into other types", function()
    send(INSIDE, "who@else.example", { subject = "foreign" })
    assert.same({ "who@else.example" }, sink:await "foreign"[1].to)
    send(INSIDE, "IMCEACCMAIL-x+40y+20at+20z@here.example", { subject = "wrapped" })
    assert.same({ "IMCEACCMAIL-x+40y+20at+20z@gateway.example" }, sink:await "wrapped"[1].to)
  end)

  it("keeps mail back while the policy cannot decide, or nobody answers", function()
    assert.matches("^451 4%.3%.", send(OUTSIDE, "loop@here.example")[1])
    serve:kill()
    assert.matches("^451 4%.3%.0 the policy does not answer", send(OUTSIDE, "pat@here.example")[1])
    start_serve()
    send(OUTSIDE, "pat@here.example", { subject = "again" })
    assert.equal(1, #sink:await "again")
  end)
end)
