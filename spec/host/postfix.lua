--- Postfix's own tools beside the importer: what its tables hold, and what they answer.
local console = require "spec.console"
local helper = require "spec.helper"
local import = require "postoffice.import"
local tables = require "postoffice.import.tables"

local FIXTURES = "spec/fixtures/postfix/"

-- Debian has these tools where only root looks.
local TOOL = 'PATH="$PATH:/usr/sbin" %s'

-- A folder with copies of the fixtures, and of those alone that are given.
local function folder_of(texts)
  local folder = helper.output "mktemp -d"
  for name, text in pairs(texts) do helper.write(folder .. "/" .. name, text) end
  return folder
end

local function fixture(name) return helper.read(FIXTURES .. name) end

-- The keys and values that a tool finds in a file, by its own database; keys are in lower case.
local function dumped(tool, text)
  local folder = folder_of { ["main.cf"] = "", table = text }
  local run = TOOL:format(("%s -c %s"):format(tool, folder))
  helper.output(("%s hash:%s/table"):format(run, folder))
  local rows = {}
  for line in helper.output(("%s -s hash:%s/table"):format(run, folder)):gmatch "[^\n]+" do
    local key, value = line:match "^(.-):?\t(.*)$"
    rows[key] = value:gsub("%s+", " ")
  end
  helper.output("rm -r " .. folder)
  return rows
end

