-- What has come of a connection, in whatever pieces: what is read of it, and what that takes.
local delegation = require "postoffice.host.delegation"
local helper = require "spec.helper"
local incoming = require "postoffice.host.incoming"
local readsocket = require "postoffice.host.readsocket"
local socketmap = require "postoffice.host.socketmap"

-- Lists of lengths that pieces have by turns.
local LENGTHS = { { 1 }, { 2 }, { 3, 1 }, { 1, 7 }, { 64, 1, 1, 1 }, { 5, 4, 3, 2, 1 }, { 1000 } }

-- The pieces of a text by lengths.
local function pieces_of(text, lengths)
  local pieces, at, turn = {}, 1, 0
  while at <= #text do
    turn = turn + 1
    local length = lengths[(turn - 1) % #lengths + 1]
    pieces[turn], at = text:sub(at, at + length - 1), at + length
  end
  return pieces
end

describe("the bytes that come", function()
  local TEXT = "one\n\ntwo\r\n" .. ("x"):rep(300) .. "\nrest"

  it("are read by lines, as soon as these end", function()
    for _, lengths in ipairs(LENGTHS) do
      local bytes, lines, come = incoming.new(), {}, 0
      for _, piece in ipairs(pieces_of(TEXT, lengths)) do
        bytes:push(piece)
        come = come + #piece
        for line in function() return bytes:line() end do lines[#lines + 1] = line end
        local _, ended = TEXT:sub(1, come):gsub("\n", "")
        assert.equal(ended, #lines)
        assert.equal(#TEXT:sub(1, come):match "[^\n]*$", bytes.length)
      end
      assert.same({ "one", "", "two\r", ("x"):rep(300) }, lines)
      assert.equal("r", bytes:first())
      assert.equal("rest", bytes:take(4))
      assert.same({ 0, "" }, { bytes.length, bytes:first() })
    end
  end)

  it("are read by lengths, and what is skipped is gone", function()
    for _, lengths in ipairs(LENGTHS) do
      local bytes = incoming.new()
      for _, piece in ipairs(pieces_of(TEXT, lengths)) do bytes:push(piece) end
      assert.equal(#TEXT, bytes.length)
      assert.equal("one\n", bytes:take(4))
      bytes:skip(1)
      assert.equal("two\r", bytes:line())
      assert.equal(#TEXT - 10, bytes.length)
      local text, at = bytes:peek()
      assert.equal(TEXT:sub(11), text:sub(at))
    end
  end)
end)

-- ---- What it takes -----------------------------------------------------------

local SEARCHES = { "find", "gsub", "match" }

-- Runs a function with a codec whose searches are counted: by the bytes that they could look at.
local function with_counted_searches(name, call)
  local loaded, real, work = {}, {}, { bytes = 0 }
  for _, search in ipairs(SEARCHES) do
    real[search] = string[search]
    string[search] = function(text, pattern, at, ...) -- luacheck: ignore
      work.bytes = work.bytes + #text - (type(at) == "number" and at - 1 or 0)
      return real[search](text, pattern, at, ...)
    end
  end
  for _, module in ipairs { "postoffice.host.incoming", name } do
    loaded[module], package.loaded[module] = package.loaded[module], nil
  end
  local ok, why = pcall(function() return call(require(name), work) end)
  for _, search in ipairs(SEARCHES) do string[search] = real[search] end -- luacheck: ignore
  for module, was in pairs(loaded) do package.loaded[module] = was end
  assert(ok, why)
end

-- Bytes that are looked at, and kilobytes of memory that are taken, while a request comes byte by byte, or its end
-- does after many lines.
local function work_of(name, request)
  local looked, taken
  with_counted_searches(name, function(codec, work)
    local protocol = codec.protocol and codec.protocol {} or codec
    local reader = protocol.reader { length = #request }
    collectgarbage()
    collectgarbage "stop"
    local before, found = collectgarbage "count", nil
    for i = 1, #request do
      assert(not found, "a request before its end")
      reader:push(request:sub(i, i))
      found = reader:next()
    end
    looked, taken = work.bytes, collectgarbage "count" - before
    collectgarbage "restart"
    assert(found, "no request")
    assert.is_nil(found.refused)
  end)
  return looked, taken
end

-- By module, what makes requests of about so many bytes.
local REQUESTS = {
  { "postoffice.host.socketmap", "netstring", function(length)
    return socketmap.netstring("ex.virtual " .. ("x"):rep(length))
  end },
  { "postoffice.host.delegation", "long attribute", function(length)
    return "request=smtpd_access_policy\nhelo_name=" .. ("x"):rep(length) .. "\n\n"
  end },
  { "postoffice.host.delegation", "many attributes", function(length)
    return "request=smtpd_access_policy\n" .. ("a=\n"):rep(length) .. "\n"
  end },
  { "postoffice.host.readsocket", "long line", function(length)
    return "ex.redirect " .. ("x"):rep(length) .. "\n"
  end },
  { "postoffice.host.serve.http1", "long field", function(length)
    return "GET / HTTP/1.1\r\na: " .. ("x"):rep(length) .. "\r\n\r\n"
  end },
  { "postoffice.host.serve.http1", "body", function(length)
    return "POST / HTTP/1.1\r\ncontent-length: " .. length .. "\r\n\r\n" .. ("\n"):rep(length)
  end },
}

describe("a request that comes byte by byte", function()
  local LENGTH = 2000

  for _, case in ipairs(REQUESTS) do
    local name, what, request = case[1], case[2], case[3]

    it(("takes of %s's reader what its length does: a %s"):format(name:match "[^.]+$", what),
      function()
        local looked, taken = work_of(name, request(LENGTH))
        local looked_more, taken_more = work_of(name, request(4 * LENGTH))
        -- By the square it would be 16 times as much; by the logarithm it is a little more than four.
        assert.is_true(looked_more < 6 * looked, looked .. " to " .. looked_more)
        assert.is_true(taken_more < 6 * taken, taken .. " to " .. taken_more)
        assert.is_true(looked_more < 40 * 4 * LENGTH, looked_more)
      end)
  end
end)

describe("what a protocol has read", function()
  it("is not kept", function()
    for codec, request in pairs {
      [socketmap] = socketmap.netstring "ex.virtual kl@exchange.example",
      [delegation] = "request=smtpd_access_policy\nrecipient=\n\n",
      [readsocket] = "ex.redirect kl@exchange.example\n",
    } do
      local reader = codec.reader()
      for _ = 1, helper.times(1000) do
        reader:push(request)
        assert.is_truthy(reader:next())
        assert.is_nil(reader:next())
      end
      assert.is_true(#reader.incoming:peek() <= #request)
    end
  end)
end)
