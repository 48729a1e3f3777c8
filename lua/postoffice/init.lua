--- Mail addresses of every mail system: parse, format, validate, convert.
--
-- Needs the C core alone; policies are in `postoffice.policy`.
--
-- An **address** is a plain table: `type` and that type's fields (`localpart`
-- and `domain` for SMTP, `mailbox` and `postoffice` for CCMAIL, `dn` for EX
-- and X500, `value` for a type without a dialect), and what belongs to the
-- way it is written: `display_name`, `comment`, `route`, and `primary = false`
-- for a proxy whose prefix is not in upper case. Wherever an address is asked
-- for, a text that `parse` reads will do. A table can be built by hand; one that
-- could not be written and read back as it is, is bad data.
--
-- A **notation** is how an address of any type is written: `proxy`
-- (`TYPE:address`), `native` (the address alone), `oneoff` (`Name [TYPE:...]`),
-- `header` (an RFC 5322 mailbox) and `path` (`<user@domain>`, RFC 5321).
--
-- **Errors.** Bad data gives `nil, message, code, position` (`validate`:
-- `false, ...`): a constant sentence that says what to write, a stable slug,
-- and the 1-based byte of the text. A wrong Lua type and an unknown option
-- are a programmer's errors and raise.
--
-- **Unknown types.** A type that nobody registered is refused as `type-unknown`,
-- and the message names the type that was probably meant, unless the option
-- `unknown` is true; then the address is carried whole, in `value`. What `parse`
-- has read so is taken everywhere. For functions that take no such option there
-- is `postoffice.new { unknown = true }`.
--
-- **Profiles.** What a text may make use of beyond RFC 5321 is said by the option
-- `profile`: `smtp` (the wire: nothing), `header` (RFC 5322 without its section
-- 4), `obsolete` (with it, and lines that end in LF alone, as stored mail has
-- them) or `lenient` (what mail clients forgive). Without one, headers and lists
-- are read as `obsolete`, all else as `smtp`. A header that is guessed is read so,
-- too, but not if its address is none of the wire's: a domain literal (`u@[x y]`),
-- a route or controls in a local part that RFC 5322 alone has. A profile may be a
-- table of a name and switches, such as
-- `{ "header", comments = false, semicolons = true }`:
--
-- * from `header` on: `comments`, `folds`, `literals` (any domain literal),
--   `typed` (a DN or TYPE:address in angle brackets)
-- * from `obsolete` on: `lf_folds`, `blank_folds`, `controls`, `dotted_names`
--   (`John Q. Public <...>`), `localpart_words` (`"a".b@x`), `domain_words`
--   (`a@b . c`), `routes`, `empty_items`
-- * `lenient` alone: `dots` (`a..b@x`; Dovecot, MimeKit), `semicolons` (`a@x;
--   b@x`; Outlook), `comma_names` (`Lee, Kim <k@x>`; Nodemailer), `colon_names`
--   (`Re: Kim <k@x>`; Nodemailer), `bare_names` (`"Kim" k@x`; Outlook, Q184957),
--   `encoded_words` (that touch, or hold what names cannot; Thunderbird),
--   `comment_names` (a comment is the name where there is none; Outlook),
--   `address_names` (`k@x <k@x>`; Thunderbird), `open_groups` (`G: k@x`; GMime),
--   `brackets` (missing or doubled; Thunderbird), `square_brackets` (`Kim [k@x]`;
--   Outlook), `angle_lists` (`<a@x, b@x>`; MimeKit), `no_domain` (`kim`; GMime,
--   Cyrus), `trailing_dot` (`k@x.`; GMime), `mailto` (RFC 6068)
--
-- @module postoffice

local core = require "postoffice.core"

local postoffice = {}

local public = {
  "parse", "parse_list", "format", "format_list", "validate", "diagnose", "normalize", "key",
  "equal", "encapsulate", "decapsulate", "lines", "message", "codes", "types", "new", "_VERSION",
  "UNICODE",
}
for _, name in ipairs(public) do
  postoffice[name] = core[name]
