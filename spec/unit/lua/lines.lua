-- For failing_memory.c: blocks whose rows have to grow, with lines that are bad, long, or read by
-- a definition of Lua's.
local core = require "postoffice.core"

core.define("PAGER", {
  parse = function(text) return { value = text } end,
  format = function(address) return address.value end,
})

local LONG = ("x"):rep(3000)
local BLOCK = "Kim@A.example\nnobody\n" .. LONG .. "@b.example\n" .. ("\1"):rep(1000)
  .. "\r\nPAGER:12\nccmial:x at y\n[FAX:a\\x09b]\nrest"

local EXPECTED = {
  validate = "Kim@A.example\tvalid\t-\t-\nnobody\tinvalid\tdomain-missing\t7\n" .. LONG
    .. "@b.example\tinvalid\tlocalpart-length\t65\n" .. ("\\x01"):rep(1000)
    .. "\tinvalid\tcontrol-character\t1\nPAGER:12\tvalid\t-\t-\n"
    .. "ccmial:x at y\tinvalid\ttype-unknown\t1\n"
    .. "[FAX:a\\\\x09b]\tinvalid\tfax-number-character\t6\n",
  normalize = "Kim@a.example\n" .. LONG .. "@b.example\nPAGER:12\n[FAX:a\\x09b]\n",
  key = "SMTP:kim@a.example\nSMTP:" .. LONG .. "@b.example\nPAGER:12\nFAX:a\\tb\n",
}

local function is_right(what)
  local rows, errors, rest, lines, addresses = core.lines(BLOCK, what)
  return rows == EXPECTED[what] and #errors == (what == "validate" and 5 or 3)
    and errors[1].code == "domain-missing" and rest == "rest" and lines == 7 and addresses == 7
end

return function()
  for what in pairs(EXPECTED) do
    if not is_right(what) then return false end
  end
  return core.visible(BLOCK) ~= BLOCK
end
