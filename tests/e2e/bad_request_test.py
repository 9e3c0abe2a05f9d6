#!/usr/bin/env python3
"""Bad requests and what they are answered with: code, reason and every violation by path."""
import sys

import grpc

import kpid_client
import kpid_process
from kpid_client import (ingest_service_pb2 as ingest, interaction_pb2, query,
                         roster_service_pb2 as roster, survey_response_pb2 as survey, types_pb2)

NOON, EARLIER = kpid_client.instant('2026-03-02T12:00:00Z'), \
    kpid_client.instant('2026-03-02T11:00:00Z')
MARCH = types_pb2.Interval(start_time=kpid_client.instant('2026-03-01T00:00:00Z'),
                           end_time=kpid_client.instant('2026-04-01T00:00:00Z'))
TEN_YEARS = types_pb2.Interval(start_time=kpid_client.instant('2016-03-02T00:00:00Z'),
                               end_time=kpid_client.instant('2026-03-02T00:00:00Z'))


def interactions(*records):
    return ('IngestService', 'IngestInteractions',
            ingest.IngestInteractionsRequest(interactions=records))


def question(*kpis, **fields):
    fields.setdefault('interval', MARCH)
    return ('QueryService', 'QueryKpis', query.QueryKpisRequest(kpis=kpis, **fields))


def handled(**fields):
    fields.setdefault('interaction_id', 'x')
    fields.setdefault('arrive_time', NOON)
    fields.setdefault('outcome', interaction_pb2.OUTCOME_HANDLED)
    return interaction_pb2.Interaction(**fields)


# Title, request, and the violations that must be among those answered.
CASES = [
    ('no id, ends before it begins',
     interactions(handled(interaction_id='', end_time=EARLIER)),
     [('interactions[0].interaction_id', 'FIELD_REQUIRED'),
      ('interactions[0].end_time', 'TIME_ORDER')]),
    ('no batch at all', interactions(), [('interactions', 'TOO_FEW_ITEMS')]),
    ('U+0000 in an id, third of three',
     interactions(handled(), handled(interaction_id='y'), handled(interaction_id='a\0b')),
     [('interactions[2].interaction_id', 'FIELD_INVALID_TEXT')]),
    ('an abandoned contact that was answered',
     interactions(handled(outcome=interaction_pb2.OUTCOME_ABANDONED, answer_time=NOON)),
     [('interactions[0].answer_time', 'FIELD_CONTRADICTS')]),
    ('money without a currency, a negative hold',
     interactions(handled(revenue=types_pb2.Money(units=5),
                          hold_duration=kpid_client.seconds(-1))),
     [('interactions[0].revenue.currency_code', 'FIELD_REQUIRED'),
      ('interactions[0].hold_duration', 'DURATION_OUT_OF_RANGE')]),
    ('a score that is not on the scale',
     ('IngestService', 'IngestSurveyResponses', ingest.IngestSurveyResponsesRequest(
         survey_responses=[survey.SurveyResponse(response_id='s', kind=survey.SURVEY_KIND_NPS,
                                                 score=11, respond_time=NOON)])),
     [('survey_responses[0].score', 'NUMBER_OUT_OF_RANGE')]),
    ('an unknown KPI', question(query.KpiRequest(id='happiness')),
     [('kpis[0].id', 'KPI_UNKNOWN')]),
    ('a bad and an unknown parameter',
     question(query.KpiRequest(id='sl', parameters={'threshold': 'soon', 'colour': 'red'})),
     [('kpis[0].parameters["threshold"]', 'PARAMETER_INVALID'),
      ('kpis[0].parameters["colour"]', 'PARAMETER_UNKNOWN')]),
    ('an unknown time zone', question(query.KpiRequest(id='asa'), time_zone='Mars/Olympus'),
     [('time_zone', 'TIME_ZONE_UNKNOWN')]),
    ('ten years by quarter of an hour',
     question(query.KpiRequest(id='asa'), interval=TEN_YEARS,
              granularity=query.GRANULARITY_MINUTES_15),
     [('granularity', 'TOO_MANY_BUCKETS')]),
    ('a page token of our own making',
     ('RosterService', 'ListAgents', roster.ListAgentsRequest(page_token='2')),
     [('page_token', 'PAGE_TOKEN_INVALID')]),
    ('a member of a group that is not there',
     ('RosterService', 'UpsertMemberships', roster.UpsertMembershipsRequest(memberships=[
         roster.Membership(agent_id='a', group_id='nowhere', start_time=NOON)])),
     [('memberships[0].group_id', 'GROUP_UNKNOWN')]),
]


def check_sequence(client):
    """In a stream: a sequence that does not grow."""
    messages = [ingest.StreamRecordsRequest(sequence=2, records=[
        ingest.StreamRecord(interaction=handled())])] * 2
    try:
        for _ in client.stream('IngestService', 'StreamRecords', iter(messages)):
            pass
    except grpc.RpcError as error:
        failure = kpid_client.Failure(error)
        print(f'a stream whose sequence does not grow\n    {failure.code} {failure.reason}')
        for field, reason in failure.violations:
            print(f'    {field}: {reason}')
        return failure.code == 'INVALID_ARGUMENT' and \
            'SEQUENCE_NOT_INCREASING' in [failure.reason, *[r for _, r in failure.violations]]
    return False


def main():
    wrong = 0
    with kpid_process.temporary_folder() as folder, \
            kpid_process.KpidProcess(folder) as server, \
            kpid_client.Client(server.address) as client:
        for title, (service, method, request), expected in CASES:
            failure = client.failure(service, method, request)
            if failure is None:
                print(f'{title}: {method} took it')
                wrong += 1
                continue
            print(f'{title}\n    {method}: {failure.code} {failure.reason}')
            for (field, reason), text in zip(failure.violations, failure.descriptions):
                print(f'    {field}: {reason}: {text}')
            good = failure.code == 'INVALID_ARGUMENT' and failure.domain == 'kpid' and \
                failure.reason == 'REQUEST_INVALID' and set(expected) <= set(failure.violations)
            if not good:
                print(f'    WRONG: expected INVALID_ARGUMENT REQUEST_INVALID with {expected}')
                wrong += 1
        wrong += not check_sequence(client)
        nothing = client.call('QueryService', 'QueryKpis', query.QueryKpisRequest(
            kpis=[query.KpiRequest(id='contacts_offered', parameters={})], interval=MARCH))
        stored = nothing.total.values[0].value
        print(f'stored meanwhile: {stored:g} (the good message of the stream)')
        wrong += stored > 1
    print(f'{len(CASES) + 1} bad requests, {wrong} answered wrongly')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
