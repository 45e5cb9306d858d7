"""Links in our Markdown that point to files of this repository must point to something.

A link to a heading (`file.md#heading`) is followed to the heading as well.
"""

import posixpath
import re
import urllib.parse

_FENCE = re.compile(r"^ {0,3}(```|~~~).*?^ {0,3}\1[ \t]*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\]\(\s*<?([^()\s<>]+)>?(?:\s+[\"'][^)]*)?\s*\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:|//")
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$", re.MULTILINE)


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def _anchors(text):
    """The heading ids of a page, as the forges make them from the heading's words."""
    text = _FENCE.sub(_blank, text)
    seen = {}
    anchors = set()
    for heading in _HEADING.findall(text):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = seen.get(anchor, 0)
        seen[anchor] = count + 1
        anchors.add(f"{anchor}-{count}" if count else anchor)
    return anchors


def check_markdown(tree):
    """Rule dead-link."""
    pages = {file.path: file for file in tree.files if file.suffix == ".md"}
    for file in pages.values():
        text = _CODE.sub(_blank, _FENCE.sub(_blank, file.text))
        for pattern in (_LINK, _REFERENCE):
            for match in pattern.finditer(text):
                reason = _dead(tree, pages, file, match.group(1))
                if reason:
                    line = text.count("\n", 0, match.start(1)) + 1
                    yield file.finding(line, "dead-link", reason)


def _dead(tree, pages, file, link):
    if _ELSEWHERE.match(link):
        return None
    path, _, anchor = urllib.parse.unquote(link).partition("#")
    if path.startswith("/"):
        target = posixpath.normpath(path[1:])
    elif path:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), path))
    else:
        target = file.path
    if target != "." and not tree.exists(target):
        return f"{link}: there is no {target}"
    if anchor and target in pages and anchor not in _anchors(pages[target].text):
        return f"{link}: {target} has no heading #{anchor}"
    return None
