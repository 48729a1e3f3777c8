--- What completes the command in a shell.
--
-- argparse makes it, but for the words that an argument may be: in bash and fish it knows those of
-- options alone, so the ones after a command's name are added.
-- @module postoffice.cli.completion

local lists = require "postoffice.lists"

local completion = {}

local BASH = [==[

# The words that may stand after a command, be that no option's.
_postoffice_words() {
    _postoffice
    local cur="${COMP_WORDS[COMP_CWORD]}"
    if [[ $COMP_CWORD -ne 2 || "$cur" = -* ]]; then
        return
    fi
    case "${COMP_WORDS[1]}" in
%s
    esac
}

complete -F _postoffice_words -o bashdefault -o default postoffice
]==]

local BASH_CASE = [==[
        %s) COMPREPLY=($(compgen -W "%s" -- "$cur")) ;;]==]

local FISH = "complete -c postoffice -n '__fish_postoffice_using_command %s;"
  .. " and test (count (commandline -poc)) -eq 2' -xa '%s'\n"

-- Each command that has words, in order, in the way that a shell is told.
local function each(words, format)
  return lists.map(lists.keys(words), function(command)
    return format:format(command, table.concat(words[command], " "))
  end)
end

-- By shell, what argparse leaves out.
local ADDED = {
  bash = function(words) return BASH:format(table.concat(each(words, BASH_CASE), "\n")) end,
  fish = function(words) return table.concat(each(words, FISH)) end,
  zsh = function() return "" end,
}

--- The script that completes the command.
-- @tparam table parser argparse's
-- @string shell `bash`, `zsh` or `fish`
-- @tparam table words by command, a list of the words that its first argument may be
-- @treturn string
function completion.script(parser, shell, words)
  return parser["get_" .. shell .. "_complete"](parser) .. ADDED[shell](words)
end

return completion
