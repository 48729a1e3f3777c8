--- The bytes of a connection that have come and are not read yet.
--
-- Whoever sends may send one byte at a time.  What comes in pieces is joined with pieces of its size alone, and
-- looked through once for the end of a line, so that a byte is touched as often as the logarithm of how many there
-- are, not as often as there are others.
-- @module postoffice.host.incoming

local incoming = {}

local Incoming = {}
Incoming.__index = Incoming

local concat, find, sub = table.concat, string.find, string.sub

--- None.
-- @treturn table `length`: how many bytes there are
function incoming.new()
  return setmetatable({
    length = 0, text = "", at = 1, -- the first of them, from `at` on: all, where there are no pieces
    pieces = {}, count = 0, -- those that came later, each longer than the next
    ends_line = false, -- whether a line ends in these
  }, Incoming)
end

--- Takes what came.
-- @tparam string bytes
function Incoming:push(bytes)
  if self.length == 0 then
    self.text, self.at, self.length = bytes, 1, #bytes
    return
  end
  self.length = self.length + #bytes
  self.ends_line = self.ends_line or find(bytes, "\n", 1, true) ~= nil
  local pieces, count = self.pieces, self.count
  while count > 0 and #pieces[count] <= #bytes do
    bytes, count = pieces[count] .. bytes, count - 1
  end
  self.count = count + 1
  pieces[self.count] = bytes
end

--- The first one, as a text; empty if there is none.
-- @treturn string
function Incoming:first() return sub(self.text, self.at, self.at) end

--- All of them, joined: not to be called for each piece that comes.
-- @treturn string a text
-- @treturn number the place in it where they begin
function Incoming:peek()
  if self.count > 0 then
    self.text = sub(self.text, self.at) .. concat(self.pieces, "", 1, self.count)
    self.at, self.count, self.ends_line = 1, 0, false
  end
  return self.text, self.at
end

--- Leaves the first ones.
-- @tparam number count as many as there are, at most, and joined
function Incoming:skip(count)
  self.at, self.length = self.at + count, self.length - count
end

--- The first ones, which are read thereby.
-- @tparam number count as many as there are, at most
-- @treturn string
function Incoming:take(count)
  local text, at = self:peek()
  self:skip(count)
  return sub(text, at, at + count - 1)
end

--- The next line, which is read thereby.
-- @treturn string|nil it without its LF; nil if none has ended
function Incoming:line()
  if self.count > 0 and not self.ends_line then return nil end
  local text, at = self:peek()
  local stop = find(text, "\n", at, true)
  if not stop then return nil end
  self:skip(stop + 1 - at)
  return sub(text, at, stop - 1)
end

return incoming
