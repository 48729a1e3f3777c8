--- What every command writes: the columns of its rows, the keys of its objects (`--json`), and the statuses
-- that it exits with.  `--help`, `help` and the manual page print it, and a spec holds it to what the
-- commands do.
--
-- A command has `rows` and `objects`, lists of shapes, and `statuses`.  A shape has `when`, the options that
-- ask for it or what it tells, and `columns`, { name, doc }, or `keys`, { path, type, doc }: in a path
-- `a.b` is a key of an object that is the value of a, and `a[].b` one of the objects in a list. Every key
-- may be absent.  Rows of a shape that has a `sign` begin with it, and no others do.
--
-- A type that is no JSON type is a record: of `schema.records`, or of the reference of policies, where an
-- address is a text.  `like` are the names of records whose keys the object has, too.
-- A command that `logs` writes its objects without being asked.
-- @module postoffice.cli.schema

local schema = {}

-- ---- Parts that several have -------------------------------------------------

local INPUT = { "input", "string", "the address as it was given" }
local AS_GIVEN = { "address as given", "as it was given" }
local MESSAGE = { "message", "string", "what is wrong, a sentence" }
local CODE = { "code", "string", "the same as a slug: postoffice help CODE" }
local POSITION = { "position", "integer", "the byte at which it is wrong, from 1" }

local FAILURE = { when = "what cannot be read", keys = { INPUT, MESSAGE, CODE, POSITION } }

-- What a command has that makes one text of each address.
local function translation(what)
  return {
    objects = { { keys = { INPUT, { "output", "string", what } } }, FAILURE },
    statuses = { [0] = "all were read", [1] = "some were not" },
  }
end

-- What is wrong with the entries of a list.
local ERRORS = {
  { "errors", "object[]", "what cannot be read of it" },
  { "errors[].text", "string", "the entry" }, { "errors[].message", "string", "what is wrong" },
  { "errors[].code", "string", "the same as a slug" },
  { "errors[].position", "integer", "the byte of the list" },
}

