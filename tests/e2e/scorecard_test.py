#!/usr/bin/env python3
"""Scorecards, with a client of another make and on the command line: values, targets, ranks,
totals and a warning, from records whose numbers are worked out by hand."""
import csv
import io
import json
import unittest

import kpid_client
import served_test_case
from kpid_client import (ingest_service_pb2 as ingest, interaction_pb2, query,
                         roster_service_pb2 as roster, scorecard_pb2 as scorecard,
                         survey_response_pb2 as survey, target_pb2, target_service_pb2 as targets,
                         types_pb2)

WEEK = types_pb2.Interval(start_time=kpid_client.instant('2026-03-09T00:00:00Z'),
                          end_time=kpid_client.instant('2026-03-16T00:00:00Z'))
RANGE = ('--from', '2026-03-09', '--to', '2026-03-16')


def contacts(agent, day, talk, count):
    """Contacts of an agent: talks of `talk`, one more and two more seconds in turn."""
    for number in range(count):
        start = kpid_client.instant(f'2026-03-{day:02}T09:00:00Z')
        start.seconds += 60 * number
        record = interaction_pb2.Interaction(
            interaction_id=f'{agent}-{day}-{number}', agent_id=agent, arrive_time=start,
            customer_id=f'{agent}-{day}-{number}', outcome=interaction_pb2.OUTCOME_HANDLED,
            talk_duration=kpid_client.seconds(talk + number % 3))
        record.answer_time.seconds = start.seconds + 10
        record.end_time.seconds = start.seconds + 10 + talk
        yield record


def answers(agent, day, good, bad):
    for number in range(good + bad):
        yield survey.SurveyResponse(
            response_id=f'{agent}-{day}-{number}', kind=survey.SURVEY_KIND_CSAT, agent_id=agent,
            score=5 if number < good else 1,
            respond_time=kpid_client.instant(f'2026-03-{day:02}T{number % 24:02}:00:00Z'))


