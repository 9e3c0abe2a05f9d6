#!/usr/bin/env python3
"""The conventions of CONTRIBUTING.md that a program can check, over every file of the repository.

usage: style_test.py [--root FOLDER] [--self-test]
Prints one line for each violation and exits 1 when there is any. --self-test breaks every rule
once on purpose, and fails when a rule does not notice.
"""
import argparse
import os
import re
import sys

LINE_COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 600

SKIPPED_FOLDERS = {'.git', 'build', '.demo', '.tools', 'node_modules', '__pycache__', '.cache'}
CXX = ('.h', '.cc')
CODE = CXX + ('.py', '.proto', '.cmake', '.sh')

# Spelled in two parts, so that this file does not break its own rules.
LEFT_OVER_MARKS = re.compile(r'\b(?:%s)\b' % '|'.join(
    ['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK']))
MACHINE_PATHS = re.compile(
    r'(?<![\w.])/(?:wor' + r'k|hom' + r'e/\w+|roo' + r't|User' + r's/\w+)(?=/|\b)')
REGISTRY_HOSTS = re.compile(
    r'\b(?:registry\.npm' + r'js|pypi\.or' + r'g|deb\.debi' + r'an|snapshot\.debi' + r'an|'
    r'proxy\.gola' + r'ng|artifac' + r'tory)', re.IGNORECASE)
SLEEPS = re.compile(r'\b(?:sleep_fo' + r'r|sleep_unti' + r'l|uslee' + r'p|nanoslee' + r'p|'
                    r'SleepFo' + r'r|time\.slee' + r'p)\s*\(')
VAGUE_WORDS = {'util', 'utils', 'helper', 'helpers', 'common', 'manager', 'managers', 'misc'}

# Folder -> what its files must not include.
LAYERS = {
    'metrics': r'\.pb\.h|grpc|google/protobuf|pqxx|libpq|postgres|spdlog|storage/|server/|client/',
    'storage': r'\.pb\.h|grpc|google/protobuf|server/|client/',
    'client': r'pqxx|libpq|storage/|server/',
}


def folder_of(path):
    return path.split('/', 1)[0]


def is_test(path):
    return folder_of(path) == 'tests'


def numbered(text):
    return enumerate(text.splitlines(), 1)


def line_length(path, text):
    if not path.endswith(CODE):
        return
    for number, line in numbered(text):
        if len(line) > LINE_COLUMNS_MAX:
            yield number, f'{len(line)} columns; at most {LINE_COLUMNS_MAX}'


def white_space(path, text):
    if not path.endswith(CODE):
        return
    for number, line in numbered(text):
        if line != line.rstrip():
            yield number, 'white space at the end of the line'
        if '\t' in line and path.endswith(CXX):
            yield number, 'a tab'
    if text and not text.endswith('\n'):
        yield len(text.splitlines()), 'no newline at the end of the file'


def file_length(path, text):
    lines = text.count('\n')
    if path.endswith(CODE) and lines >= FILE_LINES_MAX:
        yield lines, f'{lines} lines; a file has fewer than {FILE_LINES_MAX} and one idea'


def vague_names(path, text):
    for part in path.split('/'):
        words = set(re.split(r'[_.\-]', part.lower()))
        for word in sorted(words & VAGUE_WORDS):
            yield 0, f'"{word}" in a name says nothing; name the idea'
    if path.endswith(CXX):
        for number, line in numbered(text):
            match = re.match(r'\s*namespace\s+([\w:]+)', line)
            if match and set(re.split('::|_', match[1].lower())) & VAGUE_WORDS:
                yield number, f'namespace {match[1]} says nothing; name the idea'


def layering(path, text):
    if not path.endswith(CXX):
        return
    forbidden = LAYERS.get(folder_of(path))
    for number, line in numbered(text):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if not match:
            continue
        included = match[1]
        if forbidden and re.search(forbidden, included):
            yield number, f'{folder_of(path)}/ must not include {included}'
        elif included.startswith('server/') and folder_of(path) not in ('server', 'tests'):
            yield number, f'only server/ and tests may include {included}'


def header_form(path, text):
    if not path.endswith('.h'):
        return
    if not text.startswith('//'):
        yield 1, 'a header begins with a comment that says what it is'
    if '\n#pragma once\n' not in '\n' + text:
        yield 1, 'no #pragma once'


