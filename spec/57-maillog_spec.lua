local helper = require "spec.helper"
local maillog = require "postoffice.text.maillog"

--- The messages of a log, each as one line: where it begins, sender, recipients, size, time, client.
local function read(format, text, now)
  local list = {}
  for message in maillog.messages(text:gmatch "([^\n]*)\n?", format, { now = now }) do
    list[#list + 1] = message.fault and ("%d: %s"):format(message.line, message.fault)
      or ("%d: %s -> %s %s %s%s%s"):format(message.line, message.sender or "?",
        table.concat(message.recipients, " "), tostring(message.size or "?"),
        tostring(message.now or "?"), message.client and " by " .. message.client or "",
        message.rejected and " rejected" or "")
  end
  return list
end

local function read_file(format, name, now)
  return read(format, helper.read("spec/fixtures/maillog/" .. name), now)
end

describe("rows of a mail log", function()
  it("are sender, recipient, size and time, as far as they are known", function()
    assert.same({
      "1: a@b.example -> c@d.example 100 1000", "5: <> -> c@d.example ? ?",
      "6: ? -> c@d.example ? 0", "7: a b@c -> d@e ? 7200", "8: a@b -> c@d ? 5400",
      "9: a@b -> c@d ? ? by 192.0.2.1",
    }, read("tsv", "a@b.example\tc@d.example\t100\t1000\n# c\n \n # c\n<>\tc@d.example\n"
      .. "-\tc@d.example\t\t1970-01-01T00:00:00Z\na b@c\td@e\t-\t1970-01-01 02:00:00.5\n"
      .. "a@b\tc@d\t-\t1970-01-01T02:00:00+00:30\n"
      .. "a@b\tc@d\t\t\t192.0.2.1"))
  end)

  it("that cannot be read are told", function()
    assert.same({
      "1: has no recipient; write sender, recipient, size, time and client, with a tab"
        .. " between two",
      '2: the size "much" is no number of bytes',
      '3: the time "today" is neither seconds since 1970 nor such as 2026-11-27T00:41:54Z',
    }, read("tsv", "a@b.example\na@b\tc@d\tmuch\na@b\tc@d\t-\ttoday"))
    for _, text in ipairs { "nan", "inf", "-1", "0x10", "1e3" } do
      for _, row in ipairs { "a@b\tc@d\t%s", "a@b\tc@d\t-\t%s" } do
        assert.matches("^1: the %a+ \"", read("tsv", row:format(text))[1])
      end
    end
  end)
end)

describe("Exim's main log", function()
  it("has messages from several lines, recipients before aliases, and who was refused", function()
    assert.same({
      "2: kim@corp.example -> joe@far.example info@corp.example list@corp.example 2511 1035968400"
        .. " by 10.0.0.5",
      "14: <> -> no@corp.example ? 1035968405 by 192.0.2.1 rejected",
      "15: a@b.example -> fax@corp.example ? 1035968405 by 192.0.2.1 rejected",
      "4: c@d.example -> e@f.example x@y.example 5 1035968401", -- which do not end
      "11: s@t.example -> e@f.example ? 1035968404", -- which began before the log
      "12: ? -> g@h.example ? 1035968404",
    }, read_file("exim", "exim.log"))
  end)

  it("has all recipients where a message arrives, zones and processes, if it is told to", function()
    assert.same({
      "1: <> -> a@b.example c@d.example 812 1700000000",
      "4: kim@corp.example -> joe@far.example 99 1700000003 by 10.0.0.5",
    }, read_file("exim", "exim-selectors.log"))
  end)
end)

describe("Postfix's log", function()
  local NOW = 1795740300 -- some minutes later

  it("has messages by their queue ids, recipients before aliases, and who was refused", function()
    assert.same({
      "3: kim@corp.example -> info@corp.example joe@far.example 2511 1795739999 by 10.0.0.5",
      "13: a@b.example -> no@corp.example ? 1795740010 by 192.0.2.9 rejected",
      "14: <> -> x@y.example ? 1795740010 by 192.0.2.9 rejected",
      "15: joe@far.example -> kim@corp.example 700 1795740011", -- once, though it went on twice
      "4: <> -> a@b.example 99 1795739998",
    }, read_file("postfix", "postfix.log", NOW))
  end)

  it("has no year in a time: it is the last one that has been", function()
    local first = ("Dec 31 23:59:59 mx postfix/qmgr[1]: 4F1B2C3D5E: from=<a@b.example>, size=1\n"
      .. "Dec 31 23:59:59 mx postfix/smtp[1]: 4F1B2C3D5E: to=<c@d.example>, relay=none\n")
    assert.same({ "1: a@b.example -> c@d.example 1 1767225599" }, read("postfix", first, NOW))
    assert.same({ "1: a@b.example -> c@d.example 1 1798761599" },
      read("postfix", first, 1798761600))
  end)

  it("has names without a domain: they are in myorigin, as trivial-rewrite(8) has it", function()
    local written = {
      root = "root@corp.example", ["k@far.example"] = "k@far.example", ["site!joe"] = "site!joe",
      ["joe%far.example"] = "joe%far.example", ['"a@b c"'] = '"a@b c"@corp.example',
      [""] = "<>",
    }
    local line = "Nov 27 00:39:59 mx postfix/x[1]: %s\n"
    for given, expected in pairs(written) do
      local text = line:format(("4F1: from=<%s>, size=1"):format(given))
        .. line:format(("4F1: to=<k@final.example>, orig_to=<%s>, relay=none"):format(given))
        .. line:format(("NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 no; from=<%s> to=<%s>")
          :format(given, given) .. " proto=ESMTP")
      for _, origin in ipairs { "corp.example", false } do
        local wanted = origin and expected or given == "" and "<>" or given
        local count = 0
        for message in maillog.messages(text:gmatch "([^\n]*)\n", "postfix",
          { now = NOW, origin = origin or nil }) do
          assert.same({ wanted, { wanted } }, { message.sender, message.recipients })
          count = count + 1
        end
        assert.equal(2, count)
      end
    end
  end)

  it("may have whole times", function()
    assert.same({ '1: "a b"@corp.example -> kim@corp.example 2511 1795739999' },
      read_file("postfix", "postfix-iso.log"))
  end)

  it("is read for as long as it is, in the memory of what has not ended", function()
    local number, ended = 0, 0
    local function next_line()
      number = number + 1
      if number > 30000 then return nil end
      local id, step = ("%X"):format(math.floor((number - 1) / 3) + 4096), number % 3
      local says = step == 1 and ": from=<a@b.example>, size=1"
        or step == 2 and ": to=<c@d.example>, relay=none" or ": removed"
      return "Nov 27 00:39:59 mx postfix/x[1]: " .. id .. says
    end
    collectgarbage()
    local before, most = collectgarbage "count", 0
    for message in maillog.messages(next_line, "postfix") do
      ended = ended + #message.recipients
      if ended % 1000 == 0 then
        collectgarbage()
        most = math.max(most, collectgarbage "count" - before)
      end
    end
    assert.equal(10000, ended)
    assert.is_true(most < 100, most)
  end)
end)
