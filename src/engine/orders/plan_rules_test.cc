// What the rules of a catalog add to an order, take out of it, put in sequence and refuse.
#include "engine/orders/plan_rules.h"

#include "engine/orders/plan_parameters.h"
#include "engine/orders/scenario_test.h"
#include "engine/orders/word_scripts_test.h"
#include "model/limits.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PlanRulesTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  // A product with the action add, and with delete where asked for.
  records::Product& Product(const std::string& name, const Lines& rules = {},
                            bool has_delete = false) {
    records::Product& product = products_[name];
    product.set_name(name);
    product.add_actions()->set_verb(records::ADD);
    product.mutable_actions(0)->add_decomposition("work");
    if (has_delete) {
      product.add_actions()->set_verb(records::DELETE);
      product.mutable_actions(1)->add_decomposition("work");
    }
    for (const std::string& rule : rules) product.add_rules()->set_rule(rule);
    return product;
  }
  void Rule(const std::string& name, const std::string& text) {
    records::Rule& rule = rules_[name];
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule)) << text;
    rule.set_name(name);
  }
  void When(const std::string& product, int use, const std::string& source) {
    auto& when = *products_[product].mutable_rules(use)->mutable_when();
    when.set_source(source);
    when.set_place("here");
  }
  ProductOrderRequest& Add(const std::string& id, const std::string& product,
                           records::Verb verb = records::ADD) {
    ProductOrderRequest& wanted = request_.product_orders.emplace_back();
    wanted.id = id;
    wanted.product = product;
    wanted.verb = verb;
    return wanted;
  }

  tl::expected<Plan, std::vector<FieldError>> Planned() {
    records::Catalog catalog;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        R"(technical_product_orders {
             name: "work" steps { name: "w" cartridge: "c" operation: "o" }
           }
           cartridges { name: "c" simulated {} })",
        &catalog));
    for (const auto& [name, product] : products_) *catalog.add_products() = product;
    for (const auto& [name, rule] : rules_) *catalog.add_rules() = rule;
    for (const auto& error : CheckCatalog(catalog, &scripts_)) {
      ADD_FAILURE() << error.path << ": " << error.detail;
    }
    catalog_ = Catalog::Make(std::move(catalog));
    return MakePlan(request_, *catalog_, {.now = now_, .scripts = &scripts_});
  }
  // "id@slice", and " by RULE" where one added it, in the order of the plan.
  Lines Slices() {
    const auto plan = Planned();
    if (!plan) {
      Lines lines;
      for (const FieldError& error : plan.error()) {
        lines.push_back(error.rule + " at " + error.field + ": " + error.detail);
      }
      return lines;
    }
    Lines lines;
    const records::OrderPart& part = plan->accepted->part();
    for (int i = 0; i < part.product_orders_size(); ++i) {
      const auto& product_order = part.product_orders(i);
      std::string line = product_order.id();
      for (const auto& technical : part.technical_orders()) {
        if (technical.product_order() == static_cast<std::uint32_t>(i)) {
          line += fmt::format("@{}", technical.slice());
        }
      }
      if (!product_order.added_by_rule().empty()) line += " by " + product_order.added_by_rule();
      lines.push_back(line);
    }
    return lines;
  }
  std::vector<FieldError> Errors() {
    auto plan = Planned();
    return plan ? std::vector<FieldError>{} : std::move(plan.error());
  }

  std::map<std::string, records::Product> products_;
  std::map<std::string, records::Rule> rules_;
  WordScripts scripts_;
  std::shared_ptr<const Catalog> catalog_;
  OrderRequest request_;
  Nanos now_ = 1000;
};

TEST_F(PlanRulesTest, PrependAppendAndValidationOfTheWorkedExample) {
  Product("po1", {"R1", "R2", "R3"});
  for (const char* name : {"po2", "po3", "po4", "po5", "po9"}) Product(name);
  Rule("R1", R"(prepend { products: "po3" products: "po4" products: "po9" add_missing: true })");
  Rule("R2", R"(append { products: "po2" })");
  Rule("R3", R"(validation { any_of { all_of: "po5" } any_of { all_of: "po2" all_of: "po3" } })");
  for (const char* name : {"po1", "po2", "po3", "po4"}) Add(name, name);
  EXPECT_THAT(Slices(), ElementsAre("po1@1", "po2@2", "po3@0", "po4@0", "po9@0 by R1"));
}

TEST_F(PlanRulesTest, AppendWithoutAddMissingHasNoEffectOnWhatIsNotThere) {
  Product("po1", {"R2"});
  Product("po2");
  Rule("R2", R"(append { products: "po2" })");
  Add("po1", "po1");
  EXPECT_THAT(Slices(), ElementsAre("po1@0"));
}

