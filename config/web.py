"""Gunicorn's settings, here and in a container: one process with threads by default.

Threads, because requests wait for the database more than they compute, and a second process
costs 100 MB; WEB_WORKERS adds processes where there are more cores.
"""

import os
from typing import Any

from config.lifeline import die_with

bind = f"{os.environ.get('VEREDA_HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "1"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 10
# Longer than a person reads one page: a new connection costs a round trip, on 2G almost a second.
keepalive = 30
control_socket_disable = True
# The heartbeat file must not wait for a slow disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108


def post_fork(server: Any, worker: Any) -> None:
    die_with(server.pid)
