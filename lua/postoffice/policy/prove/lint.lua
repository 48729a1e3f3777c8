--- Finds what is probably wrong with a policy that loads.
--
-- What cannot be right does not load; what is found here may be right, but seldom
-- is.  A finding has a `code`, a `severity` (`error`: some mail cannot arrive;
-- `warning`: something has no effect; `note`: worth a look), a place, a
-- sentence and an advice.
-- @module postoffice.policy.prove.lint

local connectors = require "postoffice.policy.compile.connectors"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lint_both = require "postoffice.policy.prove.lint_both"
local lint_circles = require "postoffice.policy.prove.lint_circles"
local lint_closed = require "postoffice.policy.prove.lint_closed"
local lint_ends = require "postoffice.policy.prove.lint_ends"
local lint_forms = require "postoffice.policy.prove.lint_forms"
local lint_hops = require "postoffice.policy.prove.lint_hops"
local lint_members = require "postoffice.policy.prove.lint_members"
local lint_names = require "postoffice.policy.prove.lint_names"
local lint_patterns = require "postoffice.policy.prove.lint_patterns"
local lint_postoffices = require "postoffice.policy.prove.lint_postoffices"
local lint_proxies = require "postoffice.policy.prove.lint_proxies"
local lint_relays = require "postoffice.policy.prove.lint_relays"
local lint_script = require "postoffice.policy.prove.lint_script"
local lint_senders = require "postoffice.policy.prove.lint_senders"
local lint_sets = require "postoffice.policy.prove.lint_sets"
local lint_shadows = require "postoffice.policy.prove.lint_shadows"
local lint_shares = require "postoffice.policy.prove.lint_shares"
local lint_sizes = require "postoffice.policy.prove.lint_sizes"
local lint_skipped = require "postoffice.policy.prove.lint_skipped"
local lint_spaces = require "postoffice.policy.prove.lint_spaces"
local lint_templates = require "postoffice.policy.prove.lint_templates"
local lint_types = require "postoffice.policy.prove.lint_types"
local patience = require "postoffice.policy.prove.patience"
local reach = require "postoffice.policy.prove.reach"
local signers = require "postoffice.policy.compile.signers"

local lint = {}

-- What adds findings to a list.
local function finder(findings)
  return function(severity, code, declaration, message, advice)
    findings[#findings + 1] = {
      severity = severity, code = code, file = declaration.file, line = declaration.line,
      where = describe.where(declaration), title = describe.title(declaration),
      message = message, advice = advice,
    }
  end
end

local function find_connectors_to_nowhere(compiled, find)
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    if not connector.nexthop then
      find("warning", "connector-nowhere", connector.declaration,
        "says neither where it sends what it carries nor which post office it reaches",
        'add nexthop = "smtp:[192.0.2.7]:25", say')
    end
  end
end

-- Finds keys that a host which gives a table of them has not.
local function find_missing_secret(secrets, declaration, name, use, find)
  if not name or secrets[name] ~= nil then return end
  find("warning", "secret-missing", declaration,
    ('%s by the keys "%s", which the host does not give'):format(use, name),
    "give them by --secret (in a program, the option secrets), or mail that needs them has to wait")
end

-- Keys that connectors sign by and domains open by.
local function find_missing_secrets(policy, find)
  local secrets, compiled = policy.secrets, policy.compiled
  if type(secrets) ~= "table" then return end -- a function is asked when mail comes
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    for _, field in ipairs { "srs", "batv" } do
      find_missing_secret(secrets, connector.declaration,
        connector[field] and connector[field].secrets, "signs (" .. field .. ")", find)
    end
  end
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local name = domain.secrets
    local is_used = name and signers.uses_own(compiled.signers, domain)
    find_missing_secret(secrets, domain.declaration, is_used and name, "opens answers", find)
  end
end

local function find_stray_proxies(policy, find)
  local compiled = policy.compiled
  if patience.is_over(policy) then return end -- which has been said
  lint_proxies(compiled, find, function(entry)
    return patience.is_over(policy)
      and patience.ends(policy, find, directory.declaration(compiled.directory, entry))
  end)
end

local SEVERITY = { error = 1, warning = 2, note = 3 }

local function by_place(a, b)
  if a.severity ~= b.severity then return SEVERITY[a.severity] < SEVERITY[b.severity] end
  if a.file ~= b.file then return a.file < b.file end
  if a.line ~= b.line then return a.line < b.line end
  return a.message < b.message
end

local function text(finding)
  return ("%s: %s: %s %s [%s]; %s"):format(finding.where, finding.severity, finding.title,
    finding.message, finding.code, finding.advice)
end

local meta = { __tostring = text, __name = "postoffice.finding" }

--- A finding of somebody else, to be shown as those of a check.
-- @tparam table finding with all of its fields
-- @treturn table finding
function lint.finding(finding) return setmetatable(finding, meta) end

--- Checks a policy.
-- @tparam table policy
-- @treturn {table,...} findings, the worst first
function lint.run(policy)
  local findings = {}
  local find = finder(findings)
  patience.begin(policy)
  local asked = reach.new(policy)
  lint_shadows(policy.compiled, find)
  lint_circles(policy, find)
  lint_both(policy.compiled, find)
  lint_shares(asked, find)
  lint_forms(policy.compiled, find)
  lint_sizes(asked, find)
  lint_names(policy.compiled, find)
  lint_skipped(policy.compiled, find)
  lint_spaces(asked, find)
  lint_relays(asked, find)
  lint_hops(policy, find)
  lint_senders(policy, find)
  lint_types(policy, find)
  lint_templates(policy.compiled, find)
  find_connectors_to_nowhere(policy.compiled, find)
  lint_postoffices(asked, find)
  find_missing_secrets(policy, find)
  lint_ends.postmasters(policy, find)
  lint_ends.catchalls(policy, find)
  lint_ends.entries(policy, find)
  find_stray_proxies(policy, find)
  lint_members(policy.compiled, find)
  lint_closed(policy, find)
  lint_sets(policy, find)
  lint_patterns(policy, find)
  lint_script(policy, find)
  table.sort(findings, by_place)
  for _, finding in ipairs(findings) do lint.finding(finding) end
  return findings
end

return lint
