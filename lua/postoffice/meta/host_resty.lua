---@meta postoffice.host.resty
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in host/resty.lua.

---@class postoffice.host.resty.options : postoffice.host.http.options
---@field policies table<string, string> paths by name
---@field ask? table<string, postoffice.policy.question> | postoffice.policy.answers
---@field secrets? postoffice.policy.secrets
---@field dict? string a lua_shared_dict; postoffice unless said
---@field seconds? number between two looks at it; 1 unless said
---@field down? string a file of connectors that are down
---@field token_file? string whose first line is the token
---@field prefix? string under which path all stands

---@class postoffice.host.resty
local resty = {}

---@param options postoffice.host.resty.options
function resty.start(options) end

function resty.answer() end

---@param name string
---@return true?
---@return string revision or what is wrong
---@return string? code
function resty.reload(name) end

---@param name string
---@param text string
---@return true?
---@return string revision or what is wrong
---@return string? code
function resty.publish(name, text) end

---@param name string
---@return postoffice.host.site?
function resty.site(name) end

return resty
