--- What `check` finds in policies that load.
--
-- A finding has a `severity`, the worst that it is told with: `error`, some mail cannot arrive; `warning`,
-- something has no effect, or another than it says; `note`, worth a look.  Its `doc` says what it is, its
-- `cause` how it comes about, its `remedy` what to do.
-- @module postoffice.policy.language.reference.findings

local function finding(name, severity, doc, cause, remedy)
  return { name = name, severity = severity, doc = doc, cause = cause, remedy = remedy }
end

return {
  finding("answer-unstable", "error", "A virtual map's answer is not its own answer",
    "with --as virtual: Postfix asks the map again for each of its answers, and a rule makes"
      .. " something else of one; where that has no end, the message waits for ever (451)",
    "put an exception before the rule, a rewrite that makes the same again, or let it make what no"
      .. " rule takes"),
  finding("both-collides", "note", "A rewrite with `both` is no way back for some sender",
    "an earlier rewrite takes the name that the sender would be given, and sends answers to it to"
      .. " somebody else, so such a sender stays as it is",
    "put the rewrite before that one; leave it where no such sender writes"),
  finding("catchall-broken", "error", "A domain's catch-all ends nowhere",
    "what it leads to is nobody, goes in circles, has no connector, or is nothing that strangers"
      .. " may relay to (a warning); mail that it catches is refused with the code that is told",
    "correct the catch-all, or declare what is missing"),
  finding("check-unfinished", "warning", "The check ended before all was looked at",
    "functions of the policy, or very many entries, take all the time that there is",
    "see what the functions do, or give more time: --seconds, load_milliseconds"),
  finding("connector-nowhere", "warning", "A connector leads nowhere",
    "it says neither nexthop nor reaches", 'say where: nexthop = "smtp:[192.0.2.7]:25"'),
  finding("domain-empty", "warning", "A domain of another type than SMTP has no address",
    "no address of its type can be like its space", "correct the space, or remove the domain"),
  finding("entry-broken", "error", "An entry's mail ends nowhere",
    "its target, or a member of the list, is nobody, goes in circles, has no connector, or is"
      .. " nothing that strangers may relay to (a warning); mail for it is refused with the code"
      .. " that is told",
    "correct the target or the members; declare the domain or connector that is missing"),
  finding("entry-circular", "warning", "A list or a forward leads back to itself",
    "it is among its own members, directly or through others; everybody gets one copy",
    "take one of them out of the other"),
  finding("entry-closed", "warning", "An entry takes mail of nobody",
    "reject names all whom accept does, so that it takes bounces at most",
    "take them out of reject, or accept others, too"),
  finding("gateway-nowhere", "error", "What a gateway of ours makes has no way on",
    "a post office is our gateway to a type that no connector carries, and no domain, rewrite or"
      .. " entry of ours takes",
    "add a connector with a space of that type"),
  finding("member-restricted", "note", "Some of a list's mail may be refused",
    "members, or targets, have restrictions of their own, which hold for the list's mail, too, and"
      .. " are not seen to let all of it through",
    "say the same of both, if that is not meant"),
  finding("name-unknown", "error", "A function of the script names what nobody has",
    "a global that nothing sets, a field that a library has not, what Lua has and a script has not,"
      .. " or a set that is not declared, as a literal of mail.in_set; where it is called or looked"
      .. " into, mail for which it is waits. A warning, where it is only looked at, and so always"
      .. " nil, as is a field of the envelope, a route or a delivery that none has. Files of more"
      .. " than 4 MiB are not read for it",
    "write what was meant; a script may look whether something is there: if table.pack then"),
  finding("owner-broken", "error", "Bounces of a list are lost",
    "its owner refuses mail from <>, or is nobody", "name an owner who takes mail from <>"),
  finding("owner-circular", "warning", "Bounces of a list come back to the list",
    "its owner is the list, or leads to it, so that they go to all of its members",
    "name an owner who does not"),
  finding("pattern-covered", "note", "A pattern of several adds nobody",
    "in a set, senders, accept or reject, others beside it, alone or together, have all of its"
      .. " addresses; of those that have the same, the last is told",
    "remove it, if nobody else was meant"),
  finding("pattern-undecided", "note", "It is not known whether a pattern adds anybody",
    "others have some of its addresses; whether they have all together is for code to say that"
      .. " knows their type, or there are too many",
    "see whether it is needed; with * instead of ? and {name} it is known most often"),
  finding("pattern-wrong", "error", "A function matches by a pattern that is none",
    "a literal of mail.matches cannot be read, or is of a type that is a slip of the key; mail for"
      .. " which it is called waits", "correct it"),
  finding("policy-unfit", "error", "Postfix cannot be told of it",
    "with --as virtual: a fact that no map is told, a list's owner, a list of too many, a next hop"
      .. " that does not speak SMTP; postoffice serve refuses it, too",
    "take it out, or serve the policy by a protocol that can say it"),
  finding("postmaster-missing", "warning", "A local domain has no postmaster",
    "nobody has postmaster@ there, which RFC 5321 4.5.1 asks for, or mail for it ends nowhere; a"
      .. " note, where no domain is local, and <Postmaster> is nobody",
    "give somebody the proxy smtp:postmaster@DOMAIN"),
  finding("postoffice-undecided", "note", "It is not known whether a post office's mail has a way",
    "none of what was tried has one; whether other mail to it has is for a function to say, or for"
      .. " code that knows its type, or there are too many classes of it",
    "see where its mail goes: postoffice explain"),
  finding("postoffice-unreached", "warning", "A post office is reached by nothing",
    "no connector has a space that takes its mailboxes, wherever reaches and via lead, and nothing"
      .. " of ours does",
    'add its space, "CCMAIL:* at NAME", to the connector that leads there'),
  finding("proxy-elsewhere", "note", "A proxy is in none of our domains of its type",
    "domains of that type are declared, and the proxy is in none of them; of each type the first is"
      .. " told, but for old names of Exchange (EX, X500) and targets",
    "correct it, or declare its domain"),
  finding("proxy-near-miss", "note", "A proxy is at a slip of the key from a domain of ours",
    "its domain differs in one letter of a label from one that is declared: of a label of four or"
      .. " more, or the last, of three",
    "correct it, or declare its domain, too"),
  finding("proxy-signed", "note", "Signed answers to a proxy go past its entry",
    "its domain is not declared, so what comes back signed to it goes to that domain; of each"
      .. " domain the first is told",
    "declare the domain, or remove the proxy"),
  finding("relay-nowhere", "error", "A relay domain has no way",
    "no connector carries the mail of a domain that is to be relayed, or not all of it",
    'add its space, "SMTP:*@DOMAIN", to the connector that leads there'),
  finding("return-wrong", "error", "An event returns what it may not",
    "a literal that on.route returns is no connector, or one of on.recipient no address; mail for"
      .. " which it does waits", "correct it"),
  finding("rewrite-circular", "warning", "Rewrites turn addresses into each other",
    "what one makes the next takes, and so on round; each address is rewritten once",
    "remove one of them, or put an exception before it"),
  finding("rewrite-empty", "warning", "A rewrite matches nothing",
    "no address can be as its pattern asks", "correct the pattern, or remove it"),
  finding("rewrite-endless", "warning", "A rewrite is applied again without end",
    "with again = true it matches what it, or others after it, made; mail for such an address is"
      .. " refused as a loop", "leave out again, or put an exception before it"),
  finding("rewrite-shadowed", "warning", "A rewrite never gets its turn",
    "earlier ones, alone or together, and entries of the directory, which go before all rewrites,"
      .. " take all of its addresses, also where some have been applied once already",
    "put it before them, or remove it"),
  finding("rewrite-undecided", "note", "It is not known whether a rewrite gets its turn",
    "earlier ones take all of its addresses until they have been applied; whether one is made then"
      .. " that comes to it is for a function to say, or there are too many ways",
    "see whether it is needed"),
  finding("rewrites-uncompared", "note", "Not all rewrites were held against each other",
    "there are too many that are alike", "write a name without wildcards in some field, such as the"
      .. " domain"),
  finding("row-skipped", "warning", "Something wrong in a file was left out",
    'it cannot be read, and on_error = "skip" lets all else in', "correct it in the file"),
  finding("row-unused", "note", "Something in a directory's file is not used",
    "people and groups of LDIF have no address; a list's row does not say who is on it; of two"
      .. " fields one goes before the other; a column or attribute that is not known holds"
      .. " addresses",
    "correct it in the file, if that is not meant; name a column in columns"),
  finding("secret-missing", "warning", "Keys are named that nobody gives",
    "a connector signs, or a domain opens answers, by keys that the host does not have; mail that"
      .. " needs them waits",
    "give them by the option secrets; to the command, by --secret NAME=FILE"),
  finding("sender-confused", "warning", "A sender becomes somebody else",
    "a rewrite_sender makes of somebody's address that of another entry",
    "put an exception before it: a rewrite_sender for that address"),
  finding("sender-unaligned", "warning", "The sender changes, and From does not",
    "a rule for some connectors, of which one speaks SMTP, changes the domain in the envelope"
      .. " alone, so SPF speaks for a domain that From does not show (RFC 7489 3.1)",
    "let it hold for all connectors, so that rewrite_header changes From, too"),
  finding("sender-unopened", "warning", "Answers to some senders do not come back",
    "they are carried at a domain where nothing takes them out again",
    "add unwrap with their types to a local domain"),
  finding("sender-unsayable", "warning", "Some senders cannot be said to a next hop",
    "it speaks a type in which their addresses, or those that rules make of them, cannot be"
      .. " written, and the directory has no other of theirs; their mail is refused (5.1.7); a note"
      .. " where rules turn some of them into others, or nobody speaks their type",
    "add wrap to the connector, or turn them into others by rewrite_sender"),
  finding("set-empty", "note", "A set that is used has nothing in it",
    "its file is empty, so that nobody is in it", "see whether what writes the file does"),
  finding("set-unused", "warning", "A set is named by nothing",
    "no connector, entry, function or claim asks for it",
    "remove it, or correct the name elsewhere"),
  finding("size-limited", "note", "Large mail has no way",
    "all connectors of a space have a max_size, and a vaguer space does not take what is larger",
    "give the space to a connector without max_size, if larger messages are to arrive"),
  finding("space-comma", "warning", "A space or pattern of X.400 has a comma between attributes",
    "attributes are separated by semicolons, so this is one attribute (Q182798)",
    "write semicolons"),
  finding("space-drained", "warning", "Mail of a space waits",
    "all connectors that have it have the weight 0",
    "give one a weight, or the space to another connector"),
  finding("space-empty", "warning", "No address falls into a space",
    "no address of its type can be like it", "correct it, or remove it"),
  finding("space-invalid", "warning", "A space or pattern is like no valid address",
    "an attribute of it is no valid one, such as a country of three letters",
    "correct the attribute, or remove it"),
  finding("space-local", "warning", "A space is of a domain that is local",
    "what nobody there has is unknown, and does not leave by a connector",
    'write kind = "relay" for the domain, or remove the space'),
  finding("space-near-miss", "note", "A space is at a slip of the key from a domain of ours",
    "its domain differs in one letter of a label from one that is declared: of a label of four or"
      .. " more, or the last, of three",
    "correct it, or declare its domain, too"),
  finding("space-outdone", "warning", "A space wins for nobody",
    "spaces with wildcards are better than those that name an organization or a site alone, and"
      .. " take whoever is there",
    "write the vaguer ones without wildcards, such as X400:; or remove it"),
  finding("space-percent", "warning", "A space has a %",
    "% is a letter here; Exchange took it for any character", "write ? for any character"),
  finding("space-repeated", "warning", "A connector has a space twice", "it is written twice",
    "remove one"),
  finding("space-shadowed", "warning", "A space never wins",
    "better spaces, or others of its connector that go before it, alone or together, take all of"
      .. " its addresses", "remove it, or those"),
  finding("space-tie", "note", "Two connectors share a space",
    "they have it at the same cost, so each gets a half, by a hash of the address",
    "give the one that should wait a higher cost; or say by weight what each gets"),
  finding("space-typed-twice", "warning", "A space or pattern has two types",
    "what stands before the second colon is taken for part of the address",
    "write the type once"),
  finding("target-near-miss", "note", "Where mail goes on to is at a slip of the key from ours",
    "a rewrite makes it, an entry sends mail or a list its bounces there, or it is a catch-all; its"
      .. " domain differs in one letter of a label from one that is declared: of a label of four or"
      .. " more, or the last, of three",
    "correct it, or declare its domain, too"),
  finding("template-broken", "error", "A template gives nobody an address",
    "what it makes of names is no valid address of its type, whatever they are",
    "correct it; postoffice proxies --explain shows what it makes of somebody"),
  finding("template-foreign", "warning", "A template gives people addresses that are not ours",
    "no domain that is declared, local or relayed, has them, so that their mail goes elsewhere",
    "correct the template, or declare its domain"),
  finding("type-unknown", "warning", "A type is spoken of that nobody knows",
    "it is a slip of the key, or defined nowhere",
    'correct it; or say that it is meant: settings { types = { "TYPE" } }'),
}
