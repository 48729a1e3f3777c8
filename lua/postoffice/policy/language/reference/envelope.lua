--- The envelope: what the host knows of a message, as functions of a script see it.
--
-- A field is { name, type, doc }; `optional`: absent where nobody knows; `given`: what the host may
-- say instead, { type, doc }, which is optional, too; `hidden`: no script sees it.
-- @module postoffice.policy.language.reference.envelope

return {
  {
    name = "envelope", kind = "record",
    doc = "What the host knows of a message. A field that it does not tell is nil.",
    fields = {
      { "sender", "address", "who wrote it; of <>, the sender of bounces, the local part is empty;"
        .. " nil where the host does not say, which is in no set and matches nothing (mail.in_set,"
        .. " mail.matches); look before asking for its fields, or mail.equal of it",
        given = { "string | address", '"" or "<>" is the null sender; absent: not known' },
        optional = true },
      { "may_relay", "boolean", "the sender may write to foreign domains through us",
        optional = true },
      { "authenticated", "boolean", "the sender is who it says", optional = true },
      { "arrived_by", "string", "the connector that it came by; what passes through does not go"
        .. " back by it", optional = true },
      { "down", "string[]", "the connectors that are down, those that are declared",
        given = { "string[] | table<string, boolean>", "the connectors that are down" },
        optional = true },
      { "size", "number", "in bytes", optional = true },
      { "now", "number", "seconds since 1970-01-01 00:00 UTC; the clock's unless the host says",
        given = { "number", "seconds since 1970-01-01 00:00 UTC; the clock's unless given" } },
      { "client", "string | table", "who connected, in the words of the host", optional = true },
      { "admitted", "boolean", "who may write to the recipients, and how much, was decided before:"
        .. " entries have no restrictions", hidden = true, optional = true },
      { "context", "any", "handed to what answers ask, and seen by no script", hidden = true,
        optional = true },
    },
  },
}
