/** What a token may do. `write` is reading and every way to write, `admin` is everything; of the finer ones all but `events:write` read. */
export const VERBS = [
  "read",
  "write",
  "admin",
  "events:write",
  "evaluations:write",
  "remediations:command",
  "resources:write",
] as const;

/** A word of VERBS, or `events:write:<source>` for one alert source alone. */
export type Verb = (typeof VERBS)[number] | `events:write:${string}`;

/** A right: the verb, in these projects. `*` is every project, and all that belongs to none. */
export interface Grant {
  verb: Verb;
  projects: readonly string[];
}

/** Who asks: a token, or an alert source with secrets of its own. */
export interface Subject {
  name: string;
  kind?: "token" | "source";
  grants: readonly Grant[];
}

/**
 * What is asked for: something of one project; `everything`, which is the whole installation or belongs to no project;
 * or `anything`, which tells of no project, so that the right in any one of them is enough.
 */
export type AccessObject = { project: string } | "everything" | "anything";

export type Decision = { ok: true } | { ok: false; why: string };

/** Every project, and all that belongs to none. */
export const ALL_PROJECTS = "*";

const NAMED: ReadonlySet<string> = new Set(VERBS);

/** Whether a text is a verb that can be granted. */
export function isVerb(text: string): text is Verb {
  return NAMED.has(text) || /^events:write:[a-z0-9][a-z0-9-]{0,62}$/.test(text);
}

/** The one place where it is decided who may do what. What no grant allows is denied. */
export function authorize(subject: Subject, verb: Verb, object: AccessObject): Decision {
  const granted = subject.grants.filter((grant) => includes(grant.verb, verb));
  if (granted.some(({ projects }) => reaches(projects, object))) return { ok: true };
  const who = `${subject.kind ?? "token"} ${subject.name}`;
  if (granted.length === 0) return { ok: false, why: `${who} lacks the scope ${verb}` };
  const where = typeof object === "object" ? `project ${object.project}` : "every project";
  return { ok: false, why: `${who} has the scope ${verb}, but not for ${where}` };
}

/** The projects in which a subject has a right; undefined: in all, and beside them. */
export function projectsOf(subject: Subject, verb: Verb): readonly string[] | undefined {
  const projects = subject.grants.flatMap((grant) => (includes(grant.verb, verb) ? grant.projects : []));
  return projects.includes(ALL_PROJECTS) ? undefined : [...new Set(projects)].sort();
}

function includes(granted: Verb, asked: Verb): boolean {
  if (granted === asked || granted === "admin") return true;
  if (asked === "admin") return false;
  if (granted === "write") return true;
  // What can be changed must be looked at; a sender of alerts need not know what became of them.
  if (asked === "read") return granted !== "read" && !granted.startsWith("events:");
  return granted === "events:write" && asked.startsWith("events:write:");
}

function reaches(projects: readonly string[], object: AccessObject): boolean {
  if (projects.includes(ALL_PROJECTS)) return true;
  if (object === "everything") return false;
  if (object === "anything") return projects.length > 0;
  // Nobody's project is called `*`, but whoever asks may call it so.
  return object.project !== ALL_PROJECTS && projects.includes(object.project);
}
