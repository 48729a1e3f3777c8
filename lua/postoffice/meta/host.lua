---@meta postoffice.host.site
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in host/site.lua, and that of protocols in socketmap.lua
--- and its neighbours.

---@class postoffice.host.site_options
---@field name? string of letters, digits, _ and -; "policy" unless said
---@field policy string | fun(): string?, string? | postoffice.policy.live a path, or what gives the text
---@field protocols? postoffice.host.protocol_name[] those that it is behind
---@field asks? table<string, postoffice.policy.question> | postoffice.policy.answers
---@field secrets? postoffice.policy.secrets
---@field down? fun(): table<string, true>? the connectors that are down
---@field clock? fun(): number seconds since 1970
---@field load? postoffice.policy.options whatever else the policy is loaded with
---@field is_fit? boolean another process has found each revision fit for these protocols

---@alias postoffice.host.protocol_name
---| "socketmap" | "delegation" | "readsocket" | "http" | "auth_http"
---| "auth_http_deferring" | "dovecot" | "rspamd"

---@class postoffice.host.site
---@field name string
---@field policy postoffice.policy.live
---@field protocols postoffice.host.protocol_name[]
---@field decides_before boolean the policy service decides who may write, before maps are asked
local opened = {}

---@param recipient string | postoffice.address
---@param facts? postoffice.policy.envelope
---@return postoffice.policy.delivery[]
function opened:route(recipient, facts) end

---@param recipient string | postoffice.address
---@param facts? postoffice.policy.envelope
---@return postoffice.policy.delivery[]
function opened:route_up(recipient, facts) end

---@param recipient string | postoffice.address
---@param facts? postoffice.policy.envelope
---@return postoffice.policy.delivery? delivery
---@return string? message
---@return string? code
function opened:nexthop(recipient, facts) end

---@param recipient string | postoffice.address
---@param facts postoffice.policy.envelope?
---@param others string[] names of connectors that are to be left out
---@return postoffice.policy.delivery? delivery
---@return string? message
---@return string? code
function opened:nexthop_without(recipient, facts, others) end

---@param recipient string | postoffice.address
---@param facts postoffice.policy.envelope?
---@param first postoffice.policy.delivery
---@return postoffice.policy.delivery[] deliveries the first one first
function opened:with_alternatives(recipient, facts, first) end

---@param who "stranger" | "inside"
---@return postoffice.policy.envelope?
function opened:facts(who) end

---@param recipient string | postoffice.address
---@param facts? postoffice.policy.envelope
---@return postoffice.address? address
---@return string? rule or a message
---@return string? code
function opened:rewrite(recipient, facts) end

---@param sender string | postoffice.address
---@param connector string
---@param facts? postoffice.policy.envelope
---@return postoffice.address? address
---@return string? message
---@return string? code
function opened:rewrite_sender(sender, connector, facts) end

---@param sender string | postoffice.address
---@param connector string
---@param facts? postoffice.policy.envelope
---@return postoffice.address? address
---@return string? message
---@return string? code
function opened:sign_sender(sender, connector, facts) end

---@param recipient string | postoffice.address
---@param facts? postoffice.policy.envelope
---@return postoffice.policy.explanation
function opened:explain(recipient, facts) end

---@param recipient string | postoffice.address
---@param options? { as?: string }
---@param facts? postoffice.policy.envelope
---@return table[] items
function opened:resolve(recipient, options, facts) end

---@param name string
---@return { name?: string, kind?: "local" | "relay" | "former", is_shell: boolean }?
function opened:domain(name) end

---@return postoffice.policy.capabilities
function opened:capabilities() end

---@return string
function opened:revision() end

---@param text? string | { force?: boolean }
---@param options? { force?: boolean }
---@return true?
---@return string revision or a message
---@return string? code
function opened:reload(text, options) end

---Whether the policy's files are as they were when it was loaded.
---@return boolean
---@return string[] paths of them
function opened:is_current() end

function opened:close() end

---@class postoffice.host.decision what a process is told of an answer
---@field protocol string
---@field map? string or the state of the protocol
---@field site string
---@field recipient? string
---@field sender? string
---@field action string
---@field status? string
---@field code? string
---@field connector? string
---@field rule? string
---@field reply? string
---@field instance? string

---@class postoffice.host.service what answers need of the process
---@field sites table<string, postoffice.host.site>
---@field limits? { messages?: integer, bytes?: integer, seconds?: number }
local service = {}

---@param record postoffice.host.decision
function service:decided(record) end

---@class postoffice.host.reader
local reader = {}

---@param bytes string
function reader:push(bytes) end

---@return string | table | false | nil request nil: more bytes are wanted; false: bad framing
---@return string? why
function reader:next() end

---@class postoffice.host.protocol bytes to requests, answers to bytes
local protocol = {}

---@param limits? { length?: integer }
---@return postoffice.host.reader
function protocol.reader(limits) end

---@param process postoffice.host.service
---@param request string | table
---@return string? bytes nil: nothing is written
---@return boolean? close
function protocol.answer(process, request) end

---@return string? bytes after an error of our own; nil: the connection is closed without a reply
function protocol.failure() end

local site = {}

---@param options postoffice.host.site_options
---@return postoffice.host.site?
---@return string? message
---@return string? code
function site.open(options) end

return site