end

--- Adds a type at run time; see `postoffice.define`.
-- @function define
-- @tparam table definition
postoffice.define = require "postoffice.define"

--- The version, as in "0.1.0".
-- @field _VERSION

--- The version of Unicode by which domains are judged, as in "12.0"; nil in a build without
-- libidn2, which knows no domain that is not ASCII.
-- @field UNICODE

--- By what `key` makes keys, as in "1/15.0": the number of its rule and the version of Unicode.  Keep it
-- beside keys that are kept: those of another version may not be found by keys of this one.
-- @field KEY_VERSION
postoffice.KEY_VERSION = core.KEY_RULE .. "/" .. (core.UNICODE or "ascii")

--- Reads an address.
--
-- Only what is certain is guessed, in this order: a one-off, if `[WORD:`
-- follows anything but `@` and `]` ends it; a proxy, if a known type and a
-- colon begin it; a header mailbox, a path or a bare address of SMTP; a
-- distinguished name. `user@domain at internet` is `type-ambiguous`. Nothing
-- is decapsulated on the way.
--
-- @function parse
-- @string text the address
-- @tparam[opt] table options `type` (what it has to be), `notation` (how it is
--   written), `profile`, `unknown` (true: carry a type that nobody registered
--   whole, in `value`)
-- @treturn table the address; or nil, message, code, position
-- @usage
-- local a = assert(postoffice.parse "[ccmail:user@domain at internet]")
-- a.type, a.mailbox, a.postoffice --> "CCMAIL", "user@domain", "internet"
-- tostring(a) --> "CCMAIL:user@domain at internet"
-- select(3, postoffice.parse "user@domain at internet") --> "type-ambiguous"
-- postoffice.parse("12 34", { type = "TELEX", unknown = true }).value --> "12 34"
-- select(3, postoffice.parse("12 34", { type = "TELEX" })) --> "type-unknown"

--- Reads a list of addresses, such as the value of a To field (RFC 5322 3.4).
--
-- One entry that cannot be read does not lose the others. A group is a table
-- `{ group = "Team", members = { ... } }`; empty items are none. The display names
-- are decoded (RFC 2047), and as they were written in `display_raw`. An encoded word in
-- a character set that is not known, or that says what no display should get, such as a
-- line end or a bidi control, stays as it is; `diagnose` notes it. A line end after the
-- value does not matter.
--
-- @function parse_list
-- @string text
-- @tparam[opt] table options as for `parse`; the notation is always header
-- @treturn table the addresses and groups in their order
-- @treturn table the errors in theirs: each has `code`, `message`, `position` and
--   `text`, the entry
-- @usage
-- local list, errors = postoffice.parse_list '"W C" <w@w.example>, "Last, First" (oops), "K A" <k@w.example>'
-- #list, list[2].display_name --> 2, "K A"
-- errors[1].code, errors[1].text --> "domain-missing", '"Last, First" (oops)'
-- local team = postoffice.parse_list("Team: a@b.c, =?utf-8?q?J=C3=B6rg?= <d@e.f>;")[1]
-- team.group, team.members[2].display_name --> "Team", "Jörg"
-- #postoffice.parse_list("a@x; b@x", { profile = "lenient" }) --> 2

--- Writes a list of addresses and groups for a header field (RFC 5322 3.4).
--
-- Lines are folded where a space stands, names quoted only where they need it;
-- names that are not ASCII, or look as if they were encoded, become encoded words
-- (RFC 2047). An addr-spec is never broken, nor obsolete syntax written, and what
-- would not be read back the same is refused: so is a source route. `display_raw`
-- does not count.
--
-- @function format_list
-- @tparam table list addresses (tables or texts) and groups, as from `parse_list`
-- @tparam[opt] table options `width` (octets of a line, 78; false: no folds), `column`
--   (where in its line the list begins, 0; 4 after "To: "), `utf8` (true: names as
--   they are, RFC 6532)
-- @treturn string the text, with CRLF; or nil, message, code, and which address or
--   group it is, as a number
-- @usage
-- local team = { group = "Team", members = { "lee@x.example" } }
-- postoffice.format_list { "kim@x.example", team } --> "kim@x.example, Team: lee@x.example;"
-- postoffice.format_list(postoffice.parse_list "Jörg <j@x.example>") --> "=?utf-8?b?SsO2cmc=?= <j@x.example>"
-- select(3, postoffice.format_list { "CCMAIL:Kim Lee at HQ" }) --> "notation-type"

