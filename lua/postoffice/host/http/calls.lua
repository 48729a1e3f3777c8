--- The calls of the HTTP API, as data: what answers them is made of this, and so is what documents
-- them.
--
-- A call has a `method`, a `path` (`{name}` in it is a field), a `doc`; `takes`, the fields of its body
-- (of its query, where the method is GET); `gives`, those of its answer; `switch`, by which it is
-- switched on; `admin`, if it changes something and so wants the token; `open`, if it never does.
-- A field is { name, type, doc }, and `required` where it is so; of a text also `most`, its bytes, and
-- `otherwise`, the code of what is longer, since the time that it takes to read it is everybody's.
-- @module postoffice.host.http.calls

local addresses = require "postoffice.host.http.addresses"
local mail_auth = require "postoffice.host.http.mail_auth"
local operations = require "postoffice.host.http.operations"
local page = require "postoffice.host.http.page"
local routing = require "postoffice.host.http.routing"

-- A list of fields, with names for what is in them.
local function fields(list)
  for _, field in ipairs(list) do
    field.name, field.type, field.doc = field[1], field[2], field[3]
  end
  return list
end

-- The fields of a list, and those of another after them.
local function joined(first, second)
  local all = {}
  for _, field in ipairs(first) do all[#all + 1] = field end
  for _, field in ipairs(second) do all[#all + 1] = field end
  return all
end

local POLICY = { "policy", "string", "its name, where there are several" }

local ENVELOPE = {
  POLICY,
  { "sender", "string", "the address of MAIL FROM; <> is the null sender" },
  { "size", "number", "bytes of the message" },
  { "client", "string", "who connected, in the words of the host" },
  { "may_relay", "boolean", "from our own networks, or logged in" },
  { "authenticated", "boolean", "the sender is who it says" },
  { "arrived_by", "string", "the connector that the message came by" },
  { "down", "strings", "connectors that are down, in place of those that are" },
  { "now", "number", "seconds since 1970, in place of the clock's" },
}

local READING = {
  { "profile", "string", "what the text may make use of: smtp, header, obsolete, lenient" },
  { "unknown", "boolean", "whether types that nobody registered are carried whole" },
}

local calls = {
  {
    method = "GET", path = "/", switch = "page", open = true, answer = page.answer,
    doc = "The page that explains a route.", takes = {}, gives = {},
  },
  {
    method = "GET", path = "/v1", doc = "The calls that there are, with what they take and give.",
    takes = {}, gives = fields {
      { "calls", "list", "each with method, path, doc, takes and gives" },
    },
  },
  {
    method = "POST", path = "/v1/parse", answer = addresses.parse,
    doc = "Reads an address, in any notation, of 8,192 bytes at most.",
    takes = fields(joined({
      { "address", "string", "the text", required = true, most = 8192,
        otherwise = "address-length" },
      { "type", "string", "the type that it has to be, such as CCMAIL" },
    }, READING)),
    gives = fields {
      { "address", "string", "with its type: SMTP:kim@example.com" },
      { "native", "string", "without it" },
      { "key", "string", "what is the same for all spellings of one mailbox" },
      { "parts", "object", "type, and the fields of that type" },
      { "grade", "string", "how good an address it is: ok, 5321, deprecated, ..." },
      { "findings", "list", "each with code, severity, position, source and message" },
    },
  },
  {
    method = "POST", path = "/v1/parse_list", answer = addresses.parse_list,
    doc = "Reads the value of a header field: a list of addresses and groups, of 64 KiB at most.",
    takes = fields(joined({
      { "list", "string", "the value", required = true, most = 65536, otherwise = "list-length" },
    }, READING)),
    gives = fields {
      { "entries", "list", "mailboxes, and groups of them with group and members" },
      { "faults", "list", "what could not be read: code, message, position, text" },
    },
  },
  {
    method = "POST", path = "/v1/route", answer = routing.route,
    doc = "Where mail goes. What fails is a delivery, too: the status of the answer is 200.",
    takes = fields(joined({
      { "to", "strings", "the recipients, 1,000 at most", required = true },
    }, ENVELOPE)),
    gives = fields {
      POLICY,
      { "revision", "string", "the policy's" },
      { "deliveries", "list", "see postoffice help delivery" },
    },
  },
  {
    method = "POST", path = "/v1/explain", switch = "explain", answer = routing.explain,
    doc = "The whole way of one address: what was tried, and why it lost.",
    takes = fields(joined({ { "to", "string", "the recipient", required = true } }, ENVELOPE)),
    gives = fields {
      { "recipient", "string", "what was asked for" },
      { "sentence", "string", "what becomes of it, a line for each delivery" },
      { "steps", "list", "each with stage, text, rule; of a candidate all that is known" },
      { "deliveries", "list", "as of /v1/route" },
      { "revision", "string", "the policy's" },
    },
  },
  {
    method = "GET", path = "/v1/policies", switch = "explain", answer = routing.policies,
    doc = "The policies that there are.", takes = {},
    gives = fields {
      { "policies", "list", "each with policy, revision, connectors, down, failure" },
      { "switches", "list", "what is switched on here" },
    },
  },
  {
    method = "GET", path = "/v1/graph", switch = "explain", answer = routing.graph,
    doc = "A policy as a graph, with how often each rule has decided.",
    takes = fields { POLICY },
    gives = fields {
      POLICY,
      { "revision", "string", "the policy's" },
      { "nodes", "list", "each with id, kind, label, rule, hits" },
      { "edges", "list", "each with from, to, label, space, cost" },
      { "elsewhere", "number", "hits of rules that are no node: of people and functions" },
    },
  },
  {
    method = "POST", path = "/v1/connectors/{name}", switch = "admin", admin = true,
    answer = operations.connector,
    doc = "Tells that a connector is down, or up again; kept over restarts.",
    takes = fields {
      { "down", "boolean", "whether it is", required = true },
      POLICY,
    },
    gives = fields {
      POLICY,
      { "connector", "string", "its name" },
      { "down", "boolean", "whether it is" },
    },
  },
  {
    method = "POST", path = "/v1/reload", switch = "admin", admin = true,
    answer = operations.reload,
    doc = "Loads a policy again; the last good revision stays if it does not prove itself.",
    takes = fields { POLICY },
    gives = fields { POLICY, { "revision", "string", "the one that is live" } },
  },
  {
    method = "GET", path = "/auth", switch = "auth_http", headers_only = true,
    answer = mail_auth.answer,
    doc = "Answers auth_http of nginx's mail proxy, for the first recipient of a session.",
    takes = {}, gives = {},
  },
  {
    method = "GET", path = "/healthz", open = true, answer = operations.healthz,
    doc = "Whether the process answers.", takes = {},
    gives = fields { { "status", "string", "ok" } },
  },
  {
    method = "GET", path = "/readyz", open = true, answer = operations.readyz,
    doc = "Whether it takes requests; 503 where it does not.", takes = {},
    gives = fields { { "status", "string", "ready" } },
  },
  {
    method = "GET", path = "/metrics", switch = "metrics", answer = operations.metrics,
    doc = "What was counted, as Prometheus reads it.", takes = {}, gives = {},
  },
}

return calls
