-- Tickets: one row for each matter of a customer that is worked on until it is resolved.

CREATE TABLE kpid.priorities (
  priority_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  priority text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE kpid.priorities IS 'Priorities of tickets.';
COMMENT ON COLUMN kpid.priorities.priority_key IS 'Key that tickets carry.';
COMMENT ON COLUMN kpid.priorities.priority IS 'Priority given by the client, for example high.';

CREATE TABLE kpid.tickets (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  open_time timestamptz NOT NULL,
  first_response_time timestamptz,
  first_resolve_time timestamptz,
  last_resolve_time timestamptz,
  close_time timestamptz,
  customer_key integer,
  agent_key integer,
  queue_key integer,
  priority_key integer,
  reopen_count integer NOT NULL,
  reassignment_count integer NOT NULL,
  channel smallint NOT NULL,
  ticket_id text COLLATE "C" PRIMARY KEY
);

-- Tickets opened, resolved or closed in a range.
CREATE INDEX tickets_times ON kpid.tickets
  USING brin (open_time, first_resolve_time, last_resolve_time, close_time)
  WITH (autosummarize = on);

-- Tickets that are open, whenever they were opened.
CREATE INDEX tickets_open ON kpid.tickets (open_time)
  WHERE last_resolve_time IS NULL AND close_time IS NULL;

COMMENT ON TABLE kpid.tickets IS 'Matters of customers, from open_time until resolved or closed.';
COMMENT ON COLUMN kpid.tickets.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.tickets.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.tickets.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.tickets.open_time IS 'When it was opened.';
COMMENT ON COLUMN kpid.tickets.first_response_time IS
  'When the customer got the first reply; null: not yet.';
COMMENT ON COLUMN kpid.tickets.first_resolve_time IS
  'When it was resolved for the first time; null: last_resolve_time.';
COMMENT ON COLUMN kpid.tickets.last_resolve_time IS
  'When it was resolved for the last time; null: not resolved.';
COMMENT ON COLUMN kpid.tickets.close_time IS 'When it was closed; null: not closed.';
COMMENT ON COLUMN kpid.tickets.customer_key IS 'Of kpid.customers; null: not known.';
COMMENT ON COLUMN kpid.tickets.agent_key IS
  'Agent it is assigned to, of kpid.agents; null: nobody.';
COMMENT ON COLUMN kpid.tickets.queue_key IS 'Of kpid.queues; null: none.';
COMMENT ON COLUMN kpid.tickets.priority_key IS 'Of kpid.priorities; null: none.';
COMMENT ON COLUMN kpid.tickets.reopen_count IS 'How often it was opened again.';
COMMENT ON COLUMN kpid.tickets.reassignment_count IS 'How often it went to another agent.';
COMMENT ON COLUMN kpid.tickets.channel IS
  '0 not known, 1 voice, 2 chat, 3 email, 4 messaging, 5 social, 6 other.';
COMMENT ON COLUMN kpid.tickets.ticket_id IS 'Identity given by the client.';
