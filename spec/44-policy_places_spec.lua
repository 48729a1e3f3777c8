-- What is wrong in a directory's file is told with the line and the column where it stands.
local policy = require "postoffice.policy"

local MARK = "\226\128\184" -- what stands before the wrong text

-- A text without its mark; and where that stood, as editors count it.
local function unmarked(text)
  local before, after = text:match("^(.-)" .. MARK .. "(.*)$")
  local _, lines = before:gsub("\n", "")
  local _, characters = before:match "[^\n]*$":gsub("[%z\1-\127\194-\244][\128-\191]*", "")
  return before .. after, ("d:%d:%d"):format(lines + 1, characters + 1)
end

local function complaint(format, text, fields)
  local source = 'directory "d" { file = "d", format = "%s", %s }\n'
  local p, message = policy.load(source:format(format, fields or ""), {
    chunkname = "@policy.lua",
    read = function(name) return name == "d" and text or nil end,
  })
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
  },
  virtual = {
    "kim@c.example \226\128\184:include:/x",
    "\226\128\184kim x@c.example",
    "kim@c.example\226\128\184\n",
    "a@c.example b@c.example\n\"\195\182 b\"@c.example b@c.example,\n# no\n  \226\128\184|cmd\n",
    "\226\128\184@c.example a@c.example",
    "a@c.example b@c.example\n\226\128\184A@c.example b@c.example",
  },
  aliases = {
    "log: \226\128\184/var/log/x", "a b\226\128\184",
  },
  canonical = { "a@b.example \226\128\184c@d.example, e@f.example" },
  virtusertable = { "\226\128\184a+*@b.example c@d.example" },
}

local FIELDS = { aliases = 'domain = "c.example"' }

describe("what is wrong in a directory's file", function()
  for format, texts in pairs(FILES) do
    it("is told with its line and column in " .. format, function()
      for _, marked in ipairs(texts) do
        local text, expected = unmarked(marked)
        local message = complaint(format, text, FIELDS[format])
        assert.equal(expected, message:match "^d:%d+:%d+", marked .. "\n" .. message)
      end
    end)
  end

  it("has its column, too, where it is skipped", function()
    local p = assert(policy.load('directory "d" { file = "d", on_error = "skip" }', {
      read = function() return "Name,mail\nKim,k@a.example\nPat,x y\n" end,
    }))
    local one = p:skipped()[1]
    assert.same({ 3, 5 }, { one.line, one.column })
    p:close()
  end)

  it("is at the same place wherever blocks of the file end", function()
    local row = "\195\182,k%d@c.example,\n"
    local rows = { "Name,mail,keep\n" }
    for i = 1, 20000 do rows[#rows + 1] = row:format(i) end
    rows[#rows + 1] = "\195\182,k@c.example,maybe\n"
    assert.equal("d:20002:15", complaint("csv", table.concat(rows)):match "^d:%d+:%d+")
  end)
end)
