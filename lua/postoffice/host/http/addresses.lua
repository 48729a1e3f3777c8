--- The calls that read addresses.
-- @module postoffice.host.http.addresses

local policy = require "postoffice.policy"
local postoffice = require "postoffice"
local problems = require "postoffice.host.http.problems"

local addresses = {}

-- The profiles and notations that a request may name; a wrong one is a client's mistake, and no
-- programmer's.
local PROFILES = { smtp = true, header = true, obsolete = true, lenient = true }

-- The options for `postoffice`, or nil and a response.
local function options_of(fields, more)
  if fields.profile and not PROFILES[fields.profile] then
    return nil, problems.refuse("field-type", {
      field = "profile", message = "profile has to be smtp, header, obsolete or lenient",
    })
  end
  more.profile = fields.profile
  return more
end

-- What an address is made of, as a plain table.
local function parts_of(address)
  local parts = {}
  for name, value in pairs(address) do parts[name] = value end
  return parts
end

-- What `diagnose` finds, with what each code means.
local function findings_of(text, options)
  local grade, findings = postoffice.diagnose(text, options)
  local list = {}
  for i, finding in ipairs(findings or {}) do
    list[i] = {
      code = finding.code, severity = finding.severity, position = finding.position,
      source = finding.source, message = postoffice.message(finding.code),
    }
  end
  return grade, list
end

--- Reads one address.
-- @tparam table _ the service
-- @tparam table fields of the request
-- @treturn table response
function addresses.parse(_, fields)
  local options, refused = options_of(fields, { type = fields.type, unknown = fields.unknown })
  if not options then return refused end
  local address, message, code, position = postoffice.parse(fields.address, options)
  if not address then
    return problems.refuse(code, { message = message, position = position })
  end
  local grade, findings = findings_of(fields.address, options)
  return problems.response(200, policy.json {
    address = postoffice.format(address), native = postoffice.format(address, "native"),
    key = postoffice.key(address), parts = parts_of(address), grade = grade, findings = findings,
  })
end

local function mailbox_of(address)
  return {
    address = postoffice.format(address), native = postoffice.format(address, "native"),
    display_name = address.display_name, comment = address.comment,
  }
end

-- A mailbox, or a group with its members.
local function item_of(item)
  if not item.group then return mailbox_of(item) end
  local members = {}
  for i, member in ipairs(item.members) do members[i] = mailbox_of(member) end
  return { group = item.group, members = members }
end

--- Reads the value of a header field.
-- @tparam table _ the service
-- @tparam table fields of the request
-- @treturn table response
function addresses.parse_list(_, fields)
  local options, refused = options_of(fields, { unknown = fields.unknown })
  if not options then return refused end
  local list, faults = postoffice.parse_list(fields.list, options)
  local entries = {}
  for i, item in ipairs(list) do entries[i] = item_of(item) end
  return problems.response(200, policy.json { entries = entries, faults = faults })
end

return addresses
