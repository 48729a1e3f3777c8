--- Lines of words between the process that supervises and those that answer.
-- @module postoffice.host.serve.control

local errno = require "cqueues.errno"
local socket = require "cqueues.socket"

local control = {}

local Control = {}
Control.__index = Control

-- Words may hold anything; a line may not.
local ESCAPES = { ["\\"] = "\\\\", ["\t"] = "\\t", ["\n"] = "\\n" }
local MEANINGS = { ["\\\\"] = "\\", ["\\t"] = "\t", ["\\n"] = "\n" }

local function escape(word) return (tostring(word):gsub("[\\\t\n]", ESCAPES)) end
local function unescape(word) return (word:gsub("\\.", MEANINGS)) end

--- Sends a line.
-- @tparam string|number|boolean ... its words
function Control:send(...)
  local words = { ... }
  for i, word in ipairs(words) do words[i] = escape(word) end
  self.socket:write(table.concat(words, "\t"), "\n")
  self.socket:flush()
end

--- The next line; waits for it.
-- @treturn {string,...}|nil its words; nil when the other process has gone
function Control:receive()
  local line = self.socket:read "*l"
  if not line then return nil end
  local words = {}
  for word in (line .. "\t"):gmatch "([^\t]*)\t" do words[#words + 1] = unescape(word) end
  return words
end

--- Closes it.
function Control:close() self.socket:close() end

-- The end that a socket is.
local function new(made)
  made:onerror(function(_, _, code) return code end)
  made:setmode("bl", "bf")
  return setmetatable({ socket = made }, Control)
end

--- Both ends.
-- @treturn table ours
-- @treturn userdata the socket for the other process
function control.pair()
  local ours, theirs = socket.pair()
  return new(ours), theirs
end

--- The end that this process was started with.
-- @tparam number fd
-- @treturn table|nil
-- @treturn string message
function control.adopt(fd)
  local ok, made, code = pcall(socket.fdopen, { fd = fd, cloexec = true, nonblock = true })
  if ok and made then return new(made) end
  return nil, type(code) == "number" and errno.strerror(code) or tostring(made)
end

return control
