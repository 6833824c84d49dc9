-- The bridge's home page asks for the few runs that are not over; without these it reads every run with its whole state.
create index remediations_open on remediations (seq) where phase <> 'finished';
create index remediations_paused on remediations (seq) where paused;
-- All that is counted of runs, so that counting does not read their states.
create index remediations_counts on remediations (phase, result, reason, service)
  include (paused, triggered_at, finished_at, project, stage);
