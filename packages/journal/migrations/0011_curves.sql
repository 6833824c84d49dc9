-- Curves of SLIs around runs, as their sources had them: a source may forget sooner than the log. Bounded, see curves.ts.
create table curves (
  context text not null,
  indicator text not null,
  seq bigint generated always as identity,
  -- nothing will be added any more
  settled boolean not null,
  curve jsonb not null,
  saved_at timestamptz not null default clock_timestamp(),
  primary key (context, indicator)
);
create index curves_age on curves (seq);
