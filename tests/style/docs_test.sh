#!/usr/bin/env bash
# docs/kpis.md is what the catalogue says.
# usage: docs_test.sh PROGRAM DOCUMENT
set -euo pipefail

if ! difference=$("$1" | diff -u "$2" -); then
  printf '%s\n' "$difference" | head -40
  echo "docs/kpis.md is out of date: cmake --build --preset release --target docs"
  exit 1
fi
