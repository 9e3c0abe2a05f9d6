#!/usr/bin/env python3
"""`deploy/install-dependencies --runtime` brings every library that the program loads.

usage: runtime_packages_test.py --program build/release/kpid
The container image installs these packages only, so a missing one shows first in production.
"""
import argparse
import os
import re
import subprocess
import sys

SKIPPED = 77
HERE = os.path.dirname(os.path.abspath(__file__))
INSTALLER = os.path.join(os.path.dirname(os.path.dirname(HERE)), 'deploy/install-dependencies')


def lines_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def installed_dependencies():
    """Package -> names that it depends on, and name -> packages that provide it."""
    depends, providers = {}, {}
    for line in lines_of('dpkg-query', '--show', '--showformat',
                         '${Package}\t${Provides}\t${Pre-Depends}, ${Depends}\n'):
        package, provides, needs = line.split('\t')
        names = [re.split(r'[ (:]', part.strip())[0] for part in re.split(r'[,|]', needs)]
        depends.setdefault(package, set()).update(name for name in names if name)
        for name in [package] + [part.strip().split(' ')[0] for part in provides.split(',')]:
            providers.setdefault(name, set()).add(package)
    return depends, providers


def closure(names):
    depends, providers = installed_dependencies()
    reached, waiting = set(), list(names)
    while waiting:
        for package in providers.get(waiting.pop(), ()):
            if package not in reached:
                reached.add(package)
                waiting.extend(depends[package])
    return reached


def packages_of_libraries(program):
    """Library file -> its package, or None."""
    libraries = {os.path.realpath(path) for path in
                 re.findall(r'=> (/\S+)', '\n'.join(lines_of('ldd', program)))}
    # A file may be known by its path before or after the merge of /lib into /usr/lib.
    paths = sorted(libraries | {path.removeprefix('/usr') for path in libraries})
    found = subprocess.run(['dpkg-query', '--search', *paths], capture_output=True,
                           text=True).stdout  # Complains of those that no package has.
    owners = {path: owner.split(':')[0] for owner, path in
              (line.rsplit(': ', 1) for line in found.splitlines() if ': ' in line)}
    return {path: owners.get(path) or owners.get(path.removeprefix('/usr'))
            for path in libraries}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--program', required=True)
    program = parser.parse_args().program
    try:
        listed = lines_of(INSTALLER, '--runtime', '--list')
        libraries = packages_of_libraries(program)
    except FileNotFoundError as error:
        print(f'skipped: {error}')
        return SKIPPED
    brought = closure(listed)
    bad = {path: package for path, package in libraries.items() if package not in brought}
    for path, package in sorted(bad.items()):
        print(f'{path} is of {package or "no package"}, which --runtime does not bring')
    print(f'{len(libraries)} libraries, {len(bad)} of them not brought')
    return 1 if bad or not libraries else 0


if __name__ == '__main__':
    sys.exit(main())
