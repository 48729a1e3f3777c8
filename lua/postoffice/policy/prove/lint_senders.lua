--- What is probably wrong with how senders are handed over, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_senders

local addresses = require "postoffice.address"
local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local fields = require "postoffice.policy.pattern.fields"
local fold = require "postoffice.text.domain".fold
local outbound = require "postoffice.policy.compile.outbound"
local patience = require "postoffice.policy.prove.patience"
local samples = require "postoffice.policy.prove.samples"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.prove.sets"
local write = addresses.show
local writers = require "postoffice.policy.prove.writers"

-- ---- Rules -------------------------------------------------------------------

local MOST_TRIED = 40 -- senders that a rule matches, of whom one may be moved

-- A domain's pieces as one text, in which names and wildcards are what they are.
local function domain_text(pieces)
  local texts = {}
  for i, piece in ipairs(pieces or {}) do
    texts[i] = type(piece) == "string" and (fold(piece) or piece)
      or "\0" .. (piece.name or "\0" .. piece.kind) .. "\0"
  end
  return table.concat(texts)
end

-- Whether a rule moves senders of SMTP from one domain to another.
local function moves(rule)
  local matcher, template = rule.matcher, rule.template
  if matcher.family ~= "SMTP" or template.type ~= "SMTP" then return false end
  if matcher.whole ~= nil or not template.fields then return false end
  local from = fields.of(matcher, "domain")
  return not from or domain_text(from.pieces) ~= domain_text(template.fields.domain)
end

-- What a sender becomes before a connector gets it, or in headers without one; and the declaration of the
-- rule that it is by, if it is by one.
local function heard(compiled, address, connector)
  local made, declaration = senders.find(compiled.senders, address, connector and connector.folded)
  if made then return made, declaration end
  return compiled.outbound and outbound.find(compiled, address, connector) or address
end

-- Whether a connector hears somebody at another domain than theirs, and than headers show, by the rule of
-- a declaration, or by none.
local function is_moved(compiled, declaration, connector, address)
  if not address.localpart:find "%w" then return false end -- no mailbox is called like that
  if not connectors.accepts(connector, address, false) then return false end
  local made, by = heard(compiled, address, connector)
  if by ~= declaration then return false end
  local shown, domain = heard(compiled, address), fold(made.domain or "")
  return domain ~= fold(address.domain or "") and domain ~= fold(shown.domain or ""), made
end

-- The rules of which some senders may be that a rule matches, for a connector, in their order.
local function near_rules(look, rule, connector)
  local list = writers.rules_for(look.anchors:near(rule), connector, "SMTP")
  table.sort(list, function(a, b) return look.order[a] < look.order[b] end)
  return list
end

