--- Directories that answer what a policy asks: people in LDAP, in Redis, in a database.
--
-- Each function makes a directory: a table with `ask` and `many`, as the option `ask` of `policy.load`
-- takes it.  Asked for a key, it answers with what was found, with nothing for "not found", or with
-- nil and a reason: whatever is no sound answer of the server (it is gone, it is slow, it refuses, it
-- loads its data, it has lost its primary) is a reason, and defers mail (4.4.3).  It is never taken
-- for "not found".
--
-- Keys are texts, as scripts get them of `mail.key(address)`, or addresses without a type, which are
-- SMTP's.  In a filter, a command and a statement stand for a key the words
--
--     {key}                          all of it: SMTP:kim@example.com
--     {type}, {address}              SMTP, kim@example.com
--     {localpart}, {domain}          kim, example.com: before and after the last @
--
-- No directory connects before it is asked; a lost connection is made anew once for each question,
-- and a server that fails is left alone for 0.5 to 10 seconds, in which questions fail at once.
--
-- The timeout holds for connecting and answering together, and for a server that stops in the midst of
-- an answer; but the names of hosts are looked up by the system where LuaSocket connects, and what
-- LuaSQL waits for is between it and the database (see `driver` of `postoffice.directory.sql`).
--
-- TLS proves who the server is.  It takes cqueues and luaossl (Debian's lua-cqueues and lua-luaossl), or
-- OpenResty, whose authorities `lua_ssl_trusted_certificate` names.
--
-- All take the options `timeout` (seconds for a question, or for a portion of many: 2 unless said),
-- `ttl` and `negative_ttl` (seconds for which a policy keeps what was found, and what was not).
-- `directory:close()` closes its connections; it may be asked afterwards, and connects again.
-- @module postoffice.directory
-- @usage
-- local directory = require "postoffice.directory"
-- local policy = require "postoffice.policy"
-- local staff = directory.ldap {
--   uri = "ldap://127.0.0.1:1", base = "dc=example,dc=com", schema = "inetLocalMailRecipient",
-- }
-- local p = assert(policy.load([[
--   connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }
--   function on.recipient(address)
--     local person = ask("staff", mail.key(address))
--     return person and person.mailRoutingAddress
--   end
-- ]], { ask = { staff = staff } }))
-- p:route("kim@example.com")[1].code --> "ask-failed"

local directory = {}

--- People of an LDAP server (LDAPv3, RFC 4511).  See `postoffice.directory.ldap`.
-- @function ldap
directory.ldap = require "postoffice.directory.ldap"

--- People of a Redis server.  See `postoffice.directory.redis`.
-- @function redis
directory.redis = require "postoffice.directory.redis"

--- People of a database, PostgreSQL or SQLite, by LuaSQL.  See `postoffice.directory.sql`.
-- @function sql
directory.sql = require "postoffice.directory.sql"

return directory