-- The same as the importer reads it.
local function read(text, syntax)
  local rows, faults = {}, {}
  local function fault(where) faults[#faults + 1] = where end
  for _, row in ipairs(tables.rows(text, "table", syntax, fault)) do
    rows[row.key:lower()] = row.value:gsub("%s+", " ")
  end
  return rows, faults
end

describe("Postfix's tools read what the importer does", function()
  for _, name in ipairs {
    "virtual", "canonical", "transport", "relocated", "generic", "vmailbox",
  } do
    it("in " .. name, function()
      assert.same(dumped("postmap", fixture(name)), (read(fixture(name), "map")))
    end)
  end

  it("in lines that go on, with comments, empty lines and blanks between", function()
    local text = "# first\n\nKey One\n  two\n# between\n\n\tthree   four\n"
      .. "last  value # no comment\r\n"
      .. '"quoted key"@a.example  x\na.example\t\ty\n'
    assert.same(dumped("postmap", text), (read(text, "map")))
  end)

  -- postalias drops the backslash that aliases(5) has before a name, and adds keys of its own.
  it("in aliases", function()
    local expected = dumped("postalias", fixture "aliases")
    expected["@"], expected.YP_LAST_MODIFIED, expected.YP_MASTER_NAME = nil, nil, nil
    local rows = read(fixture "aliases", "aliases")
    rows.kim = rows.kim:gsub("\\", "")
    assert.same(expected, rows)
  end)
end)

-- The tables that an imported policy is held against, as the command names them.
local LOCALS = { "example.com", "mail.example.com", "localhost.example.com", "localhost" }

-- Writes a policy of main.cf and some tables to a folder: its path, and the addresses to compare by.
local function imported(folder)
  local path = folder .. "/main.cf"
  local made = assert(import.policy("postfix", { { path = path, text = helper.read(path) } }, {
    read = function(name)
      local file, message = io.open(name, "rb")
      if not file then return nil, message end
      local text = file:read "*a"
      file:close()
      return text
    end,
    directory = "people.csv", addresses = true,
  }))
  helper.write(folder .. "/policy.lua", made.text)
  return helper.write(folder .. "/addresses.txt", table.concat(made.addresses, "\n") .. "\n")
end

-- What diff says of a policy and a table that Postfix asks for senders, by its keys.
local function diff_senders(source, role, rows, ...)
  local folder = folder_of { ["policy.lua"] = source, ["table"] = rows, ["main.cf"] = "" }
  local command = ("postmap -c %s -s texthash:%s/table | %s --as %s --against"
    .. " 'postmap -c %s -q - texthash:%s/table'"):format(folder, folder,
    TOOL:format(("build/bin/lua5.4/postoffice diff %s/policy.lua %s"):format(folder,
      table.concat({ ... }, " "))), role, folder, folder)
  local status, output, errors = helper.run(command)
  helper.output("rm -r " .. folder)
  return status, output, errors:match "(%d+ of %d+ addresses change)" or errors
end

-- The addresses that change from what Postfix's tables answer to what the policy does, and how many
-- were asked for.
local function changed(roles)
  local texts = { ["main.cf"] = "myorigin = example.com\nrecipient_delimiter = +\nmydestination = "
    .. table.concat(LOCALS, ", ") .. "\nvirtual_alias_maps = texthash:virtual\n"
    .. "canonical_maps = texthash:canonical\ntransport_maps = texthash:transport\n"
    .. "relay_domains = inside.example\nlocal_recipient_maps =\n" }
  for _, name in ipairs { "virtual", "canonical", "transport" } do texts[name] = fixture(name) end
  local folder = folder_of(texts)
  local addresses = imported(folder)
  local command = ("build/bin/lua5.4/postoffice diff %s/policy.lua --delimiter +"):format(folder)
  for _, name in ipairs(LOCALS) do command = ("%s --mydestination %s"):format(command, name) end
  for _, role in ipairs(roles) do
    command = ("%s --against 'postmap -c %s -q - texthash:%s/%s' --as %s"):format(command, folder,
      folder, role, role)
  end
  local status, output, errors = helper.run(TOOL:format(command) .. " <" .. addresses)
  assert.equal(1, status, errors)
  local found, count = {}, tonumber(errors:match "(%d+) addresses change")
  for address in output:gmatch ">\t([^\t]+)\t" do found[#found + 1] = address end
  for line in output:gmatch "[^\n]+" do found[line:match "^[<>]\t([^\t]+)"] = line end
  helper.output("rm -r " .. folder)
  return found, count
end

-- Whether what the policy answers is no surprise: who is unknown in a domain of ours, of whose users
-- the tables know nothing; a mailbox, whose extension is not shown; another name of our own domain.
local EXPECTED = {
  "\trecipient%-unknown$", "\trecipient%-gone$", "@example%.com$", "@virtual%.example",
}

local function is_expected(line)
  for _, pattern in ipairs(EXPECTED) do
    if line:find(pattern) then return true end
  end
  return false
end

describe("a policy is held against Postfix's tables for senders", function()
  local SOURCE = [[
domain "home.example" {}
connector "relayhost" { nexthop = "smtp:[192.0.2.25]:587", spaces = { "SMTP:*" } }
connector "news" {
  nexthop = "smtp:[192.0.2.9]", spaces = { { "SMTP:*", cost = 0 } },
  senders = { "SMTP:news@shop.example", "SMTP:*@lists.example" },
}
rewrite_sender "SMTP:kim@home.example" { to = "SMTP:kim@shop.example" }
function on.recipient(address, envelope)
  if mail.matches(envelope.sender, "SMTP:*@spam.example") then return reject "no" end
end
]]

  it("for what it can say, and says what differs", function()
    for _, case in ipairs {
      { "sender_relayhost", "news@shop.example [192.0.2.9]\n@lists.example [192.0.2.9]\n"
        .. "@other.example [192.0.2.9]\n<> DUNNO\n", "1 of 4",
        "<\tsomebody@other.example\tsmtp:[192.0.2.9]\n"
          .. ">\tsomebody@other.example\tsmtp:[192.0.2.25]:587\n" },
      { "sender_transport", "@lists.example smtp:[192.0.2.9]\n@home.example lmtp:unix:x\n",
        "1 of 2", "<\tsomebody@home.example\tlmtp:unix:x\n"
          .. ">\tsomebody@home.example\tsmtp:[192.0.2.25]:587\n" },
      { "sender_canonical", "kim@home.example kim@shop.example\n@old.example @home.example\n",
        "1 of 2", "<\tsomebody@old.example\tsomebody@home.example\n"
          .. ">\tsomebody@old.example\t-\n" },
      { "generic", "kim@home.example kim@shop.example\n", "0 of 1", "" },
      { "sender_access", "spam.example REJECT\nok.spam.example OK\njoe@ 550 no\n", "1 of 3",
        "<\tjoe@somewhere.example\terror:\n>\tjoe@somewhere.example\t-\n" },
    } do
      local role, rows, count, expected = case[1], case[2], case[3], case[4]
      local status, output, errors = diff_senders(SOURCE, role, rows)
      assert.equal(count .. " addresses change", errors, role)
      assert.equal(expected, output, role)
      assert.equal(expected == "" and 0 or 1, status, role)
    end
  end)

  it("to a recipient of one's own, and with a default", function()
    local _, output = diff_senders(SOURCE, "sender_relayhost", "@b.example [192.0.2.7]\n",
      "--recipient x@home.example --default smtp:[192.0.2.25]:587")
    assert.equal("<\tsomebody@b.example\tsmtp:[192.0.2.7]\n"
      .. ">\tsomebody@b.example\terror:recipient-unknown\n", output)
  end)
end)

describe("an imported policy answers as Postfix's tables do", function()
  it("who an address is", function()
    local found, count = changed { "canonical", "virtual" }
    assert.truthy(count > 30, count)
    for _, address in ipairs(found) do
      assert.is_true(is_expected(found[address]), found[address])
    end
  end)

  -- Where a table says nothing, the policy says who is unknown, and that the rest goes by MX; a domain
  -- that is refused still has a postmaster.
  it("where it goes", function()
    local found, count = changed { "transport" }
    assert.truthy(count > 30, count)
    for _, address in ipairs(found) do
      local line = found[address]
      assert.is_true(line:find "\tsmtp:[^[]*$" ~= nil or line:find "error:recipient%-" ~= nil
        or address == "witness@slow.example" or address == "postmaster@gone.example", line)
    end
  end)
end)

-- Tables that are asked for senders, by the parameters that name them.
local BY_SENDER = {
  sender_relayhost = "kim@b.example [192.0.2.1]:587\n@b.example [192.0.2.2]\npat@b.example DUNNO\n"
    .. "pat+x@b.example [192.0.2.1]:587\njoe relay.example\nkim+y [192.0.2.3]\n<> [192.0.2.4]\n"
    .. "joe@mx.a.example [192.0.2.5]\n",
  sender_transport = "@c.example slow\n@d.example lmtp:[192.0.2.9]\n"
    .. "@old.example error:5.7.1 no\neve@b.example fast:\n",
  sender_canonical = "me@c.example sales@c.example\n@old.example @new.example\n",
  generic = "x@c.example y@d.example\n@e.example @f.example\n",
  sender_access = "spam.example REJECT no\ngood.spam.example OK\nx@spam.example 554 5.7.9 out\n"
    .. "kim+y@spam.example OK\nkim@spam.example DUNNO\nlate.example 450 4.7.1 later\n<> DEFER\n"
    .. "root@ REJECT\nodd.example 550\n[192.0.2.1] REJECT\n",
}

local MAIN_BY_SENDER = [[
myorigin = a.example
mydestination = a.example, mx.a.example
local_recipient_maps =
alias_maps =
recipient_delimiter = +
relayhost = [192.0.2.25]:587
sender_dependent_relayhost_maps = texthash:sender_relayhost
sender_dependent_default_transport_maps = texthash:sender_transport
sender_canonical_maps = texthash:sender_canonical
smtp_generic_maps = texthash:generic
smtpd_sender_restrictions = permit_mynetworks, check_sender_access texthash:sender_access
]]

local MORE_SENDERS = {}
for _, user in ipairs { "kim", "kim+y", "pat+x", "pat+x+y", "joe", "joe+z", "eve+t", "x", "root+x",
  "me+x" } do
  for _, domain in ipairs { "a.example", "mx.a.example", "b.example", "s.b.example", "c.example",
    "old.example", "spam.example", "s.good.spam.example", "far.example" } do
    MORE_SENDERS[#MORE_SENDERS + 1] = user .. "@" .. domain
  end
end

describe("an imported policy does with senders", function()
  it("as Postfix's tables say", function()
    local texts = { ["main.cf"] = MAIN_BY_SENDER }
    for name, text in pairs(BY_SENDER) do texts[name] = text end
    local folder = folder_of(texts)
    imported(folder)
    helper.write(folder .. "/more", table.concat(MORE_SENDERS, "\n") .. "\n")
    for _, roles in ipairs {
      { "sender_canonical", "sender_relayhost", "sender_transport" },
      { "sender_canonical", "generic" }, { "sender_access" },
    } do
      local keys, command = {}, ("build/bin/lua5.4/postoffice diff %s/policy.lua --delimiter +"
        .. " --mydestination a.example --mydestination mx.a.example"
        .. " --default 'smtp:[192.0.2.25]:587'"):format(folder)
      for i, role in ipairs(roles) do
        keys[i] = ("postmap -c %s -s texthash:%s/%s"):format(folder, folder, role)
        command = ("%s --against 'postmap -c %s -q - texthash:%s/%s' --as %s"):format(command,
          folder, folder, role, role)
      end
      local status, output, errors = helper.run(TOOL:format(("sh -c %s"):format(helper.quote(
        ("{ %s; cat %s/more; } | %s"):format(table.concat(keys, "; "), folder, command)))))
      assert.same({ 0, "" }, { status, output }, errors)
      assert.truthy(errors:find("0 of %d+ addresses change"), errors)
    end
    helper.output("rm -r " .. folder)
  end)
end)

-- Who may write to whom: lists, tables and classes, as RESTRICTION_CLASS_README has them, and more.
local RESTRICTED = [[
mydestination = home.example
relay_domains = branch.example, far.example
recipient_delimiter = +
mynetworks = 127.0.0.1
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_restriction_classes = insiders_only, local_only, both, closed, nested, open
insiders_only = check_sender_access inline:{ { home.example = OK }, { boss@far.example = OK },
  { spam@home.example = 554 5.7.9 no } }, reject
local_only = check_recipient_access inline:{ { home.example = OK } }, reject
both = permit_mynetworks, insiders_only
closed = defer
nested = check_sender_access inline:{ { kim@ = insiders_only }, { joe@far.example = OK } }, both
open = warn_if_reject reject, permit
smtpd_sender_restrictions = inline:{ { bad.example = REJECT out }, { ok.bad.example = OK },
  { <> = DUNNO } }
smtpd_recipient_restrictions =
  check_recipient_access inline:{ { all@home.example = insiders_only }, { staff@ = both },
    { net@home.example = permit_mynetworks, reject }, { late@home.example = closed },
    { nest@home.example = nested }, { open@home.example = open }, { pat+x@home.example = OK } }
  check_sender_access inline:{ { foo@home.example = local_only }, { bar@ = local_only,
    permit_mynetworks } }
  permit_mynetworks
  reject_unauth_destination
  check_recipient_access inline:{ { old@home.example = 550 5.1.1 Gone }, { late@ = 450 later },
    { pat@home.example = REJECT }, { branch.example = DEFER }, { ok.branch.example = OK },
    { user@branch.example = DUNNO } }
  check_recipient_access inline:{ { home.example = OK }, { branch.example = OK },
    { staff@far.example = OK } }
  reject
]]

local WRITERS = { "<>", "kim@home.example", "spam@home.example", "boss@far.example",
  "joe@far.example", "foo@home.example", "foo+x@home.example", "bar@far.example",
  "x@s.home.example", "x@a.bad.example", "x@ok.bad.example", "kim@far.example" }
local WRITTEN = { "all@home.example", "all+x@home.example", "staff@far.example",
  "staff@home.example", "net@home.example", "late@home.example", "nest@home.example",
  "open@home.example", "pat@home.example", "pat+x@home.example", "pat+y@home.example",
  "old@home.example", "late@far.example", "user@branch.example", "x@branch.example",
  "x@a.branch.example", "x@ok.branch.example", "x@far.example", "<Postmaster>" }

local VERDICTS = { ["2"] = "deliver", ["4"] = "defer", ["5"] = "reject" }

describe("an imported policy lets write to whom", function()
  local mail = require "spec.host.mail.postfix"
  local client = require "spec.host.mail.client"
  local servers = require "spec.host.directory.servers"

  after_each(servers.end_all)

  local function path_of(address)
    return address:find "^<" and address or "<" .. address .. ">"
  end

  -- What a running Postfix says to all, by who connects, sends and is written to.
  local function replies(port, source)
    local found = {}
    for _, sender in ipairs(WRITERS) do
      local connection = client.open(port, source)
      client.say(connection, "MAIL FROM:" .. path_of(sender))
      found[sender] = {}
      for _, to in ipairs(WRITTEN) do
        found[sender][to] = client.say(connection, "RCPT TO:" .. path_of(to))
      end
      connection:close()
    end
    return found
  end

  it("whom Postfix lets", function()
    local port = servers.port()
    mail.start(RESTRICTED .. "myorigin = home.example\nvirtual_alias_maps =\n",
      ("%d inet n - n - - smtpd\n"):format(port))
    servers.wait_for("Postfix", function() return (pcall(client.open, port, "127.0.0.1")) end)
    local made = assert(import.policy("postfix", { { path = "main.cf", text = RESTRICTED
      .. "local_recipient_maps = inline:{ " .. ("all staff net late nest open pat old")
        :gsub("%a+", "{ %0 = x }") .. " }\nalias_maps =\n" } },
      { read = function() return nil, "there is none" end }))
    assert.equal(1, made.notes, made.text) -- of what is only logged
    local p, count = assert(require "postoffice.policy".load(made.text)), 0
    for source, is_own in pairs { ["127.0.0.1"] = true, ["127.0.0.2"] = false } do
      for sender, said in pairs(replies(port, source)) do
        for to, reply in pairs(said) do
          local delivery = p:route(to, { sender = sender, may_relay = is_own })[1]
          assert.equal(VERDICTS[reply:sub(1, 1)], delivery.verdict,
            ("%s from %s to %s: %s"):format(source, sender, to, reply))
          count = count + (delivery.verdict == "deliver" and 0 or 1)
        end
      end
    end
    assert.is_true(count > 100)
    p:close()
  end)
end)

-- Tables of senders that lead to each other, and back.
local SENDERS = [[
myorigin = a.example
mydestination = a.example, mx.a.example
recipient_delimiter = +
sender_canonical_maps = inline:{ { kim@a.example = kim@b.example },
  { k@old.example = @new.example },
  { @mx.a.example = @a.example }, { ann = ann@c.example }, { tag+x@a.example = pat@b.example },
  { here@a.example = here@a.example } }
canonical_maps = inline:{ { kim@b.example = Kim.Lee@c.example }, { pat@b.example = pat@c.example },
  { @new.example = @b.example }, { one@c.example = two@c.example },
  { two@c.example = three@c.example },
  { ann@a.example = second@a.example }, { @d.example = all@c.example } }
smtp_generic_maps = inline:{ { Kim.Lee@c.example = kl@isp.example },
  { @c.example = me@isp.example }, { kl@isp.example = never@isp.example },
  { three@c.example = three@isp.example }, { here@a.example = here@isp.example },
  { u@a.example = u@isp.example } }
]]

local SENT = {
  "kim@a.example", "kim+x@a.example", "k@old.example", "other@old.example", "kim@mx.a.example",
  "ann@a.example", "ann@mx.a.example", "tag+x@a.example", "tag+y@a.example", "one@c.example",
  "two+x@c.example", "kl@isp.example", "kim@new.example", "k+t@old.example", "x@d.example",
  "x@c.example", "here@a.example", "here@mx.a.example", "u@mx.a.example", "u+v@mx.a.example",
  "kim@far.example", "Kim.Lee+z@c.example",
}

-- Tables of recipients: the second one goes on with what the first one makes.
local RECIPIENTS = [[
myorigin = a.example
mydestination =
recipient_delimiter = +
recipient_canonical_maps = inline:{ { kim@b.example = kim@c.example },
  { @old.example = @b.example },
  { ann@b.example = ann@c.example }, { x@d.example = y@d.example } }
canonical_maps = inline:{ { kim@c.example = Kim.Lee@c.example }, { @e.example = @d.example },
  { ann@b.example = never@c.example }, { y@d.example = z@f.example } }
]]

local TO = {
  "kim@b.example", "kim+x@b.example", "kim@old.example", "ann@old.example", "ann@b.example",
  "x@d.example", "y@d.example", "u@e.example", "y@e.example", "u@old.example", "kim@far.example",
}

describe("an imported policy hands over addresses as Postfix does", function()
  local mail = require "spec.host.mail.postfix"
  local client = require "spec.host.mail.client"
  local servers = require "spec.host.directory.servers"
  local sinks = require "spec.host.mail.sinks"

  -- A port for Postfix, and what it is for.
  local function service(port) return ("%d inet n - n - - smtpd\n"):format(port) end

  after_each(servers.end_all)

  -- Starts Postfix with rules for addresses; it sends all mail to a sink.
  local function start(rules)
    local sink, port = sinks.start(), servers.port()
    local mta = mail.start(("relayhost = [127.0.0.1]:%d\n"):format(sink.port) .. rules
      .. "smtpd_relay_restrictions = permit_mynetworks, reject\n", service(port))
    servers.wait_for("Postfix", function()
      return (pcall(client.send, port, "127.0.0.1", { from = "", to = {}, text = "" }))
    end)
    return mta, sink, port
  end

  -- By address, the message that came of one from it, or to it, as `envelope_for` says.
  local function sent(rules, addresses, envelope_for)
    local mta, sink, port = start(rules)
    for _, address in ipairs(addresses) do
      local message = envelope_for(address)
      message.text = ("Subject: %s\r\n\r\nx\r\n"):format(address)
      assert.matches("^250", client.send(port, "127.0.0.1", message).data)
    end
    local made = {}
    for _, address in ipairs(addresses) do made[address] = sink:await(address)[1] end
    mta:stop()
    return made
  end

  local function imported_policy(rules)
    local made = assert(import.policy("postfix", { { path = "main.cf", text = rules } },
      { read = function() return nil, "there is none" end }))
    return assert(require "postoffice.policy".load(made.text))
  end

  it("senders by all tables that are about them, in their order", function()
    local p = imported_policy(SENDERS)
    local messages = sent(SENDERS, SENT, function(sender)
      return { from = sender, to = { "x@far.example" } }
    end)
    for sender, message in pairs(messages) do
      local delivery = p:route("x@far.example", { sender = sender, may_relay = true })[1]
      assert.equal("SMTP:" .. message.from, tostring(delivery.sender), sender)
    end
  end)

  it("recipients likewise", function()
    local p = imported_policy(RECIPIENTS)
    local messages = sent(RECIPIENTS, TO, function(to)
      return { from = "s@s.example", to = { to } }
    end)
    for to, message in pairs(messages) do
      assert.equal("SMTP:" .. message.to[1], tostring(p:route(to)[1].address), to)
    end
  end)
end)

-- Several local domains: what virtual(5) leaves to a user is delivered by local(8), who asks aliases(5)
-- for the name alone; its mailboxes are the sink, too.
describe("an imported policy reaches whom Postfix does", function()
  local mail = require "spec.host.mail.postfix"
  local client = require "spec.host.mail.client"
  local servers = require "spec.host.directory.servers"
  local sinks = require "spec.host.mail.sinks"

  after_each(servers.end_all)

  local VIRTUAL = [[
info@b.example bob@far.example
cat kim
root@a.example root
self@b.example self@b.example
two@a.example two@a.example, x@far.example
@c.example all@c.example
same@c.example zoe@c.example
bare named@b.example
]]
  local ALIASES = [[
x: info@b.example
z: z, kim@b.example
root: kim
self: kim
two: kim
all: joe, pat@far.example
w: all@c.example
named: pat
]]
  local USERS = "bob x\ninfo x\njoe x\nkim x\npat x\nz x\nzoe x\n"

  -- Each address, and whom mail for it reaches: mailboxes by their name, addresses elsewhere.
  local EXPECTED_BY_ADDRESS = {
    ["x@a.example"] = "info", ["z@b.example"] = "kim z", ["root@a.example"] = "kim",
    ["root@b.example"] = "kim", ["self@b.example"] = "kim", ["self@a.example"] = "kim",
    ["two@a.example"] = "kim x@far.example", ["two@b.example"] = "kim",
    ["same@c.example"] = "joe pat@far.example", ["q@c.example"] = "joe pat@far.example",
    ["w@a.example"] = "joe pat@far.example", ["info@b.example"] = "bob@far.example",
    ["info@a.example"] = "info", ["bare@b.example"] = "pat", ["bare@c.example"] = "pat",
    ["cat@b.example"] = "kim",
  }

  -- The mailboxes' names and the addresses elsewhere, sorted.
  local function listed(addresses)
    for i, address in ipairs(addresses) do
      addresses[i] = address:match "^([^@]+)@[abc]%.example$" or address
    end
    table.sort(addresses)
    return table.concat(addresses, " ")
  end

  it("where several domains are local", function()
    local folder = folder_of { virtual = VIRTUAL, aliases = ALIASES, users = USERS }
    helper.output(TOOL:format(("postalias hash:%s/aliases"):format(folder)))
    helper.output(("chmod 755 %s; chmod 644 %s/*"):format(folder, folder))
    local rules = ("myhostname = mx.a.example\nmyorigin = a.example\n"
      .. "mydestination = a.example, b.example, c.example\n"
      .. "virtual_alias_maps = texthash:%s/virtual\nalias_maps = hash:%s/aliases\n"
      .. "local_recipient_maps = texthash:%s/users $alias_maps\n"):format(folder, folder, folder)
    local sink, port = sinks.start(), servers.port()
    local mta = mail.start(rules .. ("relayhost = [127.0.0.1]:%d\nmailbox_transport ="
      .. " smtp:[127.0.0.1]:%d\nsmtpd_relay_restrictions = permit_mynetworks, reject\n")
      :format(sink.port, sink.port), ("%d inet n - n - - smtpd\n"):format(port))
    servers.wait_for("Postfix", function()
      return (pcall(client.send, port, "127.0.0.1", { from = "", to = {}, text = "" }))
    end)
    helper.write(folder .. "/main.cf", rules)
    imported(folder)
    local p = assert(require "postoffice.policy".load(helper.read(folder .. "/policy.lua")))
    for address, expected in pairs(EXPECTED_BY_ADDRESS) do
      local message = { from = "s@far.example", to = { address },
        text = ("Subject: %s\r\n\r\nx\r\n"):format(address) }
      assert.matches("^250", client.send(port, "127.0.0.1", message).data)
      local found = {}
      local _, count = expected:gsub("%S+", "")
      for _, arrived in ipairs(sink:await(address, count)) do
        for _, to in ipairs(arrived.to) do table.insert(found, to) end
      end
      assert.equal(expected, listed(found), address .. " by Postfix")
      local routed = {}
      for _, delivery in ipairs(p:route(address, { may_relay = true })) do
        table.insert(routed, delivery.wire)
      end
      assert.equal(expected, listed(routed), address .. " by the policy")
    end
    mta:stop()
    helper.output("rm -r " .. folder)
  end)
end)

-- The page that leads from Postfix to a policy, its comparison with Postfix's own answers too.
describe("the manual's from-postfix.md", function()
  it("shows what Postfix and the policy answer", function()
    local page = helper.read "lua/postoffice/manual/from-postfix.md"
    local steps = console.steps(page, "spec/host/postfix.lua")
    assert.is_true(#steps > #console.steps(page))
    console.run(steps)
    for _, step in ipairs(steps) do assert.is_nil(console.complaint(step)) end
  end)
end)
