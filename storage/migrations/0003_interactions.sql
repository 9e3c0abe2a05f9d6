-- Interactions: one row for each contact with at most one agent.

CREATE TABLE kpid.interactions (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  arrive_time timestamptz NOT NULL,
  enqueue_time timestamptz,
  answer_time timestamptz,
  first_response_time timestamptz,
  end_time timestamptz,
  talk_microseconds bigint,
  hold_microseconds bigint,
  wrap_up_microseconds bigint,
  revenue_micros bigint,
  customer_key integer,
  conversation_key integer,
  case_key integer,
  queue_key integer,
  agent_key integer,
  currency_key integer,
  channel smallint NOT NULL,
  direction smallint NOT NULL,
  outcome smallint NOT NULL,
  resolution smallint NOT NULL,
  flags smallint NOT NULL,
  interaction_id text COLLATE "C" PRIMARY KEY,
  attribute_keys integer[]
);

-- Whole days are read by time; rows come nearly in its order, so block ranges suffice.
CREATE INDEX interactions_times ON kpid.interactions
  USING brin (arrive_time, end_time) WITH (autosummarize = on);

-- Other contacts of a customer, before and after.
CREATE INDEX interactions_customer ON kpid.interactions (customer_key, arrive_time);

-- All contacts of a case.
CREATE INDEX interactions_case ON kpid.interactions (case_key) WHERE case_key IS NOT NULL;

COMMENT ON TABLE kpid.interactions IS
  'Contacts, each with at most one agent. Written by upserts of interaction_id only.';
COMMENT ON COLUMN kpid.interactions.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.interactions.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.interactions.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.interactions.arrive_time IS 'When the contact began.';
COMMENT ON COLUMN kpid.interactions.enqueue_time IS 'When it joined the queue; null: arrive_time.';
COMMENT ON COLUMN kpid.interactions.answer_time IS
  'When an agent answered; null: not answered, or not known.';
COMMENT ON COLUMN kpid.interactions.first_response_time IS
  'When the customer got the first reply; null: answer_time.';
COMMENT ON COLUMN kpid.interactions.end_time IS 'When it ended; null: not ended, or not known.';
COMMENT ON COLUMN kpid.interactions.talk_microseconds IS
  'Talking time, microseconds; null: not given.';
COMMENT ON COLUMN kpid.interactions.hold_microseconds IS
  'Time on hold, microseconds; null: not given.';
COMMENT ON COLUMN kpid.interactions.wrap_up_microseconds IS
  'Work after the contact, microseconds; null: not given.';
COMMENT ON COLUMN kpid.interactions.revenue_micros IS
  'Revenue in millionths of the unit of currency_key; null: none.';
COMMENT ON COLUMN kpid.interactions.customer_key IS 'Of kpid.customers; null: not known.';
COMMENT ON COLUMN kpid.interactions.conversation_key IS
  'Of kpid.conversations; null: the conversation named by interaction_id.';
COMMENT ON COLUMN kpid.interactions.case_key IS 'Of kpid.cases; null: none.';
COMMENT ON COLUMN kpid.interactions.queue_key IS 'Of kpid.queues; null: none.';
COMMENT ON COLUMN kpid.interactions.agent_key IS 'Of kpid.agents; null: none.';
COMMENT ON COLUMN kpid.interactions.currency_key IS 'Of kpid.currencies; null without revenue.';
COMMENT ON COLUMN kpid.interactions.channel IS
  '0 not known, 1 voice, 2 chat, 3 email, 4 messaging, 5 social, 6 other.';
COMMENT ON COLUMN kpid.interactions.direction IS '1 inbound, 2 outbound.';
COMMENT ON COLUMN kpid.interactions.outcome IS
  '1 handled, 2 abandoned, 3 abandoned before queue, 4 callback requested, 5 flowed out, '
  '6 in progress.';
COMMENT ON COLUMN kpid.interactions.resolution IS
  'Mark of the agent: 0 none, 1 resolved, 2 unresolved, 3 unknown.';
COMMENT ON COLUMN kpid.interactions.flags IS
  'Sum of: 1 transferred, 2 conversion eligible, 4 converted, 8 upsell offered, '
  '16 upsell accepted.';
COMMENT ON COLUMN kpid.interactions.interaction_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.interactions.attribute_keys IS
  'Of kpid.attributes, by attribute name ascending; null: none.';
