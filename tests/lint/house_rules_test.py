"""Every rule of the linter can fail: each one meets a planted violation, and its honest twin."""

import unittest

from planted_tree import HEADER, ROOT, PlantedTreeTest
from house_rules import RULES

# "TO" "DO" and its like are written in halves: this file obeys the rule that it tests.
LATER = "TO" "DO"
LONG_BODY = "  Step();\n" * 68
ORDERS = "src/engine/orders/"

# rule -> (files that break it once, files close to them that break nothing)
PLANTED = {
    "include-rank": (
        {"src/base/a.cc": '#include "model/b.h"\n'},
        {"src/model/a.cc": '#include "base/b.h"\n'},
    ),
    "unknown-folder": ({"src/extras/a.cc": "\nint a;\n"}, {"src/base/a.cc": "int a;\n"}),
    "link-rank": (
        {"src/base/CMakeLists.txt": "cairn_library(base DEPS base2)\ncairn_library(base2)\n"
                                    "cairn_library(base3 DEPS model)\n",
         "src/model/CMakeLists.txt": "cairn_library(model)\n"},
        {"src/model/CMakeLists.txt": "cairn_library(model DEPS base)\n",
         "src/base/CMakeLists.txt": "cairn_library(base)\n"},
    ),
    "core-include": (
        {ORDERS + "a.cc": "#include <unordered_map>\n"},
        {ORDERS + "a.cc": "#include <map>\n", "src/runtime/a.cc": "#include <unordered_map>\n"},
    ),
    "core-word": (
        {ORDERS + "a.cc": "double price = 0;\n"},
        {ORDERS + "a.cc": '// no double here\nconst char* kText = "double";\nint doubled = 2;\n',
         "src/runtime/a.cc": "double load = 0;\n"},
    ),
    "file-length": (
        {"src/base/a.cc": "int a;\n" * 600},
        {"src/base/a.cc": "int a;\n" * 599, "docs/a.md": "a\n" * 900},
    ),
    "function-length": (
        {"src/base/a.cc": f"void F() {{\n{LONG_BODY}}}\n"},
        {"src/base/a.cc": f"void F() {{\n{LONG_BODY[10:]}}}\n"},
    ),
    "line-width": (
        {"tools/a.py": "a = '" + "x" * 95 + "'\n"},
        {"tools/a.py": "a = '" + "\u00e4" * 94 + "'\n", "docs/a.md": "x" * 200 + "\n"},
    ),
    "tab": ({"src/base/a.cc": "\tint a;\n"}, {"Makefile": "all:\n\ttrue\n"}),
    "trailing-blank": ({"docs/a.md": "two blanks  \n"}, {"docs/a.md": "none\n"}),
    "newline-at-end": ({"src/base/a.cc": "int a;"}, {"src/base/a.cc": "int a;\n"}),
    "pragma-once": (
        {"src/base/a.h": "// What this is.\n// #pragma once\n"},
        {"src/base/a.h": "#pragma once\n\n// What this is.\n"},
    ),
    "leading-comment": (
        {"src/base/a.h": "#pragma once\nint F();\n// What this is.\n"},
        {"src/base/a.h": "// What this is.\n#pragma once\n"},
    ),
    "using-namespace": (
        {"src/base/a.h": HEADER + "namespace cairn {\nusing  namespace std;\n}\n"},
        {"src/base/a.h": HEADER + "// using namespace std would be wrong\n",
         "src/base/a.cc": "using namespace std::literals;\n"},
    ),
    "left-for-later": (
        {"docs/a.md": f"{LATER}: write this\n"},
        {"docs/a.md": f"{LATER}S, a method\n", "tools/a.sh": "mktemp /tmp/a.XXXXXX\n"},
    ),
    "empty-name": (
        {"src/base/string_utils.cc": "int a;\n"},
        {"src/base/implied.cc": "int a;\n"},
    ),
    "dead-link": (
        {"README.md": "See [the style](STYLE.md).\n"},
        {"README.md": "See [the style](STYLE.md).\n", "STYLE.md": "Style\n"},
    ),
}


class EveryRuleTest(PlantedTreeTest):
    def test_every_rule_has_a_planted_violation(self):
        self.assertEqual(set(PLANTED), RULES)


