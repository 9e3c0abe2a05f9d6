-- The feed: which rows changed since a snapshot, for servers that hold the facts in memory. A
-- feed reads, by changed_xid, the rows of transactions that its last snapshot did not see. The
-- servers' own writes set changed_xid; the triggers here are for changes made by hand.

CREATE TABLE kpid.deleted_rows (
  changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  row_key bigint,
  changed_time timestamptz NOT NULL DEFAULT now(),
  table_name text COLLATE "C" NOT NULL
);
CREATE INDEX deleted_rows_changed ON kpid.deleted_rows (changed_xid);
COMMENT ON TABLE kpid.deleted_rows IS
  'Rows that were deleted of late. Feeds take them out of their facts; pruned by them, too.';
COMMENT ON COLUMN kpid.deleted_rows.changed_xid IS 'Transaction that deleted it.';
COMMENT ON COLUMN kpid.deleted_rows.row_key IS
  'The row; null: the whole table was truncated, or more was changed than is worth listing.';
COMMENT ON COLUMN kpid.deleted_rows.changed_time IS 'When that transaction began.';
COMMENT ON COLUMN kpid.deleted_rows.table_name IS 'Table that it was in.';

CREATE TABLE kpid.feed_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  system_identifier bigint,
  pruned_until xid8 NOT NULL DEFAULT '0'
);
INSERT INTO kpid.feed_state DEFAULT VALUES;
COMMENT ON TABLE kpid.feed_state IS 'One row: what feeds know of this database.';
COMMENT ON COLUMN kpid.feed_state.only_row IS 'Keeps it at one row.';
COMMENT ON COLUMN kpid.feed_state.system_identifier IS
  'Cluster whose transactions changed_xid is about; another one than that which answers: the '
  'database was restored from a dump. Null: no feed has looked yet.';
COMMENT ON COLUMN kpid.feed_state.pruned_until IS
  'Entries of kpid.deleted_rows of transactions up to it may be gone.';

-- A row that was updated by hand counts as changed by this transaction.
CREATE FUNCTION kpid.note_updated_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.row_key <> OLD.row_key THEN
    INSERT INTO kpid.deleted_rows (table_name, row_key) VALUES (TG_TABLE_NAME, OLD.row_key);
  END IF;
  NEW.changed_xid := pg_current_xact_id();
  RETURN NEW;
END $$;
COMMENT ON FUNCTION kpid.note_updated_row() IS 'Trigger: sets changed_xid of an updated row.';

-- Rows that were deleted by hand are listed; very many are not worth it.
CREATE FUNCTION kpid.note_deleted_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM gone) > 100000 THEN
    INSERT INTO kpid.deleted_rows (table_name) VALUES (TG_TABLE_NAME);
  ELSE
    INSERT INTO kpid.deleted_rows (table_name, row_key) SELECT TG_TABLE_NAME, row_key FROM gone;
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION kpid.note_deleted_rows() IS 'Trigger: lists deleted rows for feeds.';

-- A table that is to be read anew as a whole.
CREATE FUNCTION kpid.note_changed_table() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO kpid.deleted_rows (table_name) VALUES (TG_TABLE_NAME);
  RETURN NULL;
END $$;
COMMENT ON FUNCTION kpid.note_changed_table() IS 'Trigger: marks a table for feeds to read anew.';

-- A change of the roster, by whatever means.
CREATE FUNCTION kpid.note_changed_roster() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE kpid.roster_state SET version = version + 1;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION kpid.note_changed_roster() IS 'Trigger: raises the version of the roster.';

-- Facts. None fires on inserts, and that on updates not on those of the servers, which set
-- changed_xid themselves. Citus has no triggers on the tables that it distributes: there changes
-- by hand are found by the feeds' check only.
DO $do$
DECLARE
  facts text;
BEGIN
  FOREACH facts IN ARRAY ARRAY['interactions', 'survey_responses', 'quality_evaluations',
    'agent_activities', 'scheduled_activities', 'tickets', 'costs']
  LOOP
    EXECUTE format('CREATE INDEX %I ON kpid.%I (changed_xid)', facts || '_changed', facts);
    CONTINUE WHEN EXISTS (SELECT FROM pg_extension WHERE extname = 'citus');
    EXECUTE format('CREATE TRIGGER feed_updated BEFORE UPDATE ON kpid.%I FOR EACH ROW'
      ' WHEN (NEW.changed_xid IS DISTINCT FROM pg_current_xact_id())'
      ' EXECUTE FUNCTION kpid.note_updated_row()', facts);
    EXECUTE format('CREATE TRIGGER feed_deleted AFTER DELETE ON kpid.%I'
      ' REFERENCING OLD TABLE AS gone FOR EACH STATEMENT'
      ' EXECUTE FUNCTION kpid.note_deleted_rows()', facts);
    EXECUTE format('CREATE TRIGGER feed_truncated AFTER TRUNCATE ON kpid.%I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION kpid.note_changed_table()', facts);
  END LOOP;
END $do$;

-- Names that records carry: never changed by servers, only added to.
DO $do$
DECLARE
  names text;
BEGIN
  FOREACH names IN ARRAY ARRAY['conversations', 'currencies', 'attributes', 'priorities',
    'quality_categories']
  LOOP
    EXECUTE format('CREATE TRIGGER feed_changed AFTER UPDATE OR DELETE OR TRUNCATE ON kpid.%I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION kpid.note_changed_table()', names);
  END LOOP;
END $do$;

-- The roster: whoever changes it by other means than the servers raises its version as they do.
-- Agents and queues named by records come without.
DO $do$
DECLARE
  roster text;
BEGIN
  FOREACH roster IN ARRAY ARRAY['agents', 'queues']
  LOOP
    EXECUTE format('CREATE TRIGGER feed_changed AFTER UPDATE OR DELETE OR TRUNCATE ON kpid.%I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION kpid.note_changed_roster()', roster);
  END LOOP;
  FOREACH roster IN ARRAY ARRAY['agent_groups', 'memberships']
  LOOP
    EXECUTE format('CREATE TRIGGER feed_changed'
      ' AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON kpid.%I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION kpid.note_changed_roster()', roster);
  END LOOP;
END $do$;
