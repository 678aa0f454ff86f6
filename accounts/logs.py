"""Log lines as JSON, without anything about a person."""

import json
import logging
import re
from typing import Any

import structlog

_PERSON_PATH = re.compile(r"/(patients|api/v1/patients)/[^/\s\"?]+")


class Impersonal(logging.Filter):
    """Cut codes out of paths and values out of exceptions: they may quote what was typed.

    Of an exception its type and the places it passed remain, in `error` and `where`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict) and "exc" in record.args:
            # Celery puts the exception and the traceback into the text of its line.
            record.args = {**record.args, "exc": "", "traceback": ""}
        record.msg = _PERSON_PATH.sub(r"/\1/…", record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            record.error = record.exc_info[0].__name__
            record.where = _where(record.exc_info[2])
        record.exc_info = record.exc_text = record.stack_info = None
        return True


def render(_logger: Any, _name: str, event: dict[str, Any]) -> str:
    record: logging.LogRecord = event["_record"]
    line = {"at": record.created, "level": record.levelname, "logger": record.name}
    for name in ("error", "where"):
        if hasattr(record, name):
            line[name] = getattr(record, name)
    line["event"] = record.getMessage()
    return str(structlog.processors.JSONRenderer(json.dumps)(None, "", line))


def _where(traceback: Any) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-8:]
