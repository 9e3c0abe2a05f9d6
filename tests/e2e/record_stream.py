"""A producer that streams numbered interactions and knows what was sent and what acknowledged."""
import datetime
import threading

import grpc

import kpid_client
from kpid_client import (ingest_service_pb2 as ingest, interaction_pb2, query,
                         types_pb2)

# Messages that may be on their way unacknowledged: bounds memory, keeps the server busy.
IN_FLIGHT_MAX = 64
FIRST_ARRIVE = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


def record(number):
    """Interaction `number`, from 0; the same each time."""
    result = interaction_pb2.Interaction(
        interaction_id=f'stream-{number}', customer_id=f'customer-{number % 500}',
        agent_id=f'agent-{number % 40}', queue_id=f'queue-{number % 5}',
        channel=types_pb2.CHANNEL_VOICE, outcome=interaction_pb2.OUTCOME_HANDLED)
    arrive = FIRST_ARRIVE + datetime.timedelta(seconds=7 * number)
    result.arrive_time.FromDatetime(arrive)
    result.answer_time.FromDatetime(arrive + datetime.timedelta(seconds=number % 60))
    result.end_time.FromDatetime(arrive + datetime.timedelta(seconds=number % 60 + 120))
    return result


class RecordStream:
    """Sends messages 1 to `messages` of `size` records; resumes after what is acknowledged."""

    def __init__(self, client, messages, size):
        self.client = client
        self.messages = messages
        self.size = size
        self.sent_messages = set()
        self.acknowledged = 0   # Sequence: all messages up to it are committed.
        self.counts = ingest.IngestCounts()

    def records_of(self, message):
        first = (message - 1) * self.size
        return [record(number) for number in range(first, first + self.size)]

    def run(self, on_acknowledged=lambda stream, in_flight: None):
        """One connection, until all is acknowledged or the stream breaks. on_acknowledged is
        called after each acknowledgement with the number of messages in flight. Returns the
        error that broke the stream, or None."""
        places = threading.Semaphore(IN_FLIGHT_MAX)
        over = threading.Event()
        sending = {'sequence': self.acknowledged}

        def requests():
            for message in range(self.acknowledged + 1, self.messages + 1):
                places.acquire()
                if over.is_set():
                    return
                self.sent_messages.add(message)
                sending['sequence'] = message
                yield ingest.StreamRecordsRequest(sequence=message, records=[
                    ingest.StreamRecord(interaction=r) for r in self.records_of(message)])

        try:
            for answer in self.client.stream('IngestService', 'StreamRecords', requests()):
                newly = answer.acknowledged_sequence - self.acknowledged
                assert newly > 0, f'acknowledged {answer.acknowledged_sequence} twice'
                assert answer.acknowledged_sequence <= sending['sequence'], answer
                assert not answer.rejected_records, answer.rejected_records[0]
                self.acknowledged = answer.acknowledged_sequence
                for field in ('inserted_count', 'updated_count', 'unchanged_count'):
                    setattr(self.counts, field,
                            getattr(self.counts, field) + getattr(answer.counts, field))
                places.release(newly)
                on_acknowledged(self, sending['sequence'] - self.acknowledged)
            return None
        except grpc.RpcError as error:
            return kpid_client.Failure(error)
        finally:
            over.set()
            places.release(IN_FLIGHT_MAX)

    def stored_records(self):
        """Distinct records in the database, by a KPI."""
        days = self.messages * self.size * 7 // 86400 + 2
        end = (FIRST_ARRIVE + datetime.timedelta(days=days)).isoformat().replace('+00:00', 'Z')
        answer = self.client.call('QueryService', 'QueryKpis', query.QueryKpisRequest(
            kpis=[query.KpiRequest(id='contacts_offered')],
            interval=types_pb2.Interval(start_time=kpid_client.instant('2026-01-01T00:00:00Z'),
                                        end_time=kpid_client.instant(end))))
        return int(answer.total.values[0].value)

    def missing_of_acknowledged(self):
        """Acknowledged records that are not stored: each is sent again, and a stored one is
        answered as unchanged."""
        missing = 0
        per_call = max(1, 5000 // self.size)
        for first in range(1, self.acknowledged + 1, per_call):
            batch = [r for message in
                     range(first, min(first + per_call, self.acknowledged + 1))
                     for r in self.records_of(message)]
            counts = self.client.call('IngestService', 'IngestInteractions',
                                      ingest.IngestInteractionsRequest(interactions=batch)).counts
            missing += len(batch) - counts.unchanged_count
        return missing
