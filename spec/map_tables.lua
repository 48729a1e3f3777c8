--- Tables of fixed keys in place of postmap, which note the keys that they are asked for.
local map_tables = {}

--- Tables by role as `maps.ask` and `sender_maps.ask` take them, with `options` of all, and the keys that
--- were asked for, in order.  `is_whole`: they are patterns or programs, asked for whole addresses alone.
function map_tables.of(entries_by_role, options, is_whole)
  local tables, asked = {}, {}
  for role, entries in pairs(entries_by_role) do
    tables[role] = {
      options = options, is_whole = is_whole,
      look_up = function(key)
        asked[#asked + 1] = key
        return entries[key]
      end,
    }
  end
  tables.options = options
  return tables, asked
end

return map_tables
