--- Policies: scripts that say where mail goes.
--
-- A policy's script runs in a Lua state of its own.  Loading it declares
-- things (`language/`, `pattern/`); they are compiled (`compile/`), and routing
-- runs on what was compiled, stage after stage (`route/`), calling back only if
-- the script gave a function.  `prove/` tells what a policy does before it does
-- it.  Each folder needs only those named before it.
-- @module postoffice.policy
-- @usage
-- local policy = require "postoffice.policy"
-- local p = assert(policy.loadfile "lua/postoffice/examples/q184994-exchange.lua")
-- local delivery = p:route("[ccmail:user@domain at internet]", { sender = "<>" })[1]
-- delivery.connector, delivery.nexthop --> "ccmail", "HQ"
-- p:explain("[ccmail:user@domain at internet]").sentence:match "^%S+ %S+ %S+" --> "Goes to HQ"

local arguments = require "postoffice.arguments"
local asks = require "postoffice.policy.route.asks"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local files = require "postoffice.policy.compile.files"
local guarded = require "postoffice.policy.route.guarded"
local lists = require "postoffice.lists"
local load = require "postoffice.policy.load"
local new_policy = require "postoffice.policy.policy".new
local publication = require "postoffice.policy.compile.publication"
local signature = require "postoffice.text.signature"

local policy = {}

-- The options and their Lua types.  The limits are those of the script's state.
local OPTIONS = {
  ask = "function|table",
  include = "function",
  read = "function",
  declarations = "number",
  chunkname = "string",
  memory = "number",
  instructions = "number",
  milliseconds = "number",
  load_instructions = "number",
  load_milliseconds = "number",
  open_asks = "number",
  verify = "boolean",
  secrets = "function|table",
  claim_seconds = "number",
  pass_undecided = "boolean",
  directory = "function|table",
  proven = "boolean",
}

local DECLARATIONS = 256 * 1024 * 1024 -- bytes
local MOST_DECLARATIONS = 2 ^ 32 - 1 -- a place in a directory's table has 32 bits

local function no_folder()
  return nil, "there is no folder to read from here; answer by the option read"
end

-- What declarations and the files that they name may hold.
local function bytes_of(options)
  local bytes = options.declarations or DECLARATIONS
  if bytes >= 0 and bytes <= MOST_DECLARATIONS then return bytes end
  error(("option declarations has to be 0 to %d bytes"):format(MOST_DECLARATIONS), 4)
end

-- What opens the files of declarations, the host or else `open`, and how much they may hold.
local function outside_of(options, open, sources)
  local bytes = bytes_of(options)
  if options.read then open = files.answered(options.read) end
  return files.outside(open, bytes, sources)
end

-- The options, held to what they can be.  An error shows no key.
local function checked(options)
  options = arguments.options(options, OPTIONS, 1)
  for name, keys in pairs(type(options.secrets) == "table" and options.secrets or {}) do
    if not signature.are_keys(keys) then
      error(("option secrets: %s has to be a list of keys, which are texts"):format(
        describe.shown(name)), 3)
    end
  end
  asks.check(options.ask, 4)
  asks.check_directory(options.directory, 4)
  return options
end

-- What opens other policies in the folder of a file, which claims compare it with.
local function loader_beside(path, options)
  return function(name)
    local other, message, code = files.beside(path, name)
    if not other then return nil, message, code end
    return policy.loadfile(other, options)
  end
end

local function policy_of(loaded, options)
  return new_policy(loaded, options.ask, options.secrets, options.claim_seconds, options.directory)
end

-- A policy of a script.
local function from_script(script, options)
  local loaded, message, code = load.script(script, options)
  if not loaded then return nil, message, code end
  return policy_of(loaded, options)
end

-- A policy of a snapshot.
local function from_snapshot(path, options)
  local seen, message, code = files.look_at(path)
  if not seen then return nil, message, code end
  local loaded
  loaded, message, code = load.snapshot(path, options)
  if not loaded then return nil, message, code end
  local opened = policy_of(loaded, options)
  opened.files, opened.beside = seen, loader_beside(path, options)
  return opened
end

