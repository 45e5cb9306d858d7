// Maintenance and tests of targets, through a whole node: what is refused, what is durable, and
// what becomes of work orders meanwhile.
#include "adapters/archive_memory/archive_memory.h"
#include "adapters/journal_file/journal_file.h"
#include "runtime/node.h"
#include "simulation/sim_executor.h"
#include "simulation/storage/sim_storage.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Answers at once, and remembers the operations.
class ObligingCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> calls) override {
    std::vector<CartridgeAnswer> answers;
    for (const CartridgeCall& call : calls) {
      operations.push_back(call.operation);
      answers.push_back({.ticket = call.ticket, .output = {}, .detail = "done"});
    }
    sink->OnAnswers(std::move(answers));
  }
  void Stop() override {}
  AnswerSink* sink = nullptr;
  std::vector<std::string> operations;
};

std::shared_ptr<const Catalog> TheCatalog() {
  constexpr const char* kText = R"(
    products { name: "line" actions { verb: ADD decomposition: "port" } }
    technical_product_orders {
      name: "port" steps { name: "port" cartridge: "hlr" operation: "port" }
    }
    cartridges { name: "crm" simulated {} concurrency: 7 }
    cartridges { name: "hlr" simulated {} test: "ping" calls_per_second: 5 attempts: 2 }
  )";
  records::Catalog catalog;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
  return Catalog::Make(std::move(catalog));
}

class NodeCartridgesTest : public ::testing::Test {
 protected:
  NodeCartridgesTest() { Start(); }

  void Start() {
    node_.reset();
    journal_ = std::make_unique<JournalFile>(
        storage_, JournalFileOptions{.segment_bytes = 256U << 10U, .id_seed = 1});
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   Node::Options{});
    cartridge_.sink = &node_->answer_sink();
    const auto report = node_->Start(TheCatalog(), {.simulated = &cartridge_});
    ASSERT_TRUE(report.has_value()) << report.error().message;
  }

  // Runs until the callback has come.
  template <typename Reply, typename Ask>
  Reply Get(Ask ask) {
    std::optional<Reply> reply;
    ask([&reply](Reply got) { reply = std::move(got); });
    while (!reply && executor_.RunOne()) {
    }
    EXPECT_TRUE(reply.has_value());
    return *std::move(reply);
  }
  Result<CartridgeView> Maintain(const std::string& name, bool on) {
    return Get<Result<CartridgeView>>([&](auto done) {
      on ? node_->cartridges().StartMaintenance(name, "anna", done)
         : node_->cartridges().StopMaintenance(name, "anna", done);
    });
  }
  Result<CartridgeService::TestResult> Test(const std::string& name) {
    return Get<Result<CartridgeService::TestResult>>(
        [&](auto done) { node_->cartridges().TestCartridge(name, "anna", done); });
  }
  OrderId Submit() {
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = "line";
    const auto reply = Get<tl::expected<SubmitReply, Refusal>>([&](auto done) {
      node_->SubmitOrder(request, {.actor = "anna", .idempotency_key = {}, .body_hash = 1}, done);
    });
    EXPECT_TRUE(reply.has_value());
    return reply ? reply->id : OrderId();
  }
  OrderView Settled(OrderId id) {
    const auto order = Get<Result<std::shared_ptr<const OrderSnapshot>>>(
        [&](auto done) { node_->AwaitOrder(id, {.until_settled = true, .wait = kMinute}, done); });
    EXPECT_TRUE(order.has_value());
    return order ? (*order)->View() : OrderView();
  }
  TargetHealth HealthOf(const std::string& name) {
    for (const CartridgeView& view : node_->cartridges().ListCartridges()) {
      if (view.name == name) return view.health;
    }
    ADD_FAILURE() << name;
    return TargetHealth::kUp;
  }

  Random random_{1};
  simulation::SimClock clock_{1'790'000'000 * kSecond};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  ObligingCartridge cartridge_;
  ArchiveMemory archive_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

TEST_F(NodeCartridgesTest, ListsWhatTheCatalogHas) {
  Settled(Submit());
  const auto views = node_->cartridges().ListCartridges();
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].name, "crm");
  EXPECT_EQ(views[0].type, "simulated");
  EXPECT_EQ(views[0].concurrency, 7U);
  EXPECT_EQ(views[0].calls_per_second, 0U);
  EXPECT_EQ(views[0].attempts, 1U);
  EXPECT_EQ(views[1].name, "hlr");
  EXPECT_EQ(views[1].health, TargetHealth::kUp);
  EXPECT_EQ(views[1].concurrency, kSimulatedConcurrency);
  EXPECT_EQ(views[1].calls_per_second, 5U);
  EXPECT_EQ(views[1].attempts, 2U);
}

TEST_F(NodeCartridgesTest, MaintenanceOutlivesARestartAndWorkOrdersFailTechnically) {
  const auto started = Maintain("hlr", true);
  ASSERT_TRUE(started.has_value());
  EXPECT_EQ(started->health, TargetHealth::kMaintenance);
  EXPECT_EQ(HealthOf("crm"), TargetHealth::kUp);
  Start();
  EXPECT_EQ(HealthOf("hlr"), TargetHealth::kMaintenance);

  const OrderId id = Submit();
  const OrderView held = Settled(id);
  EXPECT_EQ(held.summary.state, OrderState::kHeld);
  const auto& attempts = held.product_orders[0].technical_orders[0].work_orders[0].attempts;
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].outcome, Outcome::kTechnical);
  EXPECT_EQ(attempts[0].detail, "the target is in maintenance");
  EXPECT_THAT(cartridge_.operations, IsEmpty());

  ASSERT_TRUE(Maintain("hlr", false).has_value());
  Start();
  EXPECT_EQ(HealthOf("hlr"), TargetHealth::kUp);
  node_->ResubmitOrder(id, "anna", "", [](const auto& order) { EXPECT_TRUE(order.has_value()); });
  EXPECT_EQ(Settled(id).summary.state, OrderState::kCompleted);
  EXPECT_THAT(cartridge_.operations, ElementsAre("port"));
}

TEST_F(NodeCartridgesTest, TwiceIsNoError) {
  EXPECT_TRUE(Maintain("crm", false).has_value());
  EXPECT_TRUE(Maintain("crm", true).has_value());
  const auto again = Maintain("crm", true);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->health, TargetHealth::kMaintenance);
  EXPECT_EQ(node_->partition().state().targets.size(), 1U);
}

TEST_F(NodeCartridgesTest, UnknownNamesAreNotFound) {
  const auto started = Maintain("hlrr", true);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(started.error().message, HasSubstr("'hlrr'"));
  const auto tested = Test("hlrr");
  ASSERT_FALSE(tested.has_value());
  EXPECT_EQ(tested.error().code, ErrorCode::kNotFound);
}

TEST_F(NodeCartridgesTest, TestCallsTheTestOperationAlsoInMaintenance) {
  ASSERT_TRUE(Maintain("hlr", true).has_value());
  const auto tested = Test("hlr");
  ASSERT_TRUE(tested.has_value());
  EXPECT_EQ(tested->outcome, Outcome::kOk);
  EXPECT_EQ(tested->detail, "done");
  EXPECT_THAT(cartridge_.operations, ElementsAre("ping"));
  const auto without = Test("crm");
  ASSERT_FALSE(without.has_value());
  EXPECT_EQ(without.error().code, ErrorCode::kConflict);
}

}  // namespace
}  // namespace cairn
