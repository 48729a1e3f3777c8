--- A policy that is reloaded while it routes.
--
-- A new revision goes live only after it loads, its check finds no error and
-- its own tests pass; else the last good one stays.  The swap is one step.  A
-- routing ends on the revision that it began with, and the old script's state
-- is closed when its last routing has ended.
-- @module postoffice.policy.live

local lint = require "postoffice.policy.prove.lint"

local live = {}

local Live = {}
Live.__index = Live
Live.__name = "postoffice.live"

-- The first error that the check of a policy finds, as text.
local function first_error(policy)
  for _, finding in ipairs(lint.run(policy)) do
    if finding.severity == "error" then return tostring(finding) end
  end
end

-- A policy that is fit to go live, or nil, message, code.
local function build(load, path, options)
  local policy, message, code = load(path, options)
  if not policy then return nil, message, code end
  message, code = first_error(policy), "policy-invalid"
  if not message then
    local results = policy:test()
    if results.failed == 0 then return policy end
    message, code = tostring(results), "policy-untested"
  end
  policy:close()
  return nil, message, code
end

--- Loads the file again.
-- @treturn boolean true if the new revision is live, or nothing has changed
-- @treturn string its revision; or what is wrong, while the last good revision stays
-- @treturn string|nil code
function Live:reload()
  local policy, message, code = build(self.load, self.path, self.options)
  if not policy then
    self.failure = message
    return false, ("%s\nrevision %s stays"):format(message, self.revision), code
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

for _, name in ipairs {
  "route", "explain", "resolve", "rewrite", "nexthop", "test", "check", "graph", "connectors",
} do
  Live[name] = function(self, ...) return self.policy[name](self.policy, ...) end
end

--- Closes the policy at once.
function Live:close() return self.policy:close() end

--- Opens a policy that can be reloaded.
-- @tparam function load `loadfile`
-- @tparam string path
-- @tparam table options
-- @treturn table|nil live policy: what a policy has, `reload`, `revision`, and `failure` (why the
--   last reload failed)
-- @treturn string message
-- @treturn string code
function live.open(load, path, options)
  local policy, message, code = build(load, path, options)
  if not policy then return nil, message, code end
  return setmetatable({
    load = load, path = path, options = options, policy = policy, revision = policy.revision,
  }, Live)
end

return live
