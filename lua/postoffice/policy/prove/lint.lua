--- Finds what is probably wrong with a policy that loads.
--
-- What cannot be right does not load; what is found here may be right, but seldom
-- is.  A finding has a `code`, a `severity` (`error`: some mail cannot arrive;
-- `warning`: something has no effect; `note`: worth a look), a place, a
-- sentence and an advice.
-- @module postoffice.policy.prove.lint

local connectors = require "postoffice.policy.compile.connectors"
local core = require "postoffice.core"
local describe = require "postoffice.policy.language.describe"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local lint_both = require "postoffice.policy.prove.lint_both"
local lint_circles = require "postoffice.policy.prove.lint_circles"
local lint_forms = require "postoffice.policy.prove.lint_forms"
local lint_names = require "postoffice.policy.prove.lint_names"
local lint_owner = require "postoffice.policy.prove.lint_owners"
local lint_proxies = require "postoffice.policy.prove.lint_proxies"
local lint_relays = require "postoffice.policy.prove.lint_relays"
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
local pipeline = require "postoffice.policy.route.pipeline"
local postoffices = require "postoffice.policy.compile.postoffices"
local quiet = require "postoffice.policy.prove.quiet"
local reach = require "postoffice.policy.prove.reach"
local restrictions = require "postoffice.policy.compile.restrictions"
local samples = require "postoffice.policy.prove.samples"
local spaces = require "postoffice.policy.compile.spaces"

local lint = {}

-- What adds findings to a list; that there was no time left for a declaration, once.
local function finder(findings)
  local unfinished = {}
  return function(severity, code, declaration, message, advice)
    if code == "check-unfinished" then
      if unfinished[declaration] then return end
      unfinished[declaration] = true
    end
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

-- The names of the post offices that connectors say they reach.
local function reached_by_name(compiled)
  local reached = {}
  for _, connector in ipairs(connectors.all(compiled.connectors)) do
    local office = connector.reaches and postoffices.find(compiled.postoffices, connector.reaches)
    if office then reached[office.name] = true end
  end
  return reached
end

-- Whether the mailboxes of a post office are carried, in another type, to a gateway to its network:
-- what lies behind that is not ours to know.
local function is_behind_gateway(compiled, name)
  local address = { type = "CCMAIL", mailbox = "postmaster", postoffice = name }
  local key = core.key(address)
  local space = key and spaces.best(compiled.spaces, address, key)
  return space ~= nil and space.connector.speaks ~= nil and space.connector.speaks ~= "CCMAIL"
end

local function find_gateways_to_nowhere(compiled, find)
  local reached = reached_by_name(compiled)
  for _, office in ipairs(postoffices.all(compiled.postoffices)) do
    local nearest = office.path[1]
    if office.ours and not spaces.exist_for(compiled.spaces, office.gateway)
        and not (office.gateway == "SMTP" and domains.home(compiled.domains)) then
      find("error", "gateway-nowhere", office.declaration,
        ("turns its mailboxes into %s, and no connector carries that"):format(office.gateway),
        ('add a connector with spaces = { "%s:*" }'):format(office.gateway))
    elseif not (office.ours or reached[nearest] or is_behind_gateway(compiled, nearest)) then
      find("warning", "postoffice-unreached", office.declaration,
        nearest == office.name and "is reached by no connector"
          or ("lies behind %s, which no connector reaches"):format(nearest),
        ('add reaches = "%s" to the connector that leads there'):format(nearest))
    end
  end
end

-- Finds keys that a host which gives a table of them has not.
local function find_missing_secret(secrets, declaration, name, use, find)
  if not name or secrets[name] ~= nil then return end
  find("warning", "secret-missing", declaration,
    ('%s by the keys "%s", which the host does not give'):format(use, name),
    "give them by the option secrets, or mail that needs them has to wait")
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
    find_missing_secret(secrets, domain.declaration, domain.secrets, "opens answers", find)
  end
end

-- Whether an address is nobody's when the host answers nothing.
local function is_unknown(policy, address)
  return quiet.failure(policy, address) == "recipient-unknown"
end

-- The postmasters of local domains; of a policy that only relays, the one whom no domain is said of.
local function find_missing_postmasters(policy, find)
  local relayed
  for _, domain in ipairs(domains.all(policy.compiled.domains)) do
    if patience.ends(policy, find, domain.declaration) then return end
    relayed = relayed or domain.kind == "relay" and not domain.space and domain
    if domain.kind == "local" and not domain.space and domain.name:sub(1, 2) ~= "*."
        and is_unknown(policy, "postmaster@" .. domain.name) then
      find("warning", "postmaster-missing", domain.declaration,
        "is local and has no postmaster, which RFC 5321 4.5.1 asks for",
        ('add "smtp:postmaster@%s" to somebody\'s proxies'):format(domain.name))
    end
  end
  local has_home = domains.home(policy.compiled.domains) ~= nil
  if relayed and not has_home and is_unknown(policy, "<Postmaster>") then
    find("note", "postmaster-missing", relayed.declaration,
      "is relayed and no domain is local, so that <Postmaster>, whom RFC 5321 4.5.1 asks for, is"
        .. " nobody",
      "declare the host's own domain, and give it a postmaster")
  end
