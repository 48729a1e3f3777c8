--- Causes and remedies of the codes of mail servers that ask a policy.
-- Each has the cause, how it comes about, and the remedy, what to do.
-- @module postoffice.policy.language.reference.codes.hosts

return {
  ["wire-missing"] = {
    "the delivery's address is of a type that the mail server cannot write in RCPT TO",
    'let the connector speak SMTP, with wrap = { domain = "..." }',
  },
  ["not-rewritten"] = {
    "a transport map was asked for an address that the virtual map would have changed, so the"
      .. " virtual map is not in use",
    "set virtual_alias_maps (or recipient_canonical_maps) to the policy's map",
  },
  ["expansion-unsayable"] = {
    "a list has more members than the server takes in one answer, 1,000 addresses or 100,000"
      .. " bytes in Postfix",
    "let the list server expand it, or part the list",
  },
  ["recipients-forgotten"] = {
    "the policy service was restarted between RCPT TO and the end of the message, or a restriction"
      .. " before it permitted recipients, so that it was not asked about them",
    "after a restart nothing: the sender tries again; else put check_policy_service before all"
      .. " that permits",
  },
  ["signers-several"] = {
    "one SRS map stands for connectors that sign by different keys or domains",
    "give each connector a map of its own",
  },
  ["host-failed"] = {
    "the program that serves the policy failed, or was stopped",
    "its log says why; mail waits meanwhile",
  },
}