-- Lists one after the other.
local function joined(...)
  local all = {}
  for _, list in ipairs { ... } do
    for _, item in ipairs(list) do all[#all + 1] = item end
  end
  return all
end

local LIST = joined({
  { "input", "string", "the list as it was given" },
  { "list", "item[]", "its addresses and groups in order" },
  { "line", "integer", "the number of its line, or of the argument" },
}, ERRORS)

local ROUTED = { [0] = "all deliver", [1] = "some do not", [78] = "the policy does not load" }
local POLICY_FAILS = "the policy does not load"

local DELIVERY_COLUMNS = {
  { "verdict", "deliver, reject, defer or pass" }, { "connector", "who carries it" },
  { "next hop", "where to" }, { "address", "as handed over" }, { "code", "why not" },
}

local BEST_COLUMNS = {
  AS_GIVEN, { "address", "the best one" }, { "how", "how it was found" }, { "code", "why none" },
}
local BEST_KEYS = {
  INPUT, { "address", "string", "the best one" }, { "how", "string", "how it was found" }, MESSAGE,
  CODE,
}

local FINDING = {
  { "where", "string", "file and line" }, { "file", "string", "the file" },
  { "line", "integer", "the line" },
  { "severity", "string",
    "error: some mail cannot arrive; warning: something has no effect; note" },
  { "code", "string", "which finding it is: postoffice help CODE" },
  { "title", "string", "what it is about, such as connector \"out\"" },
  { "message", "string", "what is wrong with that, a sentence's end" },
  { "advice", "string", "what to do" },
}

-- ---- Records -----------------------------------------------------------------

--- Objects inside of others, by name: keys as in a shape, and `like`.
schema.records = {
  change = {
    INPUT, { "old", "delivery[]", "what the old policy does" },
    { "new", "delivery[]", "what the new one does" },
    { "envelope", "envelope", "without addresses: what is known of the message" },
    { "given", "string", "without addresses: what functions were answered that asked" },
    { "classes", "integer", "without addresses: how many classes of addresses change so" },
  },
  item = {
    { "group", "string", "the name of a group" }, { "members", "item[]", "the addresses in it" },
    like = { "address" },
  },
  explanation = {
    { "sentence", "string", "what becomes of it, in a sentence" },
    { "recipient", "string", "the address" }, { "revision", "string", "the policy's" },
    { "steps", "object[]", "what happened, in order" },
    { "steps[].stage", "string", "parse, unwrap, recipient, resolve, route, handover or script" },
    { "steps[].text", "string", "what, for people" },
    { "steps[].rule", "string", "the file and line by which" },
    { "steps[].address", "string", "of parse: the address that was read" },
    { "steps[].unused", "boolean", "what it tells of took no part" },
    { "steps[].candidate", "object", "of route: a connector that could carry it" },
    { "steps[].candidate.connector", "string", "its name" },
    { "steps[].candidate.space", "string", "the address space" },
    { "steps[].candidate.cost", "number", "of the space" },
    { "steps[].candidate.class", "string", "how exact the space is" },
    { "steps[].candidate.literals", "integer", "how many characters of it are no wildcards" },
    { "steps[].candidate.wins", "boolean", "it was chosen, or would be next" },
    { "steps[].candidate.why", "string", "why it was not" },
    { "deliveries", "delivery[]", "the answers" },
  },
  entry = {
    { "name", "string", "what it is called" },
    { "kind", "string",
      "word, event, function, record, type, syntax, library, lack, code, finding" },
    { "doc", "string", "what it is" }, { "example", "string", "lines of a policy" },
    { "named", "boolean | string", "a name stands after the word, or a text of this kind" },
    { "optional_name", "boolean", "or none" },
    { "items", "string", "the field of values without a name" },
    { "fields", "field[]", "of a word, a record or a type" },
    { "arguments", "field[]", "of a function or an event" },
    { "answers", "object[]", "what an event's function may return" },
    { "answers[].type", "string", "of what type" }, { "answers[].doc", "string", "what it means" },
    { "returns", "object[]", "what a function returns" },
    { "returns[].type", "string", "of what type" }, { "returns[].doc", "string", "what it is" },
    { "fails", "string", "what it returns of bad data" },
    { "failure", "string", "and after that" }, { "raises", "string", "what it raises on" },
    { "in_functions", "boolean", "it may be called in functions" },
    { "while_loading", "boolean", "it may be called while the script loads" },
    { "status", "string", "of a code: by RFC 3463" },
    { "rows", "object[]", "of patterns: how they are written" },
    { "rows[].written", "string", "what is written" }, { "rows[].doc", "string", "what it means" },
    { "trials", "object[]", "of patterns: what they match" },
    { "trials[].pattern", "string", "the pattern" }, { "trials[].address", "string", "an address" },
    { "trials[].captures", "any", "false: it does not match; what is kept, by name" },
    { "classes", "object[]", "of spaces: what follows" },
    { "classes[].name", "string", "which" }, { "classes[].doc", "string", "what it means" },
    { "has", "object[]", "of Lua's libraries: their functions" },
    { "has[].name", "string", "the library" }, { "has[].functions", "string[]", "their names" },
    { "defined", "boolean", "of a type: it is defined in Lua" },
    { "severity", "string", "of a finding: error, warning or note" },
    { "cause", "string", "of a finding: how it comes about" },
    { "remedy", "string", "of a finding: what to do" },
    { "finding", "entry", "of a code: what check finds by the same name" },
  },
  field = {
    { "name", "string", "its name, or path" }, { "type", "string", "what it holds" },
    { "doc", "string", "what it is" }, { "optional", "boolean", "it may be absent" },
    { "required", "boolean", "it has to be there" },
    { "default", "any", "what it is unless said" },
    { "values", "any[]", "what it may be" }, { "example", "string", "as a policy has it" },
    { "least", "number", "of a number" }, { "most", "number", "of a number" },
    { "fields", "field[]", "those inside it" },
  },
}

-- ---- Commands ----------------------------------------------------------------

--- By the name of the command.
schema.commands = {}

local commands = schema.commands

commands.parse = {
  rows = {
    { when = "--list", columns = {
      { "address", "as SMTP has it, others with their type" }, { "name", "the display name" },
      { "group", "the group that it is in" }, { "line", "the number of the list" },
    } },
    { when = "--headers", columns = {
      { "field", "From, To, ..." }, { "address", "as SMTP has it" }, { "name", "the display name" },
      { "group", "the group that it is in" }, { "line", "where the field begins" },
      { "file", "the file" },
    } },
  },
  objects = {
    { keys = { INPUT }, like = { "address" } }, FAILURE, { when = "--list", keys = LIST },
    { when = "--headers", keys = joined(LIST, {
      { "field", "string", "From, To, ..." }, { "file", "string", "the file" },
    }) },
  },
  statuses = { [0] = "all were read", [1] = "some were not" },
}

commands.format = translation "in the notation asked for"
table.insert(commands.format.objects, { when = "--list", keys = joined({
  { "input", "string", "the list as it was given" },
  { "output", "string", "the value of a header field" },
}, ERRORS) })

commands.validate = {
  rows = { { columns = {
    AS_GIVEN, { "judgement", "valid or invalid" }, { "code", "why" }, { "byte", "where" },
  } } },
  objects = { { keys = {
    INPUT, { "valid", "boolean", "whether it is" }, MESSAGE, CODE, POSITION,
  } } },
  statuses = { [0] = "all are valid", [1] = "some are not" },
}

commands.diagnose = {
  rows = { { columns = {
    AS_GIVEN, { "grade", "ok, 5321, cfws, deprecated, 5322 or error; unusual or limits of others" },
    { "codes", "each with its byte: CODE@BYTE" },
  } } },
  objects = { { keys = {
    INPUT, { "grade", "string", "as in rows" }, { "findings", "object[]", "all there is to say" },
    { "findings[].code", "string", "which it is" },
    { "findings[].severity", "string", "error: validate refuses it; note" },
    { "findings[].message", "string", "a sentence" },
    { "findings[].position", "integer", "the byte" },
    { "findings[].source", "string", "where the rule stands, such as RFC 5321 4.5.3" },
  } } },
  statuses = { [0] = "all are valid", [1] = "some are not" },
}

commands.normalize = translation "in its canonical form"
commands.normalize.rows = { { when = "--identity", columns = BEST_COLUMNS } }
table.insert(commands.normalize.objects, { when = "--identity", keys = BEST_KEYS })
commands.normalize.statuses[78] = "--identity: " .. POLICY_FAILS

commands.key = translation "what all spellings of the mailbox have in common"
commands.decapsulate = translation "the address inside"
commands.convert = translation "of the type asked for"

commands.route = {
  rows = { { columns = joined({ AS_GIVEN }, DELIVERY_COLUMNS, {
    { "entry", "whose it became" }, { "sender", "as handed over" },
    { "sentence", "for the stranger at the other end" },
  }) } },
  objects = { { keys = { INPUT }, like = { "delivery" } } },
  statuses = ROUTED,
}

commands.explain = {
  objects = { { keys = { INPUT }, like = { "explanation" } } },
  statuses = ROUTED,
}

commands.resolve = {
  rows = {
    { columns = {
      AS_GIVEN, { "address", "what it comes to" }, { "how", "how it was found" },
      { "entry", "whose it is" }, { "extension", "what stood after the separator" },
      { "code", "why it is nobody's" },
    } },
    { when = "--as", columns = BEST_COLUMNS },
  },
  objects = {
    { keys = {
      INPUT, { "address", "string", "what it comes to" }, { "how", "string", "how it was found" },
      { "entry", "string", "whose it is" },
      { "extension", "string", "what stood after the separator" },
      { "via", "string[]", "the entries that led there" },
      { "verdict", "string", "reject, defer or pass where it is no address" }, CODE,
      { "status", "string", "by RFC 3463" }, { "message", "string", "for strangers" },
      { "detail", "string", "for the administrator" },
    } },
    { when = "--as", keys = BEST_KEYS },
  },
  statuses = { [0] = "all are somebody's", [1] = "some are not", [78] = POLICY_FAILS },
}

commands.rewrite = {
  rows = { { columns = {
    AS_GIVEN, { "address", "what it becomes" },
    { "rule", "the file and line; none: no rule matches" },
    { "code", "why it cannot be read" },
  } } },
  objects = { { keys = {
    INPUT, { "address", "string", "what it becomes" }, { "rule", "string", "the file and line" },
    MESSAGE, CODE,
  } } },
  statuses = { [0] = "all were read", [1] = "some were not", [78] = POLICY_FAILS },
}

commands.nexthop = {
  rows = { { columns = joined({ AS_GIVEN }, DELIVERY_COLUMNS) } },
  objects = { { keys = { INPUT }, like = { "delivery" } } },
  statuses = ROUTED,
}

commands.compile = {
  objects = { { keys = {
    { "file", "string", "what was written" }, { "revision", "string", "the policy's" },
  } } },
  statuses = { [0] = "it is written", [74] = "it cannot be written", [78] = POLICY_FAILS },
}

commands.publish = {
  rows = { { when = "the addresses that change, before a sentence", columns = {
    { "change", "new, gone or changed" }, { "key", "of the address" }, { "name", "the entry's" },
  } } },
  objects = { { keys = {
    { "revision", "integer", "the number of the one that is live" },
    { "written", "boolean", "whether this made it so" },
    { "policy", "string", "new or same" }, { "added", "integer", "addresses that came" },
    { "removed", "integer", "addresses that went" },
    { "changed", "integer", "addresses that changed" },
  } } },
  statuses = {
    [0] = "it is live, or was", [1] = "it does not prove itself",
    [74] = "the database does not take it", [78] = POLICY_FAILS,
  },
}

commands.test = {
  objects = {
    { keys = {
      { "file", "string", "the policy" }, { "where", "string", "file and line of the test" },
      { "word", "string", "test or claim" }, { "name", "string", "its name" },
      { "passed", "boolean", "whether it did" },
      { "undecided", "boolean", "of a claim that did not: nothing decides it" },
      { "field", "string", "what is otherwise" },
      { "expected", "string", "what it should be" }, { "got", "string", "what it is" },
      { "explanation", "string", "why, in lines" },
    } },
    { when = "a policy that does not load", keys = {
      { "file", "string", "the policy" }, { "passed", "boolean", "false" }, MESSAGE,
    } },
    { when = "--coverage", keys = {
      { "file", "string", "the policy" }, { "rules", "integer", "how many it has" },
      { "reached", "integer", "how many of them tests reach" },
      { "uncovered", "string[]", "file and line of the others" },
    } },
  },
  statuses = {
    [0] = "all pass", [1] = "some fail", [3] = "a claim is undecided, and nothing fails",
    [78] = "a policy does not load",
  },
}

commands.check = {
  objects = { { keys = FINDING } },
  statuses = {
    [0] = "nothing but notes", [1] = "warnings or errors", [78] = "a policy does not load",
  },
}

commands.export = {
  objects = { { keys = {
    { "name", "string", "the entry's" }, { "proxies", "string[]", "its addresses" },
    { "targets", "string[]", "where its mail goes on to" },
    { "keep", "boolean", "it keeps a copy" }, { "members", "string[]", "of a list" },
    { "owner", "string", "of a list" },
    { "refuse", "string | boolean", "its mail is refused, with that sentence" },
    { "propagate", "string | boolean", "targets get the extension" },
    { "accept", "string[]", "who may write" }, { "reject", "string[]", "who may not" },
    { "authenticated", "boolean", "who writes has to be" },
    { "max_size", "integer", "of a message, in bytes" },
  } } },
  statuses = { [0] = "all is written", [1] = "some is left out", [78] = POLICY_FAILS },
}

commands.graph = {
  objects = {
    { when = "a node", keys = {
      { "id", "string", "its name" },
      { "kind", "string",
        "addresses, directory, domain, connector, nexthop, postoffice, gateway or type" },
      { "label", "string", "for people" }, { "rule", "string", "file and line that declare it" },
      { "entries", "integer", "of the directory: how many" },
      { "is", "string", "of a domain: local, relay or former" },
      { "speaks", "string", "of a connector: the type" },
      { "hop", "hop", "of a next hop: taken apart" },
    } },
    { when = "an edge", keys = {
      { "from", "string", "a node's name" }, { "to", "string", "another's" },
      { "label", "string", "such as a space and its cost" },
      { "space", "string", "the address space" }, { "cost", "number", "of the space" },
    } },
  },
  statuses = { [0] = "it is drawn", [78] = POLICY_FAILS },
}

commands.prove = {
  objects = { { keys = {
    { "claim", "string", "the sentence" },
    { "declared", "string", "file and line, if the policy has it" },
    { "outcome", "string", "holds, fails or undecided" },
    { "sentence", "string", "why, for people" }, { "why", "string", "why it is undecided" },
    { "where", "string", "the rule that decided, or the function that has a say" },
    { "witness", "string", "an address for which it is not so" },
    { "envelope", "envelope", "what is known of its message" },
    { "given", "string", "what functions would have to answer" },
    { "delivery", "delivery", "what becomes of the witness" },
    { "explanation", "explanation", "and why" },
  } } },
  statuses = {
    [0] = "all hold", [1] = "one fails", [3] = "one is undecided", [78] = POLICY_FAILS,
  },
}

local CHANGED = { "changed", "integer", "how many addresses, or classes of them, change" }

commands.diff = {
  rows = {
    { columns = joined({
      { "side", "<, what the old one does, or >, the new" }, AS_GIVEN,
    }, DELIVERY_COLUMNS, {
      { "entry", "whose it became" }, { "extension", "what stood after the separator" },
      { "sender", "as handed over" },
      { "message", "without addresses: what is known of it, as options", optional = true },
    }) },
    { when = "what others change alike", sign = "=", columns = {
      { "side", "=" }, { "message", "how many other kinds of addresses" },
    } },
    { when = "--against", columns = {
      { "side", "<, what the tables do, or >, the policy" }, AS_GIVEN, { "answer",
        "what it becomes" },
    } },
  },
  objects = {
    { when = "a change", like = { "change" }, keys = {
      { "others", "change[]", "without addresses: other kinds of addresses that change so" },
    } },
    { when = "a change, --against", keys = {
      INPUT, { "table", "string[]", "what the tables answer" },
      { "policy", "string[]", "what the policy does" },
    } },
    { when = "at the end", keys = {
      CHANGED, { "addresses", "integer", "of how many that were given" },
      { "ways", "integer", "in how many ways; of a log, or without addresses" },
      { "proven", "boolean", "without addresses: nothing else changes" },
      { "undecided", "string[]", "what hangs on what" },
      { "dropped", "object[]",
        "domains at which nothing is encapsulated or signed any more, or is no longer opened" },
      { "dropped[].domain", "string", "which" },
      { "dropped[].connector", "string", "by whom it was encapsulated or signed" },
      { "dropped[].types", "string[]", "what was opened" },
      { "dropped[].where", "string", "file and line" },
      { "dropped[].what", "string", "encapsulated, signed or opened" },
    } },
  },
  statuses = {
    [0] = "nothing changes", [1] = "something does", [3] = "nothing does as far as that is proven",
    [78] = "a policy does not load",
  },
}

commands.x500 = {
  rows = {},
  objects = {
    { keys = {
      { "file", "string", "where it stands" }, { "line", "integer", "the line" },
      { "person", "string", "whose it is, by --for or the file" },
      { "proxy", "string", "the X500 address" },
    } },
    { when = "what cannot be read", keys = {
      { "file", "string", "where it stands" }, { "line", "integer", "the line" },
      { "text", "string", "what stands there" }, MESSAGE, CODE,
    } },
  },
  statuses = { [0] = "all was read", [1] = "not all, or nothing was there" },
}

commands.proxies = {
  rows = { { columns = {
    { "name", "the person's" }, { "address", "what the template makes" },
    { "because", "--explain: how it came about", optional = true },
  } } },
  objects = { { keys = {
    { "name", "string", "the person's" }, { "address", "string", "what the template makes" },
    { "template", "string", "the template" },
    { "how", "string", "template, number, alias or own" },
    { "number", "integer", "what tells it from others" },
    { "because", "string", "how it came about, a sentence" }, MESSAGE, CODE,
    { "file", "string", "where the person stands" }, { "line", "integer", "the line" },
  } } },
  statuses = { [0] = "all got theirs", [1] = "some did not", [78] = POLICY_FAILS },
}

commands.import = {
  objects = {
    { when = "what check finds in it", keys = FINDING },
    { when = "at the end", keys = {
      { "written", "string[]", "the files that were written" },
      { "notes", "integer", "how many things could not be carried over" },
    } },
  },
  statuses = {
    [0] = "check finds nothing but notes in it", [1] = "it finds more",
    [78] = "what was written does not load, by a mistake of ours",
  },
}

commands.serve = {
  logs = true,
  objects = {
    { when = "the log: a decision", keys = {
      { "time", "string", "when, as RFC 3339 has it, in UTC" },
      { "protocol", "string", "who asked: socketmap, delegation, readsocket, http or auth_http" },
      { "map", "string", "what was asked: a map, the protocol's state, route" },
      { "site", "string", "the policy's name" }, { "recipient", "string", "for whom" },
      { "sender", "string", "from whom, if it is known" },
      { "instance", "string", "Postfix's name of the message" },
      { "action", "string", "deliver, here, pass, nobody, refuse, defer, fault; or the word of the"
        .. " reply" },
      { "status", "string", "RFC 3463's" }, { "code", "string", "why, as a slug" },
      { "connector", "string", "who carries it" },
      { "rule", "string", "file and line that decided" },
      { "seconds", "number", "how long it took" },
    } },
    { when = "the log: what happens to the process", keys = {
      { "time", "string", "when" },
      { "event", "string", "ready, reloaded, reload refused, refused, failed, down, up, stopping,"
        .. " stopped and the like" },
      { "protocol", "string", "whose connection" }, { "site", "string", "the policy's name" },
      { "process", "integer", "which of several" },
      { "revision", "string", "the one that is live" }, { "message", "string", "what is wrong" },
    } },
  },
  statuses = {
    [0] = "it was told to end, and has answered what was asked", [78] = "a policy does not load, or"
      .. " cannot be served",
  },
}

commands.help = {
  objects = {
    { when = "an entry of the reference", like = { "entry" }, keys = {} },
    { when = "a page of the manual", keys = {
      { "name", "string", "its name" }, { "kind", "string", "page" },
      { "title", "string", "what it is about" }, { "text", "string", "all of it, in Markdown" },
    } },
    { when = "a field", like = { "field" }, keys = { { "kind", "string", "field" } } },
    { when = "a command", keys = {
      { "name", "string", "its name" }, { "kind", "string", "command" },
      { "summary", "string", "what it does, a line" }, { "doc", "string", "what it does" },
      { "options", "object[]", "its options and arguments" },
      { "options[].name", "string", "how it is written" },
      { "options[].value", "string", "what its value is called" },
      { "options[].doc", "string", "what it is for" }, { "examples", "string[]", "lines" },
      { "rows", "object[]", "what its rows are" },
      { "objects", "object[]", "what its objects are" },
      { "rows[].when", "string", "the option that asks for it" },
      { "rows[].columns", "object[]", "in order" }, { "rows[].columns[].name", "string", "which" },
      { "rows[].columns[].doc", "string", "what it is" },
      { "rows[].columns[].optional", "boolean", "it may be missing" },
      { "objects[].when", "string", "the option that asks for it, or what it tells" },
      { "objects[].like", "string[]", "records whose keys it has, too" },
      { "objects[].keys", "object[]", "in order" },
      { "objects[].keys[].name", "string", "its path" },
      { "objects[].keys[].type", "string", "its type" },
      { "objects[].keys[].doc", "string", "what it is" },
      { "statuses", "object[]", "what it exits with" },
      { "statuses[].status", "integer", "the number" }, { "statuses[].doc", "string", "when" },
    } },
  },
  statuses = { [0] = "it is printed", [2] = "there is no such word" },
}

--- The statuses that every command may exit with.
schema.statuses = {
  [2] = "the command is used wrong", [69] = "a library is missing",
  [70] = "a mistake in the command itself", [74] = "reading or writing failed",
  [130] = "interrupted by Ctrl-C", [141] = "nobody reads the output any more",
}

return schema
