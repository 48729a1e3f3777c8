--- Stage 4: what the first rewrite that matches makes of an address.
-- @module postoffice.policy.route.stage4_rewrite

local addresses_of = require "postoffice.policy.route.stage3_recipient".addresses_of
local core = require "postoffice.core"
local domains = require "postoffice.policy.compile.domains"
local lists = require "postoffice.lists"
local rewrites = require "postoffice.policy.compile.rewrites"
local script = require "postoffice.policy.route.calls"
local shown = require "postoffice.policy.language.describe".shown
local verdict = require "postoffice.policy.route.verdict"
local write = require "postoffice.address".show

local stage4_rewrite = {}

--- How many passes one after the other may make an address no shorter (PMDF's counter), where rewrites
-- ask to be applied again.
stage4_rewrite.MOST_PASSES = 10

local MOST_PASSES = stage4_rewrite.MOST_PASSES

-- Whether a rewrite has made the address of a node, be it by others in between.  What an entry goes on
-- to is an address of its own.
local function has_made(node, rewrite)
  local entry = node.entry
  while node and node.entry == entry do
    if node.fired == rewrite then return true end
    node = node.parent
  end
  return false
end

-- Whether a rewrite may still be applied: once; or with `again`, until `count_pass` says no.
local function may_fire(node, rewrite) return rewrite.again or not has_made(node, rewrite) end

-- What a rewrite captures: a table; false if it does not match; or nil and a verdict.
local function capture(routing, node, rewrite)
  if rewrite.matcher then return rewrites.match(rewrite, node.address) or false end
  local ok, result = script.call(routing, rewrite.declaration, rewrite.matches, node.address,
    routing.scripted)
  if not ok then return nil, result end
  return result and (type(result) == "table" and result or {}) or false
end

-- What a rewrite makes of an address: a list; nil for "not this one"; or nil and a verdict.
local function make(routing, node, rewrite, captures)
  if rewrite.template then
    local address, message, code = rewrites.fill(rewrite, captures)
    if address then return { address } end
    return nil, verdict.of(code, message, rewrite.declaration)
  end
  local ok, result = script.call(routing, rewrite.declaration, rewrite.make, node.address, captures,
    routing.scripted)
  if not ok then return nil, result end
  if result == nil then return nil end
  return addresses_of(routing, result, rewrite.declaration)
end

-- A function of the script may bind whatever it likes; captures have names and hold texts.
local function shown_captures(captures)
  local texts = {}
  for _, name in ipairs(lists.keys(captures)) do
    local value = captures[name]
    if type(name) == "string" then
      value = type(value) == "string" and value or shown(value)
      texts[#texts + 1] = ("%s = %s"):format(name, value)
    end
  end
  return #texts > 0 and (" with " .. table.concat(texts, ", ")) or ""
end

-- What was rewritten, as a trace tells it.
local REWRITTEN = {
  text = function(captures, text)
    return ("rewritten%s to %s"):format(shown_captures(captures), text)
  end,
}

local function say_rewritten(routing, rewrite, captures, made)
  if not routing.trace then return end
  routing.trace:say("resolve", rewrite.declaration, REWRITTEN, captures, write(made[1]))
end

local function name_of(rewrite) return rewrite.declaration.name or "by function" end

local function say_passed_over(routing, rewrite)
  if not routing.trace then return end
  routing.trace:mention("resolve", rewrite.declaration, "rewrite %s does not match",
    name_of(rewrite))
end

local function say_kept(routing, rewrite)
  if not routing.trace then return end
  routing.trace:say("resolve", rewrite.declaration,
    "rewrite %s makes the same of it, so no rewrite after it is tried", name_of(rewrite))
end

local function say_failed(routing, rewrite, failure)
  if not routing.trace then return end
  routing.trace:say("resolve", rewrite.declaration, "rewrite %s: %s", name_of(rewrite),
    failure.verdict)
end

local KEPT = {} -- instead of a list: the same address

-- What one rewrite makes of an address: a list, and the key of the only one; KEPT; nil if it does
-- not match; or nil and a verdict.
local function apply_one(routing, node, rewrite)
  local captures, failure = capture(routing, node, rewrite)
  local made
  if captures then made, failure = make(routing, node, rewrite, captures) end
  if failure then
    say_failed(routing, rewrite, failure)
    return nil, failure
  end
  if not made then return say_passed_over(routing, rewrite) end
  local key = #made == 1 and core.key(made[1]) or nil
  if key == node.key then
    say_kept(routing, rewrite)
    return KEPT
  end
  say_rewritten(routing, rewrite, captures, made)
  return made, nil, key
end

--- What the first rewrite that matches makes of an address.  One that makes the same of it is an
-- exception from those after it: no other is tried (Exchange's address rewriting has its exceptions
-- so, and Postfix stops there).
-- @tparam table routing
-- @tparam table node `address` and `key`, and what was applied before
-- @treturn {table,...}|nil addresses; nil if it stays as it is
-- @treturn table|nil the rewrite, even if it makes the same of it
-- @treturn table|nil a verdict if it failed
-- @treturn string|nil the address's key, if it is one
function stage4_rewrite.apply(routing, node)
  local compiled = routing.compiled.rewrites
  local rank, rewrite = rewrites.next(compiled, 0, node.address)
  while rank do
    if may_fire(node, rewrite) then
      local made, failure, key = apply_one(routing, node, rewrite)
      if made == KEPT then return nil, rewrite end
      if made or failure then return made, rewrite, failure, key end
    end
    rank, rewrite = rewrites.next(compiled, rank, node.address)
  end
end

--- Remembers in a node that a rewrite was applied to it.
-- @tparam table node
-- @tparam table rewrite
function stage4_rewrite.remember(node, rewrite)
  node.how, node.declaration, node.fired = "rewrite", rewrite.declaration, rewrite
end

--- Remembers in a node where its rewrites began at a domain of ours, and whether they make an
-- address of another type, which is as good as opened there.
-- @tparam table routing
-- @tparam table node
-- @tparam table address what the rewrite makes
function stage4_rewrite.remember_type(routing, node, address)
  node.home = node.home or node.domain or domains.find_around(routing.compiled.domains, node.key)
  if address.type ~= node.address.type then node.retyped = node.retyped or node.home end
end

--- Counts a pass that made `address` of a node's address, if the policy has rewrites that ask.
-- @tparam table routing
-- @tparam table node
-- @tparam table rewrite
-- @tparam table address
-- @tparam number passes how many were counted before
-- @treturn table|nil a verdict if there are too many
function stage4_rewrite.count_pass(routing, node, rewrite, address, passes)
  if not rewrites.may_repeat(routing.compiled.rewrites) then return nil end
  node.again = #write(address) < #write(node.address) and 0 or passes + 1
  if rewrite.again and node.again >= MOST_PASSES then
    return verdict.of("route-loop",
      ("rewritten %d times without getting shorter"):format(MOST_PASSES), rewrite.declaration)
  end
end

return stage4_rewrite
