--- What a route comes to: deliveries, and what the events are shown of it.
--
-- A field is { name, type, doc }, and `optional` where some have none.
-- @module postoffice.policy.language.reference.delivery

return {
  {
    name = "delivery", kind = "record",
    doc = "One answer of a policy: what becomes of one final recipient.",
    fields = {
      { "verdict", '"deliver" | "reject" | "defer" | "pass"', "what the host is to do; pass: not"
        .. " the policy's business" },
      { "code", "string", "why it is not simply a delivery, as a slug", optional = true },
      { "status", "string", "the same by RFC 3463, such as 5.1.1", optional = true },
      { "message", "string", "the same for the stranger at the other end: one line of ASCII",
        optional = true },
      { "detail", "string", "the same for the administrator, and never for strangers: one line",
        optional = true },
      { "recipient", "string", "what was asked for" },
      { "also", "string[]", "other recipients that came to the same", optional = true },
      { "entry", "string", "whose it became, by the name of the entry", optional = true },
      { "via", "string[]", "the entries that led to that one, the first one first",
        optional = true },
      { "member", "true", "what fails was reached by a list, or is one of several targets, or"
        .. " beside a copy that is kept", optional = true },
      { "extension", "string", "what stood after the separator", optional = true },
      { "address", "address", "as handed over", optional = true },
      { "wire", "string", "the same as SMTP says it", optional = true },
      { "smtputf8", "true", "it, or the sender, needs SMTPUTF8 (RFC 6531)", optional = true },
      { "final", "address", "the address at the far end, as foretold", optional = true },
      { "path", "string[]", "the post offices on the way there", optional = true },
      { "gateway", "string", "the post office that makes final of the address", optional = true },
      { "sender", "address | string", "as handed over; a text where it cannot be read",
        optional = true },
      { "connector", "string", "who carries it; none: it is for a mailbox here", optional = true },
      { "nexthop", "string", "where to, as the connector says it", optional = true },
      { "hop", "hop", "the same taken apart", optional = true },
      { "cost", "number", "of the space", optional = true },
      { "space", "string", "the address space that won", optional = true },
      { "alternatives", "alternative[]", "the rest of that space, in order", optional = true },
      { "rule", "string", "the file and line that decided", optional = true },
      { "revision", "string", "the policy's" },
    },
  },
  {
    name = "hop", kind = "record",
    doc = "A next hop taken apart: delivery.hop of nexthop = \"smtp:[192.0.2.7]:25\".",
    fields = {
      { "transport", "string", "how, as mail servers call it: smtp", optional = true },
      { "host", "string", "a host or a domain: 192.0.2.7", optional = true },
      { "port", "integer", "a number: 25", optional = true },
      { "mx", "false", "the host itself, whose mail exchangers are not asked for: it stands in"
        .. " brackets", optional = true },
    },
  },
  {
    name = "alternative", kind = "record",
    doc = "A connector that would be next, in delivery.alternatives.",
    fields = {
      { "connector", "string", "its name" },
      { "nexthop", "string", "where to", optional = true },
      { "cost", "number", "of its space" },
      { "space", "string", "the address space" },
    },
  },
  {
    name = "route", kind = "record",
    doc = "What was chosen, as on.route is shown it.",
    fields = {
      { "address", "address", "the final recipient, before it is said in the connector's type" },
      { "entry", "string", "whose it became, by the name of the entry", optional = true },
      { "connector", "string", "the one that was chosen" },
      { "nexthop", "string", "where to", optional = true },
      { "cost", "number", "of the space" },
      { "space", "string", "the address space that won", optional = true },
      { "alternatives", "string[]", "the connectors that would be next, in order" },
    },
  },
  {
    name = "verdict", kind = "record",
    doc = "What reject, defer and pass make, for a function to return.",
    fields = {
      { "verdict", '"reject" | "defer" | "pass"', "which one" },
      { "message", "string", "for the sender", optional = true },
      { "status", "string", "RFC 3463's", optional = true },
      { "code", "string", "a slug", optional = true },
    },
  },
}
