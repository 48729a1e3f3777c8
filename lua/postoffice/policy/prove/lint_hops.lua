--- Senders that a next hop cannot say, and those whose answers nobody takes out of what carries them, for
-- `postoffice.policy.prove.lint`.
--
-- What is known of senders are their types: those that connectors bring, and SMTP of whoever is at a
-- domain of ours.  Rules turn some of them into others, of the type that they make; whom they leave as
-- they are is decided by sets.
-- @module postoffice.policy.prove.lint_hops

local allowance = require "postoffice.policy.prove.allowance"
local anchors = require "postoffice.policy.pattern.anchors"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local families = require "postoffice.policy.pattern.families"
local fold = require "postoffice.text.domain".fold
local lists = require "postoffice.lists"
local patience = require "postoffice.policy.prove.patience"
local reach = require "postoffice.policy.prove.reach"
local rewrites = require "postoffice.policy.compile.rewrites"
local sets = require "postoffice.policy.prove.sets"
local writers = require "postoffice.policy.prove.writers"

-- ---- The types of senders ------------------------------------------------------

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

-- The addresses at our local domains, as a set.
local function at_home(look)
  if look.home then return look.home end
  local list = { sets.nothing }
  for _, domain in ipairs(domains.all(look.compiled.domains)) do
    local is_home = domain.kind == "local" and not domain.space
    list[#list + 1] = is_home and reach.whole_of(look.compiled, domain) or nil
  end
  look.home = sets.union(list)
  return look.home
end

-- The senders of a type that are brought and that a connector's guard lets pass, as a set.
local function brought(look, connector, type_name)
  local set = writers.of_type(type_name)
  if type_name == "SMTP" and look.brings.SMTP == true then
    set = sets.intersection { set, at_home(look) }
  end
  return writers.accepted(connector, families.of(type_name), set)
end

-- The names outside that earlier rewrites take from one that works both ways, whose senders do not go out
-- by those then, as a set.
local function taken(look, rule)
  local list, own = { sets.nothing }, look.ranks[rule.declaration]
  for _, rewrite in ipairs(look.anchors:near { matcher = rule.source }) do
    list[#list + 1] = rewrite.rank < own and rewrite.template and sets.of_pattern(rewrite.matcher)
      or nil
  end
  return sets.union(list)
end

-- Whether some senders go by a rule, and whether all do that it matches, as far as that is known.
local function uses_of(look, rule, work)
  local outside = rule.source and sets.of_pattern(rule.source)
  if not outside then return true, true end
  local by_others = taken(look, rule)
  return sets.covers(by_others, outside, work) ~= true,
    sets.overlap(by_others, outside, work) == false
end

-- Visits the rules by which some senders of a set go; returns whether some go by none, as far as that is
-- known.
local function follow(look, set, rules, work, visit)
  local left = set
  for _, rule in ipairs(rules) do
    local pattern, is_used, is_sure = sets.of_pattern(rule.matcher), uses_of(look, rule, work)
    if is_used and (not pattern or sets.overlap(left, pattern, work) ~= false) then visit(rule) end
    left = is_sure and pattern and sets.difference(left, pattern) or left
  end
  return sets.is_empty(left, work) ~= true
end

-- The rules by which some senders of a type go to a connector; whether some go by none, and whether that
-- may not be all of them.
local function rules_met(look, connector, type_name)
  local family, met = families.of(type_name), {}
  local accepted = connectors.accepted(connector, family)
  local rules = writers.rules_for(look.rules, connector, family)
  if accepted and not accepted[1] then return met, false end
  if not (accepted or rules[1]) then return met, true end
  local patterns = lists.pluck(rules, "matcher")
  local is_any = allowance.ask(look.allowance, patterns, function(work)
    return follow(look, brought(look, connector, type_name), rules, work, function(rule)
      met[#met + 1] = rule
    end)
  end)
  if is_any == nil then return rules, true, true end -- there are too many
  return met, is_any, rules[1] ~= nil
end

-- Whether a rule makes one address, of somebody who has one of a connector's type, too.
local function makes_known(look, rule, connector)
  local made = rewrites.is_fixed(rule) and rewrites.fill(rule, {})
  local key = made and core.key(made)
  local entry = key and directory.find(look.compiled.directory, key) or nil
  return entry ~= nil and directory.best(look.compiled.directory, entry, connector.speaks) ~= nil
end

-- The senders that come to a connector and are not of the type that it speaks: by type, once for those
-- that are brought, `is_part` if rules turn some of them into others; and once for those that a `rule`
-- makes.
local function senders_that_come(look, connector)
  local list, own, seen = {}, families.of(connector.speaks), {}
  local function add(sender, id)
    if not seen[id] and families.of(sender.type) ~= own then list[#list + 1] = sender end
    seen[id] = true
  end
  for _, type_name in ipairs(look.types) do
    local met, is_any, is_part = rules_met(look, connector, type_name)
    if is_any then add({ type = type_name, is_part = is_part }, type_name) end
    for _, rule in ipairs(met) do
      if not makes_known(look, rule, connector) then
        add({ type = rule.template.type, rule = rule }, rule.template.type .. ":")
      end
    end
  end
  return list
end

-- What senders are, as a message lists it: `CCMAIL (connector "hq"), SMTP (our domains)`.
local function listed(look, list)
  local texts = {}
  for i, sender in ipairs(list) do
    local by, rule = look.brings[sender.type], sender.rule
    local whence = rule and ("by %s at %s"):format(rule.declaration.word,
      describe.where(rule.declaration)) or by == true and "our domains"
      or ('connector "%s"'):format(by.name)
    texts[i] = ("%s (%s%s)"):format(sender.type, whence,
      sender.is_part and ", but for whom rules turn into others" or "")
  end
  return table.concat(texts, ", ")
end

-- ---- What is found -------------------------------------------------------------

local CANNOT = "speaks %s, in which senders of these types cannot be said unless the directory has"
  .. " another address of theirs: %s"

-- Whether some senders are all of their type, or made by a rule, which somebody wrote for them.
local function are_some(list, field)
  for _, sender in ipairs(list) do
    if sender[field] then return true end
  end
  return false
end

local function is_whole(list)
  for _, sender in ipairs(list) do
    if not sender.is_part then return true end
  end
  return false
end

-- A hop that cannot say senders that come to it: a warning where that is easily mended, or a rule is to
-- blame.
local function find_unsayable(look, connector, list, advice, find)
  if not list[1] then return end
  local is_worse = advice and is_whole(list) or are_some(list, "rule")
  find(is_worse and "warning" or "note", "sender-unsayable", connector.declaration,
    CANNOT:format(connector.speaks, listed(look, list)),
    advice or "turn them into others by rewrite_sender, or leave it if none of them writes there")
end

-- What to write so that a local domain takes senders out of their encapsulation.
local function to_unwrap(list)
  local types = lists.keys(lists.set(lists.pluck(list, "type")))
  return ('add unwrap = { "%s" } to a local domain'):format(table.concat(types, '", "'))
end

-- Senders that are carried where nothing takes them out again: answers need leave to relay.
local function find_unopened(look, connector, list, find)
  if not list[1] then return end
  local name = connector.wrap.domain
  find("warning", "sender-unopened", connector.declaration,
    ("carries senders of these types at %s, where no answer to them is taken out again: %s"):format(
      name, listed(look, list)), to_unwrap(list))
end

local function can_say(compiled, connector, type_name)
  if connectors.can_say(connector, type_name) then return true end
  return domains.opener(compiled.domains, type_name) ~= nil
    and connectors.can_say(connector, "SMTP") -- in two layers, if it speaks another type
end

-- Whether a domain of ours takes senders out again that a connector of SMTP carries.
local function is_opened(compiled, connector, type_name)
  if connector.speaks ~= "SMTP" or domains.opener(compiled.domains, type_name) then return true end
  local name = fold(connector.wrap.domain)
  local domain = name and domains.find_name(compiled.domains, name)
  return domain ~= nil and domains.is_home(domain) and domains.unwraps(domain, type_name)
end

-- By what makes a connector say senders of a type that it cannot: `wrap`, which it lacks; `unwrap`,
-- by which our domain opens what SMTP carries, where the hop's type carries that; or nothing.
local function mended_by(compiled, connector, type_name)
  if connectors.can_carry(connector.speaks, type_name) then return "wrap" end
  if not connectors.can_carry(connector.speaks, "SMTP") then return nil end
  return domains.opener(compiled.domains, type_name) and "wrap" or "unwrap"
end

-- Holds a connector to the senders that come to it.  Those that nobody speaks may never write.
local function find_in_connector(look, connector, find)
  local compiled = look.compiled
  local by, unsaid, unopened = { wrap = {}, unwrap = {} }, {}, {}
  for _, sender in ipairs(senders_that_come(look, connector)) do
    local is_sure = sender.rule or look.spoken[sender.type]
    if not can_say(compiled, connector, sender.type) then
      local mended = is_sure and mended_by(compiled, connector, sender.type)
      table.insert(by[mended] or unsaid, sender)
    elseif is_sure and not is_opened(compiled, connector, sender.type) then
      table.insert(unopened, sender)
    end
  end
  local missing = connectors.missing_wrap(connector)
  local to_wrap = missing and "add " .. missing
  find_unsayable(look, connector, by.wrap, to_wrap, find)
  find_unsayable(look, connector, by.unwrap,
    (to_wrap and to_wrap .. ", and " or "") .. to_unwrap(by.unwrap), find)
  find_unsayable(look, connector, unsaid, nil, find)
  find_unopened(look, connector, unopened, find)
end

-- What is asked for of all connectors: who comes to them by which rules.
local function new_look(compiled)
  local brings, spoken = types_of_senders(compiled)
  local list, ranks = rewrites.all(compiled.rewrites), {}
  for _, rewrite in ipairs(list) do ranks[rewrite.declaration] = rewrite.rank end
  return {
    compiled = compiled, brings = brings, spoken = spoken, types = lists.keys(brings),
    rules = writers.rules(compiled), allowance = allowance.new(), ranks = ranks,
    anchors = anchors.new(list),
  }
end

--- Finds them, connector by connector, as long as there is time.
-- @tparam table policy
-- @tparam function find is given severity, code, declaration, message and advice
local function lint_hops(policy, find)
  local look = new_look(policy.compiled)
  for _, connector in ipairs(connectors.all(policy.compiled.connectors)) do
    if patience.ends(policy, find, connector.declaration) then return end
    if connector.speaks then find_in_connector(look, connector, find) end
  end
end

return lint_hops
