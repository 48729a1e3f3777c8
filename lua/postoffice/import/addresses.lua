--- The addresses by which a policy and the tables that it was made of can be compared: each key, what its
-- partial forms take, a witness of each rule, and where mail goes.
-- @module postoffice.import.addresses

local is_address = require "postoffice.import.smtp".key
local postmap = require "postoffice.text.postmap"

local SOMEBODY = "witness" -- whom no table has
local ELSEWHERE = "witness@elsewhere.example"

-- The addresses that are in a domain, or below one, and that have an extension.
local function in_domain(domain) return { SOMEBODY .. "@" .. domain, "postmaster@" .. domain } end

local function below_domain(domain)
  return { SOMEBODY .. "@host." .. domain, SOMEBODY .. "@a.host." .. domain }
end

local function with_extension(site, key, localpart, domain)
  if not site.delimiter then return { key } end
  return { key, ("%s%s%s@%s"):format(localpart, site.delimiter:sub(1, 1), SOMEBODY, domain) }
end

-- What a key of a table takes; `names` says what one without a domain is: a domain or a user.
local function taken(site, key, names)
  if key == "*" then return { ELSEWHERE } end
  local below = key:match "^%*?%.(.+)$"
  if below then return below_domain(below) end
  local localpart, domain = key:match "^(.*)@([^@]+)$"
  if localpart == "" then return in_domain(domain) end
  if domain then return with_extension(site, key, localpart, domain) end
  if names == "domain" then return in_domain(key) end
  local main = site.locals[1] and site.locals[1].key
  return main and with_extension(site, key .. "@" .. main, key, main) or {}
end

-- The addresses that a value names.
local function named(value)
  local list = {}
  for _, text in ipairs(postmap.split(value) or {}) do
    if postmap.kind(text) == "address" and text:find "^[^@]+@" then list[#list + 1] = text end
  end
  return list
end

--- Lists them.
-- @tparam table site before a policy is made of it
-- @treturn {string,...} each once
local function addresses(site)
  local list, seen = {}, {}
  local function add(texts)
    for _, text in ipairs(texts) do
      if not seen[text] and is_address(text) then
        seen[text] = true
        list[#list + 1] = text
      end
    end
  end
  local domains = {}
  for _, name in ipairs { "locals", "hosted", "relays" } do
    for _, row in ipairs(site[name]) do
      domains[row.key:lower()] = true
      add(taken(site, row.key, "domain"))
    end
  end
  for _, row in ipairs(site.transport) do add(taken(site, row.key, "domain")) end
  for _, step in ipairs(site.access_tables or {}) do
    for _, row in ipairs(step.rows) do add(taken(site, row.key, "domain")) end
  end
  for _, name in ipairs { "sender_relayhosts", "sender_transports" } do
    for _, row in ipairs(site[name] or {}) do add(taken(site, row.key, "user")) end
  end
  for _, name in ipairs { "canonical", "virtual", "aliases", "mailboxes", "accounts", "relocated",
    "senders" } do
    for _, row in ipairs(site[name]) do
      add(taken(site, row.key, domains[row.key:lower()] and "domain" or "user"))
      add(named(row.value))
    end
  end
  add { ELSEWHERE }
  return list
end

return addresses
