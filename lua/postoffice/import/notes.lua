--- What readers of files note, until the part of the policy is written that it belongs to.
-- @module postoffice.import.notes

local places = require "postoffice.import.places"

local notes = {}

--- Why an answer that is no refusal for good (4yz) is no row of a directory.
notes.LATER = "it asks to come again later: write on.recipient for it"

--- Notes what could not be carried over.
-- @tparam table site see `postoffice.import.site`
-- @string part of the policy
-- @tparam table|string where as `postoffice.import.places` has it
-- @string text what stands there
-- @string why a sentence without its full stop
-- @string[opt] of what in the row's value, as `places.text` takes it
function notes.add(site, part, where, text, why, of)
  site.notes[part] = site.notes[part] or {}
  table.insert(site.notes[part], { places.text(where, of), text, why })
end

--- A row as notes have it.
-- @tparam table row
-- @treturn string
function notes.text_of(row)
  return row.value ~= "" and ("%s %s"):format(row.key, row.value) or row.key
end

return notes
