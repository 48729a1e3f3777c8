--- The manual page, from what the commands say of themselves.
-- @module postoffice.cli.man

local columns = require "postoffice.cli.columns"
local outputs = require "postoffice.cli.outputs"

local man = {}

local WIDTH = 64 -- of an example, which is indented twice, on a terminal of 80 columns

-- A text that troff prints as it is: no line of it is a request.
local function escaped(text)
  return (text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("^([.'])", "\\&%1"):gsub("\n([.'])",
    "\n\\&%1"))
end

local function bold(text) return "\\fB" .. escaped(text) .. "\\fR" end

local function italic(text) return "\\fI" .. escaped(text) .. "\\fR" end

-- An option or argument as it is written, and what it is for.
local function entry(option)
  local names = {}
  for name in option[2]:gmatch "%S+" do
    names[#names + 1] = option[1] == "argument" and italic(name) or bold(name)
  end
  local text = table.concat(names, ", ")
  if option.argname then text = text .. " " .. italic(option.argname) end
  return ".TP\n" .. text .. "\n" .. escaped(option.description) .. "\n"
end

local function examples(list)
  local lines = {}
  for _, example in ipairs(list) do
    for _, line in ipairs(columns.command(example, WIDTH)) do lines[#lines + 1] = escaped(line) end
  end
  return ".PP\n.nf\n.RS\n" .. table.concat(lines, "\n") .. "\n.RE\n.fi\n"
end

-- What a command writes: titles, and rows under them.
local function written(command)
  local parts = {}
  for _, part in ipairs(outputs.sections(command.name)) do
    parts[#parts + 1] = ".PP\n" .. escaped(part.title) .. ":\n.RS\n"
    for _, row in ipairs(part.rows) do
      parts[#parts + 1] = ".TP\n" .. bold(row[1]) .. "\n" .. escaped(row[2]) .. "\n"
    end
    parts[#parts + 1] = ".RE\n"
  end
  return table.concat(parts)
end

local function section(command, options_of)
  local parts = {
    ".SS " .. bold("postoffice " .. command.name) .. "\n", escaped(command.summary) .. ".\n.PP\n",
    escaped(command.description or "") .. "\n",
  }
  for _, option in ipairs(options_of(command)) do parts[#parts + 1] = entry(option) end
  parts[#parts + 1] = written(command)
  parts[#parts + 1] = examples(command.examples)
  return table.concat(parts)
end

-- Paragraphs, each a line.
local function paragraphs(text)
  local list = {}
  for paragraph in (text .. "\n\n"):gmatch "(.-)\n\n+" do
    list[#list + 1] = ".PP\n" .. escaped(paragraph) .. "\n"
  end
  return table.concat(list)
end

--- The page in troff's man macros.
-- @tparam {table,...} commands
-- @tparam function options_of the options of a command, each as `arguments` has it
-- @string remarks what holds for all of them
-- @string version
-- @treturn string
function man.page(commands, options_of, remarks, version)
  local parts = {
    ('.TH POSTOFFICE 1 "" "postoffice %s" "User Commands"\n'):format(escaped(version)),
    ".SH NAME\npostoffice \\- reads, checks and writes mail addresses; routes them by policies\n",
    ".SH SYNOPSIS\n" .. bold "postoffice" .. " " .. italic "command" .. " [" .. italic "option"
      .. " ...] [" .. italic "address" .. " | " .. italic "file" .. " ...]\n",
    ".SH DESCRIPTION\n" .. paragraphs(remarks), ".SH COMMANDS\n",
  }
  for _, command in ipairs(commands) do parts[#parts + 1] = section(command, options_of) end
  parts[#parts + 1] = ".SH SEE ALSO\n" .. bold "postoffice help"
    .. " prints the reference of the language of policies.\n"
  return table.concat(parts)
end

return man
