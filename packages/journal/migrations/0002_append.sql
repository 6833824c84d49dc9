-- The append is two calls around the decision, which is made in the application: look, then write.

-- Takes the lock of the run's target (or of the context, when there is no target) and tells what is known.
-- Each statement sees what was committed before it, so what is read after the lock is current.
create function append_look(
  in_context text, in_project text, in_stage text, in_service text,
  in_sources text[], in_ids text[], in_task uuid, in_generation int,
  out now timestamptz, out state jsonb, out holder text, out resolved boolean, out lease_held boolean, out known jsonb
) language plpgsql as $$
declare
  target record;
begin
  select r.project, r.stage, r.service into target from remediations r where r.context = in_context;
  if not found then
    select in_project as project, in_stage as stage, in_service as service into target;
  end if;
  perform pg_advisory_xact_lock(hashtextextended(
    case when target.project is null then 'context:' || in_context
         else format('target:%s/%s/%s', target.project, target.stage, target.service) end, 0));
  if in_task is not null then
    -- locked until the commit, so that nobody can take the task between this look and the writes
    perform from tasks t where t.id = in_task and t.generation = in_generation and t.parked_at is null for update;
    lease_held := found;
  else
    lease_held := true;
  end if;
  select r.state into state from remediations r where r.context = in_context;
  select r.context into holder from remediations r
    where r.project = target.project and r.stage = target.stage and r.service = target.service and r.holds_target;
  resolved := state is null and exists (
    select from events e where e.context = in_context and e.kind = 'problem'
      and e.data->>'state' in ('resolved', 'merged'));
  select jsonb_agg(jsonb_build_object('source', e.source, 'id', e.id)) into known
    from unnest(in_sources, in_ids) as k(source, id) join events e using (source, id);
  now := clock_timestamp();
end $$;

-- Stores events, folds and tasks. Tasks of the named contexts that are not wanted any more are dropped.
create function append_write(
  in_events jsonb, in_runs jsonb, in_contexts text[], in_tasks jsonb,
  in_task uuid, in_generation int, in_park text
) returns jsonb language plpgsql as $$
declare
  stored jsonb;
  opened jsonb;
begin
  with inserted as (
    insert into events (id, source, kind, type, time, context, project, stage, service, triggeredid, gitcommitid, status, result, data)
    select id, source, kind, type, time, context, project, stage, service, triggeredid, gitcommitid, status, result, data
      from jsonb_to_recordset(in_events) as e(n int, id text, source text, kind text, type text, time timestamptz,
        context text, project text, stage text, service text, triggeredid text, gitcommitid text, status text,
        result text, data jsonb)
     order by n
    returning seq, txid, received_at, context, kind
  ), folded as (
    insert into remediations (context, seq, project, stage, service, phase, holds_target, paused, status, result, reason,
      message, title, severity, source, attempt, due, triggered_at, finished_at, state)
    select r.context, coalesce(t.seq, 0), project, stage, service, phase, holds_target, paused, status, result, reason,
      message, title, severity, source, attempt, due, triggered_at, finished_at, state
      from jsonb_to_recordset(in_runs) as r(n int, context text, project text, stage text, service text, phase text,
        holds_target boolean, paused boolean, status text, result text, reason text, message text, title text,
        severity text, source text, attempt int, due timestamptz, triggered_at timestamptz, finished_at timestamptz,
        state jsonb)
      left join inserted t on t.context = r.context and t.kind = 'remediation.triggered'
     order by r.n
    on conflict (context) do update set phase = excluded.phase, holds_target = excluded.holds_target,
      paused = excluded.paused, status = excluded.status, result = excluded.result, reason = excluded.reason,
      message = excluded.message, attempt = excluded.attempt, due = excluded.due,
      finished_at = excluded.finished_at, updated_at = clock_timestamp(), state = excluded.state
  )
  select jsonb_agg(jsonb_build_object('seq', seq::text, 'txid', txid::text, 'received_at', received_at) order by seq)
    into stored from inserted;

  if in_park is not null then
    -- its key is given up, so that the parked row can never stand in for open work
    update tasks set parked_at = clock_timestamp(), error = in_park, leased_until = null, key = 'parked.' || id
      where id = in_task and generation = in_generation;
  elsif in_task is not null then
    delete from tasks where id = in_task and generation = in_generation;
  end if;

  with wanted as (
    select * from jsonb_to_recordset(in_tasks) as w(context text, kind text, key text, payload jsonb, due timestamptz, deadline_ms float8)
  ), dropped as (
    delete from tasks t where t.context = any(in_contexts) and t.parked_at is null
      and not exists (select from wanted w where w.context = t.context and w.key = t.key)
  ), added as (
    insert into tasks (context, kind, key, payload, due_at, deadline_at)
    select context, kind, key, coalesce(payload, '{}'), d.at, d.at + deadline_ms * interval '1 ms'
      from wanted, lateral (select coalesce(due, clock_timestamp()) as at) d
    on conflict (context, key) do nothing
    returning id, kind, context, due_at
  )
  select jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'context', context, 'due_at', due_at,
      'due_in', extract(epoch from due_at - clock_timestamp()) * 1000)) into opened from added;

  return jsonb_build_object('events', coalesce(stored, '[]'), 'tasks', coalesce(opened, '[]'));
end $$;
