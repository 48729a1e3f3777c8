-- A real Dovecot asks a policy: LMTP gives mail to the backend that has a mailbox, or keeps it here, and
-- nobody logs in by it.  Its configuration is the one that is shipped.

local helper = require "spec.helper"
local servers = require "spec.host.directory.servers"
local shipped = require "spec.host.shipped"
local sinks = require "spec.host.mail.sinks"
local socket = require "socket"

local POLICY = [[
domain "here.example" {}
domain "far.example" { kind = "relay" }
recipient "Kim" { proxies = { "SMTP:kim@here.example", "smtp:k.lee@here.example" } }
recipient "Pat" { proxies = { "SMTP:pat@here.example" }, target = "SMTP:pat@far.example" }
recipient "Slow" { proxies = { "SMTP:slow@here.example" }, target = "SMTP:x@slow.example" }
connector "far" { nexthop = "lmtp:[127.0.0.1]:@FAR@", spaces = { "SMTP:*@far.example" } }
connector "slow" { nexthop = "smtp:[127.0.0.1]:1", spaces = { "SMTP:*@slow.example" } }
rewrite "SMTP:{u}@asks.example" { to = "SMTP:{u}@here.example" }
function on.recipient(address)
  if address.domain == "loop.example" then while true do end end
end
]]

-- Beside what is shipped: everything in a folder, and only what is asked.
local CONFIGURATION = [[
base_dir = @DIR@/run
state_dir = @DIR@/run
log_path = @DIR@/log
ssl = no
protocols = lmtp
mail_location = maildir:~/Maildir
first_valid_uid = 1
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = @PORT@
  }
}
!include @DIR@/postoffice.conf
]]

local function start_dovecot(sink)
  local server = servers.new "Dovecot"
  local folder = server.folder
  local words = {
    ["/etc/dovecot/postoffice.lua"] = folder .. "/postoffice.lua",
    ["/etc/postoffice/site.lua"] = folder .. "/site.lua",
    ["/var/vmail"] = folder .. "/mail", ["uid=vmail gid=vmail"] = "uid=mail gid=mail",
  }
  for _, name in ipairs { "postoffice.conf", "postoffice.lua" } do
    helper.write(folder .. "/" .. name,
      (name:find "lua$" and shipped.copied_paths(folder, "5.4") or "")
        .. shipped.text("dovecot/" .. name, words))
  end
  helper.write(folder .. "/site.lua", (POLICY:gsub("@FAR@", sink.port)))
  helper.write(folder .. "/dovecot.conf", (CONFIGURATION:gsub("@(%u+)@",
    { DIR = folder, PORT = server.port })))
  helper.output(("chmod 755 %s && mkdir -m 755 %s/run %s/mail && chown mail %s/mail"):format(folder,
    folder, folder, folder))
  servers.launch(server, ("/usr/sbin/dovecot -F -c %s/dovecot.conf"):format(folder))
  servers.wait_for("Dovecot", function()
    local connection = socket.connect("127.0.0.1", server.port)
    return connection and connection:close()
  end)
  return server
end

-- What LMTP replies to each of some lines; the greeting is not among it.
local function dialogue(server, lines)
  local connection = assert(socket.connect("127.0.0.1", server.port))
  connection:settimeout(60)
  local replies = { assert(connection:receive "*l") }
  for _, line in ipairs(lines) do
    assert(connection:send(line .. "\r\n"))
    local reply
    repeat reply = assert(connection:receive "*l") until reply:sub(4, 4) ~= "-"
    replies[#replies + 1] = reply
  end
  connection:close()
  table.remove(replies, 1)
  return replies
end

local function rcpt(server, address)
  return dialogue(server, { "LHLO a", "MAIL FROM:<>", ("RCPT TO:<%s>"):format(address) })[3]
end

teardown(servers.end_all)

describe("Dovecot", function()
  local server, sink

  setup(function()
    sink = sinks.start()
    server = start_dovecot(sink)
  end)

  local function doveadm(command)
    local _, output, errors = helper.run(("doveadm -c %s/dovecot.conf %s"):format(server.folder,
      command))
    return output .. errors
  end

  it("keeps mail for a mailbox here, by whatever proxy, under its primary address", function()
    for _, address in ipairs { "kim@here.example", "K.Lee@here.example", "kim@asks.example" } do
      local replies = dialogue(server, { "LHLO a", "MAIL FROM:<ann@x.example>",
        ("RCPT TO:<%s>"):format(address), "DATA", ("Subject: %s\r\n\r\n."):format(address) })
      assert.matches("^250 ", replies[5])
    end
    local box = ("%s/mail/here.example/kim/Maildir/new"):format(server.folder)
    assert.equal("3", (helper.output(("ls %s | wc -l"):format(box)):gsub("%s", "")))
    assert.matches("user%s+kim@here.example", doveadm "user k.lee@here.example")
  end)

  it("gives mail for one elsewhere to its backend, under its address there", function()
    local replies = dialogue(server, { "LHLO a", "MAIL FROM:<ann@x.example>",
      "RCPT TO:<pat@here.example>", "DATA", "Subject: far\r\n\r\nhello\r\n.", "QUIT" })
    assert.matches("^250 ", replies[5])
    local message = sink:await "far"[1]
    assert.same({ "ann@x.example", { "pat@far.example" } }, { message.from, message.to })
    assert.matches("^451 4", rcpt(server, "slow@here.example"))
  end)

  it("knows nobody else, and bounces nothing that the policy cannot decide", function()
    for _, address in ipairs { "nobody@here.example", "x@else.example",
      "IMCEACCMAIL-x+40y+20at+20z@here.example" } do
      assert.matches("^550 5%.1%.1", rcpt(server, address), address)
    end
    assert.matches("^451 4", rcpt(server, "x@loop.example"))
  end)

  it("lets nobody log in by the policy", function()
    assert.matches("destuser%s*: pat@far.example",
      doveadm "auth lookup -x service=lmtp pat@here.example")
    for _, user in ipairs { "pat@here.example", "kim@here.example" } do
      assert.matches("auth failed", doveadm(("auth test -x service=imap %s x"):format(user)))
      assert.matches("doesn't exist", doveadm(("auth lookup -x service=imap %s"):format(user)))
    end
  end)

  it("reads the policy again when it is told to, and takes none that does not load", function()
    helper.write(server.folder .. "/site.lua", 'domain "new.example" {} recipient "Ann" {'
      .. ' proxies = { "SMTP:ann@new.example", "postmaster@new.example" } }')
    doveadm "reload"
    servers.wait_for("the new policy", function()
      return doveadm "user ann@new.example":find "home" ~= nil
    end)
    helper.write(server.folder .. "/site.lua", 'domain "new.example" {')
    doveadm "reload"
    servers.wait_for("a temporary failure", function()
      local ok, reply = pcall(rcpt, server, "ann@new.example")
      return ok and reply:find "^451 4" ~= nil
    end)
  end)
end)
