--- Causes and remedies of the codes of deliveries, and of policies and their files.
-- Each has the cause, how it comes about, and the remedy, what to do.
-- @module postoffice.policy.language.reference.codes.policies

return {
  ["recipient-null"] = {
    "mail is addressed to <>, which is only a sender: that of bounces",
    "look at the program that wrote the recipient",
  },
  ["recipient-unknown"] = {
    "the address is in a domain that is local, and no entry has it: a slip of the key,"
      .. " somebody who has left, or a proxy that was forgotten",
    "`postoffice explain` shows what was looked up; add the proxy, a rewrite or a catchall, or"
      .. ' let kind = "relay" pass the domain on',
  },
  ["recipient-gone"] = {
    'the entry has refuse = "gone"',
    "nothing; remove refuse when somebody comes back",
  },
  ["recipient-restricted"] = {
    "accept, reject or authenticated of the recipient or list refuses this sender",
    "change who may write to it; `postoffice explain --sender` shows which",
  },
  ["recipient-size"] = {
    "the message is larger than the recipient's max_size",
    "raise max_size, or send a link",
  },
  ["postoffice-unknown"] = {
    "a cc:Mail address names a post office that is not declared, while others are",
    'correct the name, or declare it: postoffice "NAME" { via = "..." }',
  },
  ["relay-denied"] = {
    "an address that came in another one (IMCEA, a DDA, a percent hack), or by a rewrite,"
      .. " would leave for a foreign domain, and nobody said that the sender may relay; that is how"
      .. " open relays were made of gateways",
    "if the sender is yours, let the host say may_relay; a stranger is rightly refused",
  },
  ["sender-unsayable"] = {
    "the next hop speaks another type, and neither the directory nor wrap has a form of the"
      .. " sender in it",
    "add wrap to the connector, give the sender a proxy of that type, or rewrite_sender",
  },
  ["secret-missing"] = {
    "the policy signs senders or opens answers by keys that the host did not give, or cannot"
      .. " get now",
    "give the option secrets (--secret NAME=FILE), and look whether its name is the policy's",
  },
  ["route-loop"] = {
    "targets or rewrites lead from an address back to it",
    "`postoffice explain` shows the circle; break it",
  },
  ["route-missing"] = {
    "no connector has a space that takes the address",
    'add the space to a connector, or "SMTP:*" to the one for all else',
  },
  ["list-empty"] = { "a list is declared without members, or its file has none", "add members" },
  ["expansion-limit"] = {
    "a message would become more deliveries than max_recipients",
    "raise max_recipients in settings, or part the list",
  },
  ["connectors-down"] = {
    "the host says that all connectors of the winning space are down; a vaguer space never"
      .. " takes their mail (Q229961)",
    "bring one up again, or add a connector with the same space",
  },
  ["message-large"] = {
    "all connectors of the space have a max_size below the message's",
    "add a connector without one, or send less",
  },
  ["sender-refused"] = {
    "senders of the connectors that have the space do not take this one",
    "add the sender, or a connector for all others",
  },
  ["fact-missing"] = {
    "a rule hangs on the sender, the size, the time or another fact, and the host did not say it",
    "let the host say it: `postoffice help envelope`; capabilities() lists what a policy needs; the"
      .. " command takes --size and --sender",
  },
  ["ask-failed"] = {
    "what answers a question of the policy failed: a server is down or slow, or refused;"
      .. " nobody is unknown because of that",
    "look at the delivery's detail, and at the server",
  },
  ["ask-in-callback"] = {
    "ask was called inside a function that gsub or sort calls, which cannot wait",
    "call ask before, and use its answer there",
  },
  ["policy-budget"] = {
    "a function ran for more than the instructions of one recipient, mostly a loop over much",
    "use a set or a directory instead of a loop; or raise the option instructions",
  },
  ["policy-memory"] = {
    "the script holds more than the option memory, 16 MiB",
    "declare people in a directory and patterns in a set, which are outside the script; or"
      .. " raise memory (--memory)",
  },
  ["policy-deadline"] = {
    "a function took more than 50 ms of processor time",
    "look for a loop, or for patterns on long texts; or raise milliseconds (--seconds)",
  },
  ["policy-asks"] = {
    "more than 4096 recipients wait for answers at once, mostly since a server is slow",
    "look at the server; or raise open_asks",
  },
  ["policy-error"] = {
    "a function of the policy raised an error, or returned what it may not",
    "the detail has the file and the line; add a test that shows it",
  },
  ["policy-reject"] = {
    "a function returned reject() without a status of its own",
    "see what it said: message and rule",
  },
  ["policy-defer"] = {
    "a function returned defer() without a status of its own",
    "see what it said: message and rule",
  },
  ["policy-closed"] = {
    "p:close() was called, and then something was asked of it",
    "ask before; after a reload take the new policy",
  },
  ["policy-invalid"] = {
    "the script has a mistake; the message has a line for each",
    "correct them; `postoffice check` prints them all",
  },
  ["policy-declarations"] = {
    "what the policy and its files declare is more than 256 MiB",
    "raise the option declarations, or compile the policy",
  },
  ["file-unreadable"] = {
    "the file is not there, or this process may not read it",
    "correct the name; look at its owner and mode",
  },
  ["file-irregular"] = { "it is a folder, a pipe or a device", "give a regular file" },
  ["file-large"] = {
    "the file is larger than what is read at once",
    "part it, or raise the option declarations",
  },
  ["file-changing"] = {
    "the file changed while it was read",
    "write it under another name and rename it: then nobody sees a half",
  },
  ["file-unwritable"] = {
    "there is no such folder, the disk is full, or this process may not write",
    "look at the folder's owner and mode",
  },
  ["snapshot-foreign"] = {
    "the file is of another version of this library, or of a machine with another byte order",
    "compile the policy again on this machine",
  },
  ["snapshot-damaged"] = {
    "the file was cut, or written over in place",
    "compile it again; replace it by rename only",
  },
  ["snapshot-differs"] = {
    "the script that the compiled file holds declares something else when it runs again,"
      .. " mostly by what it includes",
    "compile it again",
  },
  ["policy-untested"] = {
    "a new revision fails its own tests; it did not go live",
    "`postoffice test` shows which; correct policy or test",
  },
  ["policy-unproven"] = {
    "a claim of a new revision fails, or is undecided",
    "`postoffice prove` shows by which address; pass_undecided lets undecided ones pass",
  },
  ["policy-empty"] = {
    "a new revision declares nothing; mostly an editor or a copy had just emptied the file",
    "write it by rename; site:reload { force = true } insists",
  },
  ["policy-tests-lost"] = {
    "a new revision has no tests or claims, and the last one had",
    "put them back; site:reload { force = true } insists",
  },
  ["policy-unfit"] = {
    "the policy needs what a protocol cannot say, such as facts that its server does not know",
    "see what the message names: change the policy, or serve it by another protocol",
  },
  ["connector-unknown"] = {
    "a name that is no connector's was given to --down, or in a request",
    "correct it; the message says which there are",
  },
  ["claim-invalid"] = {
    "the sentence is none of the grammar of claims, or names what is not declared",
    "the message says where it stops, and what can stand there; `postoffice help going-live`"
      .. " has the grammar",
  },
  ["rewrite-not-injective"] = {
    "a rewrite with both = true makes one name of two people, so that answers could reach the"
      .. " wrong one",
    "make them recipients with both addresses as proxies",
  },
  ["policy-published"] = {
    "publish was given a compiled or published policy, which holds no script to run again",
    "publish the script, policy.lua",
  },
  ["publication-damaged"] = {
    "a row of the database was changed by hand, or not all rows were copied",
    "run postoffice publish again",
  },
}
