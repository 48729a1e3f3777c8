---@meta postoffice
-- luacheck: ignore 212

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in init.lua.

---@class postoffice.address
--- in upper case: SMTP, CCMAIL, ...
---@field type string
--- SMTP: without its quotes; its case is kept, and ignored by policies
---@field localpart? string
--- SMTP: as written; a literal with its brackets; NOTES: several, as in Near@Far, are a way; GWISE,
--- GROUPWISE: no dots; FAX: of FAX=NUMBER@DOMAIN
---@field domain? string
--- CCMAIL: Lee, Kim and Kim Lee are one; MS, PCM: 10 letters and digits at most; MSMAIL, MSA: it
--- may hold spaces
---@field mailbox? string
--- CCMAIL: after the last at; absent: a bare mailbox; MS, PCM: 10 characters at most; GWISE,
--- GROUPWISE: no dots
---@field postoffice? string
--- EX, X500: the whole name
---@field dn? string
--- MS, PCM: 10 characters at most
---@field network? string
--- MSMAIL, MSA: after the last @
---@field server? string
--- X400: country: two letters or three digits
---@field c? string
--- X400: ADMD; a blank one is none
---@field a? string
--- X400: PRMD
---@field p? string
--- X400: organization
---@field o? string
--- X400: unit, the highest
---@field ou1? string
--- X400: unit below it
---@field ou2? string
--- X400: unit below that
---@field ou3? string
--- X400: unit, the lowest
---@field ou4? string
--- X400: common name
---@field cn? string
--- X400: surname
---@field s? string
--- X400: given name
---@field g? string
--- X400: initials
---@field i? string
--- X400: generation, such as Jr
---@field q? string
--- X400: network address: digits
---@field x121? string
--- X400: numeric user: digits
---@field n_id? string
--- X400: terminal
---@field t_id? string
--- X400: terminal's kind: tlx, ttx, g3fax, g4fax, ia5 or vtx
---@field t_ty? string
--- X400: ISDN number: digits
---@field net_num? string
--- X400: its subaddress: digits
---@field net_sub? string
--- X400: presentation address
---@field net_psap? string
--- X400: domain-defined attribute: its type, such as RFC-822
---@field dda1_type? string
--- X400: its value, as written: (a) is @, (u) is _
---@field dda1_value? string
--- X400: another one's type
---@field dda2_type? string
--- X400: its value
---@field dda2_value? string
--- X400: another one's type
---@field dda3_type? string
--- X400: its value
---@field dda3_value? string
--- X400: another one's type
---@field dda4_type? string
--- X400: its value
---@field dda4_value? string
--- X400: on paper: the service
---@field pd_service? string
--- X400: on paper: the person
---@field pd_pn? string
--- X400: on paper: the organization
---@field pd_o? string
--- X400: on paper: more of the address
---@field pd_ext_address? string
--- X400: on paper: more of the delivery
---@field pd_ext_delivery? string
--- X400: on paper: line 1
---@field pd_a1? string
--- X400: on paper: line 2
---@field pd_a2? string
--- X400: on paper: line 3
---@field pd_a3? string
--- X400: on paper: line 4
---@field pd_a4? string
--- X400: on paper: line 5
---@field pd_a5? string
--- X400: on paper: line 6
---@field pd_a6? string
--- X400: on paper: street
---@field pd_street? string
--- X400: on paper: post office box
---@field pd_box? string
--- X400: on paper: poste restante
---@field pd_restante? string
--- X400: on paper: unique name
---@field pd_unique? string
--- X400: on paper: local attributes
---@field pd_local? string
--- X400: on paper: post office
---@field pd_office? string
--- X400: on paper: the post office's number
---@field pd_office_num? string
--- X400: on paper: postal code
---@field pd_code? string
--- X400: on paper: country
---@field pd_c? string
--- X400: how it was written: exchange, rfc1685, rfc2156 or msmail; two addresses that differ in it
--- alone are equal
---@field syntax? string
--- NOTES: User/Unit/Org, with or without labels (CN=); or a mailbox of the Internet; FAX: who reads
--- it
---@field name? string
--- GWISE, GROUPWISE: a user, group or resource
---@field object? string
--- FAX: however it is grouped
---@field number? string
--- FAX: what the modem dials
---@field dialable? string
--- FAX: what a calling card adds
---@field special? string
--- FAX: subaddress: digits
---@field t33s? string
--- FAX: others, between slashes
---@field qualifiers? string
--- FAX: of MS Mail's form
---@field building? string
--- FAX: likewise
---@field office? string
--- UUCP: the hosts, hub!site
---@field path? string
--- UUCP: after the last !; PROFS: 8 characters at most; MHS, SPO, SIP: before the @
---@field user? string
--- PROFS: 8 characters at most
---@field node? string
--- PROFS: of GATEWAY/NODE/USER; SNADS: of GATEWAY/GROUP/ELEMENT
---@field gateway? string
--- SNADS: the distribution group name
---@field group? string
--- SNADS: the distribution element name
---@field element? string
--- MHS: after it
---@field workgroup? string
--- MHS: in parentheses
---@field remark? string
--- MHS: another system's address, in braces
---@field extended? string
--- SPO: after it
---@field tenant? string
--- SIP: after it
---@field host? string
--- SIP: digits
---@field port? string
--- SIP: as written, without the first semicolon
---@field parameters? string
--- EUM: or a SIP address
---@field extension? string
--- EUM: the dial plan
---@field phone_context? string
--- all of it, of a type that nobody registered
---@field value? string
--- Kim Lee of Kim Lee <kim@example.com>, decoded
---@field display_name? string
--- what stood in parentheses
---@field comment? string
--- a source route, @a,@b
---@field route? string
--- the type stood in lower case: a secondary proxy
---@field primary? false
--- the name as it was written, if that has encoded words
---@field display_raw? string

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
---@field KEY_VERSION string
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
