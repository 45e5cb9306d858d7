// Deleting orders of a whole node: not while they live, once they are archived, and for good.
#include "adapters/archive_memory/archive_memory.h"
#include "adapters/journal_file/journal_file.h"
#include "runtime/node.h"
#include "simulation/sim_executor.h"
#include "simulation/storage/sim_storage.h"

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

class HeldCalls final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> calls) override {
    for (CartridgeCall& call : calls) tickets.push_back(call.ticket);
  }
  void Stop() override {}
  std::vector<CallTicket> tickets;
};

class NodeDeleteTest : public ::testing::Test {
 protected:
  void SetUp() override { StartNode(); }

  void StartNode() {
    constexpr const char* kText = R"(
      products { name: "line" actions { verb: ADD decomposition: "port" } }
      technical_product_orders {
        name: "port" steps { name: "port" cartridge: "sim" operation: "port" }
      }
      cartridges { name: "sim" simulated {} }
    )";
    records::Catalog catalog;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
    journal_ = std::make_unique<JournalFile>(storage_, JournalFileOptions{.id_seed = 1});
    Node::Options options;
    options.callback_key = std::string(kCallbackKeyBytes, 'k');
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   std::move(options));
    const auto report = node_->Start(Catalog::Make(catalog), {.simulated = &cartridge_});
    ASSERT_TRUE(report.has_value()) << report.error().message;
  }

  template <typename T>
  void RunUntil(const std::optional<T>& reply) {
    while (!reply && executor_.RunOne()) {
    }
    ASSERT_TRUE(reply.has_value());
  }

  OrderId Submit() {
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = "line";
    std::optional<OrderId> id;
    node_->SubmitOrder(request, {.actor = "tester", .idempotency_key = {}}, [&id](auto reply) {
      ASSERT_TRUE(reply.has_value()) << reply.error().detail;
      id = reply->id;
    });
    RunUntil(id);
    while (cartridge_.tickets.empty() && executor_.RunOne()) {
    }
    return id.value_or(OrderId());
  }

  void Answer() {
    std::vector<CartridgeAnswer> answers(1);
    answers[0].ticket = cartridge_.tickets.at(0);
    answers[0].outcome = Outcome::kOk;
    node_->answer_sink().OnAnswers(std::move(answers));
  }

  // "ok", or the name of the error.
  std::string Delete(OrderId id) {
    std::optional<std::string> word;
    node_->DeleteOrder(id, "tester", [&word](Status status) {
      word = status ? "ok" : std::string(ErrorCodeName(status.error().code));
    });
    RunUntil(word);
    return word.value_or("no reply");
  }

  std::string StateOf(OrderId id) {
    std::optional<std::string> word;
    node_->GetOrder(id, [&word](auto order) {
      word = order ? std::string(Name((*order)->state()))
                   : std::string(ErrorCodeName(order.error().code));
    });
    RunUntil(word);
    return word.value_or("no reply");
  }

  Random random_{1};
  simulation::SimClock clock_{1'790'000'000 * kSecond};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  HeldCalls cartridge_;
  ArchiveMemory archive_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

TEST_F(NodeDeleteTest, OnlyWhatHasEndedAndThenForGood) {
  const std::string not_found(ErrorCodeName(ErrorCode::kNotFound));
  const OrderId id = Submit();
  EXPECT_EQ(Delete(id), ErrorCodeName(ErrorCode::kConflict));
  EXPECT_EQ(StateOf(id), "Running");
  Answer();
  while (StateOf(id) != "Completed") {
  }
  // It may not be in the archive yet: the answer comes when it has left the journal.
  EXPECT_EQ(Delete(id), "ok");
  EXPECT_EQ(StateOf(id), not_found);
  EXPECT_EQ(Delete(id), not_found);
  EXPECT_EQ(Delete(OrderId(4'711)), not_found);

  node_.reset();
  executor_.ForgetPending();
  StartNode();
  EXPECT_EQ(StateOf(id), not_found) << "no journal brings it back";
}

}  // namespace
}  // namespace cairn
