// What rules and their uses become, and for each mistake the line and the rule.
#include "adapters/catalog_yaml/catalog_yaml.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Takes every script but "wrong".
class AnyScript final : public ScriptEngine {
 public:
  tl::expected<void, ScriptError> Check(ScriptText script, ScriptForm) override {
    if (script.source != "wrong") return {};
    return tl::unexpected(ScriptError{std::string(script.place), 1, "it is wrong", false});
  }
  tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText, ScriptForm,
                                                   const ScriptScope&) override {
    return ScriptResult{"true", {}};
  }
};

constexpr const char* kRest = R"(
technicalProductOrders:
  work: {process: {workOrder: work, cartridge: net}}
cartridges:
  net: {type: simulated}
)";

constexpr const char* kRules = R"(rules:
  validate: {validation: [b, [a, c]], description: For people}
  first: {prepend: [b, c], addMissing: true}
  last: {append: [c]}
  drop: {exclusion: [x], drop: true}
  refuse: {exclusion: [x]}
  replace: {substitution: b}
  while:
    availability: {from: 2026-01-01T00:00:00Z, until: "1970-01-01T00:00:00.000000005Z"}
products:
  a:
    parameters:
      n: {type: number, minimum: -1.50, maximum: 1e3, enum: [1, 2.50], secret: true}
    rules: [last, {rule: validate, when: parameters.n > 1}, drop]
    actions: {add: {decomposition: [work]}}
  b: {actions: {add: {decomposition: [work]}}}
  c: {actions: {add: {decomposition: [work]}}}
  x: {actions: {add: {decomposition: [work]}}}
)";

std::string Good() {
  std::string text = std::string(kRules) + kRest;
  const std::string wrong = ", until: \"1970-01-01T00:00:00.000000005Z\"";
  text.erase(text.find(wrong), wrong.size());
  return text;
}

TEST(RuleReader, BecomeRecords) {
  AnyScript scripts;
  const auto loaded = ReadCatalog({{"a.yaml", Good()}}, &scripts);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().front().ToString();
  records::Catalog wanted = loaded->catalog->records();
  ASSERT_EQ(wanted.rules_size(), 7);
  wanted.clear_rules();
  wanted.mutable_products(0)->clear_rules();
  wanted.mutable_products(0)->clear_parameters();
  ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(R"(
    rules { name: "drop" exclusion { products: "x" drop: true } }
    rules { name: "first" prepend { products: "b" products: "c" add_missing: true } }
    rules { name: "last" append { products: "c" } }
    rules { name: "refuse" exclusion { products: "x" } }
    rules { name: "replace" substitution { product: "b" } }
    rules {
      name: "validate" description: "For people"
      validation { any_of { all_of: "b" } any_of { all_of: "a" all_of: "c" } }
    }
    rules { name: "while" availability { from: 1767225600000000000 } }
  )",
                                                            &wanted));
  ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(R"(
    parameters {
      name: "n" type: NUMBER minimum: "-1.50" maximum: "1e3" one_of: "1" one_of: "2.50" secret: true
    }
    rules { rule: "last" }
    rules {
      rule: "validate"
      when { source: "parameters.n > 1" place: "products/a/rules/1/when" }
    }
    rules { rule: "drop" }
  )",
                                                            wanted.mutable_products(0)));
  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(wanted, loaded->catalog->records())) << difference;
}

TEST(RuleReader, MistakesHaveLines) {
  struct Mistake {
    const char* from;
    const char* to;
    const char* place;
    const char* message;
  };
  const std::vector<Mistake> mistakes = {
      {"append: [c]", "append: [d]", "4 unknown-product", "there is no product 'd'"},
      {"append: [c]", "append: []", "4 empty-list", "at least one product"},
      {"append: [c]", "append: c", "4 wrong-type", "must be a list"},
      {"append: [c]", "appends: [c]", "4 unknown-key", "did you mean 'append'?"},
      {"append: [c]", "", "4 unknown-rule-kind", "needs one of prepend"},
      {"append: [c]", "append: [c], drop: true", "4 unknown-key", "no key 'drop'"},
      {"append: [c]", "append: [c], prepend: [c]", "4 two-rule-kinds", "'append' and 'prepend'"},
      {"addMissing: true", "addMissing: yes", "3 wrong-type", "true or false"},
      {"[b, [a, c]]", "[b, [a, [c]]]", "2 wrong-type", "must be a text"},
      {"[b, [a, c]]", "[b, [a, d]]", "2 unknown-product", "'d'"},
      {"substitution: b", "substitution: [b]", "7 wrong-type", "must be a text"},
      {"2026-01-01T00:00:00Z", "soon", "9 bad-time", "soon"},
      {"from: 2026-01-01T00:00:00Z", "form: x", "9 unknown-key", "did you mean 'from'?"},
      {"[last, {", "[lats, {", "14 unknown-rule", "did you mean 'last'?"},
      {"when: parameters.n > 1", "when: wrong", "14 bad-script",
       "products/a/rules/1/when, line 1: it is wrong"},
      {"when: parameters.n > 1", "wenn: x", "14 unknown-key", "did you mean 'when'?"},
      {"rule: validate, ", "", "14 missing-key", "needs 'rule'"},
      {"maximum: 1e3", "maximum: much", "13 bad-number", "the maximum of 'n'"},
      {"enum: [1, 2.50]", "enum: [one]", "13 value-not-of-type", "type number"},
  };
  AnyScript scripts;
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.to);
    std::string text = Good();
    const std::size_t at = text.find(mistake.from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, std::string_view(mistake.from).size(), mistake.to);
    const auto loaded = ReadCatalog({{"a.yaml", text}}, &scripts);
    ASSERT_FALSE(loaded.has_value());
    std::vector<std::string> places;
    for (const CatalogProblem& problem : loaded.error()) {
      places.push_back(fmt::format("{} {}", problem.line, problem.rule));
    }
    EXPECT_THAT(places, ElementsAre(mistake.place));
    EXPECT_THAT(loaded.error().front().message, HasSubstr(mistake.message));
  }
}

