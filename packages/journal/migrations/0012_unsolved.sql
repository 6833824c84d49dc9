-- Problems that are left open, however long ago. Looked for each time the bridge's home page is read, so that it must be
-- answered without reading states: where senders never tell that a problem is over there is one for each that failed.
create index remediations_unsolved on remediations (project, stage, service, seq)
  where phase = 'finished' and result <> 'pass' and state->>'problemState' = 'open' and state->'repeated' is null;
