--- Connectors that are told to be down, in a file: all processes share it, and it outlives them.
--
-- A line is a connector's name, which is then down in every policy that has it; or a policy's name, a tab and a
-- connector's, for that policy alone.  Lines that begin with # and empty ones are passed over.  Who changes it
-- writes another file and renames it, as `set` does, since what is half written would be read.  A file that is
-- too long to be read whole is neither read nor written.
-- @module postoffice.host.down

local core = require "postoffice.core"

local down = {}

local Down = {}
Down.__index = Down

local MOST_BYTES = 1048576

-- The lines of a text as sets of names by policy; "" are those of all.
local function parse(text)
  local by_site = { [""] = {} }
  for whole in text:gmatch "[^\n]+" do
    local line = whole:gsub("\r$", "")
    if line:sub(1, 1) ~= "#" and line:find "%S" then
      local site, name = line:match "^([^\t]*)\t(.+)$"
      site = site or ""
      by_site[site] = by_site[site] or {}
      by_site[site][name or line] = true
    end
  end
  return by_site
end

local function too_long(path)
  return ("%s: more than %d bytes would not be read"):format(path, MOST_BYTES)
end

-- The text of a file, empty where there is none; or nil and why it cannot be read whole.
local function read(path)
  local file, message, code = io.open(path, "rb")
  if not file then
    if code == 2 then return "" end -- ENOENT: nothing is down
    return nil, message
  end
  local text, why = file:read(MOST_BYTES + 1)
  file:close()
  if text == nil and why then return nil, why end
  if text and #text > MOST_BYTES then return nil, too_long(path) end
  return text or ""
end

-- Takes a text over; returns whether it is another.
local function take(self, text)
  if text == self.text then return false end
  self.text, self.by_site, self.of = text, parse(text), {}
  return true
end

--- Looks whether the file has changed.
-- @treturn boolean|nil whether it has; nil if it cannot be read, and what was known stays
-- @treturn string message
function Down:look()
  if not self.path then return false end
  local text, message = read(self.path)
  if not text then return nil, message end
  return take(self, text)
end

--- The connectors of a policy that are down.
-- @tparam string site
-- @treturn table set of names; not to be changed
function Down:of_site(site)
  local names = self.of[site]
  if names then return names end
  names = {}
  for _, list in ipairs { self.by_site[""], self.by_site[site] or {} } do
    for name in pairs(list) do names[name] = true end
  end
  self.of[site] = names
  return names
end

-- The lines of a text, but for one.
local function without(text, dropped)
  local kept, is_there = {}, false
  for line in text:gmatch "[^\n]+" do
    if line:gsub("\r$", "") == dropped then
      is_there = true
    else
      kept[#kept + 1] = line
    end
  end
  return kept, is_there
end

-- The lines of a text where a connector is up in a policy: what was down in all stays so in the others.
local function lifted(text, site, name, others)
  local kept, was_everywhere = without(text, name)
  kept = without(table.concat(kept, "\n"), site .. "\t" .. name)
  if not was_everywhere then return kept end
  for _, other in ipairs(others or {}) do
    local line = other .. "\t" .. name
    kept = without(table.concat(kept, "\n"), line)
    kept[#kept + 1] = line
  end
  return kept
end

-- The lines of a text after a connector was told to be down, or up.
local function changed(text, site, name, is_down, others)
  if site and not is_down then return lifted(text, site, name, others) end
  local line = site and site .. "\t" .. name or name
  local kept = without(text, line)
  if is_down then kept[#kept + 1] = line end
  return kept
end

--- Tells that a connector is down, or up again: in a policy, or in all.
-- @tparam string|nil site
-- @tparam string name
-- @tparam boolean is_down
-- @tparam[opt] {string,...} others the other policies: where it was down in all, it stays so in them
-- @treturn true|nil
-- @treturn string message
function Down:set(site, name, is_down, others)
  if not self.path then return nil, "there is no file to keep it in; give --down FILE" end
  if name:find "[\n\r\t]" or name:find "^#" then
    return nil, "a file of lines cannot hold the name"
  end
  local text, message = read(self.path) -- others may have written
  if not text then return nil, message end
  local kept = changed(text, site, name, is_down, others)
  local new = table.concat(kept, "\n") .. (kept[1] and "\n" or "")
  if #new > MOST_BYTES then return nil, too_long(self.path) end
  local ok
  ok, message = core.write_file(self.path, new)
  if not ok then return nil, message end
  take(self, new)
  return true
end

--- Opens a file of connectors that are down; it need not be there yet.
-- @tparam[opt] string path without one, nothing is ever down
-- @treturn table|nil
-- @treturn string message
function down.open(path)
  local self = setmetatable({ path = path, text = nil, by_site = { [""] = {} }, of = {} }, Down)
  local ok, message = self:look()
  if ok == nil then return nil, message end
  return self
end

return down