TEST(RuleReader, AWindowThatIsNeverOpenIsAMistake) {
  AnyScript scripts;
  const auto loaded = ReadCatalog({{"a.yaml", std::string(kRules) + kRest}}, &scripts);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().front().ToString(),
            "a.yaml:9: 'until' must be after 'from' (empty-window)");
}

TEST(RuleReader, DecompositionsAndDatasets) {
  AnyScript scripts;
  const auto read = [&](const std::string& decomposition, const std::string& dataset) {
    return ReadCatalog(
        {{"a.yaml", "products:\n  a: {actions: {add: {decomposition: " + decomposition + "}}}\n" +
                        "technicalProductOrders:\n  work:\n    dataset: " + dataset +
                        "\n    process: {workOrder: work, cartridge: net}\n" +
                        "cartridges: {net: {type: simulated}}\n"}},
        &scripts);
  };
  const auto good = read(R"([{technicalProductOrder: work, when: "x > 1"}])",
                         R"({b: $n, a: {expression: "n + 1", default: 0}, c: {from: $x, default: y},
                             d: $$x, e: 1.10, f: {literal: {from: $x}}})");
  ASSERT_TRUE(good.has_value()) << good.error().front().ToString();
  records::Catalog wanted;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"(
    products {
      name: "a"
      actions {
        verb: ADD decomposition: "work"
        decomposition_when { source: "x > 1" place: "products/a/actions/add/decomposition/0/when" }
      }
    }
    technical_product_orders {
      name: "work"
      steps { name: "work" operation: "work" cartridge: "net" }
      dataset {
        target: "a" default_json: "0"
        expression { source: "n + 1" place: "technicalProductOrders/work/dataset/a/expression" }
      }
      dataset { target: "b" parameter: "n" }
      dataset { target: "c" parameter: "x" default_json: '"y"' }
      dataset { target: "d" literal_json: '"$x"' }
      dataset { target: "e" literal_json: "1.10" }
      dataset { target: "f" literal_json: '{"from":"$x"}' }
    }
    cartridges { name: "net" simulated {} }
  )",
                                                            &wanted));
  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(wanted, good->catalog->records())) << difference;

  const auto error = [&](const std::string& decomposition, const std::string& dataset) {
    const auto loaded = read(decomposition, dataset);
    return loaded ? std::string("none") : loaded.error().front().ToString();
  };
  EXPECT_THAT(error("[{when: x}]", "{}"), HasSubstr("a.yaml:2: a part of a decomposition needs"));
  EXPECT_THAT(error("[{technicalProductOrder: work, if: x}]", "{}"), HasSubstr("unknown-key"));
  EXPECT_THAT(error("[{technicalProductOrder: work, when: ''}]", "{}"), HasSubstr("empty-script"));
  EXPECT_THAT(error("[{technicalProductOrder: work, when: wrong}]", "{}"),
              HasSubstr("decomposition/0/when, line 1: it is wrong (bad-script)"));
  EXPECT_THAT(error("[work]", "{a: $w.x}"), HasSubstr("a.yaml:5: 'a' is filled when"));
  EXPECT_THAT(error("[work]", "{a: ['$x']}"), HasSubstr("nested-reference"));
  EXPECT_THAT(error("[work]", "{a: {expression: wrong}}"), HasSubstr("bad-script"));
  EXPECT_THAT(error("[work]", "{a: {from: x}}"), HasSubstr("bad-reference"));
}

TEST(RuleReader, WithoutSomethingToRunThemScriptsAreRefused) {
  const auto loaded = ReadCatalog({{"a.yaml", Good()}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().front().rule, "no-scripts");
}

}  // namespace
}  // namespace cairn