def _planted_test(rule, broken, honest):
    def test(self):
        findings = self.assert_rules(broken, rule)
        self.assertTrue(findings[0].message)

    def twin(self):
        self.assert_rules(honest)

    return test, twin


for _rule, (_broken, _honest) in PLANTED.items():
    _test, _twin = _planted_test(_rule, _broken, _honest)
    _name = _rule.replace("-", "_")
    setattr(EveryRuleTest, f"test_{_name}_is_found", _test)
    setattr(EveryRuleTest, f"test_{_name}_is_not_found_where_it_is_kept", _twin)


class CoreTest(PlantedTreeTest):
    def test_each_forbidden_thing_is_found_with_what_to_use_instead(self):
        for code, advice in {
            "auto now = std::chrono::system_clock::now();": "command's time",
            "auto now = std::time(nullptr);": "command's time",
            "auto now = time(0);": "command's time",
            "std::mutex m;": "runtime owns threads",
            "thread_local int a;": "runtime owns threads",
            "std::ofstream f;": "effect",
            "std::cout << 1;": "edges print",
            "std::random_device d;": "hash of id and attempt",
            "int r = rand();": "hash of id and attempt",
            'auto e = getenv("A");': "constructor",
            "float f = 1;": "int64",
            "std::unordered_set<int> s;": "std::map",
        }.items():
            with self.subTest(code=code):
                findings = self.lint({ORDERS + "a.cc": code + "\n"})
                self.assertIn("core-word", {f.rule for f in findings})
                self.assertIn(advice, findings[0].message)

    def test_names_that_only_resemble_a_forbidden_word_are_allowed(self):
        self.assert_rules({
            ORDERS + "a.cc": "Nanos time(const Order& o);\nint x = o.time(0);\nint operand(int);\n"
                             "bool is_floating;\nint y = brand(1);\nauto z = o.rand();\n",
        })

    def test_a_banned_library_is_found(self):
        self.assert_rules(
            {ORDERS + "a.cc": "#include <boost/asio/post.hpp>\n#  include <thread>\n"},
            "core-include", "core-include",
        )


class MarkdownTest(PlantedTreeTest):
    def test_links_resolve_from_the_folder_of_the_page(self):
        self.assert_rules({
            "README.md": "[a](docs/a.md) [b](docs/) [c](/docs/a.md) ![d](docs/d.txt \"title\")\n",
            "docs/a.md": "[up](../README.md)\n\n[ref]: d.txt\n",
            "docs/d.txt": "d\n",
        })

    def test_dead_links_of_every_form_are_found(self):
        for text in ("![a](a.png)", "[a](docs/none.md#x)", "[a]: none.md", "[a](<none.md>)",
                     "[a](/none)", "[`code`](none.md)"):
            with self.subTest(text=text):
                self.assert_rules({"README.md": text + "\n"}, "dead-link")

    def test_the_web_and_code_are_not_followed(self):
        self.assert_rules({
            "README.md": "[a](https://example.org/a.md) [b](mailto:a@example.org)\n\n"
                         "```\n[c](none.md)\n```\n\n`[d](none.md)`\n",
        })

    def test_headings_are_followed(self):
        page = "# One: the (first)\n\n```\n# Two\n```\n"
        self.assert_rules({"a.md": page, "b.md": "[x](a.md#one-the-first)\n"})
        self.assert_rules({"b.md": "[x](a.md#two)\n"}, "dead-link")


class WholeTreeTest(PlantedTreeTest):
    def test_build_output_is_not_looked_at(self):
        self.assert_rules({
            "build/dev/a_utils.cc": "\tint a;",
            "data/x.cc": "\t",
            "console/node_modules/a.js": "\t",
        })

    def test_a_folder_called_build_deeper_down_is_looked_at(self):
        self.assert_rules({"docs/build/a.md": "a \n"}, "trailing-blank")

    def test_the_project_has_the_folders_that_the_rules_speak_of(self):
        for folder in ("base", "model", "engine/orders", "ports", "runtime", "adapters", "edges"):
            self.assertTrue((ROOT / "src" / folder).is_dir(), folder)


if __name__ == "__main__":
    unittest.main()
