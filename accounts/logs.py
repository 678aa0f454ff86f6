"""Log lines as JSON, without anything about a person."""

import logging
import re
from typing import Any

import structlog

_PERSON_PATH = re.compile(r"/(patients|api/v1/patients)/[^/\s\"]+")


class Impersonal(logging.Filter):
    """Cut codes out of paths, and exception values out of tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _PERSON_PATH.sub(r"/\1/…", record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            record.exc_info = (type(error), type(error)(), error.__traceback__)
        return True


def render(_logger: Any, _name: str, event: dict[str, Any]) -> str:
    record: logging.LogRecord = event["_record"]
    line = {"at": record.created, "level": record.levelname, "logger": record.name}
    if record.exc_info and record.exc_info[0] is not None:
        line["error"] = record.exc_info[0].__name__
        line["where"] = _where(record.exc_info[2])
    return str(
        structlog.processors.JSONRenderer()(None, "", {**line, "event": record.getMessage()})
    )


def _where(traceback: Any) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-8:]
