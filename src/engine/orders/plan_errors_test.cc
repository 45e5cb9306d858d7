// One answer tells all that is wrong with an order, also where one error hides the meaning of a
// part of it.
#include "engine/orders/plan.h"
#include "engine/orders/scenario_test.h"
#include "model/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cairn::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PlanErrorsTest : public ::testing::Test {
 protected:
  void Add(const std::string& id, const std::string& product,
           const std::vector<std::string>& depends_on = {}) {
    ProductOrderRequest& wanted = request_.product_orders.emplace_back();
    wanted.id = id;
    wanted.product = product;
    wanted.depends_on = depends_on;
  }
  // "rule: detail", one for each error.
  std::vector<std::string> Errors() {
    std::vector<std::string> lines;
    if (catalog_ == nullptr) catalog_ = sketch_.Make();
    const auto plan = MakePlan(request_, *catalog_);
    if (!plan) {
      for (const FieldError& error : plan.error()) {
        lines.push_back(error.rule + " at " + error.field + ": " + error.detail);
      }
    }
    return lines;
  }

  CatalogSketch sketch_;
  std::shared_ptr<const Catalog> catalog_;
  OrderRequest request_;
};

TEST_F(PlanErrorsTest, DependenciesAreToldBesideUnknownProducts) {
  sketch_.NeedProduct("A");
  Add("a", "none");
  Add("b", "A", {"a", "x"});
  Add("c", "A", {"d"});
  Add("d", "A", {"c"});
  EXPECT_THAT(Errors(), ElementsAre("unknown-product at /productOrders/0/product: the catalog has "
                                    "no product 'none'",
                                    "unknown-product-order at /productOrders/1/dependsOn/1: the "
                                    "order has no product order 'x'",
                                    "dependency-cycle at /productOrders/2/dependsOn: 'c' waits for "
                                    "'d' waits for 'c'"));
}

TEST_F(PlanErrorsTest, CycleThroughAProductOrderOfAnUnknownProductIsToldToo) {
  sketch_.NeedProduct("A");
  Add("a", "none", {"b"});
  Add("b", "A", {"a"});
  EXPECT_THAT(Errors(), ElementsAre(HasSubstr("unknown-product"), HasSubstr("dependency-cycle")));
}

TEST_F(PlanErrorsTest, EveryCycleIsTold) {
  sketch_.NeedProduct("A");
  Add("a", "A", {"b"});
  Add("b", "A", {"a"});
  Add("c", "A", {"c", "a"});
  EXPECT_THAT(Errors(), ElementsAre(HasSubstr("'a' waits for 'b' waits for 'a'"),
                                    HasSubstr("'c' waits for 'c'")));
}

TEST_F(PlanErrorsTest, CyclesOfTechnicalOrdersAreToldBesideOtherErrors) {
  // Q goes after every P of the order; the order wants the P of "t" after the Q of "m".
  sketch_.Process("P: do");
  sketch_.Process("Q after P: do");
  sketch_.Product("T: P");
  sketch_.Product("M: Q");
  Add("m", "M");
  Add("u", "none", {"m"});
  Add("t", "T", {"u"});
  EXPECT_THAT(Errors(),
              ElementsAre(HasSubstr("unknown-product"),
                          HasSubstr("'Q' of 'm' waits for 'P' of 't' waits for 'Q' of 'm'")));
}

TEST_F(PlanErrorsTest, DependencyOnAnIdThatStandsTwiceMakesNoCycle) {
  sketch_.NeedProduct("A");
  Add("a", "A", {"b"});
  Add("b", "A", {"a"});
  Add("a", "A");
  EXPECT_THAT(Errors(), ElementsAre(HasSubstr("duplicate-id at /productOrders/2/id")));
}

TEST_F(PlanErrorsTest, LongCycleIsNotWrittenOutWhole) {
  sketch_.NeedProduct("A");
  for (int i = 0; i < 1000; ++i) {
    Add(fmt::format("p{}", i), "A", {fmt::format("p{}", (i + 1) % 1000)});
  }
  const auto errors = Errors();
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0], HasSubstr("'p19' waits for (980 more) waits for 'p0'"));
}

TEST_F(PlanErrorsTest, CyclesCountTowardsTheLimitOfErrors) {
  sketch_.NeedProduct("A");
  for (std::size_t i = 0; i < kPlanErrorsMax; ++i) {
    const std::string id = fmt::format("p{}", i);
    Add(id, "A", {id});
  }
  Add("last", "none");
  const auto errors = Errors();
  EXPECT_EQ(errors.size(), kPlanErrorsMax);
  EXPECT_THAT(errors.front(), HasSubstr("unknown-product"));
}

