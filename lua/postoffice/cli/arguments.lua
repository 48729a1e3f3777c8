--- Reads the command's arguments by what the commands say of themselves.
--
-- A command is a table: `name`, `summary` (a line for the list), `description`,
-- `examples`, `options` (names of `OPTIONS`, or lists of them), `run` (a function of a session and
-- the options that returns the exit status).
-- @module postoffice.cli.arguments

local require_or_exit = require "postoffice.cli.require_or_exit"
local exit = require "postoffice.cli.exit"
local expand = require "postoffice.cli.prefixes"

local arguments = {}

local WIDTH = 80

local NOTATIONS = { "proxy", "native", "oneoff", "header", "path" }

local UNITS = { [""] = 1, K = 2 ^ 10, M = 2 ^ 20, G = 2 ^ 30 }

-- Reads a number of bytes, such as 10M; or nil and what is wrong with the option.
local function bytes_of(option)
  return function(text)
    local digits, unit = text:match "^(%d+)([KMG]?)$"
    if digits then return tonumber(digits) * UNITS[unit] end
    return nil, ("%s %s: write a number of bytes, such as 1000, 10K or 10M"):format(option, text)
  end
end

-- What reads a number from `least` to `most`, which `range` says in words.
local function within(read, option, least, most, range)
  return function(text)
    local number, message = read(text)
    if not number or number >= least and number <= most then return number, message end
    return nil, ("%s %s: has to be %s"):format(option, text, range)
  end
end

-- Reads a number; or nil and what is wrong with the option.
local function number_of(option, example)
  return function(text)
    local number = tonumber(text)
    if number and number == number and number >= 0 and number < math.huge then return number end
    return nil, ("%s %s: write a number, such as %s"):format(option, text, example)
  end
end

-- Reads a number of a range; `example` is shown where it is none.
local function number_within(option, example, least, most)
  return within(number_of(option, example), option, least, most,
    ("from %s to %d"):format(least, most))
end

-- What passes a text on that is of a form, which `said` says in words.
local function pattern_of(option, pattern, said)
  return function(text)
    if text:find(pattern) then return text end
    return nil, ("%s %s: write %s"):format(option, text, said)
  end
end

