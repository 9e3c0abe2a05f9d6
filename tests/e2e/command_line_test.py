#!/usr/bin/env python3
"""The command line: import of good, bad and repeated files, queries in every format, exit codes."""
import csv
import io
import json
import os
import re
import subprocess
import unittest

import kpid_process
import served_test_case

HEADER = ('interaction_id,customer_id,channel,queue_id,agent_id,arrive_time,answer_time,end_time,'
          'outcome\n')
GOOD = [
    'g1,c1,voice,sales,anna,2026-03-02T09:00:00Z,2026-03-02T09:00:10Z,2026-03-02T09:05:00Z,handled',
    'g2,c2,chat,sales,bo,2026-03-02T10:00:00Z,2026-03-02T10:00:30Z,2026-03-02T10:01:00Z,handled',
    'g3,,voice,service,,2026-03-02T11:00:00Z,,2026-03-02T11:00:40Z,abandoned',
    '"g4, with a comma",,voice,service,,2026-03-03T11:00:00Z,,2026-03-03T11:00:20Z,abandoned',
]
BAD = [
    'b1,c1,voice,sales,anna,2026-03-02T09:00:00Z,,2026-03-02T08:00:00Z,handled',
    'b2,c1,pigeon,sales,anna,2026-03-02T09:00:00Z,,,handled',
    'b3,c1,voice,sales,anna,yesterday,,,handled',
]
RANGE = ['--from', '2026-03-02', '--to', '2026-03-04', '--zone', 'UTC']


class CommandLineTest(served_test_case.ServedTestCase):
    @classmethod
    def store(cls):
        path = cls.write('good.csv', GOOD)
        cls.first = cls.server.run('import', path, '--kind', 'interactions')
        cls.again = cls.server.run('import', path, '--kind', 'interactions')

    @classmethod
    def write(cls, name, rows, header=HEADER):
        path = os.path.join(cls.folder, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(header + '\n'.join(rows) + '\n')
        return path

    def query(self, *arguments):
        return self.server.run('query', *RANGE, *arguments).stdout

    def test_import_counts_and_a_repeat_changes_nothing(self):
        self.assertRegex(self.first.stdout + self.first.stderr, r'4 inserted|inserted\D*4')
        self.assertRegex(self.again.stdout + self.again.stderr, r'4 unchanged|unchanged\D*4')
        self.assertFalse(os.path.exists(os.path.join(self.folder, 'good.rejected.csv')))

    def test_rejected_rows_are_kept_with_line_and_reason(self):
        path = self.write('mixed.csv', [GOOD[0], *BAD])
        result = self.server.run('import', path, '--kind', 'interactions', check=False)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        with open(path.replace('.csv', '.rejected.csv'), encoding='utf-8', newline='') as file:
            rows = list(csv.reader(file))
        text = json.dumps(rows)
        for line, word in (('3', 'b1'), ('4', 'b2'), ('5', 'b3')):
            mine = [row for row in rows if word in row]
            self.assertEqual(len(mine), 1, text)
            self.assertIn(line, mine[0], text)
        self.assertIn('TIME_ORDER', text)

    def test_unknown_columns_are_an_error_unless_allowed(self):
        path = self.write('more.csv', [GOOD[0] + ',x'], HEADER.rstrip() + ',mood\n')
        refused = self.server.run('import', path, '--kind', 'interactions', check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn('mood', refused.stderr + refused.stdout)
        self.server.run('import', path, '--kind', 'interactions', '--ignore-unknown')

    def test_json_is_the_answer_of_the_contract(self):
        answer = json.loads(self.query(
            '--kpi', 'contacts_offered', '--kpi', 'service_level:threshold=10s',
            '--kpi', 'average_handle_time:statistic=p90', '--granularity', 'day', '--group-by',
            'queue', '--format', 'json'))
        self.assertEqual([v['value'] for v in answer['total']['values']], [4, 25, 290])
        sales, service = answer['slices']
        self.assertEqual(sales['dimensions'][0]['value'], 'sales')
        self.assertEqual([v['value'] for v in sales['total']['values']], [2, 50, 290])
        self.assertEqual(service['series'][1]['interval']['startTime'], '2026-03-03T00:00:00Z')
        self.assertEqual(service['series'][1]['values'][0]['value'], 1)
        self.assertNotIn('value', service['series'][1]['values'][2])

    def test_csv_can_be_read_back(self):
        rows = list(csv.DictReader(io.StringIO(self.query(
            '--kpi', 'contacts_offered', '--group-by', 'queue', '--format', 'csv'))))
        self.assertEqual({row['queue']: float(row['contacts_offered'])
                          for row in rows if row['queue'] in ('sales', 'service')},
                         {'sales': 2, 'service': 2})

    def test_table_names_rows_and_columns(self):
        table = self.query('--kpi', 'contacts_offered', '--group-by', 'channel')
        self.assertIn('voice', table)
        self.assertIn('chat', table)

    def test_filters(self):
        answer = json.loads(self.query('--kpi', 'contacts_offered', '--where', 'queue=sales',
                                       '--where', 'channel=chat', '--format', 'json'))
        self.assertEqual(answer['total']['values'][0]['value'], 1)

    def test_bad_questions_end_with_an_error_and_its_reason(self):
        for arguments, word in ((['--kpi', 'service_lvl'], 'service_lvl'),
                                (['--kpi', 'service_level:threshold=soon'], 'threshold'),
                                (['--kpi', 'asa', '--group-by', 'a:b:c'], 'a:b:c')):
            result = self.server.run('query', *RANGE, *arguments, check=False)
            self.assertNotEqual(result.returncode, 0, arguments)
            self.assertIn(word, result.stderr, arguments)

    def test_the_readme_knows_the_settings_and_reasons(self):
        config = subprocess.run([kpid_process.BINARY, 'config'], capture_output=True, text=True,
                                check=True, env=kpid_process.ENVIRONMENT).stdout
        settings = set(re.findall(r'^(?:# )?(\w+) = ', config, re.MULTILINE))
        with open(os.path.join(kpid_process.SOURCE, 'README.md'), encoding='utf-8') as file:
            readme = file.read()
        table = readme[readme.index('| setting |'):readme.index('## Errors')]
        named = {name for row in table.splitlines()[2:]
                 for name in re.findall(r'`(\w+)`', row.split('|')[1] if '|' in row else '')}
        self.assertEqual(named - settings, set())
        with open(os.path.join(kpid_process.SOURCE, 'server', 'reasons.h')) as file:
            reasons = set(re.findall(r'"([A-Z_]+)"', file.read()))
        self.assertGreater(len(reasons), 20)
        self.assertEqual({reason for reason in reasons if f'`{reason}`' not in readme}, set())

    def test_facts_in_memory_are_shown_and_verified(self):
        self.assertIn('Facts in memory: ', self.server.run('kpis').stdout)
        self.assertIn('in memory: as in the database.', self.server.run('verify').stdout)
        answer = json.loads(self.server.run('verify', '--format', 'json').stdout)
        self.assertGreaterEqual(int(answer['factCount']), 4)
        self.assertFalse(answer.get('differences'))

    def test_nobody_there(self):
        gone = kpid_process.KpidProcess(self.folder)
        result = gone.run('probe', check=False)
        self.assertNotEqual(result.returncode, 0)
        result = gone.run('query', *RANGE, '--kpi', 'asa', check=False)
        self.assertNotEqual(result.returncode, 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
