---@meta postoffice.policy
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in policy/init.lua and policy/policy.lua.

---@class postoffice.policy.envelope what the host knows about a message
---@field sender? string | postoffice.address "" or "<>" is the null sender; absent: not known
---@field may_relay? boolean the sender may write to foreign domains through us
---@field authenticated? boolean the sender is who it says
---@field arrived_by? string the connector that it came by; what passes through does not go back by it
---@field down? string[] | table<string, boolean> the connectors that are down
---@field size? number bytes; absent: not known
---@field now? number seconds since 1970; the clock's unless given
---@field client? string | table
---@field context? any handed to what answers `ask`, and seen by no script

---@alias postoffice.policy.verdict "deliver" | "reject" | "defer" | "pass"

---@class postoffice.policy.alternative
---@field connector string
---@field nexthop? string
---@field cost number
---@field space string

---@class postoffice.policy.hop
---@field transport? string
---@field host? string
---@field port? integer
---@field mx? false the host itself: its mail exchangers are not asked for

---@class postoffice.policy.delivery
---@field verdict postoffice.policy.verdict
---@field code? string
---@field status? string
---@field message? string one line for strangers
---@field detail? string for administrators alone
---@field recipient string what was asked for
---@field also? string[] others that came to the same
---@field entry? string whose it became
---@field via? string[] the entries that led to it, the first one first
---@field member? true it fails, and was reached by a list, or by one of several targets
---@field extension? string
---@field address? postoffice.address as handed over
---@field wire? string the same as SMTP says it
---@field smtputf8? true its local part or that of the sender needs it
---@field final? postoffice.address at the far end
---@field path? string[] the post offices on the way
---@field gateway? string the post office that makes `final`
---@field sender? postoffice.address | string as handed over
---@field connector? string
---@field nexthop? string
---@field hop? postoffice.policy.hop
---@field cost? number
---@field space? string
---@field alternatives? postoffice.policy.alternative[]
---@field rule? string file and line
---@field revision string

---@class postoffice.policy.item
---@field address? postoffice.address
---@field entry? string
---@field via? string[]
---@field member? true
---@field extension? string
---@field how? string
---@field recipient string
---@field verdict? postoffice.policy.verdict
---@field code? string
---@field status? string
---@field message? string one line for strangers
---@field detail? string for administrators alone
---@field rule? string file and line

---@class postoffice.policy.capabilities
---@field facts table<string, true> the fields of an envelope that may decide
---@field asks boolean functions run for an address: they may ask, and a route may yield
---@field owners boolean lists have owners, who are the senders to their members
---@field rewrites_senders boolean

---@class postoffice.policy.explanation
---@field recipient string | postoffice.address
---@field steps table[]
---@field deliveries postoffice.policy.delivery[]
---@field revision string
---@field sentence string

---@class postoffice.policy.results
---@field passed integer
---@field failed integer
---@field failures table[]
---@field uncovered table[]
---@field rules integer

---@class postoffice.policy.finding
---@field severity "error" | "warning" | "note"
---@field code string
---@field where string
---@field title string
---@field message string
---@field advice string

---@alias postoffice.policy.recipient string | postoffice.address | postoffice.policy.item

---@class postoffice.policy.loaded
---@field revision string
local loaded = {}

---@param recipients postoffice.policy.recipient | postoffice.policy.recipient[]
---@param envelope? postoffice.policy.envelope
---@return postoffice.policy.delivery[]
function loaded:route(recipients, envelope) end

---@param recipient postoffice.policy.recipient
---@param envelope? postoffice.policy.envelope
---@return postoffice.policy.explanation
function loaded:explain(recipient, envelope) end

---@param recipients postoffice.policy.recipient | postoffice.policy.recipient[]
---@param options? { as?: string }
---@param envelope? postoffice.policy.envelope
---@return postoffice.policy.item[] | postoffice.address | nil items an address with `as`
---@return string? how or a message
---@return string? code
function loaded:resolve(recipients, options, envelope) end

