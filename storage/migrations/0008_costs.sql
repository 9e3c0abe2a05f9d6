-- Costs: one row for each amount that falls evenly on a span of time.

CREATE TABLE kpid.costs (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz NOT NULL,
  amount_micros bigint NOT NULL,
  currency_key integer,
  queue_key integer,
  group_key integer,
  channel smallint NOT NULL,
  cost_id text COLLATE "C" PRIMARY KEY,
  category text NOT NULL
);

-- Costs that touch a range.
CREATE INDEX costs_times ON kpid.costs
  USING brin (start_time, end_time) WITH (autosummarize = on);

COMMENT ON TABLE kpid.costs IS 'Amounts spent from start_time until end_time, evenly.';
COMMENT ON COLUMN kpid.costs.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.costs.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.costs.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.costs.start_time IS 'First instant that it falls on.';
COMMENT ON COLUMN kpid.costs.end_time IS 'First instant after it.';
COMMENT ON COLUMN kpid.costs.amount_micros IS
  'Amount in millionths of the unit of currency_key; may be negative.';
COMMENT ON COLUMN kpid.costs.currency_key IS 'Of kpid.currencies.';
COMMENT ON COLUMN kpid.costs.queue_key IS
  'Queue it belongs to, of kpid.queues; null: none in particular.';
COMMENT ON COLUMN kpid.costs.group_key IS
  'Group it belongs to, of kpid.agent_groups; null: none in particular.';
COMMENT ON COLUMN kpid.costs.channel IS
  'Channel it belongs to, as in kpid.interactions; 0: none in particular.';
COMMENT ON COLUMN kpid.costs.cost_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.costs.category IS 'Kind of cost, for example wages; empty: none.';
