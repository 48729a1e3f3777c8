--- Other spellings of an address: texts that `postoffice.equal` takes for the same.
local postoffice = require "postoffice"

local spellings = {}

-- How a name can be written in several ways.
local function doubled(text) return (text:gsub(" ", "  ")) end

local function turned_case(text)
  return (text:gsub("%a", function(c) return c == c:lower() and c:upper() or c:lower() end))
end

local function with(address, changes)
  local copy = {}
  for field, value in pairs(address) do copy[field] = value end
  for field, value in pairs(changes) do copy[field] = value or nil end
  return copy
end

-- The proxy of an address, if it can be written.
local function proxy(address) return postoffice.format(address, "proxy") end

-- The proxy with all but its type as `change` has it.
local function changed(address, change)
  local text = proxy(address)
  local kind, rest = (text or ""):match "^([^:]+:)(.*)$"
  return kind and kind .. change(rest)
end

local function upper(address) return changed(address, string.upper) end
local function lower(address) return changed(address, string.lower) end
local function turned(address) return changed(address, turned_case) end

-- The same of another type that has the same keys.
local function as(type_name)
  return function(address) return proxy(with(address, { type = type_name })) end
end

-- ---- By type -----------------------------------------------------------------

local ways = {}

local function domain_form(form)
  return function(address)
    local text = proxy(address)
    return text and postoffice.normalize(text, { idn = form })
  end
end

ways.SMTP = {
  upper, lower, turned, domain_form "ascii", domain_form "unicode",
  function(address)
    local localpart = address.localpart:gsub('["\\]', "\\%0")
    return address.domain and ('SMTP:"%s"@%s'):format(localpart, address.domain)
  end,
  function(address) return postoffice.format(with(address, { display_name = "N" }), "header") end,
  function(address) return postoffice.format(with(address, { primary = false }), "oneoff") end,
}

ways.CCMAIL = {
  upper, lower, turned,
  function(address) return changed(address, doubled) end,
  function(address)
    local first, last = address.mailbox:match "^([^, ]+) ([^,]+)$"
    return first and proxy(with(address, { mailbox = last .. ", " .. first }))
  end,
  function(address)
    local last, first = address.mailbox:match "^([^, ]+), ?([^,]+)$"
    return last and proxy(with(address, { mailbox = first .. " " .. last }))
  end,
}

ways.MS = { upper, lower, turned }
ways.PCM = { upper, lower, turned, function(address)
  return changed(address, function(text) return (text:gsub("/", "\\")) end)
end }
ways.EX = { upper, lower, as "X500", as "EX" }
ways.GWISE = { upper, lower, as "GROUPWISE", as "GWISE" }
ways.MSMAIL = { upper, turned, as "MSA", as "MSMAIL", function(address)
  return changed(address, doubled)
end }
ways.TELEX = { upper, lower }

local LABELS = { "CN=", "OU=", "OU=", "OU=", "OU=", "O=" }

ways.NOTES = {
  upper, lower, turned,
  function(address) return changed(address, doubled) end,
  function(address) -- canonical
    if address.name:find "[=@]" or not address.name:find "/" then return nil end
    local count = select(2, address.name:gsub("/", "")) + 1
    local level = 0
    local name = address.name:gsub("[^/]+", function(part)
      level = level + 1
      return (level == count and "O=" or LABELS[level]) .. part
    end)
    return count <= #LABELS and proxy(with(address, { name = name }))
  end,
  function(address) -- abbreviated
    return proxy(with(address, { name = (address.name:gsub("%f[%a]%a%a?=", "")) }))
  end,
}

local function in_syntax(syntax)
  return function(address) return proxy(with(address, { syntax = syntax })) end
end

ways.X400 = {
  upper, lower, turned, in_syntax "exchange", in_syntax "rfc1685", in_syntax "rfc2156",
  function(address) return not address.a and proxy(with(address, { a = " " })) end,
  function(address)
    return (address.a or "x"):find "^ *$" and proxy(with(address, { a = false }))
  end,
  function(address)
    return address.s and proxy(with(address, { s = " " .. doubled(address.s) .. " " }))
  end,
  function(address) return not address.ou4 and proxy(with(address, { ou4 = "" })) end,
}

ways.FAX = {
  upper, lower,
  function(address)
    return proxy(with(address, { number = (address.number:gsub("%d", "%0-"):gsub("%-$", "")) }))
  end,
  function(address)
    return not address.domain and not address.t33s
      and proxy(with(address, { dialable = "9", special = "#1" }))
  end,
}

-- Hosts without a dot may be told apart by their case.
ways.UUCP = { function(address) return proxy(with(address, { user = address.user:upper() })) end }

ways.X500, ways.GROUPWISE, ways.MSA = ways.EX, ways.GWISE, ways.MSMAIL

--- Other texts for the address that a text is; few, if little of it can be written otherwise.
-- @tparam string text
-- @treturn {string,...}
function spellings.of(text)
  local address = postoffice.parse(text, { unknown = true })
  local list = {}
  for _, way in ipairs(address and ways[address.type] or {}) do
    local other = way(address)
    if other and other ~= text and postoffice.parse(other, { unknown = true })
      and postoffice.equal(other, text, { unknown = true }) then
      list[#list + 1] = other
    end
  end
  return list
end

return spellings
