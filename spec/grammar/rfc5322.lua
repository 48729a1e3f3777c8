--- RFC 5322's addresses as RFC 6532 extends them, rule by rule, in LPeg: the
-- judge that knows nothing of the C parser.
--
-- Lines that begin with `--|` are the RFC's ABNF; `spec.grammar.abnf` reads
-- them, and the spec holds each LPeg rule to its ABNF.  Three things differ,
-- because LPeg takes the first alternative and never comes back for another:
-- the longer of two alternatives stands first; what follows decides, where two
-- begin alike; a comment is scanned with a counter, not by recursion.
--
--    rfc5322.new { obsolete = true }   -- with section 4; without it, section 3
--      .mailbox(text), .address_list(text), .addr_spec(text): structure or nil
local lpeg = require "lpeg"
local utf8_non_ascii = require "spec.grammar.rfc6532".utf8_non_ascii
local P, R, S = lpeg.P, lpeg.R, lpeg.S
local C, Cc, Cg, Cmt, Cp, Cs, Ct = lpeg.C, lpeg.Cc, lpeg.Cg, lpeg.Cmt, lpeg.Cp, lpeg.Cs, lpeg.Ct

local rfc5322 = {}

-- RFC 5234 B.1
--| ALPHA = %x41-5A / %x61-7A
--| DIGIT = %x30-39
--| DQUOTE = %x22
--| CR = %x0D
--| LF = %x0A
--| CRLF = CR LF
--| WSP = %x20 / %x09
--| VCHAR = %x21-7E
-- RFC 6532 3.2
--| VCHAR =/ UTF8-non-ascii
local DQUOTE, CRLF, WSP = P '"', P "\r\n", S " \t"
local VCHAR = R "!~" + utf8_non_ascii

-- 4.1
--| obs-NO-WS-CTL = %d1-8 / %d11 / %d12 / %d14-31 / %d127
local obs_no_ws_ctl = R("\1\8", "\11\12", "\14\31") + P "\127"

-- 3.2.3, RFC 6532 3.2
--| atext = ALPHA / DIGIT / "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" /
--|         "-" / "/" / "=" / "?" / "^" / "_" / "`" / "{" / "|" / "}" / "~"
--| atext =/ UTF8-non-ascii
rfc5322.atext = R("AZ", "az", "09") + S "!#$%&'*+-/=?^_`{|}~" + utf8_non_ascii

-- A token of a part is a word's value (a string), a comment (a table) or GAP,
-- which stands for a run of CFWS: "semantically a single space" (3.2.2).
local GAP = false

local function unfold(text)
  return (text:gsub("\r\n", ""))
end

