---@meta postoffice.host.verdict
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in host/verdict.lua.

---@alias postoffice.host.action "deliver" | "here" | "pass" | "nobody" | "refuse" | "defer" | "fault"

---@class postoffice.host.verdict what is done with one recipient
---@field action postoffice.host.action
---@field addresses? string[] as SMTP has them, where it is delivered
---@field nexthop? string
---@field hop? postoffice.policy.hop
---@field status? string
---@field text? string for the stranger: one line of ASCII
---@field code? string
---@field detail? string for the log
---@field rule? string
---@field entry? string
---@field connector? string
---@field deliveries? postoffice.policy.delivery[]

---@class postoffice.host.verdict_module
---@field ACTIONS postoffice.host.action[] in the order of the manual
---@field MEANINGS table<postoffice.host.action, string>
---@field ANSWERS table<string, table<postoffice.host.action, string | false>> by protocol
---@field SERVERS { name: string, protocols: string[] }[] who speaks them
local verdict = {}

---@param deliveries postoffice.policy.delivery[] of one recipient
---@param asked? string
---@return postoffice.host.verdict
function verdict.of(deliveries, asked) end

---@param code string
---@param deliveries? postoffice.policy.delivery[]
---@return postoffice.host.verdict
function verdict.own(code, deliveries) end

---@param message? string for the log
---@return postoffice.host.verdict
function verdict.fault(message) end

---@param made postoffice.host.verdict
---@param protocol string
---@param map string
---@param site string
---@param recipient? string
---@param sender? string
---@return table record for `service:decided`
function verdict.record(made, protocol, map, site, recipient, sender) end

---@param text? string
---@return string
function verdict.line(text) end

---@param protocol string
---@return fun(made: postoffice.host.verdict): string | false
function verdict.sayer(protocol) end

return verdict
