"""Who may include whom: the layers of the house as a table.

An include goes to the same folder or to a folder of a lower rank, never up and never sideways. The
table says so folder by folder, because a few folders see less than their rank allows.
"""

import re

from cpp_text import without_comments

ENGINE_PARTS = ("orders", "flow", "offline", "messages", "checkpoints", "bookings")
ENGINE = tuple(f"engine/{part}" for part in ENGINE_PARTS)
LOWER_THAN_RUNTIME = ("base", "model", "ports", *ENGINE)

# folder -> the folders that it may include, besides itself. A folder that is not in this table may
# not exist: adding one is a decision about the whole house, and this is where it is made.
MAY_INCLUDE = {
    "base": (),
    "model": ("base",),
    # Jobs of the engine talk by messages, never by calls; only the flow of modules sees its orders.
    **{folder: ("base", "model") for folder in ENGINE},
    "engine/flow": ("base", "model", "engine/orders"),
    # Interfaces and the core are of equal rank: the core asks for effects as data.
    "ports": ("base", "model"),
    "runtime": LOWER_THAN_RUNTIME,
    "adapters/*": (*LOWER_THAN_RUNTIME, "runtime"),
    # The edges see the service interface of the runtime, header by header (below).
    "edges/http": ("base", "model"),
    "edges/ais": ("base", "model"),
    # The command line client speaks HTTP, so that the API cannot rot: it sees no runtime at all.
    "edges/cli": ("base", "model"),
    "apps/*": (*LOWER_THAN_RUNTIME, "runtime", "adapters/*", "edges/*"),
}

# What the edges that live in the server's process see of the runtime: the service interface, and
# the public types that its functions take and return.
SERVICE_HEADERS = ("runtime/service.h", "runtime/services.h", "runtime/task_service.h",
                   "runtime/cartridge_service.h", "runtime/catalog_service.h",
                   "runtime/inventory_service.h", "runtime/event_service.h")
EDGES_WITH_SERVICE = ("edges/http", "edges/ais")

# A unit test may bring a body of a port, or a shared suite, to test its folder with.
TEST_MAY_ALSO_INCLUDE = ("adapters/*", "ports")
TEST_FOLDERS_OUTSIDE = ("tests/", "simulation/")

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def folder_of(path):
    """The row of the table that a path below src/ belongs to, or None."""
    parts = path.split("/")[:-1]
    if not parts:
        return None
    if parts[0] in ("engine", "adapters", "edges", "apps"):
        return "/".join(parts[:2]) if len(parts) > 1 else None
    return parts[0]


def row(folder):
    """What `folder` may include, or None when the house has no such folder."""
    if folder in MAY_INCLUDE:
        return MAY_INCLUDE[folder]
    return MAY_INCLUDE.get(folder.split("/")[0] + "/*") if "/" in folder else None


def _allowed(target, patterns):
    return target in patterns or ("/" in target and target.split("/")[0] + "/*" in patterns)


def _refusal(file, folder, include):
    """Why `file` may not include `include`, or None when it may."""
    target = folder_of(include)
    if file.is_test and include.startswith(TEST_FOLDERS_OUTSIDE):
        return None
    if target is None or row(target) is None:
        return f'"{include}" is in no folder of src/: write paths from src/, libraries in <>'
    if target == folder or _allowed(target, row(folder)):
        return None
    if folder in EDGES_WITH_SERVICE and target == "runtime":
        if include in SERVICE_HEADERS:
            return None
        return f'"{include}" is inside the runtime; edges see {", ".join(SERVICE_HEADERS)} only'
    if file.is_test and _allowed(target, TEST_MAY_ALSO_INCLUDE):
        return None
    allowed = ", ".join(row(folder)) or "nothing else"
    return f"{folder} may not include {target}; besides itself it may include: {allowed}"


def check_includes(tree):
    """Rules include-rank and unknown-folder, over every C++ file below src/."""
    for file in tree.files:
        if not file.path.startswith("src/") or not file.is_cpp:
            continue
        folder = folder_of(file.path[len("src/"):])
        if folder is None or row(folder) is None:
            message = "this folder has no row in tools/lint/layers.py"
            yield file.finding(1, "unknown-folder", message)
            continue
        for match in _INCLUDE.finditer(without_comments(file.text, keep_strings=True)):
            reason = _refusal(file, folder, match.group(1))
            if reason:
                line = file.text.count("\n", 0, match.start(1)) + 1
                yield file.finding(line, "include-rank", reason)


_LIBRARY = re.compile(r"cairn_library\(\s*(\w+)([^)]*)\)")


def _declared_libraries(tree):
    """library -> (file, line, folder, the libraries it says it depends on)."""
    libraries = {}
    for file in tree.files:
        if not file.path.startswith("src/") or file.name != "CMakeLists.txt":
            continue
        folder = folder_of(file.path[len("src/"):])
        for match in _LIBRARY.finditer(file.text):
            words = match.group(2).split()
            deps = []
            if "DEPS" in words:
                for word in words[words.index("DEPS") + 1:]:
                    if word in ("LIBS", "TEST_DEPS"):
                        break
                    deps.append(word)
            line = file.text.count("\n", 0, match.start()) + 1
            libraries[match.group(1)] = (file, line, folder, deps)
    return libraries


def check_links(tree):
    """Rule link-rank: the libraries that CMake links obey the same table as the includes."""
    libraries = _declared_libraries(tree)
    for name, (file, line, folder, deps) in sorted(libraries.items()):
        if folder is None or row(folder) is None:
            continue
        for dep in deps:
            if dep not in libraries:
                continue
            target = libraries[dep][2]
            service = folder in EDGES_WITH_SERVICE and target == "runtime"
            if target != folder and not service and not _allowed(target, row(folder)):
                message = f"{name} ({folder}) may not link {dep} ({target})"
                yield file.finding(line, "link-rank", message)
