---@meta postoffice
-- luacheck: ignore 212

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in init.lua.

---@class postoffice.address
---@field type string upper case: SMTP, CCMAIL, EX, X500, ...
---@field localpart? string SMTP, without its quotes
---@field domain? string SMTP, as written; a literal with its brackets
---@field mailbox? string CCMAIL
---@field postoffice? string CCMAIL; absent: a bare mailbox
---@field dn? string EX, X500
---@field value? string a type without a dialect
---@field display_name? string its encoded words decoded
---@field display_raw? string the name as it was written, if that has encoded words
---@field comment? string
---@field route? string a source route, "@a,@b"
---@field primary? boolean false where the type prefix was not in upper case

---@alias postoffice.notation "proxy" | "native" | "oneoff" | "header" | "path"

---@class postoffice.group
---@field group string its name, decoded
---@field members postoffice.address[]
---@field display_raw? string the name as it was written, if that has encoded words
---@field comment? string

---@class postoffice.list_error
---@field code string
---@field message string
---@field position integer the byte of the list at fault
---@field text string the entry that could not be read

---@alias postoffice.profile "smtp" | "header" | "obsolete" | "lenient"

---@class postoffice.options
---@field type? string what the address has to be
---@field notation? postoffice.notation how it is written
---@field profile? postoffice.profile | table what it may make use of
---@field unknown? boolean carry a type that nobody registered whole

---@class postoffice.spelling: postoffice.options
---@field idn? "ascii" | "unicode" how a domain is written that is not ASCII

---@class postoffice.shell
---@field type? "SMTP" | "CCMAIL" | "X400"
---@field domain? string
---@field postoffice? string
---@field dda1_type? "RFC-822" | "SMTP"

---@class postoffice.style
---@field notation? postoffice.notation
---@field syntax? string of a type that has several
---@field unknown? boolean write a type that nobody registered, too

---@class postoffice
---@field _VERSION string
---@field UNICODE? string
local postoffice = {}

---@param text string
---@param options? postoffice.options
---@return postoffice.address? address
---@return string? message
---@return string? code
---@return integer? position
function postoffice.parse(text, options) end

---@param text string
---@param options? postoffice.options
---@return (postoffice.address | postoffice.group)[] list
---@return postoffice.list_error[] errors
function postoffice.parse_list(text, options) end

---@class postoffice.list_style
---@field width? integer | false octets of a line, 78; false: no folds
---@field column? integer where in its line the list begins, 0
---@field utf8? boolean names as they are rather than encoded

---@param list (postoffice.address | postoffice.group | string)[]
---@param options? postoffice.list_style
---@return string? text
---@return string? message
---@return string? code
---@return integer? item
function postoffice.format_list(list, options) end

---@param address postoffice.address | string
---@param notation? postoffice.notation | postoffice.style
---@return string? text
---@return string? message
---@return string? code
function postoffice.format(address, notation) end

---@param address postoffice.address | string
---@param options? postoffice.options
---@return boolean valid
---@return string? message
---@return string? code
---@return integer? position
function postoffice.validate(address, options) end

---@class postoffice.finding
---@field code string
---@field severity "error" | "note"
---@field message string
---@field source? string
---@field position? integer

---@param address postoffice.address | string
---@param options? postoffice.options
---@return "ok" | "5321" | "unusual" | "cfws" | "deprecated" | "5322" | "limits" | "error" grade
---@return postoffice.finding[] findings
function postoffice.diagnose(address, options) end

---@param text string
---@param options? postoffice.spelling
---@return string? text
---@return string? message
---@return string? code
---@return integer? position
function postoffice.normalize(text, options) end

---@param address postoffice.address | string
---@return string? key
---@return string? message
---@return string? code
---@return integer? position
function postoffice.key(address) end

---@param x postoffice.address | string
---@param y postoffice.address | string
---@return boolean? equal
---@return string? message
---@return string? code
---@return integer? position
function postoffice.equal(x, y) end

---@class postoffice.line_error
---@field line integer its number in the block
---@field text string
---@field message string
---@field code string
---@field position? integer
---@field written integer bytes of the rows that stand before what follows

---@param block string
---@param what "validate" | "normalize" | "key"
---@param options? postoffice.options | postoffice.spelling
---@return string rows
---@return postoffice.line_error[] errors
---@return string rest
---@return integer lines
---@return integer addresses
function postoffice.lines(block, what, options) end

---@param address postoffice.address | string
---@param type "SMTP" | "CCMAIL" | "X400"
---@param options postoffice.shell
---@return postoffice.address? outer
---@return string? message
---@return string? code
function postoffice.encapsulate(address, type, options) end

---@param address postoffice.address | string
---@param options? { all?: boolean }
---@return postoffice.address? inner
---@return postoffice.shell | postoffice.shell[] | string | nil shell
---@return string? code
function postoffice.decapsulate(address, options) end

---@param code string
---@return string? message
---@return string? status
function postoffice.message(code) end

---@return string[]
function postoffice.codes() end

---@return string[]
function postoffice.types() end

---@class postoffice.definition
---@field type string
---@field grammar table | fun(text: string): table?, integer? an LPeg pattern or a function
---@field format fun(address: postoffice.address): string?
---@field fold? fun(address: postoffice.address): string
---@field check? fun(address: postoffice.address): boolean

---@param definition postoffice.definition
function postoffice.define(definition) end

---@param options postoffice.options
---@return postoffice
function postoffice.new(options) end

return postoffice
