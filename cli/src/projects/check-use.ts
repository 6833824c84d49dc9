import {
  classify,
  formatDuration,
  lookup,
  parseRemediation,
  parseService,
  parseShipyard,
  parseSlo,
  sliFiles,
  type Service,
  type Shipyard,
} from "@evenkeel/specs";

export interface CheckSettings {
  /** Milliseconds between an action and its evaluation where the files say nothing. */
  wait: number;
  settle: number;
  sliProvider: string;
}

/** `text` goes right behind the file's name: ":12: …". */
export interface Warning {
  path: string;
  text: string;
}

type Files = ReadonlyMap<string, string>;
type RemediationFile = Extract<ReturnType<typeof parseRemediation>, { ok: true }>["value"];

/** Says of files that can be read what will have no effect, or another than its author may think. */
export async function checkUse(project: string, files: Files, settings: CheckSettings): Promise<Warning[]> {
  const text = files.get("shipyard.yaml");
  if (text === undefined)
    return [{ path: "shipyard.yaml", text: ": missing, so that no problem of this project is acted on" }];
  const shipyard = parseShipyard(text);
  if (!shipyard.ok) return [];
  return [
    ...strayStages(project, files, shipyard.value),
    ...(await remediations(project, files, shipyard.value, settings)),
    ...services(project, files).flatMap(({ stage, service }) => objectives(files, stage, service, settings)),
  ];
}

function strayStages(project: string, files: Files, { stages }: Shipyard): Warning[] {
  const known = stages.map(({ name }) => name);
  const stray = new Map<string, string>();
  for (const path of files.keys()) {
    const placed = classify(`${project}/${path}`);
    if (placed?.stage && placed.kind !== "other" && !known.includes(placed.stage)) stray.set(placed.stage, path);
  }
  return [...stray].map(([stage, path]) => ({
    path,
    text: `: not read, shipyard.yaml has no stage ${stage}; it has ${known.join(", ") || "none"}`,
  }));
}

async function remediations(
  project: string,
  files: Files,
  shipyard: Shipyard,
  settings: CheckSettings,
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for (const [path, text] of files) {
    const placed = classify(`${project}/${path}`);
    if (placed?.kind !== "remediation") continue;
    const parsed = parseRemediation(text);
    if (!parsed.ok) continue;
    const stage = shipyard.stages.find(({ name }) => name === placed.stage);
    if (stage && !stage.remediation) {
      const how = "set remediation_strategy: automated on it (0.6), or give it a sequence named remediation (0.2)";
      warnings.push({ path, text: `: not used, stage ${stage.name} is not automated; ${how}` });
    }
    const service = placed.stage && placed.service ? readService(files, placed.stage, placed.service) : {};
    const fallback = service.wait ?? stage?.wait ?? shipyard.wait ?? settings.wait;
    warnings.push(...(await actions(parsed.value, path, fallback, settings.settle)));
  }
  return warnings;
}

async function actions(file: RemediationFile, path: string, fallbackWait: number, settle: number): Promise<Warning[]> {
  const { actionKinds } = await import("@evenkeel/remediation-engine");
  const warnings: Warning[] = [];
  for (const entry of file.entries) {
    for (const action of entry.actions) {
      const kind = actionKinds.find(({ name }) => name === action.action.toLowerCase());
      const wait = action.wait ?? fallbackWait;
      if (action.evaluate === false || kind?.then === "finish" || wait >= settle) continue;
      warnings.push({
        path,
        text:
          `:${entry.line}: ${action.name} waits ${formatDuration(wait)}, less than the settle time of ` +
          `${formatDuration(settle)}: only the last ${formatDuration(wait / 2)} of it will be evaluated`,
      });
    }
  }
  return warnings;
}

/** Services that have a remediation.yaml or an slo.yaml of their own. */
function services(project: string, files: Files): { stage: string; service: string }[] {
  const found = new Map<string, { stage: string; service: string }>();
  for (const path of files.keys()) {
    const placed = classify(`${project}/${path}`);
    if (!placed?.stage || !placed.service || (placed.kind !== "remediation" && placed.kind !== "slo")) continue;
    found.set(`${placed.stage}/${placed.service}`, { stage: placed.stage, service: placed.service });
  }
  return [...found.values()];
}

function objectives(files: Files, stage: string, service: string, settings: CheckSettings): Warning[] {
  const path = lookup(files, stage, service, "slo.yaml");
  if (path === undefined) {
    const text = ": missing, so the problem itself is the indicator: healed when it is resolved";
    return [{ path: `${stage}/${service}/slo.yaml`, text }];
  }
  const slo = parseSlo(files.get(path)!);
  if (!slo.ok) return [];
  const provider = readService(files, stage, service).sliProvider ?? settings.sliProvider;
  const sli = sliFiles(files, stage, service, provider);
  if (!sli.ok) return [];
  const missing = slo.value.objectives
    .map((objective) => objective.sli)
    .filter((name) => !Object.hasOwn(sli.value.indicators, name));
  if (missing.length === 0) return [];
  if (sli.paths.length === 0) {
    return [{ path, text: `: no ${provider}/sli.yaml says how to measure ${[...new Set(missing)].join(", ")}` }];
  }
  return [{ path, text: `: ${sli.paths.join(" and ")} has no query for ${[...new Set(missing)].join(", ")}` }];
}

function readService(files: Files, stage: string, service: string): Service {
  const path = lookup(files, stage, service, "service.yaml");
  const parsed = path === undefined ? undefined : parseService(files.get(path)!);
  return parsed?.ok ? parsed.value : {};
}
