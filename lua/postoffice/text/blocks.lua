--- Texts that come in blocks, as readers of large files ask for them.
-- @module postoffice.text.blocks

local blocks = {}

--- A function that hands over a text as one block.
-- @string text
-- @treturn function returns the text, and then nil
function blocks.of(text)
  return function()
    local block = text
    text = nil
    return block
  end
end

return blocks
