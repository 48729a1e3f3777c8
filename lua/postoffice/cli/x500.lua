--- The command that makes proxies of bounces.
-- @module postoffice.cli.x500

local exit = require "postoffice.cli.exit"
local files = require "postoffice.cli.files"
local postoffice = require "postoffice"
local require_or_exit = require "postoffice.cli.require_or_exit"
local utf8 = require "postoffice.text.utf8"

-- Hands every text to a function, with the name of where it comes from.
local function each_text(session, paths, handle)
  files.each(paths, function(file, path)
    handle(session:read_all(file), path or "standard input")
    session.progress:tick()
  end)
end

-- The proxies in all texts, each once, and whether all that was found could be read.
local function collect(session, paths)
  require_or_exit("lpeg", "reading bounces needs")
  local read = require("postoffice.exchange").x500_from_imceaex
  local proxies, seen, whole = {}, {}, true
  each_text(session, paths, function(text, place)
    local found, skipped = read(text)
    for _, proxy in ipairs(found) do
      local key = postoffice.key(proxy)
      if not seen[key] then proxies[#proxies + 1] = proxy end
      seen[key] = true
    end
    for _, skip in ipairs(skipped) do
      whole = false
      session:report(place, skip.text, skip.message, skip.code, skip.position)
    end
  end)
  return proxies, whole
end

-- A character by its code units, as .NET keeps them.
local function code_units(sequence)
  local point = utf8.codepoint(sequence)
  if point < 0x10000 then return ("' + [char]0x%04X + '"):format(point) end
  point = point - 0x10000
  return ("' + [char]0x%04X + [char]0x%04X + '"):format(0xD800 + math.floor(point / 0x400),
    0xDC00 + point % 0x400)
end

-- Text in UTF-8 as PowerShell reads it, in ASCII: Windows PowerShell reads a script without a mark in the
-- ANSI code page, in which other bytes can be quotation marks.
local function powershell(text)
  local quoted = text:gsub("'", "''"):gsub("%c", code_units)
  quoted = "'" .. utf8.map(quoted, tostring, code_units) .. "'"
  quoted = quoted:gsub(" %+ ''$", "")
  return quoted:find("[char]", 1, true) and "(" .. quoted .. ")" or quoted
end

-- Each returns whether it has written all of them.
local WRITERS = {}

function WRITERS.lines(session, proxies)
  for _, proxy in ipairs(proxies) do session:write_text(proxy) end
  return true
end

function WRITERS.ldif(session, proxies, owner)
  local ldif = require "postoffice.text.ldif"
  local values = ldif.write(proxies, "proxyAddresses")
  if owner then
    values = ldif.write({ owner }, "dn") .. "changetype: modify\nadd: proxyAddresses\n" .. values
      .. "-\n\n"
  end
  session.output:write(values)
  return true
end

-- Those that are text to .NET; says which are not.
local function in_utf8(session, proxies)
  local kept = {}
  for _, proxy in ipairs(proxies) do
    if utf8.is_valid(proxy) then
      kept[#kept + 1] = proxy
    else
      session:report("--form powershell", proxy, postoffice.message "utf8-invalid", "utf8-invalid")
    end
  end
  return kept
end

function WRITERS.powershell(session, proxies, owner)
  local texts, kept = {}, in_utf8(session, proxies)
  for i, proxy in ipairs(kept) do texts[i] = powershell(proxy) end
  if #kept == 0 then return false end
  local list = table.concat(texts, ",\n  ")
  if owner then
    session.output:line(("Set-Mailbox -Identity %s -EmailAddresses @{ Add =\n  %s\n}"):format(
      powershell(owner), list))
  else
    session.output:line(("$proxies = @(\n  %s\n)"):format(list))
  end
  return #kept == #proxies
end

local function run(session, options)
  if options.owner and not utf8.is_valid(options.owner) then
    exit.with(exit.WRONG_USE, "--for: the name is not well-formed UTF-8")
  end
  local proxies, whole = collect(session, options.files)
  if #proxies == 0 then
    session:say "no encapsulated Exchange name is in it; one begins with IMCEAEX-"
    return exit.SOME_BAD
  end
  local written = WRITERS[options.form](session, proxies, options.owner)
  return whole and written and exit.GOOD or exit.SOME_BAD
end

return {
  {
    name = "x500", run = run, options = { "files", "form", "owner" },
    summary = "make X500 proxies of bounces",
    description = "Reads bounces, or any other text, and prints an X500 proxy for every Exchange"
      .. " name that is encapsulated in them (IMCEAEX-_O=...). With such a proxy a mailbox answers"
      .. " to its former name again.",
    examples = {
      "postoffice x500 bounce.eml",
      "postoffice x500 --form powershell --for klee bounces/",
      "postoffice x500 --form ldif --for 'CN=Kim Lee,OU=People,DC=a,DC=example' <bounce.txt",
    },
  },
}
