"""Checks answers of the TMF641 API against the types of its specification, version 4.1.0, with a
JSON Schema validator. tmf641_definitions.json has the types, taken from the TM Forum's Swagger
document (Apache License 2.0): names, types, words and what is mandatory, without the prose.
"""

import datetime
import json
import pathlib
import re
import sys
import urllib.parse

try:
    import jsonschema
except ImportError:  # another interpreter than Debian's own: its modules are plain Python
    sys.path.append("/usr/lib/python3/dist-packages")
    import jsonschema

from programs import TMF641

SCHEMA = json.loads(
    (pathlib.Path(__file__).parent / "tmf641_definitions.json").read_text(encoding="utf-8"))
CANCEL = TMF641.removesuffix("serviceOrder") + "cancelServiceOrder"
FORMATS = jsonschema.FormatChecker(formats=())
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time")
def is_time(value):
    if not isinstance(value, str):
        return True
    if not TIME.fullmatch(value):
        return False
    try:
        datetime.datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def errors_of(value, type_name, is_list=False):
    """What is wrong with a value of that type, as texts."""
    schema = {"$ref": f"#/definitions/{type_name}"}
    if is_list:
        schema = {"type": "array", "items": schema}
    validator = jsonschema.Draft4Validator({**SCHEMA, "allOf": [schema]}, format_checker=FORMATS)
    return [f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
            for e in validator.iter_errors(value)]


def type_of(method, path, status):
    """The type that an answer must have, and whether it is a list of them; None: no body."""
    if status == 204:
        return None, False
    if status >= 400:
        return "Error", False
    path, _, _ = path.partition("?")
    name = "CancelServiceOrder" if path.startswith(CANCEL) else "ServiceOrder"
    return name, method == "GET" and path in (TMF641, CANCEL)


class CheckedClient:
    """Asks the TMF641 API, and checks each answer against the specification."""

    def __init__(self, test, client):
        self._test = test
        self._client = client
        self.checked = 0

    def ask(self, method, path, body=None, **headers):
        reply = self._client.ask(method, path, body, **headers)
        type_name, is_list = type_of(method, path, reply.status)
        if type_name is None:
            self._test.assertEqual(reply.text, "")
            return reply
        self._test.assertEqual(reply.headers["content-type"], "application/json;charset=utf-8")
        self._test.assertEqual(errors_of(reply.json, type_name, is_list), [],
                               f"{method} {path} {reply}")
        if reply.status >= 400:
            self._test.assertEqual(reply.json["status"], str(reply.status))
            self._test.assertTrue(reply.json["code"] and reply.json["reason"])
        self.checked += 1
        return reply

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.ask("POST", path, body, **headers)


def order_path(order_id):
    return f"{TMF641}/{urllib.parse.quote(order_id)}"
