#!/usr/bin/env python3
"""The whole way of a record and a question, with a client of another make.

Roster, a survey before its interaction, interactions, numbers worked out by hand, the catalogue,
errors with their details, health and reflection.
"""
import os
import unittest

from google.protobuf import descriptor_pb2

import kpid_client
import kpid_process
import served_test_case
from kpid_client import (ingest_service_pb2 as ingest, interaction_pb2, query,
                         roster_service_pb2 as roster, survey_response_pb2 as survey, types_pb2)

_OUTCOMES = {'handled': interaction_pb2.OUTCOME_HANDLED,
             'abandoned': interaction_pb2.OUTCOME_ABANDONED,
             'abandoned_before_queue': interaction_pb2.OUTCOME_ABANDONED_BEFORE_QUEUE,
             'in_progress': interaction_pb2.OUTCOME_IN_PROGRESS}


def interaction(name, arrive, outcome='handled', enqueue=None, answer=None, end=None, **fields):
    record = interaction_pb2.Interaction(interaction_id=name, outcome=_OUTCOMES[outcome],
                                         channel=types_pb2.CHANNEL_VOICE, **fields)
    for field, text in (('arrive_time', arrive), ('enqueue_time', enqueue),
                        ('answer_time', answer), ('end_time', end)):
        if text:
            getattr(record, field).CopyFrom(kpid_client.instant(text))
    return record


# Anna is in team red on 2 March 2026 and moves to blue on the 3rd; Cas is in blue throughout.
# The contact of the 10th only makes those before old enough for first contact resolution.
INTERACTIONS = [
    interaction('i1', '2026-03-02T09:00:00Z', enqueue='2026-03-02T09:00:05Z',
                answer='2026-03-02T09:00:15Z', end='2026-03-02T09:05:15Z', customer_id='c1',
                agent_id='anna', queue_id='sales', hold_duration=kpid_client.seconds(60),
                wrap_up_duration=kpid_client.seconds(30)),
    interaction('i2', '2026-03-02T10:00:00Z', answer='2026-03-02T10:00:30Z',
                end='2026-03-02T10:10:30Z', customer_id='c2', agent_id='cas', queue_id='sales',
                talk_duration=kpid_client.seconds(500), transferred=True),
    interaction('i3', '2026-03-02T11:00:00Z', 'abandoned', end='2026-03-02T11:00:40Z',
                queue_id='sales'),
    interaction('i4', '2026-03-02T11:30:00Z', 'abandoned_before_queue',
                end='2026-03-02T11:30:05Z'),
    interaction('i5', '2026-03-02T12:00:00Z', 'in_progress', agent_id='anna', queue_id='sales'),
    interaction('i6', '2026-03-03T09:00:00Z', answer='2026-03-03T09:00:05Z',
                end='2026-03-03T09:02:05Z', customer_id='c1', agent_id='anna',
                queue_id='service'),
    interaction('i7', '2026-03-10T09:00:00Z', answer='2026-03-10T09:00:01Z',
                end='2026-03-10T09:01:01Z', customer_id='c9', agent_id='bo',
                queue_id='service'),
]

KPIS = ['contacts_offered', 'contacts_handled', 'contacts_abandoned', 'sl', 'abandonment_rate',
        'asa', 'aht', 'fcr', 'transfer_rate', 'csat', 'nps']
# Of 2 and 3 March together, in the order of KPIS.
TOTAL = [5, 3, 1, 50.0, 25.0, 15.0, 950 / 3, 200 / 3, 100 / 3, 100.0, -100.0]
# Of each team: whole range, and the two days. None: no value.
BY_TEAM = {
    'blue': ([2, 2, 0, 50.0, 0.0, 17.5, 310.0, 100.0, 50.0, None, -100.0],
             [1, 1, 0, 0.0, 0.0, 30.0, 500.0, 100.0, 100.0, None, -100.0],
             [1, 1, 0, 100.0, 0.0, 5.0, 120.0, 100.0, 0.0, None, None]),
    'red': ([2, 1, 0, 100.0, 0.0, 10.0, 330.0, 0.0, 0.0, 100.0, None],
            [2, 1, 0, 100.0, 0.0, 10.0, 330.0, 0.0, 0.0, 100.0, None],
            [0, 0, 0, None, None, None, None, None, None, None, None]),
    '': ([1, 0, 1, 0.0, 100.0, None, None, None, None, None, None],
         [1, 0, 1, 0.0, 100.0, None, None, None, None, None, None],
         [0, 0, 0, None, None, None, None, None, None, None, None]),
}


