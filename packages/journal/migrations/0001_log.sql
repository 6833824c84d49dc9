-- The log is the truth: rows of events are only ever added.
create table events (
  seq bigint generated always as identity primary key,
  -- Readers follow by (txid, seq), which no late commit can slip under; see follow.ts.
  txid xid8 not null default pg_current_xact_id(),
  id text not null,
  source text not null,
  kind text not null,
  type text not null,
  time timestamptz not null,
  received_at timestamptz not null default clock_timestamp(),
  context text not null,
  project text,
  stage text,
  service text,
  triggeredid text,
  gitcommitid text,
  status text,
  result text,
  data jsonb not null,
  unique (source, id)
);
create index events_follow on events (txid, seq);
create index events_context on events (context, seq);
create index events_target on events (project, stage, service, seq);
create index events_kind on events (kind, seq);
create index events_time on events (time);

-- The fold of each context's events, kept with them in one transaction.
create table remediations (
  context text primary key,
  seq bigint not null,
  project text not null,
  stage text not null,
  service text not null,
  phase text not null,
  holds_target boolean not null,
  paused boolean not null,
  status text,
  result text,
  reason text,
  message text,
  title text not null,
  severity text not null,
  source text not null,
  attempt int,
  due timestamptz,
  triggered_at timestamptz not null,
  finished_at timestamptz,
  updated_at timestamptz not null default clock_timestamp(),
  state jsonb not null
);
-- The target lock: one run at a time on one service.
create unique index remediations_target on remediations (project, stage, service) where holds_target;
create index remediations_queue on remediations (project, stage, service, seq) where phase = 'queued';
create index remediations_list on remediations (seq);
create index remediations_by_target on remediations (project, stage, service, seq);

-- What is still to be done. The queue only wakes; a sweeper finds what is due here.
create table tasks (
  id uuid primary key default gen_random_uuid(),
  context text not null,
  kind text not null,
  key text not null,
  payload jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  deadline_at timestamptz not null,
  -- Every take raises the generation: the fencing token that later writes carry.
  generation int not null default 0,
  leased_until timestamptz,
  leased_by text,
  -- Counted before the work runs, so that a task which kills its worker is set aside too.
  attempts int not null default 0,
  failures int not null default 0,
  error text,
  parked_at timestamptz,
  unique (context, key)
);
create index tasks_due on tasks (due_at) where parked_at is null;

-- Project files: every revision is one content hash over the whole set.
create table blobs (
  hash text primary key,
  content bytea not null
);
create table revisions (
  seq bigint generated always as identity primary key,
  project text not null,
  revision text not null,
  files jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text
);
create index revisions_project on revisions (project, seq);

-- Notifications as they came in: one row for each distinct one, with a count of its repeats.
create table notifications (
  id text primary key,
  seq bigint generated always as identity,
  source text not null,
  context text,
  outcome text not null,
  reason text,
  title text,
  first_received timestamptz not null default clock_timestamp(),
  last_received timestamptz not null default clock_timestamp(),
  count bigint not null default 1,
  body text
);
create index notifications_list on notifications (seq);
create index notifications_outcome on notifications (outcome, seq);
