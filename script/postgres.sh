# A throw-away PostgreSQL for tests and benches. Source it, don't run it:
#
#     . script/postgres.sh
#     postgres_start                    # exports LINLI_TEST_PG=postgresql://... ; 1 and a line when there is none
#     trap postgres_stop EXIT
#     url=$(postgres_database demo)     # a new, empty database; prints its URL
#     postgres_stop                     # stops the cluster and removes its folder
#
# The cluster is as a community would run it: UTF8, collation C, fsync on. It lives in a temporary folder,
# listens on a unix socket in there only, and belongs to the user `postgres` when we are root (initdb refuses
# root) and to ourselves otherwise.

# The newest installed PostgreSQL, at least 15. Prints its folder of programs.
postgres_programs() {
    local dir best=
    for dir in /usr/lib/postgresql/*/bin; do
        [ -x "$dir/initdb" ] && [ "$(basename "$(dirname "$dir")")" -ge 15 ] 2>/dev/null || continue
        if [ -z "$best" ] ||
            [ "$(basename "$(dirname "$dir")")" -gt "$(basename "$(dirname "$best")")" ]; then
            best=$dir
        fi
    done
    if [ -z "$best" ] && command -v initdb >/dev/null; then
        best=$(dirname "$(command -v initdb)")
    fi
    [ -n "$best" ] && printf '%s\n' "$best"
}

# Runs a program as the cluster's owner, from a folder that this owner may read, in a plain locale.
postgres_as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$LINLI_TEST_PG_DIR" && exec setpriv --reuid postgres --regid postgres --init-groups -- \
            env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE HOME="$LINLI_TEST_PG_DIR" LC_ALL=C "$@")
    else
        (cd "$LINLI_TEST_PG_DIR" && exec env -u PGHOST -u PGPORT -u PGUSER -u PGDATABASE LC_ALL=C "$@")
    fi
}

postgres_start() {
    if [ -n "${LINLI_TEST_PG_DIR:-}" ]; then return 0; fi
    local programs
    if ! programs=$(postgres_programs); then
        echo "postgres.sh: no PostgreSQL 15 here (Debian: apt-get install postgresql)" >&2
        return 1
    fi
    if [ "$(id -u)" = 0 ] && ! id postgres >/dev/null 2>&1; then
        echo "postgres.sh: running as root, and there is no user postgres to run the cluster as" >&2
        return 1
    fi
    # Always under /tmp: a socket's path may have 107 bytes, and TMPDIR can be long.
    LINLI_TEST_PG_DIR=$(mktemp -d /tmp/linli-pg.XXXXXX) || return 1
    LINLI_TEST_PG_PROGRAMS=$programs
    if [ "$(id -u)" = 0 ]; then chown postgres:postgres "$LINLI_TEST_PG_DIR"; fi
    if ! postgres_make >"$LINLI_TEST_PG_DIR.log" 2>&1; then
        cat "$LINLI_TEST_PG_DIR.log" >&2
        rm -f "$LINLI_TEST_PG_DIR.log"
        postgres_stop
        return 1
    fi
    rm -f "$LINLI_TEST_PG_DIR.log"
    LINLI_TEST_PG="postgresql://linli@/linli?host=$LINLI_TEST_PG_DIR"
    export LINLI_TEST_PG LINLI_TEST_PG_DIR LINLI_TEST_PG_PROGRAMS
}

postgres_make() {
    local dir=$LINLI_TEST_PG_DIR programs=$LINLI_TEST_PG_PROGRAMS
    postgres_as_owner "$programs/initdb" -D "$dir/data" -U linli -A trust -E UTF8 \
        --lc-collate=C --lc-ctype=C --no-instructions || return 1
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = on
synchronous_commit = on
shared_buffers = 256MB
max_wal_size = 4GB
max_connections = 100
timezone = 'UTC'
CONF
    postgres_as_owner "$programs/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start || {
        cat "$dir/server.log"
        return 1
    }
    postgres_as_owner "$programs/createdb" -h "$dir" -U linli linli
}

# A new database of that name, replacing one that is there. Prints its URL.
postgres_database() {
    local name=$1
    case $name in
    '' | *[!a-z0-9_]*)
        echo "postgres.sh: a database's name has a-z, 0-9 and _ only" >&2
        return 1
        ;;
    esac
    postgres_as_owner "$LINLI_TEST_PG_PROGRAMS/dropdb" -h "$LINLI_TEST_PG_DIR" -U linli \
        --if-exists --force "$name" >&2 2>/dev/null || return 1
    postgres_as_owner "$LINLI_TEST_PG_PROGRAMS/createdb" -h "$LINLI_TEST_PG_DIR" -U linli "$name" \
        >&2 || return 1
    printf 'postgresql://linli@/%s?host=%s\n' "$name" "$LINLI_TEST_PG_DIR"
}

postgres_stop() {
    if [ -z "${LINLI_TEST_PG_DIR:-}" ]; then return 0; fi
    if [ -f "$LINLI_TEST_PG_DIR/data/postmaster.pid" ]; then
        postgres_as_owner "$LINLI_TEST_PG_PROGRAMS/pg_ctl" -D "$LINLI_TEST_PG_DIR/data" \
            -m immediate -w -t 30 stop >/dev/null 2>&1
    fi
    rm -rf "$LINLI_TEST_PG_DIR"
    unset LINLI_TEST_PG LINLI_TEST_PG_DIR LINLI_TEST_PG_PROGRAMS
}
