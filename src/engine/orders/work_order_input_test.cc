#include "engine/orders/work_order_input.h"

#include "engine/orders/scenario_test.h"
#include "model/limits.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

std::shared_ptr<const Catalog> MappingCatalog() {
  constexpr const char* kText = R"(
    products {
      name: "line"
      parameters { name: "plan" default_json: '"basic"' }
      actions { verb: ADD decomposition: "hlr" decomposition: "mail" in_sequence: true }
    }
    technical_product_orders {
      name: "hlr"
      steps {
        name: "create" cartridge: "sim" operation: "create"
        input { target: "number" parameter: "msisdn" }
        input { target: "plan" parameter: "plan" }
        input { target: "site" parameter: "site" }
        input { target: "absent" parameter: "absent" }
        input { target: "fallback" parameter: "absent" default_json: '{"a":1}' }
        input { target: "text" literal_json: '"hello"' }
        input { target: "nothing" parameter: "nothing" default_json: "1" }
      }
      steps {
        name: "use" cartridge: "sim" operation: "use" after: 0
        input { target: "imsi" output { step: 0 field: "imsi" } }
        input { target: "other" output { step: 0 field: "other" } }
        input { target: "else" output { step: 0 field: "other" } default_json: "[]" }
      }
    }
    technical_product_orders {
      name: "mail"
      steps { name: "make" cartridge: "sim" operation: "make" }
    }
    cartridges { name: "sim" attempts: 2 timeout_ns: 5 simulated {} }
  )";
  records::Catalog catalog;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
  return CheckedCatalog(std::move(catalog));
}

class WorkOrderInputTest : public ::testing::Test {
 protected:
  WorkOrderInputTest() {
    OrderRequest request;
    request.dataset =
        Fields::FromJsonText(R"({"site":"LON","plan":"of the order","msisdn":"0"})").value();
    for (const char* id : {"a", "b"}) {
      auto& wanted = request.product_orders.emplace_back();
      wanted.id = id;
      wanted.product = "line";
      wanted.parameters =
          Fields::FromJsonText(fmt::format(R"({{"msisdn":"+44{}","nothing":null}})", id)).value();
    }
    const auto catalog = MappingCatalog();
    const auto plan = MakePlan(request, *catalog);
    EXPECT_TRUE(plan.has_value());
    run_ = std::make_unique<OrderRun>(catalog, *plan, 57);
    run_->Settle();
  }
  bool Give(std::uint32_t w, Outcome outcome, std::string_view output = "{}") {
    return run_->TakeAnswer({.work_order = w,
                             .run = run_->order().work_orders[w].run,
                             .attempt = run_->order().work_orders[w].attempt,
                             .outcome = outcome,
                             .output = Fields::FromJsonText(output).value().TakeEncoded(),
                             .detail = {}});
  }
  std::string InputOf(std::uint32_t w) { return WorkOrderInput(run_->order(), w).ToJsonObject(); }

  std::unique_ptr<OrderRun> run_;
};

// The product order's own parameters (its defaults too) come before the order's dataset.
TEST_F(WorkOrderInputTest, ParametersAreLookedUpFromTheInsideOut) {
  EXPECT_EQ(InputOf(0), R"({"number":"+44a","plan":"basic","site":"LON","fallback":{"a":1},)"
                        R"("text":"hello","nothing":null})");
  EXPECT_EQ(InputOf(3), R"({"number":"+44b","plan":"basic","site":"LON","fallback":{"a":1},)"
                        R"("text":"hello","nothing":null})");
}

TEST_F(WorkOrderInputTest, OutputsOfEarlierStepsOfTheSameProcess) {
  ASSERT_TRUE(Give(0, Outcome::kOk, R"({"imsi":"234","more":[1,{"x":null}]})"));
  ASSERT_TRUE(Give(3, Outcome::kOk, R"({"other":1.50})"));
  EXPECT_EQ(InputOf(1), R"({"imsi":"234","else":[]})");
  EXPECT_EQ(InputOf(4), R"({"other":1.50,"else":1.50})");
}

TEST_F(WorkOrderInputTest, MappingWithoutFieldsIsAnEmptyInput) { EXPECT_EQ(InputOf(2), "{}"); }

TEST_F(WorkOrderInputTest, KeyStaysOverAttemptsAndChangesWithTheRun) {
  const std::string first = IdempotencyKey(run_->order(), 0);
  EXPECT_EQ(first, WorkOrderName(run_->order().id, 0) + "-r1");
  EXPECT_EQ(WorkOrderName(run_->order().id, 0), "wo-1s-0");
  EXPECT_EQ(WorkOrderName(run_->order().id, 12), "wo-1s-12");
  ASSERT_TRUE(Give(0, Outcome::kTechnical));
  run_->Wait(1);
  EXPECT_EQ(run_->order().work_orders[0].attempt, 2U);
  EXPECT_EQ(IdempotencyKey(run_->order(), 0), first);
  EXPECT_NE(IdempotencyKey(run_->order(), 3), first);
  ASSERT_TRUE(Give(0, Outcome::kTechnical));
  ASSERT_TRUE(Give(3, Outcome::kFunctional));
  ASSERT_EQ(run_->order().state, OrderState::kHeld);
  ASSERT_TRUE(run_->Resubmit().has_value());
  EXPECT_EQ(run_->order().work_orders[0].attempt, 1U);
  EXPECT_EQ(run_->order().work_orders[0].sends, 3U);
  EXPECT_EQ(IdempotencyKey(run_->order(), 0), WorkOrderName(run_->order().id, 0) + "-r2");
  EXPECT_EQ(InputOf(0).find("\"number\":\"+44a\""), 1U);  // the same input in every run
}

TEST_F(WorkOrderInputTest, TimeLimit) {
  EXPECT_EQ(WorkOrderTimeout(run_->order().cartridge(0)), 5);
  EXPECT_EQ(WorkOrderTimeout(records::Cartridge()), kDefaultTimeoutNs);
}

}  // namespace
}  // namespace cairn::testing
