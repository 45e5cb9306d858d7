// The inventory of a node: what completed product orders leave, what planning makes of it, and what
// restarts and the moving of old records keep.
#include "adapters/archive_memory/archive_memory.h"
#include "adapters/journal_file/journal_file.h"
#include "runtime/node.h"
#include "runtime/order_snapshot.h"
#include "simulation/sim_executor.h"
#include "simulation/storage/sim_storage.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Nanos kBegin = 1'790'000'000 * kSecond;

constexpr const char* kCatalog = R"(
  cartridges { name: "robot" simulated {} }
  products {
    name: "mail"
    parameters { name: "line" type: STRING mandatory: true }
    parameters { name: "pin" type: STRING secret: true }
    parameters { name: "size" type: INTEGER default_json: "1" }
    actions { verb: ADD decomposition: "work" }
    actions { verb: MODIFY decomposition: "work" }
    actions { verb: DELETE decomposition: "work" }
    service { id_parameter: "line" delta: true }
  }
  products {
    name: "strict"
    parameters { name: "line" type: STRING mandatory: true }
    actions { verb: ADD decomposition: "work" }
    actions { verb: DELETE decomposition: "work" }
    service { id_parameter: "line" must_exist: true }
  }
  technical_product_orders {
    name: "work" steps { name: "w" cartridge: "robot" operation: "do" }
  }
)";

class HeldCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> taken) override {
    for (CartridgeCall& call : taken) calls.push_back(std::move(call));
  }
  void Stop() override {}
  std::vector<CartridgeCall> calls;
};

class NodeInventoryTest : public ::testing::Test {
 protected:
  void SetUp() override { StartNode(); }

  void StartNode() {
    records::Catalog catalog;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kCatalog, &catalog));
    journal_ = std::make_unique<JournalFile>(
        storage_, JournalFileOptions{.segment_bytes = 128U << 10U, .id_seed = 1});
    Node::Options options;
    options.limits = limits_;
    options.callback_key = std::string(kCallbackKeyBytes, 'k');
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   std::move(options));
    const auto report = node_->Start(Catalog::Make(std::move(catalog)), {.simulated = &cartridge_});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    Pass(kSecond);
  }
  void Restart(CrashStyle style = CrashStyle::kLoseUnsynced) {
    node_.reset();
    journal_.reset();
    executor_.ForgetPending();
    storage_.Crash(style);
    cartridge_.calls.clear();
    StartNode();
  }
  void Pass(Nanos span) {
    bool over = false;
    executor_.At(clock_.true_now() + span, [&over] { over = true; });
    executor_.At(clock_.true_now() + span + 1, [] {});
    while (!over && executor_.RunOne()) {
    }
  }

  // Without a step of the node: `word` is what has become of it, once there was one.
  void Put(records::Verb verb, const std::string& product, const std::string& json,
           std::string& word, const std::string& key = {}) {
    OrderRequest request;
    request.customer = "C-1";
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = product;
    wanted.verb = verb;
    wanted.parameters = Fields::FromJsonText(json).value();
    word = "nothing";
    node_->SubmitOrder(request, {.actor = "tester", .idempotency_key = key}, [&](auto reply) {
      ASSERT_EQ(word, "nothing") << "told twice";
      word = reply ? FormatId(reply->id) : reply.error().detail;
    });
  }
  std::string Submit(records::Verb verb, const std::string& product, const std::string& json,
                     const std::string& key = {}) {
    std::string word;
    Put(verb, product, json, word, key);
    Pass(100 * kMillisecond);
    return word;
  }
  // What is under way is answered, without a step of the node.
  void AnswerAll(Outcome outcome = Outcome::kOk) {
    for (const CartridgeCall& call : std::exchange(cartridge_.calls, {})) {
      std::vector<CartridgeAnswer> answers(1);
      answers[0].ticket = call.ticket;
      answers[0].outcome = outcome;
      node_->answer_sink().OnAnswers(std::move(answers));
    }
  }
  std::string Run(records::Verb verb, const std::string& product, const std::string& json) {
    const std::string id = Submit(verb, product, json);
    AnswerAll();
    Pass(100 * kMillisecond);
    return id;
  }
  OrderView View(const std::string& id) {
    OrderView view;
    node_->GetOrder(ParseId<OrderTag>(id).value(), [&view](auto order) {
      ASSERT_TRUE(order.has_value()) << order.error().message;
      view = (*order)->View();
    });
    Pass(100 * kMillisecond);
    return view;
  }
  InventoryList List(InventoryQuery query = {}) {
    InventoryList list;
    list.next = "no answer";
    node_->inventory().ListServices(std::move(query), [&list](auto answer) {
      ASSERT_TRUE(answer.has_value()) << answer.error().message;
      list = std::move(*answer);
    });
    Pass(100 * kMillisecond);
    EXPECT_NE(list.next, "no answer");
    return list;
  }
  static std::vector<std::string> LinesOf(const InventoryList& list) {
    std::vector<std::string> lines;
    for (const ServiceView& s : list.items) {
      lines.push_back(
          fmt::format("{} {} {} {}", s.product, s.service, s.state, s.parameters.ToJsonObject()));
    }
    return lines;
  }
  std::vector<std::string> Lines() { return LinesOf(List()); }
  std::string Error(const std::string& id) {
    std::string word = "nothing";
    node_->inventory().GetService(id, [&word](auto service) {
      word = service ? service->service : std::string(ErrorCodeName(service.error().code));
    });
    Pass(100 * kMillisecond);
    return word;
  }

  Random random_{1};
  simulation::SimClock clock_{kBegin};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  HeldCartridge cartridge_;
  ArchiveMemory archive_;
  PartitionLimits limits_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

