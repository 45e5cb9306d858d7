// The question whether something was done, through a whole node: when it is asked after a restart,
// and that nothing is done twice where the target can tell.
#include "adapters/archive_memory/archive_memory.h"
#include "adapters/journal_file/journal_file.h"
#include "runtime/node.h"
#include "simulation/sim_executor.h"
#include "simulation/storage/sim_storage.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::Contains;

// Takes calls, and answers when the test says so.
class HeldCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> taken) override {
    for (CartridgeCall& call : taken) calls.push_back(std::move(call));
  }
  void Stop() override {}

  std::vector<CartridgeCall> calls;
};

// One node on a simulated disk, with a cartridge that the test answers for.
class NodeVerifyTest : public ::testing::Test {
 protected:
  void SetUp() override { StartNode(); }

  void StartNode() {
    constexpr const char* kText = R"(
      cartridges { name: "hlr" attempts: 2 retry_delay_ns: 1000000000 simulated {} verify: "look" }
      products {
        name: "line" actions { verb: ADD decomposition: "line" }
        parameters { name: "street" }
      }
      technical_product_orders {
        name: "line"
        steps { name: "port" cartridge: "hlr" operation: "port"
                input { target: "street" parameter: "street" } }
      }
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
    cartridge_.calls.clear();
    const auto report = node_->Start(Catalog::Make(std::move(catalog)), {.simulated = &cartridge_});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    Pass(kSecond);
  }

  void Restart() {
    node_.reset();
    executor_.ForgetPending();
    StartNode();
  }

  // Lets time pass, with all that happens in it.
  void Pass(Nanos span) {
    bool over = false;
    executor_.At(clock_.true_now() + span, [&over] { over = true; });
    // The last step may let time pass: not further than to here.
    executor_.At(clock_.true_now() + span + 1, [] {});
    while (!over && executor_.RunOne()) {
    }
  }

  OrderId Submit(const std::string& product) {
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = product;
    wanted.parameters.Add("street", "\"Main St\"");
    OrderId id;
    node_->SubmitOrder(request, {.actor = "tester", .idempotency_key = {}}, [&id](auto reply) {
      ASSERT_TRUE(reply.has_value()) << reply.error().detail;
      id = reply->id;
    });
    Pass(100 * kMillisecond);
    EXPECT_TRUE(id.valid());
    return id;
  }

  std::shared_ptr<const OrderSnapshot> Get(OrderId id) {
    std::shared_ptr<const OrderSnapshot> got;
    node_->GetOrder(id, [&got](auto order) {
      ASSERT_TRUE(order.has_value()) << order.error().message;
      got = *order;
    });
    Pass(100 * kMillisecond);
    EXPECT_NE(got, nullptr);
    return got;
  }

  const CartridgeCall& last() const { return cartridge_.calls.back(); }

  // To the last call.
  void Answer(Outcome outcome) {
    std::vector<CartridgeAnswer> answers(1);
    answers[0].ticket = last().ticket;
    answers[0].outcome = outcome;
    answers[0].output.Add("imsi", "\"234\"");
    node_->answer_sink().OnAnswers(std::move(answers));
    Pass(100 * kMillisecond);
  }

