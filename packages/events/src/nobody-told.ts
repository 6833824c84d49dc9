/** So begins `to` of an escalation that went to nobody; why not follows. Stored events have it: it may not change. */
export const NOBODY_TOLD = "the event log only: ";
