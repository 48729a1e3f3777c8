--- The parameters of Postfix's main.cf (postconf(5)).
--
-- A line that begins with a blank goes on with the one before; of a parameter that stands twice the
-- last counts; `$name`, `${name}`, `${name?text}`, `${name?{text}:{other}}` and `${name:text}` are
-- replaced when a value is asked for.
-- @module postoffice.import.main_cf

local lists = require "postoffice.lists"
local trim = require "postoffice.text.joined".trim

local main_cf = {}

local Parameters = {}
Parameters.__index = Parameters

local LONGEST = 64 * 1024 -- bytes of a value

-- What Postfix says of parameters that a file does not name (3.7), as far as it is about addresses.
local DEFAULTS = {
  myhostname = "localhost.$mydomain", myorigin = "$myhostname",
  mydestination = "$myhostname, localhost.$mydomain, localhost",
  virtual_alias_domains = "$virtual_alias_maps",
  virtual_alias_maps = "$virtual_maps", virtual_mailbox_domains = "$virtual_mailbox_maps",
  alias_maps = "hash:/etc/aliases", alias_database = "hash:/etc/aliases",
  local_recipient_maps = "proxy:unix:passwd.byname $alias_maps",
  propagate_unmatched_extensions = "canonical, virtual",
  default_transport = "smtp", relay_transport = "relay", virtual_transport = "virtual",
  default_database_type = "hash",
}

--- Reads a file.
-- @string text
-- @string folder where it lies, which `$config_directory` is
-- @treturn table its parameters
function main_cf.read(text, folder)
  local values, lines, name = { config_directory = folder }, {}, nil
  local number = 0
  for whole in (text .. "\n"):gmatch "([^\n]*)\n" do
    number = number + 1
    local line = whole:gsub("\r$", "")
    if not line:find "^%s*#" and line:find "%S" then
      local started, value = line:match "^([^%s=]+)%s*=%s*(.*)$"
      if started then
        name = started
        values[name], lines[name] = trim(value), number
      elseif name and line:find "^%s" then
        values[name] = trim(values[name] .. " " .. trim(line))
      end
    end
  end
  return setmetatable({ values = values, lines = lines, made = {} }, Parameters)
end

--- Whether the file names a parameter, and says something of it.
-- @string name
-- @treturn number|nil the line
function Parameters:line(name) return self.values[name] ~= "" and self.lines[name] or nil end

--- Where the file names a parameter, whatever it says.
-- @string name
-- @treturn number|nil the line
function Parameters:named(name) return self.lines[name] end

--- The parameter that a parameter's value stands at: another one where it is that one's unless said.
-- @string name
-- @treturn string
function Parameters:origin(name)
  local other = name
  while other and not self.values[other] do
    other = (DEFAULTS[other] or ""):match "^%$([%w_]+)$"
  end
  return other or name
end

--- What the file says of a parameter, as it is written there.
-- @string name
-- @treturn string
function Parameters:raw(name) return self.values[name] end

local value_of

-- What `${...}` stands for, and `$name`.
local function referred(self, body)
  local name, sign, rest = body:match "^%s*([%w_]+)%s*([?:]?)%s*(.-)%s*$"
  if not name then return "" end
  local value = value_of(self, name)
  if sign == "" then return value end
  if sign == ":" then return value == "" and rest:gsub("^{(.*)}$", "%1") or value end
  local yes, no = rest:match "^(%b{})%s*:%s*(%b{})$"
  if value == "" then return no and no:sub(2, -2) or "" end
  return (yes or rest):gsub("^{(.*)}$", "%1")
end

-- A text whose references are replaced.  What stands in braces may refer to others, once.
local function expand(self, text)
  text = text:gsub("%$%$", "\0")
  for _ = 1, 2 do
    text = text:gsub("%$(%b{})", function(body) return (referred(self, body:sub(2, -2))) end)
    text = text:gsub("%$(%b())", function(body) return (referred(self, body:sub(2, -2))) end)
    text = text:gsub("%$([%w_]+)", function(name) return (referred(self, name)) end)
  end
  return (text:gsub("%z", "$"):sub(1, LONGEST))
end

-- The domain of the host, unless the file names one: its name's without the first label.
local function default_domain(self)
  local host = self.values.myhostname and value_of(self, "myhostname") or ""
  return host:match "^[^.]+%.(.+)$" or "localdomain"
end

-- A parameter's value, which is made once; one that refers to itself is empty there.
function value_of(self, name)
  if self.made[name] then return self.made[name] end
  self.made[name] = ""
  local text = self.values[name] or name == "mydomain" and default_domain(self) or DEFAULTS[name]
  self.made[name] = trim(expand(self, text or ""))
  return self.made[name]
end

--- A parameter's value, without references.
-- @string name
-- @treturn string empty where nothing is said
function Parameters:get(name) return value_of(self, name) end

local PARENTS = "parent_domain_matches_subdomains"

--- Whether a domain, where a feature has one, means those below it, too; else these have a dot before.
-- @string feature such as `relay_domains`
-- @tparam boolean default whether it does if the file does not say (3.7)
-- @treturn boolean
function Parameters:has_parents(feature, default)
  if not self.values[PARENTS] then return default end
  return lists.contains(self:list(PARENTS), feature)
end

--- A value's items, which blanks and commas separate, outside braces.
-- @string value
-- @treturn {string,...}
function main_cf.split(value)
  local items, at = {}, 1
  while true do
    at = value:find("[^%s,]", at)
    if not at then return items end
    local stop = at
    while stop <= #value and not value:find("^[%s,]", stop) do
      local _, last = value:find("^%b{}", stop)
      stop = (last or stop) + 1
    end
    items[#items + 1] = value:sub(at, stop - 1)
    at = stop
  end
end

--- The items of a parameter.
-- @string name
-- @treturn {string,...}
function Parameters:list(name) return main_cf.split(self:get(name)) end

return main_cf
