--- Whose an address is, as the engine looks it up: as a whole, without its extension, or, where it has no
-- post office, by the only mailbox of its name (Q197255).
-- @module postoffice.policy.prove.classes.holders

local core = require "postoffice.core"
local directory = require "postoffice.policy.compile.directory"
local domains = require "postoffice.policy.compile.domains"
local split = require "postoffice.text.subaddress".split

local holders = {}

--- The separators of extensions at an address.
-- @tparam table compiled
-- @tparam table address
-- @treturn string|nil nil where there are none
-- @treturn table|nil the domain that it falls under
function holders.separators(compiled, address)
  local key = address.type == "SMTP" and address.domain and core.key(address)
  local domain = key and domains.find(compiled.domains, key) or nil
  return domains.separators(domain, compiled.settings), domain
end

--- The entry that has an address.
-- @tparam table compiled
-- @tparam table address
-- @tparam string key
-- @treturn number|nil
-- @treturn boolean whether the address has an extension
function holders.find(compiled, address, key)
  local entries = compiled.directory
  local entry = directory.find(entries, key)
  if entry then return entry, false end
  if address.type == "CCMAIL" and not address.postoffice then
    return directory.find_bare(entries, key) or nil, false
  end
  local separators = holders.separators(compiled, address)
  local user = separators and split(address.localpart, separators)
  local own = user and core.key { type = "SMTP", localpart = user, domain = address.domain }
  return own and directory.find(entries, own) or nil, true
end

return holders
