-- The append is two statements around the decision, which is made in the application: look, without any lock; then
-- write, which takes the lock and stores nothing when what was seen is not so any more: docs/adr/0011-look-then-write.md

-- Raised by every write of a run: what was decided from an older one is refused.
alter table remediations add column version int not null default 1;

-- Asked by every append that opens a run.
create index events_resolved on events (context) where kind = 'problem' and data->>'state' in ('resolved', 'merged');

drop function append_look(text, text, text, text, text[], text[], uuid, int);
drop function append_write(jsonb, jsonb, text[], jsonb, uuid, int, text);

-- What an append has to know, as of one moment.
-- A session keeps the plans of these functions from when the tables were small; whatever it was then, an index is right.
create function append_look(
  in_context text, in_project text, in_stage text, in_service text,
  in_sources text[], in_ids text[], in_task uuid, in_generation int,
  out now timestamptz, out state jsonb, out version int, out holder text, out next jsonb,
  out resolved boolean, out lease_held boolean, out known jsonb
) language plpgsql stable
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  target record;
begin
  select r.state, r.version into state, version from remediations r where r.context = in_context;
  if state is null then
    select in_project as project, in_stage as stage, in_service as service into target;
    resolved := exists (
      select from events e where e.context = in_context and e.kind = 'problem'
        and e.data->>'state' in ('resolved', 'merged'));
  else
    select r.project, r.stage, r.service into target from remediations r where r.context = in_context;
    resolved := false;
  end if;
  select r.context into holder from remediations r
    where r.project = target.project and r.stage = target.stage and r.service = target.service and r.holds_target;
  next := next_in_line(target.project, target.stage, target.service, in_context);
  lease_held := in_task is null or exists (
    select from tasks t where t.id = in_task and t.generation = in_generation and t.parked_at is null);
  if cardinality(in_ids) > 0 then
    select jsonb_agg(jsonb_build_object('source', e.source, 'id', e.id)) into known
      from unnest(in_sources, in_ids) as k(source, id) join events e using (source, id);
  end if;
  now := clock_timestamp();
end $$;

-- The run that gets the target when the one that holds it gives it up.
create function next_in_line(in_project text, in_stage text, in_service text, in_except text) returns jsonb
  language plpgsql stable set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
  found_run jsonb;
begin
  select jsonb_build_object('version', r.version, 'state', r.state) into found_run from remediations r
    where r.project = in_project and r.stage = in_stage and r.service = in_service
      and r.phase = 'queued' and not r.paused and r.context <> in_except
    order by r.seq limit 1;
  return found_run;
end $$;

-- Stores events, folds, tasks and the notification behind them. Answers {"conflict": true} when the decision was made from
-- what is not so any more, and {"lost": true} when the lease of the task is not held: then nothing is stored.
-- in_seen: {context, version, now} and what else the decision relied on: {resolved}, {holder}, {next: {context, version}}
create function append_write(
  in_seen jsonb, in_project text, in_stage text, in_service text,
  in_events jsonb, in_runs jsonb, in_contexts text[], in_tasks jsonb,
  in_task uuid, in_generation int, in_completes boolean, in_park text, in_notification jsonb
) returns jsonb language plpgsql
  set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  known_version int;
  next_run jsonb;
  stored jsonb;
  opened jsonb;
  folded_runs int;
