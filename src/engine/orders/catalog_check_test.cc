// For each rule of a catalog the smallest change of a good one that breaks it.
#include "engine/orders/catalog_check.h"

#include "engine/orders/broken_catalog_test.h"
#include "model/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

using ::testing::HasSubstr;

TEST(CatalogCheck, AGoodCatalogHasNoErrors) {
  EXPECT_TRUE(CheckCatalog(GoodCatalog()).empty());
  EXPECT_TRUE(CheckCatalog(records::Catalog{}).empty());
}

TEST(CatalogCheck, Names) {
  const std::string long_name(kNameBytesMax + 1, 'z');
  const std::vector<Case> cases = {
      {"empty-name", "/products/",
       [](Cat& c) {
         c.add_products()->CopyFrom(c.products(1));
         c.mutable_products(2)->clear_name();
         c.mutable_products()->SwapElements(1, 2);
         c.mutable_products()->SwapElements(0, 1);
       }},
      {"name-too-long", "/cartridges/" + long_name,
       [&](Cat& c) {
         c.add_cartridges()->CopyFrom(c.cartridges(2));
         c.mutable_cartridges(3)->set_name(long_name);
       }},
      {"bad-name", "/products/x~1y",
       [](Cat& c) {
         c.add_products()->CopyFrom(c.products(1));
         c.mutable_products(2)->set_name("x/y");
       }},
      {"duplicate-name", "/products/site",
       [](Cat& c) { c.add_products()->CopyFrom(c.products(1)); }},
      {"not-sorted", "/products/a",
       [](Cat& c) {
         c.add_products()->CopyFrom(c.products(1));
         c.mutable_products(2)->set_name("a");
       }},
      {"bad-name", "/technicalProductOrders/hlr/steps/1",
       [](Cat& c) { Hlr(c).mutable_steps(1)->set_name("-x"); }},
      {"duplicate-name", "/technicalProductOrders/hlr/steps/2",
       [](Cat& c) { Hlr(c).mutable_steps(2)->set_name("create"); }},
      {"bad-name", "/technicalProductOrders/hlr/steps/1/operation",
       [](Cat& c) { Hlr(c).mutable_steps(1)->set_operation("a b"); }},
      {"duplicate-name", "/products/line/parameters/plan",
       [](Cat& c) { Line(c).add_parameters()->set_name("plan"); }},
      {"text-too-long", "/products/line/description",
       [](Cat& c) { Line(c).set_description(std::string(kTextBytesMax + 1, 'd')); }},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
}

TEST(CatalogCheck, ReferencesExist) {
  const std::vector<Case> cases = {
      {"unknown-technical-product-order", "/products/line/actions/add/decomposition/1",
       [](Cat& c) { Line(c).mutable_actions(0)->set_decomposition(1, "maiil"); },
       "did you mean 'mail'?"},
      {"unknown-product", "/products/line/after/0",
       [](Cat& c) { Line(c).set_after(0, "nowhere"); }},
      {"unknown-technical-product-order", "/technicalProductOrders/mail/after/0",
       [](Cat& c) { c.mutable_technical_product_orders(1)->set_after(0, "nowhere"); }},
      {"unknown-cartridge", "/technicalProductOrders/hlr/steps/1/cartridge",
       [](Cat& c) { Hlr(c).mutable_steps(1)->set_cartridge("sin"); }, "did you mean 'sim'?"},
      {"empty-name", "/technicalProductOrders/hlr/steps/1/cartridge",
       [](Cat& c) { Hlr(c).mutable_steps(1)->clear_cartridge(); }},
      {"unknown-operation", "/technicalProductOrders/hlr/steps/0/operation",
       [](Cat& c) { Hlr(c).mutable_steps(0)->set_operation("ports"); }, "did you mean 'port'?"},
      {"missing-input", "/technicalProductOrders/hlr/steps/0",
       [](Cat& c) { Hlr(c).mutable_steps(0)->clear_input(); }, "{msisdn}"},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
}

TEST(CatalogCheck, Cycles) {
  const std::vector<Case> cases = {
      {"cycle", "/products/site/after/0", [](Cat& c) { c.mutable_products(1)->add_after("line"); },
       "line -> site -> line"},
      {"cycle", "/products/site/after/0", [](Cat& c) { c.mutable_products(1)->add_after("site"); },
       "site -> site"},
      {"sequence-against-after", "/products/line/actions/add/decomposition/0",
       [](Cat& c) {
         Hlr(c).add_after("mail");
         c.mutable_technical_product_orders(1)->clear_after();
       }},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
  records::Catalog catalog = GoodCatalog();
  Line(catalog).mutable_actions(0)->set_in_sequence(false);
  Hlr(catalog).add_after("mail");
  const auto errors = CheckCatalog(catalog);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].rule, "cycle");
  EXPECT_EQ(errors[0].path, "/technicalProductOrders/mail/after/0");
  EXPECT_THAT(errors[0].detail, HasSubstr("hlr -> mail -> hlr"));
}

TEST(CatalogCheck, ALongChainIsNoCycleAndNeedsNoStack) {
  records::Catalog catalog = GoodCatalog();
  catalog.clear_products();
  catalog.clear_rules();
  for (int i = 0; i < kCatalogProductsMax; ++i) {
    records::Product& product = *catalog.add_products();
    product.set_name("p" + std::to_string(100'000 + i));
    product.add_actions()->set_verb(records::ADD);
    product.mutable_actions(0)->add_decomposition("hlr");
    if (i > 0) {
      product.add_after(catalog.products(i - 1).name());
    }
  }
  EXPECT_TRUE(CheckCatalog(catalog).empty());
  catalog.mutable_products(0)->add_after(catalog.products(kCatalogProductsMax - 1).name());
  const auto errors = CheckCatalog(catalog);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].rule, "cycle");
}

TEST(CatalogCheck, Parameters) {
  const std::string pattern_path = "/products/line/parameters/msisdn/pattern";
  const std::string default_path = "/products/line/parameters/plan/default";
  const auto with_default = [](records::ParameterType type, const char* json) {
    return [type, json](Cat& c) {
      Line(c).mutable_parameters(1)->set_type(type);
      Line(c).mutable_parameters(1)->set_default_json(json);
    };
  };
  const std::vector<Case> cases = {
      {"bad-pattern", pattern_path,
       [](Cat& c) { Line(c).mutable_parameters(0)->set_pattern("("); }},
      {"bad-pattern", pattern_path,
       [](Cat& c) { Line(c).mutable_parameters(0)->set_pattern("((a{1000}){1000}){1000}"); }},
      {"pattern-too-long", pattern_path,
       [](Cat& c) {
         Line(c).mutable_parameters(0)->set_pattern(std::string(kPatternBytesMax + 1, 'a'));
       }},
      {"pattern-needs-string", pattern_path,
       [](Cat& c) { Line(c).mutable_parameters(0)->set_type(records::INTEGER); }},
      {"default-not-of-pattern", default_path,
       [](Cat& c) { Line(c).mutable_parameters(1)->set_pattern("[A-Z]+"); }},
      {"default-not-of-type", default_path, with_default(records::STRING, "1")},
      {"default-not-of-type", default_path, with_default(records::INTEGER, "1.5")},
      {"default-not-of-type", default_path, with_default(records::INTEGER, "1e3")},
      {"default-not-of-type", default_path, with_default(records::NUMBER, "\"1\"")},
      {"default-not-of-type", default_path, with_default(records::BOOLEAN, "0")},
      {"default-not-of-type", default_path, with_default(records::OBJECT, "[]")},
      {"default-not-of-type", default_path, with_default(records::ARRAY, "{}")},
      {"bad-json", default_path, with_default(records::ARRAY, "[")},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
  for (const auto& [type, json] : std::vector<std::pair<records::ParameterType, const char*>>{
           {records::INTEGER, "123456789012345678901234567890"},
           {records::NUMBER, "1.50"},
           {records::BOOLEAN, "false"},
           {records::OBJECT, "{}"},
           {records::ARRAY, "[1]"},
           {records::PARAMETER_TYPE_UNSPECIFIED, "null"}}) {
    records::Catalog catalog = GoodCatalog();
    with_default(type, json)(catalog);
    EXPECT_TRUE(CheckCatalog(catalog).empty()) << json;
  }
}

TEST(CatalogCheck, ActionsAndSelectors) {
  const std::vector<Case> cases = {
      {"no-actions", "/products/line", [](Cat& c) { Line(c).clear_actions(); }},
      {"empty-decomposition", "/products/line/actions/add",
       [](Cat& c) { Line(c).mutable_actions(0)->clear_decomposition(); }},
      {"duplicate-name", "/products/line/actions/add",
       [](Cat& c) { Line(c).mutable_actions(1)->set_verb(records::ADD); }},
      {"unknown-action", "/products/line/actions/unknown",
       [](Cat& c) { Line(c).mutable_actions(1)->set_verb(records::VERB_UNSPECIFIED); }},
      {"duplicate-name", "/products/line/actions/add/decomposition/2",
       [](Cat& c) { Line(c).mutable_actions(0)->add_decomposition("hlr"); }},
      {"too-many", "/products/line/actions/delete/decomposition",
       [](Cat& c) {
         for (int i = 0; i < kCatalogListMax; ++i) {
           Line(c).mutable_actions(1)->add_decomposition("x");
         }
       }},
      {"empty-selector", "/products/site/selectors/0",
       [](Cat& c) { c.mutable_products(1)->add_selectors(); }},
      {"ambiguous-selector", "/products/site/selectors/0",
       [](Cat& c) { *c.mutable_products(1)->add_selectors() = Line(c).selectors(0); },
       "'line' has the same"},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
}

TEST(CatalogCheck, Processes) {
  const std::string steps = "/technicalProductOrders/hlr/steps";
  const std::vector<Case> cases = {
      {"no-steps", "/technicalProductOrders/hlr", [](Cat& c) { Hlr(c).clear_steps(); }},
      {"too-many", steps,
       [](Cat& c) {
         while (static_cast<std::size_t>(Hlr(c).steps_size()) <= kStepsPerProcessMax) {
           Hlr(c).add_steps();
         }
       }},
      {"after-not-smaller", steps + "/1/after/0",
       [](Cat& c) { Hlr(c).mutable_steps(1)->set_after(0, 1); }},
      {"not-an-earlier-step", steps + "/2/input/imsi",
       [](Cat& c) { *Hlr(c).mutable_steps(2)->add_input() = Hlr(c).steps(3).input(0); },
       "'data' uses the output of 'create'"},
      {"not-an-earlier-step", steps + "/0/input/x",
       [](Cat& c) {
         records::Mapping& mapping = *Hlr(c).mutable_steps(0)->add_input();
         mapping.set_target("x");
         mapping.mutable_output()->set_step(0);
         mapping.mutable_output()->set_field("x");
       }},
      {"unknown-step", steps + "/3/input/imsi",
       [](Cat& c) { Hlr(c).mutable_steps(3)->mutable_input(0)->mutable_output()->set_step(4); }},
      {"no-source", steps + "/3/input/text",
       [](Cat& c) { Hlr(c).mutable_steps(3)->mutable_input(2)->clear_source(); }},
      {"bad-json", steps + "/3/input/text",
       [](Cat& c) { Hlr(c).mutable_steps(3)->mutable_input(2)->set_literal_json("{"); }},
      {"bad-json", steps + "/0/input/msisdn/default",
       [](Cat& c) { Hlr(c).mutable_steps(0)->mutable_input(0)->set_default_json("nul"); }},
      {"duplicate-name", steps + "/3/input/imsi",
       [](Cat& c) { Hlr(c).mutable_steps(3)->mutable_input(1)->set_target("imsi"); }},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
}

TEST(CatalogCheck, TheWholeHasLimits) {
  const std::vector<Case> cases = {
      {"too-large", "",
       [](Cat& c) {
         for (std::size_t i = 0; i <= kCatalogBytesMax / kTextBytesMax; ++i) {
           c.add_products()->set_description(std::string(kTextBytesMax, 'd'));
         }
       }},
      {"too-many", "/cartridges",
       [](Cat& c) {
         while (c.cartridges_size() <= kCatalogCartridgesMax) {
           c.add_cartridges();
         }
       }},
  };
  for (const Case& one : cases) {
    ExpectOneError(one);
  }
}

TEST(CatalogCheck, StopsAfterSoManyErrors) {
  records::Catalog catalog = GoodCatalog();
  for (int i = 0; i < kCatalogListMax - 1; ++i) {
    Line(catalog).add_after("nowhere");
  }
  const auto errors = CheckCatalog(catalog);
  ASSERT_EQ(errors.size(), kCatalogErrorsMax);
  EXPECT_EQ(errors.front().rule, "unknown-product");
  EXPECT_EQ(errors.back().rule, "too-many-errors");
}

TEST(NearestName, FindsSlipsOnly) {
  const std::vector<std::string_view> known = {"decomposition", "inSequence", "add"};
  EXPECT_EQ(NearestName("decompositon", known), "decomposition");
  EXPECT_EQ(NearestName("insequence", known), "inSequence");
  EXPECT_EQ(NearestName("ad", known), "add");
  EXPECT_EQ(NearestName("x", known), "");
  EXPECT_EQ(NearestName("", known), "");
  EXPECT_EQ(NearestName("something", known), "");
  EXPECT_EQ(NearestName(std::string(1000, 'x'), known), "");
}

TEST(CatalogCheck, Rules) {
  const auto use = [](Cat& c, int product, const std::string& rule) {
    c.mutable_products(product)->add_rules()->set_rule(rule);
  };
  const std::vector<Case> cases = {
      {"unknown-product", "/rules/r1/prepend/1",
       [](Cat& c) { c.mutable_rules(0)->mutable_prepend()->add_products("sit"); },
       "did you mean 'site'"},
      {"duplicate-name", "/rules/r1/prepend/1",
       [](Cat& c) { c.mutable_rules(0)->mutable_prepend()->add_products("site"); }},
      {"empty-list", "/rules/r1/exclusion",
       [](Cat& c) { c.mutable_rules(0)->mutable_exclusion(); }},
      {"empty-list", "/rules/r1/validation",
       [](Cat& c) { c.mutable_rules(0)->mutable_validation(); }},
      {"empty-list", "/rules/r2/validation/2",
       [](Cat& c) { c.mutable_rules(1)->mutable_validation()->add_any_of(); }},
      {"unknown-product", "/rules/r1/substitution",
       [](Cat& c) { c.mutable_rules(0)->mutable_substitution()->set_product("x"); }},
      {"empty-window", "/rules/r1/availability",
       [](Cat& c) { c.mutable_rules(0)->mutable_availability(); }},
      {"empty-window", "/rules/r1/availability",
       [](Cat& c) {
         c.mutable_rules(0)->mutable_availability()->set_from(5);
         c.mutable_rules(0)->mutable_availability()->set_until(5);
       }},
      {"unknown-rule-kind", "/rules/r2", [](Cat& c) { c.mutable_rules(1)->clear_kind(); }},
      {"not-sorted", "/rules/r1", [](Cat& c) { c.mutable_rules()->SwapElements(0, 1); }},
      {"unknown-rule", "/products/line/rules/0", [&](Cat& c) { use(c, 0, "r3"); }},
      {"duplicate-name", "/products/line/rules/1",
       [&](Cat& c) {
         use(c, 0, "r2");
         use(c, 0, "r2");
       }},
      {"too-many", "/products/line/rules",
       [&](Cat& c) {
         for (std::size_t i = 0; i <= kRulesPerProductMax; ++i) use(c, 0, "r2");
       }},
      {"never-added", "/products/site/rules/0",
       [&](Cat& c) {
         c.mutable_products(0)->clear_after();
         c.mutable_products(0)->mutable_actions(0)->set_verb(records::MODIFY);
         c.mutable_rules(0)->mutable_append()->add_products("line");
         c.mutable_rules(0)->mutable_append()->set_add_missing(true);
         use(c, 1, "r1");
       }},
      // "line" goes after "site" by its definition, and would go before it by the rule.
      {"cycle", "/products/line/rules/0",
       [&](Cat& c) {
         c.mutable_rules(0)->mutable_append()->add_products("site");
         use(c, 0, "r1");
       },
       "line -> site -> line"},
      {"cycle", "/products/line/rules/0",
       [&](Cat& c) {
         c.mutable_rules(0)->mutable_substitution()->set_product("line");
         use(c, 0, "r1");
       },
       "each of these is replaced by the next: line -> line"},
      {"no-scripts", "/products/line/rules/0/when",
       [&](Cat& c) {
         use(c, 0, "r2");
         c.mutable_products(0)->mutable_rules(0)->mutable_when()->set_source("true");
       }},
  };
  for (const Case& one : cases) ExpectOneError(one);
}

TEST(CatalogCheck, ValuesAndRangesOfParameters) {
  const auto plan = [](Cat& c) -> records::Parameter& { return *Line(c).mutable_parameters(1); };
  const auto number = [&](Cat& c, std::string_view minimum, std::string_view maximum,
                          std::string_view fallback) {
    plan(c).set_type(records::NUMBER);
    plan(c).set_minimum(std::string(minimum));
    plan(c).set_maximum(std::string(maximum));
    plan(c).set_default_json(std::string(fallback));
  };
  const std::string path = "/products/line/parameters/plan";
  const std::vector<Case> cases = {
      {"value-not-of-type", path + "/enum/1",
       [&](Cat& c) {
         plan(c).add_one_of("\"basic\"");
         plan(c).add_one_of("1");
       }},
      {"default-not-allowed", path + "/default", [&](Cat& c) { plan(c).add_one_of("\"gold\""); }},
      {"bad-json", path + "/enum/1",
       [&](Cat& c) {
         plan(c).add_one_of("\"basic\"");
         plan(c).add_one_of("{");
       }},
      {"range-needs-number", path, [&](Cat& c) { plan(c).set_minimum("1"); }},
      {"bad-number", path + "/minimum", [&](Cat& c) { number(c, "x", "2", "1"); }},
      {"empty-range", path + "/maximum", [&](Cat& c) { number(c, "2.5", "2.4999", ""); }},
      {"default-out-of-range", path + "/default", [&](Cat& c) { number(c, "1", "2", "2.01"); }},
      {"default-out-of-range", path + "/default", [&](Cat& c) { number(c, "1", "2", "0.99"); }},
  };
  for (const Case& one : cases) ExpectOneError(one);
  records::Catalog good = GoodCatalog();
  number(good, "1e2", "100.0", "100");
  plan(good).add_one_of("1.0e2");
  EXPECT_TRUE(CheckCatalog(good).empty());
}

}  // namespace
}  // namespace cairn::testing
