--- Who writes by a connector, for findings about senders: whom its guard lets pass, and by which rules
-- they go.
-- @module postoffice.policy.prove.writers

local connectors = require "postoffice.policy.compile.connectors"
local lists = require "postoffice.lists"
local senders = require "postoffice.policy.compile.senders"
local sets = require "postoffice.policy.prove.sets"

local writers = {}

-- By type, what the addresses of people are like: they have a mailbox, at a place.
local PEOPLE = { SMTP = "SMTP:?*@*", CCMAIL = "CCMAIL:* at *" }

--- All addresses of a type that people have.
-- @tparam string type_name
-- @treturn table a set
function writers.of_type(type_name)
  local pattern = PEOPLE[type_name]
  return pattern and sets.of_pattern(pattern) or sets.of_type(type_name)
end

--- All rules that turn senders into others, in the order in which they are tried.
-- @tparam table compiled
-- @treturn {table,...} as `senders.one_way`
function writers.rules(compiled)
  local all = {}
  for _, rules in ipairs { senders.one_way(compiled.senders), senders.both(compiled.senders) } do
    for _, rule in ipairs(rules) do all[#all + 1] = rule end
  end
  return all
end

--- Those for senders of a family before a connector gets them.
-- @tparam {table,...} rules
-- @tparam table connector
-- @tparam string family
-- @treturn {table,...}
function writers.rules_for(rules, connector, family)
  local list = {}
  for _, rule in ipairs(rules) do
    local is_for = rule.matcher.family == family and (not rule.at or rule.at[connector.folded])
    list[#list + 1] = is_for and rule or nil
  end
  return list
end

--- The senders of a set whom a connector's guard lets pass, as far as its patterns tell.
-- @tparam table connector
-- @tparam string family of the set's types
-- @tparam table set
-- @treturn table a set
function writers.accepted(connector, family, set)
  local accepted = connectors.accepted(connector, family)
  if not accepted then return set end
  local list = lists.map(accepted, function(matcher)
    return sets.of_pattern(matcher) or sets.everything
  end)
  list[#list + 1] = sets.nothing
  return sets.intersection { set, sets.union(list) }
end

return writers
