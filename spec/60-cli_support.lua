-- Runs the command in this process, on texts instead of streams.

local cli = require "postoffice.cli"

local support = {}

local Stream = {}
Stream.__index = Stream

--- A stream that is read from a text, or that keeps what is written to it.
function support.stream(text)
  return setmetatable({ text = text, at = 1, written = {}, flushes = 0 }, Stream)
end

function Stream:read(size)
  if self.at > #self.text then return nil end
  local bytes = self.text:sub(self.at, self.at + size - 1)
  self.at = self.at + #bytes
  return bytes
end

function Stream:write(...)
  for i = 1, select("#", ...) do self.written[#self.written + 1] = (select(i, ...)) end
  return self
end

function Stream:flush()
  self.flushes = self.flushes + 1
  return true
end

function Stream:contents() return table.concat(self.written) end

--- Streams for `cli.run`; `given` has an `input`, an `environment`, and the `terminals` by name.
function support.streams(given)
  local environment, terminals = given.environment or {}, given.terminals or {}
  return {
    stdin = support.stream(given.input or ""),
    stdout = support.stream "",
    stderr = support.stream "",
    getenv = function(name) return environment[name] end,
    terminal = function(name) return terminals[name] or false end,
    columns = given.columns,
    clock = given.clock or function() return 0 end,
    sleep = given.sleep,
  }
end

--- Runs the command: its exit status, its output and its errors.
function support.run(arguments, given)
  local streams = support.streams(given or {})
  local status = cli.run(arguments, streams)
  return status, streams.stdout:contents(), streams.stderr:contents()
end

--- Calls `work` with the path of a file that holds a text; the file is gone afterwards.
function support.with_file(text, work)
  local helper = require "spec.helper"
  local path = helper.write(os.tmpname(), text)
  local ok, message = pcall(work, path)
  os.remove(path)
  if not ok then error(message, 0) end
end

return support
