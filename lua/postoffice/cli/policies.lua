--- The commands that prove a policy before it goes live.
-- @module postoffice.cli.policies

local policy_file = require "postoffice.cli.policy_file"
local stop = require "postoffice.cli.stop"
local tested = require "postoffice.cli.tested"

-- Tests one policy: the exit status.
local function test_file(report, path, coverage)
  local policy, message = policy_file.load(path)
  if not policy then
    report:unloaded(path, message)
    return stop.POLICY
  end
  local results = policy:test()
  report:tested(path, results)
  if coverage then report:coverage(path, results) end
  policy:close()
  return results.failed == 0 and stop.GOOD or stop.SOME_BAD
end

local function test(session, options)
  local report = tested[options.tap and "tap" or "plain"](session.output)
  local status = stop.GOOD
  for _, path in ipairs(policy_file.paths(session, options.policies)) do
    status = math.max(status, test_file(report, path, options.coverage))
  end
  report:finish()
  return status
end

return {
  {
    name = "test", run = test, options = { "policies", "coverage", "tap" },
    summary = "run the tests that policies carry",
    description = "Runs the test declarations of policies. A failure is printed as what was"
      .. " expected and what came, with the explanation. Exit status: 0 all pass, 1 some fail, 78"
      .. " one does not load.",
    examples = {
      "postoffice test policy.lua",
      "postoffice test --coverage policy.lua",
      "postoffice test --tap policies/*.lua",
    },
  },
}
