--- Texts for the parser and the grammar to disagree about: drawn from the
-- RFCs' own rules, and the same texts with a few bytes changed.  Any two runs
-- with one seed see the same ones.
local abnf = require "spec.grammar.abnf"

local generate = {}

local FOLDER = "spec/grammar/"

--- RFC 5322's rules (with RFC 6532's), section 4 and all; and without it.
generate.obsolete = abnf.read { FOLDER .. "rfc6532.lua", FOLDER .. "rfc5322.lua" }
generate.strict = abnf.without(generate.obsolete, "obs-")

--- RFC 5321's rules (with RFC 6531's).
generate.smtp = abnf.read { FOLDER .. "rfc6532.lua", FOLDER .. "rfc5321.lua" }
generate.smtp.atext = generate.obsolete.atext
generate.smtp["u-label"] = { "all", { "rule", "UTF8-non-ascii" } }

-- What means something somewhere, and what is allowed nowhere.
local BYTES = "()<>@,;:\\\".[] \r\n\t-a1\1\0\127\195\188\255"

local edits = {
  function(text, at, byte)
    return text:sub(1, at - 1) .. byte .. text:sub(at)
  end,
  function(text, at)
    return text:sub(1, at - 1) .. text:sub(at + 1)
  end,
  function(text, at, byte)
    return text:sub(1, at - 1) .. byte .. text:sub(at + 1)
  end,
}

--- A text with one to three bytes put in, taken out or replaced, or now and
-- then with a piece of it said many times over.
function generate.mutate(text, random)
  if random(12) == 1 and #text > 0 then
    local first = random(#text)
    local last = math.min(#text, first + random(4) - 1)
    return text:sub(1, last) .. text:sub(first, last):rep(random(80)) .. text:sub(last + 1)
  end
  for _ = 1, random(3) do
    local byte = random(#BYTES)
    text = edits[random(#edits)](text, random(#text + 1), BYTES:sub(byte, byte))
  end
  return text
end

--- Calls a function with `count` texts: one of four is the rule's own.
function generate.each(rules, rule, random, count, try)
  local text
  for i = 1, count do
    if i % 4 == 1 then
      text = abnf.derive(rules, rule, random)
      try(text)
    else
      try(generate.mutate(text, random))
    end
  end
end

return generate
