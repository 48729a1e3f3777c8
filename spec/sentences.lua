--- Random texts of a grammar that is data: policies, and claims about them.
--
-- A grammar has by name the texts that may stand for it, each as likely as it is often there.  In them
-- `$name` is one of that name's, `$name?3` is that or nothing (once in three times), and `$name*3` up
-- to three of them with commas between.  In a name's place may stand a function of what is being
-- made, for what depends on what was made before; where it has nothing, another text is taken.
local generate = require "spec.generate"

local sentences = {}

local TRIES = 8 -- texts that are begun before it is said that there is none

local World = {}
World.__index = World

--- One of several.
function World:pick(list) return list[self.random(#list)] end

-- How often something stands, by what follows its name.
local HOW_OFTEN = {
  [""] = function() return 1 end,
  ["?"] = function(world, number) return world.random(number) == 1 and 1 or 0 end,
  ["*"] = function(world, number) return world.random(number) end,
}

-- What stands for one name in a text; nil if there is nothing.
local function item(world, name, mark, number)
  local list = {}
  for i = 1, HOW_OFTEN[mark](world, tonumber(number)) do
    list[i] = world:text(name)
    if not list[i] then return mark == "?" and "" or i > 1 and table.concat(list, ", ") or nil end
  end
  return table.concat(list, ", ")
end

-- A text with everything in it replaced; nil if there is nothing for some name.
local function filled(world, text)
  local is_whole = true
  local made = text:gsub("%$(%l[%l_]*)([?*]?)(%d*)", function(name, mark, number)
    local one = is_whole and item(world, name, mark, number)
    is_whole = is_whole and one ~= nil
    return one or ""
  end)
  return is_whole and made or nil
end

--- A text of a name.
-- @tparam string name
-- @treturn string|nil nil if there is none by now
function World:text(name)
  local texts = self.grammar[name]
  if type(texts) == "function" then return texts(self) end
  for _ = 1, TRIES do
    local made = filled(self, self:pick(texts))
    if made then return made end
  end
end

--- A text of a name that was not taken before.
-- @tparam string name
-- @treturn string
function World:untaken(name)
  local text
  self.taken = self.taken or {}
  repeat text = self:text(name) until not self.taken[text]
  self.taken[text] = true
  return text
end

--- Texts of some names, and of each of some others or not.
-- @tparam {string,...} always
-- @tparam {string,...} sometimes
-- @treturn {string,...}
function World:lines(always, sometimes)
  local lines = {}
  for i, name in ipairs(always) do lines[i] = self:text(name) end
  for _, name in ipairs(sometimes) do
    if self.random(2) == 1 then lines[#lines + 1] = self:text(name) end
  end
  return lines
end

--- A name that nobody has yet: a beginning with a number.
-- @tparam string beginning
-- @treturn string
function World:numbered(beginning)
  self.count = (self.count or 0) + 1
  return beginning .. self.count
end

--- What is being made: the same for the same seed.
-- @tparam table grammar
-- @tparam number seed
-- @tparam[opt] table fields that functions of the grammar go by
-- @treturn table with `random`, `pick`, `text`, `lines`, `untaken`, `numbered`
function sentences.new(grammar, seed, fields)
  local world = fields or {}
  world.grammar, world.random = grammar, generate.random(seed)
  return setmetatable(world, World)
end

return sentences
