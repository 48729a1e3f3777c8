--- What stands beside every topic, and the first page: where each kind of reader goes.
local html = require "spec.manual.html"
local manual = require "postoffice.manual"

local unpack = unpack or table.unpack

local navigation = {}

-- A link of the template, which knows where it stands and what page it is.
local function link(path, text)
  local current = ([[$(here == "%s" and ' aria-current="page"' or "")]]):format(path)
  return ('<li><a href="$(base)%s"%s>%s</a></li>'):format(path, current, html.escaped(text))
end

local function file_of(made) return "topics/" .. made.name .. ".md.html" end

local function topic_links(list)
  local items = {}
  for i, made in ipairs(list) do items[i] = link(file_of(made), made.short or made.title) end
  return items
end

-- Modules that nobody requires: their methods are what is public.
local METHODS = {
  ["postoffice.policy.policy"] = "methods of a policy",
  ["postoffice.policy.live"] = "methods of one that is reloaded",
}

local function module_links(list)
  local items = {}
  for i, name in ipairs(list) do
    items[i] = link(("modules/%s.html"):format(name), METHODS[name] or name)
  end
  return items
end

local function group(title, items)
  return ("<h2>%s</h2><ul>%s</ul>"):format(html.escaped(title), table.concat(items))
end

--- The list of all that there is, a line of the template for each group.
-- @tparam table all `pages` by name, `words`, `man`, `examples` and the names of `modules`
function navigation.menu(all)
  local groups = {}
  for _, reader in ipairs(manual.readers) do
    local list = {}
    for i, name in ipairs(reader.pages) do list[i] = all.pages[name] end
    groups[#groups + 1] = group(reader.title, topic_links(list))
  end
  groups[#groups + 1] = group("Reference", topic_links { all.man, unpack(all.words) })
  groups[#groups + 1] = group("Lua modules", module_links(all.modules))
  groups[#groups + 1] = group("Examples", topic_links(all.examples))
  groups[#groups + 1] = group("Configurations", topic_links(all.hosts))
  return table.concat(groups, "\n")
end

-- A page with what it is for.
local function entry(name)
  local page = manual.page(name)
  return ("<dt>%s</dt><dd>%s</dd>"):format(html.link(file_of(page), html.escaped(page.title)),
    html.escaped(page.summary))
end

-- Where things are looked up.
local LOOKUP = {
  { "topics/words.md.html", "a word of policies" }, { "topics/types.md.html", "a type of address" },
  { "topics/codes.md.html", "a code" }, { "topics/findings.md.html", "what check finds" },
  { "topics/man.md.html", "an option of the command" },
  { "modules/postoffice.html", "a function in Lua" },
}

local function lookup()
  local links = {}
  for i, row in ipairs(LOOKUP) do links[i] = html.link(row[1], row[2]) end
  return "<p>Or look something up: " .. table.concat(links, ", ") .. ".</p>"
end

--- The first page: a column for each kind of reader.
function navigation.first_page()
  local columns = {}
  for i, reader in ipairs(manual.readers) do
    local entries = {}
    for at, name in ipairs(reader.pages) do entries[at] = entry(name) end
    columns[i] = ('<section><h2>%s</h2><p>%s</p><dl>%s</dl></section>'):format(
      html.escaped(reader.title), html.escaped(reader.wants), table.concat(entries))
  end
  return lookup() .. '<div class="readers">' .. table.concat(columns, "\n") .. "</div>"
end

return navigation
