-- Whatever comes as bytes: each protocol says what it has to say, and the same however it comes.
local fuzz = require "spec.fuzz.protocols"
local generate = require "spec.generate"
local helper = require "spec.helper"
local socketmap = require "postoffice.host.socketmap"
local support = require "spec.72-host_support"

describe("a protocol", function()
  for _, name in ipairs(fuzz.names) do
    it(("takes every input that was kept of %s"):format(name), function()
      local inputs = fuzz.inputs(name)
      assert.is_true(#inputs > 0)
      for _, input in ipairs(inputs) do
        for seed = 1, 20 do fuzz.try(name, input.bytes, generate.random(seed)) end
      end
    end)

    it(("takes mutants of those of %s"):format(name), function()
      local most = helper.times(2000)
      assert.equal(most, fuzz.run(name, 72, function(count) return count < most end))
    end)
  end
end)

describe("a netstring", function()
  local service = support.service(support.ARTICLE)
  local REQUEST = socketmap.netstring "ex.virtual kl@exchange.example"
  local REPLY = socketmap.netstring "OK kim.lee@exchange.example"

  local function say(bytes, limits) return support.converse(socketmap, service, bytes, limits) end

  it("may come in any pieces, and several at once", function()
    local pieces = {}
    for i = 1, #REQUEST do pieces[i] = REQUEST:sub(i, i) end
    assert.equal(REPLY, say(pieces))
    assert.equal(REPLY .. REPLY .. REPLY, say(REQUEST .. REQUEST .. REQUEST))
    for cut = 1, #REQUEST - 1 do
      assert.equal(REPLY .. REPLY,
        say { REQUEST:sub(1, cut), REQUEST:sub(cut + 1) .. REQUEST:sub(1, cut),
          REQUEST:sub(cut + 1) })
    end
  end)

  it("that is none closes the connection, and what came before has its reply", function()
    for bytes, expected in pairs {
      ["x"] = "no netstring", [":"] = "no netstring", ["-1:x,"] = "no netstring",
      ["1x"] = "no netstring", ["01:x,"] = "the length begins with 0",
      ["1:xy"] = "no comma after the request", ["GET / HTTP/1.1\r\n"] = "no netstring",
      ["000000000"] = "the length begins with 0", ["0000000000"] = "the request is too long",
      ["100001:"] = "the request is too long", ["9999999999"] = "the request is too long",
    } do
      local out, closed, why = say(REQUEST .. bytes)
      assert.same({ REPLY, true, expected }, { out, closed, why }, bytes)
    end
  end)

  it("is refused by its length, before it has come", function()
    assert.same({ "", true, "the request is too long" }, { say("101:", { length = 100 }) })
    assert.equal("", say("100:", { length = 100 }))
  end)

  it("that is cut has no reply", function()
    for cut = 1, #REQUEST - 1 do assert.same({ "" }, { say(REQUEST:sub(1, cut)) }) end
  end)

  it("may hold any bytes, and no map", function()
    local PERM = socketmap.netstring "PERM there is no such map"
    for _, text in ipairs {
      "", "ex.virtual", " ", "  ", "ex", "\0", "ex.virtual\0 x", "\255 \255",
    } do
      local expected = text == "ex.virtual" and socketmap.netstring "NOTFOUND " or PERM
      assert.equal(expected, say(socketmap.netstring(text)), text)
    end
  end)

  it("of a key of more than 10,000 bytes is not found", function()
    local key = ("x"):rep(9984) .. "@exchange.example"
    for _, more in ipairs { "", "x", ("x"):rep(80000) } do
      assert.equal(socketmap.netstring "NOTFOUND ", say(socketmap.netstring(
        "ex.virtual " .. more .. key)))
    end
  end)
end)
