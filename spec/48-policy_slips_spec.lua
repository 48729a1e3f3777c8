--- What `check` says of names that are nearly a domain of ours, held against all slips of the key.

local generate = require "spec.generate"
local judge = require "spec.judge"
local lists = require "postoffice.lists"
local policy = require "postoffice.policy"
local postoffice = require "postoffice"

local UNICODE = postoffice.UNICODE

-- ---- Slips, one by one ---------------------------------------------------------

local LETTERS = { "a", "e", "m", "n", "s", "1", ".", "u" }
if UNICODE then LETTERS[#LETTERS + 1] = "\195\188" end -- u with dots

local function letters_of(text)
  local list = {}
  for letter in text:gmatch "[%z\1-\127\194-\244][\128-\191]*" do list[#list + 1] = letter end
  return list
end

local DOMAINS = {
  "partner.example", "*.branch.example", "hq.partner.example", "us.name.example",
  "mx1.name.example", "abc.com", "name.com", UNICODE and "b\195\188ro.example" or "buero.example",
  "mail.a.example",
}

-- All letters there can be: two that change places across a dot put one of a name before another label.
local ALL_LETTERS =
  lists.distinct(letters_of(table.concat(LETTERS) .. "sub" .. table.concat(DOMAINS):gsub("%*", "")))

-- How many letters the label has that is at a place, or before it.
local function label_at(letters, place)
  local first, last = place, place
  while letters[first - 1] and letters[first - 1] ~= "." do first = first - 1 end
  while letters[last] and letters[last] ~= "." do last = last + 1 end
  return last - first
end

local function is_last(letters, place)
  for i = place + 1, #letters do
    if letters[i] == "." then return false end
  end
  return true
end

-- Whether a label is long enough that a slip in it is told.
local function is_told(before, after, place)
  local length = math.max(label_at(before, place), label_at(after, place))
  return length >= ((is_last(before, place) or is_last(after, place)) and 3 or 4)
end

-- Calls `visit` with all that a list of letters becomes by one slip, and the place of that.
local function each_slip(letters, visit)
  local function spliced(from, to, ...)
    local made = {}
    for i = 1, from - 1 do made[#made + 1] = letters[i] end
    for _, letter in ipairs { ... } do made[#made + 1] = letter end
    for i = to, #letters do made[#made + 1] = letters[i] end
    visit(made, from)
  end
  for i = 1, #letters + 1 do
    if letters[i] then spliced(i, i + 1) end
    if letters[i + 1] and letters[i] ~= letters[i + 1] then
      spliced(i, i + 2, letters[i + 1], letters[i])
    end
    for _, letter in ipairs(ALL_LETTERS) do
      spliced(i, i, letter)
      if letters[i] and letters[i] ~= letter then spliced(i, i + 1, letter) end
    end
  end
end

-- All names that are a slip from one, as a set.
local function slips_of(name)
  local set, letters = {}, letters_of(name)
  each_slip(letters, function(made, place)
    local text = table.concat(made)
    local is_number = text:gsub("%d", "") == name:gsub("%d", "")
    if not is_number and is_told(letters, made, place) then set[text] = true end
  end)
  set[name] = nil
  return set
end

-- ---- The world -----------------------------------------------------------------

-- A name that is one of a list, or like one.
local function name_like(random, declared)
  local letters = letters_of((declared[random(#declared)]:gsub("^%*%.", "sub.")))
  for _ = 1, random(3) - 1 do
    local place = random(#letters)
    local way, letter = random(4), LETTERS[random(#LETTERS)]
    if way == 1 then table.remove(letters, place)
    elseif way == 2 then table.insert(letters, place, letter)
    elseif way == 3 then letters[place] = letter
    else
      local next_place = math.min(place + 1, #letters)
      letters[place], letters[next_place] = letters[next_place], letters[place]
    end
  end
  return table.concat(letters)
end

-- Such a name that can be a domain.
local function draw_name(random, declared)
  local name
  repeat
    name = name_like(random, declared)
  until postoffice.key("SMTP:x@" .. name) and not name:find "^%.?%d*%.?$"
  return name
end

-- By what has a name: the code, how the declaration is written, and what a finding quotes.
local USES = {
  { "space-near-miss", 'connector "c#" { spaces = { "SMTP:*@NAME" }, nexthop = "n" }' },
  { "space-near-miss", 'connector "c#" { spaces = { "SMTP:*@*.NAME" }, nexthop = "n" }',
    is_below = true },
  { "target-near-miss", 'rewrite "SMTP:{d}@c#.far" { to = "SMTP:b@{d}.NAME" }', is_below = true },
  { "target-near-miss", 'rewrite "SMTP:a#@far" { to = "SMTP:b@NAME" }' },
  { "target-near-miss", 'rewrite_sender "SMTP:a#@far" { to = "SMTP:b@NAME" }' },
  { "target-near-miss", 'domain "d#.zz" { catchall = "SMTP:b@NAME" }' },
  { "proxy-near-miss", 'recipient "r#" { proxies = { "SMTP:b#@NAME" } }', once = true },
  { "target-near-miss", 'recipient "r#" { proxies = { "SMTP:c#@far" }, target = "SMTP:d#@NAME" }',
    once = true },
}

local function new_case(seed)
  local random = generate.random(seed)
  local lines, declared, names, left = {}, {}, {}, {}
  for i, name in ipairs(DOMAINS) do left[i] = name end
  for i = 1, 1 + random(4) do
    declared[i] = table.remove(left, random(#left))
    lines[i] = ('domain "%s" { kind = "relay" }'):format(declared[i])
  end
  for i = 1, 10 do
    local use, name = USES[random(#USES)], draw_name(random, declared)
    lines[#lines + 1] = use[2]:gsub("#", i):gsub("NAME", name)
    names[#lines] = { code = use[1], name = name, once = use.once, is_below = use.is_below }
  end
  return { lines = lines, declared = declared, names = names }
end

-- ---- The judge -----------------------------------------------------------------

local function is_declared(declared, name)
  local folded = postoffice.key("SMTP:x@" .. name)
  for _, other in ipairs(declared) do
    local suffix = other:match "^%*(%..*)"
    if folded == postoffice.key("SMTP:x@" .. other)
      or suffix and folded:sub(-#suffix) == suffix then
      return true
    end
  end
  return false
end

-- Whether a name is a slip from one of some that are declared.
local function is_slip_of(slips, names, name)
  for _, other in ipairs(names) do
    slips[other] = slips[other] or slips_of(other)
    if slips[other][name] then return true end
  end
  return false
end

-- Whether a name, or what is below it, is a slip from a domain that is declared, or from what is below one.
local function is_slip(slips, declared, name, is_below)
  if is_declared(declared, name) or is_below and is_declared(declared, "x." .. name) then
    return false
  end
  local at, below = {}, {}
  for _, other in ipairs(declared) do
    local above = other:match "^%*%.(.*)"
    table.insert(above and below or at, above or other)
  end
  if is_slip_of(slips, at, name) then return true end
  if not is_below then name = name:match "^[^.]*%.(.+)$" end
  while name and not is_declared(declared, name) do
    if is_slip_of(slips, below, name) then return true end
    name = name:match "^[^.]*%.(.+)$"
  end
  return false
end

local SLIPS = {} -- by domain, as they are asked for

local function judge_policy(seed, counts)
  local case, told, seen = new_case(seed), {}, {}
  local text = table.concat(case.lines, "\n")
  local p = assert(policy.load(text, { chunkname = "@p.lua" }))
  for _, finding in ipairs(p:check()) do
    if finding.code:find "near%-miss" then
      told[finding.line] = finding
      counts:add(finding.code)
    end
  end
  for line = #case.declared + 1, #case.lines do
    local use = case.names[line]
    local is_first = not (use.once and seen[use.name]) -- of people each name is told once
    if use.once then seen[use.name] = line end
    local is_so = is_first and is_slip(SLIPS, case.declared, use.name, use.is_below)
    assert(is_so == (told[line] ~= nil), ("%d: %s: %s\n%s\n-- %s"):format(line, use.name,
      tostring(is_so), text, tostring(told[line])))
  end
  counts:add "policies"
  p:close()
end

describe("check, of names that are nearly a domain of ours,", function()
  it("looks at all that an entry sends mail to, and at whom bounces go to", function()
    for declaration, said in pairs {
      ['recipient "r" { proxies = { "SMTP:r@far" }, targets = { "x@far", "x@hq.exampel" } }'] =
        'recipient "r" sends mail on to "SMTP:x@hq.exampel"',
      ['recipient "r" { proxies = { "SMTP:r@far" }, target = "x@hq.exampel", keep = true }'] =
        'recipient "r" sends mail on to "SMTP:x@hq.exampel"',
      ['list "l" { proxies = { "SMTP:l@far" }, members = { "SMTP:x@far", "SMTP:x@hq.exampel" } }'] =
        'list "l" sends mail on to "SMTP:x@hq.exampel"',
      ['list "l" { proxies = { "SMTP:l@far" }, members = { "x@far" }, owner = "x@hq.exampel" }'] =
        'list "l" has bounces sent to "SMTP:x@hq.exampel"',
      ['domain "b.zz" { catchall = "x@hq.exampel" }'] =
        'domain "b.zz" has the target "SMTP:x@hq.exampel"',
      ['recipient "r" { proxies = { "SMTP:r@far" }, target = "x@hq.example" }'] = false,
    } do
      local p = assert(policy.load('domain "hq.example" { kind = "relay" }\n' .. declaration))
      local told = false
      for _, finding in ipairs(p:check()) do
        if finding.code == "target-near-miss" then told = tostring(finding) end
      end
      assert.equal(said, told and told:match "note: (.-), and domain")
      p:close()
    end
  end)
end)

describe("check, held against all slips of the key in names,", function()
  it("says of names that they are nearly a domain of ours where they are", function()
    judge.findings("slips", 40, judge_policy, lists.map(USES, function(use) return use[1] end))
  end)
end)
