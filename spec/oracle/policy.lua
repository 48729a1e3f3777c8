-- Of the oracle: nobody edits it (see init.lua).
--- A policy that is loaded: what can be asked of it.
-- @module spec.oracle.policy

local arguments = require "postoffice.arguments"
local compile = require "spec.oracle.compile"
local helper = require "spec.helper"
local core = require "postoffice.core"
local describe = require "spec.oracle.language.describe"
local directory = require "spec.oracle.compile.directory"
local explain = require "spec.oracle.explain"
local language = require "spec.oracle.language.words"
local header_field = require "spec.oracle.route.header_field"
local pipeline = require "spec.oracle.route.pipeline"
local postoffices = require "spec.oracle.compile.postoffices"
local read = require "spec.oracle.route.read".address
local apply_rewrites = require "spec.oracle.route.stage4_rewrite".apply
local script = require "spec.oracle.route.calls"
local suggest = require "postoffice.suggest"
local trace = require "spec.oracle.route.trace"
local verdict = require "spec.oracle.route.verdict"
local visible = require "postoffice.text.visible".all
local write = require "postoffice.address".show

local LIMITS = { "memory", "instructions", "milliseconds", "load_instructions",
  "load_milliseconds", "open_asks" }

-- The options of `resolve`.
local RESOLVE_OPTIONS = { as = "string" }

local Policy = {}
Policy.__index = Policy
Policy.__name = "postoffice.policy"
Policy.__gc = function(self) return self:close() end
Policy.__close = Policy.__gc

-- A global that the script calls but nobody defined is most often a misspelt word.
local function with_near_miss(message)
  local name = message:match "global '([^']+)'"
  local near = name and suggest.near(name, language.declarators())
  return near and ('%s; did you mean "%s"?'):format(message, near) or message
end

local function limits_of(options)
  local limits = {}
  for _, name in ipairs(LIMITS) do limits[name] = options[name] end
  return limits
end

--- A policy from its text.
-- @tparam string source
-- @tparam string chunkname
-- @tparam table options of `policy.load`
-- @tparam[opt] function includes answers `include`: a text and a chunk name, or nil and a message
-- @tparam {string,...} sources all texts that are read, for the revision
-- @treturn table|nil policy
-- @treturn string message
-- @treturn string code
local function new(source, chunkname, options, includes, sources)
  local state, message, code = core.script.new(limits_of(options))
  if not state then return nil, message, code end
  local raw
  raw, message, code =
    helper.declared(state:load(source, chunkname, language.declarators(), includes))
  if not raw then
    state:close()
    return nil, visible(with_near_miss(message)), code
  end
  local compiled
  compiled, message, code = compile(raw, sources, function() return state:late() end)
  if not compiled then
    state:close()
    return nil, message, code
  end
  return setmetatable({
    compiled = compiled, state = state, asks = options.ask, revision = compiled.revision,
    routings = 0,
  }, Policy)
end

-- The leaf behind each item that `resolve` returned: routing goes on from there.
local leaf_of = setmetatable({}, { __mode = "k" })

-- Whether it is one recipient: a text, what `resolve` returned, or a table that
-- is no list, however little of an address it holds.
local function is_recipient(value)
  if type(value) ~= "table" then return type(value) == "string" end
  return value.type ~= nil or leaf_of[value] ~= nil or value[1] == nil and next(value) ~= nil
end

local function check_recipient(value)
  if not is_recipient(value) then
    error(("the recipient has to be an address, not a %s"):format(type(value)), 3)
  end
end

-- One recipient or a list as a list.
local function recipients_of(recipients)
  if is_recipient(recipients) then return { recipients } end
  if type(recipients) ~= "table" then
    error(("recipients have to be an address or a list of them, not a %s"):format(
      type(recipients)), 3)
  end
  for _, recipient in ipairs(recipients) do
    if type(recipient) ~= "string" and type(recipient) ~= "table" then
      error(("a recipient cannot be a %s"):format(type(recipient)), 3)
    end
  end
  return recipients
end

local function check_envelope(envelope)
  if envelope ~= nil and type(envelope) ~= "table" then
    error(("the envelope has to be a table, not a %s"):format(type(envelope)), 3)
  end
end

-- Begins a routing.  No tail call, or the level of the caller would be another.
local function begin(self, envelope, recorder)
  local routing = pipeline.begin(self, envelope, recorder, nil, 4)
  return routing
end

-- Ends a routing; the last one closes a policy that was replaced.
local function ended(self, ok, ...)
  self.routings = self.routings - 1
  if self.retired and self.routings == 0 then self:close() end
  if not ok then error((...), 0) end
  return ...
end

-- Runs stages, and ends the routing even if they raise.  Only a script's questions yield.
local function run(self, stages, ...)
  local guarded = self.compiled.scripted and script.guarded or pcall
  self.routings = self.routings + 1
  return ended(self, guarded(stages, ...))
end

--- Where mail goes.
-- @tparam string|table recipients an address, a list of addresses, or what `resolve` returned
-- @tparam[opt] table envelope `sender`, `relay`, `arrived_by`, `down`, `size`, `now`, `client`
-- @treturn {table,...} deliveries, one for each final recipient
function Policy:route(recipients, envelope)
  recipients = recipients_of(recipients)
  check_envelope(envelope)
  return run(self, pipeline.route, begin(self, envelope), recipients, leaf_of)