TEST_F(PlanRulesTest, WhatIsAddedBringsItsOwnRules) {
  Product("a", {"R1"});
  Product("b", {"R2"});
  Product("c", {"R3"});
  Rule("R1", R"(append { products: "b" add_missing: true })");
  Rule("R2", R"(append { products: "c" add_missing: true })");
  // What is there already, whoever brought it, is not added again.
  Rule("R3", R"(prepend { products: "a" products: "b" add_missing: true })");
  Add("x", "a");
  Add("y", "a");
  EXPECT_THAT(Slices(), ElementsAre("x@0", "y@0", "b@1 by R1", "c@2 by R2"));
}

TEST_F(PlanRulesTest, IdsOfWhatIsAddedDoNotClash) {
  Product("a", {"R1"});
  Product("b");
  Rule("R1", R"(prepend { products: "b" add_missing: true })");
  Add("b", "a");
  Add("b-2", "a");
  EXPECT_THAT(Slices(), ElementsAre("b@1", "b-2@1", "b-3@0 by R1"));
}

TEST_F(PlanRulesTest, RulesConcernTheSameAction) {
  Product("a", {"R1", "R2"}, true);
  Product("b", {}, true);
  Product("c");
  Rule("R1", R"(prepend { products: "b" add_missing: true })");
  Rule("R2", R"(append { products: "c" add_missing: true })");
  Add("a", "a", records::DELETE);
  Add("added", "b");
  // "b" is added for the delete although one is added; "c" cannot be deleted, so it is not missing.
  EXPECT_THAT(Slices(), ElementsAre("a@1", "added@0", "b@0 by R1"));
  EXPECT_EQ(Planned()->accepted->part().product_orders(2).verb(),
            static_cast<std::uint32_t>(records::DELETE));
  request_.product_orders[0].verb = records::NO_CHANGE;
  EXPECT_THAT(Slices(), ElementsAre("a", "added@0"));
}

TEST_F(PlanRulesTest, ParametersOfWhatIsAddedAreLookedUp) {
  Product("a", {"R1"});
  records::Product& added = Product("b");
  for (const char* name : {"own", "both", "far", "typed"}) {
    auto& parameter = *added.add_parameters();
    parameter.set_name(name);
    parameter.set_mandatory(true);
    if (std::string_view(name) == "typed") parameter.set_type(records::STRING);
  }
  Rule("R1", R"(prepend { products: "b" add_missing: true })");
  Add("x", "a").parameters =
      Fields::FromJsonText(R"({"own":1,"both":2,"more":3,"typed":"t"})").value();
  request_.dataset = Fields::FromJsonText(R"({"both":7,"far":8,"further":9})").value();
  const auto plan = Planned();
  ASSERT_TRUE(plan.has_value());
  const std::string& encoded = plan->accepted->part().product_orders(1).parameters();
  EXPECT_EQ(Fields::FromEncoded(encoded).ToJsonObject(),
            R"({"own":1,"both":2,"far":8,"typed":"t"})");

  request_.product_orders[0].parameters = Fields::FromJsonText(R"({"own":1,"typed":5})").value();
  request_.dataset = {};
  EXPECT_THAT(
      Slices(),
      ElementsAre("missing-parameter at /productOrders/0/parameters/both: parameter 'both' of "
                  "product 'b' is mandatory and has no default (rule 'R1' added it)",
                  HasSubstr("'far'"), HasSubstr("must be of type string, not 5 (rule 'R1'")));
}

TEST_F(PlanRulesTest, ExclusionRefusesOrDrops) {
  Product("a", {"R1"});
  Product("b");
  Rule("R1", R"(exclusion { products: "b" })");
  Add("x", "a");
  Add("y", "b");
  const auto errors = Errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].kind, FieldError::Kind::kRuleViolated);
  EXPECT_EQ(errors[0].field, "/productOrders/0");
  EXPECT_EQ(errors[0].rule, "R1");
  EXPECT_EQ(errors[0].detail,
            "rule 'R1' of product order 'x' (product 'a'): 'y' (product 'b') may not be in the "
            "same order");
}

TEST_F(PlanRulesTest, WhatDependsOnADroppedOneDependsOnWhatThatDependedOn) {
  Product("a", {"R1"});
  Product("b", {"R2"});
  Product("c");
  Rule("R1", R"(exclusion { products: "b" drop: true })");
  Rule("R2", R"(append { products: "c" add_missing: true })");  // goes with its product order
  Add("first", "a");
  Add("y", "b").depends_on = {"first"};
  Add("z", "b").depends_on = {"y"};
  Add("last", "a").depends_on = {"z"};
  EXPECT_THAT(Slices(), ElementsAre("first@0", "last@1"));
  EXPECT_THAT(Planned()->accepted->part().product_orders(1).depends_on(), ElementsAre(0U));
}

