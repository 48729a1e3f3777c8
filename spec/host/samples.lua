--- The sample maps in Debian's packages of Postfix, Exim and sendmail, imported: as they are shipped, and
-- with the rows that their comments show as examples.
local helper = require "spec.helper"
local import = require "postoffice.import"
local policy = require "postoffice.policy"

local POSTFIX = "build/postfix-doc/usr/share/doc/postfix/examples/"
local EXIM = "build/exim4-config/etc/"
local SENDMAIL = "build/sendmail-base/usr/share/sendmail/examples/db/"

local TOOL = 'PATH="$PATH:/usr/sbin" %s'

local INDENT = 12 -- of examples in comments, which is more than that of a paragraph

-- The examples in a file's comments that look like rows, the first one of each key.
local function examples(text, row)
  local rows, seen = {}, {}
  for indent, line in text:gmatch "#( +)([^\n]+)" do
    local key = #indent >= INDENT and line:match(row)
    if key and not seen[key] then
      seen[key] = true
      rows[#rows + 1] = line
    end
  end
  return rows
end

-- Imports a text, of Postfix unless another server is said; a policy that passes the check.
local function imported(parameter, text, server)
  local made = assert(import.policy(server or "postfix", {
    { name = parameter, path = "sample", text = text },
  }, {
    directory = "people.csv", notes = "notes.txt", addresses = true,
    origin = parameter ~= "transport_maps" and "site.example" or nil,
  }))
  local p = assert(policy.load(made.text, { read = function() return made.people end }))
  for _, finding in ipairs(p:check()) do
    assert.equal("note", finding.severity, tostring(finding) .. made.text)
  end
  return made, p
end

-- The addresses that change from what a table of Postfix answers to what the policy does, each with both
-- answers, and how many were asked for.
local function changed(made, text, tool, role, further)
  local folder = helper.output "mktemp -d"
  for name, content in pairs { ["main.cf"] = "", ["policy.lua"] = made.text, sample = text,
    addresses = table.concat(made.addresses, "\n") .. "\n" } do
    helper.write(folder .. "/" .. name, content)
  end
  local run = TOOL:format(("%s -c %s"):format(tool, folder))
  helper.output(("%s hash:%s/sample"):format(run, folder))
  local command = ("build/bin/lua5.4/postoffice diff %s/policy.lua --mydestination site.example"
    .. " --against '%s -c %s -q - hash:%s/sample' --as %s%s <%s/addresses"):format(folder, tool,
    folder, folder, role, further or "", folder)
  local status, output, errors = helper.run(TOOL:format(command))
  helper.output("rm -r " .. folder)
  assert.truthy(status == 0 or status == 1, errors)
  local list = {}
  for address, theirs, mine in output:gmatch "<\t([^\t]+)\t([^\n]+)\n>\t[^\t]+\t([^\n]+)\n" do
    list[address] = theirs .. " becomes " .. mine
  end
  return list, tonumber(errors:match "of (%d+) addresses change")
end

-- By the sample's name: the parameter that it is for; what a row among its comments looks like; by what
-- it can be compared; and what senders become.
local SAMPLES = {
  virtual = {
    parameter = "virtual_alias_maps", row = "^([%w-]*@?virtual%-alias%.domain)%s+%S", count = 4,
    tool = "postmap", role = "virtual",
  },
  transport = {
    parameter = "transport_maps", row = "^([%w.*-]+)%s+[%l]*:[%w%[]?[^ ]*$", count = 4,
    tool = "postmap", role = "transport", further = " --default smtp:",
  },
  generic = {
    parameter = "smtp_generic_maps", row = "^([%l]*@localdomain%S+)%s", count = 3,
    senders = {
      ["his@localdomain.local"] = "hisaccount@hisisp.example",
      ["her@localdomain.local"] = "heraccount@herisp.example",
      ["x@localdomain.local"] = "hisaccount+local@hisisp.example",
    },
  },
  canonical = { parameter = "canonical_maps" },
  relocated = { parameter = "relocated_maps" },
  aliases = { parameter = "alias_maps", tool = "postalias", role = "virtual" },
}

describe("a sample map of Postfix's package", function()
  for name, sample in pairs(SAMPLES) do
    it("imports, and means what it did: " .. name, function()
      local text = helper.read(POSTFIX .. name)
      imported(sample.parameter, text)
      local rows = sample.row and examples(text, sample.row) or {}
      assert.truthy(#rows >= (sample.count or 0), #rows)
      text = text .. "\n" .. table.concat(rows, "\n") .. "\n"
      local made, p = imported(sample.parameter, text)
      for sender, becomes in pairs(sample.senders or {}) do
        local delivery = p:route("x@far.example", { sender = sender, may_relay = true })[1]
        assert.equal("SMTP:" .. becomes, tostring(delivery.sender))
      end
      if not sample.tool then return end
      local found, count = changed(made, text, sample.tool, sample.role, sample.further)
      assert.truthy(count > 4, count)
      assert.same({}, found)
    end)
  end

  it("imports: main.cf.default", function()
    local made = assert(import.policy("postfix", {
      { name = "main.cf", path = "main.cf", text = helper.read(POSTFIX .. "main.cf.default") },
    }, { read = function(path) return nil, path .. ": not there" end }))
    for _, finding in ipairs(assert(policy.load(made.text)):check()) do
      assert.equal("note", finding.severity, tostring(finding))
    end
    assert.is_nil(made.text:find(" = :", 1, true)) -- what is empty is no note
  end)
end)

describe("Exim's /etc/email-addresses", function()
  it("imports, and says how senders go out", function()
    local text = helper.read(EXIM .. "email-addresses")
    imported("email-addresses", text)
    local rows = {}
    for row in text:gmatch "\n#(%l+: %S+@%S+)" do rows[#rows + 1] = row end
    assert.equal(2, #rows)
    local _, p = imported("email-addresses", text .. table.concat(rows, "\n") .. "\n")
    local delivery = p:route("x@far.example", { sender = "user@site.example", may_relay = true })[1]
    assert.equal("SMTP:someone@isp.com", tostring(delivery.sender))
  end)
end)

-- By the sample's name: what a row among its comments looks like, and how many of them there are; and by
-- what the table can be compared, once its rows are written as Postfix has them.
local TABLES = {
  mailertable = {
    row = "\n#([%w.]+%s+esmtp:%b[])", count = 2, tool = "postmap", role = "transport",
    further = " --default smtp:", written = { ["esmtp:"] = "smtp:" },
  },
  virtusertable = {
    row = "\n#[ \t]+(%S*@%S+%.%l%l%l[ \t]+%S+@?[^\n]*)", count = 5, tool = "postmap",
    role = "virtual",
    written = { ["\n@foo.org[^\n]*"] = "", ["\n@bar.org[^\n]*"] = "" }, -- by %1, and by error:
    users = { ["witness@foo.org"] = "witness@elsewhere.com" },
  },
  aliases = { tool = "postalias", role = "virtual" },
  access = { row = "\n#\t(%S+@%S*%s+%u[^\n]*)", count = 1, refused = "spammer@aol.com" },
  genericstable = {}, domaintable = { row = "\n#    (debian%.com%s+%S+)", count = 1 },
  ["relay-domains"] = {},
}

-- A text as Postfix has it.
local function written(text, sample)
  for pattern, replacement in pairs(sample.written or {}) do
    text = text:gsub(pattern, replacement)
  end
  return text
end

describe("a sample table of sendmail's package", function()
  for name, sample in pairs(TABLES) do
    it("imports, and means what it did: " .. name, function()
      local text = helper.read(SENDMAIL .. name)
      imported(name, text, "sendmail")
      local rows = {}
      for row in text:gmatch(sample.row or "^$") do rows[#rows + 1] = row end
      assert.equal(sample.count or 0, #rows, table.concat(rows, "\n"))
      text = text .. "\n" .. table.concat(rows, "\n") .. "\n"
      local made, p = imported(name, text, "sendmail")
      if sample.refused then
        local delivery = p:route("postmaster@site.example", { sender = sample.refused })[1]
        assert.equal("policy-reject", delivery.code)
      end
      for user, address in pairs(sample.users or {}) do
        assert.equal("SMTP:" .. address, tostring(p:route(user)[1].address))
      end
      if not sample.tool then return end
      local found, count = changed(made, written(text, sample), sample.tool, sample.role,
        sample.further)
      assert.truthy(count > 4, count)
      -- Each domain has a postmaster; sendmail parts users at a +; and %1 is no map's.
      for address, change in pairs(found) do
        local is_meant = address:find "^postmaster@" or address:find "+witness@"
          or (sample.users or {})[address]
        assert.truthy(is_meant, address .. " " .. change)
      end
    end)
  end
end)
