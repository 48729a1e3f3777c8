# completions.zsh FOLDER LINE: what zsh would complete the line to, one word a line, by the functions in the
# folder.  A zsh at a terminal of its own completes; `compadd`, which all completion ends in, tells us.
zmodload zsh/zpty

setup=$(mktemp)
trap 'rm -f $setup' EXIT
cat >$setup <<'END'
PROMPT= PROMPT2= RPROMPT=
fpath=($FOLDER $fpath)
autoload -Uz compinit && compinit -u -D
bindkey '^I' complete-word
mark() { print -r -- '<<<' }
leave() { print -r -- '>>>'; exit }
compprefuncs=(mark)
comppostfuncs=(leave)
zstyle ':completion:*' insert-tab false
compadd() {
  local -a hits
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then # it only asks what would match
    builtin compadd "$@"
    return
  fi
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits
  builtin compadd "$@"
}
print ready
END

export FOLDER=$1
zpty terminal zsh -f -i
zpty -w terminal "source $setup"
while zpty -r terminal line; do [[ $line == ready* ]] && break; done
zpty -w -n terminal "$2"$'\t'
said= line=
while zpty -r terminal line; do
  said+=$line
  [[ $line == *'>>>'* ]] && break
done
zpty -d terminal
said=${said//$'\r'/}
said=${said#*'<<<'}
print -r -- ${said%%'>>>'*}