--- Writes an address.
--
-- What could not be read back as it is gets refused, so that a table built by
-- hand is no way to inject a header or a command.
--
-- @function format
-- @tparam table|string address
-- @tparam[opt="proxy"] string|table notation or options: `notation`; for a type
--   that has several, `syntax` (X400: exchange, rfc1685, rfc2156, msmail); `unknown`
-- @treturn string the text; or nil, message, code
-- @usage
-- postoffice.format("X400:c=us;a= ;p=Org;s=Lee;", { syntax = "rfc2156" }) --> "X400:/S=Lee/PRMD=Org/ADMD= /C=us/"
-- postoffice.format { type = "SMTP", localpart = "a b", domain = "c.example" } --> 'SMTP:"a b"@c.example'
-- postoffice.format("CCMAIL:user@domain at internet", "oneoff") --> "[CCMAIL:user@domain at internet]"
-- select(3, postoffice.format { type = "SMTP", localpart = "a\r\n", domain = "b" }) --> "control-character"
-- select(3, postoffice.format { type = "SMTP", localpart = 12, domain = "b" }) --> "field-type"
-- postoffice.format({ type = "SMTP", localpart = "" }, "path") --> "<>"
-- select(3, postoffice.format({ type = "SMTP" }, "path")) --> "address-empty"

--- Judges an address: what `parse` reads, and the type's limits on lengths
-- and character sets (for SMTP those of RFC 5321 4.5.3.1). A domain label that is not
-- ASCII has to be a U-label once it is in NFC and lower case, one that begins with
-- xn-- an A-label (RFC 5890 2.3.2.1); lengths are those of A-labels.
--
-- @function validate
-- @tparam string|table address
-- @tparam[opt] table options as for `parse`
-- @treturn boolean true; or false, message, code, position
-- @usage
-- postoffice.validate "user@example.com" --> true
-- postoffice.validate("a@b..c", { type = "SMTP" }) --> false, "a domain label is empty", "domain-label-empty", 5
-- postoffice.validate "a@bücher.example" --> true
-- select(3, postoffice.validate "a@b．c.example") --> "domain-label-disallowed"

--- Grades an address and lists everything there is to say about it.
--
-- A finding is a table: `code`, `severity` ("error": `validate` refuses it, or
-- "note"), `message`, `source` (where the rule stands, unless it is the library's own
-- or that of a type defined in Lua), and for a text `position`.
--
-- @function diagnose
-- @tparam string|table address
-- @tparam[opt] table options as for `parse`
-- @treturn string the grade of an SMTP address, from the best: "ok"; "5321" (allowed
--   and unusual); "cfws" (RFC 5322 has it: comments, folds); "deprecated" (RFC 5322's
--   section 4 has it); "5322" (no address of SMTP, though it can be read); "error" (it
--   cannot). For other types "ok", "unusual", "cfws", "limits", "error"
-- @treturn table the findings
-- @usage
-- local grade, findings = postoffice.diagnose "a@b"
-- grade, findings[1].code, findings[1].severity --> "5321", "domain-single-label", "note"
-- postoffice.diagnose "user@example.com" --> "ok", {}
-- (postoffice.diagnose "user@a_b.example") --> "5322"
-- (postoffice.diagnose "user(Kim)@example.com") --> "deprecated"
-- select(2, postoffice.diagnose "CCMAIL:Kim Lee")[1].code --> "ccmail-bare"
-- select(2, postoffice.diagnose "CCMAIL:Kim Lee")[1].source --> "Q184052"

