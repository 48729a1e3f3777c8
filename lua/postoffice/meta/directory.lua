---@meta postoffice.directory
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in directory.lua and its folder.

---@class postoffice.directory.options
---@field timeout? number seconds for a question; 2 unless said
---@field ttl? number seconds for which a policy keeps what was found
---@field negative_ttl? number seconds for which it keeps what was not

---@class postoffice.directory.tls
---@field ca? string a file of authorities; the system's unless said
---@field name? string whom the server has to be; the host unless said

---@class postoffice.directory.ldap_options : postoffice.directory.options
---@field uri string ldap://HOST:PORT, ldaps://HOST:PORT, or ldapi://PATH with %2F for /
---@field tls? postoffice.directory.tls
---@field base string
---@field scope? "subtree" | "one" | "base"
---@field dn? string who binds
---@field password? string
---@field schema? "inetLocalMailRecipient" | "ad"
---@field filter? string RFC 4515, with words in braces
---@field attributes? string[]
---@field attribute? string answers are its value
---@field limit? integer entries that a key may have; 1 unless said
---@field ignore_references? boolean

---@class postoffice.directory.redis_options : postoffice.directory.options
---@field host? string
---@field port? integer
---@field path? string a Unix socket
---@field username? string
---@field password? string
---@field database? integer
---@field command? string[] with words in braces; GET {key} unless said
---@field replica? false the server is never a replica
---@field max_age? number seconds since a replica last heard of its primary; 30 unless said
---@field tls? boolean | postoffice.directory.tls
---@field client? "lua-redis" | "nginx" | fun(): table?, string?

---@class postoffice.directory.sql_options : postoffice.directory.options
---@field driver "postgres" | "postgres-wire" | "sqlite3"
---@field database string
---@field host? string
---@field port? integer
---@field user? string
---@field password? string
---@field parameters? table<string, string | number> of libpq, or of the server by postgres-wire
---@field query string with words in braces
---@field many? string for many keys, with {keys} or {addresses}
---@field limit? integer rows that a key may have; 1 unless said
---@field replica? false the server is never a standby
---@field max_age? integer seconds since a standby last heard of its primary; 60 unless said

---@class postoffice.directory.source : postoffice.policy.description
local source = {}

--- Closes its connections; it connects again when it is asked.
function source:close() end

---@class postoffice.directory
local directory = {}

---@param options postoffice.directory.ldap_options
---@return postoffice.directory.source
function directory.ldap(options) end

---@param options? postoffice.directory.redis_options
---@return postoffice.directory.source
function directory.redis(options) end

---@param options postoffice.directory.sql_options
---@return postoffice.directory.source
function directory.sql(options) end

return directory
