--- Where in the HTML is what: pages, words of the reference, commands, examples and modules.
local lists = require "postoffice.lists"
local manual = require "postoffice.manual"
local reference = require "postoffice.policy.language.reference"

local places = {}

places.EXAMPLES = "lua/postoffice/examples/"
places.HOSTS = places.EXAMPLES .. "hosts/"

--- The public modules, each with its file.
places.MODULES = {
  { "postoffice", "lua/postoffice/init.lua" },
  { "postoffice.define", "lua/postoffice/define.lua" },
  { "postoffice.exchange", "lua/postoffice/exchange.lua" },
  { "postoffice.mixer", "lua/postoffice/mixer.lua" },
  { "postoffice.routes", "lua/postoffice/routes.lua" },
  { "postoffice.localpart", "lua/postoffice/localpart.lua" },
  { "postoffice.policy", "lua/postoffice/policy/init.lua" },
  { "postoffice.policy.policy", "lua/postoffice/policy/policy.lua" },
  { "postoffice.policy.live", "lua/postoffice/policy/live.lua" },
  { "postoffice.directory", "lua/postoffice/directory.lua" },
  { "postoffice.directory.ldap", "lua/postoffice/directory/ldap.lua" },
  { "postoffice.directory.redis", "lua/postoffice/directory/redis.lua" },
  { "postoffice.directory.sql", "lua/postoffice/directory/sql.lua" },
  { "postoffice.host.site", "lua/postoffice/host/site.lua" },
  { "postoffice.host.resty", "lua/postoffice/host/resty.lua" },
  { "postoffice.host.dovecot", "lua/postoffice/host/dovecot.lua" },
  { "postoffice.host.haproxy", "lua/postoffice/host/haproxy.lua" },
  { "postoffice.host.rspamd", "lua/postoffice/host/rspamd.lua" },
  { "postoffice.host.published", "lua/postoffice/host/published.lua" },
}

-- What LDoc calls the file of a topic.
local function file_of(name) return name .. ".md.html" end

--- The group of the reference that an entry stands in.
local function group_of(entry)
  for _, group in ipairs(reference.groups()) do
    if lists.contains(group.entries, entry) then return group.name end
  end
end

--- Where a name of the reference is told of, or a group, or nil.
function places.of_reference(name)
  local entry, field = reference.find(name)
  if not entry then
    for _, group in ipairs(reference.groups()) do
      if group.name == name then return file_of(name) end
    end
    return nil
  end
  local is_row = field and entry.fields -- each field has an anchor
  return file_of(group_of(entry)) .. "#" .. (is_row and name or entry.name)
end

--- Where a topic of `postoffice help` is, seen from another topic; nil if it has no place.
-- @string word
-- @tparam table commands their names as keys
function places.of_help(word, commands)
  if manual.example(word) then
    local place, copy = places.of_file(places.EXAMPLES .. word)
    return not copy and place or nil
  end
  if lists.contains(manual.names(), word) then return file_of(word) end
  return places.of_reference(word) or (commands[word] or word == "man") and file_of "man" .. "#"
    .. word or nil
end

--- The name of the topic of an example.
function places.example(file) return "example-" .. file:match "([%w-]+)%.lua$" end

--- The name of the topic of a mail server's configurations.
function places.host(folder) return "host-" .. folder:match "([%w-]+)/?$" end

-- Where a folder of configurations is, or a file in it, or nil.
local function of_host(path)
  local folder, file = path:match("^" .. places.HOSTS .. "([%w-]+)/?(.*)$")
  if not folder then return nil end
  return file_of(places.host(folder)) .. (file ~= "" and "#" .. file or "")
end

--- Where a file of the sources is, seen from a topic; and where it has to be copied to, below the
-- HTML's folder, nil where it has a page.
-- @string path from the root
function places.of_file(path)
  local page = path:match "^lua/postoffice/manual/([%w-]+)%.md$"
  if page then return file_of(page) end
  local example = path:match "^lua/postoffice/examples/([%w-]+%.lua)$"
  if example then return file_of(places.example(example)) end
  if of_host(path) then return of_host(path) end
  for _, module in ipairs(places.MODULES) do
    if module[2] == path then return ("../modules/%s.html"):format(module[1]) end
  end
  return "../files/" .. path, "files/" .. path
end

return places