--- Writes an address in its preferred spelling and in the notation it came
-- in, with no table made on the way. The case of a local part is kept. A domain
-- is in lower case, and in NFC where it is not ASCII.
--
-- @function normalize
-- @string text
-- @tparam[opt] table options as for `parse`; `idn` ("ascii": U-labels of a domain become
--   A-labels, "unicode": A-labels U-labels)
-- @treturn string the text; or nil, message, code, position
-- @usage
-- postoffice.normalize "smtp:User@EXAMPLE.com" --> "smtp:User@example.com"
-- postoffice.normalize "[ccmail:Smith,  John AT HQ]" --> "[CCMAIL:Smith, John at HQ]"
-- postoffice.normalize("Kim@BÜCHER.example", { idn = "ascii" }) --> "Kim@xn--bcher-kva.example"
-- postoffice.normalize("kim@xn--bcher-kva.example", { idn = "unicode" }) --> "kim@bücher.example"

--- The text that is the same for all spellings of one mailbox, by the rules of
-- its type; names and comments do not count. Domains are in A-labels.
--
-- @function key
-- @tparam table|string address
-- @treturn string the key; or nil, message, code, position: what could not be
--   written has none, nor has a domain that is neither ASCII nor valid
-- @usage
-- postoffice.key "CCMAIL:Smith, John at HQ" --> "CCMAIL:john smith at hq"
-- postoffice.key "X500:/o=Org/cn=A" --> "EX:/o=org/cn=a"
-- postoffice.key "kim@bücher.example" --> "SMTP:kim@xn--bcher-kva.example"

--- Whether two addresses have the same key. So has `a == b` where both are
-- addresses that `parse` made.
--
-- @function equal
-- @tparam table|string x
-- @tparam table|string y
-- @treturn boolean or nil, message, code, position
-- @usage
-- postoffice.equal("CCMAIL:John Smith at A", "ccmail:Smith, John AT a") --> true

--- Judges or writes the addresses of many lines at once, several times as fast
-- as line by line: no line that is good becomes a value of Lua.
--
-- A line ends with LF, or CR and LF; whatever else it holds, NUL too, is its
-- address. Empty lines are passed over. The last line is taken only with its
-- end: what stands after it comes back as the rest, to be put before the next
-- block. So blocks may be cut anywhere.
--
-- Rows end with LF. For "validate" each line has one, good or bad, of four fields
-- with tabs between them: the address, `valid` or `invalid`, the code, the byte;
-- `-` for none. A backslash of the address is doubled, and what a terminal acts on
-- or does not show (controls, format characters, bytes that are no UTF-8) is
-- written `\t`, `\n`, `\r` or `\x1b`; so is an address of one `-`. For "normalize" and
-- "key" a row is what these functions return, with control characters of ASCII
-- written so; a bad line has no row. Other lines are read whatever is wrong with
-- one.
--
-- An error is a table: `line` (its number in the block), `text`, `message`, `code`,
-- `position`, and `written`: so many bytes of the rows stand before what follows.
--
-- @function lines
-- @string block lines of text; 64 KiB are a good size
-- @string what "validate", "normalize" or "key"
-- @tparam[opt] table options as for `parse`; for "normalize" `idn`, too
-- @treturn string the rows
-- @treturn table the errors, in the order of their lines
-- @treturn string the rest
-- @treturn number how many lines ended in the block
-- @treturn number how many of them were not empty
-- @usage
-- local rows, errors, rest = postoffice.lines("Kim@EXAMPLE.com\n\na@b..c\nsmtp:x", "normalize")
-- rows, rest --> "Kim@example.com\n", "smtp:x"
-- errors[1].line, errors[1].text, errors[1].code --> 3, "a@b..c", "domain-label-empty"
-- (postoffice.lines("a@b..c\n", "validate")) --> "a@b..c\tinvalid\tdomain-label-empty\t5\n"
-- (postoffice.lines("Lee at HQ\r\n", "key", { type = "CCMAIL" })) --> "CCMAIL:lee at hq\n"
-- @usage
-- local function keys(stream, write)
--   local rest, rows = ""
--   for block in function() return stream:read(65536) end do
--     rows, _, rest = postoffice.lines(rest .. block, "key")
--     write(rows)
--   end
--   write((postoffice.lines(rest .. "\n", "key")))
-- end

