--- What is probably wrong with how senders are handed over, for `postoffice.policy.prove.lint`.
-- @module postoffice.policy.prove.lint_senders

local addresses = require "postoffice.address"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local fields = require "postoffice.policy.pattern.fields"
local fold = require "postoffice.text.domain".fold
local lists = require "postoffice.lists"
local patience = require "postoffice.policy.prove.patience"
local senders = require "postoffice.policy.compile.senders"
local write = addresses.show

-- ---- What a next hop cannot say ----------------------------------------------

-- The types that senders have, each with the connector that brings them: it speaks the type, or
-- has a space of it, whence there may be answers; and which of them are spoken.  Whoever is at a
-- domain of ours is of SMTP.
local function types_of_senders(compiled)
  local brings, spoken = {}, {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.speaks then
      brings[connector.speaks], spoken[connector.speaks] = connector, true
    else
      for _, space in ipairs(connector.spaces) do
        brings[space.type] = brings[space.type] or connector
      end
    end
  end
  if domains.home(compiled.domains) then brings.SMTP, spoken.SMTP = brings.SMTP or true, true end
  return brings, spoken
end

local EVERY = {} -- among names of connectors: for all of them
local ALL = { [EVERY] = true }

-- The connectors before which rules turn senders into others, by the senders' families: a set of
-- folded names.
local function ruled_connectors(compiled)
  local ruled = {}
  for _, list in ipairs { senders.one_way(compiled.senders), senders.both(compiled.senders) } do
    for _, rule in ipairs(list) do
      local family = rule.matcher.family
      ruled[family] = ruled[family] or {}
      for name in pairs(rule.at or ALL) do ruled[family][name] = true end
    end
  end
  return ruled
end

-- Whether a rule turns senders of a family into others before a connector gets them.
local function are_ruled(ruled, connector, family)
  local names = ruled[family]
  return names ~= nil and (names[EVERY] or names[connector.folded]) == true
end

local function can_say(compiled, connector, type_name)
  if connectors.can_say(connector, type_name) then return true end
  return domains.opener(compiled.domains, type_name) ~= nil
    and connectors.can_say(connector, "SMTP") -- in two layers, if it speaks another type
end

-- What connectors bring, as a message lists it: `CCMAIL (connector "hq"), SMTP (our domains)`.
local function listed(types, brings)
  local texts = {}
  for i, type_name in ipairs(types) do
    local bringer = brings[type_name]
    texts[i] = ("%s (%s)"):format(type_name,
      bringer == true and "our domains" or ('connector "%s"'):format(bringer.name))
  end
  return table.concat(texts, ", ")
end

-- The types of senders that come to a connector and are not its own.
local function types_that_come(look, connector)
  local types, own = {}, families.of(connector.speaks)
  for _, type_name in ipairs(look.types) do
    local family = families.of(type_name)
    if family ~= own and connectors.may_accept(connector, family)
      and not are_ruled(look.ruled, connector, family) then
      types[#types + 1] = type_name
    end
  end
  return types
end

local CANNOT = "speaks %s, in which senders of these types cannot be said unless the directory has"
  .. " another address of theirs: %s"

-- A hop that cannot say senders that come to it: a warning where that is easily mended.
local function find_unsayable(connector, types, brings, advice, find)
  if #types == 0 then return end
  find(advice and "warning" or "note", "sender-unsayable", connector.declaration,
    CANNOT:format(connector.speaks, listed(types, brings)),
    advice or "turn them into others by rewrite_sender, or leave it if none of them writes there")
end

-- What to write so that a local domain takes senders of these types out of their encapsulation.
local function to_unwrap(types)
  return ('add unwrap = { "%s" } to a local domain'):format(table.concat(types, '", "'))
end

-- Senders that are carried where nothing takes them out again: answers need leave to relay.
local function find_unopened(connector, types, brings, find)
  if #types == 0 then return end
  local name = connector.wrap.domain
  find("warning", "sender-unopened", connector.declaration,
    ("carries senders of these types at %s, where no answer to them is taken out again: %s"):format(
      name, listed(types, brings)), to_unwrap(types))
end

-- Whether a local domain takes senders out again that a connector of SMTP carries.
local function is_opened(compiled, connector, type_name)
  if connector.speaks ~= "SMTP" or domains.opener(compiled.domains, type_name) then return true end
  local name = fold(connector.wrap.domain)
  local domain = name and domains.find_name(compiled.domains, name)
  return domain ~= nil and domain.kind == "local" and domains.unwraps(domain, type_name)
end

-- By what makes a connector say senders of a type that it cannot: `wrap`, which it lacks; `unwrap`,
-- by which our domain opens what SMTP carries, where the hop's type carries that; or nothing.
local function mended_by(compiled, connector, type_name)
  if connectors.can_carry(connector, type_name) then return "wrap" end
  if not connectors.can_carry(connector, "SMTP") then return nil end
  return domains.opener(compiled.domains, type_name) and "wrap" or "unwrap"
end

-- Holds a connector to the senders that come to it.  Those that nobody speaks may never write.
local function find_unanswerable(look, connector, find)
  local compiled, brings, spoken = look.compiled, look.brings, look.spoken
  local by, unsaid, unopened = { wrap = {}, unwrap = {} }, {}, {}
  for _, type_name in ipairs(types_that_come(look, connector)) do
    local is_spoken = spoken[type_name]
    if not can_say(compiled, connector, type_name) then
      local mended = is_spoken and mended_by(compiled, connector, type_name)
      table.insert(by[mended] or unsaid, type_name)
    elseif is_spoken and not is_opened(compiled, connector, type_name) then
      table.insert(unopened, type_name)
    end
  end
  local missing = connectors.missing_wrap(connector)
  local to_wrap = missing and "add " .. missing
  find_unsayable(connector, by.wrap, brings, to_wrap, find)
  find_unsayable(connector, by.unwrap, brings,
    (to_wrap and to_wrap .. ", and " or "") .. to_unwrap(by.unwrap), find)
  find_unsayable(connector, unsaid, brings, nil, find)
  find_unopened(connector, unopened, brings, find)
end

-- What is found connector by connector, as long as there is time.
local function find_in_connectors(policy, find)
  local compiled = policy.compiled
  local brings, spoken = types_of_senders(compiled)
  local look = {
    compiled = compiled, brings = brings, spoken = spoken, types = lists.keys(brings),
    ruled = ruled_connectors(compiled),
  }
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if patience.ends(policy, find, connector.declaration) then return end
    if connector.speaks then find_unanswerable(look, connector, find) end
  end
end

-- ---- Rules -------------------------------------------------------------------

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

local UNALIGNED = "changes the domain of senders in the envelope alone%s: SPF then speaks for a"
  .. " domain that From does not show (RFC 7489 3.1)"

-- What is for some connectors does not hold for headers.
local function find_unaligned(compiled, find)
  for field, list in pairs { by = senders.one_way(compiled.senders),
    at = senders.both(compiled.senders) } do
    for _, rule in ipairs(list) do
      if rule.at and moves(rule) then
        find("warning", "sender-unaligned", rule.declaration, UNALIGNED:format "",
          ("leave out %s, so that rewrite_header changes From, too"):format(field))
      end
    end
  end
end

-- The domains of an entry's senders that its primary address is not in, if any.
local function other_domain(compiled, entry)
  local primary = directory.best(compiled.directory, entry, "SMTP")
  for _, address in ipairs(primary and directory.proxies(compiled.directory, entry) or {}) do
    if address.type == "SMTP" and address.domain
      and fold(address.domain) ~= fold(primary.domain or "") then
      return addresses.bare(address), addresses.bare(primary)
    end
  end
end

-- Connectors that alone show primary addresses.
local function alone_outbound(compiled)
  local list = {}
  if compiled.settings.outbound == "primary" then return list end
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if connector.outbound == "primary" then list[#list + 1] = connector end
  end
  return list
end

-- ---- Entries -----------------------------------------------------------------

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

-- What is found entry by entry, as long as there is time.
local function find_in_entries(policy, find)
  local compiled, told = policy.compiled, {}
  local alone, rules = alone_outbound(compiled), senders.one_way(compiled.senders)
  local names = named_by(rules)
  if #alone == 0 and #rules == 0 then return end
  for entry in directory.each(compiled.directory) do
    if patience.is_over(policy) then return end -- which the next to look at entries tells
    local address, primary = nil, nil
    if #alone > 0 then address, primary = other_domain(compiled, entry) end
    for _, connector in ipairs(address and alone or {}) do
      find("warning", "sender-unaligned", connector.declaration,
        UNALIGNED:format((", as %s to %s"):format(write(address), write(primary))),
        "say outbound in settings or the domain, so that rewrite_header changes From, too")
    end
    if address then alone = {} end -- one is enough
    if #rules > 0 then find_confused_in(compiled, entry, names, told, find) end
  end
end

--- Finds it.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_senders(policy, find)
  find_in_connectors(policy, find)
  find_unaligned(policy.compiled, find)
  find_in_entries(policy, find)
end

return lint_senders
