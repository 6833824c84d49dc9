import { steps, valueFlags, type CommandWords, type Value } from "./words.ts";

/** A script for zsh's completion system; both as a file in fpath and by `source`. */
export function zsh(words: readonly CommandWords[]): string {
  return `#compdef evenkeel
# zsh completion for evenkeel
_evenkeel() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} word where= project= stage= server= i=2
  local -a found
  while (( i < CURRENT )); do
    word=\${words[i]}
    case "$word" in
      (${valueFlags(words).join("|")})
        (( i++ ))
        case "$word" in
          (--project) project=\${words[i]} ;;
          (--stage) stage=\${words[i]} ;;
          (--server) server=\${words[i]} ;;
        esac ;;
      (*)
        case "$where>$word" in
${steps(words)
  .map(
    ({ path, names, to }) =>
      `          (${names.map((name) => quote(`${path}>${name}`)).join("|")}) where=${quote(to)} ;;`,
  )
  .join("\n")}
        esac ;;
    esac
    (( i++ ))
  done
  case "$where>$prev" in
${words.flatMap(flagCases).join("\n")}
  esac
  case "$where" in
${words.map(commandCase).join("\n")}
  esac
}

_evenkeel_ask() {
  local -a names
  names=( \${(f)"$(\${words[1]} __complete $1 "$cur" \${project:+--project=$project} \${stage:+--stage=$stage} \${server:+--server=$server} 2>/dev/null)"} )
  compadd -a names
}

if [ "$funcstack[1]" = "_evenkeel" ]; then _evenkeel "$@"; else compdef _evenkeel evenkeel; fi
`;
}

function flagCases({ path, flags }: CommandWords): string[] {
  return flags.flatMap(({ names, value }) =>
    value ? [`    (${names.map((name) => quote(`${path}>${name}`)).join("|")}) ${fill(value)}; return ;;`] : [],
  );
}

function commandCase({ path, subcommands, flags, argument }: CommandWords): string {
  const described = flags.flatMap(({ names, summary }) => names.map((name) => quote(`${name}:${summary}`)));
  const commands = subcommands.map(({ names, summary }) => quote(`${names[0]}:${summary}`));
  const others =
    commands.length > 0
      ? `found=(${commands.join(" ")}); _describe command found`
      : fill(argument ?? { from: "nowhere" });
  return `    (${quote(path)})
      if [[ "$cur" == -* ]]; then found=(${described.join(" ")}); _describe option found
      else ${others}; fi ;;`;
}

function fill(value: Value): string {
  if (value.from === "choices") return `compadd ${value.words.join(" ")}`;
  if (value.from === "server") return `_evenkeel_ask ${value.kind}`;
  if (value.from === "files") return "_files";
  return value.from === "folders" ? "_files -/" : ":";
}

/** Inside '…' only the quote itself needs care. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