---@param recipient postoffice.policy.recipient
---@param envelope? postoffice.policy.envelope
---@return postoffice.address? address
---@return string? rule or a message
---@return string? code
function loaded:rewrite(recipient, envelope) end

---@param name string
---@param value string
---@param envelope? postoffice.policy.envelope
---@return string value
---@return integer count
---@return table[] errors
function loaded:rewrite_header(name, value, envelope) end

---@param recipient postoffice.policy.recipient
---@param envelope? postoffice.policy.envelope
---@return postoffice.policy.delivery? delivery
---@return string? message
---@return string? code
function loaded:nexthop(recipient, envelope) end

---@return string[]
function loaded:connectors() end

---@return postoffice.policy.capabilities
function loaded:capabilities() end

---@return postoffice.exchange.gwart_row[]
function loaded:spaces() end

---@return postoffice.proposer? proposer
---@return string? message
---@return string? code
function loaded:proposer() end

---@param person postoffice.person
---@return postoffice.proposal[]? proposals
---@return string? message
---@return string? code
function loaded:propose(person) end

---@return postoffice.policy.results
function loaded:test() end

---@return postoffice.policy.finding[]
function loaded:check() end

---@return string dot
function loaded:graph() end

---@param path string
---@return true?
---@return string? message
---@return string? code
function loaded:save(path) end

function loaded:retire() end

function loaded:close() end

---@class postoffice.policy.live: postoffice.policy.loaded
---@field failure? string why the last reload failed
local live = {}

---@param options? { force?: boolean }
---@return true?
---@return string revision or a message
---@return string? code
function live:reload(options) end

---@alias postoffice.policy.answer fun(key: string, envelope: postoffice.policy.envelope): any, string?

---@class postoffice.policy.description how a question is answered: by `ask`, `many` or both
---@field ask? postoffice.policy.answer of one key: nil is not found, nil and a sentence a failure
---@field many? fun(keys: string[], envelope: postoffice.policy.envelope): table?, (string | table)?
---@field ttl? number seconds for which what was found holds; 0 unless said
---@field negative_ttl? number seconds for which it holds that nothing was found; 0 unless said

---@alias postoffice.policy.question table | postoffice.policy.answer | postoffice.policy.description

---@alias postoffice.policy.answers fun(name: string, key: string, envelope: table): any, string?

---@alias postoffice.policy.secrets table<string, string[]> | fun(name: string): string[]?

---@class postoffice.policy.options
---@field ask? table<string, postoffice.policy.question> | postoffice.policy.answers
---@field secrets? postoffice.policy.secrets the keys that sign senders, by name
---@field include? fun(name: string): string?, string?
---@field read? fun(name: string, bytes: integer): string?, string?
---@field declarations? integer
---@field chunkname? string
---@field memory? integer
---@field instructions? integer
---@field milliseconds? number
---@field load_instructions? integer
---@field load_milliseconds? number
---@field open_asks? integer
---@field verify? boolean

---@class postoffice.policy
local policy = {}

---@param source string
---@param options? postoffice.policy.options
---@return postoffice.policy.loaded?
---@return string? message
---@return string? code
function policy.load(source, options) end

---@param path string
---@param options? postoffice.policy.options
---@return postoffice.policy.loaded?
---@return string? message
---@return string? code
function policy.loadfile(path, options) end

---@param path string
---@param options? postoffice.policy.options
---@return postoffice.policy.live?
---@return string? message
---@return string? code
function policy.open(path, options) end

---@param answer any
---@return string
function policy.json(answer) end

---@param old postoffice.policy.loaded
---@param new postoffice.policy.loaded
---@param recipient postoffice.policy.recipient
---@param envelope? postoffice.policy.envelope
---@return table? change
function policy.diff(old, new, recipient, envelope) end

return policy