-- A policy that was published.
local function from_publication(text, options)
  local loaded, message, code = load.publication(text, options, bytes_of(options))
  if not loaded then return nil, message, code end
  local made = policy_of(loaded, options)
  made.files, made.is_published = {}, true
  return made
end

-- A policy of a text that is of no folder.
local function from_text(source, chunkname, options)
  if publication.is(source) then return from_publication(source, options) end
  local sources = { source }
  local loaded, message, code = from_script({
    source = source, chunkname = chunkname, sources = sources,
    includes = options.include and files.answers(options.include, sources),
    outside = outside_of(options, no_folder, sources),
  }, options)
  if not loaded then return nil, message, code end
  loaded.files = {}
  return loaded
end

-- A policy of a text that stands for the file at a path; `seen` has the files that were read.
local function from_file(source, path, options, seen)
  local sources = { source }
  local loaded, message, code = from_script({
    source = source, chunkname = options.chunkname or "@" .. path, sources = sources,
    includes = files.answers(options.include or files.includes(path, seen), sources),
    outside = outside_of(options, files.declared(path, seen), sources),
  }, options)
  if not loaded then return nil, message, code end
  loaded.files, loaded.beside = seen, loader_beside(path, options)
  return loaded
end

--- Loads a policy from its text, or what `policy:publication` returned of one.
-- @tparam string source
-- @tparam[opt] table options `ask` (what the host answers: a table by question, of tables
--   by key, of functions of a key and the envelope, and of descriptions; or one function of
--   question, key and envelope; see `postoffice.policy.route.asks`), `include` (a function of a
--   name that returns a text and a chunk name), `chunkname`, and the limits: `memory` of the script (bytes, 16 MiB);
--   `instructions` (a million) and `milliseconds` (50) for a recipient and all its deliveries, and
--   10,000 and half a one more for each member of a list that the policy declares;
--   `load_instructions` (ten times as many) and `load_milliseconds` (1000) for loading.
--   Milliseconds are of processor time: what a script gets for sure; it is stopped at twice as
--   much, or at twenty times as much wall time. All of its tests, and its check, may take five
--   times what loading may. `open_asks` (4,096) calls may
--   wait for the host's answers at once; the next one's recipient is deferred.
--   `include` may also answer nil and a message; it has to answer at once.  `read` answers for
--   the files of directories, which no script sees: a function of a name and of the bytes that
--   there may be yet, which returns a text, or nil and a message.  All of them together may have
--   `declarations` bytes (256 MiB), and so may what the script declares, which leaves it at once, and
--   what is made of both; that takes nothing from the script's memory.
--   `secrets` are the keys that sign senders (`srs` and `batv` of connectors): lists of texts by
--   name, or a function of a name that returns one, at once; the first signs, all verify.
--   With `verify`, every byte of a compiled policy is looked at when it is opened.  `claim_seconds` (10)
--   is what a claim may take; with `pass_undecided`, a policy that is reloaded may have claims that
--   nothing decides.  `directory` finds entries while mail is routed, beside the policy's own: a function
--   of an address's key and the envelope, or a description as those of `ask`; see
--   `postoffice.policy.route.remote_directory`.  A policy that is `proven` was checked, tested and its
--   claims decided before, by another process, and is reloaded without
-- @treturn table|nil policy
-- @treturn string message one line for each error
-- @treturn string code
function policy.load(source, options)
  arguments.type(source, "string", "the source")
  options = checked(options)
  return from_text(source, options.chunkname or "@policy", options)
end

--- Loads a policy from a file.  It can `include` files of its own folder, and name some for
-- its directories.
--
-- The file may also be one that `policy:save` or `postoffice compile` wrote: it is mapped, so that
-- a directory of any size is there at once and all processes share it. Replace such a file by
-- renaming another to it: one that is cut while it is mapped ends the processes that read it.
-- @tparam string path
-- @tparam[opt] table options as for `load`
-- @treturn table|nil policy
-- @treturn string message
-- @treturn string code
function policy.loadfile(path, options)
  arguments.type(path, "string", "the path")
  options = checked(options)
  if core.is_snapshot(path) then return from_snapshot(path, options) end
  local seen = {}
  local source, message, code = files.read(path, seen)
  if not source then return nil, message, code end
  return from_file(source, path, options, seen)
end

