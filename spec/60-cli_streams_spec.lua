-- How the command treats its streams: nothing lost, nothing waited for in vain.

local cli = require "postoffice.cli"
local input = require "postoffice.cli.input"
local json = require "postoffice.text.json"
local support = require "spec.60-cli_support"
local utf8 = require "postoffice.text.utf8"

-- All records of a text, read in blocks of a size; of long ones no more than is asked for.
local function records(text, size, most)
  local list, stream = {}, support.stream(text)
  for record in input.records(stream, "\n", size, most) do list[#list + 1] = record end
  return list
end

describe("records", function()
  for _, size in ipairs { 1, 2, 3, 7, 65536 } do
    it("are the same in blocks of " .. size, function()
      assert.same({}, records("", size))
      assert.same({ "" }, records("\n", size))
      assert.same({ "a" }, records("a", size))
      assert.same({ "a", "", "bc", "def" }, records("a\n\nbc\ndef\n", size))
      assert.same({ "a", "", "bc", "def\0\r" }, records("a\n\nbc\ndef\0\r", size))
      assert.same({ ("x"):rep(1000), "y" }, records(("x"):rep(1000) .. "\ny", size))
      local cut = records(("x"):rep(1000) .. "\ny\n" .. ("z"):rep(1000), size, 20)
      assert.equal("y", cut[2])
      for i, char in pairs { "x", [3] = "z" } do
        assert.truthy(cut[i]:find("^" .. char:rep(20)) and #cut[i] < math.min(1000, 20 + size) + 1)
      end
    end)
  end
end)

describe("the command's input", function()
  local function run(streams, ...)
    local status = cli.run({ ... }, streams)
    return status, streams.stdout:contents(), streams.stderr:contents()
  end

  it("is answered line by line for somebody who types", function()
    local streams = support.streams { terminals = { stdin = true } }
    local lines, said = { "a@b.example\n", "c@d.example\n" }, {}
    local text = table.concat(lines)
    function streams.stdin.read(_, size)
      assert.equal(1, size)
      said[#said + 1] = streams.stdout.flushes
      local at = #said
      return at <= #text and text:sub(at, at) or nil
    end
    assert.equal(0, run(streams, "format"))
    assert.is_true(said[#lines[1]] < said[#lines[1] + 1]) -- the answer came before the next byte
  end)

  it("is read in blocks else", function()
    local streams = support.streams { input = "a@b.example\n" }
    local read, sizes = streams.stdin.read, {}
    function streams.stdin.read(stream, size)
      sizes[#sizes + 1] = size
      return read(stream, size)
    end
    run(streams, "format")
    assert.same({ 65536, 65536 }, sizes)
  end)

  it("is answered at once where asked for", function()
    local streams = support.streams { input = "a@b.example\nc@d.example\n" }
    run(streams, "format", "--unbuffered")
    assert.is_true(streams.stdout.flushes >= 2)
  end)

  it("that comes from a terminal is asked for", function()
    local streams = support.streams { terminals = { stdin = true, stderr = true } }
    local _, _, errors = run(streams, "format")
    assert.matches("end with Ctrl-D", errors, 1, true)
  end)

  it("may be UTF-16, as PowerShell writes it, in blocks of any length", function()
    local text = "kim@a.example\r\nj\195\182rg@a.example\r\n\240\159\152\128@a.example\r\n"
    local little = "k i m @ a . e x a m p l e \r \n j \246 r g @ a . e x a m p l e \r \n "
    little = little:gsub("(.) ", "%1\0") .. "\61\216\0\222" .. ("@a.example\r\n"):gsub(".", "%0\0")
    local expected = text:gsub("\r", "")
    for _, bytes in ipairs { little, "\255\254" .. little, "\254\255"
      .. little:gsub("(.)(.)", "%2%1") } do
      for _, size in ipairs { 2, 3, 7, 64, 65536 } do
        local streams = support.streams { input = bytes }
        local read = streams.stdin.read
        function streams.stdin:read(most) return read(self, math.min(most, size)) end
        local status = require "postoffice.cli".run({ "normalize" }, streams)
        assert.same({ 0, expected, "" },
          { status, streams.stdout:contents(), streams.stderr:contents() })
        streams = support.streams { input = bytes }
        require "postoffice.cli".run({ "normalize", "--json" }, streams)
        assert.equal(3, select(2, streams.stdout:contents():gsub('"output"', "")))
      end
    end
    assert.equal("a\nb\nc\n", select(2, support.run({ "format", "--type=PIPE", "--unknown", "-0",
      "--as=native", "--notation=native" }, { input = "a\0b\0c\0" })))
  end)

  it("that cannot be read is an error of its own", function()
    local streams = support.streams {}
    function streams.stdin.read() return nil, "Is a directory", 21 end
    local status, _, errors = run(streams, "format")
    assert.equal(74, status)
    assert.equal("postoffice: cannot read the input: Is a directory\n", errors)
  end)

  it("that is long is counted on a terminal, and the count erased", function()
    local now = 0
    local streams = support.streams {
      input = ("a@b.example\n"):rep(3000), terminals = { stderr = true },
      clock = function() now = now + 1 return now end,
    }
    local _, _, errors = run(streams, "format")
    assert.matches("\r\27[K1024 addresses", errors, 1, true)
    assert.equal("\r\27[K", errors:sub(-4))
  end)

  it("is not counted beside the answers, or where nobody sees it", function()
    for _, terminals in ipairs { { stderr = true, stdout = true }, {} } do
      local now = 0
      local streams = support.streams {
        input = ("a@b.example\n"):rep(3000), terminals = terminals,
        clock = function() now = now + 1 return now end,
      }
      local _, _, errors = run(streams, "format")
      assert.equal("", errors)
    end
  end)
end)

describe("lines on whose answers nobody waits", function()
  local GOOD = ("a@B.example\r\n\nKim <c@d.example>\n"):rep(1000)
  local INPUTS = {
    "", "\n", "a@b.example", "\239\187\191a@b.example\n", "\239\187\191\r\n\239\187\191",
    "a@b.example\r",
    "x\n\n\ny@z.example\n-\na\\b\0\tc\194\173\nccmial:a at b\nfax:1\t2\n\255@b.example\nrest",
    GOOD .. "nobody\n" .. GOOD .. "nobody\r\nnobody else", -- in several blocks
    ("x"):rep(200000) .. "@b.example\n" .. GOOD,
  }

  -- All that is written, on whichever stream, in its order; and the exit status.
  local function run(text, ...)
    local streams, written = support.streams { input = text }, {}
    for _, name in ipairs { "stdout", "stderr" } do
      streams[name].write = function(_, ...)
        for i = 1, select("#", ...) do written[#written + 1] = (select(i, ...)) end
        return true
      end
    end
    return { cli.run({ ... }, streams), table.concat(written) }
  end

  for _, command in ipairs { "validate", "normalize" } do
    it("are the same for " .. command .. " as one by one", function()
      for _, text in ipairs(INPUTS) do
        assert.same(run(text, command, "--unbuffered"), run(text, command))
        assert.same(run(text, command, "x", "-", "--unbuffered"), run(text, command, "x", "-"))
        assert.same(run(text, command, "--unbuffered", "--type", "MS"),
          run(text, command, "--type", "MS"))
      end
    end)
  end

  it("are the same for route as one by one", function()
    local policy = "lua/postoffice/examples/restrictions.lua"
    for _, text in ipairs(INPUTS) do
      text = text .. "\nboard@club.example\r\nnobody@club.example\nall@club.example"
      for _, sender in ipairs { "<>", "kim@club.example" } do
        local command = { "route", "--policy", policy, "--sender", sender }
        local function all(...)
          local words = { ... }
          for i, word in ipairs(command) do table.insert(words, i, word) end
          return run(text, (unpack or table.unpack)(words))
        end
        assert.same(all "--unbuffered", all())
        assert.same(all("x", "-", "--unbuffered"), all("x", "-"))
      end
    end
  end)

  it("are counted on a terminal, too", function()
    local now = 0
    local streams = support.streams {
      input = GOOD, terminals = { stderr = true },
      clock = function() now = now + 1 return now end,
    }
    cli.run({ "validate" }, streams)
    assert.matches("\r\27%[K2000 addresses, 1000/s\r\27%[K$", streams.stderr:contents())
  end)
end)

describe("the command's output", function()
  local function failing(message, number)
    local streams = support.streams { input = "a@b.example\n" }
    function streams.stdout.write() return nil, message, number end
    local status = cli.run({ "format" }, streams)
    return status, streams.stderr:contents()
  end

  it("that nobody reads any more ends the command quietly", function()
    local status, errors = failing("Broken pipe", 32)
    assert.equal(141, status)
    assert.equal("", errors)
  end)

  it("that cannot be written is an error", function()
    local status, errors = failing("No space left on device", 28)
    assert.equal(74, status)
    assert.equal("postoffice: cannot write the output: No space left on device\n", errors)
  end)

  it("that fails at the very end is an error, too", function()
    local streams = support.streams {}
    function streams.stdout.flush() return nil, "No space left on device", 28 end
    assert.equal(74, cli.run({ "format", "a@b.example" }, streams))
  end)

  it("comes before what is said about it", function()
    local streams = support.streams { input = "a@b.example\nbad\n" }
    local seen
    function streams.stderr.write() seen = seen or streams.stdout.flushes end
    cli.run({ "format" }, streams)
    assert.equal(1, seen)
  end)
end)

describe("a mistake in the command", function()
  it("is told with its trace", function()
    local streams = support.streams {}
    function streams.terminal() error "oh" end
    assert.equal(70, cli.run({ "format" }, streams))
    assert.matches("oh\nstack traceback:", streams.stderr:contents(), 1, true)
  end)

  it("is not what Ctrl-C is", function()
    local streams = support.streams {}
    function streams.terminal() error "interrupted!" end
    assert.equal(130, cli.run({ "format" }, streams))
    assert.equal("", streams.stderr:contents())
  end)
end)

describe("JSON", function()
  local encode = json.encoder { "b", "a" }

  local cases = {
    { nil, "null" }, { true, "true" }, { 1, "1" }, { -1.5, "-1.5" }, { 1e300, nil },
    { 0 / 0, "null" }, { math.huge, "null" }, { 2 ^ 53, nil },
    { {}, "[]" }, { { 1, "x", {} }, '[1,"x",[]]' },
    { { a = 1, b = 2, d = 3, c = 4 }, '{"b":2,"a":1,"c":4,"d":3}' },
    { "\240\159\147\174 \244\143\191\191", '"\240\159\147\174 \244\143\191\191"' },
    { "\244\144\128\128", '"' .. ("\239\191\189"):rep(4) .. '"' },
    { "\226\130", '"' .. ("\239\191\189"):rep(2) .. '"' },
  }

  it("is written as it should be", function()
    for _, case in pairs(cases) do
      if case[2] then assert.equal(case[2], encode(case[1])) end
    end
  end)

  it("is read back by a library that is not ours", function()
    local dkjson = require "dkjson"
    local random = 1
    local function byte()
      random = random * 16807 % 2147483647
      return string.char(random % 256)
    end
    for length = 0, 400 do
      local bytes = {}
      for i = 1, length do bytes[i] = byte() end
      local text = table.concat(bytes)
      local value = assert(dkjson.decode(encode { a = text, b = { length, 2 ^ 53, 1e300, 0.1 } }))
      local function replacement() return "\239\191\189" end
      local replaced = utf8.map(text, replacement, function(sequence) return sequence end)
      assert.equal(replaced, value.a)
      assert.same({ length, 2 ^ 53, 1e300, 0.1 }, value.b)
    end
  end)

  it("does not follow a table into itself", function()
    local loop = {}
    loop.loop = loop
    assert.has_error(function() encode(loop) end)
  end)
end)
