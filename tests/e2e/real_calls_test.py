#!/usr/bin/env python3
"""A month of real calls against values computed by a separate program; where that data is there.

The data is not part of the repository: E2E_SHARED names its folder, ../shared beside it if unset.
"""
import os
import subprocess
import sys

import kpid_process


def main():
    shared = os.environ.get('E2E_SHARED') or os.path.join(kpid_process.SOURCE, '..', 'shared')
    checker = os.path.join(shared, 'tools', 'check_import.py')
    calls = os.path.join(shared, 'data', 'anonymous_bank_january.csv')
    expected = os.path.join(shared, 'data', 'anonymous_bank_january.expected.json')
    for path in (checker, calls, expected):
        if not os.path.exists(path):
            kpid_process.skip(f'there is no {path}')
    return subprocess.run([sys.executable, '-B', checker, kpid_process.BINARY, calls,
                           expected]).returncode


if __name__ == '__main__':
    sys.exit(main())
