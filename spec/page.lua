--- Says in the page that explains a route what may run in it: the hashes of its style and script
-- (CSP 3 section 2.4.1).  `make page` writes them; a spec holds them.

local helper = require "spec.helper"

local page = { PATH = "lua/postoffice/host/page.html" }

local function hash(text)
  local path = helper.write(os.tmpname(), text)
  local digest = helper.output(("openssl dgst -sha256 -binary %s | openssl base64"):format(path))
  os.remove(path)
  return "sha256-" .. digest
end

--- The page with the hashes that it should have.
-- @string text
-- @treturn string
function page.hashed(text)
  for element, directive in pairs { style = "style-src", script = "script-src" } do
    local inside = text:match(("<%s>(.-)</%s>"):format(element, element))
    local pattern = directive:gsub("%-", "%%-") .. " 'sha256%-[^']*'"
    local written = ("%s '%s'"):format(directive, hash(inside))
    text = text:gsub(pattern, (written:gsub("%%", "%%%%")), 1)
  end
  return text
end

if arg and arg[0] and arg[0]:find "spec/page%.lua$" then
  helper.write(page.PATH, page.hashed(helper.read(page.PATH)))
end

return page
