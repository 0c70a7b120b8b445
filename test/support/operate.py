"""What the operator's suites share: a server, its clients, and a database of either engine to plant faults in.

Standard library only: SQLite through the sqlite3 module, PostgreSQL through psql, with LINLI_TEST_PG naming a cluster
in which databases may be made."""
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zlib

BIN = os.path.abspath(os.environ.get("LINLI_BIN", "build/linli"))  # build-sanitize/linli finds more
passed = failed = 0


def say(ok, what):
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print("failed:", what, flush=True)
    return ok


def finish():
    print(f"passed={passed} failed={failed}")
    sys.exit(1 if failed or not passed else 0)


def linli(*args, env=None):
    done = subprocess.run([BIN, *args], capture_output=True, text=True, timeout=300, env=env)
    return done.returncode, done.stdout, done.stderr


def digest(text):
    found = re.findall(r"digest ([0-9a-f]{64})", text)
    return found[-1] if found else None


def id7():
    t = f"{int(time.time() * 1000):012x}"
    return f"{t[:8]}-{t[8:]}-7{uuid.uuid4().hex[:3]}-8{uuid.uuid4().hex[:3]}-{uuid.uuid4().hex[:12]}"


def png(side=24, shade=120):
    rows = b"".join(b"\0" + bytes((x * shade + y) % 256 for x in range(side * 3)) for y in range(side))

    def chunk(kind, data):
        body = kind + data
        return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")

    head = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# ---- stores ----


class Sqlite:
    name = "sqlite"

    def __init__(self, work, name):
        self.work, self.data = work, f"{work}/{name}"

    def args(self):
        return ["--data", self.data, "--key", f"{self.work}/key"]

    def copy(self, name):
        other = Sqlite(self.work, name)
        shutil.copytree(self.data, other.data, ignore=shutil.ignore_patterns("lock", "*.sock"))
        return other

    def new(self, name):
        return Sqlite(self.work, name)

    def run(self, *statements):
        db = sqlite3.connect(f"{self.data}/linli.db")
        rows = []
        for sql in statements:
            rows = db.execute(sql).fetchall()
        db.commit()
        db.close()
        return rows

    def literal(self, data):
        return f"x'{data.hex()}'"

    def bytes(self, sql):
        return self.run(sql)[0][0]

    def drop(self):
        shutil.rmtree(self.data, ignore_errors=True)


class Postgres:
    name = "postgres"
    made = []

    def __init__(self, work, name):
        self.work, self.data, self.db = work, f"{work}/{name}", "tools_" + re.sub("[^a-z0-9]", "_", name)
        self.base = os.environ["LINLI_TEST_PG"]
        self.url = re.sub(r"/[a-z0-9_]+\?", f"/{self.db}?", self.base)

    def psql(self, url, *statements):
        args = ["psql", url, "-qAtX", "-v", "ON_ERROR_STOP=1", "-F", "\t"]
        for sql in statements:
            args += ["-c", sql]
        done = subprocess.run(args, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return [tuple(line.split("\t")) for line in done.stdout.splitlines()]

    def create(self, template=None):
        self.drop_database()
        self.psql(self.base, f"CREATE DATABASE {self.db}" + (f" TEMPLATE {template}" if template else ""))
        Postgres.made.append(self.db)
        return self

    def drop_database(self):
        self.psql(self.base, "SET client_min_messages = error", f"DROP DATABASE IF EXISTS {self.db} WITH (FORCE)")

    def args(self):
        return ["--data", self.data, "--key", f"{self.work}/key", "--db", self.url]

    def copy(self, name):
        other = Postgres(self.work, name).create(self.db)
        shutil.copytree(self.data, other.data, ignore=shutil.ignore_patterns("lock", "*.sock"))
        return other

    def new(self, name):
        return Postgres(self.work, name).create()

    def run(self, *statements):
        return self.psql(self.url, "SET search_path = linli", *statements)

    def literal(self, data):
        return f"'\\x{data.hex()}'::bytea"

    def bytes(self, sql):
        return bytes.fromhex(self.run(sql)[0][0][2:])

    def drop(self):
        self.drop_database()
        shutil.rmtree(self.data, ignore_errors=True)


def engines():
    yield Sqlite
    if os.environ.get("LINLI_TEST_PG"):
        yield Postgres
    else:
        print("skipped: PostgreSQL (LINLI_TEST_PG is not set)")


# ---- a server ----


class Server:
    def __init__(self, store, *more, wait=60):
        self.store = store
        self.log = open(f"{store.work}/serve.log", "a")
        self.child = subprocess.Popen(
            [BIN, "serve", *store.args(), "--listen", "127.0.0.1:0", "--log-level", "warn", *more],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.port, said = None, []

        def read():
            for line in self.child.stdout:
                said.append(line)
                found = re.search(r"127\.0\.0\.1:(\d+)", line)
                if found and self.port is None:
                    self.port = int(found[1])

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        until = time.time() + wait
        while self.port is None and time.time() < until and self.child.poll() is None:
            time.sleep(0.02)
        if self.port is None:
            raise RuntimeError("the server did not start: " + "".join(said))

    def token(self, role="program"):
        code, out, err = linli("token", *self.store.args(), "--role", role)
        if code:
            raise RuntimeError(err)
        return out.strip().splitlines()[-1]

    def call(self, method, path, body=None, token=None, raw=None, timeout=20):
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        head = {"Content-Type": "application/json"}
        if token:
            head["Authorization"] = "Bearer " + token
        link.request(method, path if path[1:].split("/")[0] in ("healthz", "metrics") else "/api/v1" + path,
                     raw if raw is not None else json.dumps(body) if body is not None else None, head)
        answer = link.getresponse()
        text = answer.read()
        link.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def report(self, token, photos=(), matter=None, text=None):
        matter = matter or id7()
        body = {"id": matter, "category": "other", "text": text or "水 " + matter}
        if photos:
            body["photos"] = list(photos)
        status, answer = self.call("POST", "/reports", body, token)
        return status, matter, answer

    def upload(self, token, matter, data):
        upload = id7()
        self.call("POST", "/uploads", {"id": upload, "matter": matter, "size": len(data),
                                       "sha256": hashlib.sha256(data).hexdigest()}, token)
        self.call("PUT", f"/uploads/{upload}/0", token=token, raw=data)
        status, answer = self.call("POST", f"/uploads/{upload}/finish", token=token, body={})
        if status != 200:
            raise RuntimeError(f"upload: {status} {answer}")
        return upload

    def stop(self, how=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(how)
        code = self.child.wait(30)
        self.log.close()
        return code


class Writers:
    """Reports from several threads; `acknowledged` holds (time, matter) of every 201."""

    def __init__(self, server, token, n=4, pause=0.0):
        self.acknowledged, self.other, self.over = [], {}, False
        self.pause = pause
        self.threads = [threading.Thread(target=self.work, args=(server, token), daemon=True) for _ in range(n)]
        for t in self.threads:
            t.start()

    def work(self, server, token):
        while not self.over:
            try:
                status, matter, answer = server.report(token)
            except (OSError, http.client.HTTPException):
                status = 0
            if status == 201:
                self.acknowledged.append((time.time(), matter))
            else:
                self.other[status] = self.other.get(status, 0) + 1
                time.sleep(0.02)
            if self.pause:
                time.sleep(self.pause)

    def stop(self):
        self.over = True
        for t in self.threads:
            t.join(30)


def workplace():
    return tempfile.mkdtemp(prefix="linli-tools.", dir="/tmp")
