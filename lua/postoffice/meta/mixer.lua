---@meta postoffice.mixer
-- luacheck: ignore 212

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in mixer.lua.

---@class postoffice.mixer.rule
---@field domain string
---@field attributes string[][] name and value as written; no value where the level is left out

---@class postoffice.mixer.table
---@field rules postoffice.mixer.rule[]

---@class postoffice.mixer.options
---@field mcgam? postoffice.mixer.table | string which domains and O/R addresses mean the same
---@field gateways? postoffice.mixer.table | string gateways by domain
---@field gateway? postoffice.address | table | string the gateway's O/R address
---@field domain? string the gateway's domain
---@field algorithmic? boolean a domain is a hierarchy, whatever the table says

---@class postoffice.mixer
local mixer = {}

---@param x400 postoffice.address | string
---@param options? postoffice.mixer.options
---@return postoffice.address? smtp
---@return string? how "carried", "mapped" or "gateway"; or the message
---@return string? code
---@return integer? position
function mixer.to_smtp(x400, options) end

---@param smtp postoffice.address | string
---@param options? postoffice.mixer.options
---@return postoffice.address? x400
---@return string? how "carried" or "mapped"; or the message
---@return string? code
---@return integer? position
function mixer.to_x400(smtp, options) end

---@param text string
---@param options? { symmetric: boolean? }
---@return postoffice.mixer.table? rules
---@return string? message
---@return string? code
---@return integer? position
function mixer.table(text, options) end

---@param domain string
---@param options { mcgam: postoffice.mixer.table | string | nil, algorithmic: boolean? }
---@return table<string, string>? fields of X400
---@return string? message
---@return string? code
function mixer.attributes(domain, options) end

---@param x400 postoffice.address | string
---@param options { mcgam: postoffice.mixer.table | string | nil, algorithmic: boolean? }
---@return string? domain
---@return table<string, string> | string | nil rest what the domain does not hold
---@return string? code
function mixer.domain(x400, options) end

---@param text string
---@return string? encoded
---@return string? message
---@return string? code
---@return integer? position
function mixer.encode(text) end

---@param text string
---@return string
function mixer.decode(text) end

---@param text string
---@return { g: string?, i: string?, s: string }? name
---@return string? message
---@return string? code
function mixer.read_name(text) end

---@param fields { g: string?, i: string?, s: string }
---@return string? text
---@return string? message
---@return string? code
function mixer.write_name(fields) end

return mixer
