-- For failing_memory.c: a directory grows, is resolved and finished, entry after entry; what was
-- added before memory failed is still there.
local core = require "postoffice.core"

local COUNT = 240

-- The n-th entry's name, proxies and keys; every fifth is a list.
local function name(n) return "Person " .. n end
local function smtp(n) return ("SMTP:U%d@A.example"):format(n) end
local function smtp_key(n) return ("SMTP:u%d@a.example"):format(n) end
local function ex(n) return "X500:/O=A/CN=" .. n end
local function ex_key(n) return "EX:/o=a/cn=" .. n end

local function must(done, message) if not done then error(message, 0) end end

local BODIES = {
  [0] = function(d, n) must(d:set_members({ name(n), smtp(n), "x@b.example" }, name(1))) end,
  function(d, n) must(d:set_target(name(n + 1))) end,
  function(d, n) must(d:set_target(("u%d@b.example"):format(n))) end,
  function(d) must(d:set_refusal "moved") end,
  function(d, n) must(d:set_targets({ name(n - 1), ("u%d@b.example"):format(n) }, true)) end,
}

local function add(d, n)
  must(d:add(name(n), n % 5 == 0 and "list" or "recipient", 1, n))
  must(d:add_proxy(smtp(n)))
  must(d:add_proxy(ex(n)))
  BODIES[n % 5](d, n)
end

local KINDS = { [0] = "list", "target", "target", "refused", "targets" }

-- Whether the first `count` entries are whole.
local function check(d, count)
  local entry
  for n = 1, count do
    entry = d:next(entry)
    assert(d:name(entry) == name(n) and d:kind(entry) == KINDS[n % 5])
    assert(d:find(smtp_key(n)) == entry and d:find(ex_key(n)) == entry)
    assert(n % 5 ~= 0 or d:member_count(entry) == 3)
  end
end

-- All references lead somewhere.
local function resolve(d)
  local entry, step, role
  repeat
    entry, step, role = d:resolve(entry, step, 50)
    if entry == false then entry, step, role = step, role, nil end
    assert(not role)
  until entry == true
end

return function()
  local d = core.new_directory(2 ^ 20)
  local built = 0
  local whole, message = pcall(function()
    for n = 1, COUNT do
      add(d, n)
      built = n
    end
    resolve(d)
    d:finish()
  end)
  assert(whole or message:find "not enough memory", message)
  check(d, built)
  assert(not whole or d:count() == COUNT)
  return whole
end
