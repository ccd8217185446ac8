#!/usr/bin/env bash
# Runs the tutorial as it is written: writes its files, runs its commands line by line, and compares what they print.
# It works in an empty folder, on a fresh clone of this repository's last commit, and with a local Maven repository that has
# nothing of zk-lb. Libraries that this machine has already are not downloaded again. Needs git, curl and a JDK 17 or newer,
# and the ports 2181, 8080, 8081 and 8082.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
libraries=${MAVEN_LOCAL:-$HOME/.m2/repository}
work=$(mktemp -d)
end() {
  status=$?
  cat "$work"/*.pid 2>/dev/null | while read -r pid; do kill "$pid" 2>/dev/null || true; done
  [ "$status" -eq 0 ] || tail -n 30 "$work"/*.log 2>/dev/null || true
  rm -rf "$work"
}
trap end EXIT
git clone -q "$root" "$work/zk-lb"
# All libraries but zk-lb's own, which somebody may have installed.
tail=$work/libraries
mkdir -p "$tail/io/github"
ln -s "$libraries"/* "$tail/" 2>/dev/null || true
ln -s "$libraries"/io/* "$tail/io/" 2>/dev/null || true
ln -s "$libraries"/io/github/* "$tail/io/github/" 2>/dev/null || true
rm -f "$tail/io/github/zklb"
export MAVEN_ARGS="${MAVEN_ARGS:-} -Dmaven.repo.local=$work/m2 -Dmaven.repo.local.tail=$tail"
cd "$work"

# What a block of commands printed must be the block of text that follows it, if one does.
compare() {
  diff <(printf '%s' "$2") "$work/printed" || { echo "the tutorial says something else after: $1" >&2; exit 1; }
}

file='' kind='' block='' last='' began=$SECONDS
: > "$work/printed"
while IFS= read -r line || [ -n "$line" ]; do
  if [ -z "$kind" ]; then
    case $line in
      '## '*) printf '%4d s  %s\n' $((SECONDS - began)) "${line#\#\# }" ;;
      '```'?*) kind=${line#\`\`\`} block='' ;;
      '`'*'`:') file=${line#\`} file=${file%\`:} ;;
    esac
  elif [ "$line" != '```' ]; then
    block+=$line$'\n'
  else
    case $kind in
      sh)
        : > "$work/printed"
        while IFS= read -r command; do
          last=$command
          eval "$command" >> "$work/printed" < /dev/null
        done < <(printf '%s' "$block")
        ;;
      text) compare "$last" "$block" ;;
      *) printf '%s' "$block" > "$file" ;;
    esac
    kind=''
  fi
done < "$here/tutorial.md"
printf '%4d s  The tutorial holds.\n' $((SECONDS - began))
