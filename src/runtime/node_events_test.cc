// The events of a whole node: read along and over a restart, and told to listeners that fail, are
// slow, or whose node is killed meanwhile.
#include "runtime/node_events.h"

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

constexpr Nanos kBegin = 1'790'000'000 * kSecond;

class HeldCalls final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> taken) override {
    for (CartridgeCall& call : taken) calls.push_back(std::move(call));
  }
  void Stop() override {}
  std::vector<CartridgeCall> calls;
};

// Tells of each change of an order's state.
std::vector<Fields> TellOfStates(const std::string& query, const ToldEvent& told) {
  const bool accepted = told.event.event == "order_accepted";
  if (!accepted && told.state_before == told.event.state) return {};
  if (query == "ends" && !IsFinal(told.event.state)) return {};
  EXPECT_EQ(told.after()->state(), told.event.state);
  EXPECT_EQ(told.before() == nullptr, accepted);
  if (!accepted) {
    EXPECT_EQ(told.before()->state(), told.state_before);
  }
  Fields body;
  body.Add("state", "\"" + std::string(Name(told.event.state)) + "\"");
  return {body};
}

class NodeEventsTest : public ::testing::Test {
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
    options.tell_listener = TellOfStates;
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   std::move(options));
    const auto report = node_->Start(Catalog::Make(catalog), {.simulated = &cartridge_}, &caller_);
    ASSERT_TRUE(report.has_value()) << report.error().message;
    Pass(100 * kMillisecond);
  }

  void Restart() {
    node_.reset();
    executor_.ForgetPending();
    cartridge_.calls.clear();
    caller_.calls.clear();
    StartNode();
  }

  // Lets time pass, with all that happens in it.
  void Pass(Nanos span) {
    bool over = false;
    executor_.At(clock_.true_now() + span, [&over] { over = true; });
    executor_.At(clock_.true_now() + span + 1, [] {});
    while (!over && executor_.RunOne()) {
    }
  }

  // One that completes.
  OrderId RunOrder() {
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = "line";
    OrderId id;
    node_->SubmitOrder(request, {.actor = "tester", .idempotency_key = {}}, [&id](auto reply) {
      ASSERT_TRUE(reply.has_value()) << reply.error().detail;
      id = reply->id;
    });
    Pass(50 * kMillisecond);
    EXPECT_FALSE(cartridge_.calls.empty());
    std::vector<CartridgeAnswer> answers(1);
    answers[0].ticket = cartridge_.calls.back().ticket;
    answers[0].outcome = Outcome::kOk;
    node_->answer_sink().OnAnswers(std::move(answers));
    Pass(50 * kMillisecond);
    return id;
  }

  EventService::Events Read(const EventQuery& query) {
    std::optional<EventService::Events> events;
    node_->events().ReadEvents(query, [&events](auto page) {
      ASSERT_TRUE(page.has_value()) << page.error().message;
      events = std::move(*page);
    });
    Pass(50 * kMillisecond);
    EXPECT_TRUE(events.has_value());
    return events.value_or(EventService::Events());
  }

  ListenerView Listen(const std::string& query = {}) {
    std::optional<ListenerView> view;
    node_->events().AddListener("http://crm/in", query, "tester", [&view](auto added) {
      ASSERT_TRUE(added.has_value()) << added.error().message;
      view = *added;
    });
    Pass(50 * kMillisecond);
    EXPECT_TRUE(view.has_value());
    return view.value_or(ListenerView());
  }

  void AnswerCaller(Outcome outcome) {
    std::vector<CartridgeAnswer> answers(1);
    answers[0].ticket = caller_.calls.back().ticket;
    answers[0].outcome = outcome;
    answers[0].detail = outcome == Outcome::kOk ? "" : "HTTP 500";
    node_->listener_sink().OnAnswers(std::move(answers));
    Pass(50 * kMillisecond);
  }
  std::string LastTold() const { return std::string(*caller_.calls.back().input.Find("state")); }

  Random random_{1};
  simulation::SimClock clock_{kBegin};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  HeldCalls cartridge_;
  HeldCalls caller_;
  ArchiveMemory archive_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

