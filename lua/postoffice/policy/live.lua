--- A policy that is reloaded while it routes.
--
-- A new revision goes live only after it loads, its check finds no error, its own tests pass
-- and its claims hold; else the last good one stays.  The swap is one step.  A
-- routing ends on the revision that it began with, and the old script's state
-- is closed when its last routing has ended.
--
-- Editors, cp and scp truncate a file before they write it, and what they have
-- written so far may well load.  So a revision that declares nothing, that has
-- none of the tests or claims that there were, or of whose files one changes meanwhile does
-- not go live either.
-- @module postoffice.policy.live

local arguments = require "postoffice.arguments"
local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local fail = require "postoffice.fail"
local files = require "postoffice.policy.compile.files"
local lint = require "postoffice.policy.prove.lint"

local live = {}

local Live = {}
Live.__index = Live
Live.__name = "postoffice.live"

local RELOAD_OPTIONS = { force = "boolean" }

-- The first error that the check of a policy finds, as text.
local function first_error(policy)
  for _, finding in ipairs(lint.run(policy)) do
    if finding.severity == "error" then return tostring(finding) end
  end
end

-- The code for what makes a policy look like a part of one, or nil.
local function suspicion(policy, before)
  local compiled = policy.compiled
  if #compiled.declarations == 0 and directory.count(compiled.directory) == 0 then
    return "policy-empty"
  end
  for _, proof in ipairs { "tests", "claims" } do
    if before and #before.compiled[proof] > 0 and #compiled[proof] == 0 then
      return "policy-tests-lost"
    end
  end
end

-- Which of its tests and claims a policy does not pass, as a message and a code; or nil.
local function unproven(results, pass_undecided)
  local passing = pass_undecided and results.undecided or 0
  if results.failed <= passing then return nil end
  local is_untested = results.failed > results.unproven
  return tostring(results), is_untested and "policy-untested" or "policy-unproven"
end

-- What keeps a policy from going live: a message and a code, or nil.  What is live has proven itself.
-- What was published was proven before, with all the people that are not in it.
local function objection(policy, before, force, pass_undecided)
  if policy.is_published then return nil end
  if before and policy.revision == before.revision then return nil end
  local message = first_error(policy)
  if message then return message, "policy-invalid" end
  local code = not force and suspicion(policy, before)
  if code then
    return core.message(code) .. (before and "; reload { force = true } insists" or ""), code
  end
  return unproven(policy:test(), pass_undecided)
end

-- What a host has against a policy: a message and a code, or nil.
local function demanded(self, policy)
  for _, check in ipairs(self.checks) do
    local message, code = check(policy)
    if message then return message, code or "policy-unfit" end
  end
end

-- A policy that is fit to go live, or nil, message, code.
local function build(self, before, force, text)
  local policy, message, code = self.load(text)
  if not policy then return nil, message, code end
  if not self.proven then
    message, code = objection(policy, before, force, self.pass_undecided)
  end
  if not message then message, code = demanded(self, policy) end
  if not message then
    if files.are_unchanged(policy.files) then
      policy.compiled.lineage = self -- what revisions of one policy resolved is each other's
      return policy
    end
    message, code = select(2, fail "file-changing")
  end
  policy:close()
  return nil, message, code
end

--- Loads the file again, with all that it includes and the files of its directories; or the text that
-- the host's function gives by now; or the one that is given here in their place, until the next time.
-- @tparam[opt] string text
-- @tparam[opt] table options `force`: also if it declares nothing or lost all its tests
-- @treturn boolean|nil true if the new revision is live, or nothing has changed
-- @treturn string its revision; or what is wrong, while the last good revision stays
-- @treturn string|nil code
function Live:reload(text, options)
  if type(text) ~= "string" and options == nil then text, options = nil, text end
  if text ~= nil then arguments.type(text, "string", "the text") end
  local force = arguments.options(options, RELOAD_OPTIONS).force
  local policy, message, code = build(self, self.policy, force, text)
  if not policy then
    self.failure = message
    return nil, ("%s\nrevision %s stays"):format(message, self.revision), code
  end
  self.failure = nil
  if policy.revision == self.revision then
    policy:close()
    return true, self.revision
  end
  local old = self.policy
  self.policy, self.revision = policy, policy.revision
  old:retire()
  return true, self.revision
end

--- Holds this revision, and all that follow, to what a host wants of a policy.
-- @tparam function check of a policy; returns a message and a code where it is unfit
-- @treturn true|nil
-- @treturn string message
-- @treturn string code
function Live:demand(check)
  arguments.type(check, "function", "the check")
  local message, code = check(self.policy)
  if message then return nil, message, code or "policy-unfit" end
  table.insert(self.checks, check)
  return true
end

for _, name in ipairs {
  "route", "explain", "resolve", "rewrite", "rewrite_header", "nexthop", "test", "check", "graph",
  "connectors", "capabilities", "skipped", "export", "spaces", "proposer", "propose", "prove",
  "claims", "domain", "expansions", "rewrite_sender", "sign_sender", "signers",
  "fixpoints",
  "publication", "is_current",
} do
  Live[name] = function(self, ...) return self.policy[name](self.policy, ...) end
end

--- Closes the policy at once.
function Live:close() return self.policy:close() end

--- Opens a policy that can be reloaded.
-- @tparam function load returns the policy, or that of the text that it is given, or nil, message, code
-- @tparam boolean|nil pass_undecided whether claims may be undecided
-- @tparam boolean|nil proven whether it has been checked and tested before
-- @treturn table|nil live policy: what a policy has, `reload`, `revision`, and `failure` (why the
--   last reload failed)
-- @treturn string message
-- @treturn string code
function live.open(load, pass_undecided, proven)
  local self = { load = load, pass_undecided = pass_undecided, proven = proven, checks = {} }
  local policy, message, code = build(self)
  if not policy then return nil, message, code end
  self.policy, self.revision = policy, policy.revision
  return setmetatable(self, Live)
end

return live