-- Options by name: what kind argparse calls them, and their properties.
local OPTIONS = {
  addresses = { "argument", "address", args = "*", target = "addresses",
    description = "an address; from standard input, one a line, where none is given or for a -" },
  addresses_or_files = { "argument", "address", args = "*", target = "addresses",
    description = "an address, with --list a list, with --headers a file or folder; from standard"
      .. " input where none is given or for a -" },
  list = { "flag", "--list", description = "each line is a list of addresses" },
  headers = { "flag", "--headers", description = "read messages, header blocks and mboxes" },
  width = { "option", "--width", argname = "OCTETS",
    convert = number_within("--width", "78", 32, 998),
    description = "with --list: the most octets of a line, 78 where nothing is said" },
  column = { "option", "--column", argname = "OCTETS",
    convert = number_within("--column", "4", 0, 998),
    description = "with --list: where in its line the list will stand, such as 4 after 'To: '" },
  utf8 = { "flag", "--utf8",
    description = "with --list: write names that are not ASCII as they are (RFC 6532)" },
  null = { "flag", "-0 --null",
    description = "addresses on standard input end with NUL, not with the line" },
  literal = { "flag", "--literal",
    description = "lines that begin with # are addresses, not comments" },
  unbuffered = { "flag", "-u --unbuffered",
    description = "answer each address at once, also where no terminal waits for it" },
  color = { "option", "--color", argname = "WHEN", choices = { "auto", "always", "never" },
    description = "paint the lines: auto, at a terminal unless $NO_COLOR is set; always; never" },
  all_kinds = { "flag", "--all", target = "all",
    description = "without addresses: print a witness of each kind of those that change alike" },
  json = { "flag", "--json", description = "write JSON, one object a line" },
  type = { "option", "--type", argname = "TYPE",
    description = "the addresses are of this type, such as CCMAIL, and need not say so" },
  notation = { "option", "--notation", argname = "NOTATION", choices = NOTATIONS,
    description = "how the addresses are written: " .. table.concat(NOTATIONS, ", ") },
  profile = { "option", "--profile", argname = "PROFILE",
    description = "what may be made use of beyond RFC 5321: smtp, header, obsolete or lenient; with"
      .. " switches, such as header,+semicolons,-comments" },
  unknown = { "flag", "--unknown", description = "carry addresses of unknown types whole" },
  as = { "option", "--as", argname = "NOTATION", choices = NOTATIONS, default = "proxy",
    description = "how to write them: " .. table.concat(NOTATIONS, ", ") },
  as_map = { "option", "--as", argname = "MAP", choices = { "virtual" }, target = "as",
    description = "look, too, for what Postfix cannot be told by such a map: rules whose answer is"
      .. " not its own answer, lists of too many, facts that no map is told" },
  as_type = { "option", "--as", argname = "TYPE", target = "as_type",
    description = "the best address of this type, such as SMTP" },
  identity = { "flag", "--identity",
    description = "the one SMTP identity of each, by a policy, and how it was found" },
  to = { "option", "--to", argname = "TYPE", count = 1,
    description = "the type to convert to, such as SMTP" },
  domain = { "option", "--domain", argname = "DOMAIN",
    description = "the SMTP domain that is to carry what is of another type" },
  postoffice = { "option", "--postoffice", argname = "NAME",
    description = "the cc:Mail post office whose gateway is to carry what is SMTP" },
  gateway = { "option", "--gateway", argname = "X400",
    description = "the O/R address of the X.400 gateway, such as 'c=us;a= ;p=Org;'" },
  mcgam = { "option", "--mcgam", argname = "FILE",
    description = "which domains and which O/R addresses mean the same (RFC 2156 Appendix F)" },
  syntax = { "option", "--syntax", argname = "SYNTAX",
    choices = { "exchange", "rfc1685", "rfc2156", "msmail" },
    description = "how to write X.400: exchange, rfc1685, rfc2156, msmail" },
  policy = { "option", "-p --policy", argname = "FILE",
    description = "the policy; else $POSTOFFICE_POLICY, else ./policy.lua" },
  sender = { "option", "--sender", argname = "ADDRESS",
    description = "the message's sender; <> for bounces" },
  may_relay = { "flag", "--may-relay", target = "may_relay",
    description = "the sender may relay: from our own networks, or logged in" },
  authenticated = { "flag", "--authenticated",
    description = "the sender has proven to be who it says" },
  down = { "option", "--down", argname = "NAME", count = "*",
    description = "a connector that is down; may be repeated" },
  arrived_by = { "option", "--arrived-by", argname = "NAME", target = "arrived_by",
    description = "the connector that the message came by; what passes through does not go back" },
  size = { "option", "--size", argname = "BYTES", convert = bytes_of "--size",
    description = "the message's size, such as 10M" },
  now = { "option", "--now", argname = "SECONDS", convert = number_of("--now", "1790000000"),
    description = "the time that it is for the policy, in seconds since 1970; the clock's unless"
      .. " said" },
  client = { "option", "--client", argname = "TEXT",
    description = "who delivers the message, as the host tells the policy, such as 192.0.2.1" },
  ask = { "option", "--ask", argname = "NAME=FILE", count = "*",
    description = "what answers the policy's questions of that name: lines of a key, a tab and the"
      .. " answer; .csv, of which the first column is the key; .json, an object; or a live"
      .. " directory, ldap:OPTION=VALUE;..., redis:... or sql:..., by the options of"
      .. " postoffice.directory; with a password, ldap:@FILE, an option a line in a file that"
      .. " nobody else can read; may be repeated" },
  secret = { "option", "--secret", argname = "NAME=FILE", count = "*",
    description = "the keys of that name, one a line, in a file that nobody else can read: the"
      .. " first signs, all verify; may be repeated" },
  memory = { "option", "--memory", argname = "BYTES",
    convert = within(bytes_of "--memory", "--memory", 2 ^ 14, 2 ^ 30, "from 16K to 1G"),
    description = "what the policy's script may hold, such as 64M; 16M unless said" },
  seconds = { "option", "--seconds", argname = "SECONDS",
    convert = number_within("--seconds", "2", 0.001, 1e6),
    description = "the processor time that the script may take to load, and for each address" },
  serve_policies = { "option", "-p --policy", argname = "[NAME=]FILE", count = "*",
    target = "policies",
    description = "a policy, and the name of its maps, the file's unless said; may be repeated;"
      .. " else $POSTOFFICE_POLICY, else ./policy.lua" },
  serve_databases = { "option", "--sql", argname = "[NAME=]FILE", count = "*", target = "databases",
    description = "a policy that is live in a database, and the name of its maps; FILE, that nobody"
      .. " else can read, says where it is, as libpq has it; may be repeated" },
  socketmap = { "option", "--socketmap", argname = "ADDRESS", count = "*",
    description = "answer socketmap_table(5) there: a path, or a loopback address and a port,"
      .. " such as 127.0.0.1:10041, or fd:NAME for a socket of systemd's; may be repeated" },
  policy_service = { "option", "--policy-service", argname = "ADDRESS", count = "*",
    target = "policy_service",
    description = "answer Postfix's policy delegation there; may be repeated" },
  readsocket = { "option", "--readsocket", argname = "ADDRESS", count = "*",
    description = "answer Exim's ${readsocket} there; may be repeated" },
  http = { "option", "--http", argname = "ADDRESS", count = "*",
    description = "answer HTTP there; beyond loopback with --token alone; may be repeated" },
  mode = { "option", "--mode", argname = "OCTAL", default = "0660",
    convert = pattern_of("--mode", "^0?[0-7][0-7][0-7]$", "three octal digits, such as 0660"),
    description = "the mode of Unix sockets" },
  group = { "option", "--group", argname = "NAME",
    convert = pattern_of("--group", "^[%w._-]+$", "the name of a group"),
    description = "the group of Unix sockets, such as postfix" },
  token = { "option", "--token", argname = "FILE",
    description = "what HTTP clients have to know: a line of a file that nobody else can read;"
      .. " calls that change something want it, and beyond loopback all do" },
  host = { "option", "--host", argname = "NAME", count = "*", target = "hosts",
    description = "a name by which HTTP clients may call the server, beside localhost and its"
      .. " address; may be repeated" },
  explain_calls = { "flag", "--explain",
    description = "switch on the HTTP calls that explain" },
  metrics = { "flag", "--metrics", description = "switch on /metrics for Prometheus" },
  admin = { "flag", "--admin",
    description = "switch on the HTTP calls that change something: connectors down and up,"
      .. " reload" },
  page = { "flag", "--page", description = "switch on the page that explains a route" },
  auth_http = { "flag", "--auth-http", target = "auth_http",
    description = "switch on /auth for nginx's mail proxy, which asks for the first recipient of a"
      .. " session alone: a policy may have one next hop" },
  backends_defer = { "flag", "--backends-defer", target = "backends_defer",
    description = "with --auth-http: a policy may have several next hops, since each server answers"
      .. " 4xx for whom it does not have" },
  down_file = { "option", "--down", argname = "FILE", target = "down_file",
    description = "connectors that are down, a name a line, or policy, tab and name; read again"
      .. " when it changes" },
  log_file = { "option", "--log", argname = "FILE", target = "log_file",
    description = "write the log there; standard error unless said; opened again at SIGHUP" },
  redact = { "option", "--redact", argname = "HOW", choices = { "cut", "hash" },
    description = "hide the mailboxes of addresses in the log: cut, or hash, the same for the"
      .. " same address until the next start" },
  jobs = { "option", "-j --jobs", argname = "COUNT", target = "jobs", default = "1",
    convert = number_within("--jobs", "4", 1, 256),
    description = "processes that answer" },
  length = { "option", "--length", argname = "BYTES", convert = bytes_of "--length",
    description = "the most bytes of a request, such as 64K; 100000 of a socketmap, 64K of a"
      .. " policy service, 20000 of a readsocket and 1M of an HTTP body unless said" },
  timeout = { "option", "--timeout", argname = "SECONDS", default = "10",
    convert = number_within("--timeout", "10", 0.001, 1e6),
    description = "the seconds for a request that has begun, and for a reply to be taken; idle"
      .. " connections stay" },
  connections = { "option", "--connections", argname = "COUNT", default = "4000",
    convert = number_within("--connections", "4000", 1, 1e6),
    description = "connections of a process at once; beyond, the one that has been idle longest"
      .. " is closed" },
  open_asks = { "option", "--open-asks", argname = "COUNT", target = "open_asks",
    convert = number_within("--open-asks", "4096", 1, 1e6),
    description = "questions of a policy that may wait for a directory at once, 4096 unless"
      .. " said; beyond, recipients are deferred" },
  drain = { "option", "--drain", argname = "SECONDS", default = "10",
    convert = number_within("--drain", "10", 0, 1e6),
    description = "the seconds that what was asked has to be answered in after SIGTERM" },
  policies = { "argument", "file", args = "*", target = "policies",
    description = "a policy; $POSTOFFICE_POLICY or ./policy.lua where none is given" },
  each_policy = { "option", "-p --policy", argname = "FILE", count = "*", target = "named",
    description = "a policy, as an argument is; may be repeated" },
  one_policy = { "argument", "file", args = "?", target = "file",
    description = "the policy, as --policy has it" },
  claims = { "argument", "claim", args = "*", target = "claims",
    description = "a sentence, such as 'every local is delivered here or is rejected'; the policy's"
      .. " own where none is given" },
  time_limit = { "option", "--seconds", argname = "SECONDS", target = "time_limit",
    convert = number_of("--seconds", "2"),
    description = "the time that each claim may take, 10 unless said; what takes longer is"
      .. " undecided" },
  seconds_of_all = { "option", "--seconds", argname = "SECONDS", target = "seconds",
    convert = number_within("--seconds", "2", 0.001, 1e6),
    description = "without addresses, the time in which all of them are looked at, 10 unless said:"
      .. " what takes longer is not proven; and the processor time that the script may take to"
      .. " load, and for each address" },
  one_or_two = { "argument", "file", args = "1-2", target = "policies",
    description = "the old policy and the new one; one alone with --against" },
  against = { "option", "--against", argname = "COMMAND", count = "*",
    description = "compare with what a program answers that reads keys, one a line, and prints"
      .. " those it knows, each with its value after a tab, as postmap -q - does" },
  as_table = { "option", "--as", argname = "TABLE", count = "*", target = "as",
    choices = {
      "transport", "virtual", "canonical", "recipients", "recipient_access", "sender_access",
      "sender_canonical",
      "sender_transport", "sender_relayhost", "generic",
    },
    description = "with --against: what table the program is, once for each; virtual unless said;"
      .. " recipients: of all users of --mydestination, others are refused there;"
      .. " recipient_access: what check_recipient_access asks about --sender's mail; those that are"
      .. " asked for senders: sender_access (check_sender_access), sender_canonical and generic as"
      .. " their _maps, sender_transport and sender_relayhost as the sender_dependent ones" },
  probe = { "option", "--recipient", argname = "ADDRESS", target = "probe",
    description = "with --against and tables that are asked for senders: to whom the senders on"
      .. " standard input write, somebody@somewhere.example unless said" },
  default = { "option", "--default", argname = "NEXTHOP",
    description = "with --against: where the server sends what no transport table knows, such as"
      .. " smtp:[192.0.2.1], or smtp: for the recipient's own domain; unless said, where the policy"
      .. " sends what it says nothing of" },
  whole = { "flag", "--whole",
    description = "with --against: ask for whole addresses alone, as Postfix asks regexp, pcre, tcp"
      .. " and socketmap tables; commands that name one of these are asked so anyway" },
  delimiter = { "option", "--delimiter", argname = "CHARACTERS",
    description = "with --against: Postfix's recipient_delimiter" },
  mydestination = { "option", "--mydestination", argname = "DOMAIN", count = "*",
    description = "with --against: a domain of whose users the name alone is a key, or several,"
      .. " with commas; the first is Postfix's myorigin, too; users of all of them are the same" },
  log = { "option", "--log", argname = "FORMAT", choices = { "exim", "postfix", "tsv" },
    description = "standard input is a mail log: Exim's main log, Postfix's, or tab-separated lines"
      .. " of sender, recipient, size, time and client" },
  log_origin = { "option", "--origin", argname = "DOMAIN",
    description = "with --log postfix: the domain of names that have none, Postfix's myorigin" },
  source = { "argument", "format", target = "source",
    choices = { "csv", "exchange55", "gwart", "ldif", "postfix", "recipients", "sendmail" },
    description = "whose files they are" },
  sources = { "argument", "file", args = "+", target = "files",
    description = "a file, or NAME=FILE, which says what it is" },
  origin = { "option", "--origin", argname = "DOMAIN",
    description = "the domain of names that have none" },
  addresses_to = { "option", "--addresses", argname = "FILE", target = "addresses_to",
    description = "write the addresses by which the policy can be compared with what it was made"
      .. " of: every key, what its partial forms take, and a witness of each rule" },
  people = { "argument", "file", args = "*", target = "files",
    description = "people in rows of CSV, under a header that names the columns; standard input"
      .. " where none is given or for a -" },
  explain = { "flag", "--explain", description = "say how each address came about" },
  files = { "argument", "file", args = "*", target = "files",
    description = "a text, or a folder of texts; standard input where none is given or for a -" },
  format = { "option", "--format", argname = "FORMAT", default = "csv",
    choices = { "csv", "ldif", "exchange55", "json" },
    description = "csv, ldif or exchange55; or json, for other programs" },
  form = { "option", "--form", argname = "FORM", default = "lines",
    choices = { "lines", "ldif", "powershell", "csv", "json" },
    description = "lines, ldif, powershell, or csv and json with file, line and person" },
  owner = { "option", "--for", argname = "NAME|FILE.csv", target = "owner",
    description = "whose proxies they become: a distinguished name for LDIF, an identity for"
      .. " PowerShell, or for either a CSV file of people, by whose aliases and names they are"
      .. " found" },
  output = { "option", "-o --output", argname = "FILE", count = 1, target = "output",
    description = "the file to write; it is replaced at once, or stays as it was" },
  sql = { "option", "--sql", argname = "FILE", count = 1,
    description = "where the database is, in a file that nobody else can read, as libpq has it:"
      .. " host=/run/postgresql dbname=mail user=postoffice password=..." },
  dry_run = { "flag", "-n --dry-run", target = "dry_run",
    description = "say what would change, and change nothing" },
  verify = { "flag", "--verify", description = "look at every byte of a compiled policy" },
  coverage = { "flag", "--coverage", description = "list the rules that no test reached" },
  run = { "option", "--run", argname = "TEXT",
    description = "only the tests and claims whose names hold the text" },
  watch = { "flag", "--watch",
    description = "test again whenever a file of a policy changes, until Ctrl-C" },
  tap = { "flag", "--tap", description = "write the Test Anything Protocol" },
  word = { "argument", "word", args = "?", target = "word",
    description = "a word, field, event, function, type, code or command" },
  version = { "flag", "-V --version", description = "print the version and exit" },
}