TEST_F(NodeInventoryTest, CompletedOrdersWriteIt) {
  Submit(records::ADD, "mail", R"({"line":"a","pin":"1234"})");
  EXPECT_THAT(Lines(), IsEmpty()) << "not before it has completed";
  AnswerAll();
  Pass(kSecond);
  EXPECT_THAT(Lines(), ElementsAre(R"(mail a active {"line":"a","pin":"***","size":1})"));
  Run(records::MODIFY, "mail", R"({"line":"a","size":2})");
  EXPECT_THAT(Lines(), ElementsAre(R"(mail a active {"line":"a","size":2,"pin":"***"})"));
  const std::string id = Run(records::DELETE, "mail", R"({"line":"a"})");
  const InventoryList list = List();
  EXPECT_THAT(LinesOf(list), ElementsAre(R"(mail a terminated {"line":"a","size":2,"pin":"***"})"));
  const ServiceView& service = list.items.at(0);
  EXPECT_EQ(FormatId(service.order), id);
  EXPECT_EQ(service.customer, "C-1");
  EXPECT_LT(service.created_at, service.changed_at);
  EXPECT_EQ(Error(service.id), "a");
  EXPECT_EQ(Error("sv-zzz"), "not_found");
  EXPECT_EQ(Error("so-1"), "invalid_argument");

  Run(records::ADD, "mail", R"({"line":"a"})");
  EXPECT_EQ(List().items.size(), 2U) << "a new one";
  EXPECT_NE(List().items.at(1).id, service.id);
}

TEST_F(NodeInventoryTest, WhatFailsLeavesNothing) {
  Submit(records::ADD, "mail", R"({"line":"a"})");
  AnswerAll(Outcome::kFunctional);
  Pass(kSecond);
  EXPECT_THAT(Lines(), IsEmpty());
}

TEST_F(NodeInventoryTest, DeltaLeavesOutWhatIsThere) {
  Run(records::ADD, "mail", R"({"line":"a"})");
  const std::string again = Submit(records::ADD, "mail", R"({"line":"a","size":1})");
  const OrderView view = View(again);
  EXPECT_EQ(view.summary.state, OrderState::kCompleted);
  EXPECT_TRUE(view.product_orders.at(0).dropped_by_delta);
  EXPECT_EQ(view.product_orders.at(0).service, "a");
  EXPECT_EQ(view.product_orders.at(0).state, ProductOrderState::kCompleted);
  EXPECT_THAT(cartridge_.calls, IsEmpty());
  EXPECT_NE(FormatId(List().items.at(0).order), again) << "it has not touched it";
  EXPECT_TRUE(View(Submit(records::DELETE, "mail", R"({"line":"b"})"))
                  .product_orders.at(0)
                  .dropped_by_delta);
}

TEST_F(NodeInventoryTest, ModifyAdoptsUnlessItMustExist) {
  Run(records::MODIFY, "mail", R"({"line":"a","size":3})");
  EXPECT_THAT(Lines(), ElementsAre(R"(mail a active {"line":"a","size":3})"));
  EXPECT_THAT(Submit(records::DELETE, "strict", R"({"line":"a"})"),
              HasSubstr("product 'strict' has no service 'a'"));
}

TEST_F(NodeInventoryTest, RestartsKeepIt) {
  Run(records::ADD, "mail", R"({"line":"a"})");
  Run(records::ADD, "mail", R"({"line":"b"})");
  Run(records::MODIFY, "mail", R"({"line":"a","size":5})");
  Run(records::DELETE, "mail", R"({"line":"b"})");
  Submit(records::ADD, "mail", R"({"line":"c"})");
  const std::vector<std::string> before = Lines();
  EXPECT_EQ(before.size(), 2U);
  const std::string dump = DumpState(node_->partition().state());
  Restart();
  EXPECT_EQ(Lines(), before);
  EXPECT_EQ(DumpState(node_->partition().state()), dump);
  EXPECT_TRUE(View(Submit(records::ADD, "mail", R"({"line":"a","size":5})"))
                  .product_orders.at(0)
                  .dropped_by_delta);
  AnswerAll();  // c, that was sent again
  Pass(kSecond);
  EXPECT_EQ(Lines().size(), 3U);
}

