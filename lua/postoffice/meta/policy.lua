---@meta postoffice.policy
-- luacheck: ignore 212 241

--- Definitions for the Lua language server; never loaded. The documentation of
--- each function stands in policy/init.lua and policy/policy.lua.

---@class postoffice.policy.envelope what the host knows about a message
--- "" or "<>" is the null sender; absent: not known
---@field sender? string | postoffice.address
--- the sender may write to foreign domains through us
---@field may_relay? boolean
--- the sender is who it says
---@field authenticated? boolean
--- the connector that it came by; what passes through does not go back by it
---@field arrived_by? string
--- the connectors that are down
---@field down? string[] | table<string, boolean>
--- in bytes
---@field size? number
--- seconds since 1970-01-01 00:00 UTC; the clock's unless given
---@field now? number
--- who connected, in the words of the host
---@field client? string | table
--- who may write to the recipients, and how much, was decided before: entries have no restrictions
---@field admitted? boolean
--- handed to what answers ask, and seen by no script
---@field context? any

---@alias postoffice.policy.verdict "deliver" | "reject" | "defer" | "pass"

---@class postoffice.policy.alternative
--- its name
---@field connector string
--- where to
---@field nexthop? string
--- of its space
---@field cost number
--- the address space
---@field space string

---@class postoffice.policy.hop
--- how, as mail servers call it: smtp
---@field transport? string
--- a host or a domain: 192.0.2.7
---@field host? string
--- a number: 25
---@field port? integer
--- the host itself, whose mail exchangers are not asked for: it stands in brackets
---@field mx? false

---@class postoffice.policy.delivery
--- what the host is to do; pass: not the policy's business
---@field verdict "deliver" | "reject" | "defer" | "pass"
--- why it is not simply a delivery, as a slug
---@field code? string
--- the same by RFC 3463, such as 5.1.1
---@field status? string
--- the same for the stranger at the other end: one line of ASCII
---@field message? string
--- the same for the administrator, and never for strangers: one line
---@field detail? string
--- what was asked for
---@field recipient string
--- other recipients that came to the same
---@field also? string[]
--- whose it became, by the name of the entry
---@field entry? string
--- the entries that led to that one, the first one first
---@field via? string[]
--- what fails was reached by a list, or is one of several targets, or beside a copy that is kept
---@field member? true
--- what stood after the separator
---@field extension? string
--- as handed over
---@field address? postoffice.address
--- the same as SMTP says it
---@field wire? string
--- it, or the sender, needs SMTPUTF8 (RFC 6531)
---@field smtputf8? true
--- the address at the far end, as foretold
---@field final? postoffice.address
--- the post offices on the way there
---@field path? string[]
--- the post office that makes final of the address
---@field gateway? string
--- as handed over; a text where it cannot be read
---@field sender? postoffice.address | string
--- who carries it; none: it is for a mailbox here
---@field connector? string
--- where to, as the connector says it
---@field nexthop? string
--- the same taken apart
---@field hop? postoffice.policy.hop
--- of the space
---@field cost? number
--- the address space that won
---@field space? string
--- the rest of that space, in order
---@field alternatives? postoffice.policy.alternative[]
--- the file and line that decided
---@field rule? string
--- the policy's
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

---@class postoffice.policy.host_entry what a host's directory answers
---@field proxies? string[] its addresses, the primary one first or in upper case
---@field name? string
---@field where? string where it is declared
---@field id? string | number the same for the same entry
---@field targets? string[]
---@field keep? boolean it is a mailbox here, too
---@field members? string[] it is a list
---@field owner? string
---@field refuse? string | boolean it is a tombstone
--- nobody has the address; it is the only target of that entry, or of several
---@field target_of? postoffice.policy.host_entry | false
---@field stale? string why "not found" does not count

---@class postoffice.policy.function
---@field name string on.recipient, rewrite.to, ...
---@field file string
---@field line integer
---@field where string where its declaration is

---@class postoffice.policy.capabilities
---@field facts table<string, true> the fields of an envelope that may decide
---@field asks boolean functions run for an address: they may ask, and a route may yield
---@field functions postoffice.policy.function[] those that run, in file order
---@field questions string[] what functions ask the host, as far as their text names it
---@field all_questions boolean no question's name is computed
---@field owners boolean lists have owners, who are the senders to their members
---@field rewrites_senders boolean
---@field sets string[] the names of the sets of patterns
---@field dates boolean functions ask for dates
---@field demands postoffice.policy.demand[] what asks something of the host that not every host has

---@class postoffice.policy.demand
---@field word string of the language, or `function`
---@field name string
---@field where string
---@field field string what of it demands something: `senders`, `max_size`, `owner`, ...
---@field fact? string the field of an envelope that has to be told
---@field value? string of `speaks`; of `members`, who takes less mail

---@class postoffice.policy.explanation
---@field recipient string | postoffice.address
---@field steps table[]
---@field deliveries postoffice.policy.delivery[]
---@field revision string
---@field sentence string

---@class postoffice.policy.results
---@field passed integer
---@field failed integer tests, and claims that do not hold
---@field unproven integer how many of those are claims
---@field undecided integer how many of these are undecided
---@field counts string how many passed, failed and are undecided
---@field declared integer
---@field failures table[]
---@field uncovered table[]
---@field rules integer

---@class postoffice.policy.left_out
---@field file string
---@field line integer
---@field column? integer of what is wrong, in characters from 1
---@field title string
---@field message string the end of a sentence that begins with the title
---@field is_part? true all else of the entry counts

