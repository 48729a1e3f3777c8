--- The command that makes proxies of bounces.
-- @module postoffice.cli.x500

local needs = require "postoffice.cli.needs"
local output = require "postoffice.cli.output"
local postoffice = require "postoffice"
local stop = require "postoffice.cli.stop"

local IS_A_DIRECTORY = 21 -- EISDIR

local function quote(word) return "'" .. word:gsub("'", [['\'']]) .. "'" end

-- The files below a folder, by name.  Lua cannot list them; the shell can.
local function files_below(folder)
  if folder:sub(1, 1) == "-" then folder = "./" .. folder end
  local pipe, message = io.popen("find " .. quote(folder) .. " -type f -print0")
  if not pipe then stop.with(stop.INPUT_OUTPUT, message) end
  local paths = {}
  for path in pipe:read("*a"):gmatch "[^%z]+" do paths[#paths + 1] = path end
  pipe:close()
  table.sort(paths)
  return paths
end

-- A file's bytes; nil and true for a folder.
local function read_file(path)
  local file, message = io.open(path, "rb")
  if not file then stop.with(stop.INPUT_OUTPUT, message) end
  local bytes, failure, number = file:read "*a"
  file:close()
  if bytes then return bytes end
  if number == IS_A_DIRECTORY then return nil, true end
  stop.with(stop.INPUT_OUTPUT, ("%s: %s"):format(path, failure))
end

-- Hands every text to a function, with the name of where it comes from.
local function each_text(session, paths, handle)
  if #paths == 0 then return handle(session:read_all(), "standard input") end
  for _, path in ipairs(paths) do
    if path == "-" then
      handle(session:read_all(), "standard input")
    else
      local bytes, is_folder = read_file(path)
      if bytes then handle(bytes, path) end
      if is_folder then each_text(session, files_below(path), handle) end
    end
    session.progress:tick()
  end
end

-- The proxies in all texts, each once, and whether all that was found could be read.
local function collect(session, paths)
  needs("lpeg", "reading bounces needs")
  local read = require("postoffice.exchange").x500_from_imceaex
  local proxies, seen, whole = {}, {}, true
  each_text(session, paths, function(text, place)
    local found, skipped = read(text)
    for _, proxy in ipairs(found) do
      local key = postoffice.key(proxy)
      if not seen[key] then proxies[#proxies + 1] = proxy end
      seen[key] = true
    end
    for _, each in ipairs(skipped) do
      whole = false
      session:report(place, each.text, each.message, each.code, each.position)
    end
  end)
  return proxies, whole
end

-- Text in single quotes, as PowerShell reads it; it takes typographic ones for the same.
local function powershell(text)
  text = text:gsub("'", "''"):gsub("\226\128[\152-\155]", "%0%0")
  return "'" .. text .. "'"
end

local WRITERS = {}

function WRITERS.lines(out, proxies)
  for _, proxy in ipairs(proxies) do out:line(output.visible(proxy)) end
end

function WRITERS.ldif(out, proxies, owner)
  local ldif = require "postoffice.text.ldif"
  local values = ldif.write(proxies, "proxyAddresses")
  if owner then
    values = ldif.write({ owner }, "dn") .. "changetype: modify\nadd: proxyAddresses\n" .. values
      .. "-\n\n"
  end
  out:write(values)
end

function WRITERS.powershell(out, proxies, owner)
  local texts = {}
  for i, proxy in ipairs(proxies) do texts[i] = powershell(proxy) end
  local list = table.concat(texts, ",\n  ")
  if owner then
    out:line(("Set-Mailbox -Identity %s -EmailAddresses @{ Add =\n  %s\n}"):format(
      powershell(owner), list))
  else
    out:line(("$proxies = @(\n  %s\n)"):format(list))
  end
end

local function run(session, options)
  local proxies, whole = collect(session, options.files)
  if #proxies == 0 then
    session:say "no encapsulated Exchange name is in it; one begins with IMCEAEX-"
    return stop.SOME_BAD
  end
  WRITERS[options.form](session.output, proxies, options.owner)
  return whole and stop.GOOD or stop.SOME_BAD
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
