--- Runs the commands of a page of the manual as its reader does: in order, by one shell, in a folder of its
-- own, with the files that the page has them write.
local docs = require "spec.docs"
local helper = require "spec.helper"

local console = {}

local quote = helper.quote

-- The command as a program that a shell finds, for the interpreter that runs the specs.
local function write_launcher(folder)
  local root = helper.output "pwd"
  local function absolute(paths)
    return (";" .. paths):gsub(";([^/;])", function(first) return ";" .. root .. "/" .. first end)
      :sub(2)
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
  local shell = "cd @/page && PATH=@/bin:$PATH:/usr/sbin sh @/script </dev/null >@/shell 2>&1"
  helper.run((shell:gsub("@", place)))
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

-- Statuses of a command that did not do what it was asked for: wrong use, no library, no policy,
-- no such command.
local FAILED = { [2] = true, [69] = true, [74] = true, [78] = true, [126] = true, [127] = true }

--- What a page's reader does: files that are written, and commands.
-- @string source the page
-- @tparam[opt] string holder the spec whose samples are done, too; others that a spec holds are not
function console.steps(source, holder)
  local steps = {}
  for _, sample in ipairs(docs.samples(source)) do
    local is_ours = not sample.held or sample.held == holder
    if sample.file then
      steps[#steps + 1] = { file = sample.file, content = sample.text, line = sample.line }
    elseif sample.language == "console" and is_ours then
      for _, command in ipairs(console.commands(sample)) do steps[#steps + 1] = command end
    end
  end
  return steps
end

--- What is wrong with what a step did, or nil.
function console.complaint(step)
  local what = step.text or step.file
  if not step.status then return "the shell never came to " .. what end
  if step.prints and not console.matches(step.prints, step.printed) then
    return ("%s\nshown:\n%sprinted:\n%s"):format(what, step.prints, step.printed)
  end
  local failed = not step.prints and FAILED[step.status]
  return failed and ("%s\nends with %d: %s"):format(what, step.status, step.printed) or nil
end

return console
