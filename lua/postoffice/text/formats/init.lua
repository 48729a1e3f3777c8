--- The file formats of directories, each with a reader.
--
-- A reader is a function of a source, a sink and a function for faults.
--
-- The source has `blocks` (a function of a number of bytes: the next block of the text, of about as
-- many; nil at the end), `file` (its name, for messages), and what the format takes: `columns`,
-- `separator`, `values` and `domain` as the word `directory` has them, and `is_domain`, whether a
-- name is a domain of ours.  The reader may leave `labels` in it: what its columns are called, by
-- `proxies`, `target`, `keep`, `member`, `owner`.  It leaves `place`, a function: where a text stands,
-- or may stand, in a field of the entry that is being told (`name`, `proxies`, `target`, `keep`,
-- `members`, and so on), its line and column.  It calls `remark`, if there is one, as a fault, of what an
-- entry that is told all the same leaves out, and of a row that is nobody's; and `partial`, if there is
-- one, of what is wrong in such an entry.
--
-- The sink is given each entry: its name, which others may have; a new list of proxies; the line;
-- where its mail goes on to, a text, a list of several, or nil; whether it is a mailbox here, too;
-- and nil or a table of what few have: `members` (it is a list), `owner`, `refuse`, `propagate`,
-- `accept`, `reject`, `authenticated`, `max_size`.  With `catchall` in it, the name of a domain, it
-- is no entry and has no proxies: what is nobody's there goes to the target.
--
-- What is wrong is told as a fault: the name of the entry, or nil, where all of the file is meant;
-- the end of a sentence that begins with it; the line, nil if the declaration is to blame; and the
-- column, as `postoffice.text.place` counts, if that is known.  The function returns whether to go on
-- where the reader cannot be sure where the next row begins.
-- @module postoffice.text.formats

local columns = require "postoffice.text.formats.columns"
local exchange55 = require "postoffice.text.formats.exchange55"
local ldif = require "postoffice.text.formats.ldif"
local maps = require "postoffice.text.formats.maps"
local recipients = require "postoffice.text.formats.recipients"

local formats = {}

--- The readers by the names of formats.
formats.READERS = {
  csv = columns.each, recipients = recipients, exchange55 = exchange55, ldif = ldif,
}

for name, reader in pairs(maps.READERS) do formats.READERS[name] = reader end

--- Reads the entries of a file.
-- @string format one of `READERS`
-- @tparam table source
-- @tparam function sink
-- @tparam function fault
function formats.each(format, source, sink, fault)
  return formats.READERS[format](source, sink, fault)
end

-- By their lines, things that are looked for.
local function by_line(wanted)
  local lines = {}
  for _, one in ipairs(wanted) do
    lines[one.line] = lines[one.line] or {}
    table.insert(lines[one.line], one)
  end
  return lines
end

local NOTHING = {}

--- Finds where something stands in entries of which only the lines were kept: reads their file again, as
-- far as it takes.
-- @string format one of `READERS`
-- @tparam table source of the same file
-- @tparam {table,...} wanted each the `name` and the `line` that the sink was given, a `field`, as
--   `place` takes it, and the `text` in it, or nil; is given `at_line` and `column`
-- @tparam[opt] function watch is called for each entry
function formats.find(format, source, wanted, watch)
  local lines, left, blocks = by_line(wanted), #wanted, source.blocks
  function source.blocks(length) return left > 0 and blocks(length) or nil end
  formats.each(format, source, function(name, _, line)
    if watch then watch() end
    for _, one in ipairs(lines[line] or NOTHING) do
      if one.name == name then
        one.at_line, one.column = source.place(one.field, one.text)
        left = left - 1
      end
    end
  end, function() return true end)
end

return formats