local REMARKS = [[
Addresses are written in any notation: [ccmail:user@domain at internet],
CCMAIL:user@domain at internet, Kim Lee <kim.lee@example.com>. One that begins
with a hyphen goes after --.

A terminal gets no control or format characters and no bytes that are no UTF-8
of an address: they are written \x1b; so they are in rows, and in JSON as
\u001b. A file or program gets the addresses that format, normalize,
decapsulate, convert and x500 write as they are.

Exit status: 0 all deliver or are valid, 1 some do not, 2 the command is used
wrong, 3 a claim is undecided, 69 a library is missing, 74 reading or writing
failed, 78 the policy does not load.]]

local EPILOG = REMARKS .. [[


postoffice help lists the manual; begin with postoffice help ten-minutes.

Examples:
  postoffice parse '[ccmail:user@domain at internet]'
  postoffice route --policy policy.lua <addresses.txt
  postoffice explain 'pat.jones@exchange.example'
  postoffice test --coverage policy.lua]]

-- Adds the options that are named, in lists of lists, to a list.
local function add_named(list, names)
  for _, name in ipairs(names) do
    if type(name) == "table" then
      add_named(list, name)
    else
      list[#list + 1] = OPTIONS[name]
    end
  end
  return list
end

--- The options of a command, each as `OPTIONS` has it.
-- @tparam table command
-- @treturn {table,...}
function arguments.options_of(command) return add_named({}, command.options) end

local function add_option(parser, option, words)
  local properties = { name = option[2] }
  for key, value in pairs(option) do
    if type(key) == "string" then properties[key] = value end
  end
  properties.choices = words or properties.choices
  parser[option[1]](parser, properties)
end

-- What a command writes, and its examples: much to load, so only whoever asks for help gets it.
local function epilog_of(command)
  local columns = require "postoffice.cli.columns"
  local lines = {}
  for _, part in ipairs(require "postoffice.cli.outputs".sections(command.name)) do
    lines[#lines + 1] = part.title .. ":"
    for _, line in ipairs(columns.rows(part.rows, WIDTH)) do lines[#lines + 1] = line end
    lines[#lines + 1] = ""
  end
  lines[#lines + 1] = "Examples:"
  for _, example in ipairs(command.examples) do
    local command_lines = columns.command(example, WIDTH - 2)
    lines[#lines + 1] = "  " .. table.concat(command_lines, "\n  ")
  end
  return table.concat(lines, "\n")
end

-- argparse's own help option prints and exits; ours is the caller's to write.
local function add_help(parser, command)
  parser:add_help(false)
  parser:flag("-h --help"):description("print this text and exit"):action(function()
    if command then parser:epilog(epilog_of(command)) end
    exit.with(exit.GOOD, parser:get_help())
  end)
end

-- The first argument of a command, or nil.
local function first_argument(command)
  for _, option in ipairs(arguments.options_of(command)) do
    if option[1] == "argument" then return option end
  end
end

local function add_command(parser, command, words)
  local own = parser:command(command.name):summary(command.summary)
  own:description(command.description or command.summary)
  add_help(own, command)
  local first = first_argument(command)
  for _, option in ipairs(arguments.options_of(command)) do
    add_option(own, option, option == first and words[command.name] or nil)
  end
end

-- A parser; by the name of a command, the words that its first argument may be, if others than it says.
local function new_parser(commands, words)
  local parser = require_or_exit("argparse", "the command needs")()
  parser:name("postoffice")
  parser:description "Reads, checks and writes mail addresses; routes them by policies."
  parser:epilog(EPILOG):usage_max_width(WIDTH):help_max_width(WIDTH)
  parser:command_target("command"):require_command(false)
  add_help(parser)
  add_option(parser, OPTIONS.version)
  for _, command in ipairs(commands) do add_command(parser, command, words or {}) end
  function parser.error(where, message)
    if where == parser and message:find "^unknown option" then
      message = message .. "\nOptions of a command stand after it."
    end
    exit.with(exit.WRONG_USE, ("%s\n%s"):format(message, where:get_usage()))
  end
  return parser
end

-- By option, whether it takes a value.
local function takes_value(options)
  local takes = { ["--help"] = false, ["-h"] = false }
  for _, option in ipairs(options) do
    for name in option[2]:gmatch "%-%S+" do takes[name] = option[1] == "option" end
  end
  return takes
end

-- The options that a command has, or that stand before it, for `prefixes`.
local function options_by_command(commands)
  return function(name)
    if not name then return takes_value { OPTIONS.version } end
    for _, command in ipairs(commands) do
      if command.name == name then return takes_value(arguments.options_of(command)) end
    end
  end
end

-- The one command that arguments name, or all: what makes a parser takes its time for each.
local function named_by(given, commands)
  for _, argument in ipairs(given) do
    if argument:sub(1, 1) ~= "-" then
      for _, command in ipairs(commands) do
        if command.name == argument then return { command } end
      end
      return commands
    end
  end
  return commands
end

--- Reads arguments; ends the command for `--help` and where they are wrong.
-- @tparam {string,...} given
-- @tparam {table,...} commands
-- @treturn table options; `command` is its name
function arguments.read(given, commands)
  local parser = new_parser(named_by(given, commands))
  local options = parser:parse(expand(given, options_by_command(commands)))
  if not options.command and not options.version then
    parser:error "which command? See postoffice --help"
  end
  return options
end

-- By command, the words that its first argument may be, of those that are told to shells.
local function words_of(commands, topics)
  local words = { help = topics }
  for _, command in ipairs(commands) do
    local first = first_argument(command)
    if first and first.choices then words[command.name] = first.choices end
  end
  return words
end

--- What the commands say of themselves, for people and for shells.
-- @tparam {table,...} commands
-- @treturn table by name, functions that return texts: `help` of a command, nil if there is none;
--   `man`; `bash`, `zsh`, `fish`, what completes the command there, given the topics that `help`
--   knows; and `commands`
function arguments.manual(commands)
  local manual = {
    commands = commands,
    man = function()
      return require "postoffice.cli.man".page(commands, arguments.options_of, REMARKS,
        require "postoffice"._VERSION)
    end,
  }
  function manual.help(name)
    if not options_by_command(commands)(name) then return nil end
    local parser = new_parser(named_by({ name }, commands))
    local _, ended = pcall(parser.parse, parser, { name, "--help" })
    return ended.message
  end
  for _, shell in ipairs { "bash", "zsh", "fish" } do
    manual[shell] = function(topics)
      local words = words_of(commands, topics)
      return require "postoffice.cli.completion".script(new_parser(commands, words), shell, words)
    end
  end
  return manual
end

return arguments
