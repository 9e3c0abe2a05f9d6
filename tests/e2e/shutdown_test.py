#!/usr/bin/env python3
"""SIGTERM during StreamRecords: the server ends well and in time, what it acknowledged is stored,
and the client that resumes loses and doubles nothing."""
import os
import signal
import sys
import time

import kpid_client
import kpid_process
import record_stream

RECORDS_PER_MESSAGE = 40
MESSAGES = 2000
ACKNOWLEDGED_BEFORE_STOP = 5


def check_huge_pages(server):
    """Where the system gives huge pages on request the server asks for them, its PostgreSQL not."""
    try:
        with open('/sys/kernel/mm/transparent_hugepage/enabled', encoding='ascii') as file:
            on_request = '[madvise]' in file.read()
    except OSError:
        on_request = False

    def asks(pid):
        with open(f'/proc/{pid}/environ', 'rb') as file:
            return b'GLIBC_TUNABLES=glibc.malloc.hugetlb=1' in file.read().split(b'\0')
    if 'GLIBC_TUNABLES' not in os.environ:
        assert asks(server.process.pid) == on_request
    assert not asks(server.postmaster_pid())


def main():
    asked = []

    def stop(stream, in_flight):
        # Where this client is slower than the server, all may be acknowledged just then.
        if stream.acknowledged >= ACKNOWLEDGED_BEFORE_STOP and in_flight > 0 and not asked:
            asked.append((time.monotonic(), in_flight))
            server.process.send_signal(signal.SIGTERM)

    with kpid_process.temporary_folder() as folder, kpid_process.KpidProcess(folder) as server:
        with kpid_client.Client(server.address) as client:
            stream = record_stream.RecordStream(client, MESSAGES, RECORDS_PER_MESSAGE)
            failure = stream.run(stop)
        assert asked, 'nothing was under way at any acknowledgement'
        code = server.process.wait(kpid_process.STOP_SECONDS_MAX)
        (asked_at, in_flight), = asked
        took = time.monotonic() - asked_at
        assert stream.acknowledged < MESSAGES, 'the stream was over before the signal'
        assert code == 0, f'kpid serve ended with {code}:\n{server.log()[-2000:]}'
        assert server.postmaster_pid() is None, 'PostgreSQL still runs'
        assert failure is not None and failure.code == 'UNAVAILABLE', failure
        acknowledged = stream.acknowledged * RECORDS_PER_MESSAGE

        server.start()
        check_huge_pages(server)
        with kpid_client.Client(server.address) as client:
            stream.client = client
            stored = stream.stored_records()
            missing = stream.missing_of_acknowledged()
            failure = stream.run()
            assert failure is None, failure
            total = stream.stored_records()
        print(f'SIGTERM with {in_flight} messages in flight: exit 0 after {took:.2f} s; '
              f'acknowledged {acknowledged}, stored {stored}, missing {missing}; '
              f'after resuming {total} of {MESSAGES * RECORDS_PER_MESSAGE}')
        assert missing == 0 and stored >= acknowledged
        assert total == MESSAGES * RECORDS_PER_MESSAGE
    return 0


if __name__ == '__main__':
    sys.exit(main())
