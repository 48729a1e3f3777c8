--- A policy that is loaded: what can be asked of it.
-- @module postoffice.policy.policy

local arguments = require "postoffice.arguments"
local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local expansions = require "postoffice.policy.compile.expansions"
local fail = require "postoffice.fail"
local explain = require "postoffice.policy.prove.explain"
local header_field = require "postoffice.policy.route.header_field"
local lists = require "postoffice.lists"
local nexthop = require "postoffice.policy.route.nexthop"
local pipeline = require "postoffice.policy.route.pipeline"
local postoffices = require "postoffice.policy.compile.postoffices"
local outgoing = require "postoffice.policy.route.outgoing"
local read = require "postoffice.policy.route.read".address
local with_directory = require "postoffice.policy.route.asks".with_directory
local apply_rewrites = require "postoffice.policy.route.stage4_rewrite".apply
local guarded = require "postoffice.policy.route.guarded"
local shells = require "postoffice.policy.compile.shells"
local snapshot = require "postoffice.policy.compile.snapshot"
local templates = require "postoffice.policy.compile.templates"
local tests = require "postoffice.policy.prove.tests"
local trace = require "postoffice.policy.route.trace"
local verdict = require "postoffice.policy.route.verdict"

-- The options of `resolve`.
local RESOLVE_OPTIONS = { as = "string" }

-- The options of `test`.
local TEST_OPTIONS = { only = "string" }

-- The options of `graph`, and what makes each form of it.
local GRAPH_OPTIONS = { as = "string" }
local GRAPHS = { dot = "dot", table = "of" }

-- The options of `prove`.
local PROVE_OPTIONS = { seconds = "number", load = "function" }

-- The options of `fixpoints`.
local FIXPOINTS_OPTIONS = { seconds = "number" }

local SECONDS = 10 -- that a claim may take

local Policy = {}
Policy.__index = Policy
Policy.__name = "postoffice.policy"
Policy.__gc = function(self) return self:close() end
Policy.__close = Policy.__gc

