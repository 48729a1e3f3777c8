---@meta postoffice.host.http
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in host/http.lua.

---@class postoffice.host.http.request
---@field method string
---@field path string as it was sent, without its query
---@field query? string without the ?
---@field headers table<string, string> by names in lower case
---@field body? string

---@class postoffice.host.http.response
---@field status integer
---@field headers table<string, string> by names in lower case
---@field body string

---@class postoffice.host.http.service
---@field sites table<string, postoffice.host.site>
---@field draining? boolean
---@field decided fun(self: table, record: table)
---@field metrics? fun(self: table): string
---@field hits? fun(self: table, site: string): table<string, integer>
---@field failed? fun(self: table, peer: table, why: string)
---@field set_down? fun(self: table, site: string, connector: string, down: boolean): true?, string?
---@field reload? fun(self: table, site: string): true?, string, string?

---@class postoffice.host.http.options
---@field explain? boolean
---@field metrics? boolean
---@field admin? boolean
---@field page? boolean
---@field auth_http? boolean | "backends-defer"
---@field hosts? string[] the names in a Host that it answers by, besides those of loopback
---@field token? string
---@field protected? boolean all calls want the token
---@field length? integer bytes of a body

---@class postoffice.host.http.field
---@field name string
---@field type "string" | "strings" | "number" | "boolean" | "list" | "object"
---@field doc string
---@field required? boolean

---@class postoffice.host.http.call
---@field method "GET" | "POST"
---@field path string
---@field doc string
---@field takes postoffice.host.http.field[]
---@field gives postoffice.host.http.field[]
---@field switch? string
---@field admin? boolean
---@field open? boolean

---@class postoffice.host.http.api
local api = {}

---@param request postoffice.host.http.request
---@return postoffice.host.http.response
function api:answer(request) end

---@class postoffice.host.http
---@field calls postoffice.host.http.call[]
local http = {}

---@param service postoffice.host.http.service
---@param options? postoffice.host.http.options
---@return postoffice.host.http.api
function http.new(service, options) end

---@return postoffice.host.http.response
function http.failure() end

---@return postoffice.host.http.response
function http.too_long() end

return http
