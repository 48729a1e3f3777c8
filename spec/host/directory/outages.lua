--- What has to hold of every directory while its server is restarted, gone or held up.
local asking = require "spec.host.directory.asking"
local assert = require "luassert"

local outages = {}

--- Declares the tests.
-- @tparam table given `it` of busted; `server`, which returns it; `open`, which makes a directory of
--   it; `key`, of somebody who is found, and the `value`; `fill`, which tells a server what it has
--   forgotten; `around`, which calls a function as the client wants it
function outages.hold(given)
  local around = given.around or function(call) return call() end

  local function restart(server)
    server:start()
    if given.fill then given.fill(server) end
  end

  given.it("answers at once by a new connection where the old one was lost", function()
    around(function()
      local staff, server = given.open(), given.server()
      assert.same(given.value, staff.ask(given.key))
      server:kill()
      restart(server)
      assert.same(given.value, staff.ask(given.key))
    end)
  end)

  given.it("fails while the server is gone, and asks again when it is there", function()
    around(function()
      local staff, server = given.open(), given.server()
      assert.same(given.value, staff.ask(given.key))
      server:kill()
      asking.refused(staff, given.key)
      asking.refused(given.open(), given.key)
      restart(server)
      assert.same(given.value, asking.again(staff, given.key))
      server:stop()
      asking.refused(staff, given.key)
      restart(server)
      assert.same(given.value, asking.again(staff, given.key))
    end)
  end)

  given.it("fails while the server is held up, which goes on until it has", function()
    around(function()
      local staff, server = given.open { timeout = 2 }, given.server()
      assert.same(given.value, staff.ask(given.key))
      server:pause()
      asking.refused(staff, given.key)
      asking.refused(given.open { timeout = 2 }, given.key)
      server:resume()
      assert.same(given.value, asking.again(staff, given.key))
    end)
  end)
end

return outages
