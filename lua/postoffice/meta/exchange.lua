---@meta postoffice.exchange
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in exchange.lua.

---@class postoffice.exchange.skipped
---@field text string
---@field message string
---@field code string
---@field position integer

---@class postoffice.exchange.rdn
---@field name string
---@field value string

---@class postoffice.exchange.problem
---@field code string
---@field message string
---@field type? string
---@field addresses? postoffice.address[]
---@field index? integer of a value that was rejected
---@field text? string
---@field position? integer

---@class postoffice.exchange.conflict
---@field key string
---@field address postoffice.address
---@field holders string[]

---@class postoffice.exchange.set
---@field [integer] postoffice.address
---@field rejected postoffice.exchange.problem[]
local set = {}

---@param given postoffice.address | string
---@return postoffice.address? address
---@return integer | string | nil place
---@return string? code
function set:find(given) end

---@param kind string
---@return postoffice.address? address
---@return string? message
---@return string? code
function set:primary(kind) end

---@param given postoffice.address | string
---@return postoffice.address? address
---@return string? message
---@return string? code
function set:promote(given) end

---@param given postoffice.address | string
---@return postoffice.address? address
---@return string? message
---@return string? code
function set:add(given) end

---@param given postoffice.address | string
---@return postoffice.address? address
---@return string? message
---@return string? code
function set:remove(given) end

---@return postoffice.address[] removed
function set:deduplicate() end

---@return postoffice.exchange.problem[]
function set:problems() end

---@return string[]? texts
---@return string? message
---@return string? code
function set:texts() end

---@return string? text
---@return string? message
---@return string? code
function set:joined() end

---@param attribute? string
---@return string? text
---@return string? message
---@return string? code
function set:ldif(attribute) end

---@class postoffice.exchange.options
---@field form? "joined" | "ldif" how a text is read
---@field attribute? string of LDIF
---@field primaries? "first" | "last" which of several primaries stays one

---@class postoffice.exchange
local exchange = {}

---@param text string
---@return string[] found
---@return postoffice.exchange.skipped[] skipped
function exchange.x500_from_imceaex(text) end

---@param address postoffice.address | string
---@return postoffice.exchange.rdn[]? rdns
---@return string? message
---@return string? code
---@return integer? position
function exchange.rdns(address) end

---@param address postoffice.address | string
---@return boolean? is_mailbox
---@return string? message
---@return string? code
---@return integer? position
function exchange.is_mailbox(address) end

---@param list (postoffice.address | string)[] | string
---@param options? postoffice.exchange.options
---@return postoffice.exchange.set? set
---@return string? message
---@return string? code
---@return integer? position
function exchange.proxies(list, options) end

---@param sets table<string, postoffice.exchange.set | (postoffice.address | string)[]>
---@return postoffice.exchange.conflict[]? conflicts
---@return string? message
---@return string? code
---@return integer? position
function exchange.conflicts(sets) end

---@param address postoffice.address | string
---@param options? { unknown: boolean }
---@return string? key
---@return string? message
---@return string? code
---@return integer? position
function exchange.search_key(address, options) end

return exchange
