--- What imports note is told with the line and the column where it stands.

local helper = require "spec.helper"
local import = require "postoffice.import"

-- By the format and the name of a file: texts with a mark before what is noted, and what is said of it.
local CASES = {
  { "sendmail", "aliases", "kim: \195\182,\226\128\184|cmd\n", "runs a command" },
  { "sendmail", "aliases", "k: x@b.example\n\226\128\184K: y@b.example\n", "has this address" },
  { "sendmail", "aliases", "kim: x@b.example\nno colon\226\128\184\n", "no colon" },
  { "sendmail", "virtusertable", "k@h.example\t\226\128\184a..b\n", "is no address" },
  { "sendmail", "virtusertable", "@a.example\t\226\128\184x@b.example, y@b.example", "several" },
  { "sendmail", "virtusertable", "\226\128\184@..\tx%2@b.example\n", "the key is no domain" },
  { "sendmail", "mailertable", "b.example\t\226\128\184uucp-new:hub\n", "mailers of SMTP" },
  { "sendmail", "mailertable", "b.example\t\226\128\184smtp:hub:0\n", "hosts after the first" },
  { "sendmail", "mailertable", "\226\128\184b..example\tsmtp:hub\n", "neither an address" },
  { "sendmail", "relay-domains", "\195\182.example  \226\128\18410.0 # net\n", "a network" },
  { "sendmail", "local-host-names", "a.example\r\n\t\226\128\184..\r\n", "this is no domain" },
  { "sendmail", "genericstable", "\226\128\184kim+*\tk@b.example\n", "every extension" },
  { "sendmail", "access", "To:b@h.example\t\226\128\184OK\n", "write on.recipient" },
  { "postfix", "virtual", "a@h.example\n  b@b.example,\n#\n \226\128\184:include:/x\n", "reads" },
  { "postfix", "virtual", "a@v.example x@b.example, y\n  \226\128\184no@v.example", "nobody" },
  { "postfix", "virtual", "a@v.example y-no@b.example,\226\128\184no@v.example", "nobody" },
  { "postfix", "transport", "b.example \226\128\184smtp:x:0\n", "nothing can be sent" },
  { "postfix", "canonical", "k@a.example l@a.example\n\226\128\184K@a.example m@a.example\n",
    "twice" },
  { "csv", "p.csv", "Name,mail,members\nT\195\182,t@h.example,\226\128\184x@h.example\n",
    "nobody is there" },
  { "csv", "p.csv", 'Name,mail\nK,k@h.example\n"\195\182,",\226\128\184k@h.example\n',
    "has this address" },
  { "ldif", "p.ldif", "dn: cn=k\ncn: K\nmail: k@h.example\ntargetAddress:"
    .. " \226\128\184SMTP:x@h.ex\n ample\n", "nobody is there" },
}

describe("a line of a routing table that is none", function()
  it("is told with its column", function()
    for _, marked in ipairs {
      "SMTP\226\128\184", "\226\128\184,*;,1,A,", "SMTP,*;,1,A,\nSM\226\128\184\195\182,*;,1,A",
      "SMTP,\195\182;, \226\128\184x,A,", "SMTP,*;\226\128\184", "SMTP,*;,\226\128\184",
      "SMTP,*;,1,\226\128\184", "\226\128\184;", "SMTP\226\128\184;*;1;A",
    } do
      local text, line, column = helper.unmarked(marked)
      local made, message = import.policy("gwart", { { path = "g", text = text } }, {})
      assert.is_nil(made)
      assert.equal(("g:%d:%d"):format(line, column), message:match "^g:%d+:%d+", marked)
    end
  end)
end)

describe("what an import notes", function()
  it("is told with its line and column", function()
    for _, case in ipairs(CASES) do
      local text, line, column = helper.unmarked(case[3])
      local made = assert(import.policy(case[1], { { path = case[2], text = text } }, {
        origin = "h.example", directory = "people.csv", notes = "notes.txt",
      }))
      local flat = made.text:gsub("\n%-%-   ", " ")
      local place = ("%s:%d:%d: "):format(case[2], line, column)
      local said
      for note in flat:gmatch "%-%- %* ([^\n]+)" do
        if note:sub(1, #place) == place and note:find(case[4], 1, true) then said = note end
      end
      assert.truthy(said, place .. case[4] .. "\n" .. flat)
    end
  end)
end)
