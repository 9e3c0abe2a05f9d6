#!/usr/bin/env bash
# The contract's form (buf lint) and its compatibility with the last release (buf breaking).
# Exits 77, which ctest shows as skipped, with the reason, where it cannot be checked.
#
# usage: buf_test.sh lint|breaking
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
skip() {
  echo "skipped: $*"
  exit 77
}

buf=$(deploy/install-buf --offline 2>&1) || skip "$buf"
case "${1:-}" in
  lint)
    "$buf" lint proto
    echo "buf lint: no complaints"
    ;;
  breaking)
    # The folder may belong to another user than the one who runs the tests.
    git_here() { git -c safe.directory="$PWD" "$@"; }
    git_here rev-parse --git-dir >/dev/null 2>&1 || skip "this is not a git repository"
    release=$(git_here describe --tags --match 'v*' --abbrev=0 2>/dev/null) ||
      skip "there is no release yet (no tag v* before this commit)"
    released=$(mktemp -d)
    trap 'rm -rf "$released"' EXIT
    git_here archive "$release" proto | tar -x -C "$released"
    "$buf" breaking proto --against "$released/proto"
    echo "buf breaking: compatible with $release"
    ;;
  *)
    echo "usage: buf_test.sh lint|breaking" >&2
    exit 2
    ;;
esac
