-- Quality evaluations: one row for each evaluation of an agent's work, with all its items.

CREATE TABLE kpid.quality_categories (
  quality_category_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE kpid.quality_categories IS 'Categories of the criteria of quality evaluations.';
COMMENT ON COLUMN kpid.quality_categories.quality_category_key IS 'Key that items carry.';
COMMENT ON COLUMN kpid.quality_categories.category IS
  'Category given by the client, for example empathy.';

CREATE TABLE kpid.quality_criteria (
  quality_criterion_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  criterion text COLLATE "C" NOT NULL UNIQUE
);
COMMENT ON TABLE kpid.quality_criteria IS 'Criteria of quality evaluations.';
COMMENT ON COLUMN kpid.quality_criteria.quality_criterion_key IS 'Key that items carry.';
COMMENT ON COLUMN kpid.quality_criteria.criterion IS 'Name given by the client.';

CREATE TABLE kpid.quality_evaluations (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  evaluate_time timestamptz NOT NULL,
  agent_key integer,
  stamped_queue_key integer,
  stamped_channel smallint,
  stamped_direction smallint,
  evaluation_id text COLLATE "C" PRIMARY KEY,
  interaction_id text COLLATE "C",
  evaluator_id text COLLATE "C",
  item_criterion_keys integer[] NOT NULL,
  item_category_keys integer[] NOT NULL,
  item_scores_thousandths integer[] NOT NULL,
  item_maximums_thousandths integer[] NOT NULL,
  item_weights_thousandths integer[] NOT NULL,
  item_flags integer[] NOT NULL
);

-- Read by time; rows come nearly in its order.
CREATE INDEX quality_evaluations_times ON kpid.quality_evaluations
  USING brin (evaluate_time) WITH (autosummarize = on);

-- Evaluations of a corrected interaction.
CREATE INDEX quality_evaluations_interaction ON kpid.quality_evaluations (interaction_id)
  WHERE interaction_id IS NOT NULL;

-- Evaluations whose interaction has not come; mostly empty.
CREATE INDEX quality_evaluations_waiting ON kpid.quality_evaluations (interaction_id)
  WHERE interaction_id IS NOT NULL AND stamped_direction IS NULL;

COMMENT ON TABLE kpid.quality_evaluations IS
  'Evaluations of the work of agents. Queue, channel and direction are stamped from the '
  'interaction once it is known (stamped_direction is not null). The items are the places of the '
  'item_ arrays, which are equally long.';
COMMENT ON COLUMN kpid.quality_evaluations.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.quality_evaluations.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.quality_evaluations.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.quality_evaluations.evaluate_time IS 'When the evaluation was made.';
COMMENT ON COLUMN kpid.quality_evaluations.agent_key IS
  'The agent evaluated, of kpid.agents; null: none.';
COMMENT ON COLUMN kpid.quality_evaluations.stamped_queue_key IS 'Queue of the interaction.';
COMMENT ON COLUMN kpid.quality_evaluations.stamped_channel IS
  'Channel of the interaction, as in kpid.interactions; null: interaction not known.';
COMMENT ON COLUMN kpid.quality_evaluations.stamped_direction IS
  'Direction of the interaction, as in kpid.interactions; null: interaction not known.';
COMMENT ON COLUMN kpid.quality_evaluations.evaluation_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.quality_evaluations.interaction_id IS
  'Interaction evaluated; null: none. Need not be stored (yet).';
COMMENT ON COLUMN kpid.quality_evaluations.evaluator_id IS 'Who evaluated; null: not given.';
COMMENT ON COLUMN kpid.quality_evaluations.item_criterion_keys IS
  'Criterion of each item, of kpid.quality_criteria; 0: none.';
COMMENT ON COLUMN kpid.quality_evaluations.item_category_keys IS
  'Category of each item, of kpid.quality_categories; 0: none.';
COMMENT ON COLUMN kpid.quality_evaluations.item_scores_thousandths IS
  'Points of each item, thousandths.';
COMMENT ON COLUMN kpid.quality_evaluations.item_maximums_thousandths IS
  'Most points of each item, thousandths.';
COMMENT ON COLUMN kpid.quality_evaluations.item_weights_thousandths IS
  'Weight of each item, thousandths.';
COMMENT ON COLUMN kpid.quality_evaluations.item_flags IS
  'Of each item the sum of: 1 not applicable, 2 failed so that the whole evaluation is 0.';