--- The comment that starts here, in one pass whatever its depth: `run` is all
-- that may stand between two parentheses of a comment.
local function nested(run)
  run = Cs(run) * Cp()
  return function(subject, at)
    local depth, parts = 1, {}
    while true do
      local text, stop = run:match(subject, at)
      local paren = subject:sub(stop, stop)
      parts[#parts + 1] = text
      at = stop + 1
      if paren == "(" then
        depth = depth + 1
      elseif paren ~= ")" then
        return false
      else
        depth = depth - 1
      end
      if depth == 0 then
        return at, { comment = table.concat(parts) }
      end
      parts[#parts + 1] = paren
    end
  end
end

--- The value of a phrase: its words, one space where CFWS stood between two.
local function phrase_of(tokens)
  local parts, gap = {}, false
  for _, token in ipairs(tokens) do
    if type(token) == "string" then
      parts[#parts + 1] = (gap and #parts > 0) and " " .. token or token
    end
    gap = type(token) ~= "string"
  end
  return table.concat(parts)
end

--- The value of a local part, a domain or a route: its words, nothing between.
local function value_of(tokens)
  local words = {}
  for _, token in ipairs(tokens) do
    if type(token) == "string" then
      words[#words + 1] = token
    end
  end
  return table.concat(words)
end

local VALUES = { display_name = phrase_of, localpart = value_of, domain = value_of,
  route = value_of }

--- The values of a part's comments are added to a list.
local function gather_comments(part, comments)
  for _, token in ipairs(part) do
    if type(token) == "table" then
      comments[#comments + 1] = token.comment
    end
  end
end

--- A mailbox from its parts, in order; `parts` keeps them: each has a name,
-- `first` and `last` (the bytes it covers, CFWS and all) and tokens.
local function mailbox_of(parts)
  local mailbox = { position = parts.position, comments = {}, parts = {} }
  for _, part in ipairs(parts) do
    gather_comments(part, mailbox.comments)
    if part.name then
      mailbox[part.name] = VALUES[part.name](part)
      mailbox.parts[part.name] = part
    end
  end
  return mailbox
end

--- A part of a mailbox.
local function part(name, pattern)
  return Ct(Cg(Cc(name), "name") * Cg(Cp(), "first") * pattern
    * Cg(Cp() / function(at)
      return at - 1
    end, "last"))
end

local function group_of(group)
  return { group = phrase_of(group[1]), position = group.position, members = group.members }
end

--- The grammar; `options.obsolete` says whether section 4 is part of it.
function rfc5322.new(options)
  local obsolete = options.obsolete

  --- An alternative of section 4.
  local function obs(pattern)
    return obsolete and pattern or P(false)
  end

  -- 3.2.2, 4.2 as erratum 1908 mends it: without it no text could begin with two
  -- folds, though "any amount of folding white space MAY be inserted".  "CFWS MUST
  -- NOT be inserted in such a way that any line of a folded header field is made up
  -- entirely of WSP characters and nothing else": the last alternative but one.
  --| FWS = ([*WSP CRLF] 1*WSP) / obs-FWS
  --| obs-FWS = 1*([CRLF] WSP)
  local fold = WSP ^ 0 * CRLF * WSP ^ 1
  local fws = obsolete and (CRLF ^ -1 * WSP) ^ 1
    or fold * -CRLF * -P(-1) + WSP ^ 1 * -CRLF
  local fws_text = fws / unfold

  -- 3.2.1
  --| quoted-pair = ("\" (VCHAR / WSP)) / obs-qp
  --| obs-qp = "\" (%d0 / obs-NO-WS-CTL / LF / CR)
  local quoted_pair = P "\\" / "" * (VCHAR + WSP + obs(P "\0" + obs_no_ws_ctl + S "\r\n"))

  -- 3.2.2
  --| ctext = %d33-39 / %d42-91 / %d93-126 / obs-ctext
  --| ctext =/ UTF8-non-ascii
  --| obs-ctext = obs-NO-WS-CTL
  local ctext = R("!'", "*[", "]~") + utf8_non_ascii + obs(obs_no_ws_ctl)
  --| ccontent = ctext / quoted-pair / comment
  --| comment = "(" *([FWS] ccontent) [FWS] ")"
  local comment = Cmt("(", nested((fws_text ^ -1 * (ctext + quoted_pair)) ^ 0 * fws_text ^ -1))
  --| CFWS = (1*([FWS] comment) [FWS]) / FWS
  local cfws = ((fws ^ -1 * comment) ^ 1 * fws ^ -1 + fws) * Cc(GAP)
  local some_cfws = cfws ^ -1

  -- 3.2.3
  --| atom = [CFWS] 1*atext [CFWS]
  local atext = rfc5322.atext
  local atom = some_cfws * C(atext ^ 1) * some_cfws
  --| dot-atom-text = 1*atext *("." 1*atext)
  local dot_atom_text = atext ^ 1 * ("." * atext ^ 1) ^ 0
  --| dot-atom = [CFWS] dot-atom-text [CFWS]
  local dot_atom = some_cfws * C(dot_atom_text) * some_cfws

  -- 3.2.4
  --| qtext = %d33 / %d35-91 / %d93-126 / obs-qtext
  --| qtext =/ UTF8-non-ascii
  --| obs-qtext = obs-NO-WS-CTL
  local qtext = P "!" + R("#[", "]~") + utf8_non_ascii + obs(obs_no_ws_ctl)
  --| qcontent = qtext / quoted-pair
  local qcontent = qtext + quoted_pair
  --| quoted-string = [CFWS] DQUOTE *([FWS] qcontent) [FWS] DQUOTE [CFWS]
  local quoted_string = some_cfws * DQUOTE * Cs((fws_text ^ -1 * qcontent) ^ 0 * fws_text ^ -1)
    * DQUOTE * some_cfws

  -- 3.2.5, 4.1
  --| word = atom / quoted-string
  local word = atom + quoted_string
  --| phrase = 1*word / obs-phrase
  --| obs-phrase = word *(word / "." / CFWS)
  local phrase = obs(word * (word + C "." + cfws) ^ 0) + word ^ 1

  -- 3.4.1, 4.4
  --| local-part = dot-atom / quoted-string / obs-local-part
  --| obs-local-part = word *("." word)
  local local_part = part("localpart", dot_atom * #P "@" + quoted_string * #P "@"
    + obs(word * (C "." * word) ^ 0))
  --| dtext = %d33-90 / %d94-126 / obs-dtext
  --| dtext =/ UTF8-non-ascii
  --| obs-dtext = obs-NO-WS-CTL / quoted-pair
  local dtext = R("!Z", "^~") + utf8_non_ascii + obs(obs_no_ws_ctl + quoted_pair)
  --| domain-literal = [CFWS] "[" *([FWS] dtext) [FWS] "]" [CFWS]
  local domain_literal = some_cfws
    * Cs("[" * (fws_text ^ -1 * dtext) ^ 0 * fws_text ^ -1 * "]") * some_cfws
  --| domain = dot-atom / domain-literal / obs-domain
  --| obs-domain = atom *("." atom)
  local domain_tokens = dot_atom * -P "." + domain_literal + obs(atom * (C "." * atom) ^ 0)
  local domain = part("domain", domain_tokens)
  --| addr-spec = local-part "@" domain
  local addr_spec = local_part * "@" * domain

  -- 3.4, 4.4
  --| angle-addr = [CFWS] "<" addr-spec ">" [CFWS] / obs-angle-addr
  --| obs-angle-addr = [CFWS] "<" obs-route addr-spec ">" [CFWS]
  --| obs-route = obs-domain-list ":"
  --| obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
  local obs_domain_list = (cfws + C ",") ^ 0 * C "@" * domain_tokens
    * (C "," * some_cfws * (C "@" * domain_tokens) ^ -1) ^ 0
  local obs_route = part("route", obs_domain_list) * ":"
  local around = Ct(some_cfws)
  local angle_addr = around * "<" * (addr_spec + obs(obs_route * addr_spec)) * ">" * around
  --| display-name = phrase
  local display_name = part("display_name", phrase)
  --| name-addr = [display-name] angle-addr
  local name_addr = display_name ^ -1 * angle_addr
  --| mailbox = name-addr / addr-spec
  local mailbox = Ct(Cg(Cp(), "position") * (name_addr + addr_spec)) / mailbox_of
  --| mailbox-list = (mailbox *("," mailbox)) / obs-mbox-list
  --| obs-mbox-list = *([CFWS] ",") mailbox *("," [mailbox / CFWS])
  local nothing = cfws / 0
  local function list_of(item)
    return obs((nothing ^ -1 * ",") ^ 0 * item * ("," * (item + nothing) ^ -1) ^ 0)
      + item * ("," * item) ^ 0
  end
  local mailbox_list = list_of(mailbox)
  --| group-list = mailbox-list / CFWS / obs-group-list
  --| obs-group-list = 1*([CFWS] ",") [CFWS]
  local group_list = mailbox_list + obs((nothing ^ -1 * ",") ^ 1 * nothing ^ -1) + nothing
  --| group = display-name ":" [group-list] ";" [CFWS]
  local group = Ct(Cg(Cp(), "position") * display_name * ":"
    * Cg(Ct(group_list ^ -1), "members") * ";" * nothing ^ -1) / group_of
  --| address = mailbox / group
  local address = mailbox + group
  --| address-list = (address *("," address)) / obs-addr-list
  --| obs-addr-list = *([CFWS] ",") address *("," [address / CFWS])
  local address_list = list_of(address)

  local function whole(pattern)
    pattern = pattern * -1
    return function(text)
      return pattern:match(text)
    end
  end
  return {
    mailbox = whole(mailbox),
    address_list = whole(Ct(address_list)),
    mailbox_list = whole(Ct(mailbox_list)),
    group = whole(group),
    addr_spec = whole(Ct(Cg(Cp(), "position") * addr_spec) / mailbox_of),
  }
end

return rfc5322
