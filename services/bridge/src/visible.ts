import { eventsAt, type Journal } from "@evenkeel/journal";
import { authorize, problem, projectsOf, type Subject, type Verb } from "@evenkeel/runtime";

/**
 * What handlers see of the journal, and what the caller may do there. What is missing here is not for them: it belongs to
 * no project, or to workers.
 */
export type VisibleJournal = Access & VisibleParts;

interface Access {
  /** Whether the caller could do this to what belongs to the project. */
  may(verb: Verb, project: string): boolean;
}

type VisibleParts = Pick<
  Journal,
  | "append"
  | "apply"
  | "event"
  | "eventCounts"
  | "files"
  | "latest"
  | "list"
  | "notifications"
  | "now"
  | "page"
  | "phases"
  | "projects"
  | "projectOf"
  | "read"
  | "remediationCounts"
  | "remediations"
  | "rerun"
  | "retry"
  | "revisions"
  | "state"
  | "states"
  | "taskCounts"
  | "tasks"
  | "tokens"
>;

/**
 * The journal as far as a caller may read it, so that no handler can forget to look: what belongs to another project is
 * not there, and what is written must be allowed by `verb`.
 */
export function visibleJournal(journal: Journal, subject: Subject, verb: Verb): VisibleJournal {
  const projects = projectsOf(subject, "read");
  const isReadable = (project: string) => projects === undefined || projects.includes(project);
  const insist = (project: string | undefined) => {
    const decision = authorize(subject, verb, project === undefined ? "everything" : { project });
    if (!decision.ok) throw problem(403, "forbidden", decision.why);
  };
  return {
    may: (asked, project) => authorize(subject, asked, { project }).ok,
    async append(context, inputs, options) {
      const events = eventsAt(inputs, new Date());
      for (const { data } of events) insist(projectIn(data));
      insist((await journal.projectOf(context)) ?? projectIn(events[0]?.data));
      return journal.append(context, events, options);
    },
    async apply(project, files, options) {
      insist(project);
      return journal.apply(project, files, options);
    },
    event: (id) => journal.event(id, projects),
    eventCounts: (q) => journal.eventCounts({ ...q, projects }),
    files: async (project, revision) => (isReadable(project) ? journal.files(project, revision) : undefined),
    latest: () => journal.latest(),
    list: (q) => journal.list({ ...q, projects }),
    notifications: (q) => journal.notifications({ ...q, projects }),
    now: () => journal.now(),
    page: (q) => journal.page({ ...q, projects }),
    phases: () => journal.phases(projects),
    projects: async () => (await journal.projects()).filter(({ project }) => isReadable(project)),
    async projectOf(context) {
      const project = await journal.projectOf(context);
      return project !== undefined && isReadable(project) ? project : undefined;
    },
    read: (context) => journal.read(context, projects),
    remediationCounts: (q) => journal.remediationCounts({ ...q, projects }),
    remediations: (q) => journal.remediations({ ...q, projects }),
    async rerun(context, asked) {
      insist(await journal.projectOf(context));
      return journal.rerun(context, asked);
    },
    async retry(task, asked) {
      const context = await journal.contextOfTask(task);
      const project = context === undefined ? undefined : await journal.projectOf(context);
      if (context === undefined || (project !== undefined && !isReadable(project))) return { outcome: "unknown" };
      insist(project);
      return journal.retry(task, asked);
    },
    revisions: async (project, limit) => (isReadable(project) ? journal.revisions(project, limit) : []),
    async state(context) {
      const state = await journal.state(context);
      return state && isReadable(state.target.project) ? state : undefined;
    },
    async states(contexts) {
      const found = [...(await journal.states(contexts))];
      return new Map(found.filter(([, state]) => isReadable(state.target.project)));
    },
    taskCounts: () => journal.taskCounts(projects),
    tasks: (limit) => journal.tasks(limit, projects),
    get tokens() {
      const decision = authorize(subject, "admin", "everything");
      if (!decision.ok) throw problem(403, "forbidden", decision.why);
      return journal.tokens;
    },
  };
}

/** The project that the data of an event names. */
export function projectIn(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null || !("project" in data)) return undefined;
  return typeof data.project === "string" ? data.project : undefined;
}
