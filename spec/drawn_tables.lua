--- Tables of Postfix that are drawn by chance, for specs: keys and values are few, so that they meet.

local drawn = {}

local USERS = { "kim", "joe", "ann", "postmaster", "kim+x", "" }

--- The domains of addresses, most of which `MAIN` knows.
drawn.DOMAINS = {
  "a.example", "h.example", "b.example", "c.example", "r.example", "far.example",
}

--- A main.cf with the tables `v`, `c` and `a`.
drawn.MAIN = [[
mydestination = a.example, h.example
virtual_alias_domains = b.example
virtual_alias_maps = hash:v
virtual_mailbox_domains = c.example
virtual_mailbox_maps = inline:{ kim@c.example=x, joe@c.example=y }
relay_domains = r.example
canonical_maps = hash:c
alias_maps = hash:a
]]

--- One of a list.
function drawn.pick(random, list) return list[random(#list)] end

--- A local part, or nothing.
function drawn.user(random) return drawn.pick(random, USERS) end

--- An address, or a domain with its @.
function drawn.address(random)
  return drawn.user(random) .. "@" .. drawn.pick(random, drawn.DOMAINS)
end

--- Where mail goes.
function drawn.target(random)
  local text = random(3) == 1 and drawn.user(random) or drawn.address(random)
  return text ~= "" and text or "kim"
end

--- One or two of these.
function drawn.targets(random)
  return drawn.target(random) .. (random(3) == 1 and ", " .. drawn.target(random) or "")
end

--- Rows of a table whose keys are all different, by functions that draw keys and values.
function drawn.rows(random, sign, key, value)
  local list, seen = {}, {}
  for _ = 1, random(8) do
    local name = key(random)
    if name ~= "" and not seen[name] then list[#list + 1] = name .. sign .. value(random) end
    seen[name] = true
  end
  return table.concat(list, "\n") .. "\n"
end

return drawn
