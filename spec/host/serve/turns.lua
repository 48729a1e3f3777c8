--- What the loop makes of requests that come together: how many calls of the system they take, and whose turn it is.
local core = require "postoffice.core"
local cqueues = require "cqueues"
local listeners = require "postoffice.host.serve.listeners"
local socket = require "cqueues.socket"
local socketmap = require "postoffice.host.socketmap"

local LOOP = "postoffice.host.serve.loop"

local function nothing() end

-- A module loaded anew while fields of others are replaced, each by a function of what it was.
local function load_with(name, replaced)
  local was, loaded = {}, package.loaded[name]
  for i, one in ipairs(replaced) do
    was[i] = one[1][one[2]]
    one[1][one[2]] = one[3](was[i])
  end
  package.loaded[name] = nil
  local ok, made = pcall(require, name)
  package.loaded[name] = loaded
  for i, one in ipairs(replaced) do one[1][one[2]] = was[i] end
  return assert(ok and made, made)
end

-- A loop that counts its reads and writes, by a clock that goes on when a request is answered.
local function counting_loop(seconds_each)
  local calls, clock = { read = 0, write = 0 }, 0
  local function counted(name)
    return function(call)
      return function(...)
        local result, code = call(...)
        if result then calls[name] = calls[name] + 1 end
        return result, code
      end
    end
  end
  local loop = load_with(LOOP, {
    { core, "read_stream", counted "read" }, { core, "write_stream", counted "write" },
    { cqueues, "monotime", function() return function() return clock end end },
  })
  local made = loop.new({
    answered = nothing, refused = nothing, failed = function(_, _, why) error(why) end,
    connected = nothing, began = {},
  }, { length = 1000, seconds = 10, connections = 10 })
  return made, calls, function() clock = clock + seconds_each end
end

-- What a client is answered that sends some texts at once, and the calls that it took.
local function exchange(texts, seconds_each)
  local path = os.tmpname()
  os.remove(path)
  local made, calls, tick = counting_loop(seconds_each)
  made:listen {
    socket = assert(listeners.open({ path = path }, { mode = "600" })), peer = {}, ended = nothing,
    protocol = {
      reader = socketmap.reader, failure = nothing,
      answer = function(_, request)
        tick()
        return socketmap.netstring(request)
      end,
    },
  }
  local sent, came = {}, nil
  for i, text in ipairs(texts) do sent[i] = socketmap.netstring(text) end
  sent = table.concat(sent)
  made:spawn(function()
    local client = socket.connect { path = path }
    client:setmode("bn", "bf")
    client:write(sent)
    client:flush()
    came = client:read(#sent)
    client:close()
    made:drain(1)
  end)
  made:run()
  os.remove(path)
  assert.equal(sent, came)
  return calls
end

-- So many texts.
local function texts(count)
  local list = {}
  for i = 1, count do list[i] = "text " .. i end
  return list
end

describe("requests that come together", function()
  it("are answered by one write, and a request alone by one read and one write", function()
    for _, count in ipairs { 1, 2, 10, 64 } do
      local calls = exchange(texts(count), 0)
      assert.equal(1, calls.write, count)
      assert.equal(2, calls.read, count) -- the second is the end
    end
  end)

  it("are answered by a write for each turn", function()
    assert.equal(4, exchange(texts(200), 0).write)
    assert.equal(10, exchange(texts(10), 0.002).write)
    assert.equal(5, exchange(texts(10), 0.0006).write)
  end)
end)
