// What an order shows never holds a secret, and what its targets get does.
#include "engine/orders/fake_scripts_test.h"
#include "engine/orders/order_run_test.h"
#include "engine/orders/work_order_input.h"
#include "runtime/order_snapshot.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCatalog = R"(
  products {
    name: "line"
    parameters { name: "key" secret: true }
    parameters { name: "pin" secret: true }
    actions { verb: ADD decomposition: "work" }
  }
  technical_product_orders {
    name: "work"
    steps {
      name: "w" cartridge: "c" operation: "o"
      input { target: "renamed" parameter: "pin" }
      input { target: "key" parameter: "key" }
    }
  }
  cartridges { name: "c" simulated {} }
)";

std::string Shown(const Order& order) {
  // The snapshot only reads it.
  const auto snapshot =
      MakeOrderSnapshot(std::shared_ptr<const Order>(std::shared_ptr<void>(), &order));
  const OrderView view = snapshot->View();
  std::string text = view.dataset.ToJsonObject() + view.tmf_document;
  for (const auto& product_order : view.product_orders) {
    text += product_order.parameters.ToJsonObject();
    for (const auto& technical : product_order.technical_orders) {
      for (const auto& work_order : technical.work_orders) {
        if (work_order.input) text += work_order.input->ToJsonObject();
        if (work_order.output) text += work_order.output->ToJsonObject();
        for (const auto& attempt : work_order.attempts) text += attempt.detail;
        text += work_order.detail;
      }
    }
  }
  for (const auto& item : snapshot->History(0, 100)) text += item.detail;
  return text;
}

TEST(OrderSecrets, AreShownNowhereAndReachTheTarget) {
  records::Catalog records;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kCatalog, &records));
  const auto catalog = testing::CheckedCatalog(std::move(records));
  OrderRequest request;
  request.product_orders.emplace_back().id = "a";
  request.product_orders[0].product = "line";
  request.product_orders[0].parameters = Fields::FromJsonText(R"({"pin":"pin-0042"})").value();
  request.dataset = Fields::FromJsonText(R"({"key":"from above","site":"LON"})").value();
  request.tmf_document = R"({"note":[{"text":"the pin is pin-0042"}]})";
  const auto plan = MakePlan(request, *catalog);
  ASSERT_TRUE(plan.has_value());
  testing::OrderRun run(catalog, *plan);
  run.Settle();
  EXPECT_EQ(WorkOrderInput(run.order(), 0).ToJsonObject(),
            R"({"renamed":"pin-0042","key":"from above"})");

  Answer refused{.work_order = 0,
                 .run = 1,
                 .attempt = 1,
                 .outcome = Outcome::kTechnical,
                 .output = {},
                 .detail = "cannot set pin-0042"};
  ASSERT_TRUE(run.TakeAnswer(refused));
  ASSERT_TRUE(run.Resubmit().has_value());
  const Fields echo = Fields::FromJsonText(R"({"echo":"pin-0042 from above"})").value();
  ASSERT_TRUE(run.TakeAnswer({.work_order = 0,
                              .run = 2,
                              .attempt = 1,
                              .outcome = Outcome::kOk,
                              .output = echo.encoded(),
                              .detail = {}}));
  const std::string shown = Shown(run.order());
  EXPECT_THAT(shown, Not(HasSubstr("0042")));
  EXPECT_THAT(shown, Not(HasSubstr("above")));
  for (const char* there :
       {R"("pin":"***")", R"("key":"***")", R"("site":"LON")", R"("renamed":"***")",
        R"("echo":"*** ***")", "cannot set ***", "the pin is ***"}) {
    EXPECT_THAT(shown, HasSubstr(there));
  }
}

// A script's error may quote what it failed with, and a script may set a secret.
TEST(OrderSecrets, AreNotInWhatScriptsSayNorWhatTheySet) {
  records::Catalog records;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kCatalog, &records));
  auto* steps = records.mutable_technical_product_orders(0)->mutable_steps();
  steps->Mutable(0)->mutable_on_entry()->set_source("set productOrder key \"made 0077\"");
  auto* last = steps->Add();
  last->set_name("last");
  last->set_cartridge("c");
  last->set_operation("o");
  last->add_after(0);
  last->mutable_on_entry()->set_source("fail pin-0042 and made 0077 are wrong");
  testing::FakeScripts scripts;
  const auto catalog = testing::CheckedCatalog(std::move(records), &scripts);
  OrderRequest request;
  request.product_orders.emplace_back().id = "a";
  request.product_orders[0].product = "line";
  request.product_orders[0].parameters = Fields::FromJsonText(R"({"pin":"pin-0042"})").value();
  const auto plan = MakePlan(request, *catalog, {.scripts = &scripts});
  ASSERT_TRUE(plan.has_value());
  testing::OrderRun run(catalog, *plan);
  run.scripts = &scripts;
  run.Settle();
  ASSERT_TRUE(run.TakeAnswer({.work_order = 0,
                              .run = 1,
                              .attempt = 1,
                              .outcome = Outcome::kOk,
                              .output = Fields().encoded(),
                              .detail = "took made 0077"}));
  EXPECT_EQ(run.order().work_orders[1].state, WorkOrderState::kFunctionalError);
  const std::string shown = Shown(run.order());
  EXPECT_THAT(shown, Not(HasSubstr("0042")));
  EXPECT_THAT(shown, Not(HasSubstr("0077")));
  EXPECT_THAT(shown, HasSubstr("*** and *** are wrong"));
  EXPECT_THAT(shown, HasSubstr("took ***"));
}

}  // namespace
}  // namespace cairn
