--- What `check` finds, as JSON.
-- @module postoffice.cli.findings

local json = require "postoffice.text.json"

local findings = {}

--- Writes a finding as a line of JSON, or what a policy that does not load has wrong.
-- @function findings.to_json
-- @tparam table finding
-- @treturn string
findings.to_json = json.encoder {
  "where", "file", "line", "severity", "code", "title", "message", "advice",
}

return findings
