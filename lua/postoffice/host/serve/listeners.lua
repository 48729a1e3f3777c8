--- Sockets that listen.
--
-- A Unix socket is made for its owner alone, and opened to others when its mode and group are set, since what
-- listens under the wrong ones could be written to meanwhile.  A socket file that nobody listens on any more
-- is what a process that was killed has left, and goes.  Servers that start at once look one after the other: each
-- has a lock on the folder from its look until it listens.
-- @module postoffice.host.serve.listeners

local core = require "postoffice.core"
local cqueues = require "cqueues"
local errno = require "cqueues.errno"
local path_of = require "postoffice.text.path"
local show = require "postoffice.host.serve.address".show
local socket = require "cqueues.socket"

local listeners = {}

local BACKLOG = 4096 -- the system cuts it at net.core.somaxconn
local SECONDS = 2 -- that another process may take to accept
local TRIES, PAUSE = 250, 0.02 -- for a lock; seconds

-- A word that the shell takes as it is.
local function quote(word) return "'" .. word:gsub("'", [['\'']]) .. "'" end

-- What a command of the system prints; nil and a message where it cannot be run, as by a process that has no
-- descriptor left.
local function printed_by(command)
  local pipe, why = io.popen(command)
  if not pipe then return nil, why end
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- Runs a command of the system; nil and what it said where it fails.
local function run(command)
  local said, why = printed_by(("{ %s; } 2>&1 && echo done"):format(command))
  if not said then return nil, why end
  if said:find "done\n$" then return true end
  return nil, (said:gsub("%s+$", ""))
end

-- The number of a file that is at a path now, or nil.
local function inode_of(path)
  local said = printed_by(("ls -di -- %s 2>/dev/null"):format(quote(path)))
  return said and said:match "^%s*(%d+)"
end

local opened = {} -- by path, the inode of the socket that was made there

-- What an operation of a socket returned, with the reason as a text.
local function checked(made, code)
  if made then return made end
  return nil, type(code) == "number" and errno.strerror(code) or tostring(code)
end

-- Makes a socket that fails by codes.
local function attempt(make, options)
  local ok, made, code = pcall(make, options)
  if not ok then return nil, tostring(made) end
  if made then made:onerror(function(_, _, why) return why end) end
  return checked(made, code)
end

-- Whether nobody listens on a socket file any more: who does and is busy takes no connection either.
local function is_left(path)
  local other = attempt(socket.connect, { path = path })
  if not other then return false end
  local _, code = other:connect(SECONDS)
  other:close()
  return code == errno.ECONNREFUSED
end

-- Removes a socket file that a process left; nil and why it cannot be removed.
local function clear(path)
  if run(("test ! -e %s && test ! -L %s"):format(quote(path), quote(path))) then return true end
  if not run("test -S " .. quote(path)) then
    return nil, "there is another file, which is no socket"
  end
  if not is_left(path) then return nil, "another process listens there" end
  return os.remove(path)
end

-- A lock on a folder; nil where it takes none, as on file systems without locks; false where another process has it.
local function lock(folder)
  for _ = 1, TRIES do
    local held = core.lock_folder(folder)
    if held ~= false then return held end
    cqueues.sleep(PAUSE)
  end
  return false
end

local function open_alone(path, options)
  local ok, why = clear(path)
  if not ok then return nil, why end
  local made
  made, why = attempt(socket.listen, { path = path, mask = "0177", backlog = BACKLOG })
  if not made then return nil, why end
  ok, why = checked(made:listen(SECONDS))
  if ok and options.group then
    ok, why = run(("chgrp -- %s %s"):format(quote(options.group), quote(path)))
  end
  if ok then ok, why = run(("chmod -- %s %s"):format(options.mode, quote(path))) end
  if ok then
    opened[path] = inode_of(path)
    return made
  end
  made:close()
  os.remove(path)
  return nil, why
end

-- Calls a function with a path while nobody else does so in its folder.
local function with_lock(path, call, options)
  local folder = path_of.folder(path)
  local held = lock(folder ~= "" and folder or ".")
  if held == false then return nil, "another process holds a lock on the folder" end
  local made, why = call(path, options)
  if held then core.unlock_folder(held) end
  return made, why
end

-- Removes the file of a socket, unless it is another server's by now: somebody removed ours while it
-- listened.  Where that cannot be told it stays, as what a process leaves that is killed.
local function remove_own(path)
  if opened[path] and opened[path] == inode_of(path) then os.remove(path) end
  opened[path] = nil
end

local function open_port(where)
  local made, why = attempt(socket.listen, {
    host = where.host, port = where.port, reuseaddr = true, nodelay = true, v6only = true,
    backlog = BACKLOG,
  })
  if not made then return nil, why end
  local ok
  ok, why = checked(made:listen(SECONDS))
  if ok then return made end
  made:close()
  return nil, why
end

--- Opens a socket.
-- @tparam table where see `address.read`: `path`, or `host` and `port`
-- @tparam table options `mode` of a Unix socket, in octal; `group`, whose it is
-- @treturn userdata|nil
-- @treturn string message
function listeners.open(where, options)
  local made, why
  if where.path then made, why = with_lock(where.path, open_alone, options)
  else made, why = open_port(where)
  end
  if made then return made end
  return nil, ("cannot listen on %s: %s"):format(show(where), why)
end

--- Takes a socket that this process was started with.
-- @tparam number fd
-- @treturn userdata|nil
-- @treturn string message
function listeners.adopt(fd)
  local made, why = attempt(socket.fdopen, { fd = fd, cloexec = true, nonblock = true })
  if made then return made end
  return nil, ("there is no socket %d: %s"):format(fd, why)
end

--- Removes the file of a socket that was opened here.
-- @tparam table where
function listeners.forget(where)
  if where.path then with_lock(where.path, remove_own) end
end

return listeners
