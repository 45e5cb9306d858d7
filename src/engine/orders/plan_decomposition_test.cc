// Which technical product orders an action needs, and what each begins with.
#include "engine/orders/plan_decomposition.h"

#include "engine/orders/catalog_check.h"
#include "engine/orders/word_scripts_test.h"
#include "model/limits.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PlanDecompositionTest : public ::testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  PlanDecompositionTest() {
    constexpr const char* kText = R"(
      products {
        name: "line"
        parameters { name: "n" type: INTEGER }
        actions {
          verb: ADD decomposition: "a" decomposition: "b" decomposition: "c" in_sequence: true
          decomposition_when {}
          decomposition_when { source: "has n" place: "here" }
          decomposition_when { source: "yes" place: "there" }
        }
      }
      technical_product_orders {
        name: "a"
        steps {
          name: "w" cartridge: "c" operation: "o"
          input { target: "got" parameter: "from-expression" }
        }
        dataset { target: "from-expression" expression { source: "all" place: "p" } }
        dataset {
          target: "from-nothing" expression { source: "nothing" place: "p" } default_json: "7"
        }
        dataset { target: "from-order" parameter: "site" }
        dataset { target: "from-own" parameter: "n" }
        dataset { target: "left-out" parameter: "x" }
        dataset { target: "literal" literal_json: '"text"' }
      }
      technical_product_orders {
        name: "b" steps { name: "w" cartridge: "c" operation: "o" }
      }
      technical_product_orders {
        name: "c" steps { name: "w" cartridge: "c" operation: "o" }
      }
      cartridges { name: "c" simulated {} }
    )";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog_));
    ProductOrderRequest& wanted = request_.product_orders.emplace_back();
    wanted.id = "x";
    wanted.product = "line";
    request_.dataset = Fields::FromJsonText(R"({"site":"LON","n":"of the order"})").value();
  }

  // "name@slice {dataset}", or the errors.
  Lines Planned() {
    for (const auto& error : CheckCatalog(catalog_, &scripts_)) ADD_FAILURE() << error.detail;
    const auto catalog = Catalog::Make(catalog_);
    const auto plan = MakePlan(request_, *catalog, {.now = 0, .scripts = &scripts_});
    Lines lines;
    if (!plan) {
      for (const auto& error : plan.error()) lines.push_back(error.rule + ": " + error.detail);
      return lines;
    }
    for (const auto& technical : plan->accepted->part().technical_orders()) {
      lines.push_back(fmt::format("{}@{} {}", catalog->technical(technical.definition()).name(),
                                  technical.slice(),
                                  Fields::FromEncoded(technical.dataset()).ToJsonObject()));
    }
    return lines;
  }
  Lines Checked() {
    Lines lines;
    for (const auto& error : CheckCatalog(catalog_, &scripts_)) {
      lines.push_back(error.rule + " at " + error.path);
    }
    return lines;
  }
  records::ProductAction& Action() { return *catalog_.mutable_products(0)->mutable_actions(0); }
  records::Mapping& DatasetOf(int i) {
    return *catalog_.mutable_technical_product_orders(0)->mutable_dataset(i);
  }

  WordScripts scripts_;
  records::Catalog catalog_;
  OrderRequest request_;
};

TEST_F(PlanDecompositionTest, ConditionsChooseAndTheSequenceCloses) {
  request_.product_orders[0].parameters = Fields::FromJsonText(R"({"n":1})").value();
  EXPECT_THAT(Planned(), ElementsAre(HasSubstr("a@0"), "b@1 {}", "c@2 {}"));
  request_.product_orders[0].parameters = {};
  EXPECT_THAT(Planned(), ElementsAre(HasSubstr("a@0"), "c@1 {}"));
}

TEST_F(PlanDecompositionTest, NothingMayBeLeftOfIt) {
  for (auto& when : *Action().mutable_decomposition_when()) when.set_source("no");
  EXPECT_THAT(Planned(), IsEmpty());
}

TEST_F(PlanDecompositionTest, DatasetsAreFilledWhenTheOrderIsPlanned) {
  EXPECT_THAT(Planned()[0], R"(a@0 {"from-expression":[1.10],"from-nothing":7,"from-order":"LON",)"
                            R"("from-own":"of the order","literal":"text"})");
  request_.product_orders[0].parameters = Fields::FromJsonText(R"({"n":5})").value();
  EXPECT_THAT(Planned()[0], HasSubstr(R"("from-own":5)"));
}

TEST_F(PlanDecompositionTest, ScriptsThatFailAreErrorsOfTheOrder) {
  Action().mutable_decomposition_when(1)->set_source("fail");
  DatasetOf(0).mutable_expression()->set_source("fail");
  EXPECT_THAT(Planned(),
              ElementsAre("script-failed: product order 'x' (product 'line'): p, line 1: it failed",
                          "script-failed: product order 'x' (product 'line'): here, line 1: it "
                          "failed"));
}

TEST_F(PlanDecompositionTest, DatasetsHaveALimit) {
  DatasetOf(5).set_literal_json("\"" + std::string(kFieldSetBytesMax - 10, 'x') + "\"");
  EXPECT_THAT(Planned(), ElementsAre(HasSubstr("too-large: the dataset of 'a'")));
}

TEST_F(PlanDecompositionTest, TheCheckNamesWhatCannotBeFilled) {
  DatasetOf(0).mutable_output()->set_field("f");
  DatasetOf(1).clear_source();
  DatasetOf(2).set_target("from-own");
  DatasetOf(3).set_parameter("");
  EXPECT_THAT(Checked(),
              ElementsAre("no-step-yet at /technicalProductOrders/a/dataset/from-expression",
                          "no-source at /technicalProductOrders/a/dataset/from-nothing",
                          "duplicate-name at /technicalProductOrders/a/dataset/from-own",
                          "empty-name at /technicalProductOrders/a/dataset/from-own"));
}

TEST_F(PlanDecompositionTest, TheCheckCountsConditions) {
  Action().mutable_decomposition_when()->RemoveLast();
  EXPECT_THAT(Checked(),
              ElementsAre("conditions-do-not-match at /products/line/actions/add/decomposition"));
}

}  // namespace
}  // namespace cairn::testing
