-- Groups of agents and who belonged to which when.

CREATE TABLE kpid.agent_groups (
  group_key integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  parent_group_key integer,
  group_id text COLLATE "C" NOT NULL UNIQUE,
  type text COLLATE "C" NOT NULL,
  name text NOT NULL DEFAULT ''
);
COMMENT ON TABLE kpid.agent_groups IS 'Groups of agents: teams, sites, skills.';
COMMENT ON COLUMN kpid.agent_groups.group_key IS 'Key that memberships carry.';
COMMENT ON COLUMN kpid.agent_groups.parent_group_key IS
  'Group that it is part of, by group_key; null when none. Never forms a circle.';
COMMENT ON COLUMN kpid.agent_groups.group_id IS 'Identity given by the client.';
COMMENT ON COLUMN kpid.agent_groups.type IS 'Type, for example team; never changes.';
COMMENT ON COLUMN kpid.agent_groups.name IS 'Name to show; empty when none was given.';

CREATE TABLE kpid.memberships (
  agent_key integer NOT NULL,
  group_key integer NOT NULL,
  start_time timestamptz NOT NULL,
  end_time timestamptz,
  PRIMARY KEY (agent_key, group_key, start_time)
);
COMMENT ON TABLE kpid.memberships IS
  'That an agent belongs to a group from start_time until end_time. Within one type of group an '
  'agent is in one group at a time.';
COMMENT ON COLUMN kpid.memberships.agent_key IS 'The agent, of kpid.agents.';
COMMENT ON COLUMN kpid.memberships.group_key IS 'The group, of kpid.agent_groups.';
COMMENT ON COLUMN kpid.memberships.start_time IS 'First instant of it.';
COMMENT ON COLUMN kpid.memberships.end_time IS
  'First instant after it; null while it lasts; equal to start_time: void.';

CREATE TABLE kpid.roster_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version bigint NOT NULL DEFAULT 0
);
INSERT INTO kpid.roster_state DEFAULT VALUES;
COMMENT ON TABLE kpid.roster_state IS
  'One row. Each change of the roster raises its version, and so happens after the one before: '
  'circles and overlaps are judged on what is stored.';
COMMENT ON COLUMN kpid.roster_state.only_row IS 'Keeps it at one row.';
COMMENT ON COLUMN kpid.roster_state.version IS 'Number of changes of the roster so far.';
