"""What is asked of compiled libraries can fail: each question meets a library that fails it."""

import os
import pathlib
import subprocess
import tempfile
import unittest

import planted_tree  # noqa: F401  (finds the linter)
import symbols

CXX = os.environ.get("CXX", "g++")
AR = os.environ.get("AR", "ar")
NM = os.environ.get("NM", "nm")

# symbol that must be seen -> code that needs it
PLANTED = {
    "std::chrono::_V2::system_clock::now": "#include <chrono>\nauto F() { return "
                                           "std::chrono::system_clock::now(); }\n",
    "std::chrono::_V2::steady_clock::now": "#include <chrono>\nauto F() { return "
                                           "std::chrono::steady_clock::now(); }\n",
    "time": "#include <ctime>\nauto F() { return std::time(nullptr); }\n",
    "std::random_device::": "#include <random>\nunsigned F() { return std::random_device()(); }\n",
    "rand": "#include <cstdlib>\nint F() { return std::rand(); }\n",
    "getenv": '#include <cstdlib>\nconst char* F() { return std::getenv("A"); }\n',
    "std::thread::": "#include <thread>\nvoid F() { std::thread([] {}).join(); }\n",
    "std::basic_ifstream": '#include <fstream>\nbool F() { return std::ifstream("a").good(); }\n',
}
HONEST = "#include <string>\nstd::string F(std::string a) { return a + std::to_string(1); }\n"


class CompiledCodeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_tool(self, *command):
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True)

    def archive(self, name, code):
        (self.folder / f"{name}.cc").write_text(code)
        built = self.run_tool(CXX, "-std=c++20", "-c", f"{name}.cc", "-o", f"{name}.o")
        self.assertEqual(built.returncode, 0, built.stderr)
        self.run_tool(AR, "rc", f"lib{name}.a", f"{name}.o")
        return str(self.folder / f"lib{name}.a")


class CoreSymbolsTest(CompiledCodeTest):
    def test_each_banned_symbol_is_seen(self):
        for symbol, code in PLANTED.items():
            with self.subTest(symbol=symbol):
                seen = [name for _, name, _ in symbols.findings(NM, self.archive("a", code))]
                self.assertTrue(any(name.startswith(symbol) for name in seen), seen)

    def test_an_honest_archive_passes(self):
        archive = self.archive("a", HONEST)
        self.assertEqual(list(symbols.findings(NM, archive)), [])
        self.assertTrue(list(symbols.undefined_symbols(NM, archive)))

    def test_the_script_ends_with_1_and_names_object_and_symbol(self):
        archive = self.archive("clocked", PLANTED["time"])
        script = planted_tree.ROOT / "tools" / "lint" / "symbols.py"
        ran = self.run_tool("python3", "-B", str(script), "--nm", NM, archive)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("clocked.o): `time` touches a clock", ran.stdout)

    def test_an_archive_that_is_not_there_is_an_error(self):
        with self.assertRaises(subprocess.CalledProcessError):
            list(symbols.findings(NM, str(self.folder / "none.a")))


class LinksAloneTest(CompiledCodeTest):
    """The linker does what tests/lint/CMakeLists.txt relies on."""

    def link(self, *libraries):
        (self.folder / "main.cc").write_text("int main() {}\n")
        return self.run_tool(CXX, "main.cc", *libraries, "-o", "program")

    def test_a_call_into_a_higher_layer_does_not_link(self):
        archive = self.archive("low", "void InAHigherLayer();\nvoid F() { InAHigherLayer(); }\n")
        whole = self.link("-Wl,--whole-archive", archive, "-Wl,--no-whole-archive")
        self.assertNotEqual(whole.returncode, 0)
        self.assertIn("InAHigherLayer", whole.stderr)
        self.assertEqual(self.link(archive).returncode, 0, "without the option nobody would notice")

    def test_a_layer_that_needs_nothing_above_it_links(self):
        archive = self.archive("low", HONEST)
        whole = self.link("-Wl,--whole-archive", archive, "-Wl,--no-whole-archive")
        self.assertEqual(whole.returncode, 0, whole.stderr)


if __name__ == "__main__":
    unittest.main()