def source_globbing(path, text):
    if not path.endswith(('CMakeLists.txt', '.cmake')):
        return
    for number, line in numbered(text):
        globs = re.search(r'file\s*\(\s*GLO' + r'B|aux_source_director' + 'y', line, re.IGNORECASE)
        if globs and not re.search(r'CONFIGURE_DEPENDS "[^"]*\.txt"\)$', line):  # Data may be.
            yield number, 'sources are listed one by one'


def left_over_marks(path, text):
    for number, line in numbered(text):
        if LEFT_OVER_MARKS.search(line):
            yield number, 'a left-over mark; do it or drop it'


def sleeping_tests(path, text):
    if not is_test(path) or not path.endswith(('.cc', '.h', '.py')):
        return
    for number, line in numbered(text):
        if SLEEPS.search(line):
            yield number, 'tests wait for the event, they do not sleep'


def machine_paths(path, text):
    for number, line in numbered(text):
        if MACHINE_PATHS.search(line):
            yield number, 'a path of one machine'
        if REGISTRY_HOSTS.search(line):
            yield number, 'the host of a package registry'


def function_length(path, text):
    """Formatted code: a body begins after a line that ends in ") ... {" and ends with a closing
    brace at the same column. Columns 0 and 2 are looked at, so methods inside a class count."""
    if not path.endswith('.cc') and not path.endswith('.h'):
        return
    lines = text.splitlines()
    for indent in ('', '  '):
        start = None
        for index, line in enumerate(lines):
            control = re.match(indent + r'(?:if|for|while|switch|else|do|\}|#|//)\b', line)
            opens = re.match(indent + r'\S.*\).*\{$', line) and not control
            if not indent:  # The last line of a signature of several.
                opens = opens or re.match(r' {4,}\S.*\).*\{$', line)
            if start is None and opens:
                start = index
            elif start is not None and line == indent + '}':
                length = index - start - 1
                if length > FUNCTION_LINES_MAX:
                    yield start + 1, f'a function of {length} lines; at most {FUNCTION_LINES_MAX}'
                start = None
            elif start is not None and re.match(r'\}|' + indent + r'\}[^ ]', line):
                start = None


def executable_scripts(path, text, mode=0o755):
    if folder_of(path) in ('deploy', '.ci') and text.startswith('#!') and not mode & 0o100:
        yield 1, 'a script without its run bit'


RULES = [line_length, white_space, file_length, vague_names, layering, header_form,
         source_globbing, left_over_marks, sleeping_tests, machine_paths, function_length]

