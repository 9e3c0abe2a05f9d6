#!/usr/bin/env python3
"""WatchKpis and `kpid watch`: a thousand watches on one server, a live table on a terminal, a
server that goes away and comes back."""
import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import termios
import time
import unittest

import grpc

import kpid_client
import kpid_process
from kpid_client import (ingest_service_pb2 as ingest, interaction_pb2, query, types_pb2)

WATCHES = 1_000
QUESTIONS = 10
WATCHES_PER_CONNECTION = 125
PATIENCE_SECONDS = 60 * kpid_process.TIMEOUT_SCALE
QUEUES = [f'q{i}' for i in range(QUESTIONS)]
MARCH = types_pb2.Interval(start_time=kpid_client.instant('2026-03-01T00:00:00Z'),
                           end_time=kpid_client.instant('2026-04-01T00:00:00Z'))


def question(queue):
    return query.QueryKpisRequest(
        kpis=[query.KpiRequest(id='contacts_offered')], interval=MARCH,
        filters=[query.DimensionFilter(
            dimension=query.Dimension(kind=query.DIMENSION_KIND_QUEUE), values=[queue])])


def watch_of(queue, seconds):
    return query.WatchKpisRequest(query=question(queue),
                                  minimum_interval=kpid_client.seconds(seconds))


def offered(response):
    return response.answer.total.values[0].value


class WatchTest(unittest.TestCase):
    def setUp(self):
        folder = kpid_process.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.server = kpid_process.KpidProcess(folder.name)
        self.addCleanup(self.server.end)
        self.server.start()
        self.stored = 0

    def store(self, queues):
        """One contact of each queue, in one transaction."""
        request = ingest.IngestInteractionsRequest()
        for queue in queues:
            self.stored += 1
            contact = request.interactions.add(
                interaction_id=f'i{self.stored}', queue_id=queue, channel=types_pb2.CHANNEL_VOICE,
                outcome=interaction_pb2.OUTCOME_ABANDONED)
            contact.arrive_time.CopyFrom(kpid_client.instant('2026-03-02T09:00:00Z'))
            contact.end_time.CopyFrom(kpid_client.instant('2026-03-02T09:01:00Z'))
        with kpid_client.Client(self.server.address) as client:
            client.call('IngestService', 'IngestInteractions', request)

    def await_value(self, watch, value):
        """Answers only grow; the last one has the value."""
        last = -1
        while last < value:
            response = next(watch)
            self.assertGreater(offered(response), last)
            last = offered(response)
        self.assertEqual(last, value)

    def test_a_thousand_watches(self):
        clients = [kpid_client.Client(self.server.address)
                   for _ in range(WATCHES // WATCHES_PER_CONNECTION)]
        for client in clients:
            self.addCleanup(client.close)
        self.store(QUEUES)
        watches = [clients[i % len(clients)].watch(watch_of(QUEUES[i % QUESTIONS], 0.02),
                                                   timeout=4 * PATIENCE_SECONDS)
                   for i in range(WATCHES)]
        for watch in watches:
            first = next(watch)
            self.assertEqual((offered(first), first.sequence, first.reason),
                             (1, 1, query.WATCH_REASON_FIRST))
        with kpid_client.Client(self.server.address) as another:
            with self.assertRaises(grpc.RpcError) as refused:
                next(another.watch(watch_of('q0', 1)))
        failure = kpid_client.Failure(refused.exception)
        self.assertEqual((failure.code, failure.reason), ('RESOURCE_EXHAUSTED', 'OVERLOADED'))
        self.assertEqual(failure.metadata['running_max'], str(WATCHES))
        self.assertIsNotNone(failure.retry_delay)

        for value in range(2, 5):
            self.store(QUEUES)
        for watch in watches:
            self.await_value(watch, 4)
        # One question changes: the others' watches must be sent nothing.
        self.store(['q3'])
        for watch in watches[3::QUESTIONS]:
            self.await_value(watch, 5)
        self.server.process.terminate()
        for watch in watches:
            with self.assertRaises(grpc.RpcError) as ended:
                next(watch)
            failure = kpid_client.Failure(ended.exception)
            self.assertEqual((failure.code, failure.reason), ('UNAVAILABLE', 'SHUTTING_DOWN'))
        # Idle connections of this client do not answer the server's goodbye, which waits for it.
        for client in clients:
            client.close()
        self.assertEqual(self.server.process.wait(kpid_process.STOP_SECONDS_MAX), 0)

    def kpid_watch(self, *options, **streams):
        return subprocess.Popen(
            [kpid_process.BINARY, 'watch', '--kpi', 'contacts_offered', '--from', '2026-03-01',
             '--to', '2026-04-01', '--every', '20ms', '--server', self.server.address, *options],
            env={**kpid_process.ENVIRONMENT, 'TERM': 'xterm'}, **streams)

    def test_the_command_line_outlives_its_server(self):
        self.store(['q0'])
        watch = self.kpid_watch('--format', 'json', '--count', '3', stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        try:
            answers = [json.loads(watch.stdout.readline())]
            self.store(['q0'])
            answers.append(json.loads(watch.stdout.readline()))
            self.server.terminate()
            self.assertIn('watch broken off', watch.stderr.readline())
            self.server.start()
            answers.append(json.loads(watch.stdout.readline()))
            rest, _ = watch.communicate(timeout=PATIENCE_SECONDS)
        finally:
            watch.kill()
        self.assertEqual((watch.returncode, rest), (0, ''))
        values = [answer['answer']['total']['values'][0]['value'] for answer in answers]
        self.assertEqual(values, [1, 2, 2])
        self.assertEqual([answer['reason'] for answer in answers],
                         ['WATCH_REASON_FIRST', 'WATCH_REASON_FACTS', 'WATCH_REASON_FIRST'])

    def test_a_live_table_on_a_terminal(self):
        self.store(['q0'])
        terminal, other_end = pty.openpty()
        self.addCleanup(os.close, terminal)
        fcntl.ioctl(other_end, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
        drawn = b''

        def await_text(text):
            nonlocal drawn
            give_up = time.monotonic() + PATIENCE_SECONDS
            while text not in drawn:
                ready, _, _ = select.select([terminal], [], [], give_up - time.monotonic())
                self.assertTrue(ready, drawn[-2000:])
                drawn += os.read(terminal, 65536)

        watch = self.kpid_watch(
            stdin=other_end, stdout=other_end, stderr=other_end, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(other_end)
        try:
            await_text(b'update 1 at')
            self.store(['q0'])
            await_text(b'\x1b[7m2\x1b[0m')  # The value, marked.
            os.write(terminal, b'\x03')  # Ctrl-C.
            await_text(b'\x1b[?25h\x1b[?1049l')
            self.assertEqual(watch.wait(PATIENCE_SECONDS), 0)
        finally:
            watch.kill()
            watch.wait()
        self.assertTrue(drawn.startswith(b'\x1b[?1049h\x1b[?25l'), drawn[:100])


if __name__ == '__main__':
    unittest.main(verbosity=2)
