--- What Lua has and a policy's script has not, with what to do instead: the end of a sentence, said
-- where a script names it, and made into documentation.
-- @module postoffice.policy.language.lacks

local READ = "people stand in directory { file = ... }, patterns in set { file = ... }; whatever"
  .. ' else it has to know, the host answers: ask("crm", key)'
local INCLUDE = 'include "file.lua" runs a file of the policy\'s folder and returns what that does'
local RAISED = "what a script raises defers the recipient, and can be caught by none; ask and the"
  .. " functions of mail return nil and a message where data are bad"
local WAIT = "ask waits for the host by itself, while other mail goes on"
local PLAIN = "its tables are plain: write functions that take them"
local SHOW = "postoffice explain shows what it does; reject, defer and pass take a sentence"
local LIMITED = "the host says by its option memory how much it may use"
local ARITHMETIC = "write it by + - * / % and math.floor, which are the same on every Lua"
local BYTES = "texts are bytes here, as addresses are; string.byte and string.char do them"
local PROPOSE = "templates propose addresses to people and programs, by postoffice proxies or"
  .. " policy:propose; mail goes to what is declared"
local SAME = "a policy gives the same answer each time; shares are said by a connector's weight"

return {
  io = READ, print = SHOW, warn = SHOW, arg = "what it has to know of a message is in the envelope",
  os = "the time is the envelope's now, and its date mail.date(envelope.now); " .. READ,
  require = INCLUDE, package = INCLUDE, module = INCLUDE, dofile = INCLUDE, loadfile = INCLUDE,
  load = INCLUDE, loadstring = INCLUDE, ["string.dump"] = INCLUDE,
  pcall = RAISED, xpcall = RAISED,
  coroutine = WAIT,
  debug = "postoffice explain tells what happens to an address, with the lines that decide",
  setmetatable = PLAIN, getmetatable = PLAIN, rawget = PLAIN, rawset = PLAIN, rawequal = PLAIN,
  rawlen = PLAIN, newproxy = PLAIN,
  setfenv = PLAIN, getfenv = PLAIN,
  _G = "name a global itself, or keep values in a table of your own",
  _VERSION = "it runs alike on every Lua",
  collectgarbage = LIMITED, gcinfo = LIMITED,
  bit = ARITHMETIC, bit32 = ARITHMETIC, jit = ARITHMETIC, ffi = ARITHMETIC,
  utf8 = BYTES, ["string.pack"] = BYTES, ["string.unpack"] = BYTES, ["string.packsize"] = BYTES,
  ["mail.propose"] = PROPOSE,
  ["math.random"] = SAME, ["math.randomseed"] = SAME,
}
