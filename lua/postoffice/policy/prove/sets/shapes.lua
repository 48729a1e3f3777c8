--- The families of addresses: their fields, what these hold, and the text that they make.
--
-- A family that is not here has addresses that only code knows (those that Lua defined, FAX with its
-- three forms): of these there are no sets but all of them.
-- @module postoffice.policy.prove.sets.shapes

local core = require "postoffice.core"
local families = require "postoffice.policy.pattern.families"
local globs = require "postoffice.policy.prove.sets.globs"
local notes = require "postoffice.policy.prove.sets.notes"
local syntax = require "postoffice.policy.pattern.syntax"
local universes = require "postoffice.policy.prove.sets.universes"

local shapes = {}

local unpack = table.unpack or unpack

local ANY = globs.ANY

local function containing(...)
  local list = {}
  for _, token in ipairs { ... } do list[#list + 1] = { ANY, token, ANY } end
  return list
end

-- Local parts that cannot stand without quotes: those that are no Dot-string (RFC 5321 4.1.2).
local NO_DOT_STRING = containing(globs.of_kind "special space")
for _, tokens in ipairs { {}, { ".", ANY }, { ANY, "." }, { ANY, ".", ".", ANY } } do
  table.insert(NO_DOT_STRING, tokens)
end

-- Those that are none: the first thing that is wrong says why, and what stands before that is good.  A blank at
-- the end would not be read back.
local GOOD, BLANKS = globs.run_of "letter mark dot high", globs.run_of "space"
local ALL_BLANK = { BLANKS }
local NO_DOMAIN = {
  {}, { "#", ANY }, { "[", ANY }, { ".", ANY }, { GOOD, ".", ".", ANY },
  { ANY, globs.of_kind "special space", ANY }, { ANY, "." },
  { " ", BLANKS }, { GOOD, " ", BLANKS }, { ANY, ".", " ", BLANKS },
}

-- Texts with blanks that a canonical form leaves out.
local FIRST_BLANK, LAST_BLANK, BLANKS_INSIDE = { " ", ANY }, { ANY, " " }, { ANY, " ", " ", ANY }
local UNLIKE = { {}, FIRST_BLANK, LAST_BLANK, BLANKS_INSIDE }

-- Those of which nothing can be made.
local UNMADE = { ALL_BLANK, FIRST_BLANK, LAST_BLANK }

-- What becomes of blanks: each with the globs of what `changes` so.  Those side by side are one; those before
-- all else are left out, too; and "Last, First" is "First Last".
local INSIDE = { changes = { BLANKS_INSIDE } }
local LED = { changes = { BLANKS_INSIDE, FIRST_BLANK }, is_led = true }
local SWAPPED = { changes = { BLANKS_INSIDE, { ANY, ",", ANY } }, is_swapped = true }

-- Names of Notes, of which labels are left out, too, and blanks beside a slash.
local function labelled()
  local changes = { BLANKS_INSIDE, { ANY, "/", " ", ANY }, { ANY, " ", "/", ANY } }
  for _, label in ipairs(notes.LABELS) do
    changes[#changes + 1] = globs.joined(globs.literal(label), { ANY })
    changes[#changes + 1] = globs.joined({ ANY, "/" }, globs.literal(label), { ANY })
  end
  return { changes = changes, written = notes.written, is_kept = notes.is_kept }
end

local LABELLED = labelled()

local function with_blanks(list)
  for _, tokens in ipairs(UNLIKE) do list[#list + 1] = tokens end
  return list
end

-- The last " at " separates, and the border of a text is as good as a blank.
local SEPARATORS = {
  { "a", "t" }, { "a", "t", " ", ANY }, { ANY, " ", "a", "t" }, { ANY, " ", "a", "t", " ", ANY },
}

local function with_separators(list)
  local longer = { unpack(list) }
  for _, tokens in ipairs(SEPARATORS) do longer[#longer + 1] = tokens end
  return longer
end

-- Parts with a dot, which are read back as several: the second of these, or the first, may be empty.
local UNDOTTED = globs.but(ANY, ".")
local DOTTED = {
  { ANY, ".", ANY }, { ".", ANY }, { UNDOTTED, "." }, { UNDOTTED, ".", ".", ANY },
  { UNDOTTED, ".", " ", ".", ANY },
}

local something, collapsed = universes.something, universes.collapsed

--- A family's shape: `fields` in the order in which they are looked at, `universe` and `optional` of
-- each; `text`, the fields between separators, of two the last may be absent unless it is there
-- `always`; `quoted`, the field that stands in quotes if one of `quotes` matches it; `odd`, by field the
-- globs of what a formatter or a parser would make something else of (of domains, see `hosts`), or would
-- where the text ends with the field (`odd_last`); `unmade`, those that tell of all other texts whether they
-- can be written, and else the code that says why not; `unread`, more of these, as graphs, by whether there is a
-- second field; `collapsed`, by field what becomes of its blanks;
-- `likely` values; `never`, globs of fields that no address has, where another is `absent` if it says so.
local SHAPES = {
  SMTP = {
    fields = { "domain", "localpart" },
    universe = { domain = universes.domain, localpart = universes.anything },
    text = { "localpart", "@", "domain" }, quoted = "localpart", quotes = NO_DOT_STRING,
    odd = {}, unmade = { domain = NO_DOMAIN },
  },
  CCMAIL = {
    fields = { "postoffice", "mailbox" }, optional = { postoffice = true },
    universe = { postoffice = collapsed, mailbox = collapsed },
    text = { "mailbox", " at ", "postoffice" },
    odd = {}, odd_last = { mailbox = SEPARATORS },
    unmade = { mailbox = UNMADE, postoffice = with_separators(UNMADE) },
    collapsed = { mailbox = SWAPPED, postoffice = INSIDE },
    never = {
      { field = "postoffice", globs = SEPARATORS },
      { field = "mailbox", globs = SEPARATORS, absent = "postoffice" },
    },
  },
  EX = {
    fields = { "dn" }, universe = { dn = universes.name }, text = { "dn" },
    odd = {}, unmade = { dn = { LAST_BLANK } },
    never = { { field = "dn", globs = { LAST_BLANK } } },
  },
  GWISE = {
    fields = { "domain", "postoffice", "object" },
    universe = {
      domain = universes.collapsed_without ".", postoffice = universes.collapsed_without ".",
      object = collapsed,
    },
    text = { "domain", ".", "postoffice", ".", "object" },
    odd = { domain = UNLIKE, postoffice = UNLIKE },
    unmade = { domain = DOTTED, postoffice = DOTTED, object = { ALL_BLANK, LAST_BLANK } },
    collapsed = { object = LED },
  },
  NOTES = {
    fields = { "domain", "name" }, optional = { domain = true },
    universe = { domain = collapsed, name = collapsed },
    text = { "name", "@", "domain" },
    odd = { domain = containing(globs.one_of '@">)') },
    odd_coarsely = { name = { notes.ENCLOSED } },
    unmade = { domain = UNMADE, name = UNMADE }, unread = { name = notes.unread },
    collapsed = { domain = INSIDE, name = LABELLED },
  },
  MSMAIL = {
    fields = { "server", "mailbox" },
    universe = { server = universes.collapsed_without "@", mailbox = collapsed },
    text = { "mailbox", "@", "server" }, always = true,
    odd = { server = with_blanks(containing "@") }, unmade = { mailbox = UNMADE },
    collapsed = { mailbox = INSIDE },
  },
  UUCP = {
    fields = { "path", "user" },
    universe = { path = universes.path, user = something },
    text = { "path", "!", "user" }, always = true, quoted = "user",
    quotes = containing(globs.one_of '!@"'),
    odd = { path = with_blanks(containing(globs.one_of '@"!')) },
    unmade = { user = { ALL_BLANK, LAST_BLANK, { ANY, globs.one_of '!@"', ANY } } },
  },
}

local function of_parts()
  local part = universes.something_without "/"
  local odd = containing "/"
  return {
    fields = { "network", "postoffice", "mailbox" },
    universe = { network = part, postoffice = part, mailbox = part },
    text = { "network", "/", "postoffice", "/", "mailbox" },
    odd = { network = odd, postoffice = odd },
    never = {
      { field = "mailbox", globs = { LAST_BLANK, ALL_BLANK } },
      { field = "network", globs = { { " ", ANY } } },
    },
    unmade = {
      network = { ALL_BLANK, { " ", ANY } },
      mailbox = {
        ALL_BLANK, LAST_BLANK, { "/", ANY }, { ANY, "/" }, { ANY, "/", ANY },
      },
    },
  }
end

SHAPES.MS, SHAPES.PCM = of_parts(), of_parts()

-- X.400 has attributes that may all be absent, and no text that patterns match.
local function of_attributes()
  local shape = {
    fields = {}, optional = {}, universe = {}, odd = {}, unmade = {}, collapsed = {}, likely = {},
  }
  for i, name in ipairs(core.fields "X400") do
    shape.fields[i], shape.optional[name], shape.universe[name] = name, true, collapsed
    shape.unmade[name], shape.collapsed[name] = UNMADE, INSIDE
  end
  shape.likely.c, shape.likely.s = "us", "lee"
  return shape
end

SHAPES.X400 = of_attributes()

--- What no text of an SMTP address matches that has a Dot-string and a domain.
shapes.no_plain_mailbox = containing(globs.of_kind "space", globs.one_of '(),:;<>[\\]"')

for _, tokens in ipairs {
  { ANY, "@", ANY, "@", ANY }, { ANY, "@", ANY, globs.of_kind "high", ANY }, { ANY, "@", "#", ANY },
  { ".", ANY }, { ANY, "." }, { "@", ANY }, { ANY, "@" }, { ANY, ".", ".", ANY },
  { ANY, ".", "@", ANY }, { ANY, "@", ".", ANY },
} do
  table.insert(shapes.no_plain_mailbox, tokens)
end

local NONE = {}

--- The shape of a family.
-- @tparam string family
-- @treturn table|nil
function shapes.of(family) return SHAPES[family] end

--- The names of all families that have one, in order.
shapes.families = {
  "SMTP", "CCMAIL", "EX", "GWISE", "MS", "MSMAIL", "NOTES", "PCM", "UUCP", "X400",
}

--- The folded characters of a field.
-- @tparam string value
-- @treturn {string,...}
function shapes.chars(value) return syntax.characters(value:lower()) end

--- The names of a family's fields, in the order in which they are looked at.
-- @tparam string family
-- @treturn {string,...} none of a family without a shape
function shapes.fields(family) return SHAPES[family] and SHAPES[family].fields or NONE end

--- An address as sets have it: by field its folded text.
-- @tparam table address
-- @treturn table `family`, `texts` by field
function shapes.word(address)
  local family, texts = families.of(address.type), {}
  local canonical = SHAPES[family] and families.canonical(address)
  for _, field in ipairs(shapes.fields(family)) do
    texts[field] = canonical[field] and canonical[field]:lower()
  end
  return { family = family, texts = texts }
end

-- Whether an address is as a word has it.
local function is_word(shape, address, values)
  local canonical = families.canonical(address)
  for _, field in ipairs(shape.fields) do
    local value = canonical[field]
    if (value and value:lower() or false) ~= (values[field] or false) then return false end
  end
  return true
end

local UNKNOWN = { unknown = true }

--- An address whose fields hold given texts; only if it can be written, read back, and has a key.
-- @tparam string family
-- @tparam table values by field
-- @treturn string|nil the address as text
-- @treturn table it
function shapes.address(family, values)
  local shape, address = SHAPES[family], { type = family }
  for _, field in ipairs(shape.fields) do address[field] = values[field] or nil end
  local text = core.format(address)
  local read = text and core.parse(text, UNKNOWN)
  if not read or read.type ~= family or not core.key(read) then return nil end
  if not is_word(shape, read, values) then return nil end
  return text, read
end

return shapes
