"""Log lines as JSON, without anything about a person."""

import json
import logging
import re
from typing import Any

_PERSON = re.compile(r"((?:/api/v1)?/patients/|\bperson=)[^/\s\"?&]+")


class Impersonal(logging.Filter):
    """Cut codes out of paths and values out of exceptions: they may quote what was typed.

    Of an exception its type and the places it passed remain, in `error` and `where`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict) and "exc" in record.args:
            # Celery puts the exception and the traceback into the text of its line.
            record.args = {**record.args, "exc": "", "traceback": ""}
        record.msg = _PERSON.sub(r"\1…", record.getMessage())
        record.args = ()
        if record.exc_info and record.exc_info[0] is not None:
            record.error = record.exc_info[0].__name__
            record.where = _where(record.exc_info[2])
        record.exc_info = record.exc_text = record.stack_info = None
        return True


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": record.created,
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name in ("error", "where"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        return json.dumps(line, ensure_ascii=False)


def _where(traceback: Any) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames[-8:]
