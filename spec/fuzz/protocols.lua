--- Fuzz targets in Lua: the protocols that mail servers speak.
--
--     lua5.4 spec/fuzz/protocols.lua NAME SECONDS [SEED]
--
-- Seeds are in `spec/fuzz/NAME.in`, a conversation each; what fails goes to `spec/fuzz/NAME.repro`,
-- to be committed with the mend. Specs try all of both, and some mutants of them.
local generate = require "spec.generate"
local helper = require "spec.helper"
local http = require "postoffice.host.http"
local http1 = require "postoffice.host.serve.http1"
local support = require "spec.72-host_support"

local fuzz = {}

local MOST = 20000 -- bytes of an input

-- ---- What has to be so ---------------------------------------------------------

-- What a codec says to bytes in some pieces.
local function converse(codec, service, pieces)
  local out, closed = support.converse(codec, service, pieces, { length = 4096 })
  return out, closed or false
end

-- The bytes in pieces of some lengths, the last one for all that is left.
local function in_pieces(bytes, random)
  local pieces, at = {}, 1
  while at <= #bytes do
    local length = random(3) == 1 and random(#bytes) or random(8)
    pieces[#pieces + 1] = bytes:sub(at, at + length - 1)
    at = at + length
  end
  return pieces
end

local SOCKETMAP = { "^OK [^%z\1-\31\127]+$", "^NOTFOUND $", "^TEMP [\32-\126]+$" }

local function is_one_of(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:find(pattern) then return true end
  end
  return text == "PERM there is no such map"
end

-- By protocol: raises unless what it said is what it may say; returns that as it is the same at any time.
local CHECKS = {}

function CHECKS.socketmap(out)
  local at = 1
  while at <= #out do
    local digits = out:match("^(%d+):", at)
    assert(digits, "no netstring")
    local from = at + #digits + 1
    local text = out:sub(from, from + tonumber(digits) - 1)
    assert(#text == tonumber(digits) and out:sub(from + #text, from + #text) == ",", "cut")
    assert(is_one_of(text, SOCKETMAP), ("%q is no reply"):format(text))
    assert(#text <= 100000, "a reply of too many bytes")
    at = from + #text + 1
  end
  return out
end

local ACTIONS = { "^DUNNO$", "^REJECT 5%.%d+%.%d+ [\32-\126]+$",
  "^DEFER_IF_PERMIT 4%.%d+%.%d+ [\32-\126]+$" }

function CHECKS.delegation(out)
  local rest = out:gsub("action=([^\n]*)\n\n", function(action)
    assert(is_one_of(action, ACTIONS), ("%q is no action"):format(action))
    return ""
  end)
  assert(rest == "", ("%q is no reply"):format(rest))
  return out
end

function CHECKS.readsocket(out)
  assert(not out:find "[%z\1-\31\127]", "a control character")
  local verdict, text = out:match "^:(%l+): (.*)$"
  if out:find "^:" then
    assert(verdict == "fail" and text:find "^5%." or verdict == "defer" and text:find "^4%.", out)
  end
  return out
end

-- A response of HTTP: its status, its body and where the next one begins.
local function read_response(out, at)
  local status, from = out:match("^HTTP/1%.1 (%d%d%d) [%w -]+\r\n()", at)
  assert(status, "no response")
  local stop, body = out:match("()\r\n\r\n()", from - 2)
  local length
  for line in (out:sub(from, stop - 1) .. "\r\n"):gmatch "(.-)\r\n" do
    assert(line == "" or line:find "^[%l%d-]+: [^%c]*$", ("%q is no field"):format(line))
    length = line:match "^content%-length: (%d+)$" or length
  end
  assert(length, "a response without its length")
  local after = body + tonumber(length)
  assert(after <= #out + 1, "a response that is cut")
  return status, out:sub(body, after - 1), after
end

function CHECKS.http1(out)
  local said, at = {}, 1
  while at <= #out do
    local status, body
    status, body, at = read_response(out, at)
    said[#said + 1] = status .. " " .. body
  end
  return table.concat(said, "\n")
end

--- The names of the targets.
fuzz.names = { "delegation", "http1", "readsocket", "socketmap" }

local SWITCHES = { explain = true, page = true }

-- By protocol, what makes its codec for a service.
local CODECS = {}

function CODECS.http1(service)
  function service.refused() end
  return http1.protocol(http.new(service, SWITCHES))
end

local made = {}

-- A service and its codec for a target: the same for all inputs.
local function codec_of(name)
  if not made[name] then
    local service = support.service(support.ARTICLE)
    made[name] = {
      service = service,
      codec = CODECS[name] and CODECS[name](service) or require("postoffice.host." .. name),
    }
  end
  made[name].service.told = {}
  return made[name].codec, made[name].service
end

--- Raises unless a codec takes some bytes as it has to: whatever comes, it says what the protocol has,
-- and the same however it comes.
function fuzz.try(name, bytes, random)
  local codec, service = codec_of(name)
  local out, closed = converse(codec, service, { bytes })
  local said = CHECKS[name](out)
  local again, closed_again = converse(codec, service, in_pieces(bytes, random))
  assert(CHECKS[name](again) == said and closed_again == closed, "another answer in other pieces")
end

-- ---- Mutants ---------------------------------------------------------------------

local TOKENS = {
  "\0", "\n", "\r\n", "\n\n", "\t", " ", ":", ",", "=", "0", "9", "99999999999", "-1", "@", "<>",
  "*", "!explain", ".inside", "ex.", "virtual", "transport", "generic.line", "srs", "canonical",
  "request=smtpd_access_policy\n", "protocol_state=RCPT\n", "protocol_state=END-OF-MESSAGE\n",
  "recipient=", "size=", "sasl_username=x\n", "policy_context=inside\n", "\195\188", "\255",
  "\r\n\r\n", "HTTP/1.1", "HTTP/2.0", "GET ", "POST ", "/v1/route", "?", "%40", "Content-Length: 5",
  "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Host: localhost\r\n", "{", "}", "[",
  support.IMCEA, support.WRAPPED, '"', "\\", "postmaster", "<@a,@b:c@d>", "CCMAIL:a at b",
}

local MUTATIONS = {
  function(bytes, at) return bytes:sub(1, at - 1) .. bytes:sub(at + 1) end,
  function(bytes, at, random)
    return bytes:sub(1, at - 1) .. string.char(random(256) - 1) .. bytes:sub(at + 1)
  end,
  function(bytes, at, random)
    return bytes:sub(1, at - 1) .. TOKENS[random(#TOKENS)] .. bytes:sub(at)
  end,
  function(bytes, at, random)
    local other = random(#bytes)
    return bytes:sub(1, at) .. bytes:sub(math.min(at, other), math.max(at, other))
      .. bytes:sub(at + 1)
  end,
  function(bytes, at) return bytes:sub(1, at) end,
  function(bytes, at, random, seeds)
    return bytes:sub(1, at) .. seeds[random(#seeds)]:sub(random(#bytes))
  end,
  function(bytes, _, random) return (bytes:gsub("%d+", tostring(random(5000)), 1)) end,
}

-- A seed, changed some times.
local function mutant(seeds, random)
  local bytes = seeds[random(#seeds)]
  for _ = 1, random(6) do
    if bytes == "" then return bytes end
    bytes = MUTATIONS[random(#MUTATIONS)](bytes, random(#bytes), random, seeds):sub(1, MOST)
  end
  return bytes
end

-- ---- Inputs ----------------------------------------------------------------------

--- The inputs of a target that are kept, by their paths.
function fuzz.inputs(name)
  local list = {}
  local pipe = assert(io.popen(("ls -d spec/fuzz/%s.in/* spec/fuzz/%s.repro/* 2>/dev/null"):format(
    name, name)))
  for path in pipe:lines() do list[#list + 1] = { path = path, bytes = helper.read(path) } end
  pipe:close()
  return list
end

--- Tries mutants of a target's inputs; raises for the first one that fails, which `keep` is given
-- before.
-- @tparam string name
-- @tparam number seed
-- @tparam function goes_on whether to try another one
-- @tparam[opt] function keep is given bytes
function fuzz.run(name, seed, goes_on, keep)
  local random, seeds = generate.random(seed), {}
  for i, input in ipairs(fuzz.inputs(name)) do seeds[i] = input.bytes end
  local count = 0
  while goes_on(count) do
    local bytes = mutant(seeds, random)
    local ok, why = pcall(fuzz.try, name, bytes, random)
    if not ok then
      if keep then keep(bytes) end
      error(("%s: %q: %s"):format(name, bytes, tostring(why)), 0)
    end
    count = count + 1
  end
  return count
end

-- ---- The program -----------------------------------------------------------------

local function main(name, seconds, seed)
  seed = tonumber(seed) or os.time()
  local until_then = os.time() + tonumber(seconds)
  local count = fuzz.run(name, seed, function() return os.time() < until_then end, function(bytes)
    os.execute(("mkdir -p spec/fuzz/%s.repro"):format(name))
    helper.write(("spec/fuzz/%s.repro/%d"):format(name, seed), bytes)
  end)
  print(("%s: %d inputs, seed %d"):format(name, count, seed))
end

if arg and (arg[0] or ""):find "fuzz/protocols%.lua$" then main(arg[1], arg[2], arg[3]) end

return fuzz