TEST_F(PlanRulesTest, WhatADroppedOneWouldHaveBroughtIsNoError) {
  Product("a", {"R1"});
  Product("b", {"R2"});
  auto& parameter = *Product("c").add_parameters();
  parameter.set_name("n");
  parameter.set_mandatory(true);
  Rule("R1", R"(exclusion { products: "b" drop: true })");
  Rule("R2", R"(prepend { products: "c" add_missing: true })");
  Add("y", "b");
  EXPECT_THAT(Slices(), ElementsAre(HasSubstr("missing-parameter")));
  Add("x", "a");
  EXPECT_THAT(Slices(), ElementsAre("x@0"));
}

TEST_F(PlanRulesTest, WhatARuleAddsIsNotDropped) {
  Product("a", {"R1", "R2"});
  Product("b");
  Rule("R1", R"(prepend { products: "b" add_missing: true })");
  Rule("R2", R"(exclusion { products: "b" drop: true })");
  Add("x", "a");
  const auto errors = Errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].rule, "R2");
  EXPECT_THAT(errors[0].detail, HasSubstr("'b' (product 'b', which rule 'R1' added)"));
}

TEST_F(PlanRulesTest, OfTwoThatExcludeEachOtherTheFirstStays) {
  Product("a", {"R1"});
  Product("b", {"R2"});
  Rule("R1", R"(exclusion { products: "b" drop: true })");
  Rule("R2", R"(exclusion { products: "a" drop: true })");
  Add("y", "b");
  Add("x", "a");
  EXPECT_THAT(Slices(), ElementsAre("y@0"));
}

TEST_F(PlanRulesTest, AProductMayExcludeASecondOfItself) {
  Product("a", {"R1"});
  Rule("R1", R"(exclusion { products: "a" })");
  Add("x", "a");
  EXPECT_THAT(Slices(), ElementsAre("x@0"));
  Add("y", "a");
  EXPECT_EQ(Errors().size(), 2U);
}

TEST_F(PlanRulesTest, ValidationSaysWhatIsMissing) {
  Product("a", {"R1"});
  for (const char* name : {"b", "c", "d"}) Product(name);
  Rule("R1", R"(validation { any_of { all_of: "b" } any_of { all_of: "c" all_of: "d" } })");
  Add("x", "a");
  Add("z", "a");
  auto errors = Errors();
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[1].field, "/productOrders/1");
  EXPECT_EQ(errors[0].rule, "R1");
  EXPECT_EQ(errors[0].kind, FieldError::Kind::kRuleViolated);
  EXPECT_EQ(errors[0].detail,
            "rule 'R1' of product order 'x' (product 'a'): the order lacks 'b', or 'c' and 'd', "
            "with action add");
  Add("y", "d");
  EXPECT_THAT(Errors()[0].detail, HasSubstr("lacks 'b', or 'c', with"));
  Add("w", "c");
  EXPECT_THAT(Errors(), IsEmpty());
}

TEST_F(PlanRulesTest, AvailabilityIsOfTheRequestedStartElseOfNow) {
  Product("a", {"R1"});
  Rule("R1", R"(availability { from: 1000 until: 2000 })");
  Add("x", "a");
  EXPECT_THAT(Slices(), ElementsAre("x@0"));
  now_ = 999;
  EXPECT_THAT(Errors()[0].detail, HasSubstr("from 1970-01-01T00:00:00.000001Z on; now is"));
  now_ = 2000;
  EXPECT_THAT(Errors()[0].detail, HasSubstr("it could be ordered until"));
  EXPECT_EQ(Errors()[0].kind, FieldError::Kind::kRuleViolated);
  request_.requested_start = 1999;
  EXPECT_THAT(Slices(), ElementsAre("x@0"));
  request_.requested_start = 5000;
  EXPECT_THAT(Errors()[0].detail, HasSubstr("the requested start is"));
}

