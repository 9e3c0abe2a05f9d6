#!/usr/bin/env python3
"""Targets and scorecards, with a client of another make: in by RPC, stream and import, listed page
by page, refused with reason and field."""
import os
import unittest

import kpid_client
import served_test_case
from kpid_client import (ingest_service_pb2 as ingest, interaction_pb2, query,
                         scorecard_pb2 as scorecard, target_pb2, target_service_pb2 as targets,
                         types_pb2)

Target = target_pb2.Target


def target(name, kpi='csat', value=80.0, worst=50.0, best=95.0, **fields):
    record = Target(target_id=name, kpi_id=kpi, target_value=value,
                    scope=fields.pop('scope', target_pb2.TARGET_SCOPE_ALL), **fields)
    if worst is not None:
        record.worst_value = worst
    if best is not None:
        record.best_value = best
    return record


def card(name, *kpis):
    return scorecard.Scorecard(scorecard_id=name, name=name.title(), entries=[
        scorecard.ScorecardEntry(kpi_id=kpi, area=scorecard.SCORECARD_AREA_OPERATIONS)
        for kpi in kpis])


class TargetsTest(served_test_case.ServedTestCase):
    def upsert(self, *records, **fields):
        counts = self.client.call('TargetService', 'UpsertTargets', targets.UpsertTargetsRequest(
            targets=records, **fields)).counts
        return (counts.inserted_count, counts.updated_count, counts.unchanged_count,
                counts.rejected_count)

    def listed(self, prefix, **fields):
        """All targets whose id begins so, and how many pages the whole list had."""
        found, pages = [], 0
        request = targets.ListTargetsRequest(**fields)
        while True:
            answer = self.client.call('TargetService', 'ListTargets', request)
            found += [t for t in answer.targets if t.target_id.startswith(prefix)]
            pages += 1
            if not answer.next_page_token:
                return found, pages
            request.page_token = answer.next_page_token

    def scorecard_ids(self, page_size):
        ids, request = [], targets.ListScorecardsRequest(page_size=page_size)
        while True:
            answer = self.client.call('TargetService', 'ListScorecards', request)
            ids += [s.scorecard_id for s in answer.scorecards]
            if not answer.next_page_token:
                return ids
            request.page_token = answer.next_page_token

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        return path

    def test_targets_are_stored_and_listed(self):
        level = target('list-b', 'sl', 80, 60, 95, parameters={'threshold': '30s'}, weight=2.5,
                       revision=7, start_time=kpid_client.instant('2026-01-01T00:00:00Z'))
        busy = target('list-a', 'occupancy', 70, 100, None, band_end_value=85,
                      scope=target_pb2.TARGET_SCOPE_AGENT, scope_id='anna')
        self.assertEqual(self.upsert(level, busy), (2, 0, 0, 0))
        self.assertEqual(self.upsert(level, busy), (0, 0, 2, 0))
        level.revision, level.target_value = 6, 90
        self.assertEqual(self.upsert(level), (0, 0, 1, 0), 'the higher revision stays')
        found, pages = self.listed('list-', page_size=1)
        self.assertGreaterEqual(pages, 2)
        level.revision, level.target_value, level.kpi_id = 7, 80, 'service_level'
        busy.weight = 1
        self.assertEqual(found, [busy, level])
        self.assertEqual([t.target_id for t in self.listed('list-', kpi_id='sl')[0]], ['list-b'])

    def test_every_wrong_field_of_a_target_is_named(self):
        request = targets.UpsertTargetsRequest(
            targets=[target('wrong-1'),
                     target('wrong-2', 'happiness'),
                     target('wrong-3', 'kpi_achievement'),
                     target('wrong-4', 'sl', parameters={'threshold': 'soon', 'mood': 'good'}),
                     target('wrong-5', value=40.0),
                     target('wrong-6', 'aht'),
                     target('wrong-7', 'occupancy'),
                     target('wrong-8', 'cost_per_contact', 5, 9, 3),
                     target('wrong-9', value=float('nan'), scope_id='anna', weight=0)])
        failure = self.client.failure('TargetService', 'UpsertTargets', request)
        self.assertEqual((failure.code, failure.reason), ('INVALID_ARGUMENT', 'REQUEST_INVALID'))
        self.assertEqual(failure.violations, [
            ('targets[1].kpi_id', 'KPI_UNKNOWN'),
            ('targets[2].kpi_id', 'KPI_NOT_ALLOWED'),
            ('targets[3].parameters["mood"]', 'PARAMETER_UNKNOWN'),
            ('targets[3].parameters["threshold"]', 'PARAMETER_INVALID'),
            ('targets[4].target_value', 'NUMBER_OUT_OF_RANGE'),
            ('targets[5].worst_value', 'NUMBER_OUT_OF_RANGE'),
            ('targets[6].best_value', 'FIELD_CONTRADICTS'),
            ('targets[6].band_end_value', 'FIELD_REQUIRED'),
            ('targets[7].currency_code', 'FIELD_REQUIRED'),
            ('targets[8].scope_id', 'FIELD_CONTRADICTS'),
            ('targets[8].target_value', 'NUMBER_OUT_OF_RANGE'),
            ('targets[8].weight', 'NUMBER_OUT_OF_RANGE')])
        self.assertEqual(self.listed('wrong-')[0], [])
        self.assertEqual(self.upsert(target('part-1'), target('part-2', 'happiness'),
                                     allow_partial=True), (1, 0, 0, 1))
        failure = self.client.failure('TargetService', 'ListTargets', targets.ListTargetsRequest(
            kpi_id='happiness', page_size=-1, page_token='x'))
        self.assertEqual(failure.violations, [('kpi_id', 'KPI_UNKNOWN'),
                                              ('page_size', 'NUMBER_OUT_OF_RANGE'),
                                              ('page_token', 'PAGE_TOKEN_INVALID')])

    def test_targets_come_by_stream(self):
        message = ingest.StreamRecordsRequest(sequence=1, records=[
            ingest.StreamRecord(target=target('stream-1')),
            ingest.StreamRecord(target=target('stream-2', best=60))])
        answer, = self.client.stream('IngestService', 'StreamRecords', iter([message]))
        self.assertEqual((answer.counts.inserted_count, answer.counts.rejected_count), (1, 1))
        self.assertEqual(answer.rejected_records[0].record_id, 'stream-2')
        self.assertEqual([t.target_id for t in self.listed('stream-')[0]], ['stream-1'])

    def test_targets_judge_values(self):
        self.client.call('IngestService', 'IngestInteractions', ingest.IngestInteractionsRequest(
            interactions=[interaction_pb2.Interaction(
                interaction_id='j1', outcome=interaction_pb2.OUTCOME_HANDLED, agent_id='jo',
                arrive_time=kpid_client.instant('2026-03-02T09:00:00Z'),
                answer_time=kpid_client.instant('2026-03-02T09:00:10Z'),
                end_time=kpid_client.instant('2026-03-02T09:05:10Z'))]))
        self.assertEqual(self.upsert(
            target('judge-all', 'aht', 400, 500, 200),
            target('judge-jo', 'aht', 240, 360, 200, scope=target_pb2.TARGET_SCOPE_AGENT,
                   scope_id='jo')), (2, 0, 0, 0))
        answer = self.client.call('QueryService', 'QueryKpis', query.QueryKpisRequest(
            kpis=[query.KpiRequest(id='aht')],
            group_by=[query.Dimension(kind=query.DIMENSION_KIND_AGENT)],
            interval=types_pb2.Interval(start_time=kpid_client.instant('2026-03-02T00:00:00Z'),
                                        end_time=kpid_client.instant('2026-03-03T00:00:00Z'))))
        whole, jo = (part.total.values[0].target for part in (answer, answer.slices[0]))
        self.assertEqual((whole.target_id, jo.target_id), ('judge-all', 'judge-jo'))
        self.assertAlmostEqual(whole.attainment, (500 - 300) / 300)
        self.assertAlmostEqual(jo.attainment, (360 - 300) / 160)

    def test_scorecards_are_stored_and_listed(self):
        upsert = targets.UpsertScorecardsRequest(scorecards=[card('zeal', 'aht', 'csat'),
                                                             card('calm', 'nps')])
        answer = self.client.call('TargetService', 'UpsertScorecards', upsert)
        self.assertEqual((answer.inserted_count, answer.updated_count), (2, 0))
        upsert.scorecards[1].entries[0].weight = 3
        answer = self.client.call('TargetService', 'UpsertScorecards', upsert)
        self.assertEqual((answer.updated_count, answer.unchanged_count), (1, 1))
        for page_size in (0, 1, 2):
            ids = self.scorecard_ids(page_size)
            self.assertEqual(ids[0], 'balanced', 'built in')
            self.assertEqual([i for i in ids if i in ('zeal', 'calm')], ['calm', 'zeal'])
            self.assertEqual(len(ids), len(set(ids)))

    def test_every_wrong_field_of_a_scorecard_is_named(self):
        failure = self.client.failure(
            'TargetService', 'UpsertScorecards', targets.UpsertScorecardsRequest(scorecards=[
                card('twice', 'aht', 'average_handle_time'), card('twice', 'happiness'),
                card('none')]))
        self.assertEqual((failure.code, failure.reason), ('INVALID_ARGUMENT', 'REQUEST_INVALID'))
        self.assertEqual(failure.violations, [
            ('scorecards[0].entries[1].kpi_id', 'DUPLICATE_ITEM'),
            ('scorecards[1].entries[0].kpi_id', 'KPI_UNKNOWN'),
            ('scorecards[1].scorecard_id', 'DUPLICATE_ITEM'),
            ('scorecards[2].entries', 'TOO_FEW_ITEMS')])
        self.assertNotIn('twice', self.scorecard_ids(0))

    def test_files_are_imported(self):
        path = self.write('targets.csv', (
            'target_id,kpi_id,parameters,scope,scope_id,target_value,worst_value,best_value\n'
            'file-1,sl,threshold=60s;abandoned_as=ignore,all,,80,60,95\n'
            'file-2,csat,,queue,sales,75,,\n'
            'file-3,happiness,,all,,75,,\n'))
        result = self.server.run('import', path, '--kind', 'targets', check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn('inserted 2', result.stdout)
        with open(path.replace('.csv', '.rejected.csv'), encoding='utf-8') as file:
            self.assertIn('KPI_UNKNOWN', file.read())
        first, second = self.listed('file-')[0]
        self.assertEqual(dict(first.parameters), {'threshold': '60s', 'abandoned_as': 'ignore'})
        self.assertEqual((second.scope, second.scope_id), (target_pb2.TARGET_SCOPE_QUEUE, 'sales'))

        header = 'scorecard_id,name,kpi_id,parameters,statistic,area,weight\n'
        path = self.write('scorecards.csv', header + 'paper,Paper,aht,,p90,efficiency,2\n'
                                                     'paper,,sl,threshold=60s,,operations,\n')
        self.assertIn('inserted 1', self.server.run('import', path, '--kind', 'scorecards').stdout)
        self.assertIn('paper', self.scorecard_ids(0))
        path = self.write('bad.csv', header + 'bad,,happiness,,,customer,\n')
        result = self.server.run('import', path, '--kind', 'scorecards', check=False)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn('scorecards[0].entries[0].kpi_id', result.stderr)
        self.assertIn('KPI_UNKNOWN', result.stderr)


if __name__ == '__main__':
    unittest.main(verbosity=2)
