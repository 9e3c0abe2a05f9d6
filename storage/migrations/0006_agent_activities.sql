-- What agents did, and what was planned for them: one row for each span of time.

CREATE TABLE kpid.agent_activities (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz,
  agent_key integer,
  state smallint NOT NULL,
  activity_id text COLLATE "C" PRIMARY KEY
);

-- Spans that touch a range; rows come nearly in the order of time.
CREATE INDEX agent_activities_times ON kpid.agent_activities
  USING brin (start_time, end_time) WITH (autosummarize = on);

-- Ongoing ones, whenever they began.
CREATE INDEX agent_activities_ongoing ON kpid.agent_activities (start_time)
  WHERE end_time IS NULL;

COMMENT ON TABLE kpid.agent_activities IS
  'States of agents from start_time until end_time. They may overlap: what began last counts.';
COMMENT ON COLUMN kpid.agent_activities.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.agent_activities.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.agent_activities.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.agent_activities.start_time IS 'First instant of it.';
COMMENT ON COLUMN kpid.agent_activities.end_time IS
  'First instant after it; null while it lasts; equal to start_time: void.';
COMMENT ON COLUMN kpid.agent_activities.agent_key IS 'The agent, of kpid.agents; null: none.';
COMMENT ON COLUMN kpid.agent_activities.state IS
  '1 available, 2 handling, 3 wrap-up, 4 break, 5 meal, 6 meeting, 7 training, '
  '8 other productive, 9 offline.';
COMMENT ON COLUMN kpid.agent_activities.activity_id IS 'Identity given by the client.';

CREATE TABLE kpid.scheduled_activities (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz NOT NULL,
  agent_key integer,
  state smallint NOT NULL,
  schedule_id text COLLATE "C" PRIMARY KEY
);

-- Plans that touch a range.
CREATE INDEX scheduled_activities_times ON kpid.scheduled_activities
  USING brin (start_time, end_time) WITH (autosummarize = on);

COMMENT ON TABLE kpid.scheduled_activities IS
  'What is planned for agents from start_time until end_time. Plans may overlap: what begins '
  'last counts.';
COMMENT ON COLUMN kpid.scheduled_activities.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.scheduled_activities.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.scheduled_activities.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.scheduled_activities.start_time IS 'First instant of it.';
COMMENT ON COLUMN kpid.scheduled_activities.end_time IS
  'First instant after it; equal to start_time: void.';
COMMENT ON COLUMN kpid.scheduled_activities.agent_key IS 'The agent, of kpid.agents; null: none.';
COMMENT ON COLUMN kpid.scheduled_activities.state IS
  '1 work, 2 break, 3 meal, 4 meeting, 5 training.';
COMMENT ON COLUMN kpid.scheduled_activities.schedule_id IS 'Identity given by the client.';