--- Carries an address whole inside another type: any type in SMTP (IMCEA,
-- MS-OXCMAIL 2.1.3.1.8), SMTP at a gateway's place in CCMAIL (Q184994), NOTES
-- (Q246434), MS, PCM, GWISE, GROUPWISE, MSMAIL and MSA, and in a domain-defined
-- attribute of X400 SMTP (RFC 2156 4.3.1, Q255024), MS (Q177869) and EX
-- (Q229728). `decapsulate` undoes it. X400 holds ASCII alone: U-labels are carried
-- as their A-labels.
--
-- In X400, a `dda1_type` without a value says which attribute carries; else it
-- is RFC-822, MS or MSXCHNGE by the type. Each attribute that can carry may stand
-- once, and an address has one of them: another one would come to life when the
-- first is taken out, so that both functions refuse it, `encapsulation-ambiguous`.
--
-- @function encapsulate
-- @tparam table|string address
-- @string type such as "SMTP", "CCMAIL" or "X400"; others carry nothing, `encapsulation-type`
-- @tparam table options `domain` for SMTP and NOTES, `postoffice` for CCMAIL, with
--   `network` for MS and PCM, with `domain` for GWISE and GROUPWISE, `server` for MSMAIL and MSA, the
--   gateway's attributes for X400, whose `dda1_type` says how: "RFC-822"
--   (encoded; the default) or "SMTP" (as it is)
-- @treturn table the address that carries it; or nil, message, code
-- @usage
-- local inner = postoffice.parse "[ccmail:user@domain at internet]"
-- local outer = postoffice.encapsulate(inner, "SMTP", { domain = "example.com" })
-- postoffice.format(outer, "native") --> "IMCEACCMAIL-user+40domain+20at+20internet@example.com"
-- tostring(postoffice.encapsulate("a@b.c", "NOTES", { domain = "NET" })) --> "NOTES:a@b.c@NET"
-- select(3, postoffice.encapsulate(inner, "EX", {})) --> "encapsulation-type"

--- Opens what `encapsulate` closed, in one pass and any letter case.
--
-- IMCEAINVALID is never opened.
--
-- @function decapsulate
-- @tparam table|string address
-- @tparam[opt] table options `all`: true to peel shell after shell, 16 at most
-- @treturn table the address inside; or nil, message, code: "not-encapsulated"
--   where there is none
-- @treturn table the shell: `encapsulate(inner, shell.type, shell)` closes it
--   again; with `all` an array of them, outermost first
-- @usage
-- tostring(postoffice.decapsulate("IMCEACCMAIL-a+40b+20at+20internet@x", { all = true })) --> "SMTP:a@b"
-- local inner, shell = postoffice.decapsulate "CCMAIL:user@domain at internet"
-- tostring(inner), shell.type, shell.postoffice --> "SMTP:user@domain", "CCMAIL", "internet"
-- select(3, postoffice.decapsulate "IMCEAINVALID-x@example.com") --> "imcea-invalid"

--- The sentence that belongs to a code.
--
-- @function message
-- @string code
-- @treturn string the sentence, or nil
-- @treturn string its RFC 3463 status, where it has one
-- @usage
-- postoffice.message "recipient-unknown" --> "nobody here has this address", "5.1.1"

--- Every code there is.
--
-- @function codes
-- @treturn table an array of slugs

--- The types that have a dialect.
--
-- @function types
-- @treturn table an array of names
-- @usage
-- postoffice.types()[1] --> "SMTP"

--- The same functions with the options of `parse` checked once and bound: a
-- fresh options table costs more than the work.
--
-- @function new
-- @tparam table options as for `parse`
-- @treturn table
-- @usage
-- local ccmail = postoffice.new { type = "CCMAIL" }
-- ccmail.parse("user@domain at internet").postoffice --> "internet"

return postoffice
