#!/usr/bin/env python3
"""Comparison, order, top, pages and targets over a change of the clocks, with numbers counted here.

Two months of contacts of three teams, many of them within an hour of midnight in Amsterdam; the
clocks go forward on 29 March 2026.
"""
import csv
import datetime
import io
import random
import unittest
import zoneinfo

import kpid_client
import served_test_case
from kpid_client import (ingest_service_pb2 as ingest, interaction_pb2, query,
                         roster_service_pb2 as roster, survey_response_pb2 as survey,
                         target_pb2 as target, target_service_pb2 as targets, types_pb2)

ZONE = zoneinfo.ZoneInfo('Europe/Amsterdam')
UTC = datetime.timezone.utc
TEAMS = ('amber', 'blue', 'coral')
KPIS = ('contacts_offered', 'contacts_handled', 'contacts_abandoned', 'service_level',
        'abandonment_rate', 'average_speed_of_answer', 'average_handle_time', 'longest_wait',
        'first_contact_resolution', 'transfer_rate', 'csat', 'nps')


def local(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def stamp(moment):
    return kpid_client.instant(moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ'))


FROM, TO = local('2026-03-16'), local('2026-04-06')  # Three weeks, an hour short.
BEFORE = local('2026-02-23')
WEEKS = [local(day) for day in ('2026-02-23', '2026-03-02', '2026-03-09', '2026-03-16',
                                '2026-03-23', '2026-03-30', '2026-04-06')]


class Contact:
    def __init__(self, number, dice):
        day = datetime.datetime(2026, 2, 20) + datetime.timedelta(days=dice.randrange(48))
        minutes = dice.choice([dice.randrange(-60, 60), dice.randrange(8 * 60, 18 * 60)])
        # In UTC, so that every moment exists; about midnight in Amsterdam all the same.
        self.arrive = (day.replace(tzinfo=UTC)
                       + datetime.timedelta(hours=-1, minutes=minutes, seconds=dice.randrange(60)))
        self.number = number
        self.team = dice.choice(TEAMS + ('blue',))
        self.queue = f'q{min(dice.randrange(9), dice.randrange(9))}'
        self.handled = dice.random() < 0.9
        self.wait = dice.randrange(1, 60)
        self.handle = dice.randrange(60, 600)
        self.score = dice.choice([None, None, 1, 3, 4, 5])

    def record(self):
        end = self.arrive + datetime.timedelta(
            seconds=self.wait + (self.handle if self.handled else 0))
        record = interaction_pb2.Interaction(
            interaction_id=f'i{self.number}', customer_id=f'c{self.number % 400}',
            channel=types_pb2.CHANNEL_VOICE, queue_id=self.queue, agent_id=f'agent-{self.team}',
            arrive_time=stamp(self.arrive), end_time=stamp(end),
            outcome=(interaction_pb2.OUTCOME_HANDLED if self.handled
                     else interaction_pb2.OUTCOME_ABANDONED))
        if self.handled:
            record.answer_time.CopyFrom(
                stamp(self.arrive + datetime.timedelta(seconds=self.wait)))
        return record

    def survey(self):
        return survey.SurveyResponse(
            response_id=f's{self.number}', kind=survey.SURVEY_KIND_CSAT, score=self.score,
            respond_time=stamp(self.arrive + datetime.timedelta(hours=1)),
            interaction_id=f'i{self.number}')


def make_contacts():
    dice = random.Random(20260329)
    return [Contact(number, dice) for number in range(3000)]


class QuestionTest(served_test_case.ServedTestCase):
    @classmethod
    def store(cls):
        cls.contacts = make_contacts()
        call = cls.client.call
        call('RosterService', 'UpsertAgentGroups', roster.UpsertAgentGroupsRequest(agent_groups=[
            roster.AgentGroup(group_id=team, name=f'Team {team.title()}', type='team')
            for team in TEAMS]))
        call('RosterService', 'UpsertMemberships', roster.UpsertMembershipsRequest(memberships=[
            roster.Membership(agent_id=f'agent-{team}', group_id=team,
                              start_time=kpid_client.instant('2026-01-01T00:00:00Z'))
            for team in TEAMS]))
        call('IngestService', 'IngestInteractions', ingest.IngestInteractionsRequest(
            interactions=[contact.record() for contact in cls.contacts]))
        call('IngestService', 'IngestSurveyResponses', ingest.IngestSurveyResponsesRequest(
            survey_responses=[c.survey() for c in cls.contacts if c.handled and c.score]))
        call('TargetService', 'UpsertTargets', targets.UpsertTargetsRequest(targets=[
            target.Target(target_id='everybody', kpi_id='sl', scope=target.TARGET_SCOPE_ALL,
                          target_value=30, worst_value=0, best_value=60),
            target.Target(target_id='blue-from-april', kpi_id='sl',
                          scope=target.TARGET_SCOPE_GROUP, scope_id='blue', target_value=99,
                          start_time=stamp(local('2026-03-30')))]))

    def request(self, kpis=KPIS, **fields):
        request = query.QueryKpisRequest(
            kpis=[query.KpiRequest(id=kpi) for kpi in kpis],
            interval=types_pb2.Interval(start_time=stamp(FROM), end_time=stamp(TO)),
            time_zone='Europe/Amsterdam')
        for name, value in fields.items():
            if isinstance(value, list):
                getattr(request, name).extend(value)
            else:
                setattr(request, name, value)
        return request

    def ask(self, *arguments, **fields):
        return self.client.call('QueryService', 'QueryKpis', self.request(*arguments, **fields))

    def offered(self, start, end, **same):
        return sum(start <= contact.arrive < end
                   and all(getattr(contact, name) == value for name, value in same.items())
                   for contact in self.contacts)

    def level(self, start, end, **same):
        mine = [c for c in self.contacts if start <= c.arrive < end
                and all(getattr(c, name) == value for name, value in same.items())]
        return 100 * sum(c.handled and c.wait <= 20 for c in mine) / len(mine)

    def by_team(self, **fields):
        team = query.Dimension(kind=query.DIMENSION_KIND_AGENT_GROUP, name='team')
        return self.ask(group_by=[team], granularity=query.GRANULARITY_WEEK,
                        compare_to=query.COMPARISON_PERIOD_PREVIOUS_PERIOD, **fields)

    def test_twelve_kpis_by_team_and_week_over_a_clock_change(self):
        answer = self.by_team(value_detail=query.VALUE_DETAIL_INTERVAL)
        self.assertEqual((TO - FROM.astimezone(UTC)), datetime.timedelta(days=21, hours=-1))
        self.assertEqual(answer.comparison_interval.start_time, stamp(BEFORE))
        self.assertEqual(answer.comparison_interval.end_time, stamp(FROM))
        self.assertEqual([part.dimensions[0].value for part in answer.slices], list(TEAMS))
        for part in answer.slices:
            team = part.dimensions[0].value
            self.assertEqual(part.dimensions[0].display_name, f'Team {team.title()}')
            self.assertEqual(len(part.series), 3)
            for number, point in enumerate(part.series):
                now, then = WEEKS[3 + number:5 + number], WEEKS[number:2 + number]
                self.assertEqual([point.interval.start_time, point.interval.end_time],
                                 [stamp(moment) for moment in now])
                self.assertEqual([point.comparison_interval.start_time,
                                  point.comparison_interval.end_time],
                                 [stamp(moment) for moment in then])
                self.check(point.values, now, then, team=team)
            self.check(part.total.values, (FROM, TO), (BEFORE, FROM), team=team)
        self.check(answer.total.values, (FROM, TO), (BEFORE, FROM))

    def check(self, values, now, then, **same):
        """Offered and service level as counted here; every change as its own values say."""
        self.assertEqual(len(values), len(KPIS))
        for kpi, count in ((0, self.offered), (3, self.level)):
            self.assertAlmostEqual(values[kpi].value, count(*now, **same), 9)
            self.assertAlmostEqual(values[kpi].comparison.previous_value, count(*then, **same), 9)
        for name, value in zip(KPIS, values):
            change = value.comparison
            if not (value.HasField('value') and change.HasField('previous_value')):
                self.assertFalse(change.HasField('absolute_change'), name)
                continue
            difference = value.value - change.previous_value
            self.assertAlmostEqual(change.absolute_change, difference, 9, name)
            if change.previous_value:
                self.assertAlmostEqual(change.relative_change_percent,
                                       100 * difference / abs(change.previous_value), 7, name)
            limits = change.change_interval
            judged = query.CHANGE_SIGNIFICANCE_UNSPECIFIED
            if change.HasField('change_interval'):
                judged = (query.CHANGE_SIGNIFICANCE_NOT_SIGNIFICANT
                          if limits.lower <= 0 <= limits.upper
                          else query.CHANGE_SIGNIFICANCE_SIGNIFICANT)
                self.assertLessEqual(limits.lower, difference + 1e-9, name)
                self.assertGreaterEqual(limits.upper, difference - 1e-9, name)
            self.assertEqual(change.significance, judged, name)
        self.assertTrue(values[3].comparison.HasField('change_interval'))
        self.assertFalse(values[0].comparison.HasField('change_interval'))

    def test_numbers_are_the_bare_values(self):
        def given(value):
            return value.value if value.HasField('value') else None

        def numbered(numbers):
            reasons = numbers.no_value_reasons or [0] * len(numbers.values)
            return [None if reason else value
                    for value, reason in zip(numbers.values, reasons, strict=True)]

        for granularity in (query.GRANULARITY_DAY, query.GRANULARITY_RANGE):
            fields = {'granularity': granularity, 'compare_to': 0}
            bare = self.by_queue(value_detail=query.VALUE_DETAIL_BARE, **fields)
            bare = self.client.call('QueryService', 'QueryKpis', bare)
            packed = self.by_queue(value_detail=query.VALUE_DETAIL_NUMBERS, **fields)
            packed = self.client.call('QueryService', 'QueryKpis', packed)
            self.assertEqual(numbered(packed.total_numbers), list(map(given, bare.total.values)))
            self.assertEqual([point.interval for point in bare.slices[0].series],
                             list(packed.buckets))
            self.assertEqual(len(packed.slices), len(bare.slices))
            for ours, theirs in zip(packed.slices, bare.slices, strict=True):
                self.assertEqual(ours.dimensions, theirs.dimensions)
                self.assertEqual(numbered(ours.total_numbers),
                                 list(map(given, theirs.total.values)))
                if granularity == query.GRANULARITY_RANGE:
                    self.assertFalse(ours.HasField('series_numbers'))
                    continue
                self.assertEqual(numbered(ours.series_numbers),
                                 [given(value) for point in theirs.series
                                  for value in point.values])

    def test_targets_are_those_of_team_and_week(self):
        answer = self.by_team(value_detail=query.VALUE_DETAIL_BARE)
        for part in answer.slices:
            of_weeks = [point.values[3].target.target_id for point in part.series]
            blue = part.dimensions[0].value == 'blue'
            self.assertEqual(of_weeks, ['everybody', 'everybody',
                                        'blue-from-april' if blue else 'everybody'])
            assessed = part.total.values[3]
            self.assertEqual(assessed.target.target_id, 'everybody')
            self.assertEqual(assessed.target.status == query.TARGET_STATUS_MET,
                             assessed.value >= 30)
            self.assertAlmostEqual(assessed.target.attainment, min(1, assessed.value / 60), 9)
            if blue:
                self.assertEqual(part.series[2].values[3].target.status,
                                 query.TARGET_STATUS_MISSED)

    def by_queue(self, **fields):
        return self.request(('contacts_offered', 'service_level', 'average_handle_time'),
                            group_by=[query.Dimension(kind=query.DIMENSION_KIND_QUEUE)], **fields)

    def test_top_and_other_add_up(self):
        request = self.by_queue(top_count=3, granularity=query.GRANULARITY_DAY, order_by=[
            query.SliceOrder(kpi_name='contacts_offered', descending=True)])
        answer = self.client.call('QueryService', 'QueryKpis', request)
        counted = sorted(((self.offered(FROM, TO, queue=f'q{i}'), f'q{i}') for i in range(9)),
                         key=lambda pair: (-pair[0], pair[1]))
        self.assertEqual([part.dimensions[0].value for part in answer.slices[:3]],
                         [name for _, name in counted[:3]])
        self.assertEqual(answer.slice_count, sum(count > 0 for count, _ in counted))
        self.assertTrue(answer.slices[3].other)
        self.assertEqual(len(answer.slices), 4)
        for kpi, field in ((0, 'value'), (1, 'numerator'), (1, 'denominator'), (2, 'numerator'),
                           (2, 'denominator')):
            def part_of(values):
                return getattr(values[kpi], field)
            self.assertAlmostEqual(sum(part_of(part.total.values) for part in answer.slices),
                                   part_of(answer.total.values), 6)
            for part in answer.slices:
                self.assertAlmostEqual(sum(part_of(point.values) for point in part.series),
                                       part_of(part.total.values), 6)
        self.assertEqual(len(answer.slices[0].series), 21)

    def test_pages_give_every_queue_once(self):
        request = self.by_queue(page_size=4, order_by=[
            query.SliceOrder(kpi_name='average_handle_time', descending=True)])
        means, names = [], []
        while True:
            answer = self.client.call('QueryService', 'QueryKpis', request)
            means += [part.total.values[2].value for part in answer.slices]
            names += [part.dimensions[0].value for part in answer.slices]
            if not answer.next_page_token:
                break
            request.page_token = answer.next_page_token
        self.assertEqual(means, sorted(means, reverse=True))
        self.assertEqual(len(names), answer.slice_count)
        self.assertEqual(len(set(names)), len(names))

    def test_a_token_of_another_request_is_refused(self):
        request = self.by_queue(page_size=2)
        token = self.client.call('QueryService', 'QueryKpis', request).next_page_token
        other = self.by_queue(page_size=2, page_token=token, minimum_sample_size=1)
        failure = self.client.failure('QueryService', 'QueryKpis', other)
        self.assertEqual((failure.code, failure.reason), ('INVALID_ARGUMENT', 'REQUEST_INVALID'))
        self.assertEqual(failure.violations, [('page_token', 'PAGE_TOKEN_INVALID')])
        request.page_token = token
        self.assertIsNone(self.client.failure('QueryService', 'QueryKpis', request))

    def test_everything_wrong_is_said_at_once(self):
        failure = self.client.failure('QueryService', 'QueryKpis', self.by_queue(
            compare_to=9, top_count=1001, page_size=-1, minimum_sample_size=-1,
            order_by=[query.SliceOrder(), query.SliceOrder(kpi_name='csat')]))
        self.assertEqual(failure.violations, [
            ('compare_to', 'ENUM_UNKNOWN'), ('order_by[0].kpi_name', 'FIELD_REQUIRED'),
            ('order_by[1].kpi_name', 'KPI_UNKNOWN'), ('top_count', 'NUMBER_OUT_OF_RANGE'),
            ('page_size', 'NUMBER_OUT_OF_RANGE'), ('minimum_sample_size', 'NUMBER_OUT_OF_RANGE')])

    def kpid(self, *arguments):
        return self.server.run('query', '--from', '2026-03-16', '--to', '2026-04-06', '--zone',
                               'Europe/Amsterdam', *arguments)

    def test_the_command_line_speaks_all_of_it(self):
        table = self.kpid('-k', 'sl', '-k', 'contacts_offered', '-g', 'queue', '--compare',
                          'previous', '--order-by', 'contacts_offered desc', '--top', '2').stdout
        self.assertIn('2026-03-16 to 2026-04-06 against 2026-02-23 to 2026-03-16', table)
        self.assertIn('(7 others)', table)
        self.assertIn('pp', table)
        self.assertRegex(table, '[\u2713\u2717] \\d+%')
        rows = list(csv.DictReader(io.StringIO(self.kpid(
            '-k', 'sl', '-g', 'team', '--compare', 'previous', '--format', 'csv').stdout)))
        self.assertEqual([row['agent_group:team'] for row in rows], list(TEAMS))
        for row in rows:
            team = row['agent_group:team']
            self.assertAlmostEqual(float(row['service_level.previous']),
                                   self.level(BEFORE, FROM, team=team), 9)
            self.assertEqual(row['service_level.target'], '30')
            self.assertIn(row['service_level.status'], ('met', 'missed'))
            self.assertIn(row['service_level.significant'], ('true', 'false'))
        pages = self.kpid('-k', 'sl', '-g', 'queue', '--page-size', '2', '--limit', '5',
                          '--format', 'csv')
        self.assertEqual(len(pages.stdout.splitlines()), 1 + 5)
        self.assertIn('5 of 9 slices', pages.stderr)
        valid = self.kpid('-k', 'sl:threshold=60s', '--compare', 'last-year', '--validate-only')
        self.assertIn('against 2025-03-16 to 2025-04-06', valid.stdout)
        self.assertIn('threshold=60s', valid.stdout)


if __name__ == '__main__':
    unittest.main(verbosity=2)