class ScorecardTest(served_test_case.ServedTestCase):
    @classmethod
    def store(cls):
        call = cls.client.call
        cls.store_agents_and_teams()
        start = kpid_client.instant('2026-01-01T00:00:00Z')
        call('RosterService', 'UpsertMemberships', roster.UpsertMembershipsRequest(memberships=[
            roster.Membership(agent_id=agent, group_id=group, start_time=start)
            for agent, group in (('anna', 'red'), ('bo', 'red'), ('cas', 'blue'))]))
        call('IngestService', 'IngestInteractions', ingest.IngestInteractionsRequest(interactions=[
            *contacts('anna', 2, 200, 30), *contacts('anna', 9, 100, 30),
            *contacts('bo', 9, 80, 3), *contacts('cas', 9, 60, 3)]))
        call('IngestService', 'IngestSurveyResponses', ingest.IngestSurveyResponsesRequest(
            survey_responses=[*answers('anna', 2, 29, 1), *answers('anna', 10, 15, 15)]))
        call('TargetService', 'UpsertTargets', targets.UpsertTargetsRequest(targets=[
            target_pb2.Target(target_id='aht', kpi_id='aht', scope=target_pb2.TARGET_SCOPE_ALL,
                              target_value=101, worst_value=201, best_value=1),
            target_pb2.Target(target_id='red', kpi_id='csat', scope=target_pb2.TARGET_SCOPE_GROUP,
                              scope_id='red', target_value=80, worst_value=0, best_value=100)]))
        call('TargetService', 'UpsertScorecards', targets.UpsertScorecardsRequest(scorecards=[
            scorecard.Scorecard(scorecard_id='short', name='Short', entries=[
                scorecard.ScorecardEntry(kpi_id='aht', area=scorecard.SCORECARD_AREA_EFFICIENCY,
                                         weight=3),
                scorecard.ScorecardEntry(kpi_id='csat', area=scorecard.SCORECARD_AREA_CUSTOMER)])]))

    def score(self, **fields):
        return self.client.call('QueryService', 'GetScorecard',
                                query.GetScorecardRequest(interval=WEEK, **fields))

    def test_an_agent_is_ranked_and_measured(self):
        card = self.score(agent_id='anna', scorecard_id='short')
        self.assertEqual(card.display_name, 'Anna')
        aht, csat = card.lines
        self.assertEqual((aht.value.value, aht.value.sample_count), (101, 30))
        self.assertEqual((aht.rank, aht.peer_count), (3, 3))
        self.assertEqual(aht.value.target.status, query.TARGET_STATUS_MET)
        self.assertEqual(aht.value.target.attainment, 0.5)
        self.assertEqual(aht.value.comparison.absolute_change, -100)
        self.assertEqual(aht.value.comparison.significance, query.CHANGE_SIGNIFICANCE_SIGNIFICANT)
        self.assertEqual((csat.value.value, csat.rank, csat.peer_count), (50, 1, 1))
        self.assertFalse(csat.value.HasField('target'), 'the target of a team')
        self.assertEqual((card.total.attainment, card.total.covered_weight, card.total.weight),
                         (0.5, 3, 4))
        self.assertEqual([area.area for area in card.areas],
                         [scorecard.SCORECARD_AREA_EFFICIENCY, scorecard.SCORECARD_AREA_CUSTOMER])
        self.assertEqual(len(card.warnings), 1)
        self.assertIn('worsened by more than chance, from 96.7 % to 50.0 %',
                      card.warnings[0].description)
        self.assertEqual(self.score(agent_id='anna', scorecard_id='short',
                                    peer_group_type='team').lines[0].peer_count, 2)

    def test_a_team_has_its_own_target(self):
        card = self.score(group_id='red', scorecard_id='short')
        aht, csat = card.lines
        self.assertAlmostEqual(aht.value.value, (30 * 101 + 80 + 81 + 82) / 33, 9)
        self.assertEqual((aht.rank, aht.peer_count), (2, 2))
        self.assertEqual(csat.value.target.target_id, 'red')
        self.assertEqual(csat.value.target.attainment, 0.5)
        self.assertEqual(csat.value.target.status, query.TARGET_STATUS_MISSED)

    def test_balanced_is_built_in(self):
        card = self.score(group_id='blue')
        self.assertEqual(card.scorecard.scorecard_id, 'balanced')
        self.assertEqual([line.kpi.id for line in card.lines],
                         ['average_handle_time', 'occupancy', 'schedule_adherence', 'csat', 'nps',
                          'first_contact_resolution', 'quality_score', 'service_level',
                          'abandonment_rate', 'average_speed_of_answer', 'transfer_rate'])

    def test_what_is_unknown_is_named(self):
        for fields, reason in (({'agent_id': 'dan'}, 'AGENT_UNKNOWN'),
                               ({'group_id': 'green'}, 'GROUP_UNKNOWN'),
                               ({'agent_id': 'bo', 'scorecard_id': 'x'}, 'SCORECARD_UNKNOWN')):
            failure = self.client.failure('QueryService', 'GetScorecard',
                                          query.GetScorecardRequest(interval=WEEK, **fields))
            self.assertEqual((failure.code, failure.reason), ('NOT_FOUND', reason))
        failure = self.client.failure('QueryService', 'GetScorecard', query.GetScorecardRequest(
            interval=WEEK, agent_id='bo', peer_group_type='site'))
        self.assertEqual(failure.violations, [('peer_group_type', 'GROUP_TYPE_UNKNOWN')])
        failure = self.client.failure('QueryService', 'GetScorecard',
                                      query.GetScorecardRequest(confidence_level=2))
        self.assertEqual(failure.violations,
                         [('agent_id', 'FIELD_REQUIRED'), ('interval', 'FIELD_REQUIRED'),
                          ('confidence_level', 'NUMBER_OUT_OF_RANGE')])

    def test_the_command_prints_a_card(self):
        card = self.server.run('scorecard', '--team', 'red', '--scorecard', 'short', *RANGE).stdout
        self.assertTrue(card.startswith('Red team (red): Short\n2026-03-09 to 2026-03-16 against '
                                        '2026-03-02 to 2026-03-09, UTC\n'), card)
        self.assertIn('efficiency', card)
        self.assertIn('Warning: Average handle time improved', card)
        rows = list(csv.DictReader(io.StringIO(self.server.run(
            'scorecard', '--agent', 'anna', '--scorecard', 'short', '--peers', 'team',
            '--format', 'csv', *RANGE).stdout)))
        self.assertEqual([(row['kpi'], row['value'], row['status'], row['rank'],
                           row['peer_count']) for row in rows],
                         [('average_handle_time', '101', 'met', '2', '2'),
                          ('csat', '50', '', '1', '1')])
        answer = json.loads(self.server.run('scorecard', '--agent', 'anna', '--scorecard', 'short',
                                            '--format', 'json', *RANGE).stdout)
        self.assertEqual(answer['total']['coveredWeight'], 3)
        unknown = self.server.run('scorecard', '--team', 'green', *RANGE, check=False)
        self.assertEqual(unknown.returncode, 1)
        self.assertIn('no such agent group', unknown.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