begin
  -- All runs of one target take one lock, so that no two appends can ever wait for each other in a circle.
  perform pg_advisory_xact_lock(hashtextextended(
    case when in_project is null then 'context:' || (in_seen->>'context')
         else format('target:%s/%s/%s', in_project, in_stage, in_service) end, 0));
  if in_task is not null then
    -- locked until the commit, so that nobody can take the task between this look and the writes
    perform from tasks t where t.id = in_task and t.generation = in_generation and t.parked_at is null for update;
    if not found then return '{"lost": true}'; end if;
  end if;

  select r.version into known_version from remediations r where r.context = in_seen->>'context';
  if known_version is distinct from (in_seen->>'version')::int
    -- a decision that took so long is made again, by the time that it is now
    or abs(extract(epoch from clock_timestamp() - (in_seen->>'now')::timestamptz)) > 2
  then return '{"conflict": true}'; end if;
  if in_seen ? 'resolved' and (in_seen->>'resolved')::boolean is distinct from exists (
    select from events e where e.context = in_seen->>'context' and e.kind = 'problem'
      and e.data->>'state' in ('resolved', 'merged'))
  then return '{"conflict": true}'; end if;
  if in_seen ? 'holder' and in_seen->>'holder' is distinct from (
    select r.context from remediations r
      where r.project = in_project and r.stage = in_stage and r.service = in_service and r.holds_target)
  then return '{"conflict": true}'; end if;
  if in_seen ? 'next' then
    next_run := next_in_line(in_project, in_stage, in_service, in_seen->>'context');
    if next_run->'state'->>'context' is distinct from in_seen->'next'->>'context'
      or (next_run->>'version')::int is distinct from (in_seen->'next'->>'version')::int
    then return '{"conflict": true}'; end if;
  end if;

  with inserted as (
    insert into events (id, source, kind, type, time, context, project, stage, service, triggeredid, gitcommitid, status, result, data)
    select id, source, kind, type, time, context, project, stage, service, triggeredid, gitcommitid, status, result, data
      from jsonb_to_recordset(in_events) as e(n int, id text, source text, kind text, type text, time timestamptz,
        context text, project text, stage text, service text, triggeredid text, gitcommitid text, status text,
        result text, data jsonb)
     order by n
    returning seq, txid, received_at, context, kind
  ), folded as (
    insert into remediations (context, seq, version, project, stage, service, phase, holds_target, paused, status, result,
      reason, message, title, severity, source, attempt, due, triggered_at, finished_at, state)
    select r.context, coalesce(t.seq, 0), version, project, stage, service, phase, holds_target, paused, status, result,
      reason, message, title, severity, source, attempt, due, triggered_at, finished_at, state
      from jsonb_to_recordset(in_runs) as r(n int, context text, version int, project text, stage text, service text,
        phase text, holds_target boolean, paused boolean, status text, result text, reason text, message text, title text,
        severity text, source text, attempt int, due timestamptz, triggered_at timestamptz, finished_at timestamptz,
        state jsonb)
      left join inserted t on t.context = r.context and t.kind = 'remediation.triggered'
     order by r.n
    on conflict (context) do update set version = excluded.version, phase = excluded.phase,
      holds_target = excluded.holds_target, paused = excluded.paused, status = excluded.status, result = excluded.result,
      reason = excluded.reason, message = excluded.message, attempt = excluded.attempt, due = excluded.due,
      finished_at = excluded.finished_at, updated_at = clock_timestamp(), state = excluded.state
      where remediations.version = excluded.version - 1
    returning 1
  )
  select (select jsonb_agg(jsonb_build_object('seq', seq::text, 'txid', txid::text, 'received_at', received_at) order by seq)
            from inserted), (select count(*) from folded)
    into stored, folded_runs;
  if folded_runs <> jsonb_array_length(in_runs) then
    raise exception 'a run was changed under an append' using errcode = 'serialization_failure';
  end if;

  if in_park is not null then
    -- its key is given up, so that the parked row can never stand in for open work
    update tasks set parked_at = clock_timestamp(), error = in_park, leased_until = null, key = 'parked.' || id
      where id = in_task and generation = in_generation;
  elsif in_completes then
    delete from tasks where id = in_task and generation = in_generation;
  end if;

  -- Tasks of the runs that are not wanted any more are dropped. Written so that it cannot be answered by a walk along
  -- tasks_due, which would be as long as there are open tasks.
  delete from tasks d where d.id in (
    select t.id from unnest(in_contexts) as c(context)
      join tasks t on t.context = c.context and coalesce(t.parked_at, 'infinity') = 'infinity'
     where not exists (select from jsonb_to_recordset(in_tasks) as w(context text, key text)
       where w.context = t.context and w.key = t.key));
  if jsonb_array_length(in_tasks) > 0 then
    with added as (
      insert into tasks (context, kind, key, payload, due_at, deadline_at)
      select context, kind, key, coalesce(payload, '{}'), d.at, d.at + deadline_ms * interval '1 ms'
        from jsonb_to_recordset(in_tasks)
          as w(context text, kind text, key text, payload jsonb, due timestamptz, deadline_ms float8),
          lateral (select coalesce(due, clock_timestamp()) as at) d
      on conflict (context, key) do nothing
      returning id, kind, context, due_at
    )
    select jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'context', context, 'due_at', due_at,
        'due_in', extract(epoch from due_at - clock_timestamp()) * 1000)) into opened from added;
  end if;

  if in_notification is not null then perform count_notification(in_notification, 1); end if;
  return jsonb_build_object('events', coalesce(stored, '[]'), 'tasks', coalesce(opened, '[]'));
end $$;

-- A notification is one row, with a count of its repeats.
create function count_notification(in_notification jsonb, in_times int) returns void language sql as $$
  insert into notifications (id, source, context, outcome, reason, title, body, project, count)
  select id, source, context, outcome, reason, title, body, project, in_times
    from jsonb_to_record(in_notification)
      as n(id text, source text, context text, outcome text, reason text, title text, body text, project text)
  on conflict (id) do update set count = notifications.count + in_times, last_received = clock_timestamp()
$$;