end

-- What a recipient of the directory must not end in.
local BROKEN = {
  ["route-loop"] = "error", ["route-missing"] = "error", ["postoffice-unknown"] = "error",
  ["recipient-unknown"] = "error", ["recipient-gone"] = "warning", ["list-empty"] = "warning",
  ["expansion-limit"] = "error",
  ["ccmail-postoffice-missing"] = "error",
}

-- By what has it, what an entry's mail goes on to.
local LEADS_ON = { list = "members", target = "target", targets = "targets" }

-- Tells what is wrong with where mail goes that a declaration leads on, by `tell` of a severity and a
-- message; true if there is no time left for it.
local function find_broken_leaves(policy, routing, find, declaration, tell)
  for _, leaf in ipairs(routing.leaves) do
    if patience.ends(policy, find, declaration) then return true end
    local delivery = pipeline.deliver(routing, leaf)
    local severity = BROKEN[delivery.code]
    if severity then
      tell(severity, ("leads to %s: %s"):format(delivery.code, delivery.detail or delivery.message))
    end
  end
  return false
end

-- An entry that mail comes back to, although nobody minds.
local function find_circle(routing, find, declaration, entry)
  local path = routing.circles and routing.circles[entry]
  if not path then return end
  find("warning", "entry-circular", declaration,
    ("leads back to itself: %s; everybody gets one copy"):format(path),
    "remove one of them from the other")
end

-- The first member of a list that has restrictions of its own, and how many have.
local function restricted_members(compiled, entry)
  local entries, first, count = compiled.directory, nil, 0
  for i = 1, directory.member_count(entries, entry) do
    local other = directory.member(entries, entry, i)
    if other and restrictions.find(compiled.restrictions, other) then
      first, count = first or other, count + 1
    end
  end
  return first, count
end

-- Members that may refuse what their list takes.
local function find_restricted_members(compiled, find)
  if not compiled.restrictions then return end
  local entries = compiled.directory
  for entry in directory.each_declared(entries) do
    local first, count = restricted_members(compiled, entry)
    if first then
      find("note", "member-restricted", directory.declaration(entries, entry),
        ('has %d %s whose own restrictions may refuse what it takes, such as "%s"'):format(count,
          LEADS_ON[directory.kind(entries, entry)], directory.name(entries, first)),
        "say the same of both, if that is not meant")
    end
  end
end

-- What a domain's catch-all catches; itself, where it is at that domain.
local function caught_by(compiled, domain)
  if not domain.catchall then return nil end
  return reach.is_caught_there(compiled, domain) and domain.catchall.address
    or samples.of_domain(domain)
end

-- Catch-alls whose mail ends nowhere.
local function find_broken_catchalls(policy, find)
  local compiled = policy.compiled
  for _, domain in ipairs(domains.all(compiled.domains)) do
    local declaration, address = domain.declaration, caught_by(compiled, domain)
    local function tell(severity, message)
      find(severity, "catchall-broken", declaration, message, "correct its catchall")
    end
    local is_over = patience.ends(policy, find, declaration) or address
      and find_broken_leaves(policy, quiet.resolve(policy, address), find, declaration, tell)
    if is_over then return end
  end
end

local function find_broken_entries(policy, find)
  local entries = policy.compiled.directory
  for entry in directory.each(entries) do
    local declaration = directory.declaration(entries, entry)
    if patience.ends(policy, find, declaration) then return end
    local part = LEADS_ON[directory.kind(entries, entry)]
    local address = part and directory.primary(entries, entry)
    if address then
      local routing = quiet.resolve(policy, address)
      find_circle(routing, find, declaration, entry)
      local is_over = find_broken_leaves(policy, routing, find, declaration,
        function(severity, message)
          find(severity, "entry-broken", declaration, message, "correct its " .. part)
        end)
      if is_over then return end
    end
    lint_owner(policy, entry, find)
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
  lint_senders(policy, find)
  lint_types(policy, find)
  lint_templates(policy.compiled, find)
  find_connectors_to_nowhere(policy.compiled, find)
  find_gateways_to_nowhere(policy.compiled, find)
  find_missing_secrets(policy, find)
  find_missing_postmasters(policy, find)
  find_broken_catchalls(policy, find)
  find_broken_entries(policy, find)
  find_stray_proxies(policy, find)
  find_restricted_members(policy.compiled, find)
  lint_sets(policy, find)
  table.sort(findings, by_place)
  for _, finding in ipairs(findings) do lint.finding(finding) end
  return findings
end

return lint