TEST_F(PlanErrorsTest, ParametersCountTowardsTheLimitOfErrors) {
  sketch_.NeedProduct("A");
  records::Catalog catalog = sketch_.Make()->records();
  for (std::size_t i = 0; i < 60; ++i) {
    auto& parameter = *catalog.mutable_products(0)->add_parameters();
    parameter.set_name(fmt::format("x{:02}", i));
    parameter.set_mandatory(true);
  }
  for (int i = 0; i < 3; ++i) Add(fmt::format("p{}", i), "A");
  const auto plan = MakePlan(request_, *CheckedCatalog(std::move(catalog)));
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().size(), kPlanErrorsMax);
}

TEST_F(PlanErrorsTest, AProductThatIsMisspeltIsSuggested) {
  sketch_.NeedProduct("mobile-line");
  Add("a", "mobile-lin");
  EXPECT_THAT(Errors(), ElementsAre("unknown-product at /productOrders/0/product: the catalog has "
                                    "no product 'mobile-lin'; did you mean 'mobile-line'?"));
  for (int i = 0; i < 20; ++i) Add(fmt::format("b{}", i), "mobile-lin");
  const auto errors = Errors();
  EXPECT_EQ(std::count_if(errors.begin(), errors.end(),
                          [](const std::string& error) {
                            return error.find("did you mean") != std::string::npos;
                          }),
            10)
      << "the search has a limit";
}

TEST_F(PlanErrorsTest, WhatNoChangeGivesMustBeRightButItNeedsNothing) {
  sketch_.NeedProduct("A");
  records::Catalog catalog = sketch_.Make()->records();
  auto& number = *catalog.mutable_products(0)->add_parameters();
  number.set_name("number");
  number.set_type(records::STRING);
  number.set_pattern("[0-9]+");
  number.set_mandatory(true);
  auto& plan = *catalog.mutable_products(0)->add_parameters();
  plan.set_name("plan");
  plan.set_default_json("\"basic\"");
  const auto checked = CheckedCatalog(std::move(catalog));
  const auto rules_of = [&](const char* parameters) {
    request_.product_orders.clear();
    Add("a", "A");
    request_.product_orders[0].verb = records::NO_CHANGE;
    request_.product_orders[0].parameters = Fields::FromJsonText(parameters).value();
    std::vector<std::string> rules;
    const auto made = MakePlan(request_, *checked);
    if (made) return rules;
    for (const FieldError& error : made.error()) rules.push_back(error.rule);
    return rules;
  };
  EXPECT_THAT(rules_of("{}"), IsEmpty());
  EXPECT_THAT(rules_of(R"({"number":"12"})"), IsEmpty());
  EXPECT_THAT(rules_of(R"({"number":12})"), ElementsAre("parameter-type"));
  EXPECT_THAT(rules_of(R"({"number":"x"})"), ElementsAre("parameter-pattern"));
}

TEST_F(PlanErrorsTest, ACheckpointAfterASliceNeedsSlices) {
  sketch_.NeedProduct("A");
  Add("a", "A");
  request_.dataset.Add(kPopCheckpoint, "\"AfterSlice\"");
  EXPECT_THAT(Errors(), IsEmpty());
  request_.dataset.Add(kExecutionPolicy, "\"Dependency Tree\"");
  EXPECT_THAT(Errors(), ElementsAre(HasSubstr("not-with-dependency-tree at /dataset/pop::POP_CH")));
}

TEST_F(PlanErrorsTest, TooManyTechnicalOrders) {
  std::string line = "L:";
  for (int i = 0; i < 1000; ++i) {
    sketch_.Process(fmt::format("P{}: do", i));
    line += fmt::format(" P{}", i);
  }
  sketch_.Product(line);
  for (std::size_t i = 0; i < kTechnicalOrdersMax / 1000; ++i) Add(fmt::format("p{}", i), "L");
  EXPECT_THAT(Errors(), IsEmpty()) << "exactly the limit";
  Add("one too many", "L");
  EXPECT_THAT(Errors(), ElementsAre("too-many-technical-orders at : the order decomposes into "
                                    "401000 technical product orders, the limit is 400000"));
}

TEST_F(PlanErrorsTest, DependenciesThatArePassedOnHaveALimit) {
  sketch_.NeedProduct("A");
  const auto nothing_to_do = [&](const std::string& id, const std::vector<std::string>& after) {
    Add(id, "A", after);
    request_.product_orders.back().verb = records::NO_CHANGE;
  };
  std::vector<std::string> roots;
  for (int i = 0; i < 1000; ++i) {
    roots.push_back(fmt::format("r{}", i));
    Add(roots.back(), "A");
  }
  std::vector<std::string> middles;
  for (int i = 0; i < 1000; ++i) {
    middles.push_back(fmt::format("m{}", i));
    nothing_to_do(middles.back(), roots);
  }
  Add("last", "A", middles);
  EXPECT_THAT(Errors(), ElementsAre(HasSubstr("too-many-dependencies")));
}

}  // namespace
}  // namespace cairn::testing
