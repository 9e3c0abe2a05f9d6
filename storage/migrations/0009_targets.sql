-- Targets: one row for each value that a KPI should reach. Scorecards: sets of KPIs.

CREATE TABLE kpid.targets (
  row_key bigint GENERATED ALWAYS AS IDENTITY,
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  revision bigint NOT NULL,
  start_time timestamptz,
  end_time timestamptz,
  target_value double precision NOT NULL,
  worst_value double precision,
  best_value double precision,
  band_end_value double precision,
  weight_thousandths bigint NOT NULL,
  scope smallint NOT NULL,
  target_id text COLLATE "C" PRIMARY KEY,
  kpi_id text COLLATE "C" NOT NULL,
  parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
  statistic text COLLATE "C" NOT NULL,
  scope_id text COLLATE "C" NOT NULL,
  currency_code text COLLATE "C" NOT NULL
);

COMMENT ON TABLE kpid.targets IS
  'Values that KPIs should reach, for whom and when. One whose end_time is not after its '
  'start_time is void.';
COMMENT ON COLUMN kpid.targets.row_key IS
  'Number of the row, for ordering and joining in memory; gaps are normal.';
COMMENT ON COLUMN kpid.targets.changed_xid IS
  'Transaction that last wrote the row; set anew by each update.';
COMMENT ON COLUMN kpid.targets.revision IS
  'Version given by the client; 0 unversioned. The higher one wins.';
COMMENT ON COLUMN kpid.targets.start_time IS 'First instant of it; null: always was.';
COMMENT ON COLUMN kpid.targets.end_time IS 'First instant after it; null: still holds.';
COMMENT ON COLUMN kpid.targets.target_value IS
  'Value to reach, in the unit of the KPI; of a band its lower end.';
COMMENT ON COLUMN kpid.targets.worst_value IS 'Value at which attainment is 0; null: none.';
COMMENT ON COLUMN kpid.targets.best_value IS
  'Value at which attainment is 1; null: none, and always with a band.';
COMMENT ON COLUMN kpid.targets.band_end_value IS
  'Upper end of the band, for KPIs that are not better up or down; null for the others.';
COMMENT ON COLUMN kpid.targets.weight_thousandths IS
  'Weight among other targets, thousandths; 1000 when none was given.';
COMMENT ON COLUMN kpid.targets.scope IS 'Whom it is for: 1 all, 2 a group, 3 an agent, 4 a queue.';
COMMENT ON COLUMN kpid.targets.target_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.targets.kpi_id IS 'The KPI, by its id in the catalogue, never by an alias.';
COMMENT ON COLUMN kpid.targets.parameters IS
  'Parameters of the KPI that were given: an object of texts. Others have their defaults.';
COMMENT ON COLUMN kpid.targets.statistic IS 'Statistic that was given; empty: the default.';
COMMENT ON COLUMN kpid.targets.scope_id IS
  'Id of the group, agent or queue; empty for all. Need not be stored.';
COMMENT ON COLUMN kpid.targets.currency_code IS
  'Currency of the values, for KPIs in money; empty for the others.';

CREATE TABLE kpid.scorecards (
  scorecard_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scorecard_id text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL
);
COMMENT ON TABLE kpid.scorecards IS 'Weighted sets of KPIs.';
COMMENT ON COLUMN kpid.scorecards.scorecard_key IS 'Key that entries carry.';
COMMENT ON COLUMN kpid.scorecards.scorecard_id IS
  'Identity given by the client; balanced takes the place of the one that is built in.';
COMMENT ON COLUMN kpid.scorecards.name IS 'Name to show; empty when none was given.';

CREATE TABLE kpid.scorecard_entries (
  scorecard_key integer NOT NULL,
  position smallint NOT NULL,
  area smallint NOT NULL,
  weight_thousandths bigint NOT NULL,
  kpi_id text COLLATE "C" NOT NULL,
  parameters jsonb NOT NULL CHECK (jsonb_typeof(parameters) = 'object'),
  statistic text COLLATE "C" NOT NULL,
  PRIMARY KEY (scorecard_key, position)
);
COMMENT ON TABLE kpid.scorecard_entries IS 'The KPIs of scorecards.';
COMMENT ON COLUMN kpid.scorecard_entries.scorecard_key IS 'The scorecard, of kpid.scorecards.';
COMMENT ON COLUMN kpid.scorecard_entries.position IS 'Place in the scorecard, from 1.';
COMMENT ON COLUMN kpid.scorecard_entries.area IS
  'Where it belongs: 1 efficiency, 2 customer, 3 operations.';
COMMENT ON COLUMN kpid.scorecard_entries.weight_thousandths IS
  'Weight in the total, thousandths; 1000 when none was given.';
COMMENT ON COLUMN kpid.scorecard_entries.kpi_id IS 'As in kpid.targets.';
COMMENT ON COLUMN kpid.scorecard_entries.parameters IS 'As in kpid.targets.';
COMMENT ON COLUMN kpid.scorecard_entries.statistic IS 'As in kpid.targets.';
