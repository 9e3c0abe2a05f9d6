-- Surveys: one row for each survey sent to one person, answered or not.

CREATE TABLE kpid.survey_responses (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  invite_time timestamptz,
  respond_time timestamptz,
  score_thousandths integer,
  scale_minimum_thousandths integer NOT NULL,
  scale_maximum_thousandths integer NOT NULL,
  given_customer_key integer,
  given_queue_key integer,
  given_agent_key integer,
  stamped_customer_key integer,
  stamped_queue_key integer,
  stamped_agent_key integer,
  kind smallint NOT NULL,
  given_channel smallint NOT NULL,
  stamped_channel smallint,
  stamped_direction smallint,
  response_id text COLLATE "C" PRIMARY KEY,
  interaction_id text COLLATE "C",
  comment text NOT NULL
);

-- Surveys are read by either time.
CREATE INDEX survey_responses_times ON kpid.survey_responses
  USING brin (respond_time, invite_time) WITH (autosummarize = on);

-- Surveys of a corrected interaction.
CREATE INDEX survey_responses_interaction ON kpid.survey_responses (interaction_id)
  WHERE interaction_id IS NOT NULL;

-- Surveys whose interaction has not come; mostly empty.
CREATE INDEX survey_responses_waiting ON kpid.survey_responses (interaction_id)
  WHERE interaction_id IS NOT NULL AND stamped_direction IS NULL;

COMMENT ON TABLE kpid.survey_responses IS
  'Surveys, answered or not. Customer, queue, agent and channel count as stamped from the '
  'interaction once it is known (stamped_direction is not null), until then as given.';
COMMENT ON COLUMN kpid.survey_responses.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.survey_responses.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.survey_responses.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.survey_responses.invite_time IS 'When it was sent; null: respond_time.';
COMMENT ON COLUMN kpid.survey_responses.respond_time IS 'When it was answered; null: not answered.';
COMMENT ON COLUMN kpid.survey_responses.score_thousandths IS
  'Answer in thousandths of a point; null: not answered.';
COMMENT ON COLUMN kpid.survey_responses.scale_minimum_thousandths IS
  'Lowest possible score, thousandths of a point.';
COMMENT ON COLUMN kpid.survey_responses.scale_maximum_thousandths IS
  'Highest possible score, thousandths of a point.';
COMMENT ON COLUMN kpid.survey_responses.given_customer_key IS
  'Customer given with the survey, of kpid.customers; null: none.';
COMMENT ON COLUMN kpid.survey_responses.given_queue_key IS
  'Queue given with the survey, of kpid.queues; null: none.';
COMMENT ON COLUMN kpid.survey_responses.given_agent_key IS
  'Agent given with the survey, of kpid.agents; null: none.';
COMMENT ON COLUMN kpid.survey_responses.stamped_customer_key IS 'Customer of the interaction.';
COMMENT ON COLUMN kpid.survey_responses.stamped_queue_key IS 'Queue of the interaction.';
COMMENT ON COLUMN kpid.survey_responses.stamped_agent_key IS 'Agent of the interaction.';
COMMENT ON COLUMN kpid.survey_responses.kind IS
  '1 csat, 2 nps, 3 ces, 4 resolution confirmed, 5 esat.';
COMMENT ON COLUMN kpid.survey_responses.given_channel IS
  'Channel given with the survey, as in kpid.interactions; 0: none.';
COMMENT ON COLUMN kpid.survey_responses.stamped_channel IS
  'Channel of the interaction; null: interaction not known.';
COMMENT ON COLUMN kpid.survey_responses.stamped_direction IS
  'Direction of the interaction, as in kpid.interactions; null: interaction not known.';
COMMENT ON COLUMN kpid.survey_responses.response_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.survey_responses.interaction_id IS
  'Interaction that it is about; null: none. Need not be stored (yet).';
COMMENT ON COLUMN kpid.survey_responses.comment IS
  'What the person wrote; may be personal data; empty: nothing.';
