--- Runs the commands of a page of the manual as its reader does: in order, by one shell, in a folder of its
-- own, with the files that the page has them write.
local helper = require "spec.helper"

local console = {}

local quote = helper.quote

-- The command as a program that a shell finds, for the interpreter that runs the specs.
local function write_launcher(folder)
  local root = helper.output "pwd"
  local function absolute(paths)
    return (";" .. paths):gsub(";%./", function() return ";" .. root .. "/" end):sub(2)
  end
  local set = ("package.path, package.cpath = %q, %q"):format(absolute(package.path),
    absolute(package.cpath))
  helper.output("mkdir -p " .. quote(folder))
  local program = root .. "/lua/postoffice/cli/postoffice"
  local path = helper.write(folder .. "/postoffice",
    ("#!/bin/sh\nexec %s -e %s %s \"$@\"\n"):format(helper.lua, quote(set), quote(program)))
  helper.output("chmod +x " .. quote(path))
end

--- The commands of a sample: each with its `text`, its `line`, and what it `prints`, nil where nothing is shown.
function console.commands(sample)
  local list, goes_on, number = {}, false, sample.line
  for line in sample.text:gmatch "(.-)\n" do
    number = number + 1
    local last, text = list[#list], line:match "^%$ (.*)$"
    if text then
      list[#list + 1] = { text = text, line = number }
    elseif goes_on then
      last.text = last.text .. "\n" .. line
    else
      assert(last, "what is printed has no command: " .. line)
      last.prints = (last.prints or "") .. line .. "\n"
    end
    goes_on = line:find "\\$" and (text or goes_on)
  end
  return list
end

-- A line for the shell: does a step, and keeps what it printed and its status.
local STEP = ". @/do-# >@/printed-# 2>&1; status=$?; echo $status >@/status-#; (exit $status)\n"

-- Reads what a step left; nil where the shell never came to it.
local function result_of(folder, i)
  local file = io.open(("%s/status-%d"):format(folder, i))
  if not file then return nil end
  file:close()
  return tonumber(helper.read(("%s/status-%d"):format(folder, i))),
    helper.read(("%s/printed-%d"):format(folder, i))
end

-- Writes a file for a step, and returns the step's text.
local function write_step(steps, i, step)
  if not step.file then return step.text end
  helper.write(("%s/file-%d"):format(steps, i), step.content)
  local file = quote(step.file)
  return ("mkdir -p \"$(dirname %s)\" && cp %s/file-%d %s"):format(file, quote(steps), i, file)
end

--- Does steps in order: commands, and files (`file` and `content`) that are written.
-- Each gets its `status`, nil if the shell never came to it, and what it `printed`.
function console.run(steps)
  local place = helper.output "mktemp -d"
  local kept, script = place .. "/steps", ""
  write_launcher(place .. "/bin")
  helper.output(("mkdir %s/steps %s/page"):format(place, place))
  for i, step in ipairs(steps) do
    helper.write(("%s/do-%d"):format(kept, i), write_step(kept, i, step) .. "\n")
    script = script .. STEP:gsub("[@#]", { ["@"] = kept, ["#"] = i })
  end
  helper.write(place .. "/script", script)
  helper.run(("cd %s/page && PATH=%s/bin:$PATH sh %s/script </dev/null >%s/shell 2>&1"):format(
    place, place, place, place))
  for i, step in ipairs(steps) do step.status, step.printed = result_of(kept, i) end
  helper.output("rm -rf " .. quote(place))
end

-- Escapes what patterns take for more than itself.
local function literal(text) return (text:gsub("%p", "%%%0")) end

--- Whether a text is what was shown, in which a line `...` stands for any lines.
function console.matches(shown, printed)
  local pattern = literal("\n" .. shown):gsub(literal(literal "\n...\n"), function()
    return "\n.-"
  end)
  return ("\n" .. printed):find("^" .. pattern .. "$") ~= nil
end

return console
