import { steps, valueFlags, type CommandWords, type Flag, type Value } from "./words.ts";

export function fish(words: readonly CommandWords[]): string {
  return `# fish completion for evenkeel
function __evenkeel_path
    set -l path ''
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case ${valueFlags(words).join(" ")}
                set skip 1
                continue
        end
        switch "$path>$word"
${steps(words)
  .map(
    ({ path, names, to }) =>
      `            case ${names.map((name) => quote(`${path}>${name}`)).join(" ")}\n                set path ${quote(to)}`,
  )
  .join("\n")}
        end
    end
    echo $path
end

function __evenkeel_at
    test (__evenkeel_path) = "$argv[1]"
end

function __evenkeel_value
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if test $words[$i] = $argv[1]; and test $i -lt (count $words)
            echo -- $argv[1]=$words[(math $i + 1)]
        end
    end
end

function __evenkeel_ask
    set -l words (commandline -opc)
    $words[1] __complete $argv[1] (commandline -ct) (__evenkeel_value --project) (__evenkeel_value --stage) (__evenkeel_value --server) 2>/dev/null
end

complete -c evenkeel -f
${words.flatMap(lines).join("\n")}
`;
}

function lines({ path, subcommands, flags, argument }: CommandWords): string[] {
  const at = `complete -c evenkeel -n ${quote(`__evenkeel_at ${quote(path)}`)}`;
  return [
    ...subcommands.map(({ names, summary }) => `${at} -a ${names[0]} -d ${quote(summary)}`),
    ...flags.map(
      (flag) => `${at} ${flagNames(flag)} -d ${quote(flag.summary)}${flag.value ? ` -r${fill(flag.value)}` : ""}`,
    ),
    ...(argument ? [`${at}${fill(argument)}`] : []),
  ];
}

function flagNames({ names }: Flag): string {
  return names.map((name) => (name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(" ");
}

function fill(value: Value): string {
  if (value.from === "choices") return ` -f -a ${quote(value.words.join(" "))}`;
  if (value.from === "server") return ` -f -a ${quote(`(__evenkeel_ask ${value.kind})`)}`;
  if (value.from === "files") return " -F";
  return value.from === "folders" ? ` -f -a '(__fish_complete_directories)'` : " -f";
}

/** Inside '…' fish knows two escapes. */
function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