---@class postoffice.policy.skipped
---@field [integer] postoffice.policy.left_out
---@field count integer

---@class postoffice.policy.proof what is answered to a claim
---@field outcome "holds" | "fails" | "undecided"
---@field claim string
---@field sentence? string what is said beside the outcome
---@field why? string it is undecided
---@field where? string file and line of the rule that decided, or of the function that has a say
---@field witness? string the address by which it fails
---@field envelope? postoffice.policy.envelope
---@field given? string what functions were answered
---@field is_left_to_host? boolean the policy lets a stranger's mail leave: the host decides whether it may
---@field delivery? postoffice.policy.delivery
---@field explanation? postoffice.policy.explanation

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

---@param name string of an SMTP domain
---@return { name?: string, kind?: "local" | "relay" | "former", is_shell: boolean }?
function loaded:domain(name) end

---@param most integer
---@return { name: string, where: string, address: postoffice.address? }[] rows those that reach more
function loaded:expansions(most) end

---@param sender string | postoffice.address
---@param connector string
---@param envelope? postoffice.policy.envelope
---@return postoffice.address? address
---@return string? message
---@return string? code
function loaded:rewrite_sender(sender, connector, envelope) end

---@param sender string | postoffice.address
---@param connector string
---@param envelope? postoffice.policy.envelope
---@return postoffice.address? address
---@return string? message
---@return string? code
function loaded:sign_sender(sender, connector, envelope) end

---@return string[] names the first connector of each way in which senders are signed
function loaded:signers() end

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

---@return postoffice.policy.skipped
function loaded:skipped() end

---@param format "csv" | "ldif" | "exchange55" | "json"
---@param write? fun(text: string)
---@return string? text
---@return { name: string, where: string, message: string, is_written?: true }[] left
function loaded:export(format, write) end

---@return boolean
---@return string[] paths
function loaded:is_current() end

---@class postoffice.policy.published_entry
---@field name string
---@field proxies string[]
---@field keys { key: string, bare?: string }[] of the proxies
---@field targets string[]
---@field target_key? string
---@field keep boolean
---@field members? string[]
---@field owner? string
---@field refuse? string

---@param sink fun(entry: postoffice.policy.published_entry)
---@return string? text
---@return string? message
---@return string? code
function loaded:publication(sink) end

---@param options? { only?: string }
---@return postoffice.policy.results
function loaded:test(options) end

---@return postoffice.policy.finding[]
function loaded:check() end

---@param options? { seconds?: number }
---@return postoffice.policy.finding[]
---@return string[] undecided
function loaded:fixpoints(options) end

---@param claim string
---@param options? { seconds?: number, load?: fun(name: string): postoffice.policy.loaded?, string? }
---@return postoffice.policy.proof?
---@return string? message
---@return string? code
---@return integer? byte
function loaded:prove(claim, options) end

---@return { claim: string, where: string }[]
function loaded:claims() end

---@class postoffice.policy.node
---@field id string
---@field kind "addresses" | "directory" | "domain" | "connector" | "nexthop" | "postoffice" | "gateway" | "type"
---@field label string
---@field rule? string the file and line that declares it
---@field entries? integer of the directory
---@field is? "local" | "relay" | "former" of a domain
---@field speaks? string of a connector
---@field hop? postoffice.policy.hop of a next hop

---@class postoffice.policy.edge
---@field from string
---@field to string
---@field label? string
---@field space? string
---@field cost? number

---@class postoffice.policy.drawn
---@field nodes postoffice.policy.node[]
---@field edges postoffice.policy.edge[]

---@param options? { as?: "dot" | "table" }
---@return string | postoffice.policy.drawn dot
function loaded:graph(options) end

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

---@param text? string | { force?: boolean } a text in the place of the file's, or the options
---@param options? { force?: boolean }
---@return true?
---@return string revision or a message
---@return string? code
function live:reload(text, options) end

---@param check fun(policy: postoffice.policy.loaded): string?, string? a message and a code where it is unfit
---@return true?
---@return string? message
---@return string? code
function live:demand(check) end

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
---@field claim_seconds? number that a claim may take; 10 unless said
---@field pass_undecided? boolean a reload may leave claims undecided
---@field proven? boolean it was checked, tested and proven before, with all the people it asks for
--- finds entries by an address's key while mail is routed; it answers a host_entry
---@field directory? postoffice.policy.question | postoffice.policy.answer

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

---@param source string | (fun(): string?, string?, string?) a path, or what gives a text and a name
---@param options? postoffice.policy.options
---@return postoffice.policy.live?
---@return string? message
---@return string? code
function policy.open(source, options) end

---@param answer any
---@return string
function policy.json(answer) end

---@param path string
---@return boolean
function policy.is_compiled(path) end

---@param old postoffice.policy.loaded
---@param new postoffice.policy.loaded
---@param recipient postoffice.policy.recipient
---@param envelope? postoffice.policy.envelope
---@return table? change
function policy.diff(old, new, recipient, envelope) end

---@class postoffice.policy.changes
---@field changes table[] a witness of each change, what it came to before and after, and `others` that change so
---@field undecided string[] why classes are in doubt
---@field unfinished? string why not all classes were looked at
---@field dropped table[] domains at which the new policy does not encapsulate, sign or open any more

---@param old postoffice.policy.loaded
---@param new postoffice.policy.loaded
---@param options? { fixed?: table, seconds?: number, visit?: fun() }
---@return postoffice.policy.changes
function policy.changes(old, new, options) end

return policy
