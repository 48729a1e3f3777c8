-- What is wrong in a directory's file is told with the line and the column where it stands.
local helper = require "spec.helper"
local policy = require "postoffice.policy"

-- Loads a policy of a text and the file "d".
local function load(source, text)
  return policy.load(source, {
    chunkname = "@policy.lua",
    read = function(name) return name == "d" and text or nil end,
  })
end

local function complaint(format, text, fields)
  local source = 'domain "o.example" {} directory "d" { file = "d", format = "%s", %s }\n'
  local p, message = load(source:format(format, fields or ""), text)
  assert.is_nil(p, text)
  return message
end

local FILES = {
  csv = {
    "Name,mail\nJ\195\182rg,\226\128\184kim",
    "Name,mail\nKim,kim@c.example\n\195\182,\226\128\184Kim@c.example",
    "Name,mail\n\"\226\128\184\195\182,\nx\",b@c.example\n", -- a name of two lines
    "Name;EmailAddresses\nKim;\"SMTP:k@c.example;\226\128\184smtp:x y@\"",
    "Name,EmailAddresses\nKim,\"SMTP:k@c.example\r\n\226\128\184smtp:x y@\"\n",
    "\239\187\191Name,mail\nKim\226\128\184\"x,k@c.example", -- a quote inside a field
    "Name,mail\nKim,k@c.example,\226\128\184x",
    "Name,mail,keep,target\nK\195\169,k@c.example,\226\128\184maybe,x@c.example",
    "Name,mail,max_size\nK\195\169,k@c.example,\226\128\184much",
    "Name,mail,target,members\nK,k@c.example,x@c.example,\226\128\184y@c.example",
    "Name,mail,target\nK,k@c.example,\226\128\184" .. ("x"):rep(1025),
    "mail,Name\nk@c.example,\226\128\184" .. ("x"):rep(300),
    "Name,mail\nKim,\226\128\184\n",
    "Name,mail\n\226\128\184Kim\nAnn,a@c.example\n", -- a field less than the header has
    "Name,mail\n\226\128\184\"K\nim\"\r\n\r\nAnn,a@c.example\n",
    "Name,mail,target\nB,b@c.example,\nK\195\182,k@c.example,\226\128\184nobody\n",
    "Name,mail,members\nK,k@c.example,K;\195\182@c.example;\226\128\184nemo\nL,l@c.example,",
    "Name,mail,members\nK,k@c.example,nemo@x.example;\226\128\184nemo\n",
    "Name,mail,members,owner\nK,k@c.example,x@c.example,\226\128\184nemo\n",
    "Name,mail,members,owner\nK,k@c.example,x@c.example,\226\128\184smtp:k@c.example\n",
    "Name,mail,accept\nK,k@c.example,\"K,\226\128\184Nemo\"\nL,l@c.example,",
    "Name,mail,reject\nK,k@c.example,\226\128\184Two\nTwo,a@c.example,\nTwo,b@c.example,\n",
  },
  recipients = {
    'DisplayName,EmailAddresses\nK,"\226\128\184{SMTP:a@b.example, ...}"',
    "DisplayName,mail,DeliverToMailboxAndForward\nK,k@c.example,\226\128\184often",
    "DisplayName,mail,MaxReceiveSize\nK,k@c.example,\226\128\184large",
    "DisplayName,mail,ForwardingAddress\n\195\134,a@c.example,\226\128\184No Body\nB,b@c.example,",
    'DisplayName,mail,AcceptMessagesOnlyFrom\nK,k@c.example,"K,\226\128\184Nemo"\nB,b@c.example,',
    "DisplayName,mail,RecipientTypeDetails\nK,k@c.example,\226\128\184MailContact",
  },
  exchange55 = {
    "Obj-Class,Display Name,E-mail Addresses\n\226\128\184Robot,R,SMTP:r@c.example",
    "Obj-Class,Mode,Display Name,E-mail Addresses\nMailbox,\226\128\184Burn,R,SMTP:r@c.example",
    "Obj-Class,Directory Name,E-mail Addresses,Deliver-And-Redirect\n"
      .. "Mailbox,r,SMTP:r@c.example,\nMailbox,s,SMTP:s@c.example,\n,r,,\226\128\184often",
    "Obj-Class,Directory Name,E-mail Addresses,Alternate Recipient\n"
      .. "Mailbox,r,SMTP:r@c.example,\226\128\184Recipients/cn=nemo",
    "Obj-Class,Directory Name,E-mail Addresses\nMailbox,\195\182,\226\128\184SMTP:r@c..example",
    "Obj-Class,Directory Name,E-mail Addresses,E-mail Address\n"
      .. "Remote,r,SMTP:r@c.example,SMTP:a@c.example\nRemote,s,SMTP:s@c.example,\n"
      .. ",s,,\226\128\184nobody",
  },
  ldif = {
    "dn: cn=k\ncn: K\195\182\nmail: \226\128\184k\n",
    "dn: cn=k\ncn: K\nmail: k@c.example\nproxyAddresses: \226\128\184smtp:x y@\n",
    "dn: cn=k\ncn: K\nmail: k@c.example\nproxyAddresses: \226\128\184smtp:\n x y@\n",
    "dn: cn=k\ncn: K\nmail: k@c.example\ndeliverAndRedirect: \226\128\184often\n",
    "dn: cn=k\ncn: K\nmail: k@c.example\naltRecipient: \226\128\184CN=Nemo,  DC=x\n",
    "dn: cn=k\nmail: k@c.example\n\226\128\184= x\n",
    "dn: cn=k\nmail: k@c.example\ncn:: \226\128\184=x\n",
    "dn: cn=k\nmail: k@c.example\ncn::\n  \226\128\184=x\n",
    "dn: cn=k\nchangetype: \226\128\184modify\nmail: k@c.example\n",
    "ref: \226\128\184ldap://x\n",
    "dn: cn=k\ncn: K\nmail: k@c.example\ntargetAddress: \226\128\184no\n body\n\n"
      .. "dn: cn=l\ncn: L\nmail: l@c.example\n",
    "dn: cn=k\ncn: K\nmail: k@c.example\nmember: cn=l\nrfc822MailMember: \226\128\184nemo\n\n"
      .. "dn: cn=l\ncn: L\nmail: l@c.example\n",
  },
  virtual = {
    "kim@c.example \226\128\184:include:/x",
    "\226\128\184kim x@c.example",
    "kim@c.example\226\128\184\n",
    "a@c.example b@c.example\n\"\195\182 b\"@c.example b@c.example,\n# no\n  \226\128\184|cmd\n",
    "\226\128\184@c.example a@c.example",
    "a@c.example b@c.example\n\226\128\184A@c.example b@c.example",
    "a@c.example\tb@c.example,\n  \226\128\184nobody\n",
    "a@c.example b-nobody@x.example,nobody@x.example,\226\128\184nobody nobody\n",
    "a@c.example b@c.example\n\n@o.example  \226\128\184nobody\n",
  },
  aliases = {
    "log: \226\128\184/var/log/x", "a b\226\128\184", "a: b,\n  \226\128\184x..y@c.example\n",
  },
  canonical = { "a@b.example \226\128\184c@d.example, e@f.example" },
  virtusertable = { "\226\128\184a+*@b.example c@d.example" },
}