class JourneyTest(served_test_case.ServedTestCase):
    @classmethod
    def store(cls):
        call = cls.client.call
        cls.store_agents_and_teams()
        new_year, move = (kpid_client.instant(t) for t in
                          ('2026-01-01T00:00:00Z', '2026-03-03T00:00:00Z'))
        call('RosterService', 'UpsertMemberships', roster.UpsertMembershipsRequest(memberships=[
            roster.Membership(agent_id='anna', group_id='red', start_time=new_year,
                              end_time=move),
            roster.Membership(agent_id='anna', group_id='blue', start_time=move),
            roster.Membership(agent_id='bo', group_id='red', start_time=new_year),
            roster.Membership(agent_id='cas', group_id='blue', start_time=new_year)]))
        cls.surveys = call('IngestService', 'IngestSurveyResponses',
                           ingest.IngestSurveyResponsesRequest(survey_responses=[
                               survey.SurveyResponse(
                                   response_id='s1', kind=survey.SURVEY_KIND_CSAT, score=5,
                                   respond_time=kpid_client.instant('2026-03-02T12:00:00Z'),
                                   interaction_id='i1'),
                               survey.SurveyResponse(
                                   response_id='s2', kind=survey.SURVEY_KIND_NPS, score=3,
                                   respond_time=kpid_client.instant('2026-03-02T13:00:00Z'),
                                   comment='Too slow.', interaction_id='i2')]))
        request = ingest.IngestInteractionsRequest(interactions=INTERACTIONS)
        cls.first = call('IngestService', 'IngestInteractions', request)
        cls.again = call('IngestService', 'IngestInteractions', request)

    def ask(self, **fields):
        request = query.QueryKpisRequest(
            kpis=[query.KpiRequest(id=kpi) for kpi in KPIS],
            interval=types_pb2.Interval(start_time=kpid_client.instant('2026-03-02T00:00:00Z'),
                                        end_time=kpid_client.instant('2026-03-04T00:00:00Z')))
        for name, value in fields.items():
            if isinstance(value, list):
                getattr(request, name).extend(value)
            else:
                setattr(request, name, value)
        return self.client.call('QueryService', 'QueryKpis', request)

    def check_values(self, values, expected, what):
        self.assertEqual(len(values), len(expected), what)
        for name, value, want in zip(KPIS, values, expected):
            if want is None:
                self.assertFalse(value.HasField('value'), f'{what} {name}: {value}')
                self.assertNotEqual(value.no_value_reason, 0, f'{what} {name}: no reason')
            else:
                self.assertTrue(value.HasField('value'), f'{what} {name}: {value}')
                self.assertAlmostEqual(value.value, want, 9, f'{what} {name}: {value}')

    def test_records_are_counted_and_a_retry_is_harmless(self):
        self.assertEqual(self.surveys.counts.inserted_count, 2)
        self.assertEqual(self.first.counts.inserted_count, 7)
        self.assertEqual(self.again.counts.unchanged_count, 7)
        self.assertEqual(self.again.counts.inserted_count, 0)

    def test_numbers_by_team_and_day(self):
        team = query.Dimension(kind=query.DIMENSION_KIND_AGENT_GROUP, name='team')
        answer = self.ask(granularity=query.GRANULARITY_DAY, group_by=[team])
        self.check_values(answer.total.values, TOTAL, 'total')
        self.assertEqual([s.dimensions[0].value for s in answer.slices], ['blue', 'red', ''])
        self.assertTrue(answer.slices[-1].dimensions[0].missing)
        self.assertEqual(answer.slices[1].dimensions[0].display_name, 'Red team')
        for part in answer.slices:
            name = part.dimensions[0].value
            whole, *days = BY_TEAM[name]
            self.check_values(part.total.values, whole, f'team {name!r}')
            self.assertEqual(len(part.series), 2)
            for number, (point, want) in enumerate(zip(part.series, days)):
                self.check_values(point.values, want, f'team {name!r} day {number}')

    def test_a_value_says_what_it_rests_on(self):
        answer = self.ask(value_detail=query.VALUE_DETAIL_INTERVAL)
        level = answer.total.values[KPIS.index('sl')]
        self.assertEqual((level.numerator, level.denominator, level.sample_count), (2, 4, 4))
        self.assertEqual(level.counts['pending'], 1)
        self.assertLess(level.confidence_interval.lower, 50)
        self.assertGreater(level.confidence_interval.upper, 50)
        self.assertEqual(answer.kpis[KPIS.index('sl')].parameters['threshold'], '20s')

    def explain(self, kpi, **fields):
        """The answer with the records of all pages."""
        records = []
        request = query.ExplainKpiRequest(
            kpi=query.KpiRequest(id=kpi), page_size=2,
            interval=types_pb2.Interval(start_time=kpid_client.instant('2026-03-02T00:00:00Z'),
                                        end_time=kpid_client.instant('2026-03-04T00:00:00Z')),
            **fields)
        while True:
            answer = self.client.call('QueryService', 'ExplainKpi', request)
            records.extend(answer.records)
            if not answer.next_page_token:
                return answer, records
            self.assertEqual(len(answer.records), 2)
            request.page_token = answer.next_page_token

    def test_a_value_is_explained_by_its_records(self):
        answer, records = self.explain('sl')
        parts = {record.record_id: (query.RecordRole.Name(record.role), record.reason)
                 for record in records}
        self.assertEqual(parts, {'i1': ('RECORD_ROLE_NUMERATOR', ''),
                                 'i2': ('RECORD_ROLE_DENOMINATOR_ONLY', ''),
                                 'i3': ('RECORD_ROLE_DENOMINATOR_ONLY', ''),
                                 'i4': ('RECORD_ROLE_EXCLUDED', 'BEFORE_QUEUE'),
                                 'i5': ('RECORD_ROLE_EXCLUDED', 'PENDING'),
                                 'i6': ('RECORD_ROLE_NUMERATOR', '')})
        self.assertEqual([record.record_id for record in records], sorted(parts))
        self.assertEqual((records[0].agent_id, records[0].queue_id), ('anna', 'sales'))
        self.assertAlmostEqual(answer.value.value, 50)
        self.assertEqual(sum(group.numerator for group in answer.groups), answer.value.numerator)
        self.assertEqual(sum(group.denominator for group in answer.groups),
                         answer.value.denominator)
        team = query.DimensionFilter(
            dimension=query.Dimension(kind=query.DIMENSION_KIND_AGENT_GROUP, name='team'),
            values=['red'])
        _, records = self.explain('sl', filters=[team], roles=[query.RECORD_ROLE_NUMERATOR])
        self.assertEqual([record.record_id for record in records], ['i1'])

    def test_comments_of_a_team(self):
        request = query.ListSurveyCommentsRequest(
            interval=types_pb2.Interval(start_time=kpid_client.instant('2026-03-02T00:00:00Z'),
                                        end_time=kpid_client.instant('2026-03-04T00:00:00Z')),
            filters=[query.DimensionFilter(
                dimension=query.Dimension(kind=query.DIMENSION_KIND_AGENT_GROUP, name='team'),
                values=['blue'])])
        comment, = self.client.call('QueryService', 'ListSurveyComments', request).comments
        self.assertEqual((comment.response_id, comment.score, comment.comment, comment.agent_id),
                         ('s2', 3, 'Too slow.', 'cas'))
        request.filters[0].values[:] = ['red']
        answer = self.client.call('QueryService', 'ListSurveyComments', request)
        self.assertEqual(len(answer.comments), 0)

    def test_every_kpi_of_the_catalogue_answers(self):
        kpis = self.client.call('QueryService', 'ListKpis', query.ListKpisRequest()).kpis
        self.assertIn('first_contact_resolution', [kpi.id for kpi in kpis])
        request = query.QueryKpisRequest(
            kpis=[query.KpiRequest(id=kpi.id) for kpi in kpis],
            interval=types_pb2.Interval(start_time=kpid_client.instant('2026-03-02T00:00:00Z'),
                                        end_time=kpid_client.instant('2026-03-04T00:00:00Z')))
        answer = self.client.call('QueryService', 'QueryKpis', request)
        self.assertEqual([kpi.id for kpi in answer.kpis], [kpi.id for kpi in kpis])
        for kpi, value in zip(kpis, answer.total.values):
            self.assertNotEqual(value.HasField('value'), value.no_value_reason != 0, kpi.id)

    def test_the_document_lists_every_kpi(self):
        kpis = self.client.call('QueryService', 'ListKpis', query.ListKpisRequest()).kpis
        path = os.path.join(kpid_process.SOURCE, 'docs', 'kpis.md')
        with open(path, encoding='utf-8') as file:
            document = file.read()
        for kpi in kpis:
            self.assertIn(f'### {kpi.id}\n', document)
            for name in [*kpi.aliases, *(parameter.name for parameter in kpi.parameters)]:
                self.assertIn(f'`{name}`', document, kpi.id)

    def test_a_refusal_names_code_reason_and_fields(self):
        late = interaction('', '2026-03-02T09:00:00Z', end='2026-03-02T08:00:00Z')
        failure = self.client.failure('IngestService', 'IngestInteractions',
                                      ingest.IngestInteractionsRequest(interactions=[late]))
        self.assertEqual((failure.code, failure.domain, failure.reason),
                         ('INVALID_ARGUMENT', 'kpid', 'REQUEST_INVALID'))
        self.assertIn(('interactions[0].interaction_id', 'FIELD_REQUIRED'), failure.violations)
        self.assertIn(('interactions[0].end_time', 'TIME_ORDER'), failure.violations)

    def test_part_of_a_batch_is_stored_where_that_is_asked(self):
        request = ingest.IngestInteractionsRequest(
            interactions=[INTERACTIONS[0], interaction('', '2026-03-02T09:00:00Z')],
            allow_partial=True)
        answer = self.client.call('IngestService', 'IngestInteractions', request)
        self.assertEqual((answer.counts.unchanged_count, answer.counts.rejected_count), (1, 1))
        self.assertEqual(answer.rejected_records[0].index, 1)

    def test_health(self):
        answer = self.client.call('Health', 'Check',
                                  kpid_client.health_pb2.HealthCheckRequest())
        self.assertEqual(answer.status, kpid_client.health_pb2.HealthCheckResponse.SERVING)
        probe = self.server.run('probe')
        self.assertEqual(probe.returncode, 0)

    def test_reflection_lists_and_describes(self):
        pb2 = kpid_client.reflection_pb2
        answers = list(self.client.stream(
            'ServerReflection', 'ServerReflectionInfo',
            iter([pb2.ServerReflectionRequest(list_services='*'),
                  pb2.ServerReflectionRequest(
                      file_containing_symbol='kpid.v1.QueryService.QueryKpis'),
                  pb2.ServerReflectionRequest(file_containing_symbol='grpc.health.v1.Health')])))
        names = {service.name for service in answers[0].list_services_response.service}
        self.assertLessEqual({'kpid.v1.IngestService', 'kpid.v1.RosterService',
                              'kpid.v1.TargetService', 'kpid.v1.QueryService',
                              'grpc.health.v1.Health'}, names)
        for answer, service in ((answers[1], 'QueryService'), (answers[2], 'Health')):
            files = [descriptor_pb2.FileDescriptorProto.FromString(data)
                     for data in answer.file_descriptor_response.file_descriptor_proto]
            self.assertIn(service, [s.name for file in files for s in file.service])


if __name__ == '__main__':
    unittest.main(verbosity=2)
