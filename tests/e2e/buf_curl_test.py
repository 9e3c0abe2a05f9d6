#!/usr/bin/env python3
"""Ad-hoc use without the .proto files: buf curl finds everything through reflection."""
import json
import os
import subprocess
import sys

import kpid_process

HEADER = 'interaction_id,channel,arrive_time,answer_time,end_time,outcome\n'
ROW = 'i1,voice,2026-03-02T09:00:00Z,2026-03-02T09:00:10Z,2026-03-02T09:05:00Z,handled\n'


def buf_program():
    found = subprocess.run([os.path.join(kpid_process.SOURCE, 'deploy/install-buf'), '--offline'],
                           capture_output=True, text=True)
    if found.returncode:
        kpid_process.skip(found.stderr.strip())
    return found.stdout.strip()


def main():
    buf = buf_program()
    with kpid_process.temporary_folder() as folder, kpid_process.KpidProcess(folder) as server:
        def curl(*arguments):
            result = subprocess.run(
                [buf, 'curl', '--http2-prior-knowledge', '--protocol', 'grpc', *arguments],
                capture_output=True, text=True, cwd=folder)
            print('$ buf curl ' + ' '.join(arguments[:-1]) + '\n' + result.stdout[:400])
            assert result.returncode == 0, result.stderr
            return result.stdout

        path = os.path.join(folder, 'one.csv')
        with open(path, 'w') as file:
            file.write(HEADER + ROW)
        server.run('import', path, '--kind', 'interactions')

        root = f'http://{server.address}'
        services = curl('--list-services', root)
        for name in ('kpid.v1.IngestService', 'kpid.v1.RosterService', 'kpid.v1.QueryService',
                     'grpc.health.v1.Health'):
            assert name in services, name
        methods = curl('--list-methods', root)
        assert 'kpid.v1.QueryService/QueryKpis' in methods
        answer = json.loads(curl('--data', json.dumps({
            'kpis': [{'id': 'sl'}, {'id': 'average_handle_time', 'statistic': 'p90'}],
            'interval': {'startTime': '2026-03-02T00:00:00Z', 'endTime': '2026-03-03T00:00:00Z'},
        }), f'{root}/kpid.v1.QueryService/QueryKpis'))
        values = [value['value'] for value in answer['total']['values']]
        assert values == [100, 290], values
        health = json.loads(curl('--data', '{}', f'{root}/grpc.health.v1.Health/Check'))
        assert health == {'status': 'SERVING'}, health
    return 0


if __name__ == '__main__':
    sys.exit(main())
