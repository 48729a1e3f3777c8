--- The commands that prove a policy before it goes live.
-- @module postoffice.cli.policies

local files = require "postoffice.cli.files"
local findings_json = require "postoffice.cli.findings".to_json
local output = require "postoffice.cli.output"
local paint = require "postoffice.cli.paint"
local policy_file = require "postoffice.cli.policy_file"
local exit = require "postoffice.cli.exit"
local test_report = require "postoffice.cli.test_report"
local to_json = require "postoffice.policy.prove.json"

-- What came of a policy's tests and claims.
local function status_of(results)
  if results.failed == 0 then return exit.GOOD end
  return results.failed > results.undecided and exit.SOME_BAD or exit.UNDECIDED
end

-- How bad a status is, of one policy among several.
local WORSE = { [exit.GOOD] = 0, [exit.UNDECIDED] = 1, [exit.SOME_BAD] = 2, [exit.POLICY] = 3 }

-- Tests one policy: the exit status; if it loads, the policy, which is closed, and how many tests and claims
-- there were.
local function test_file(session, report, path, options)
  local policy, message = policy_file.load(path, options)
  if not policy then
    session.progress:erase()
    report:unloaded(path, message)
    return exit.POLICY
  end
  local results = policy:test { only = options.run }
  session.progress:erase()
  report:results(path, results)
  if options.coverage then report:coverage(path, results) end
  policy:close()
  return status_of(results), policy, results.passed + results.failed
end

