--- Reads the PowerShell that `postoffice x500` writes, strictly: what is more than these two statements,
-- of literals, is an error.
--
--     $proxies = @(
--       'X500:...',
--       ('X500:...' + [char]0x00FC + '...')
--     )
--     Set-Mailbox -Identity 'kim' -EmailAddresses @{ Add =
--       'X500:...'
--     }

local powershell = {}

-- The UTF-8 of UTF-16 units.
local function text_of(units)
  local utf16, parts = require "postoffice.text.utf16", {}
  for i, unit in ipairs(units) do
    parts[i] = string.char(unit % 256, math.floor(unit / 256))
  end
  return utf16.decode("\255\254" .. table.concat(parts), "little")
end

local Reader = {}
Reader.__index = Reader

-- Takes a text that has to stand here.
function Reader:expect(text)
  local found = self.script:sub(self.at, self.at + #text - 1)
  assert(found == text, ("byte %d: %q, not %q"):format(self.at, found, text))
  self.at = self.at + #text
end

function Reader:takes(text)
  if self.script:sub(self.at, self.at + #text - 1) ~= text then return false end
  self.at = self.at + #text
  return true
end

-- A string in single quotes, in which two are one (about_Quoting_Rules): adds its units.
function Reader:string(units)
  self:expect "'"
  while true do
    local char = self.script:sub(self.at, self.at)
    assert(char ~= "" and char:find "[\32-\126]", "a string that ends nowhere, or is no ASCII")
    self.at = self.at + 1
    if char == "'" and not self:takes "'" then return end
    units[#units + 1] = char:byte()
  end
end

-- A string, or a sum of strings and characters in parentheses: its text in UTF-8.
function Reader:expression()
  local units = {}
  if not self:takes "(" then
    self:string(units)
    return text_of(units)
  end
  repeat
    if self:takes "[char]0x" then
      local digits = self.script:match("^%x%x%x%x", self.at)
      assert(digits, "no character")
      units[#units + 1], self.at = tonumber(digits, 16), self.at + 4
    else
      self:string(units)
    end
  until not self:takes " + "
  self:expect ")"
  return text_of(units)
end

function Reader:list()
  local list = {}
  repeat
    self:expect "\n  "
    list[#list + 1] = self:expression()
  until not self:takes ","
  self:expect "\n"
  return list
end

--- What a script does: for each statement `identity`, or nil, and `proxies`.
function powershell.read(script)
  local self, statements = setmetatable({ script = script, at = 1 }, Reader), {}
  while self.at <= #script do
    local statement = {}
    if self:takes "$proxies = @(" then
      statement.proxies = self:list()
      self:expect ")\n"
    else
      self:expect "Set-Mailbox -Identity "
      statement.identity = self:expression()
      self:expect " -EmailAddresses @{ Add ="
      statement.proxies = self:list()
      self:expect "}\n"
    end
    statements[#statements + 1] = statement
  end
  return statements
end

return powershell