--- Whether a file is one that `policy:save` or `postoffice compile` wrote.
-- @tparam string path
-- @treturn boolean
function policy.is_compiled(path)
  arguments.type(path, "string", "the path")
  return core.is_snapshot(path) == true
end

-- What loads the policy at a path, or a text in its place.
local function loader_of_path(path, options)
  return function(text)
    if not text then return policy.loadfile(path, options) end
    return from_file(text, path, options, {})
  end
end

-- What a function of the host gives, whatever it does: a policy's text and its chunk name, or nil; or
-- nil, nil, a message, a code.
local function text_of(host)
  local ok, text, name, code = guarded(host)
  if ok and type(text) == "string" then
    return text, type(name) == "string" and (name:find "^[@=]" and name or "@" .. name) or nil
  end
  local why = not ok and describe.reason(text) or type(name) == "string" and name
    or ("it has to return a text and a name, not a %s"):format(type(text))
  return nil, nil, "the host does not give the policy: " .. why,
    type(code) == "string" and code or "file-unreadable"
end

-- What loads the policy whose text a function of the host gives, or another text in its place.
local function loader_of_host(host, options)
  local name = options.chunkname or "@policy"
  return function(text)
    if not text then
      local given, message, code
      text, given, message, code = text_of(host)
      if not text then return nil, message, code end
      name = options.chunkname or given or name
    end
    return from_text(text, name, options)
  end
end

--- Opens a policy that is reloaded while it routes; see `postoffice.policy.live`.
-- @tparam string|function source a path; or a function of the host, for a policy that is in a database,
--   say, which returns its text and its name in messages, or nil and a message; it may yield
-- @tparam[opt] table options as for `load`
-- @treturn table|nil live policy
-- @treturn string message
-- @treturn string code
function policy.open(source, options)
  if type(source) ~= "function" then
    arguments.type(source, "string", "the path, or a function that gives the text,")
  end
  options = checked(options)
  local loader_of = type(source) == "function" and loader_of_host or loader_of_path
  return require "postoffice.policy.live".open(loader_of(source, options), options.pass_undecided,
    options.proven)
end

--- What a policy answered, as a line of JSON: a delivery, a list of them, or an explanation.
--
-- Addresses are texts, names come in a stable order, and bytes that are not UTF-8 are U+FFFD.
-- @tparam table answer
-- @treturn string
-- @usage
-- local policy = require "postoffice.policy"
-- local p = policy.load 'connector "out" { nexthop = "smtp:[192.0.2.7]:25", spaces = { "SMTP:*" } }'
-- policy.json(p:route "a@b.example"[1]):match '"wire":"(.-)"' --> "a@b.example"
function policy.json(answer) return require "postoffice.policy.prove.json"(answer) end

--- What changes for an address from one policy to another; nil if nothing does.
-- @tparam table old
-- @tparam table new
-- @tparam string|table recipient
-- @tparam[opt] table envelope
-- @treturn table|nil see `postoffice.policy.prove.diff`
function policy.diff(old, new, recipient, envelope)
  return require "postoffice.policy.prove.diff".change(old, new, recipient, envelope)
end

local CHANGES_OPTIONS = { fixed = "table", seconds = "number", visit = "function" }

-- The facts that are said, with the sender as a set.
local function fixed_facts(given)
  local fixed = lists.copy(given or {})
  if fixed.sender then
    fixed.sender = require "postoffice.policy.prove.sets".of_address(fixed.sender)
  end
  return fixed
end

--- What changes from one policy to another, for any address and any message, and whether that is
-- proven.
-- @tparam table old
-- @tparam table new
-- @tparam[opt] table options `seconds` that it may take, 10 unless said; `fixed`, facts that are said of
--   all messages: `sender`, `may_relay`, `authenticated`, `arrived_by`, `down` (a list of names),
--   `over` and `up_to` (bytes); `visit`, called for each class of messages that is looked at
-- @treturn table see `postoffice.policy.prove.changes`
function policy.changes(old, new, options)
  local given = arguments.options(options, CHANGES_OPTIONS)
  return require "postoffice.policy.prove.changes".find(old, new, {
    fixed = fixed_facts(given.fixed), seconds = given.seconds, visit = given.visit,
  })
end

return policy
