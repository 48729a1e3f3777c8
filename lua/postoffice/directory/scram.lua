--- Proving to a server that one has a password, and that it has, too, without saying it: SCRAM-SHA-256
-- (RFC 5802, RFC 7677), by luaossl.
-- @module postoffice.directory.scram

local base64 = require "postoffice.text.base64"

local scram = {}

--- The name of the mechanism.
scram.NAME = "SCRAM-SHA-256"

local HEADER = "n,," -- no channel is bound (RFC 5802 7)

-- Rounds that a server may ask for: more only keep us busy.
local MOST_ROUNDS = 100000

local function hmac(key, text) return require "openssl.hmac".new(key, "sha256"):final(text) end

local function hash(text) return require "openssl.digest".new("sha256"):final(text) end

local function salted(password, salt, rounds)
  return require "openssl.kdf".derive {
    type = "PBKDF2", md = "sha256", pass = password, salt = salt, iter = rounds, outlen = 32,
  }
end

-- The exclusive or of two numbers of 8 bits.
local function xor(a, b)
  local value, bit = 0, 1
  for _ = 1, 8 do
    if a % 2 ~= b % 2 then value = value + bit end
    a, b, bit = math.floor(a / 2), math.floor(b / 2), bit * 2
  end
  return value
end

local function xored(a, b)
  local bytes = {}
  for i = 1, #a do bytes[i] = string.char(xor(a:byte(i), b:byte(i))) end
  return table.concat(bytes)
end

--- A text that nobody guesses.
-- @treturn string
function scram.nonce() return base64.encode(require "openssl.rand".bytes(18)) end

--- Begins.
-- @string nonce
-- @string user "" where it was said before
-- @treturn table what `finish` wants
-- @treturn string what is said first
function scram.begin(nonce, user)
  local bare = ("n=%s,r=%s"):format(user, nonce)
  return { nonce = nonce, bare = bare }, HEADER .. bare
end

--- Goes on: what is said then, and what the server has to say in the end; or nil and why.
-- @tparam table begun
-- @string password
-- @string said what the server said
-- @treturn string|nil
-- @treturn string
function scram.finish(begun, password, said)
  local nonce, salt, rounds = said:match "^r=([^,]+),s=([^,]+),i=(%d+)"
  salt, rounds = salt and base64.decode(salt), tonumber(rounds)
  if not salt or nonce:sub(1, #begun.nonce) ~= begun.nonce or rounds > MOST_ROUNDS then
    return nil, "what the server says is no SCRAM"
  end
  local key = salted(password, salt, rounds)
  local without_proof = "c=" .. base64.encode(HEADER) .. ",r=" .. nonce
  local all = begun.bare .. "," .. said .. "," .. without_proof
  local client = hmac(key, "Client Key")
  local proof = xored(client, hmac(hash(client), all))
  return without_proof .. ",p=" .. base64.encode(proof),
    "v=" .. base64.encode(hmac(hmac(key, "Server Key"), all))
end

return scram