--- A policy.
-- @tparam table loaded `compiled`, `state`, `origin` (see `postoffice.policy.load`)
-- @tparam table|function|nil asks what the host answers
-- @tparam table|function|nil secrets the keys that sign
-- @tparam number|nil seconds that a claim may take
-- @tparam table|function|nil looked_into the host's directory, see
--   `postoffice.policy.route.remote_directory`
-- @treturn table policy
local function new(loaded, asks, secrets, seconds, looked_into)
  local event = loaded.compiled.on.recipient
  return setmetatable({
    compiled = loaded.compiled, state = loaded.state, origin = loaded.origin,
    asks = with_directory(asks, looked_into), directory = looked_into or false,
    secrets = secrets, seconds = seconds or SECONDS, beside = nil,
    revision = loaded.compiled.revision, routings = 0,
    call_recipient = event and loaded.state:caller(event.call),
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

local function check_recipient(value, deeper)
  if not is_recipient(value) then
    error(("the recipient has to be an address, not a %s"):format(type(value)), 3 + (deeper or 0))
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

local function check_envelope(envelope, deeper)
  if envelope ~= nil and type(envelope) ~= "table" then
    error(("the envelope has to be a table, not a %s"):format(type(envelope)), 3 + (deeper or 0))
  end
end

-- Begins a routing.  No tail call, or the level of the caller would be another.
local function begin(self, envelope, recorder, deeper)
  local routing = pipeline.begin(self, envelope, recorder, nil, 4 + (deeper or 0))
  return routing
end

-- Ends a routing; the last one closes a policy that was replaced.
local function ended(self, ok, ...)
  self.routings = self.routings - 1
  if self.retired and self.routings == 0 then self:close() end
  if not ok then error((...), 0) end
  return ...
end

-- Runs stages, and ends the routing even if they raise.  Without a script there is no question that
-- yields and no state to close: nobody has to know of the routing.
local function run(self, stages, ...)
  if not self.compiled.scripted then return stages(...) end
  self.routings = self.routings + 1
  return ended(self, guarded(stages, ...))
end

--- Where mail goes.
-- @tparam string|table recipients an address, a list of addresses, or what `resolve` returned
-- @tparam[opt] table envelope what is known of the message: `sender` (`<>` for bounces), `may_relay`
--   (from our own networks, or logged in), `authenticated` (the sender is who it says), `arrived_by`
--   (a connector's name: what passes through, as it came or by a gateway of ours, does not go back
--   by it; what an entry, a list, a rewrite, a catch-all or the script sent on to another address may,
--   and what was signed or encapsulated at a domain of ours), `down` (names of connectors), `size`
--   (bytes), `now` (seconds since 1970; the clock's unless given), `client` (whatever the script is to
--   know), `admitted` (who may write to the recipients, and how much, was decided before: entries
--   have no restrictions), `context` (which no script sees and every `ask` is handed)
-- @treturn {table,...} deliveries, one for each final recipient
function Policy:route(recipients, envelope)
  if type(recipients) == "string" and envelope == nil then
    return pipeline.route_text(self, recipients, run)
  end
  recipients = recipients_of(recipients)
  check_envelope(envelope)
  return run(self, pipeline.route, begin(self, envelope), recipients, leaf_of)
end

--- The whole way of one address: what was tried, and why it lost.
-- @tparam string|table recipient
-- @tparam[opt] table envelope as for `route`
-- @treturn table as text by `tostring`; see `postoffice.policy.prove.explain`
function Policy:explain(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  local recorder = trace.new(self.compiled.directory)
  local routing = begin(self, envelope, recorder)
  local deliveries = run(self, pipeline.route, routing, { recipient }, leaf_of)
  return explain.new(recipient, recorder, deliveries, self.revision)
end

-- A leaf as `resolve` returns it.
local function resolved(compiled, leaf)
  local item = {
    address = leaf.address, entry = leaf.entry, extension = leaf.extension, how = leaf.how,
    recipient = leaf.recipient,
  }
  item.via = leaf.via
  if leaf.failure then
    verdict.apply(item, leaf.failure)
    item.member = leaf.member
  end
  leaf.compiled, leaf_of[item] = compiled, leaf
  return item
end

-- The first address of a type that an entry's mail goes on to.
local function target_as(entries, entry, type_name)
  local _, address = directory.target(entries, entry)
  if address and address.type == type_name then return address end
  if directory.kind(entries, entry) ~= "targets" then return nil end
  for i = 1, directory.member_count(entries, entry) do
    _, address = directory.member(entries, entry, i)
    if address and address.type == type_name then return address end
  end
end

-- A leaf's address of a type: its entry's best one, itself, or what a gateway will make of it.
local function address_as(compiled, leaf, type_name)
  local entry = leaf.mailbox
  local entries = compiled.directory
  local best = entry and directory.best(entries, entry, type_name)
  if best then return best, leaf.how or "directory" end
  local target = entry and target_as(entries, entry, type_name)
  if target then return target, "target" end
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

--- Whose address it is: stages 1 to 4 alone.
-- @tparam string|table recipients
-- @tparam[opt] table options `as`: a type, for the best address of that type
-- @tparam[opt] table envelope as for `route`
-- @treturn {table,...} items with `address`, `entry`, `via`, `extension`, `how` (`"directory"`,
--   `"name"` by a cc:Mail name alone, `"target"` by a custom recipient's target, `"rewrite"`,
--   `"catchall"`, `"gateway"`, `"unwrapped"`, or nil), and if something is wrong `verdict`, `code`,
--   `status`, `message`, `detail`, `rule`, `member`; with `as` an address and how it was found, or
--   nil, message, code
function Policy:resolve(recipients, options, envelope)
  recipients = recipients_of(recipients)
  local as = arguments.options(options, RESOLVE_OPTIONS).as
  check_envelope(envelope)
  local routing = begin(self, envelope)
  routing.ends_at_entries, routing.survey = as ~= nil, false -- addresses keep their notation
  run(self, pipeline.resolve_all, routing, recipients)
  if as then return resolved_as(routing.compiled, routing.leaves, as:upper()) end
  local items = {}
  for i, leaf in ipairs(routing.leaves) do items[i] = resolved(self.compiled, leaf) end
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
-- From, Sender, Reply-To and theirs as senders are, by what holds for all connectors:
-- `rewrite_sender` without `by`, rewrites with `both = true` without `at`, and, if the envelope has
-- `may_relay`, `outbound` of settings and domains. The value of any other field is returned as it
-- is.
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
--
-- An address of ours (an entry's, in a local domain, opened at a domain of ours, at a gateway of ours)
-- goes as `route` sends it and never out as it is: a mailbox is delivered here, nobody is
-- recipient-unknown; a list, and whoever keeps a copy, is delivered here, and `route` says who gets it.
-- What `resolve` returned goes as `route` sends it, too: it is known of an item what sent it on, for
-- `arrived_by`, and whether it came encapsulated, for `may_relay`; of its address it is not.
-- @tparam string|table recipient an address, or an item of `resolve`
-- @tparam[opt] table envelope
-- @treturn table delivery, or nil, message, code
function Policy:nexthop(recipient, envelope)
  check_recipient(recipient)
  check_envelope(envelope)
  if leaf_of[recipient] then
    return run(self, pipeline.route, begin(self, envelope), { recipient }, leaf_of)[1]
  end
  local address, message, code = read(recipient)
  if not address then return nil, message, code end
  local key
  key, message, code = core.key(address)
  if not key then return nil, message, code end
  return run(self, nexthop, begin(self, envelope), address, key)
end

--- What an SMTP domain is to us: the nearest `domain` that it falls under.
-- @string name
-- @treturn table|nil `name`, as it is declared; `kind`; `is_shell`, whether connectors of ours
--   encapsulate there, so that it is none of ours for anybody else.  Nil if nobody declared it, but
--   for a shell, which has no `kind` then
function Policy:domain(name)
  arguments.type(name, "string", "the domain")
  local compiled = self.compiled
  local key = core.key("SMTP:a@" .. name)
  if not key then return nil end
  local domain, is_shell = domains.find(compiled.domains, key), shells.has(compiled.shells, name)
  if not (domain or is_shell) then return nil end
  return { name = domain and domain.name, kind = domain and domain.kind, is_shell = is_shell }
end

--- The lists, and the recipients with several targets, that reach many as they are declared.
-- @number most
-- @treturn {table,...} those that reach more: `name`, `where`, and `address`, the primary one
function Policy:expansions(most)
  arguments.type(most, "number", "the number")
  local rows, entries = {}, self.compiled.directory
  for entry in expansions.each_over(entries, most) do
    rows[#rows + 1] = {
      name = directory.name(entries, entry), where = directory.where(entries, entry),
      address = directory.primary(entries, entry),
    }
  end
  return rows
end

-- A sender and a connector, or nil, message, code.
local function read_outgoing(self, sender, name)
  local address, message, code = read(sender)
  if not address then return nil, message, code end
  local connector = connectors.find(self.compiled.connectors, name)
  if connector then return address, connector end
  return nil, ('no connector is called "%s"%s'):format(name,
    connectors.undeclared(self.compiled.connectors, name)), "connector-unknown"
end

-- What stages make of a sender and a connector, for a public function that calls this and does not return it at once,
-- or the level of the caller would be another.
local function run_outgoing(self, stages, sender, connector, envelope)
  check_recipient(sender, 1)
  arguments.type(connector, "string", "the name of a connector", 1)
  check_envelope(envelope, 1)
  local address, found, code = read_outgoing(self, sender, connector)
  if not address then return nil, found, code end
  local routing = begin(self, envelope, nil, 1)
  return run(self, stages, routing, address, found)
end

--- A sender as a connector writes it, by the policy's rules about senders: `rewrite_sender`, rewrites
-- with `both`, `outbound`.  Signatures, and what the next hop speaks, are no matter of these.
-- @tparam string|table sender
-- @string connector its name
-- @tparam[opt] table envelope
-- @treturn table|nil address, the same if no rule is about it
-- @treturn string message
-- @treturn string code
function Policy:rewrite_sender(sender, connector, envelope)
  local made, message, code = run_outgoing(self, outgoing.rewrite, sender, connector, envelope)
  return made, message, code
end

--- A sender as a connector signs it (`srs`, `batv`) on mail that is sent on.
-- @tparam string|table sender
-- @string connector its name
-- @tparam[opt] table envelope
-- @treturn table|nil address, the same if it is not signed
-- @treturn string message
-- @treturn string code
function Policy:sign_sender(sender, connector, envelope)
  local made, message, code = run_outgoing(self, outgoing.sign, sender, connector, envelope)
  return made, message, code
end

--- The connectors that sign senders, by how: those with the same `srs` and `batv` sign alike.
-- @treturn {string,...} the first connector of each way
function Policy:signers() return outgoing.signers(self.compiled) end

--- The names of its connectors, as an envelope's `down` and `arrived_by` take them.
-- @treturn {string,...} in file order
function Policy:connectors() return lists.names(connectors.all(self.compiled.connectors)) end

--- The spaces of its connectors, as routing tables of Exchange list them; see
-- `postoffice.exchange`'s `format_gwart`.
-- @treturn {table,...} `pattern`, `cost`, `connectors` (the name of one), in file order
function Policy:spaces()
  local rows = {}
  for _, connector in ipairs(connectors.all(self.compiled.connectors)) do
    for _, space in ipairs(connector.spaces) do
      rows[#rows + 1] = { pattern = space.text, cost = space.cost, connectors = { connector.name } }
    end
  end
  return rows
end

--- What makes addresses for people by its `templates`, that nobody of its directory has; it
-- remembers to whom it gave what.
-- @treturn table|nil with `propose`; see `postoffice.exchange`'s `templates`
-- @treturn string message
-- @treturn string code `templates-missing`
function Policy:proposer()
  local compiled = self.compiled
  if not compiled.templates then return fail "templates-missing" end
  return templates.proposer(compiled.templates, function(key)
    local entry = directory.find(compiled.directory, key)
    return entry and directory.name(compiled.directory, entry)
  end)
end

--- Addresses for a person by its `templates`, and how each came about.
-- @tparam table person `given`, `surname`, `initials`, `display`, `alias`, each a text or nil;
--   `name`, by which the directory has them, is `display` unless given; `id` as in
--   `postoffice.exchange`'s `templates`
-- @treturn {table,...}|nil see `postoffice.exchange`'s `templates`
-- @treturn string message
-- @treturn string code `templates-missing`
function Policy:propose(person)
  arguments.type(person, "table", "the person")
  local made, message, code = self:proposer()
  if not made then return nil, message, code end
  return made:propose(person)
end

--- What it has to be told of a message, and what it does beside choosing a way: what a host that
-- cannot do some of it refuses when it loads the policy.
-- @treturn table `facts`, `asks`, `questions`, `functions`, `owners`, `rewrites_senders`, `sets`,
--   `dates`; see `postoffice.policy.prove.capabilities`
function Policy:capabilities()
  return require "postoffice.policy.prove.capabilities"(self)
end

--- What was left out of the files of directories that say `on_error = "skip"`.
-- @treturn {table,...} each has `file`, `line`, `title` and `message`, the end of a sentence that
--   begins with the title, and `is_part` where all else of the entry counts; `count` says how many there
--   are, of which the first 1,000 are listed
function Policy:skipped() return directory.skipped(self.compiled.directory) end

--- Runs the policy's own tests, and decides its claims.
-- @tparam[opt] table options `only`: those whose names hold this text, in any case
-- @treturn table see `postoffice.policy.prove.tests`
function Policy:test(options)
  options = arguments.options(options, TEST_OPTIONS)
  return tests.run(self, options.only)
end

-- What opens the policy that a claim compares with, and what closes those it opened.
local function opener_of(self)
  local opened = {}
  local function open(name)
    if not self.beside then return nil, "there is no folder to read from; give the option load" end
    local other, message, code = self.beside(name)
    opened[#opened + 1] = other
    return other, message, code
  end
  return open, function()
    for _, other in ipairs(opened) do other:close() end
  end
end

--- Decides a claim: whether what one sentence says is so for every address and every message.
--
-- Asks nobody and signs with keys of its own.  What functions of the script have a say in is
-- undecided, unless what they do to some address breaks the claim.
-- @string claim such as `'no address when not may_relay leaves unless by recipient'`
-- @tparam[opt] table options `seconds` that it may take (10; what takes longer is undecided) and
--   `load`, a function of the name of the file that a claim compares with (`routes as in`), which
--   returns a policy, or nil, message, code; a file in the folder of the policy, unless given
-- @treturn table|nil answer; see `postoffice.policy.prove.claims`
-- @treturn string message
-- @treturn string code
-- @treturn number|nil the byte that is wrong
function Policy:prove(claim, options)
  arguments.type(claim, "string", "the claim")
  options = arguments.options(options, PROVE_OPTIONS)
  local open, close = opener_of(self)
  local answer, message, code, at = require "postoffice.policy.prove.claims".prove(self, claim, {
    seconds = options.seconds or self.seconds, load = options.load or open,
  })
  close()
  return answer, message, code, at
end

--- The claims that it declares, in file order.
-- @treturn {table,...} each with `claim`, the sentence, and `where` it is declared
function Policy:claims()
  local list = {}
  for i, declaration in ipairs(self.compiled.claims) do
    list[i] = { claim = declaration.name, where = describe.where(declaration) }
  end
  return list
end

--- What is probably wrong with it.
-- @treturn {table,...} findings, the worst first; see `postoffice.policy.prove.lint`
function Policy:check() return require "postoffice.policy.prove.lint".run(self) end

--- The rules that make something else of what the policy made of an address: mail servers that ask in
-- its place for each answer again, as Postfix asks a virtual map, come to no end or to another one.
-- @tparam[opt] table options `seconds` that it may take (10)
-- @treturn {table,...} findings, as `check` has them
-- @treturn {string,...} why that is not decided for all addresses; none if it is: then the rest was
--   tried with witnesses
function Policy:fixpoints(options)
  options = arguments.options(options, FIXPOINTS_OPTIONS)
  return require "postoffice.policy.prove.fixpoints".find(self, options.seconds)
end

--- Writes its directory, in a format that a `directory` reads: recipients, lists, and the people of
-- files.  Read in their place, it routes alike.
-- @string format `"csv"`, which can say all, `"ldif"` or `"exchange55"`; or `"json"`, an object a line,
--   for other programs
-- @tparam[opt] function write is given the text in pieces; without it, it is returned whole
-- @treturn string|nil the text
-- @treturn {table,...} what is left out, since the format cannot say it, or may be taken for
--   something else: each has `name`, `where`, `message`, the end of a sentence that begins with the
--   name, and `is_written` if it is in the text
function Policy:export(format, write)
  local export = require "postoffice.policy.prove.export"
  arguments.type(format, "string", "the format")
  arguments.choice(format, export.FORMATS, "format")
  local pieces = {}
  local left = export.write(self.compiled, format, write or function(text)
    pieces[#pieces + 1] = text
  end)
  return not write and table.concat(pieces) or nil, left
end

--- Whether the files that it was read from, with those that it includes and those of its directories
-- and sets, are as they were then.
-- @treturn boolean
-- @treturn {string,...} their paths
function Policy:is_current()
  local paths = lists.pluck(self.files, "path")
  return require "postoffice.policy.compile.files".are_unchanged(self.files), paths
end

--- Takes it apart for a database, from which hosts route by it: each of its entries, which they look up,
-- and one text for all else, which `policy.load` takes in its place.
-- @tparam function sink is given each entry; see `postoffice.policy.prove.publication`
-- @treturn string|nil the text
-- @treturn string message
-- @treturn string code `policy-published`, for what was taken apart before
function Policy:publication(sink)
  arguments.type(sink, "function", "what takes the entries")
  if self.is_published then return fail "policy-published" end
  return require "postoffice.policy.prove.publication"(self, sink)
end

--- Draws it.
-- @tparam[opt] table options `as`: `"dot"`, unless said, or `"table"`
-- @treturn string|table Graphviz DOT; or its nodes and edges, see `postoffice.policy.prove.graph`
function Policy:graph(options)
  local as = arguments.options(options, GRAPH_OPTIONS).as or "dot"
  arguments.choice(as, GRAPHS, "as")
  return require "postoffice.policy.prove.graph"[GRAPHS[as]](self)
end

--- Writes the policy to a file that `policy.loadfile` and `policy.open` take instead of the script:
-- its directory is then mapped, not built, and one copy serves every process.
--
-- The file is replaced at once or stays as it was.
-- @string path
-- @treturn true|nil
-- @treturn string message
-- @treturn string code `policy-published`, for what was taken apart before
function Policy:save(path)
  arguments.type(path, "string", "the path")
  if self.is_published then return fail "policy-published" end
  return snapshot.write(path, self.compiled, self.origin)
end

--- Closes the policy as soon as no routing runs on it.
function Policy:retire()
  self.retired = true
  if self.routings == 0 then self:close() end
end

--- Frees the script's state at once.  Addresses that still need it are deferred.
function Policy:close() return self.state:close() end

return { new = new }