# Rule -> (path, text) pairs that it must refuse, and pairs that it must pass.
FIXTURES = {
    'line_length': ([('metrics/a.cc', 'x' * 101 + '\n')], [('metrics/a.cc', 'x' * 100 + '\n')]),
    'white_space': ([('metrics/a.cc', 'int a; \n'), ('metrics/a.cc', '\tint a;\n'),
                     ('metrics/a.cc', 'int a;')], [('metrics/a.cc', 'int a;\n')]),
    'file_length': ([('server/a.cc', '\n' * 600)], [('server/a.cc', '\n' * 599)]),
    'vague_names': ([('storage/string_util.h', ''), ('server/common/a.cc', ''),
                     ('server/session_manager.cc', ''),
                     ('server/a.cc', 'namespace kpid::helpers {\n')],
                    [('server/utilization.cc', 'namespace kpid::server {\n')]),
    'layering': ([('metrics/a.cc', '#include <pqxx/pqxx>\n'),
                  ('metrics/a.cc', '#include <libpq-fe.h>\n'),
                  ('metrics/a.h', '#include "kpid/v1/types.pb.h"\n'),
                  ('metrics/a.h', '#include "storage/database.h"\n'),
                  ('metrics/a.h', '#include <spdlog/spdlog.h>\n'),
                  ('storage/a.cc', '#include <grpcpp/grpcpp.h>\n'),
                  ('storage/a.cc', '#include "server/listener.h"\n'),
                  ('client/a.cc', '#include "server/listener.h"\n'),
                  ('proto/a.cc', '#include "server/listener.h"\n')],
                 [('storage/a.cc', '#include <libpq-fe.h>\n'),
                  ('server/a.cc', '#include "kpid/v1/types.pb.h"\n'),
                  ('tests/a.cc', '#include "server/listener.h"\n')]),
    'header_form': ([('metrics/a.h', '// What it is.\n'), ('metrics/a.h', '#pragma once\n')],
                    [('metrics/a.h', '// What it is.\n#pragma once\n')]),
    'source_globbing': ([('metrics/CMakeLists.txt', 'file(GLO' + 'B sources *.cc)\n'),
                         ('a/CMakeLists.txt', 'file(GLO' + 'B a CONFIGURE_DEPENDS "b/*.cc")\n')],
                        [('a/CMakeLists.txt', 'file(GLO' + 'B a CONFIGURE_DEPENDS "b/*.txt")\n'),
                         ('metrics/CMakeLists.txt', 'add_library(a a.cc)\n')]),
    'left_over_marks': ([('server/a.cc', '// TO' + 'DO: later\n'),
                         ('README.md', 'FIX' + 'ME\n')],
                        [('server/a.cc', 'int TODOS;\n')]),
    'sleeping_tests': ([('tests/a_test.cc', 'std::this_thread::sleep_fo' + 'r(1s);\n'),
                        ('tests/e2e/a.py', 'time.slee' + 'p(1)\n')],
                       [('server/a.cc', 'std::this_thread::sleep_fo' + 'r(1s);\n')]),
    'machine_paths': ([('README.md', 'cd /wor' + 'k/kpid\n'), ('a.cc', '"/roo' + 't/x"\n'),
                       ('deploy/demo', 'cd /hom' + 'e/ann/kpid\n'),
                       ('deploy/demo', 'curl https://deb.debi' + 'an.org\n')],
                      [('README.md', 'network/rooted, a/work/b\n')]),
    'function_length': ([('a.cc', 'int F() {\n' + '  a;\n' * 71 + '}\n'),
                         ('a.cc', 'int F(int a,\n      int b) {\n' + '  a;\n' * 71 + '}\n'),
                         ('a.cc', 'class A {\n  int F() {\n' + '    a;\n' * 71 + '  }\n};\n')],
                        [('a.cc', 'int F() {\n' + '  a;\n' * 70 + '}\n'),
                         ('a.cc', 'const int kTable[] = {\n' + '  1,\n' * 90 + '};\n'),
                         ('a.cc', 'const Row kRows[] = {\n    {1,\n      [](int a) {\n' +
                          '  a;\n' * 90 + '      }},\n};\nint F() {\n  a;\n}\n')]),
}


def self_test():
    failures = []
    for rule in RULES:
        refused, passed = FIXTURES[rule.__name__]
        for path, text in refused:
            if not list(rule(path, text)):
                failures.append(f'{rule.__name__} does not notice {path}: {text[:60]!r}')
        for path, text in passed:
            for _, complaint in rule(path, text):
                failures.append(f'{rule.__name__} wrongly refuses {path}: {complaint}')
    if not list(executable_scripts('deploy/demo', '#!/bin/sh\n', 0o644)):
        failures.append('executable_scripts does not notice a script without its run bit')
    if list(executable_scripts('deploy/demo', '#!/bin/sh\n', 0o755)):
        failures.append('executable_scripts wrongly refuses a script with its run bit')
    return failures


def files_of(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(set(names) - SKIPPED_FOLDERS):
            full = os.path.join(folder, name)
            if os.path.isfile(full) and not os.path.islink(full):
                yield os.path.relpath(full, root), full


def check(root):
    complaints = []
    checked = 0
    for path, full in files_of(root):
        try:
            with open(full, encoding='utf-8') as file:
                text = file.read()
        except UnicodeDecodeError:
            continue
        checked += 1
        found = [(rule.__name__, n, c) for rule in RULES for n, c in rule(path, text)]
        mode = os.stat(full).st_mode
        found += [('executable_scripts', n, c) for n, c in executable_scripts(path, text, mode)]
        complaints += [f'{path}:{n}: {c} [{rule}]' for rule, n, c in found]
    return checked, complaints


def main():
    parser = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument('--root', default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument('--self-test', action='store_true')
    arguments = parser.parse_args()
    if arguments.self_test:
        complaints = self_test()
        summary = f'{len(RULES) + 1} rules, each broken once'
    else:
        checked, complaints = check(arguments.root)
        summary = f'{checked} files checked'
    for complaint in complaints:
        print(complaint)
    print(f'{summary}: {len(complaints)} complaints')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
