---@meta postoffice.host.published
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in host/published.lua.

---@class postoffice.published.database
---@field host? string a name, an address, or a folder of sockets
---@field port? number
---@field database string
---@field user string
---@field password? string
---@field timeout? number seconds for a question; 2 unless said
---@field parameters? table<string, string>

---@class postoffice.published.options
---@field db postoffice.published.database
---@field load? postoffice.policy.options
--- puts another description in the place of the directory's
---@field counted? fun(directory: postoffice.policy.question): postoffice.policy.question

---@class postoffice.published.status
---@field revision string the number of the revision that is loaded
---@field wanted? string the number of the one that is live in the database
---@field role? "primary" | "standby"
---@field stale? string why "not found" does not count
---@field failure? string why the database did not answer last

---@class postoffice.published.live : postoffice.policy.live
local live = {}

---@return boolean? loaded what is live there
---@return string? message
function live:poll() end

---@return postoffice.published.status
function live:status() end

local published = {}

---@param options postoffice.published.options
---@return postoffice.published.live? live
---@return string? message
---@return string? code
function published.open(options) end

return published
