import { steps, valueFlags, type CommandWords, type Value } from "./words.ts";

export function pwsh(words: readonly CommandWords[]): string {
  return `# PowerShell completion for evenkeel
Register-ArgumentCompleter -Native -CommandName evenkeel -ScriptBlock {
  param($cur, $ast, $cursor)
  $steps = @{
${steps(words)
  .flatMap(({ path, names, to }) => names.map((name) => `    ${quote(`${path}>${name}`)} = ${quote(to)}`))
  .join("\n")}
  }
  $takesValue = @(${valueFlags(words).map(quote).join(", ")})
  $values = @{
${words.flatMap(flagValues).join("\n")}
  }
  $flags = @{
${words.map(({ path, flags }) => `    ${quote(path)} = @(${flags.flatMap(({ names }) => names.map(quote)).join(", ")})`).join("\n")}
  }
  $others = @{
${words.map(({ path, subcommands, argument }) => `    ${quote(path)} = ${others(subcommands, argument)}`).join("\n")}
  }
  $typed = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { $_.ToString() })
  $path = ''
  $given = @()
  for ($i = 1; $i -lt $typed.Count; $i++) {
    if ($takesValue -contains $typed[$i]) {
      if (@('--project', '--stage', '--server') -contains $typed[$i] -and $i + 1 -lt $typed.Count) { $given += "$($typed[$i])=$($typed[$i + 1])" }
      $i++
      continue
    }
    $to = $steps["$path>$($typed[$i])"]
    if ($to) { $path = $to }
  }
  $prev = $typed[-1]
  $answer = if ($values.ContainsKey("$path>$prev")) { $values["$path>$prev"] } elseif ("$cur".StartsWith('-')) { $flags[$path] } else { $others[$path] }
  if ("$answer".StartsWith('ask:')) { $answer = & $typed[0] __complete "$answer".Substring(4) $cur @given 2>$null }
  $answer | Where-Object { "$_" -like "$cur*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}

function flagValues({ path, flags }: CommandWords): string[] {
  return flags.flatMap(({ names, value }) =>
    value && value.from !== "files" && value.from !== "folders"
      ? names.map((name) => `    ${quote(`${path}>${name}`)} = ${list(value)}`)
      : [],
  );
}

function others(subcommands: CommandWords["subcommands"], argument: Value | undefined): string {
  if (subcommands.length > 0) return `@(${subcommands.map(({ names }) => quote(names[0]!)).join(", ")})`;
  return list(argument ?? { from: "nowhere" });
}

/** An empty answer makes PowerShell complete file names by itself. */
function list(value: Value): string {
  if (value.from === "choices") return `@(${value.words.map(quote).join(", ")})`;
  return value.from === "server" ? quote(`ask:${value.kind}`) : "@()";
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
