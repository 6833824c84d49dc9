-- Problems that are left open, however long ago: few, as a rule, and looked for each time the bridge's home page is read.
create index remediations_unsolved on remediations (seq)
  where phase = 'finished' and result <> 'pass' and state->>'problemState' = 'open';