std::vector<std::string> NamesOf(const EventService::Events& page) {
  std::vector<std::string> names;
  for (const PublishedEvent& event : page.items) names.push_back(event.event);
  return names;
}

std::vector<std::uint64_t> SequencesOf(const EventService::Events& page) {
  std::vector<std::uint64_t> sequences;
  for (const PublishedEvent& event : page.items) sequences.push_back(event.position.sequence);
  return sequences;
}

TEST_F(NodeEventsTest, WhatHappensIsReadInItsOrderAlsoAfterARestart) {
  const EventPosition now = Read({}).last;
  const OrderId id = RunOrder();
  const auto page = Read({.after = now, .order = {}, .max = 100, .wait = 0});
  EXPECT_FALSE(page.reset);
  EXPECT_EQ(NamesOf(page),
            (std::vector<std::string>{"order_accepted", "slice_started", "work_orders_sent",
                                      "work_order_answered", "order_left_pop"}));
  EXPECT_EQ(page.items.front().order, id);
  EXPECT_EQ(page.items.front().actor, "tester");
  EXPECT_EQ(page.items.front().state, OrderState::kNew);
  EXPECT_EQ(page.items.back().state, OrderState::kCompleted);
  EXPECT_EQ(page.items.back().position.sequence, page.last.sequence);

  Restart();
  const auto again = Read({.after = now, .order = {}, .max = 100, .wait = 0});
  EXPECT_FALSE(again.reset);
  EXPECT_EQ(SequencesOf(again), SequencesOf(page));
  EXPECT_EQ(again.items.back().detail, page.items.back().detail);
  const auto rest = Read({.after = page.items[2].position, .order = {}, .max = 1, .wait = 0});
  EXPECT_EQ(NamesOf(rest), std::vector<std::string>{"work_order_answered"});
}

TEST_F(NodeEventsTest, AReaderWaitsForWhatIsToCome) {
  std::optional<EventService::Events> events;
  node_->events().ReadEvents({.after = {}, .order = {}, .max = 100, .wait = kMinute},
                             [&events](auto page) { events = *page; });
  Pass(kSecond);
  EXPECT_FALSE(events.has_value());
  RunOrder();
  ASSERT_TRUE(events.has_value());
  EXPECT_EQ(events->items.front().event, "order_accepted");

  events.reset();
  node_->events().ReadEvents({.after = {}, .order = {}, .max = 100, .wait = kMinute},
                             [&events](auto page) { events = *page; });
  Pass(kMinute + kSecond);
  ASSERT_TRUE(events.has_value());
  EXPECT_TRUE(events->items.empty());
}

TEST_F(NodeEventsTest, AReaderOfOneOrderSeesNoOther) {
  const EventPosition now = Read({}).last;
  const OrderId first = RunOrder();
  const OrderId second = RunOrder();
  const auto page = Read({.after = now, .order = second, .max = 100, .wait = 0});
  EXPECT_EQ(page.items.size(), 5U);
  for (const PublishedEvent& event : page.items) EXPECT_NE(event.order, first);
}

TEST_F(NodeEventsTest, APlaceOfAnotherJournalIsReset) {
  RunOrder();
  const auto page = Read({.after = {0, UINT64_MAX >> 1U}, .order = {}, .max = 100, .wait = 0});
  EXPECT_TRUE(page.reset);
  EXPECT_EQ(page.items.front().event, "order_accepted");
  EXPECT_TRUE(Read({.after = {7, 1}, .order = {}, .max = 100, .wait = 0}).reset);
}