end

--- The whole way of one address: what was tried, and why it lost.
-- @tparam string|table recipient
-- @tparam[opt] table envelope as for `route`
-- @treturn table as text by `tostring`; see `spec.oracle.explain`
function Policy:explain(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  local recorder = trace.new()
  local routing = begin(self, envelope, recorder)
  local deliveries = run(self, pipeline.route, routing, { recipient }, leaf_of)
  return explain.new(recipient, recorder, deliveries, self.revision)
end

-- A leaf as `resolve` returns it.
local function resolved(leaf)
  local item = {
    address = leaf.address, entry = leaf.entry, extension = leaf.extension, how = leaf.how,
    recipient = leaf.recipient,
  }
  if leaf.failure then verdict.apply(item, leaf.failure) end
  leaf_of[item] = leaf
  return item
end

-- A leaf's address of a type: its entry's best one, itself, or what a gateway will make of it.
local function address_as(compiled, leaf, type_name)
  local entry = leaf.mailbox
  local best = entry and directory.best(entry, type_name)
  if best then return best, leaf.how or "directory" end
  local target = entry and entry.target and entry.target.address
  if target and target.type == type_name then return target, "target" end
  if leaf.address.type == type_name then return leaf.address, leaf.how or "itself" end
  local final = postoffices.foretell(compiled.postoffices, leaf.address)
  if final.type == type_name then return final, "gateway" end
end

-- The best address of a type that an address leads to, and how it was found.
local function resolved_as(compiled, leaves, type_name)
  local failure
  for _, leaf in ipairs(leaves) do
    if leaf.failure then
      failure = failure or leaf.failure
    else
      local address, how = address_as(compiled, leaf, type_name)
      if address then return address, how end
    end
  end
  failure = failure or verdict.of "recipient-unknown"
  return nil, failure.detail or failure.message, failure.code
end

local function resolve_all(routing, recipients)
  for _, recipient in ipairs(recipients) do pipeline.resolve(routing, recipient) end
end

--- Whose address it is: stages 1 to 4 alone.
-- @tparam string|table recipients
-- @tparam[opt] table options `as`: a type, for the best address of that type
-- @tparam[opt] table envelope as for `route`
-- @treturn {table,...} items with `address`, `entry`, `extension`, `how`, and if something is
--   wrong `verdict`, `code`, `message`; with `as` an address and how it was found, or nil,
--   message, code
function Policy:resolve(recipients, options, envelope)
  recipients = recipients_of(recipients)
  local as = arguments.options(options, RESOLVE_OPTIONS).as
  check_envelope(envelope)
  local routing = begin(self, envelope)
  routing.ends_at_entries = as ~= nil
  run(self, resolve_all, routing, recipients)
  if as then return resolved_as(self.compiled, routing.leaves, as:upper()) end
  local items = {}
  for i, leaf in ipairs(routing.leaves) do items[i] = resolved(leaf) end
  return items
end

--- What the first rewrite that matches makes of an address.
-- @tparam string|table recipient
-- @tparam[opt] table envelope
-- @treturn table|nil address; the same if no rewrite matches
-- @treturn string|nil `file:line` of the rewrite; or a message
-- @treturn string|nil code
function Policy:rewrite(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  local address, message, code = read(recipient)
  if not address then return nil, message, code end
  local node = { address = address }
  node.key, message, code = core.key(address)
  if not node.key then return nil, message, code end
  local made, by, failure = run(self, apply_rewrites, begin(self, envelope), node)
  if failure then return nil, failure.detail or failure.message, failure.code end
  if not made then return address end
  return made[1], describe.where(by.declaration)
end

--- Rewrites the addresses inside a header field, and keeps the names, comments, groups and
-- folds of all that does not change.
--
-- The fields To, Cc, Bcc and their Resent- like are rewritten as recipients are (`rewrite`);
-- From, Sender, Reply-To and theirs as senders are, by rewrites with `both = true` that are for
-- all connectors. The value of any other field is returned as it is.
-- @string name the field's, such as "To"
-- @string value its value, folded or not
-- @tparam[opt] table envelope as for `route`
-- @treturn string the new value
-- @treturn number how many addresses were rewritten
-- @treturn {table,...} entries that could not be read or rewritten, and stay as they were: each
--   has `code`, `message`, `position`, `text`
function Policy:rewrite_header(name, value, envelope)
  arguments.type(name, "string", "the name of a header field")
  arguments.type(value, "string", "the value of a header field")
  check_envelope(envelope)
  return run(self, header_field.rewrite, begin(self, envelope), name, value)
end

--- Which connector takes an address as it is: stages 5 and 6 alone.
-- @tparam string|table recipient
-- @tparam[opt] table envelope
-- @treturn table delivery, or nil, message, code
function Policy:nexthop(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  local address, message, code = read(recipient)
  if not address then return nil, message, code end
  local leaf = { address = address, recipient = write(address) }
  leaf.key, message, code = core.key(address)
  if not leaf.key then return nil, message, code end
  return run(self, pipeline.deliver, begin(self, envelope), leaf)
end

--- Closes the policy as soon as no routing runs on it.
function Policy:retire()
  self.retired = true
  if self.routings == 0 then self:close() end
end

--- Frees the script's state at once.  Addresses that still need it are deferred.
function Policy:close() return self.state:close() end

return { new = new }
