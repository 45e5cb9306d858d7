"""A worker for the tests of the exec cartridge: the operation chooses how it behaves."""

import json
import os
import signal
import sys
import time

held = []


def write(text):
    os.write(1, text.encode())


def answer(request, outcome="ok", **more):
    return json.dumps({"id": request["id"], "outcome": outcome, **more}) + "\n"


def close_output(_):
    os.close(1)
    time.sleep(60)


def collect(request):
    """Answers ten requests at once, the last one first."""
    held.append(request)
    if len(held) == 10:
        write("".join(answer(r, output=r["input"]) for r in reversed(held)))
        held.clear()


def halves(request):
    text = answer(request, output={"text": "caf\u00e9"})
    for piece in (text[:5], text[5:30], text[30:-1], "\n"):
        write(piece)


def hold(request):
    held.append(request)


def release(request):
    """Answers what was held, however late, and then itself."""
    write("".join(answer(r) for r in held) + answer(request))
    held.clear()


def refuse_to_end(request):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    write(answer(request, output={"pid": os.getpid()}))
    while True:
        time.sleep(60)


def flood(request):
    for i in range(5000):
        os.write(2, b"flood %d\n" % i)
    write(answer(request))


OPERATIONS = {
    "echo": lambda r: write(answer(r, output=r["input"])),
    "request": lambda r: write(answer(r, output={k: v for k, v in r.items() if k != "id"})),
    "functional": lambda r: write(answer(r, "functional", detail="no such plan")),
    "technical": lambda r: write(answer(r, "technical", detail="try later")),
    "silent": lambda r: None,
    "die": lambda r: os._exit(3),
    "answer and die": lambda r: (write(answer(r)), os._exit(4)),
    "kill": lambda r: os.kill(os.getpid(), signal.SIGKILL),
    "garbage": lambda r: write("garbage\n"),
    "garbage first": lambda r: write("garbage\n[]\n" + answer(r)),
    "bad outcome": lambda r: write(answer(r, "great")),
    "stranger": lambda r: write('{"id":"999999999","outcome":"ok"}\n' + answer(r)),
    "twice": lambda r: write(answer(r) + answer(r, "technical")),
    "large": lambda r: write(answer(r, output={"text": "x" * 70_000})),
    "overlong": lambda r: write(answer(r, output={"text": "x" * 1_000_000}) + answer(r)),
    "number": lambda r: write('{"id":"%s","outcome":"ok","output":{"n":1.10}}\r\n' % r["id"]),
    "stderr": lambda r: (os.write(2, b"caf\xc3\xa9 \x1b[31m \xff\n"), write(answer(r))),
    "flood": flood,
    "pid": lambda r: write(answer(r, output={"pid": os.getpid()})),
    "files": lambda r: write(answer(r, output={"n": len(os.listdir("/proc/self/fd")) - 1})),
    "signals": lambda r: write(answer(r, output={
        "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, []))})),
    "stop reading": lambda r: time.sleep(60),
    "close output": close_output,
    "collect": collect,
    "halves": halves,
    "hold": hold,
    "release": release,
    "refuse to end": refuse_to_end,
}

for line in sys.stdin:
    parsed = json.loads(line)
    operation = OPERATIONS.get(parsed["operation"])
    if operation is None:
        write(answer(parsed, "functional", detail="no operation " + parsed["operation"]))
    else:
        operation(parsed)
