--- rspamd: recipients by a policy, as replies of its milter, and what is odd about a message's addresses.
--
-- A file of `lua.local.d` is
--
--     local host = require "postoffice.host.rspamd"
--     host.register(rspamd_config, { policy = "/etc/postoffice/site.lua" })
--
-- It registers two symbols.  `POSTOFFICE_ROUTE` rewrites the recipients of the envelope.  A milter has one
-- verdict for a message: where one recipient is refused or has to wait, the whole message is, so that
-- nobody's mail is lost, and the reply names the recipient.  `POSTOFFICE_ADDRESS` has as options what
-- `diagnose` finds in the addresses of the header: `From:5321:domain-dotless`.
--
-- What answers a policy's questions gets the task: `envelope.context`; rspamd's clients want it, and
-- wait without holding up other messages.
-- @module postoffice.host.rspamd

local adapter = require "postoffice.host.adapter"
local postoffice = require "postoffice"
local verdict = require "postoffice.host.verdict"

local rspamd = {}

local OPTIONS = { inside = "function", headers = "table", log = "function" }

-- ---- The header --------------------------------------------------------------

local HEADERS = { "From", "Sender", "Reply-To", "To", "Cc" }

-- What is odd about one field, as options of a symbol, each once.
local function findings_of(name, value, found)
  local function note(grade, code)
    local text = ("%s:%s:%s"):format(name, grade, code)
    if not found[text] then
      found[text] = true
      found[#found + 1] = text
    end
  end
  local _, errors = postoffice.parse_list(value, { profile = "header" })
  for _, fault in ipairs(errors or {}) do note("invalid", fault.code) end
  for _, entry in ipairs(postoffice.parse_list(value, { profile = "lenient" }) or {}) do
    for _, member in ipairs(entry.members or { entry }) do
      local grade, findings = postoffice.diagnose(member)
      for _, finding in ipairs(grade ~= "ok" and findings or {}) do note(grade, finding.code) end
    end
  end
end

local function look_at_header(here, task)
  local found = {}
  for _, name in ipairs(here.headers) do
    for _, field in ipairs(task:get_header_full(name) or {}) do
      findings_of(name, field.value or "", found)
    end
  end
  if found[1] then task:insert_result("POSTOFFICE_ADDRESS", 1, found) end
end

-- ---- The envelope ------------------------------------------------------------

-- Clients who are known by a password, or are of rspamd's local_addrs.
local function is_inside(task)
  local address = task:get_from_ip()
  return task:get_user() ~= nil or address ~= nil and address:is_valid() and address:is_local()
end

local function facts_of(here, task)
  local from, client = task:get_from { "smtp", "orig" }, task:get_from_ip()
  return {
    sender = from and from[1] and from[1].addr or "", size = task:get_size(), context = task,
    client = client and client:is_valid() and tostring(client) or nil,
    authenticated = task:get_user() ~= nil, may_relay = here.inside(task),
  }
end

local ANSWERS = verdict.ANSWERS.rspamd

local function bracketed(address) return "<" .. address .. ">" end

-- The recipients that a message gets and loses; or the action that stops it, and why.
local function collect(here, recipients, facts)
  local added, removed, seen, stop, why = {}, {}, {}, nil, nil
  for _, recipient in ipairs(recipients) do seen[recipient.addr] = true end
  for _, recipient in ipairs(recipients) do
    local made = adapter.decide(here.site, recipient.addr, facts, here.log)
    local stops = not made.addresses and made.action ~= "pass" and ANSWERS[made.action]
    -- What waits is stronger than what is refused: the next try may find both.
    if stops and stop ~= "soft reject" then
      stop, why = stops, ("%s: %s"):format(recipient.addr, made.text)
    end
    local stays = not made.addresses
    for _, address in ipairs(made.addresses or {}) do
      stays = stays or address == recipient.addr
      if not seen[address] then
        seen[address] = true
        added[#added + 1] = bracketed(address)
      end
    end
    if not stays then removed[#removed + 1] = bracketed(recipient.addr) end
  end
  return added, removed, stop, why
end

local function route(here, task)
  local recipients = task:get_recipients { "smtp", "orig" } or {}
  local added, removed, stop, why = collect(here, recipients, facts_of(here, task))
  if stop then
    -- rspamd writes a status of its own before it.
    task:set_pre_result { action = stop, message = verdict.line(why), module = "postoffice" }
  elseif added[1] or removed[1] then
    task:set_milter_reply { add_rcpt = added, del_rcpt = removed }
  end
end

--- Registers the symbols; raises if the policy does not load, so that rspamd says so and goes on without.
-- @tparam table config `rspamd_config`
-- @tparam table options `policy`, `asks`, `secrets` and `load` as `host.site` takes them; `inside`, a function
--   of a task: whether its client may write to foreign domains through us (who gave a password, and
--   `local_addrs`); `headers`, the names of the fields to look at (From, Sender, Reply-To, To, Cc); `log`
function rspamd.register(config, options)
  options = adapter.options(options, OPTIONS)
  local here = {
    site = assert(adapter.open(options, "site", { "rspamd" })),
    inside = options.inside or is_inside, headers = options.headers or HEADERS,
    log = options.log or function() end,
  }
  config:register_symbol {
    name = "POSTOFFICE_ADDRESS", type = "normal", score = 0, group = "postoffice",
    description = "something is odd about an address of the header",
    callback = function(task) look_at_header(here, task) end,
  }
  -- After all that may add or remove recipients; a question's client may wait (`coro`).
  config:register_symbol {
    name = "POSTOFFICE_ROUTE", type = "idempotent", flags = "coro", score = 0, group = "postoffice",
    description = "rewrites recipients by a policy",
    callback = function(task) route(here, task) end,
  }
end

--- What answers a question from Redis, by rspamd's own client.
-- @tparam table redis rspamd's module `rspamd_redis`
-- @tparam table options `host`, with its port; `prefix` of the keys; `timeout` in seconds (1)
-- @treturn function for `asks`
function rspamd.redis(redis, options)
  return function(key, envelope)
    local ok, connection = redis.connect_sync {
      task = envelope.context, host = options.host, timeout = options.timeout or 1,
    }
    if not ok then return nil, "Redis: " .. tostring(connection) end
    connection:add_cmd("GET", { (options.prefix or "") .. key })
    local done, value = connection:exec()
    if not done then return nil, "Redis: " .. tostring(value) end
    return type(value) == "string" and value or nil
  end
end

return rspamd
