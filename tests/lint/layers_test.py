"""The layers: who may include and link whom, with the ways in which the rule could be cheated."""

import unittest

from planted_tree import HEADER, PlantedTreeTest


def include(path):
    return f'{HEADER}#include "{path}"\n'


class IncludeRankTest(PlantedTreeTest):
    def refused(self, path, included):
        with self.subTest(path=path, included=included):
            self.assert_rules({path: include(included)}, "include-rank")
            (self.root / path).unlink()

    def allowed(self, path, included):
        with self.subTest(path=path, included=included):
            self.assert_rules({path: include(included)})
            (self.root / path).unlink()

    def test_downward_and_inside_the_folder_is_allowed(self):
        self.allowed("src/base/a.h", "base/b.h")
        self.allowed("src/model/a.h", "base/b.h")
        self.allowed("src/engine/orders/a.h", "model/records.pb.h")
        self.allowed("src/ports/a.h", "model/b.h")
        self.allowed("src/runtime/a.h", "engine/orders/b.h")
        self.allowed("src/runtime/a.h", "ports/b.h")
        self.allowed("src/adapters/journal_file/a.h", "runtime/b.h")
        self.allowed("src/apps/cairnd/a.h", "adapters/journal_file/b.h")
        self.allowed("src/apps/cairnd/a.h", "edges/http/b.h")

    def test_upward_is_refused(self):
        self.refused("src/base/a.h", "model/b.h")
        self.refused("src/model/a.h", "engine/orders/b.h")
        self.refused("src/engine/orders/a.h", "runtime/b.h")
        self.refused("src/runtime/a.h", "adapters/journal_file/b.h")
        self.refused("src/adapters/journal_file/a.h", "edges/http/b.h")
        self.refused("src/edges/http/a.h", "apps/cairnd/b.h")

    def test_sideways_is_refused(self):
        self.refused("src/engine/orders/a.h", "ports/b.h")
        self.refused("src/ports/a.h", "engine/orders/b.h")
        self.refused("src/adapters/journal_file/a.h", "adapters/storage_posix/b.h")
        self.refused("src/edges/http/a.h", "edges/cli/b.h")

    def test_the_jobs_of_the_engine_do_not_see_each_other(self):
        self.allowed("src/engine/flow/a.h", "engine/orders/b.h")
        self.refused("src/engine/orders/a.h", "engine/flow/b.h")
        for job in ("offline", "messages", "checkpoints", "bookings"):
            self.refused(f"src/engine/{job}/a.h", "engine/orders/b.h")
            self.refused("src/engine/flow/a.h", f"engine/{job}/b.h")
        self.refused("src/engine/messages/a.h", "engine/checkpoints/b.h")

    def test_edges_see_the_service_interface_only(self):
        self.allowed("src/edges/http/a.h", "runtime/service.h")
        self.allowed("src/edges/http/a.h", "model/b.h")
        self.refused("src/edges/http/a.h", "runtime/partition.h")
        self.refused("src/edges/http/a.h", "engine/orders/b.h")
        self.refused("src/edges/http/a.h", "ports/b.h")
        self.refused("src/edges/http/a.h", "adapters/journal_file/b.h")
        self.refused("src/edges/cli/a.h", "runtime/service.h")

    def test_a_unit_test_may_bring_a_body_of_a_port(self):
        self.assert_rules({
            "src/runtime/a_test.cc": '#include "adapters/journal_memory/b.h"\n',
            "src/adapters/journal_file/a_test.cc":
                '#include "adapters/storage_posix/b.h"\n#include "tests/contract/journal.h"\n',
        })
        self.refused("src/runtime/a_test.cc", "edges/http/b.h")
        self.refused("src/runtime/a.cc", "tests/contract/journal.h")

    def test_a_path_that_is_not_written_from_src_is_refused(self):
        self.refused("src/base/a.cc", "b.h")
        self.refused("src/base/a.cc", "../model/b.h")
        self.refused("src/base/a.cc", "boost/json.hpp")

    def test_what_looks_like_an_include_in_a_comment_is_none(self):
        code = '// #include "model/b.h"\n/*\n#include "model/b.h"\n*/\n'
        self.assert_rules({"src/base/a.cc": code})

    def test_an_include_behind_odd_blanks_is_seen(self):
        self.refused("src/base/a.cc", 'base/c.h"\n  #  include   "model/b.h')

    def test_the_finding_names_the_line(self):
        findings = self.lint({"src/base/a.cc": '#include "base/a.h"\n\n#include "model/b.h"\n'})
        self.assertEqual([(f.path, f.line) for f in findings], [("src/base/a.cc", 3)])

    def test_folders_outside_src_may_include_anything(self):
        self.assert_rules({
            "simulation/a.cc": '#include "apps/cairnd/b.h"\n',
            "bench/a.cc": '#include "engine/orders/b.h"\n',
        })

    def test_a_new_folder_needs_a_row_in_the_table(self):
        self.assert_rules({"src/shortcuts/a.cc": "\n// What this is.\n"}, "unknown-folder")
        self.assert_rules({"src/engine/extras/a.h": HEADER}, "unknown-folder", "unknown-folder")


class LinkRankTest(PlantedTreeTest):
    LIBRARIES = {
        "src/base/CMakeLists.txt": "cairn_library(base LIBS fmt::fmt)\n",
        "src/model/CMakeLists.txt": "cairn_library(model DEPS base)\n",
        "src/ports/CMakeLists.txt": "cairn_library(ports DEPS model)\n",
        "src/runtime/CMakeLists.txt": "cairn_library(runtime DEPS engine_orders ports)\n",
        "src/engine/orders/CMakeLists.txt": "cairn_library(engine_orders DEPS model)\n",
        "src/adapters/a/CMakeLists.txt": "cairn_library(a DEPS ports TEST_DEPS b)\n",
        "src/adapters/b/CMakeLists.txt": "cairn_library(b DEPS ports LIBS sqlite)\n",
        "src/edges/http/CMakeLists.txt": "cairn_library(edges_http DEPS runtime)\n",
    }

    def test_downward_is_allowed(self):
        self.assert_rules(self.LIBRARIES)

    def test_upward_and_sideways_are_refused(self):
        for path, text in {
            "src/model/CMakeLists.txt": "cairn_library(model DEPS base runtime)\n",
            "src/engine/orders/CMakeLists.txt":
                "cairn_library(engine_orders\n  DEPS model ports)\n",
            "src/adapters/a/CMakeLists.txt": "cairn_library(a DEPS ports b)\n",
            "src/edges/http/CMakeLists.txt": "cairn_library(edges_http DEPS a)\n",
        }.items():
            with self.subTest(path=path):
                self.assert_rules({**self.LIBRARIES, path: text}, "link-rank")


if __name__ == "__main__":
    unittest.main()
