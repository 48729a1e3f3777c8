---@meta postoffice.routes
-- luacheck: ignore 212

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in routes.lua.

---@alias postoffice.routes.precedence
---| "mmdf" @%!
---| "sendmail" @!%
---| "uucp" !@%
---| "rfc976" @!
---| "smtp" @
---| "@%!"
---| "@!%"
---| "!@%"
---| "@%"
---| "@!"
---| "!@"
---| "@"

---@class postoffice.routes.path
---@field hops string[] the hosts, from the first to the last
---@field operators ("@" | "%" | "!" | ":")[] how each was written
---@field domain string the last host
---@field user string a local part, without quotes

---@class postoffice.routes.options
---@field precedence? postoffice.routes.precedence

---@class postoffice.routes.zone
---@field zone? string where hosts without a dot are

---@class postoffice.routes.at
---@field at string | string[] the domains for which the caller speaks

---@class postoffice.routes
local routes = {}

---@param text string | postoffice.address
---@param options? postoffice.routes.options
---@return postoffice.routes.path? path
---@return string? message
---@return string? code
---@return integer? position
function routes.read(text, options) end

---@param address postoffice.address | string
---@param options? postoffice.routes.options
---@return postoffice.address? uucp
---@return string? message
---@return string? code
---@return integer? position
function routes.to_bang(address, options) end

---@param path postoffice.address | string
---@param options? postoffice.routes.zone
---@return postoffice.address? smtp
---@return string? message
---@return string? code
---@return integer? position
function routes.to_domain(path, options) end

---@param address postoffice.address | string
---@param options postoffice.routes.at
---@return postoffice.address? smtp
---@return string? message
---@return string? code
---@return integer? position
function routes.expand_percent(address, options) end

---@param address postoffice.address | string
---@return postoffice.address? smtp
---@return string? route
---@return string? code
---@return integer? position
function routes.strip(address) end

return routes
