-- A run that is over is told, too, when its problem is gone; those that were not told before are told now.
update remediations r
   set version = version + 1,
       state = jsonb_set(r.state, '{problemState}', to_jsonb(gone.problem_state))
  from (select distinct on (e.context) e.context, e.data->>'state' as problem_state
          from events e
         where e.kind = 'problem' and e.data->>'state' in ('resolved', 'merged')
         order by e.context, e.seq desc) gone
 where gone.context = r.context and r.phase = 'finished' and r.state->>'problemState' is distinct from gone.problem_state;
