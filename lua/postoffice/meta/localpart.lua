---@meta postoffice.localpart
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in localpart.lua.

---@class postoffice.localpart.layer
---@field profile string
---@field kind "srs" | "batv" | "verp" | "subaddress"
---@field address postoffice.address what is inside
---@field hash? string SRS
---@field timestamp? string SRS0
---@field separator? string SRS
---@field key? string BATV
---@field day? string BATV
---@field tag? string BATV
---@field list? string VERP
---@field id? string VERP
---@field detail? string subaddress
---@field delimiter? string subaddress

---@class postoffice.localpart.options
---@field profiles? string[] for `peel`
---@field delimiters? string of subaddresses
---@field owner_request? boolean
---@field verp_delimiters? string

---@class postoffice.localpart
local localpart = {}

---@return string[]
function localpart.profiles() end

---@param address postoffice.address | string
---@param profile string
---@param options? postoffice.localpart.options
---@return postoffice.localpart.layer? layer
---@return string? message
---@return string? code
---@return integer? position
function localpart.read(address, profile, options) end

---@param address postoffice.address | string
---@param options? postoffice.localpart.options
---@return postoffice.address? address
---@return postoffice.localpart.layer[] | string | nil layers
---@return string? code
---@return integer? position
function localpart.peel(address, options) end

---@class postoffice.localpart.signer
---@field domain? string
local signer = {}

---@param address postoffice.address | string
---@param now? number
---@return postoffice.address? address
---@return string? message
---@return string? code
---@return integer? position
function signer:forward(address, now) end

---@param address postoffice.address | string
---@param now? number
---@return postoffice.address? address
---@return string? message
---@return string? code
---@return integer? position
function signer:reverse(address, now) end

---@class postoffice.localpart.srs.options
---@field domain string
---@field secrets string[]
---@field profile? "srs" | "libsrs2" | "postsrsd"
---@field separator? "=" | "+" | "-"
---@field hash_length? integer
---@field max_age? integer

---@class postoffice.localpart.batv.options
---@field domain? string
---@field secrets string[]
---@field profile? "batv"
---@field number? integer
---@field max_age? integer

---@param options postoffice.localpart.srs.options
---@return postoffice.localpart.signer
function localpart.srs(options) end

---@param options postoffice.localpart.batv.options
---@return postoffice.localpart.signer
function localpart.batv(options) end

return localpart
