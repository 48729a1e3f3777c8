--- Whatever Postfix's tables say, the policy that is made of them loads and passes the check: what it
-- cannot say is left out, with a note that names the line.

local drawn = require "spec.drawn_tables"
local generate = require "spec.generate"
local helper = require "spec.helper"
local imported = require "spec.imported"

local pick, user, address, rows = drawn.pick, drawn.user, drawn.address, drawn.rows
local target, targets, MAIN = drawn.target, drawn.targets, drawn.MAIN

local function any_key(random) return random(4) == 1 and user(random) or address(random) end
local function one_of(list) return function(random) return pick(random, list) end end

local function some_domain(random) return pick(random, drawn.DOMAINS) end

local function way_key(random)
  return pick(random, { address(random), some_domain(random), "." .. some_domain(random), "*" })
end

local WAYS = one_of { "smtp:[x]", ":", "smtp:", "error:no", "error:5.1.1 no", "local:",
  "lmtp:unix:y", "retry:4.0.0 later", "discard:" }

-- What some sites say besides: in main.cf one of some lines, and the rows of the table that it names.
local BESIDE = {
  { "recipient_delimiter = +", "recipient_delimiter = +-" },
  { "relayhost = [x.example]" },
  { "propagate_unmatched_extensions =", "propagate_unmatched_extensions = virtual",
    "propagate_unmatched_extensions = canonical",
    "propagate_unmatched_extensions = canonical, virtual, generic" },
  { "myorigin = b.example", "myorigin = h.example" },
  { "sender_canonical_maps = hash:t1", key = any_key, value = target },
  { "recipient_canonical_maps = hash:t2", key = any_key, value = target },
  { "smtp_generic_maps = hash:t3", key = any_key, value = target },
  { "relocated_maps = hash:t4", key = any_key, value = target },
  { "local_recipient_maps = hash:t5", key = user, value = function() return "x" end },
  { "transport_maps = hash:t6", key = way_key, value = WAYS },
  { "sender_dependent_relayhost_maps = hash:t7", key = any_key,
    value = one_of { "[r1]", "[r2]:587", "DUNNO" } },
}

local function drawn_site(random)
  local main, texts = { MAIN }, {
    v = rows(random, " ", any_key, targets), a = rows(random, ": ", user, targets),
    c = random(2) == 1 and rows(random, " ", address, target) or "",
  }
  for _, beside in ipairs(BESIDE) do
    if random(3) == 1 then
      local line = pick(random, beside)
      main[#main + 1] = line .. "\n"
      if beside.key then texts[line:match "%w+$"] = rows(random, " ", beside.key, beside.value) end
    end
  end
  return table.concat(main), texts
end

describe("import of Postfix", function()
  it("makes policies that load and pass the check, whatever the tables say", function()
    for seed = 1, helper.times(30) do
      local p, made = imported(drawn_site(generate.random(seed + 265000)))
      p:close()
      assert.is_not_nil(made)
    end
  end)

  for what, case in pairs {
    ["a postmaster who has moved"] = {
      "relocated_maps = hash:r\n", { r = "postmaster kim@far.example\n" },
      "r:1:1: postmaster kim@far.example: every domain has a postmaster, who gets mail",
    },
    ["a relay domain to which no mail has a way"] = {
      "transport_maps = hash:t\n", { t = "* error:no\n" },
      "main.cf:6:1: r.example: mail has no way there: the domain has nobody",
    },
    ["a target to which no mail has a way"] = {
      "transport_maps = hash:t\n", { t = "* error:no\n", v = "ann@b.example x@far.example\n" },
      "v:1:15: ann@b.example x@far.example: nobody is at x@far.example",
    },
    ["who keeps an address elsewhere to which no mail has a way"] = {
      "transport_maps = hash:t\n", { t = "* error:no\n", v = "x@far.example x@far.example\n" },
      "v:1:15: x@far.example x@far.example: nobody is at x@far.example",
    },
    ["a way to one address of a domain that is refused"] = {
      "transport_maps = hash:t\n",
      { t = "kim@far.example smtp:[x]\nfar.example error:no\n" },
      "t:1:1: kim@far.example smtp:[x]: the domain has nobody here: its other mail is refused",
    },
    ["a way that stands twice"] = {
      "transport_maps = hash:t\n", { t = "@far.example smtp:[x]\nfar.example smtp:[y]\n" },
      "t:2:1: far.example smtp:[y]: it stands twice",
    },
    ["a sender who would be somebody else"] = {
      "sender_canonical_maps = hash:s\n",
      { s = "@b.example @c.example\n", v = "kim@b.example kim\n" },
      's:1:1: @b.example @c.example: "kim@c.example" has what this makes of kim@b.example',
    },
    ["what leads back by an extension that goes on from entry to entry"] = {
      "recipient_delimiter = +\nlocal_recipient_maps = inline:{}\n",
      { a = "kim+x: joe@far.example\n", v = "joe@far.example kim+x@c.example, ann\n"
        .. "kim@c.example kim\n" },
      "leads back here",
    },
    ["a canonical row that a rule for a whole domain leads back to"] = {
      "", { c = "ann@far.example ann@b.example\n", v = "@b.example @far.example\n" },
      "c:1:1: ann@far.example ann@b.example: it leads back here",
    },
  } do
    it("leaves out, with a note, " .. what, function()
      local texts = { v = "", a = "", c = "" }
      for name, text in pairs(case[2]) do texts[name] = text end
      local p, made = imported(MAIN .. case[1], texts)
      assert.matches(case[3], made.text:gsub("\n%-%-   ", " "), 1, true)
      p:close()
    end)
  end

  it("lets a sender be whom a rule for all makes, unless that is somebody else", function()
    local p = imported(MAIN .. "sender_canonical_maps = hash:s\n", {
      a = "", c = "", v = "kim@b.example kim\nann@b.example kim\n", s = "@b.example @c.example\n",
    })
    for sender, expected in pairs {
      ["ann@b.example"] = "ann@c.example", ["kim@b.example"] = "kim@b.example",
    } do
      local delivery = p:route("x@far.example", { sender = sender, may_relay = true })[1]
      assert.equal("SMTP:" .. expected, tostring(delivery.sender))
    end
    p:close()
  end)
end)
