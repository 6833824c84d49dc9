-- API tokens. Only the hash is kept: the text is 256 random bits, shown once.
create table tokens (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  digest bytea not null unique,
  -- [{ "verb": "read", "projects": ["sockshop"] }]; `*` is every project
  grants jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  expires_at timestamptz,
  last_used timestamptz,
  revoked_at timestamptz,
  revoked_by text
);
-- A name stands for one token at a time, as the log tells of tokens by name.
create unique index tokens_name on tokens (name) where revoked_at is null;

-- Signed deliveries that were taken in, for as long as their signature is good.
create table deliveries (
  source text not null,
  delivery text not null,
  until timestamptz not null,
  primary key (source, delivery)
);
create index deliveries_until on deliveries (until);

-- The project that a context belongs to: that of its run, else of the first event that has one.
create function project_of(in_context text) returns text language sql stable as $$
  select coalesce(
    (select r.project from remediations r where r.context = in_context),
    (select e.project from events e where e.context = in_context and e.project is not null order by e.seq limit 1))
$$;

-- Who may read one project sees its notifications and no others.
alter table notifications add column project text;
update notifications set project = project_of(context) where context is not null;