  Random random_{1};
  simulation::SimClock clock_{1'790'000'000 * kSecond};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  HeldCartridge cartridge_;
  ArchiveMemory archive_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

TEST_F(NodeVerifyTest, WhatWasDoneBeforeTheCrashIsNotDoneAgain) {
  const OrderId id = Submit("line");
  ASSERT_EQ(cartridge_.calls.size(), 1U);
  EXPECT_FALSE(last().ticket.verify) << "it was never sent before";
  const std::string key = last().idempotency_key;
  Restart();
  ASSERT_EQ(cartridge_.calls.size(), 1U);
  EXPECT_TRUE(last().ticket.verify);
  EXPECT_EQ(last().operation, "look");
  EXPECT_EQ(last().idempotency_key, key);
  EXPECT_EQ(last().input.Find("street"), "\"Main St\"");
  EXPECT_EQ(last().callback_token, "");
  Answer(Outcome::kOk);
  EXPECT_EQ(cartridge_.calls.size(), 1U);
  const auto order = Get(id);
  EXPECT_EQ(order->state(), OrderState::kCompleted);
  const OrderView view = order->View();
  const auto& output = view.product_orders[0].technical_orders[0].work_orders[0].output;
  ASSERT_TRUE(output.has_value());
  EXPECT_EQ(output->Find("imsi"), "\"234\"");
  std::vector<std::string> events;
  for (const HistoryItem& item : order->History(0, 100)) events.push_back(item.event);
  EXPECT_THAT(events, Contains("work_order_verified"));
}

TEST_F(NodeVerifyTest, WhatWasNotDoneIsSentAndAskedAboutAfterEachCrash) {
  const OrderId id = Submit("line");
  for (int crash = 0; crash < 3; ++crash) {
    Restart();
    ASSERT_EQ(cartridge_.calls.size(), 1U);
    EXPECT_TRUE(last().ticket.verify);
    Answer(Outcome::kFunctional);
    ASSERT_EQ(cartridge_.calls.size(), 2U);
    EXPECT_FALSE(last().ticket.verify);
    EXPECT_EQ(last().operation, "port");
    EXPECT_EQ(last().ticket.attempt, 1U) << "the same attempt";
  }
  Answer(Outcome::kOk);
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
}

TEST_F(NodeVerifyTest, WhereNobodyKnowsTheNextAttemptAsksFirst) {
  const OrderId id = Submit("line");
  Restart();
  Answer(Outcome::kTechnical);
  EXPECT_EQ(cartridge_.calls.size(), 1U);
  Pass(2 * kSecond);
  ASSERT_EQ(cartridge_.calls.size(), 2U);
  EXPECT_TRUE(last().ticket.verify);
  EXPECT_EQ(last().ticket.attempt, 2U);
  Answer(Outcome::kFunctional);
  ASSERT_EQ(cartridge_.calls.size(), 3U);
  EXPECT_FALSE(last().ticket.verify);
  Answer(Outcome::kOk);
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
}

// The target knows the call by the key that it had, whatever run asks.
TEST_F(NodeVerifyTest, ALaterRunAsksAboutTheCallThatWasMade) {
  const OrderId id = Submit("line");
  const std::string key = last().idempotency_key;
  Restart();
  // Nobody can tell for as long as there are attempts.
  while (Get(id)->state() != OrderState::kHeld) {
    Answer(Outcome::kTechnical);
    Pass(2 * kSecond);
    EXPECT_EQ(last().idempotency_key, key);
  }
  node_->ResubmitOrder(id, "tester", "", [](auto) {});
  Pass(kSecond);
  ASSERT_TRUE(last().ticket.verify);
  EXPECT_EQ(last().ticket.run, 2U);
  EXPECT_EQ(last().idempotency_key, key);
  Answer(Outcome::kFunctional);
  ASSERT_FALSE(last().ticket.verify) << "nothing was done: now it is";
  EXPECT_NE(last().idempotency_key, key);
  Answer(Outcome::kOk);
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
}

TEST_F(NodeVerifyTest, AnswersThatCameTwiceOrToAnotherLifeCountForNothing) {
  Submit("line");
  Restart();
  const CartridgeCall old = last();
  Restart();
  const CartridgeCall question = last();
  const auto say_not_done = [this](const CallTicket& ticket) {
    std::vector<CartridgeAnswer> answers(1);
    answers[0].ticket = ticket;
    answers[0].outcome = Outcome::kFunctional;
    node_->answer_sink().OnAnswers(std::move(answers));
    Pass(100 * kMillisecond);
  };
  say_not_done(old.ticket);
  EXPECT_EQ(cartridge_.calls.size(), 1U) << "it may have been sent after that";
  say_not_done(question.ticket);
  EXPECT_EQ(cartridge_.calls.size(), 2U);
  say_not_done(question.ticket);
  EXPECT_EQ(cartridge_.calls.size(), 2U);
}

TEST_F(NodeVerifyTest, TheAnswerItselfMayComeWhileTheQuestionIsOut) {
  const OrderId id = Submit("line");
  const CartridgeCall sent = last();
  Restart();
  const CartridgeCall question = last();
  cartridge_.calls.push_back(sent);
  Answer(Outcome::kOk);
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
  cartridge_.calls.push_back(question);
  const std::uint64_t ignored = node_->metrics().answers_ignored;
  Answer(Outcome::kFunctional);
  EXPECT_EQ(node_->metrics().answers_ignored, ignored + 1);
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
}

}  // namespace
}  // namespace cairn
