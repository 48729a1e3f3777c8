--- UTF-8 as RFC 6531 3.3 and RFC 6532 3.1 let it into addresses.  Lines that
-- begin with `--|` are the RFC's ABNF, which `spec.grammar.abnf` reads.
local lpeg = require "lpeg"
local P, R = lpeg.P, lpeg.R

local rfc6532 = {}

--| UTF8-non-ascii = UTF8-2 / UTF8-3 / UTF8-4
-- RFC 3629 4:
--| UTF8-tail = %x80-BF
local tail = R "\128\191"
--| UTF8-2 = %xC2-DF UTF8-tail
local utf8_2 = R "\194\223" * tail
--| UTF8-3 = %xE0 %xA0-BF UTF8-tail / %xE1-EC 2( UTF8-tail ) /
--|          %xED %x80-9F UTF8-tail / %xEE-EF 2( UTF8-tail )
local utf8_3 = P "\224" * R "\160\191" * tail + R "\225\236" * tail * tail
  + P "\237" * R "\128\159" * tail + R "\238\239" * tail * tail
--| UTF8-4 = %xF0 %x90-BF 2( UTF8-tail ) / %xF1-F3 3( UTF8-tail ) /
--|          %xF4 %x80-8F 2( UTF8-tail )
local utf8_4 = P "\240" * R "\144\191" * tail * tail + R "\241\243" * tail * tail * tail
  + P "\244" * R "\128\143" * tail * tail

rfc6532.utf8_non_ascii = utf8_2 + utf8_3 + utf8_4

return rfc6532
