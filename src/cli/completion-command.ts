// `glow completion`: the scripts by which shells complete commands, options, and names of drives, nodes and files. What they
// offer they ask `glow complete` for, each time.

import type { Command } from "commander";
import type { Face } from "./face.ts";
import { type End, misuse, newCommand } from "./node-command.ts";

/** Words come with the backslashes that were typed, and go back with those that they need. */
const bash = `# glow completion bash
_glow() {
  local IFS=$'\\n' line words=( "\${COMP_WORDS[@]:1:COMP_CWORD}" )
  COMPREPLY=()
  while read -r line; do
    case "$line" in
      :files) compopt -o default; return ;;
      :folders) compopt -o filenames; COMPREPLY=( $(compgen -d -- "\${COMP_WORDS[COMP_CWORD]}") ); return ;;
      */) compopt -o nospace; COMPREPLY+=( "$(printf '%q' "$line")" ) ;;
      *) COMPREPLY+=( "$(printf '%q' "$line")" ) ;;
    esac
  done < <(glow complete "\${words[@]//\\\\/}" 2>/dev/null)
}
complete -F _glow glow
`;

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
  done < <(glow complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  (( \${#folders} )) && compadd -S '' -- "\${folders[@]}"
  (( \${#others} )) && compadd -- "\${others[@]}"
}
if [ "$funcstack[1]" = "_glow" ]; then _glow "$@"; else compdef _glow glow; fi
`;

const fish = `# glow completion fish
function __glow_complete
  set -l token (commandline -ct)
  set -l words (commandline -opc) "$token"
  for line in (glow complete $words[2..-1] 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path (commandline -ct)
      case ':folders'
        __fish_complete_directories (commandline -ct)
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