-- The senders that a connector's guard and the rules before one leave to that, in parts: those that no rule
-- for headers is about, and those that one is; and the patterns that they are told by.  Nil if that cannot
-- be told.
local function parts_left_to(look, rule, connector)
  local matched, before, shown, patterns = sets.of_pattern(rule.matcher), { sets.nothing }, {}, {}
  if not matched then return nil end
  for i, other in ipairs(near_rules(look, rule, connector)) do
    patterns[i] = other.matcher
    local is_before = look.order[other] < look.order[rule]
    local list = is_before and before or not other.at and shown or {}
    list[#list + 1] = sets.of_pattern(other.matcher)
  end
  local accepted = writers.accepted(connector, "SMTP", matched)
  return sets.parts(sets.difference(accepted, sets.union(before)), shown), patterns
end

-- Whether a rule moves somebody of a set before a connector gets that; nil if that cannot be told.
local function moves_one_of(look, set, patterns, rule, connector)
  local tried, is_found = 0, false
  local text = allowance.ask(look.allowance, patterns, function(work)
    return sets.witness(set, work, function(_, address)
      tried, is_found = tried + 1, is_moved(look.compiled, rule.declaration, connector, address)
      return is_found or tried == MOST_TRIED
    end)
  end)
  if text == nil then return nil end
  return is_found
end

-- Whether a rule moves somebody before a connector gets that, or whether that cannot be told.
local function moves_some(look, rule, connector)
  local address = samples.of_matcher(rule.matcher)
  if address and is_moved(look.compiled, rule.declaration, connector, address) then return true end
  local parts, patterns = parts_left_to(look, rule, connector)
  for _, set in ipairs(parts or {}) do
    if moves_one_of(look, set, patterns, rule, connector) ~= false then return true end
  end
  return parts == nil
end

local UNALIGNED = "changes the domain of senders in the envelope alone%s: SPF then speaks for a"
  .. " domain that From does not show (RFC 7489 3.1)"

-- Whether a connector's hop may ask by SPF who sent its mail.
local function is_smtp(connector) return not connector.speaks or connector.speaks == "SMTP" end

-- Tells of a rule for some connectors that moves somebody before one of those that speak SMTP.
local function find_moving(look, rule, field, find)
  for _, connector in ipairs(connectors.all(look.compiled.connectors)) do
    if is_smtp(connector) and rule.at[connector.folded] and moves_some(look, rule, connector) then
      find("warning", "sender-unaligned", rule.declaration, UNALIGNED:format "",
        ("leave out %s, so that rewrite_header changes From, too"):format(field))
      return
    end
  end
end

-- What is for some connectors does not hold for headers.
local function find_unaligned(compiled, find)
  local rules, order = writers.rules(compiled), {}
  for i, rule in ipairs(rules) do order[rule] = i end
  local look = {
    compiled = compiled, allowance = allowance.new(), anchors = anchors.new(rules), order = order,
  }
  for _, rule in ipairs(rules) do
    local field = rule.declaration.word == "rewrite" and "at" or "by"
    if rule.at and moves(rule) then find_moving(look, rule, field, find) end
  end
end

-- ---- Entries -----------------------------------------------------------------

-- The connectors that show primary addresses, whatever others do.
local function outbound_connectors(compiled)
  local list = {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.outbound == "primary" and is_smtp(connector) then list[#list + 1] = connector end
  end
  return list
end

-- Tells of a connector that alone shows the primary address of an entry, at another domain; whether it does.
local function find_alone(compiled, entry, connector, find)
  for _, proxy in ipairs(directory.proxies(compiled.directory, entry)) do
    local address = addresses.bare(proxy)
    local is_so, made = false, nil
    if address.type == "SMTP" then is_so, made = is_moved(compiled, nil, connector, address) end
    if is_so then
      find("warning", "sender-unaligned", connector.declaration,
        UNALIGNED:format((", as %s to %s"):format(write(address), write(made))),
        "say outbound in settings or the domain, so that rewrite_header changes From, too")
      return true
    end
  end
  return false
end

-- The folded names of the connectors that rules are for, each once; false for those that no rule names.
local function named_by(rules)
  local names, seen = { false }, {}
  for _, rule in ipairs(rules) do
    for name in pairs(rule.at or {}) do
      if not seen[name] then names[#names + 1] = name end
      seen[name] = true
    end
  end
  return names
end

-- An entry whose sender a rule turns into another entry's address before a connector gets it.  A rule
-- that makes one address of all is meant to.
local function find_confused(compiled, entry, address, name, told, find)
  local made, declaration = senders.find(compiled.senders, address, name or nil)
  if not made or told[declaration] or declaration.word ~= "rewrite_sender" then return end
  local key = core.key(made)
  local other = key and directory.find(compiled.directory, key)
  if not other or other == entry or not declaration.fields.to:find("{", 1, true) then return end
  told[declaration] = true
  local entries = compiled.directory
  find("warning", "sender-confused", declaration,
    ('gives "%s", who writes from %s, the address of "%s", %s'):format(
      directory.name(entries, entry), write(address), directory.name(entries, other), write(made)),
    ('put rewrite_sender "%s" { to = ... } before it'):format(core.format(address) or "..."))
end

-- Holds the addresses of an entry to the rules there are for connectors.
local function find_confused_in(compiled, entry, names, told, find)
  for _, proxy in ipairs(directory.proxies(compiled.directory, entry)) do
    local address = addresses.bare(proxy)
    for _, name in ipairs(names) do
      find_confused(compiled, entry, address, name, told, find)
    end
  end
end

-- What is found entry by entry, as long as there is time; of each connector once.
local function find_in_entries(policy, find)
  local compiled, told = policy.compiled, {}
  local alone, rules = outbound_connectors(compiled), senders.one_way(compiled.senders)
  local names = named_by(rules)
  if #alone == 0 and #rules == 0 then return end
  for entry in directory.each(compiled.directory) do
    if patience.is_over(policy) then return end -- which the next to look at entries tells
    for i = #alone, 1, -1 do
      if find_alone(compiled, entry, alone[i], find) then table.remove(alone, i) end
    end
    if #rules > 0 then find_confused_in(compiled, entry, names, told, find) end
  end
end

--- Finds it.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_senders(policy, find)
  find_unaligned(policy.compiled, find)
  find_in_entries(policy, find)
end

return lint_senders
