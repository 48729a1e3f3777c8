--- The command that publishes a policy to a database.
-- @module postoffice.cli.publish

local database = require "postoffice.cli.database"
local exit = require "postoffice.cli.exit"
local json = require "postoffice.text.json"
local output = require "postoffice.cli.output"
local policy_file = require "postoffice.cli.policy_file"

-- What is wrong with a policy that loads, for which it does not go live.
local UNFIT = {
  ["policy-untested"] = true, ["policy-unproven"] = true, ["policy-empty"] = true,
}

-- The policy, once it has proven itself; else the command ends.
local function proven(path, options)
  local live, message, code = policy_file.open(path, options)
  if live then return live end
  return exit.with(UNFIT[code] and exit.SOME_BAD or exit.POLICY, output.visible_lines(message))
end

-- What takes a policy apart, and ends the command for what cannot be.
local function publication_of(live)
  return function(sink)
    local text, message = live:publication(sink)
    if not text then exit.with(exit.POLICY, message) end
    return text
  end
end

local to_json = json.encoder { "revision", "written", "policy", "added", "removed", "changed" }

-- What a report says in one line.
local function summary_of(report, dry_run)
  local changes = report.changes
  if not report.is_new and changes.total == 0 then
    return ("revision %s is live; nothing changes"):format(report.revision)
  end
  local rows = ("directory +%d -%d ~%d"):format(changes["+"], changes["-"], changes["~"])
  local what = (report.is_new and "another policy" or "the same policy") .. ", " .. rows
  if dry_run then return "would be published: " .. what end
  return ("revision %s is live: %s"):format(report.revision, what)
end

-- What is said of a change: a mark would be a formula to a spreadsheet.
local CHANGES = { ["+"] = "new", ["-"] = "gone", ["~"] = "changed" }

-- The changes of a directory that are told, and how many are not.
local function write_changes(session, changes)
  for _, change in ipairs(changes.told) do
    session.output:row(CHANGES[change.mark], change.key, change.name)
  end
  if changes.total > #changes.told then
    session.output:line(("and %d more"):format(changes.total - #changes.told))
  end
end

local function write(session, options, report)
  if not options.json then
    write_changes(session, report.changes)
    return session.output:line(summary_of(report, options.dry_run))
  end
  session.output:line(to_json {
    revision = tonumber(report.revision), written = report.written or false,
    policy = report.is_new and "new" or "same", added = report.changes["+"],
    removed = report.changes["-"], changed = report.changes["~"],
  })
end

local function publish(session, options)
  local db = database.read(options.sql)
  local live = proven(policy_file.path(session, options), options)
  local report, message = require "postoffice.host.publish".run {
    db = db, publication = publication_of(live), dry_run = options.dry_run,
  }
  live:close()
  if not report then exit.with(exit.INPUT_OUTPUT, "nothing is published: " .. message) end
  write(session, options, report)
  return exit.GOOD
end

return {
  {
    name = "publish", run = publish,
    options = { "one_policy", "policy", "sql", "dry_run", "json", policy_file.options },
    summary = "publish a policy and its directory to PostgreSQL",
    description = "Checks a policy, runs its tests and proves its claims; then writes it as a"
      .. " revision, and its directory as rows, in one transaction, which makes both live for every"
      .. " host that serves them. Makes the tables where there are none. Prints the addresses that"
      .. " are new, gone and changed. Rows that others wrote stay.",
    examples = {
      "postoffice publish policy.lua --sql publisher.dsn --dry-run",
      "postoffice publish policy.lua --sql publisher.dsn",
    },
  },
}
