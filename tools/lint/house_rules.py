"""All rules of the house over one tree. Each check is a generator of findings."""

from core import check_core
from layers import check_includes, check_links
from links import check_markdown
from shape import check_blanks, check_headers, check_sizes, check_words
from tree import Tree

CHECKS = (
    check_includes,
    check_links,
    check_core,
    check_sizes,
    check_blanks,
    check_headers,
    check_words,
    check_markdown,
)

# Every rule that a check may report. The linter's own tests plant at least one violation of each.
RULES = {
    "core-include", "core-word", "dead-link", "empty-name", "file-length", "function-length",
    "include-rank", "leading-comment", "left-for-later", "line-width", "link-rank",
    "newline-at-end", "pragma-once", "tab", "trailing-blank", "unknown-folder", "using-namespace",
}


def lint(root):
    """The tree below `root`, and all findings in it, in the order of their places."""
    tree = Tree(root)
    findings = sorted({finding for check in CHECKS for finding in check(tree)})
    unlisted = {finding.rule for finding in findings} - RULES
    assert not unlisted, f"rules that RULES does not list, and so no test proves: {unlisted}"
    return tree, findings
