-- The bridge counts the outcomes of the last day.
create index remediations_time on remediations (triggered_at);
