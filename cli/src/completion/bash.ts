import { steps, valueFlags, type CommandWords, type Value } from "./words.ts";

/** A script for bash 3.2 and newer, without the bash-completion package. */
export function bash(words: readonly CommandWords[]): string {
  return `# bash completion for evenkeel
_evenkeel() {
  local cur prev word path= project= stage= server= i=1
  COMPREPLY=()
  cur="\${COMP_WORDS[COMP_CWORD]}"
  prev="\${COMP_WORDS[COMP_CWORD-1]}"
  # --flag=value comes as three words
  if [ "$cur" = "=" ]; then cur=; elif [ "$prev" = "=" ]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      ${valueFlags(words).join("|")})
        i=$((i+1))
        [ "\${COMP_WORDS[i]}" = "=" ] && i=$((i+1))
        case "$word" in
          --project) project="\${COMP_WORDS[i]}" ;;
          --stage) stage="\${COMP_WORDS[i]}" ;;
          --server) server="\${COMP_WORDS[i]}" ;;
        esac ;;
      *)
        case "$path>$word" in
${steps(words)
  .map(({ path, names, to }) => `          ${names.map((name) => `"${path}>${name}"`).join("|")}) path="${to}" ;;`)
  .join("\n")}
        esac ;;
    esac
    i=$((i+1))
  done
  case "$path>$prev" in
${words.flatMap(flagCases).join("\n")}
  esac
  case "$path" in
${words.map(commandCase).join("\n")}
  esac
}

_evenkeel_ask() {
  local IFS=$'\\n'
  COMPREPLY=( $(compgen -W "$("\${COMP_WORDS[0]}" __complete "$1" "$cur" \${project:+--project="$project"} \${stage:+--stage="$stage"} \${server:+--server="$server"} 2>/dev/null)" -- "$cur") )
}

complete -F _evenkeel evenkeel
`;
}

function flagCases({ path, flags }: CommandWords): string[] {
  return flags.flatMap(({ names, value }) =>
    value ? [`    ${names.map((name) => `"${path}>${name}"`).join("|")}) ${fill(value)}; return ;;`] : [],
  );
}

function commandCase({ path, subcommands, flags, argument }: CommandWords): string {
  const flagWords = flags.flatMap(({ names }) => names).join(" ");
  const others =
    subcommands.length > 0 ? choose(subcommands.map(({ names }) => names[0]!)) : fill(argument ?? { from: "nowhere" });
  return `    "${path}") case "$cur" in -*) ${choose(flagWords.split(" "))} ;; *) ${others} ;; esac ;;`;
}

function choose(words: readonly string[]): string {
  return `COMPREPLY=( $(compgen -W "${words.join(" ")}" -- "$cur") )`;
}

function fill(value: Value): string {
  if (value.from === "choices") return choose(value.words);
  if (value.from === "server") return `_evenkeel_ask ${value.kind}`;
  if (value.from === "files") return 'compopt -o filenames 2>/dev/null; COMPREPLY=( $(compgen -f -- "$cur") )';
  return value.from === "folders" ? 'compopt -o filenames 2>/dev/null; COMPREPLY=( $(compgen -d -- "$cur") )' : ":";
}