-- Tests policies: the exit status, by path the policies, or false for those that do not load, and how many
-- tests and claims there were.
local function test_files(session, options)
  local report = options.tap and test_report.tap(session.output)
    or options.json and test_report.json(session.output)
    or test_report.plain(session.output, paint.new(session, options, "test"))
  local worst, policies, ran = exit.GOOD, {}, 0
  local paths = policy_file.paths(session, options)
  session:count("policies", #paths, true)
  for _, path in ipairs(paths) do
    local status, policy, count = test_file(session, report, path, options)
    if WORSE[status] > WORSE[worst] then worst = status end
    policies[path] = policy or false
    ran = ran + (count or 0)
    session.progress:step()
  end
  report:finish()
  return worst, policies, ran
end

local function test(session, options)
  if options.watch then
    require "postoffice.cli.watch"(session, function()
      return select(2, test_files(session, options))
    end)
  end
  local status, policies, ran = test_files(session, options)
  if options.run and ran == 0 and status == exit.GOOD and next(policies) then
    exit.with(exit.SOME_BAD,
      ('--run: no test and no claim has "%s" in its name'):format(options.run))
  end
  return status
end

-- What a policy that does not load has wrong, a finding for each line.
local function write_unloaded(session, options, path, message, code)
  if options.json then
    session.output:line(findings_json {
      file = path, severity = "error", code = code, message = message,
    })
  else
    session.output:line(output.visible_lines(message))
  end
end

local function write_findings(session, options, findings)
  local painted = paint.new(session, options, "check")
  for _, found in ipairs(findings) do
    session.output:line(options.json and findings_json(found)
      or painted(output.visible(tostring(found))))
  end
end

-- Only what cannot be meant is wrong.
local function has_warning(findings)
  for _, found in ipairs(findings) do
    if found.severity ~= "note" then return true end
  end
  return false
end

-- The protocols that Postfix asks.
local POSTFIX = { "socketmap", "delegation" }

-- Adds what Postfix cannot be told by maps, and says what of that is not decided.
local function add_of_maps(session, policy, findings)
  local fitness = require "postoffice.host.fitness"
  local lint = require "postoffice.policy.prove.lint"
  for _, found in ipairs(fitness.findings(policy, POSTFIX)) do
    findings[#findings + 1] = lint.finding(found)
  end
  local unstable, undecided = policy:fixpoints()
  for _, found in ipairs(unstable) do findings[#findings + 1] = found end
  for _, why in ipairs(undecided) do session:say("sampled: " .. why) end
end

-- Checks one policy: the exit status.
local function check_file(session, options, path)
  local policy, message, code = policy_file.load(path, options, options.verify)
  if not policy then
    session.progress:erase()
    write_unloaded(session, options, path, message, code)
    return exit.POLICY
  end
  local findings = policy:check()
  if options.as then add_of_maps(session, policy, findings) end
  session.progress:erase()
  write_findings(session, options, findings)
  policy:close()
  return has_warning(findings) and exit.SOME_BAD or exit.GOOD
end

local function check(session, options)
  local status, paths = exit.GOOD, policy_file.paths(session, options)
  session:count("policies", #paths, true)
  for _, path in ipairs(paths) do
    status = math.max(status, check_file(session, options, path))
    session.progress:step()
  end
  return status
end

local function graph(session, options)
  local policy = policy_file.required(session, options)
  if options.json then
    local drawn = policy:graph { as = "table" }
    for _, node in ipairs(drawn.nodes) do session.output:line(to_json(node)) end
    for _, edge in ipairs(drawn.edges) do session.output:line(to_json(edge)) end
  else
    session.output:write(session:shown(policy:graph()))
  end
  policy:close()
  return exit.GOOD
end

-- Says on standard error what an export left out; the exit status.
local function tell_left(session, left)
  local status = exit.GOOD
  for _, one in ipairs(left) do
    session:say(('%s: "%s"%s'):format(one.where, one.name, one.message))
    if not one.is_written then status = exit.SOME_BAD end
  end
  return status
end

local function export(session, options)
  local policy = policy_file.required(session, options)
  session:count "entries"
  local _, left = policy:export(options.json and "json" or options.format, function(text)
    session.output:write(session:shown(text))
    session.progress:tick()
  end)
  policy:close()
  return tell_left(session, left)
end

local function save(session, options)
  local policy = policy_file.required(session, options)
  local saved, message = policy:save(options.output)
  policy:close()
  if not saved then exit.with(exit.INPUT_OUTPUT, message) end
end

local function compile(session, options)
  local path = policy_file.path(session, options)
  if not policy_file.is_compiled(path) then files.keep(options.output, { path }) end
  save(session, options)
  collectgarbage() -- or a large directory would be in memory twice
  local opened, message = policy_file.load(options.output, options, true)
  if not opened then exit.with(exit.INPUT_OUTPUT, message) end
  if options.json then
    session.output:line(to_json { file = options.output, revision = opened.revision })
  end
  opened:close()
  return exit.GOOD
end

return {
  {
    name = "compile", run = compile,
    options = { "one_policy", "policy", "output", policy_file.options, "json" },
    summary = "write a policy to a file that opens at once",
    description = "Writes a policy, all that it includes and its directories to one file, which"
      .. " every command and policy.loadfile take instead of the policy: its directory is mapped,"
      .. " not built, and one copy serves all processes. Compile it again after a change, and after"
      .. " an upgrade. Replace a file that is in use by this command or by mv, not by cp: a mapped"
      .. " file that is cut ends the processes that read it.",
    examples = {
      "postoffice compile policy.lua -o policy.pot",
      "postoffice route --policy policy.pot <addresses.txt",
    },
  },
  {
    name = "test", run = test,
    options = {
      "policies", "each_policy", "run", "watch", "coverage", "tap", "json", "color",
      policy_file.options,
    },
    summary = "run the tests that policies carry",
    description = "Runs the test declarations of policies. A failure is printed as what was"
      .. " expected and what came, with the explanation; a claim that nothing decides is told apart"
      .. " from those that fail.",
    examples = {
      "postoffice test policy.lua",
      "postoffice test --coverage policy.lua",
      "postoffice test --run internet policy.lua",
      "postoffice test --watch policy.lua",
      "postoffice test --tap policies/*.lua",
    },
  },
  {
    name = "check", run = check,
    options = {
      "policies", "each_policy", "as_map", "json", "color", "verify", policy_file.options,
    },
    summary = "find what loads and yet cannot be meant",
    description = "Looks for rewrites that never get their turn or turn addresses into each other,"
      .. " spaces that nothing falls into or better ones cover, spaces that tie, sizes and relay"
      .. " domains without a way, post offices that nothing leads to, gateways that lead nowhere,"
      .. " names that are nearly ours, domains without a postmaster, entries whose mail ends"
      .. " nowhere. What patterns match is decided, not sampled.",
    examples = {
      "postoffice check policy.lua", "postoffice check --json policies/*.lua",
      "postoffice check --as virtual policy.lua",
    },
  },
  {
    name = "export", run = export,
    options = { "one_policy", "policy", "format", policy_file.options, "json" },
    summary = "write a policy's directory back",
    description = "Writes the recipients and lists of a policy and the people of its files: as CSV,"
      .. " which can say all, as LDIF, or as Exchange 5.5 imports them. A directory of that routes"
      .. " alike. What the format cannot say is left out and told on standard"
      .. " error, as are names that a spreadsheet may take for formulas.",
    examples = {
      "postoffice export policy.lua >staff.csv", "postoffice export policy.lua --format ldif",
    },
  },
  {
    name = "graph", run = graph, options = { "one_policy", "policy", policy_file.options, "json" },
    summary = "draw a policy as a graph",
    description = "Writes a policy's domains, spaces with their costs, connectors, post offices and"
      .. " gateways in Graphviz's DOT.",
    examples = { "postoffice graph policy.lua | dot -Tsvg >policy.svg" },
  },
}