TEST_F(PlanRulesTest, SubstitutionComesFirstAndIsStillKnownByItsOldName) {
  Product("old", {"R1"});
  Product("new", {"R2"});
  Product("a", {"R3", "R4"});
  Rule("R1", R"(substitution { product: "new" })");
  Rule("R2", R"(append { products: "a" })");
  Rule("R3", R"(validation { any_of { all_of: "old" } })");
  Rule("R4", R"(prepend { products: "old" add_missing: true })");
  Add("x", "a");
  Add("y", "old");
  EXPECT_THAT(Slices(), ElementsAre("x@1", "y@0"));
  const auto plan = Planned();
  EXPECT_EQ(catalog_->product(plan->accepted->part().product_orders(1).product()).name(), "new");
  request_.product_orders.pop_back();
  EXPECT_THAT(Slices(), ElementsAre("x@1", "old@0 by R4"));
}

TEST_F(PlanRulesTest, SubstitutionThatGoesRoundIsToldWithItsProducts) {
  Product("a", {"R1"});
  Product("b", {"R2"});
  Rule("R1", R"(substitution { product: "b" })");
  Rule("R2", R"(substitution { product: "a" })");
  When("b", 0, "yes");
  Add("x", "a");
  EXPECT_THAT(Slices(), ElementsAre("substitution-cycle at /productOrders/0/product: rules replace "
                                    "products without end: 'a' -> 'b' -> 'a'"));
}

TEST_F(PlanRulesTest, CycleThroughRulesIsMalformedAndNamesThem) {
  Product("a", {"R1"});
  Product("b");
  Rule("R1", R"(prepend { products: "b" })");
  Add("x", "a");
  Add("y", "b").depends_on = {"x"};
  const auto errors = Errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].rule, "dependency-cycle");
  EXPECT_EQ(errors[0].kind, FieldError::Kind::kMalformed);
  EXPECT_EQ(errors[0].detail, "'x' waits by rule 'R1' for 'y' waits for 'x'");
}

TEST_F(PlanRulesTest, ConditionsOfRules) {
  Product("a", {"R1", "R2"});
  Product("b");
  Product("c");
  Rule("R1", R"(prepend { products: "b" add_missing: true })");
  Rule("R2", R"(prepend { products: "c" add_missing: true })");
  When("a", 0, "no");
  When("a", 1, "has n");
  Add("x", "a");
  EXPECT_THAT(Slices(), ElementsAre("x@0"));
  request_.product_orders[0].parameters.Add("n", "1");
  EXPECT_THAT(Slices(), ElementsAre("x@1", "c@0 by R2"));
  When("a", 0, "fail");
  EXPECT_THAT(Slices(), ElementsAre("script-failed at /productOrders/0: product order 'x' (product "
                                    "'a'): here, line 1: it failed"));
}

TEST_F(PlanRulesTest, ConditionOfASubstitutionSeesDefaults) {
  Product("a", {"R1"});
  Product("b");
  auto& parameter = *products_["a"].add_parameters();
  parameter.set_name("n");
  Rule("R1", R"(substitution { product: "b" })");
  When("a", 0, "has n");
  Add("x", "a");
  EXPECT_EQ(Planned()->accepted->part().product_orders(0).product(), 0U);
  products_["a"].mutable_parameters(0)->set_default_json("1");
  EXPECT_EQ(Planned()->accepted->part().product_orders(0).product(), 1U);
}

TEST_F(PlanRulesTest, MalformedAndViolatedAreToldTogether) {
  Product("a", {"R1"});
  Product("b");
  auto& parameter = *products_["a"].add_parameters();
  parameter.set_name("n");
  parameter.set_mandatory(true);
  Rule("R1", R"(validation { any_of { all_of: "b" } })");
  Add("x", "a");
  EXPECT_THAT(Slices(), ElementsAre(HasSubstr("missing-parameter"), HasSubstr("R1 at")));
  Add("y", "none");
  EXPECT_THAT(Slices(), ElementsAre(HasSubstr("missing-parameter"), HasSubstr("unknown-product")));
}

TEST_F(PlanRulesTest, TmfItemsNameThePlace) {
  Product("a", {"R1"});
  Product("b");
  Rule("R1", R"(validation { any_of { all_of: "b" } })");
  Add("x", "a");
  request_.source = OrderRequest::Source::kTmf641;
  EXPECT_EQ(Errors().at(0).field, "/serviceOrderItem/0");
}

TEST_F(PlanRulesTest, StepsOfRulesHaveALimit) {
  Product("a", {"R1"});
  std::string names;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = fmt::format("p{}", i);
    names += fmt::format("products: \"{}\" ", name);
    Product(name);
  }
  Rule("R1", "append { " + names + "}");
  for (std::size_t i = 0; i <= kRuleStepsMax / 1000; ++i) Add(fmt::format("x{}", i), "a");
  EXPECT_THAT(Slices(), ElementsAre(HasSubstr("too-many-rules")));
}

}  // namespace
}  // namespace cairn::testing
