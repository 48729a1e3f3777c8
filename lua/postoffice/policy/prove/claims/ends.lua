--- The ends of a claim: what becomes of a delivery.
-- @module postoffice.policy.prove.claims.ends

local addresses = require "postoffice.address"
local batv = require "postoffice.text.batv"
local chosen = require "postoffice.policy.prove.classes.messages.chosen"
local compared = require "postoffice.policy.prove.kinds".compared
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local imcea = require "postoffice.text.imcea"
local lists = require "postoffice.lists"
local may_differ = require "postoffice.policy.prove.classes.respellings".may_differ
local members = require "postoffice.policy.prove.claims.members"
local srs = require "postoffice.text.srs"
local suggest = require "postoffice.suggest"

local ends = {}

local lower = string.lower
local write = addresses.show

local function verdict(name)
  return function() return function(delivery) return delivery.verdict == name end end
end

-- Whether it goes out by a connector.
local function leaves(delivery)
  return delivery.verdict == "deliver" and delivery.connector ~= nil
end

-- By kind of an end, a function of a delivery and the run that made it, which says whether it ends
-- so.
local END = { deferred = verdict "defer", passed = verdict "pass" }

function END.delivered(_, part)
  return function(delivery)
    return delivery.verdict == "deliver" and not (part.here and delivery.connector)
  end
end

-- A policy's functions have codes of their own.
local function check_code(binding, part)
  local codes = core.codes()
  if part.code:find "^%d" or binding.compiled.scripted or lists.contains(codes, part.code) then
    return
  end
  local near = suggest.near(part.code, codes)
  binding:fail(part.at, "no code is called %s%s", part.code,
    near and ('; did you mean "%s"?'):format(near) or "; a status may stand there, too: 5.1.1")
end

-- What is said by a code of domains of which only code knows what they lack.
local WHY_REFUSED = "why the domain of %s is refused differs in its class"

function END.rejected(binding, part)
  if part.code then check_code(binding, part) end
  return function(delivery, run)
    if delivery.verdict ~= "reject" then return false end
    if part.code and may_differ(delivery.code, part.code) then
      run:doubts(WHY_REFUSED:format(write(delivery.address)))
    end
    return not part.code or delivery.code == part.code or delivery.status == part.code
  end
end

function END.leaves(binding, part)
  if not part.names then return leaves end
  local names = binding:connectors(part.names)
  return function(delivery)
    return leaves(delivery) and names[lower(delivery.connector)] ~= nil
  end
end

-- What was delivered to an entry, or by one.
function END.reaches(binding, part)
  local entry = binding:entry(part.name_at, part.who, part.name)
  local name = entry and directory.name(binding.compiled.directory, entry)
  return function(delivery)
    if delivery.verdict ~= "deliver" then return false end
    return delivery.entry == name or lists.contains(delivery.via or {}, name)
  end
end

-- What is said of a set's members where hand-over encapsulates or signs: what is in there stands for
-- itself alone.
local DOUBT = "what %s is encapsulated or signed as differs in its class%s"

-- Whether an address of a delivery is in a set; what nobody can read is in none.
local function has(field, is_made)
  return function(binding, part)
    local is_member = members.bind(binding, part.set)
    local is_sensitive = members.is_sensitive(part.set)
    return function(delivery, run, number)
      local address = delivery[field]
      if delivery.verdict ~= "deliver" or not addresses.is(address) then return false end
      if is_sensitive and is_made(delivery, run) then
        run:doubts(DOUBT:format(write(address), delivery.rule and (" (%s)"):format(delivery.rule)
          or ""), field == "sender" and number or nil)
      end
      return is_member(address)
    end
  end
end

--- Whether an address of SMTP looks as if it carried another, or as if it were signed.
-- @tparam table address
-- @treturn boolean
function ends.is_carrier(address)
  if address.type ~= "SMTP" then return false end
  local localpart = address.localpart
  return imcea.begins(localpart) or srs.begins(localpart) or batv.begins(localpart)
end

END.handed = has("address", function(delivery)
  return delivery.connector ~= nil and (ends.is_carrier(delivery.address)
    or delivery.final ~= nil and delivery.final.type ~= delivery.address.type)
end)

local has_sender = has("sender", function(delivery, run)
  local given = run.message:get "sender"
  return ends.is_carrier(delivery.sender) or given ~= nil and given.type ~= delivery.sender.type
end)

function END.sender(binding, part)
  local is_so = has_sender(binding, part)
  return function(delivery, run, number)
    run.message:get "sender" -- who is chosen only now, if nobody asked before
    return is_so(delivery, run, number)
  end
end

function END.makes(_, part)
  return function(_, run) return run.count > part.number end
end

-- What makes two ways one: all that the next hop and the sender learn.
local COMPARED = { "verdict", "code", "connector", "nexthop", "entry", "extension" }

-- An address as what it is compared by; the same for all of whom nothing was asked, who are one in both policies.
local function of_address(value)
  if type(value) ~= "table" then return tostring(value) end
  return chosen.is_open(value) and "any" or compared(value)
end

--- A delivery as a line, which another has that routes alike.
-- @tparam table delivery
-- @treturn string
function ends.line(delivery)
  local parts = {}
  for i, field in ipairs(COMPARED) do parts[i] = tostring(delivery[field]) end
  if delivery.verdict == "deliver" then
    for _, field in ipairs { "address", "sender" } do
      parts[#parts + 1] = of_address(delivery[field])
    end
  end
  return table.concat(parts, "\0")
end

function END.routes()
  return function(delivery, run) return run.others[ends.line(delivery)] ~= nil end
end

--- What tells whether a delivery ends as an end says.
-- @tparam table binding
-- @tparam table part an end of a claim
-- @treturn function of a delivery, its run and its number there: `count` (how many deliveries there are) and, where
--   another policy is compared, `others` (the set of its lines)
function ends.bind(binding, part) return END[part.kind](binding, part) end

return ends
