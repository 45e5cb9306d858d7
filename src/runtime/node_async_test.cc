// A node and answers that come later: tokens, deadlines, starts, cancels, and what of it a restart
// keeps. Each test runs twice: with orders that wait as they are, and folded as soon as they wait.
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
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;

constexpr Nanos kBegin = 1'790'000'000 * kSecond;

// Takes calls, and answers when the test says so.
class HeldCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> taken) override {
    for (CartridgeCall& call : taken) calls.push_back(std::move(call));
  }
  void Resume(const std::vector<Waiting>& waiting) override {
    resumed.insert(resumed.end(), waiting.begin(), waiting.end());
  }
  void Stop() override {}

  std::vector<CartridgeCall> calls;
  std::vector<Waiting> resumed;
};

class NodeAsyncTest : public ::testing::TestWithParam<bool> {
 protected:
  static bool Folds() { return GetParam(); }
  void SetUp() override { StartNode(); }

  void StartNode() {
    constexpr const char* kText = R"(
      cartridges { name: "robot" attempts: 2 retry_delay_ns: 1000000000
                   simulated { operations { name: "port" answer_after_ns: 5000000000 } } }
      cartridges { name: "web" http { url: "http://127.0.0.1:1" operations { name: "port" } } }
      products { name: "auto" actions { verb: ADD decomposition: "auto" } }
      products { name: "hurry" actions { verb: ADD decomposition: "hurry" } }
      products { name: "line" actions { verb: ADD decomposition: "port" } }
      technical_product_orders {
        name: "auto" steps { name: "auto" cartridge: "robot" operation: "port" }
      }
      technical_product_orders {
        name: "hurry"
        steps { name: "port" cartridge: "web" operation: "port" deadline_ns: 3600000000000 }
      }
      technical_product_orders {
        name: "port" steps { name: "port" cartridge: "web" operation: "port" }
      }
    )";
    records::Catalog catalog;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
    journal_ = std::make_unique<JournalFile>(storage_, JournalFileOptions{.id_seed = 1});
    Node::Options options;
    options.callback_key = std::string(kCallbackKeyBytes, 'k');
    if (Folds()) options.limits.resting_orders = 0;
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   std::move(options));
    const auto report = node_->Start(Catalog::Make(std::move(catalog)),
                                     {.simulated = &cartridge_, .http = &cartridge_});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    Pass(kSecond);
  }

  void Restart() {
    node_.reset();
    executor_.ForgetPending();
    cartridge_ = HeldCartridge();
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

  OrderId Submit(const std::string& product, Nanos requested_start = 0) {
    OrderRequest request;
    request.requested_start = requested_start;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = product;
    OrderId id;
    node_->SubmitOrder(request, {.actor = "tester", .idempotency_key = {}}, [&id](auto reply) {
      ASSERT_TRUE(reply.has_value()) << reply.error().detail;
      id = reply->id;
    });
    Pass(100 * kMillisecond);
    EXPECT_TRUE(id.valid());
    return id;
  }

  void Answer(const CallTicket& ticket, Outcome outcome) {
    std::vector<CartridgeAnswer> answers(1);
    answers[0].ticket = ticket;
    answers[0].outcome = outcome;
    node_->answer_sink().OnAnswers(std::move(answers));
    Pass(100 * kMillisecond);
  }

  // "ok", or the name of the error.
  std::string Complete(const std::string& token, Outcome outcome) {
    std::string word = "no reply";
    node_->CompleteWorkOrder(
        token, LateAnswer{.actor = "crm", .outcome = outcome, .output = {}, .detail = {}},
        [&word](Status status) {
          word = status ? "ok" : std::string(ErrorCodeName(status.error().code));
        });
    Pass(100 * kMillisecond);
    return word;
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
  WorkOrderView WorkOrderOf(OrderId id) {
    return Get(id)->View().product_orders[0].technical_orders[0].work_orders[0];
  }

  Service::OrderDone Note(std::string& word) {
    return [&word](auto order) {
      word = order ? std::string(Name((*order)->state()))
                   : std::string(ErrorCodeName(order.error().code));
    };
  }

  Random random_{1};
  simulation::SimClock clock_{kBegin};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  HeldCartridge cartridge_;
  ArchiveMemory archive_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

TEST_P(NodeAsyncTest, TokenOfTheCallCompletesTheWorkOrder) {
  const OrderId id = Submit("line");
  ASSERT_EQ(cartridge_.calls.size(), 1U);
  const std::string token = cartridge_.calls[0].callback_token;
  EXPECT_EQ(WorkOrderOf(id).callback_token, "") << "only while it waits";
  Answer(cartridge_.calls[0].ticket, Outcome::kDelayed);
  EXPECT_EQ(Get(id)->state(), OrderState::kWaiting);
  EXPECT_EQ(WorkOrderOf(id).callback_token, token);
  EXPECT_EQ(WorkOrderOf(id).attempts[0].outcome, Outcome::kDelayed);
  EXPECT_GT(WorkOrderOf(id).deadline, kBegin + 6 * kDay);
  EXPECT_EQ(node_->metrics().orders_waiting_now, 1U);
  EXPECT_EQ(node_->metrics().orders_folded_now, Folds() ? 1U : 0U);
  EXPECT_EQ(node_->partition().moments(), 1U);

  EXPECT_EQ(Complete(token, Outcome::kOk), "ok");
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
  EXPECT_EQ(WorkOrderOf(id).callback_token, "");
  EXPECT_EQ(node_->metrics().orders_waiting_now, 0U);
  EXPECT_EQ(node_->metrics().orders_folded_now, 0U);
  EXPECT_EQ(node_->partition().moments(), 0U);
  EXPECT_EQ(Complete(token, Outcome::kOk), "conflict") << "it is spent";
  EXPECT_EQ(Complete(token + "x", Outcome::kOk), "not_found");
  bool told = false;
  for (const HistoryItem& item : Get(id)->History(0, 100)) {
    told = told || (item.event == "work_order_answered" && item.actor == "crm");
  }
  EXPECT_TRUE(told);
}

TEST_P(NodeAsyncTest, RestartKeepsTheWaitAndSendsNothingAgain) {
  const OrderId waits = Submit("line");
  const std::string token = cartridge_.calls[0].callback_token;
  Answer(cartridge_.calls[0].ticket, Outcome::kDelayed);
  const OrderId sent = Submit("line");
  Restart();
  ASSERT_EQ(cartridge_.calls.size(), 1U);
  EXPECT_EQ(cartridge_.calls[0].ticket.work_order.order, sent);
  EXPECT_TRUE(cartridge_.resumed.empty()) << "nobody answers for an http target";
  EXPECT_EQ(Get(waits)->state(), OrderState::kWaiting);
  EXPECT_EQ(WorkOrderOf(waits).callback_token, token);
  EXPECT_EQ(node_->metrics().orders_waiting_now, 1U);
  EXPECT_EQ(Complete(token, Outcome::kOk), "ok");
  EXPECT_EQ(Get(waits)->state(), OrderState::kCompleted);
}

TEST_P(NodeAsyncTest, WhatAnswersByItselfIsToldOfWhatWaits) {
  const OrderId id = Submit("auto");
  EXPECT_EQ(cartridge_.calls[0].callback_token, "");
  const Nanos delayed_at = clock_.true_now();
  Answer(cartridge_.calls[0].ticket, Outcome::kDelayed);
  Pass(kMinute);
  Restart();
  EXPECT_TRUE(cartridge_.calls.empty());
  ASSERT_EQ(cartridge_.resumed.size(), 1U);
  EXPECT_EQ(cartridge_.resumed[0].since, delayed_at);
  EXPECT_EQ(cartridge_.resumed[0].call.operation, "port");
  Answer(cartridge_.resumed[0].call.ticket, Outcome::kOk);
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
}

TEST_P(NodeAsyncTest, SilenceIsAnErrorAlsoAfterARestart) {
  const OrderId id = Submit("auto");
  Answer(cartridge_.calls[0].ticket, Outcome::kDelayed);
  Restart();
  Pass(7 * kDay);
  ASSERT_EQ(cartridge_.calls.size(), 1U);
  EXPECT_EQ(cartridge_.calls[0].ticket.attempt, 2U);
  EXPECT_EQ(WorkOrderOf(id).attempts[0].detail, "no answer within 7d");
  Answer(cartridge_.calls[0].ticket, Outcome::kTechnical);
  EXPECT_EQ(Get(id)->state(), OrderState::kHeld);
}

TEST_P(NodeAsyncTest, DeadlineOfTheStepCutsTheWaitShortAlsoAfterARestart) {
  const OrderId before = Submit("hurry");
  Answer(cartridge_.calls.back().ticket, Outcome::kDelayed);
  Pass(kHour);
  EXPECT_EQ(Get(before)->state(), OrderState::kHeld);
  const OrderId after = Submit("hurry");
  Answer(cartridge_.calls.back().ticket, Outcome::kDelayed);
  Restart();
  EXPECT_EQ(node_->metrics().orders_folded_now, 2U);
  EXPECT_EQ(Get(after)->state(), OrderState::kWaiting);
  Pass(kHour);
  EXPECT_EQ(Get(after)->state(), OrderState::kHeld);
  EXPECT_EQ(WorkOrderOf(after).attempts[0].detail, "not done within its deadline of 1h");
}

TEST_P(NodeAsyncTest, AnswerBeforeTheDelayIsRecordedCounts) {
  const OrderId id = Submit("line");
  EXPECT_EQ(Complete(cartridge_.calls[0].callback_token, Outcome::kOk), "ok");
  Answer(cartridge_.calls[0].ticket, Outcome::kDelayed);
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
}

TEST_P(NodeAsyncTest, AnswerAfterARestartWithdrawsTheRepeatedCall) {
  const OrderId id = Submit("line");
  const std::string token = cartridge_.calls[0].callback_token;
  Restart();
  ASSERT_EQ(cartridge_.calls.size(), 1U);
  EXPECT_EQ(cartridge_.calls[0].callback_token, token);
  EXPECT_EQ(Complete(token, Outcome::kFunctional), "ok");
  EXPECT_EQ(Get(id)->state(), OrderState::kFailed);
  Answer(cartridge_.calls[0].ticket, Outcome::kOk);
  EXPECT_EQ(Get(id)->state(), OrderState::kFailed);
}

TEST_P(NodeAsyncTest, OrderBeginsWhenItsStartHasCome) {
  const OrderId id = Submit("line", kBegin + kHour);
  EXPECT_EQ(Get(id)->state(), OrderState::kNew);
  Restart();
  EXPECT_TRUE(cartridge_.calls.empty());
  EXPECT_EQ(node_->partition().moments(), 1U);
  Pass(kHour);
  EXPECT_EQ(cartridge_.calls.size(), 1U);
  EXPECT_EQ(Get(id)->state(), OrderState::kRunning);
  EXPECT_EQ(node_->partition().moments(), 0U);
}

TEST_P(NodeAsyncTest, StartCanBeMoved) {
  const OrderId id = Submit("line", kBegin + kHour);
  std::string word;
  OrderPatch patch;
  patch.requested_start = kBegin + kMinute;
  node_->PatchOrder(id, patch, Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "New");
  EXPECT_EQ(node_->partition().moments(), 1U);
  Pass(kMinute);
  EXPECT_EQ(cartridge_.calls.size(), 1U);
  EXPECT_EQ(Get(id)->View().requested_start, kBegin + kMinute);
  patch.expected_version = 1;
  node_->PatchOrder(id, patch, Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "conflict");
}

TEST_P(NodeAsyncTest, AnOrderThatHasEndedStillTakesWhatDescribesIt) {
  const OrderId id = Submit("line");
  Answer(cartridge_.calls[0].ticket, Outcome::kOk);
  ASSERT_EQ(Get(id)->state(), OrderState::kCompleted);
  const std::uint64_t version = Get(id)->version();
  OrderPatch patch;
  patch.actor = "clerk";
  patch.external_id = "crm-17";
  patch.expected_version = version;
  std::string word;
  node_->PatchOrder(id, patch, Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "Completed");
  node_->PatchOrder(id, patch, Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "conflict") << "it has another version by now";
  patch.expected_version = 0;
  patch.requested_start = kBegin;
  node_->PatchOrder(id, patch, Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "conflict") << "it has begun long ago";

  Restart();
  const auto kept = Get(id);
  EXPECT_EQ(kept->version(), version + 1);
  EXPECT_EQ(kept->View().summary.external_id, "crm-17");
  const auto history = kept->History(version, 2);
  ASSERT_EQ(history.size(), 1U);
  EXPECT_EQ(history[0].event, "order_patched");
  EXPECT_EQ(history[0].actor, "clerk");
}

TEST_P(NodeAsyncTest, ACancelOfAnotherVersionIsRefused) {
  const OrderId id = Submit("line", kBegin + kHour);
  std::string word;
  node_->CancelOrder({id, 7}, "tester", "", Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "conflict");
  node_->AbortOrder({id, 1}, "tester", "", Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "Cancelled");
}

TEST_P(NodeAsyncTest, CancelOfAnOrderThatHasNotBegun) {
  const OrderId id = Submit("line", kBegin + kHour);
  std::string word;
  node_->CancelOrder(id, "tester", "not wanted", Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "Cancelled");
  EXPECT_EQ(node_->metrics().orders_cancelled, 1U);
  EXPECT_EQ(node_->partition().moments(), 0U);
  Pass(kDay);
  EXPECT_TRUE(cartridge_.calls.empty());
  EXPECT_EQ(Get(id)->View().summary.port, Port::kCancel);
  node_->CancelOrder(id, "tester", "", Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "conflict");
}

TEST_P(NodeAsyncTest, AbortOfAnOrderThatWaits) {
  const OrderId id = Submit("line");
  const std::string token = cartridge_.calls[0].callback_token;
  Answer(cartridge_.calls[0].ticket, Outcome::kDelayed);
  std::string word;
  node_->CancelOrder(id, "tester", "", Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "Waiting") << "a cancel waits for the slice";
  EXPECT_EQ(node_->partition().moments(), 1U);
  EXPECT_TRUE(Get(id)->View().cancel_requested);
  Restart();
  node_->AbortOrder(id, "tester", "at once", Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "Cancelled");
  EXPECT_EQ(node_->partition().moments(), 0U);
  EXPECT_EQ(Complete(token, Outcome::kOk), "conflict");
}

// What a target that answers by itself has delayed in this life it knows without being told.
TEST_P(NodeAsyncTest, ManyThatWaitAreTakenUpAgain) {
  constexpr std::size_t kOrders = 1'300;
  for (std::size_t i = 0; i < kOrders; ++i) {
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = "auto";
    node_->SubmitOrder(request, {}, [](auto reply) { EXPECT_TRUE(reply.has_value()); });
  }
  Pass(kSecond);
  std::set<CallTicket> delayed;
  while (delayed.size() < kOrders) {
    std::vector<CartridgeAnswer> answers;
    for (const CartridgeCall& call : std::exchange(cartridge_.calls, {})) {
      CartridgeAnswer& answer = answers.emplace_back();
      answer.ticket = call.ticket;
      answer.outcome = Outcome::kDelayed;
      delayed.insert(call.ticket);
    }
    ASSERT_FALSE(answers.empty());
    node_->answer_sink().OnAnswers(std::move(answers));
    Pass(kSecond);
  }
  EXPECT_EQ(node_->metrics().orders_waiting_now, kOrders);
  Restart();
  EXPECT_EQ(node_->metrics().orders_waiting_now, kOrders);
  EXPECT_EQ(node_->metrics().orders_folded_now, kOrders);
  EXPECT_EQ(node_->partition().moments(), kOrders);
  std::set<WorkOrderRef> resumed;
  for (const Cartridge::Waiting& one : cartridge_.resumed) {
    resumed.insert(one.call.ticket.work_order);
  }
  EXPECT_EQ(cartridge_.resumed.size(), kOrders);
  EXPECT_EQ(resumed.size(), kOrders);
  std::vector<CartridgeAnswer> answers;
  for (const Cartridge::Waiting& one : cartridge_.resumed) {
    answers.emplace_back().ticket = one.call.ticket;
  }
  node_->answer_sink().OnAnswers(std::move(answers));
  Pass(kSecond);
  EXPECT_EQ(node_->metrics().orders_completed, kOrders);
  EXPECT_EQ(node_->metrics().orders_live, 0U);
}

TEST_P(NodeAsyncTest, ListsFindWhatWaits) {
  const OrderId early = Submit("line");
  Answer(cartridge_.calls.back().ticket, Outcome::kDelayed);
  const OrderId later = Submit("auto", kBegin + kHour);
  const auto list = [&](auto member, auto value) {
    OrderQuery query;
    query.*member = value;
    std::vector<OrderId> ids;
    node_->ListOrders(query, [&ids](Result<OrderList> found) {
      ASSERT_TRUE(found.has_value());
      for (const OrderSummary& item : found->items) ids.push_back(item.id);
    });
    Pass(kSecond);
    return ids;
  };
  EXPECT_THAT(list(&OrderQuery::limit, 10U), ElementsAre(later, early));
  EXPECT_THAT(list(&OrderQuery::state, OrderState::kWaiting), ElementsAre(early));
  EXPECT_THAT(list(&OrderQuery::product, "auto"), ElementsAre(later));
  EXPECT_THAT(list(&OrderQuery::customer, "nobody"), ElementsAre());
  EXPECT_THAT(list(&OrderQuery::limit, 1U), ElementsAre(later));
}

TEST_P(NodeAsyncTest, UnknownOrders) {
  std::string word;
  node_->CancelOrder(OrderId::Of(0, 4711), "tester", "", Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "not_found");
  node_->PatchOrder(OrderId::Of(0, 4711), {}, Note(word));
  Pass(kSecond);
  EXPECT_EQ(word, "not_found");
  // A token of ours for an order that is gone.
  const CallbackTokens tokens(std::string(kCallbackKeyBytes, 'k'));
  EXPECT_EQ(Complete(tokens.Make({.work_order = {OrderId::Of(0, 4711), 0}, .run = 1, .attempt = 1}),
                     Outcome::kOk),
            "conflict");
}

INSTANTIATE_TEST_SUITE_P(Orders, NodeAsyncTest, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "Folded" : "Unfolded"; });

}  // namespace
}  // namespace cairn
