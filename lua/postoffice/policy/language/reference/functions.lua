--- The functions of the language, beside its words and `mail`.
--
-- Each has its `arguments`, { name, type, doc, optional = true }, the values that it `returns`,
-- { type, doc }, and says where it can be called: `while_loading` or in functions, or both.
-- @module postoffice.policy.language.reference.functions

-- A verdict: what may stand in a reply, and what does unless it is said.
local function verdict(name, doc, example, status, code)
  return {
    name = name, doc = doc, example = example, in_functions = true, while_loading = true,
    arguments = {
      { "message", "string", "one line for the sender; with characters that are not ASCII it goes"
        .. " to the administrator alone", optional = true },
      { "status", "string", status, optional = true },
      { "code", "string", code, optional = true },
    },
    returns = { { "verdict", "for a function to return: alone it does nothing" } },
  }
end

return {
  verdict("reject", "Refuses a recipient for good.", 'return reject("closed until May", "5.7.1")',
    "RFC 3463's, 5.x.x; 5.7.1 unless said", "a slug of your own; policy-reject unless said"),
  verdict("defer", "Lets the sender try again later.", 'return defer("under maintenance", "4.3.2")',
    "RFC 3463's, 4.x.x; 4.7.1 unless said", "a slug of your own; policy-defer unless said"),
  verdict("pass", "Says that the recipient is not the policy's business: the host goes on as if it"
    .. " had not asked.", "return pass()", "RFC 3463's, 2.x.x, 4.x.x or 5.x.x; none unless said",
    "a slug of your own; none unless said"),
  {
    name = "ask", in_functions = true,
    doc = "Asks the host, which may look it up wherever it likes and take its time; a script reads"
      .. " nothing itself. If the host cannot tell, the delivery is a defer, ask-failed, and the"
      .. " function does not go on.",
    example = 'local moved = ask("crm", address.localpart)',
    arguments = {
      { "name", "string", "what to ask: one of the names that the host answers to" },
      { "key", "string | number | boolean | table", "what about" },
    },
    returns = { { "any", "the answer: nil is not found" } },
  },
  {
    name = "include", while_loading = true,
    doc = "Runs another file of the policy's folder, as if its text stood here, but for its own"
      .. " locals.",
    example = 'local partners = include "partners.lua"',
    arguments = { { "file", "string", "its name; no folder above the policy's" } },
    returns = { { "any", "what the file returns" } },
  },
}