local FIELDS = { aliases = 'domain = "c.example"' }

describe("what is wrong in a directory's file", function()
  for format, texts in pairs(FILES) do
    it("is told with its line and column in " .. format, function()
      for _, marked in ipairs(texts) do
        local text, line, column = helper.unmarked(marked)
        local expected = ("d:%d:%d"):format(line, column)
        local message = complaint(format, text, FIELDS[format])
        assert.equal(expected, message:match "^d:%d+:%d+", marked .. "\n" .. message)
      end
    end)
  end

  -- The lines and columns of what was skipped.
  local function skipped(text, format)
    local source = 'domain "o.example" {} directory "d" { file = "d", on_error = "skip", format = "'
    local p = assert(load(source .. format .. '" }', text))
    local places = {}
    for i, one in ipairs(p:skipped()) do places[i] = ("%d:%d"):format(one.line, one.column) end
    local count = p:skipped().count
    p:close()
    return places, count
  end

  it("has its column, too, where it is skipped", function()
    assert.same({ "3:5" }, (skipped("Name,mail\nKim,k@a.example\nPat,x y\n", "csv")))
    assert.same({ "2:17", "2:22" },
      (skipped("Name,mail,members\nKim,k@a.example,nemo;outis\n", "csv")))
    assert.same({ "1:12" }, (skipped("@o.example nobody\n", "virtual")))
  end)

  it("is at the same place wherever blocks of the file end", function()
    local row = "\195\182,k%d@c.example,,\n"
    local rows = { "Name,mail,keep,target\n" }
    for i = 1, 20000 do rows[#rows + 1] = row:format(i) end
    for last, column in pairs { ["\195\182,k@c.example,maybe,\n"] = 15,
      ["\195\182,k@c.example,,nobody\n"] = 16 } do
      rows[20002] = last
      assert.equal("d:20002:" .. column, complaint("csv", table.concat(rows)):match "^d:%d+:%d+")
    end
  end)

  it("has its column as long as it is listed, whose target is nobody #long", function()
    local rows = { "Name,mail,target\n" }
    for i = 1, 2500 do rows[#rows + 1] = ("n%d,n%d@c.example,nobody\n"):format(i, i) end
    local places, count = skipped(table.concat(rows), "csv")
    assert.same({ 1000, 2500, "2:17", "1001:23" }, { #places, count, places[1], places[1000] })
  end)

  it("is told of who reaches too many", function()
    local source = 'settings { max_recipients = 1 } directory "d" { file = "d", format = "%s" }'
    for format, marked in pairs {
      csv = "Name,mail,members\nK\195\182,k@c.example,\226\128\184a@x.example;b@x.example\n",
      virtual = "a@c.example \226\128\184b@x.example,c@x.example\n",
    } do
      local text, line, column = helper.unmarked(marked)
      local _, message = load(source:format(format), text)
      assert.equal(("d:%d:%d"):format(line, column), message:match "^d:%d+:%d+", message)
    end
  end)

  it("has no column where the file is another one by then", function()
    local reads = 0
    local _, message = policy.load('directory "d" { file = "d" }', {
      read = function()
        reads = reads + 1
        if reads > 1 then return "Name,mail\nX,x@c.example\n" end
        return "Name,mail,target\nK,k@c.example,nobody\n"
      end,
    })
    assert.same({ "d:2: recipient", 2 }, { message:match "^[^\"]* recipient" or message, reads })
  end)
end)

-- What is wrong in the file of a set.
describe("what is wrong in a set's file", function()
  it("is told with its line and column", function()
    local lines = 'set "s" { file = "d" }'
    local csv = 'set "s" { file = "d", format = "csv", column = "m" }'
    for _, case in ipairs {
      { lines, "# \195\182\nSMTP:*@a.example\n \226\128\184\194\160\n" },
      { lines, "SMTP:*@a.example\n\t \226\128\184*@b.example \n" },
      { lines, "\239\187\191\226\128\184*@b.example" },
      { csv, "n,m\n\195\182,SMTP:*@a.example\n\195\182, \226\128\184@b.example\n" },
      { csv, 'n,m\n"\195\182,\nx","\226\128\184*@b.example"\n' },
      { csv, "sep=;\n\226\128\184n;o\nx;y\n" },
      { csv, "n,m,\226\128\184M\nx,y,z\n" },
      { csv, "n,m\nx,y\226\128\184\"\n" },
      { csv, "n,m\nx,SMTP:*,\226\128\184z\n" },
    } do
      local text, line, column = helper.unmarked(case[2])
      local p, message = load(case[1], text)
      assert.is_nil(p)
      assert.equal(("d:%d:%d"):format(line, column), message:match "^d:%d+:%d+",
        case[2] .. "\n" .. message)
    end
  end)
end)
