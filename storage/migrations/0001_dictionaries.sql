-- Dictionaries: names as they come in, each with a small key that the records carry instead.
-- They fill themselves from ingested records. Entries are never deleted and keys never reused:
-- servers keep names and keys in memory.

CREATE TABLE kpid.agents (
  agent_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hire_date date,
  leave_date date,
  agent_id text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL DEFAULT '',
  leave_reason text NOT NULL DEFAULT ''
);
COMMENT ON TABLE kpid.agents IS
  'People who handle contacts: from the roster, or named by a record.';
COMMENT ON COLUMN kpid.agents.agent_key IS 'Key that records carry.';
COMMENT ON COLUMN kpid.agents.agent_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.agents.name IS 'Name to show; empty when none was given.';
COMMENT ON COLUMN kpid.agents.hire_date IS 'First day of employment; null when not known.';
COMMENT ON COLUMN kpid.agents.leave_date IS 'First day no longer employed; null while employed.';
COMMENT ON COLUMN kpid.agents.leave_reason IS 'Why the agent left; empty when not given.';

CREATE TABLE kpid.queues (
  queue_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel smallint NOT NULL DEFAULT 0,
  queue_id text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL DEFAULT ''
);
COMMENT ON TABLE kpid.queues IS 'Queues: from the roster, or named by a record.';
COMMENT ON COLUMN kpid.queues.queue_key IS 'Key that records carry.';
COMMENT ON COLUMN kpid.queues.queue_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.queues.name IS 'Name to show; empty when none was given.';
COMMENT ON COLUMN kpid.queues.channel IS
  'Channel it serves: 0 several or not known, 1 voice, 2 chat, 3 email, 4 messaging, 5 social, 6 '
  'other.';

CREATE TABLE kpid.customers (
  customer_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE kpid.customers IS 'Customers named by records.';
COMMENT ON COLUMN kpid.customers.customer_key IS 'Key that records carry.';
COMMENT ON COLUMN kpid.customers.customer_id IS 'Identity given by the client.';

CREATE TABLE kpid.conversations (
  conversation_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  conversation_id text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE kpid.conversations IS
  'Conversations: what ties the parts of a transferred contact. One that is named by its own '
  'interaction only has no entry.';
COMMENT ON COLUMN kpid.conversations.conversation_key IS 'Key that records carry.';
COMMENT ON COLUMN kpid.conversations.conversation_id IS
  'Identity given by the client; may be the id of the first interaction.';

CREATE TABLE kpid.cases (
  case_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE kpid.cases IS 'Cases (tickets, orders, matters) that interactions belong to.';
COMMENT ON COLUMN kpid.cases.case_key IS 'Key that records carry.';
COMMENT ON COLUMN kpid.cases.case_id IS 'Identity given by the client.';

CREATE TABLE kpid.currencies (
  currency_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  currency_code text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE kpid.currencies IS 'Currencies of amounts.';
COMMENT ON COLUMN kpid.currencies.currency_key IS 'Key that records carry.';
COMMENT ON COLUMN kpid.currencies.currency_code IS 'ISO 4217 code.';

CREATE TABLE kpid.attributes (
  attribute_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  UNIQUE (name, value)
);
COMMENT ON TABLE kpid.attributes IS 'Pairs of attribute name and value that interactions carry.';
COMMENT ON COLUMN kpid.attributes.attribute_key IS 'Key that records carry.';
COMMENT ON COLUMN kpid.attributes.name IS 'Name of the attribute, for example language.';
COMMENT ON COLUMN kpid.attributes.value IS 'Its value, for example nl.';
