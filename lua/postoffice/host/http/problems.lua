--- What an HTTP request can be refused for: its codes, their statuses (RFC 9110) and sentences.
-- @module postoffice.host.http.problems

local json = require "postoffice.text.json"

local problems = {}

--- By code, the status and the sentence.
problems.CODES = {
  ["address-length"] = { 413, "the address is longer than 8192 bytes" },
  ["address-missing"] = { 400, "there is no address" },
  ["body-empty"] = { 400, "the body is empty; send a JSON object, or fields as a form has them" },
  ["body-length"] = { 413, "the body is longer than may be" },
  ["body-type"] = {
    415, "the body has to be application/json or application/x-www-form-urlencoded",
  },
  ["connector-unknown"] = { 404, "the policy has no connector of this name" },
  ["field-missing"] = { 400, "a field is missing" },
  ["field-twice"] = { 400, "a field is given twice" },
  ["field-type"] = { 400, "a field is of another type than it can be" },
  ["field-unknown"] = { 400, "a field has a name that this call does not know" },
  ["fields-many"] = { 413, "a form or a query has 1,100 fields at most" },
  ["host-missing"] = { 400, "the request has no Host" },
  ["host-refused"] = { 421, "this server does not answer by this name; the option hosts lists those"
    .. " it answers by (no web page may reach it by another, as by DNS rebinding)" },
  ["json-invalid"] = { 400, "the body is no JSON" },
  ["list-length"] = { 413, "the list is longer than is read at once: 65,536 bytes; send parts" },
  ["method-refused"] = { 405, "this call wants another method; addresses stand in the body of a"
    .. " POST, where no access log has them" },
  ["origin-refused"] = { 403, "a web page of another server may not ask this one" },
  ["path-unknown"] = { 404, "there is no such call; GET /v1 lists them" },
  ["policy-missing"] = { 400, "there are several policies; say which one by the field policy" },
  ["policy-unknown"] = { 404, "there is no policy of this name" },
  ["recipients-many"] = { 413, "these are more recipients than may be asked for at once" },
  ["reload-refused"] = { 409, "the policy does not go live; the last good revision stays" },
  ["server-failure"] = { 500, "the server failed; its log says why" },
  ["switched-off"] = { 403, "this call is switched off on this server" },
  ["token-missing"] = { 401, "this call wants a token: Authorization: Bearer TOKEN" },
  ["token-refused"] = { 401, "this is not the token" },
  ["token-unset"] = { 403, "this call wants a token, and this server was started without one" },
  ["unready"] = { 503, "this server takes no requests now; ask another, or later" },
}

local encode = json.encoder { "message", "code", "field", "position" }

--- An answer of JSON.
-- @tparam number status
-- @string body
-- @tparam[opt] table headers
-- @treturn table response
function problems.response(status, body, headers)
  headers = headers or {}
  headers["content-type"] = headers["content-type"] or "application/json"
  return { status = status, headers = headers, body = body .. "\n" }
end

--- The answer to a request that is refused.
-- @string code one of `CODES`; or another one, for data that is wrong
-- @tparam[opt] table more `message` in place of the sentence, `field`, `position`
-- @tparam[opt] table headers
-- @treturn table response
function problems.refuse(code, more, headers)
  local known = problems.CODES[code] or { 400 }
  more = more or {}
  return problems.response(known[1], encode {
    message = more.message or known[2], code = code, field = more.field, position = more.position,
  }, headers)
end

return problems
