"""Tests that ask one server, after something was stored in it."""
import unittest

import kpid_client
import kpid_process
from kpid_client import roster_service_pb2 as roster


class ServedTestCase(unittest.TestCase):
    """Has a server of its own, and a client of it; store() is called once, before all tests."""

    @classmethod
    def setUpClass(cls):
        folder = kpid_process.temporary_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.server = kpid_process.KpidProcess(folder.name)
        cls.addClassCleanup(cls.server.end)
        cls.server.start()
        cls.client = kpid_client.Client(cls.server.address)
        cls.addClassCleanup(cls.client.close)
        cls.store()

    @classmethod
    def store(cls):
        """Nothing, unless a test has something to store."""

    @classmethod
    def store_agents_and_teams(cls):
        """Anna, Bo and Cas, a red team and a blue one."""
        cls.client.call('RosterService', 'UpsertAgents', roster.UpsertAgentsRequest(agents=[
            roster.Agent(agent_id=name, name=name.title()) for name in ('anna', 'bo', 'cas')]))
        cls.client.call('RosterService', 'UpsertAgentGroups', roster.UpsertAgentGroupsRequest(
            agent_groups=[
                roster.AgentGroup(group_id='red', name='Red team', type='team'),
                roster.AgentGroup(group_id='blue', name='Blue team', type='team')]))
