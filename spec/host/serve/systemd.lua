--- The units for systemd that are shipped: systemd reads them, and their command runs as they have it.
local helper = require "spec.helper"
local serving = require "spec.host.serve.serving"

local FOLDER = "lua/postoffice/examples/hosts/systemd/"

-- The words of the command of the service, without the program.
local function words_of_service()
  local text = helper.read(FOLDER .. "postoffice.service"):gsub("\\\n", " ")
  local words = {}
  for word in text:match "\nExecStart=%S+ serve ([^\n]+)":gmatch "%S+" do
    words[#words + 1] = word
  end
  return words
end

-- Starts a command with two sockets that listen, as systemd does; names in their order.
local ACTIVATE = [[exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; exec lua5.4 -e '
  local socket = require "cqueues.socket"
  local list = {}
  for i, name in ipairs { "map", "policy" } do
    list[i] = socket.listen { path = "@DIR@/" .. name, cloexec = false }
    assert(list[i]:listen() and list[i]:pollfd() == 2 + i)
  end
  os.execute("LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=map:policy exec " .. arg[1])' -]]

local HERE = {
  ["site=/etc/postoffice/site.lua"] = "site=@DIR@/ex.lua", ["127.0.0.1:8025"] = "127.0.0.1:@HTTP@",
  ["/var/lib/postoffice/down"] = "@DIR@/down",
}

describe("the units for systemd", function()
  teardown(serving.end_all)

  it("are what systemd reads without a complaint #program", function()
    if helper.run "command -v systemd-analyze >/dev/null" ~= 0 then return end
    local copy = helper.output "mktemp -d"
    helper.run(("cp %s* %s"):format(FOLDER, copy))
    local path = copy .. "/postoffice.service"
    helper.write(path, (helper.read(path):gsub("ExecStart=%S+", "ExecStart=/bin/true")
      :gsub("\nDocumentation=[^\n]+", "")))
    local _, output, errors = helper.run(("cd %s && systemd-analyze verify --man=no ./*.s*"):format(
      copy))
    helper.run("rm -r " .. copy)
    assert.same({ "", "" }, { output, errors })
  end)

  it("start a server that answers on the sockets that they hand over", function()
    local words, count = words_of_service(), 0
    for i, word in ipairs(words) do
      if HERE[word] then words[i], count = HERE[word], count + 1 end
    end
    assert.equal(3, count)
    local server = serving.begin { bare = true, activated = true, before = ACTIVATE, words = words }
    server:wait_for('"event":"ready"', 3)
    local talk = server:connect "map"
    assert.equal("OK kim.lee@exchange.example",
      talk:look_up("site.virtual", "kim.lee@exchange.example"))
    talk:close()
    talk = server:connect "policy"
    assert.equal("action=DUNNO", talk:ask {
      "protocol_state=RCPT", "recipient=kim.lee@exchange.example",
    })
    talk:close()
    assert.equal(200, (server:http("GET", "/readyz")))
    helper.run("kill -TERM " .. server:children()[1])
    assert.equal(0, server:wait())
  end)
end)
