--- Reads from main.cf which tables say who may send: check_sender_access in smtpd_*_restrictions.
-- @module postoffice.import.checks

local notes = require "postoffice.import.notes"

local checks = {}

--- What a table of these comes after.
checks.TABLE = "check_sender_access"

-- The lists of restrictions, in the order in which smtpd asks them.
local LISTS = {
  "smtpd_client_restrictions", "smtpd_helo_restrictions", "smtpd_sender_restrictions",
  "smtpd_relay_restrictions", "smtpd_recipient_restrictions", "smtpd_data_restrictions",
  "smtpd_end_of_data_restrictions",
}

-- What lets those of our own networks and who has logged in past the rest of a list.
local FOR_STRANGERS = {
  permit_mynetworks = true, permit_sasl_authenticated = true, permit_tls_clientcerts = true,
  permit_tls_all_clientcerts = true,
}

-- What makes the next one a matter of logs.
local ONLY_LOGS = "warn_if_reject"

-- What nothing comes after.
local ENDS = { permit = true, reject = true }

-- The tables that items of a list name, each with whether it is `for_strangers` alone; and what else
-- there is.
local function sort_items(items)
  local names, others, for_strangers, i = {}, {}, false, 1
  while items[i] do
    local item = items[i]:lower()
    local is_logged = i > 1 and items[i - 1]:lower() == ONLY_LOGS
    if item == checks.TABLE and items[i + 1] and not is_logged then
      names[#names + 1] = { name = items[i + 1], for_strangers = for_strangers }
      i = i + 1
    elseif FOR_STRANGERS[item] then
      for_strangers = true
    else
      others[#others + 1] = items[i]
    end
    if ENDS[item] and not is_logged then break end
    i = i + 1
  end
  for at = i + 1, #items do others[#others + 1] = items[at] end
  return names, others
end

--- Reads the lists.
-- @tparam table site is given `access`, a list of lists of tables: `rows`, `for_strangers`
-- @tparam table parameters of main.cf
-- @tparam function open of a table's name and a parameter: its rows
-- @string why what is noted of other restrictions
-- @treturn table the parameters of which all is said
function checks.read(site, parameters, open, why)
  local read = {}
  for _, parameter in ipairs(LISTS) do
    local names, others = sort_items(parameters:list(parameter))
    if #names > 0 then
      read[parameter] = true
      for _, found in ipairs(names) do found.rows = open(found.name, parameter) end
      table.insert(site.access, names)
    end
    if #names > 0 and #others > 0 then
      notes.add(site, "access", ("main.cf:%d:1"):format(parameters:line(parameter)),
        ("%s = %s"):format(parameter, table.concat(others, " ")), why)
    end
  end
  return read
end

return checks
