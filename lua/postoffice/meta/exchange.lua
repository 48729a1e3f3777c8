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

---@param separator? postoffice.exchange.separator `%` unless said
---@return string? text
---@return string? message
---@return string? code
function set:joined(separator) end

---@param attribute? string
---@return string? text
---@return string? message
---@return string? code
function set:ldif(attribute) end

---@alias postoffice.exchange.separator
---| "%" | "&" | "^" | "#" | "@" | "!" | "$" | '"' | ";" | "," | "|" | " " | "\n" | "{}"

---@class postoffice.exchange.options
---@field separator? postoffice.exchange.separator of a text that is joined
---@field form? "joined" | "ldif" how a text is read
---@field attribute? string of LDIF
---@field primaries? "first" | "last" which of several primaries stays one

---@class postoffice.exchange
local exchange = {}

---@param text string
---@return string[] found
---@return postoffice.exchange.skipped[] skipped
function exchange.x500_from_imceaex(text) end

---@class postoffice.exchange.person
---@field identity? string what Exchange finds them by
---@field dn? string their name in the directory of today

---@class postoffice.exchange.find
---@field proxy string
---@field line integer
---@field person? postoffice.exchange.person

---@class postoffice.exchange.skip
---@field text string
---@field message string
---@field code string
---@field line integer

---@param bytes string a whole file
---@return postoffice.exchange.find[] found
---@return postoffice.exchange.skip[] skipped
function exchange.x500_in_file(bytes) end

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

---@param text string
---@param options? { attribute?: string, primaries?: "first" | "last" }
---@return { dn?: string, proxies: postoffice.exchange.set }[]? records
---@return string? message
---@return string? code
---@return integer? line
function exchange.proxies_in_ldif(text, options) end

---@param sets table<string, postoffice.exchange.set | (postoffice.address | string)[]>
---@return postoffice.exchange.conflict[]? conflicts
---@return string? message
---@return string? code
---@return integer? position
function exchange.conflicts(sets) end

---@class postoffice.person
---@field given? string
---@field surname? string
---@field initials? string
---@field display? string
---@field alias? string
---@field name? string by which holders are called; `display` unless given
---@field id? string | number tells people of one name apart; the alias unless given

---@class postoffice.proposal
---@field template string
---@field address? string
---@field how? "template" | "number" | "alias" | "own"
---@field number? integer
---@field because? string a sentence
---@field message? string
---@field code? string

---@class postoffice.proposer
local proposer = {}

---@param person postoffice.person
---@return postoffice.proposal[]
function proposer:propose(person) end

---@class postoffice.exchange.template_options
---@field collisions? "number" | "alias" what the number follows that makes an address unique
---@field umlauts? "german" | "nordic"
---@field taken? table<string, (postoffice.address | string)[]> | fun(key: string): string?

---@param list string[]
---@param options? postoffice.exchange.template_options
---@return postoffice.proposer? templates
---@return string? message
---@return string? code
---@return integer? position
---@return integer? index of the template that is wrong
function exchange.templates(list, options) end

---@param rule string
---@param person postoffice.person
---@return string? name
---@return string? message
---@return string? code
---@return integer? position
function exchange.ccmail_name(rule, person) end

---@class postoffice.exchange.notesmap_rules
local rules = {}

---@param attributes table<string, string>
---@param config? fun(name: string, section?: string): string?
---@return table<string, string>
function rules:apply(attributes, config) end

---@param text string
---@return postoffice.exchange.notesmap_rules? rules
---@return string? message
---@return string? code
---@return integer? line
function exchange.notesmap(text) end

---@class postoffice.exchange.gwart_row
---@field type? string
---@field space? string as it stands in the table
---@field pattern string as policies write it
---@field cost number
---@field connectors string[]
---@field line? integer
---@field column? integer of the space

---@param text string
---@return postoffice.exchange.gwart_row[]? rows
---@return string? message
---@return string? code
---@return integer? line
---@return integer? column
function exchange.gwart(text) end

---@param rows postoffice.exchange.gwart_row[]
---@return string? text
---@return string? message
---@return string? code
function exchange.format_gwart(rows) end

---@param address postoffice.address | string
---@param options? { unknown: boolean }
---@return string? key
---@return string? message
---@return string? code
---@return integer? position
function exchange.search_key(address, options) end

return exchange