TEST_F(NodeEventsTest, AListenerIsToldOneByOneUntilItAnswers) {
  const ListenerView listener = Listen();
  EXPECT_EQ(listener.id.substr(0, 3), "ls-");
  EXPECT_EQ(Listen().id, listener.id) << "the same twice is one";
  RunOrder();
  ASSERT_EQ(caller_.calls.size(), 1U);
  EXPECT_EQ(caller_.calls[0].cartridge->http().url(), "http://crm/in");
  EXPECT_EQ(LastTold(), R"("New")");
  const std::string key = caller_.calls[0].idempotency_key;

  AnswerCaller(Outcome::kTechnical);
  EXPECT_EQ(caller_.calls.size(), 1U);
  EXPECT_EQ(node_->events().ListListeners()[0].failures, 1U);
  EXPECT_EQ(node_->events().ListListeners()[0].last_failure, "HTTP 500");
  Pass(kListenerRetryMin);
  ASSERT_EQ(caller_.calls.size(), 2U);
  EXPECT_EQ(caller_.calls[1].idempotency_key, key);
  AnswerCaller(Outcome::kTechnical);
  Pass(kListenerRetryMin);
  EXPECT_EQ(caller_.calls.size(), 2U) << "it waits twice as long";
  Pass(kListenerRetryMin);
  ASSERT_EQ(caller_.calls.size(), 3U);

  AnswerCaller(Outcome::kOk);
  EXPECT_EQ(LastTold(), R"("Running")");
  AnswerCaller(Outcome::kOk);
  EXPECT_EQ(LastTold(), R"("Completed")");
  AnswerCaller(Outcome::kOk);
  EXPECT_EQ(caller_.calls.size(), 5U);
  EXPECT_EQ(node_->events().ListListeners()[0].failures, 0U);
}

TEST_F(NodeEventsTest, AfterARestartItGoesOnWithWhatWasNotAnswered) {
  Listen();
  RunOrder();
  AnswerCaller(Outcome::kOk);  // New
  ASSERT_EQ(LastTold(), R"("Running")");
  const std::string key = caller_.calls.back().idempotency_key;
  Restart();
  // How far it was told is noted once a page is through: something may be told twice.
  ASSERT_EQ(caller_.calls.size(), 1U);
  while (caller_.calls.back().idempotency_key != key) AnswerCaller(Outcome::kOk);
  AnswerCaller(Outcome::kOk);
  EXPECT_EQ(LastTold(), R"("Completed")");
  AnswerCaller(Outcome::kOk);
  Restart();
  EXPECT_TRUE(caller_.calls.empty()) << "all was told, and that is noted";
  RunOrder();
  EXPECT_EQ(caller_.calls.size(), 1U);
}

TEST_F(NodeEventsTest, AQueryIsTheListenersOwn) {
  Listen("ends");
  RunOrder();
  ASSERT_EQ(caller_.calls.size(), 1U);
  EXPECT_EQ(LastTold(), R"("Completed")");
}

TEST_F(NodeEventsTest, WhoIsRemovedIsToldNothing) {
  const ListenerView listener = Listen();
  const auto remove = [&] {
    std::string word;
    node_->events().RemoveListener(listener.id, "tester", [&word](Status status) {
      word = status ? "ok" : std::string(ErrorCodeName(status.error().code));
    });
    Pass(50 * kMillisecond);
    return word;
  };
  EXPECT_EQ(remove(), "ok");
  EXPECT_EQ(remove(), ErrorCodeName(ErrorCode::kNotFound));
  RunOrder();
  EXPECT_TRUE(caller_.calls.empty());
  Restart();
  EXPECT_TRUE(node_->events().ListListeners().empty());
}

TEST_F(NodeEventsTest, NobodyIsCalledOnceTheNodeStops) {
  Listen();
  RunOrder();
  ASSERT_EQ(caller_.calls.size(), 1U);
  node_->StopAdmission();
  AnswerCaller(Outcome::kTechnical);
  Pass(kMinute);
  EXPECT_EQ(caller_.calls.size(), 1U);
}

}  // namespace
}  // namespace cairn
