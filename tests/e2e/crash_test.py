#!/usr/bin/env python3
"""kill -9 of the server during StreamRecords, again and again, resuming each time: every
acknowledged record is stored, and exactly once.

usage: crash_test.py [--kills 20] [--with-postgresql] [--seed N]
  --with-postgresql   every other kill also kills PostgreSQL, as a crash of the machine would
"""
import argparse
import random
import sys

import kpid_client
import kpid_process
import record_stream

RECORDS_PER_MESSAGE = 40
# Messages to be acknowledged before a kill, at most: each round gets on by some.
ACKNOWLEDGED_BEFORE_KILL_MAX = 12
# Messages for each kill, so that the last one still finds the stream running: twice what a round
# can get on by.
MESSAGES_PER_KILL = 2 * (ACKNOWLEDGED_BEFORE_KILL_MAX + record_stream.IN_FLIGHT_MAX)


class Killer:
    """Kills the server while messages are in flight."""

    def __init__(self, server, chooser, with_postgresql):
        self.server = server
        self.chooser = chooser
        self.with_postgresql = with_postgresql
        self.in_flight = []   # Messages sent and not acknowledged at each kill.
        self.at = 0           # Sequence whose acknowledgement is the sign.

    def arm(self, acknowledged):
        self.at = acknowledged + self.chooser.randint(1, ACKNOWLEDGED_BEFORE_KILL_MAX)

    def __call__(self, stream, in_flight):
        if stream.acknowledged >= self.at and in_flight > 0 and \
                self.server.process.poll() is None:
            self.in_flight.append(in_flight)
            if self.with_postgresql and len(self.in_flight) % 2 == 0:
                self.server.kill_postgresql()
            self.server.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kills', type=int, default=20)
    parser.add_argument('--with-postgresql', action='store_true')
    parser.add_argument('--seed', type=int, default=random.SystemRandom().randint(1, 10**6))
    arguments = parser.parse_args()
    print(f'seed {arguments.seed}', flush=True)

    with kpid_process.temporary_folder() as folder, \
            kpid_process.KpidProcess(folder) as server:
        killer = Killer(server, random.Random(arguments.seed), arguments.with_postgresql)
        messages = (arguments.kills + 1) * MESSAGES_PER_KILL
        stream = None
        for _ in range(arguments.kills):
            with kpid_client.Client(server.address) as client:
                if stream is None:
                    stream = record_stream.RecordStream(client, messages, RECORDS_PER_MESSAGE)
                stream.client = client
                killer.arm(stream.acknowledged)
                failure = stream.run(killer)
                assert failure is not None, 'the stream ended well although the server was killed'
                assert failure.code == 'UNAVAILABLE', failure
            server.start()
            with kpid_client.Client(server.address) as client:
                stream.client = client
                stored = stream.stored_records()
                acknowledged = stream.acknowledged * RECORDS_PER_MESSAGE
                sent = len(stream.sent_messages) * RECORDS_PER_MESSAGE
                print(f'kill {len(killer.in_flight)}: {killer.in_flight[-1]} messages in flight; '
                      f'sent {sent}, acknowledged {acknowledged}, stored {stored}', flush=True)
                assert acknowledged <= stored <= sent
        assert len(killer.in_flight) == arguments.kills and min(killer.in_flight) > 0

        with kpid_client.Client(server.address) as client:
            stream.client = client
            before = stream.stored_records()
            missing = stream.missing_of_acknowledged()
            assert stream.stored_records() == before, 'a record sent again was stored twice'
            failure = stream.run()
            assert failure is None, failure
            sent = len(stream.sent_messages) * RECORDS_PER_MESSAGE
            acknowledged = stream.acknowledged * RECORDS_PER_MESSAGE
            stored = stream.stored_records()
            missing += stream.missing_of_acknowledged()
        print(f'{arguments.kills} kills, each with {min(killer.in_flight)} to '
              f'{max(killer.in_flight)} messages in flight')
        print(f'sent {sent}, acknowledged {acknowledged}, stored {stored}, '
              f'acknowledged but missing {missing}')
        assert missing == 0
        assert sent == acknowledged == stored == messages * RECORDS_PER_MESSAGE
    return 0


if __name__ == '__main__':
    sys.exit(main())
