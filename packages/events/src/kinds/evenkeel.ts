import { z } from "zod";
import { EventData } from "../common.ts";

/** New project files are in force. */
export const resourcesApplied = z.object({
  project: z.string(),
  revision: z.string(),
  previous: z.string().optional(),
  by: z.string().optional(),
  changed: z.array(z.object({ path: z.string(), change: z.enum(["added", "changed", "removed"]) })),
});

/** A step could not be done however often it was tried; its task is set aside for a person to look at. */
export const taskParked = EventData.extend({ task: z.string(), taskKind: z.string(), error: z.string() });

/** A person wants what was set aside to be done after all; a new task stands for it. */
export const taskRetried = EventData.extend({
  task: z.string(),
  taskKind: z.string(),
  by: z.string(),
  reason: z.string().optional(),
});

/** An escalation was told to people, or could not be. */
export const escalationSent = EventData.extend({ message: z.string(), to: z.string() });
export const escalationFailed = EventData.extend({ message: z.string(), to: z.string(), error: z.string() });

/** Any other CloudEvent that was posted: kept in the log, acted on by nobody. */
export const other = z.unknown();