// The answer that completes the first order is decided before the second order, which was planned
// without knowing of it.
TEST_F(NodeInventoryTest, AStalePlanIsMadeAgain) {
  Submit(records::ADD, "mail", R"({"line":"a"})");
  AnswerAll();
  std::string word;
  Put(records::ADD, "mail", R"({"line":"a"})", word);
  EXPECT_FALSE(node_->quiet());
  Pass(kSecond);
  EXPECT_TRUE(View(word).product_orders.at(0).dropped_by_delta);
  EXPECT_TRUE(node_->quiet());

  Run(records::ADD, "strict", R"({"line":"s"})");
  Submit(records::DELETE, "strict", R"({"line":"s"})");
  AnswerAll();
  Put(records::DELETE, "strict", R"({"line":"s"})", word);
  Pass(kSecond);
  EXPECT_THAT(word, HasSubstr("has no service 's'")) << "it has just been deleted";
}

TEST_F(NodeInventoryTest, ARepeatOfWhatWasAcceptedIsAnsweredWhateverHasChanged) {
  Run(records::ADD, "strict", R"({"line":"s"})");
  const std::string id = Submit(records::DELETE, "strict", R"({"line":"s"})", "key-1");
  AnswerAll();
  Pass(kSecond);
  EXPECT_EQ(Submit(records::DELETE, "strict", R"({"line":"s"})", "key-1"), id);
  EXPECT_THAT(Submit(records::DELETE, "strict", R"({"line":"s"})", "key-2"),
              HasSubstr("has no service 's'"));
}

TEST_F(NodeInventoryTest, ListsComeInPagesAndByFilter) {
  for (const char* line : {"a", "b", "c"}) {
    Run(records::ADD, "mail", fmt::format(R"({{"line":"{}"}})", line));
    Run(records::ADD, "strict", fmt::format(R"({{"line":"{}"}})", line));
  }
  InventoryQuery query;
  query.product = "mail";
  query.limit = 2;
  const InventoryList first = List(query);
  EXPECT_EQ(first.items.size(), 2U);
  query.after = first.next;
  const InventoryList second = List(query);
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_EQ(second.items[0].service, "c");
  EXPECT_EQ(second.next, "");
  InventoryQuery by_name;
  by_name.service = "b";
  EXPECT_EQ(List(by_name).items.size(), 2U);
  by_name.customer = "C-2";
  EXPECT_EQ(List(by_name).items.size(), 0U);
  query.after = "so-1";
  std::string word;
  node_->inventory().ListServices(query, [&word](auto list) {
    word = list ? "a list" : std::string(ErrorCodeName(list.error().code));
  });
  EXPECT_EQ(word, "invalid_argument");
}

TEST_F(NodeInventoryTest, TerminatedOnesGoAfterAWhile) {
  limits_.terminated_services = 2;
  Restart();
  for (const char* line : {"a", "b", "c"}) {
    Run(records::ADD, "mail", fmt::format(R"({{"line":"{}"}})", line));
    Run(records::DELETE, "mail", fmt::format(R"({{"line":"{}"}})", line));
  }
  EXPECT_EQ(List().items.size(), 2U);
  EXPECT_EQ(List().items.at(0).service, "b");
  clock_.MoveTo(clock_.true_now() + kTerminatedServiceTime);
  Run(records::ADD, "mail", R"({"line":"d"})");
  Run(records::DELETE, "mail", R"({"line":"d"})");
  EXPECT_THAT(Lines(), ElementsAre(HasSubstr("mail d terminated")));
  const std::string dump = DumpState(node_->partition().state());
  Restart();
  EXPECT_EQ(DumpState(node_->partition().state()), dump);
}

TEST_F(NodeInventoryTest, AFullInventoryTakesNoMore) {
  limits_.services = 1;
  Restart();
  Run(records::ADD, "mail", R"({"line":"a"})");
  EXPECT_THAT(Submit(records::ADD, "mail", R"({"line":"b"})"),
              HasSubstr("the inventory holds 1 services"));
  const std::string id = Run(records::MODIFY, "mail", R"({"line":"a","size":9})");
  EXPECT_EQ(View(id).summary.state, OrderState::kCompleted);
}

// Services outlive the segments that they were written to, and cost as much as they are.
TEST_F(NodeInventoryTest, OldSegmentsGo) {
  Run(records::ADD, "mail", R"({"line":"old"})");
  const std::string big(40'000, 'x');
  for (int i = 0; i < 60; ++i) {
    Run(records::MODIFY, "mail", fmt::format(R"({{"line":"a","size":{},"t":"{}"}})", i, big));
  }
  Pass(kMinute);
  const JournalSpace space = journal_->Space();
  EXPECT_GT(space.first_segment, 3U);
  EXPECT_LT(space.bytes, 8 * space.segment_bytes);
  const std::string dump = DumpState(node_->partition().state());
  Restart();
  EXPECT_EQ(DumpState(node_->partition().state()), dump);
  EXPECT_THAT(Lines().at(0), HasSubstr("mail old active"));
}

}  // namespace
}  // namespace cairn
