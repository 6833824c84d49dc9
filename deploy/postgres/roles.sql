-- Roles for Evenkeel's database. Nobody but the owner can change or delete what is in the log.
--
--   evenkeel_app   what `evenkeel up` connects as (database.url)
--   evenkeel_read  reads everything and writes nothing: dashboards, backups of the log
--
-- Run it as the owner of the schema (database.migrationUrl) or a superuser, when Evenkeel has been started once as the
-- owner, and again after an upgrade: new tables need their rights. Roles are made without a password; set one each:
--
--   psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f deploy/postgres/roles.sql
--   psql "$OWNER_URL" -c '\password evenkeel_app'
begin;

do $$ begin
  if not exists (select from pg_roles where rolname = 'evenkeel_app') then
    create role evenkeel_app login nosuperuser nocreatedb nocreaterole noreplication;
  end if;
  if not exists (select from pg_roles where rolname = 'evenkeel_read') then
    create role evenkeel_read login nosuperuser nocreatedb nocreaterole noreplication;
  end if;
end $$;

revoke all on schema public from public;
revoke all on all tables in schema public from evenkeel_app, evenkeel_read;
grant usage on schema public to evenkeel_app, evenkeel_read;
grant select on all tables in schema public to evenkeel_app, evenkeel_read;

-- The log: only ever added to. Neither can the history of a project's files be rewritten.
grant insert on events, revisions, blobs to evenkeel_app;
-- What can be made anew from the log, or is done and over.
grant insert, update on remediations, tokens to evenkeel_app;
grant insert, update, delete on tasks, notifications, deliveries, curves to evenkeel_app;

-- Hashes of tokens are no business of readers.
revoke select on tokens, deliveries from evenkeel_read;
-- To see which appends are still open: without it a reader that follows the log could pass by one that commits late.
grant pg_read_all_stats to evenkeel_read;

alter role evenkeel_read set default_transaction_read_only = on;

-- Where the database is the queue as well, the queue's tables are the application's own, and so is the right to ask for
-- a schema of its own, which the queue does at each start. With Redis as the queue, leave this part out.
create schema if not exists bullmq;
alter schema bullmq owner to evenkeel_app;
do $$ begin
  execute format('grant create on database %I to evenkeel_app', current_database());
end $$;

commit;
