--- Policies by chance whose directory is exported: read in place of their recipients and lists, it
-- routes alike.
local helper = require "spec.helper"
local policies = require "spec.policies"
local policy = require "postoffice.policy"

local COMPARED = { "verdict", "code", "status", "message", "entry", "extension", "connector",
  "nexthop", "wire", "cost", "space" }

-- Loads a policy's text; its directories' files hold `file`.
local function load(text, file)
  return policy.load(text, { chunkname = policies.CHUNKNAME, ask = policies.asks(),
    secrets = policies.SECRETS, include = policies.include, load_milliseconds = 60000,
    read = file and function() return file end })
end

-- The text without its recipients and lists, and with a directory.
local function with_directory(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do
    local word = line:match "^(%l+)"
    lines[#lines + 1] = (word == "recipient" or word == "list") and "--" or line
  end
  lines[#lines + 1] = 'directory "all" { file = "all.csv" }'
  return table.concat(lines, "\n")
end

-- A delivery as a line.
local function line_of(delivery)
  local parts = {}
  for i, name in ipairs(COMPARED) do parts[i] = tostring(delivery[name]) end
  parts[#parts + 1] = tostring(delivery.address) .. " from " .. tostring(delivery.sender)
  return table.concat(parts, "|")
end

-- What becomes of an address, whatever the order of deliveries.
local function lines_of(p, to, envelope)
  local lines = {}
  for i, delivery in ipairs(p:route(to, envelope)) do lines[i] = line_of(delivery) end
  table.sort(lines)
  return lines
end

-- Whether all of a directory is written.
local function is_whole(left)
  for _, one in ipairs(left) do
    if not one.is_written then return false end
  end
  return true
end

describe("a directory by chance that is exported", function()
  it("routes alike", function()
    local compared = 0
    for seed = 1, helper.times(300) do
      local p, text = policies.load(seed + 9000000, load)
      local file, left = p:export "csv"
      if is_whole(left) and file:find "\r\n." then
        local other, message = load(with_directory(text), file)
        assert.truthy(other, tostring(message) .. "\n" .. text .. "\n" .. file)
        for _ = 1, 10 do
          local to, envelope = policies.recipient(), policies.envelope()
          assert.same(lines_of(p, to, envelope), lines_of(other, to, envelope),
            ("%s\n-- to %s\n%s"):format(text, policies.quote(to), file))
          compared = compared + 1
        end
        other:close()
      end
      p:close()
    end
    assert.truthy(compared > helper.times(300))
  end)
end)
