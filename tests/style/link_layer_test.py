#!/usr/bin/env python3
"""Layering as the linker sees it: an archive needs no symbol of a library it must not know.

usage: link_layer_test.py --archive libkpid_metrics.a --forbid pqxx --forbid protobuf ...
Exits 1 with the symbols when it does.
"""
import argparse
import re
import subprocess
import sys

# Library -> its symbols, demangled. Names of ours that merely mention it are fine.
SYMBOLS = {
    'libpq': r'^PQ[a-z]\w+$',
    'pqxx': r'\bpqxx::',
    'grpc': r'\bgrpc::|^grpc_',
    'protobuf': r'\bgoogle::protobuf::',
    'spdlog': r'\bspdlog::',
    'kpid::storage': r'\bkpid::storage::',
    'kpid::server': r'\bkpid::server::',
    'kpid::client': r'\bkpid::client::',
}


def undefined_symbols(archive, nm):
    output = subprocess.run([nm, '--undefined-only', '--demangle', '--format=posix', archive],
                            check=True, capture_output=True, text=True).stdout
    return sorted({match[1] for match in re.finditer(r'^(.*\S) U\b', output, re.MULTILINE)})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--archive', required=True)
    parser.add_argument('--forbid', action='append', required=True, choices=sorted(SYMBOLS))
    parser.add_argument('--nm', default='nm')
    arguments = parser.parse_args()
    symbols = undefined_symbols(arguments.archive, arguments.nm)
    if not symbols:
        print(f'{arguments.archive}: nm lists no undefined symbols at all; is it an archive?')
        return 1
    bad = [f'{library}: {symbol}' for library in arguments.forbid
           for symbol in symbols if re.search(SYMBOLS[library], symbol)]
    for line in bad:
        print(line)
    print(f'{len(symbols)} symbols from elsewhere, {len(bad)} of them forbidden')
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
