// `glow completion`: the scripts by which shells complete commands, options, and names of drives, nodes and files. What they
// offer they ask `glow complete` for, each time.

import type { Command } from "commander";
import type { Face } from "./face.ts";
import { type End, misuse, newCommand } from "./node-command.ts";

/**
 * bash gives words as they were typed, and splits them at colons too: so they are read from the line as they are meant. Of what is
 * offered goes back what stands behind the last colon, with the backslashes that it needs outside of quotes.
 */
const bash = `# glow completion bash
_glow() {
  local text="\${COMP_LINE:0:COMP_POINT}" words=() word= quote= open= i char line before=
  for (( i = 0; i < \${#text}; i++ )); do
    char="\${text:i:1}"
    case "$quote$char" in
      "''" | '""') quote= ;;
      "'"?*) word+="$char" ;;
      *\\\\) (( i += 1 )); word+="\${text:i:1}" open=1 ;;
      '"'?*) word+="$char" ;;
      [\\"\\']) quote="$char" open=1 ;;
      [[:blank:]]) [[ -n $open ]] && words+=( "$word" ); word= open= ;;
      *) word+="$char" open=1 ;;
    esac
  done
  [[ $COMP_WORDBREAKS == *:* && $word == *:* && -z $quote ]] && before="\${word%:*}:"
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files) compopt -o default; return ;;
      :folders) compopt -o dirnames; return ;;
      */) compopt -o nospace ;;
    esac
    line="\${line#"$before"}"
    [[ -z $quote ]] && printf -v line '%q' "$line"
    COMPREPLY+=( "$line" )
  done < <(glow complete "\${words[@]:1}" "$word" 2>/dev/null)
}
complete -F _glow glow
`;

/** zsh takes the quotes of the last word, which may be open still, to itself. */
const zsh = `#compdef glow
# glow completion zsh
_glow() {
  local -a folders others
  local line
  while read -r line; do
    case "$line" in
      :files) _files; return ;;
      :folders) _files -/; return ;;
      */) folders+=( "$line" ) ;;
      *) others+=( "$line" ) ;;
    esac
  done < <(glow complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  (( \${#folders} )) && compadd -S '' -- "\${folders[@]}"
  (( \${#others} )) && compadd -- "\${others[@]}"
}
if [ "$funcstack[1]" = "_glow" ]; then _glow "$@"; else compdef _glow glow; fi
`;

/** fish gives the last word as it was typed, perhaps within quotes that are still open. */
const fish = `# glow completion fish
function __glow_complete
  set -l typed (commandline -ct)
  set -l word "$typed"
  for close in '' '"' "'"
    if set -l meant (string unescape -- "$typed$close")
      set word "$meant"
      break
    end
  end
  set -l words (commandline -opc) "$word"
  for line in (glow complete $words[2..-1] 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path "$word"
      case ':folders'
        __fish_complete_directories "$word"
      case '*'
        echo $line
    end
  end
end
complete -c glow -f -a '(__glow_complete)'
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };

export function completionCommand(face: Face, end: End): Command {
  return newCommand(
    "completion",
    "print a script that completes commands and names in a shell",
    "completion bash > ~/.local/share/bash-completion/completions/glow",
    "completion zsh > ~/.zfunc/_glow",
    "completion fish > ~/.config/fish/completions/glow.fish",
  )
    .argument("<shell>", "bash, zsh or fish")
    .option("--json", "print the result as JSON")
    .action((shell: string, { json }: { json?: boolean }) => {
      const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
      if (script === undefined) throw misuse("there are scripts for bash, zsh and fish", shell);
      face.terminal.print(json === true ? JSON.stringify({ shell, script }) : script.trimEnd());
      end(0);
    });
}
