"""The small reader of C++: what it takes for a function, and what for text."""

import textwrap
import unittest

from planted_tree import PlantedTreeTest
from cpp_text import functions, without_comments


def found(code):
    return [(f.name, f.first_line, f.last_line) for f in functions(textwrap.dedent(code))]


class FunctionsTest(unittest.TestCase):
    def test_free_functions_methods_and_operators(self):
        self.assertEqual(found("""\
            namespace cairn {
            int F(int a) { return a; }
            class A final : public B<int> {
             public:
              A() = default;
              int G() const override {
                return 1;
              }
              bool operator==(const A& other) const { return true; }
              int H() const;
            };
            }  // namespace cairn
            """), [("F", 2, 2), ("G", 6, 8), ("operator==", 9, 9)])

    def test_a_constructor_with_members_in_braces_is_one_function(self):
        self.assertEqual(found("""\
            A::A(int a, std::vector<int> v)
                : a_{a},
                  v_{std::move(v)}, w_(3) {
              Check();
            }
            """), [("A::A", 3, 5)])

    def test_templates_and_trailing_returns(self):
        self.assertEqual(found("""\
            template <class T, class U = std::vector<T>>
              requires std::integral<T>
            auto F(T t) -> std::vector<T> {
              return {t};
            }
            """), [("F", 3, 5)])

    def test_a_lambda_at_namespace_scope_counts_as_a_function(self):
        self.assertEqual(len(found("const auto f = [](int a) {\n  return a;\n};\n")), 1)

    def test_types_and_tables_are_not_functions(self):
        self.assertEqual(found("""\
            enum class E : std::uint8_t { kA, kB };
            struct S { int a = 1; int b{2}; };
            constexpr int kTable[] = {1, 2, 3};
            constexpr std::array<int, 2> kOther{1, 2};
            extern "C" {
            int C(void);
            }
            """), [])

    def test_braces_in_literals_and_comments_do_not_count(self):
        self.assertEqual(found("""\
            void F() {  // {{{
              Say("}}}", '}', R"({"a": "}"})", u8"}");
              /* } */ int n = 1'000'000;
            #define OPEN {
            }
            void G() {}
            """), [("F", 1, 5), ("G", 6, 6)])

    def test_a_test_macro_is_a_function(self):
        self.assertEqual(found("TEST(A, B) {\n  F({1, 2});\n}\n"), [("TEST", 1, 3)])

    def test_default_arguments_and_attributes(self):
        self.assertEqual(found("""\
            [[nodiscard]] Result<int> F(Options o = {}, int b = G({1})) noexcept {
              return 1;
            }
            """), [("F", 1, 3)])

    def test_a_long_function_inside_a_class_inside_a_namespace_is_measured(self):
        body = "x();\n" * 80
        code = "namespace {\nstruct A {\n int F(int a) {\n" + body + "}\n};\n}\n"
        self.assertEqual([f.lines for f in functions(code)], [82])


class CommentsTest(PlantedTreeTest):
    def test_places_are_kept(self):
        code = 'int a; // x\n/* y\n */ const char* s = "z // w"; int b;\n'
        bare = without_comments(code)
        self.assertEqual(len(bare), len(code))
        self.assertEqual(bare.index("int b"), code.index("int b"))
        self.assertNotIn("w", bare)
        self.assertIn("z // w", without_comments(code, keep_strings=True))


if __name__ == "__main__":
    unittest.main()
