#!/bin/sh
# A throw-away PostgreSQL for the service tests.
#   postgres.sh start DIR   makes a cluster in DIR, starts it on a free loopback port and prints its address
#   postgres.sh stop DIR    stops it and removes DIR
# PostgreSQL refuses to run as root, so root hands it to the user "postgres".
set -eu
verb="${1:?start or stop}"
dir="${2:?directory}"
bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)"
[ -n "$bin" ] || bin="$(dirname "$(command -v postgres || true)")"
[ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed: apt-get install postgresql" >&2; exit 3; }
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
case "$verb" in
  start)
    mkdir -p "$dir"
    if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
    port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
    (cd / && as "$bin/initdb" -D "$dir/data" -U almagest --auth=trust --encoding=UTF8 --no-sync >/dev/null)
    (cd / && as "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" \
      -o "-c listen_addresses=127.0.0.1 -p $port -c unix_socket_directories='$dir' -c fsync=off -c shared_buffers=64MB -c max_connections=50" start >/dev/null)
    echo "postgresql://almagest@127.0.0.1:$port/postgres"
    ;;
  stop)
    (cd / && as "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null) || true
    rm -rf "$dir"
    ;;
esac
