// The tasks of people, through a whole node: what is listed, what completing or failing one does,
// and that a restart forgets none. Each test runs twice: with orders that wait as they are, and
// folded as soon as they wait.
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

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Answers delayed at once, as a cartridge for people does.
class DelayingCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> calls) override {
    std::vector<CartridgeAnswer> answers;
    for (const CartridgeCall& call : calls) {
      answers.push_back(
          {.ticket = call.ticket, .outcome = Outcome::kDelayed, .output = {}, .detail = {}});
    }
    sink->OnAnswers(std::move(answers));
  }
  void Stop() override {}
  AnswerSink* sink = nullptr;
};

// One node on a simulated disk, with a cartridge that the test answers for.
class NodeTasksTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { StartNode(); }

  void StartNode() {
    constexpr const char* kText = R"(
      cartridges { name: "crew" manual {} attempts: 2 retry_delay_ns: 60000000000 }
      cartridges { name: "desk" manual {} }
      cartridges { name: "web" http { url: "http://127.0.0.1:1" operations { name: "port" } } }
      products {
        name: "cable" parameters { name: "street" }
        parameters { name: "pin" secret: true default_json: '"2357"' }
        actions { verb: ADD decomposition: "cable" }
      }
      products {
        name: "line" parameters { name: "street" }
        actions { verb: ADD decomposition: "line" }
      }
      technical_product_orders {
        name: "cable"
        steps { name: "dig" cartridge: "crew" operation: "dig"
                input { target: "street" parameter: "street" }
                input { target: "pin" parameter: "pin" } }
        steps { name: "file" cartridge: "desk" operation: "file" }
      }
      technical_product_orders {
        name: "line" steps { name: "port" cartridge: "web" operation: "port" }
      }
    )";
    records::Catalog catalog;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
    journal_ = std::make_unique<JournalFile>(storage_, JournalFileOptions{.id_seed = 1});
    Node::Options options;
    options.callback_key = std::string(kCallbackKeyBytes, 'k');
    if (GetParam()) options.limits.resting_orders = 0;
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   std::move(options));
    cartridge_.sink = &node_->answer_sink();
    const auto report = node_->Start(Catalog::Make(std::move(catalog)),
                                     {.http = &cartridge_, .manual = &cartridge_});
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

  static TaskQuery Query(std::string after, std::string cartridge, std::size_t limit = 100) {
    return {.after = std::move(after), .cartridge = std::move(cartridge), .limit = limit};
  }
  TaskList List(const TaskQuery& query = {}) {
    TaskList got;
    node_->tasks().ListTasks(query, [&got](auto list) {
      ASSERT_TRUE(list.has_value()) << list.error().message;
      got = *std::move(list);
    });
    Pass(100 * kMillisecond);
    return got;
  }
  std::vector<std::string> Ids(const TaskQuery& query = {}) {
    std::vector<std::string> ids;
    for (const TaskView& task : List(query).items) ids.push_back(task.id);
    return ids;
  }

  // "ok", or the name of the error.
  std::string Complete(const std::string& task, Outcome outcome) {
    std::string word = "no reply";
    Fields output;
    output.Add("depth", "80");
    node_->tasks().CompleteTask(
        task, {.actor = "bob", .outcome = outcome, .output = output, .detail = "said bob"},
        [&word](Status status) {
          word = status ? "ok" : std::string(ErrorCodeName(status.error().code));
        });
    Pass(100 * kMillisecond);
    return word;
  }

  static std::string Name(OrderId id, std::uint32_t index) {
    return FormatIdNumber("wo", id.value()) + "-" + std::to_string(index);
  }

  Random random_{1};
  simulation::SimClock clock_{1'790'000'000 * kSecond};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  DelayingCartridge cartridge_;
  ArchiveMemory archive_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

TEST_P(NodeTasksTest, WhatWaitsForAPersonIsListed) {
  const OrderId id = Submit("cable");
  Submit("line");
  EXPECT_THAT(Ids(), ElementsAre(Name(id, 0), Name(id, 1))) << "a target is no person";
  EXPECT_THAT(Ids(Query("", "desk")), ElementsAre(Name(id, 1)));
  EXPECT_THAT(Ids(Query("", "web")), IsEmpty());
  const TaskView task = List().items[0];
  EXPECT_EQ(task.order, id);
  EXPECT_EQ(task.product_order, "p");
  EXPECT_EQ(task.technical_order, "cable");
  EXPECT_EQ(task.step, "dig");
  EXPECT_EQ(task.cartridge, "crew");
  EXPECT_EQ(task.operation, "dig");
  EXPECT_EQ(task.input.Find("street"), "\"Main St\"");
  EXPECT_EQ(task.input.Find("pin"), "\"***\"");
  EXPECT_GT(task.since, 0);
  EXPECT_EQ(task.deadline, task.since + 7 * kDay);
  EXPECT_EQ(Get(id)->state(), OrderState::kWaiting);
  const OrderView view = Get(id)->View();
  for (const WorkOrderView& work_order : view.product_orders[0].technical_orders[0].work_orders) {
    EXPECT_TRUE(work_order.by_person);
  }
}

TEST_P(NodeTasksTest, PagesFollowEachOther) {
  const OrderId a = Submit("cable");
  const OrderId b = Submit("cable");
  const TaskList first = List(Query("", "", 3));
  ASSERT_EQ(first.items.size(), 3U);
  EXPECT_EQ(first.next, Name(b, 0));
  EXPECT_THAT(Ids(Query(first.next, "", 3)), ElementsAre(Name(b, 1)));
  EXPECT_EQ(List(Query("", "", 4)).next, "") << "the page is full, and there are no more";
  EXPECT_EQ(List(Query("", "crew", 1)).next, Name(a, 0));
  std::string word;
  node_->tasks().ListTasks(Query("wo-?", ""), [&word](auto list) {
    word = list ? "ok" : std::string(ErrorCodeName(list.error().code));
  });
  EXPECT_EQ(word, "invalid_argument");
}

TEST_P(NodeTasksTest, CompletedTasksMoveTheOrderOn) {
  const OrderId id = Submit("cable");
  EXPECT_EQ(Complete(Name(id, 0), Outcome::kOk), "ok");
  EXPECT_THAT(Ids(), ElementsAre(Name(id, 1)));
  EXPECT_EQ(Complete(Name(id, 0), Outcome::kOk), "conflict") << "it is done";
  EXPECT_EQ(Complete(Name(id, 1), Outcome::kOk), "ok");
  const auto order = Get(id);
  EXPECT_EQ(order->state(), OrderState::kCompleted);
  const OrderView view = order->View();
  const auto& work_orders = view.product_orders[0].technical_orders[0].work_orders;
  ASSERT_TRUE(work_orders[0].output.has_value());
  EXPECT_EQ(work_orders[0].output->Find("depth"), "80");
  EXPECT_EQ(work_orders[0].attempts[0].detail, "said bob");
  bool told = false;
  for (const HistoryItem& item : order->History(0, 100)) {
    told = told || (item.event == "work_order_answered" && item.actor == "bob");
  }
  EXPECT_TRUE(told);
  EXPECT_THAT(Ids(), IsEmpty());
}

TEST_P(NodeTasksTest, FailedTasksFailTheirWorkOrders) {
  const OrderId id = Submit("cable");
  EXPECT_EQ(Complete(Name(id, 1), Outcome::kFunctional), "ok");
  EXPECT_EQ(Complete(Name(id, 0), Outcome::kTechnical), "ok");
  EXPECT_THAT(Ids(), IsEmpty());
  Pass(kMinute);
  EXPECT_THAT(Ids(), ElementsAre(Name(id, 0))) << "it is to be tried again";
  EXPECT_EQ(Complete(Name(id, 0), Outcome::kTechnical), "ok");
  EXPECT_EQ(Get(id)->state(), OrderState::kHeld);
}

TEST_P(NodeTasksTest, RestartForgetsNoTask) {
  const OrderId id = Submit("cable");
  EXPECT_EQ(Complete(Name(id, 0), Outcome::kOk), "ok");
  Restart();
  EXPECT_EQ(node_->metrics().orders_folded_now, 1U);
  EXPECT_THAT(Ids(), ElementsAre(Name(id, 1)));
  EXPECT_EQ(node_->metrics().orders_folded_now, 1U) << "a list leaves it as it is";
  EXPECT_EQ(Complete(Name(id, 1), Outcome::kOk), "ok");
  EXPECT_EQ(Get(id)->state(), OrderState::kCompleted);
}

TEST_P(NodeTasksTest, RestartForgetsNoneOfSeveralTasksOfAnOrder) {
  const OrderId id = Submit("cable");
  Restart();
  EXPECT_THAT(Ids(), ElementsAre(Name(id, 0), Name(id, 1)));
  Pass(8 * kDay);
  EXPECT_EQ(Complete(Name(id, 1), Outcome::kOk), "conflict") << "nobody did it in time";
  EXPECT_THAT(Ids(), ElementsAre(Name(id, 0))) << "its second attempt";
}

TEST_P(NodeTasksTest, WhatIsAbortedOrLateIsNobodysTask) {
  const OrderId aborted = Submit("cable");
  node_->AbortOrder(aborted, "tester", "", [](auto order) { EXPECT_TRUE(order.has_value()); });
  Pass(kSecond);
  EXPECT_THAT(Ids(), IsEmpty());
  EXPECT_EQ(Complete(Name(aborted, 0), Outcome::kOk), "not_found") << "its order has gone";
  const OrderId late = Submit("cable");
  Pass(8 * kDay);
  EXPECT_THAT(Ids(), ElementsAre(Name(late, 0))) << "its second attempt";
  EXPECT_EQ(Complete(Name(late, 1), Outcome::kOk), "conflict");
}

TEST_P(NodeTasksTest, WhatIsNoTask) {
  const OrderId line = Submit("line");
  EXPECT_EQ(Complete(Name(line, 0), Outcome::kOk), "not_found");
  EXPECT_EQ(Complete(Name(line, 7), Outcome::kOk), "not_found");
  EXPECT_EQ(Complete(Name(OrderId::Of(0, 4711), 0), Outcome::kOk), "not_found");
  EXPECT_EQ(Complete(Name(OrderId::Of(1, line.counter()), 0), Outcome::kOk), "not_found");
  EXPECT_EQ(Complete("", Outcome::kOk), "not_found");
}

INSTANTIATE_TEST_SUITE_P(Orders, NodeTasksTest, ::testing::Bool(),
                         [](const auto& param) { return param.param ? "Folded" : "Unfolded"; });

TEST(WorkOrderNames, AreReadAsTheyAreWritten) {
  const auto ref = ParseWorkOrderName("wo-1t3-4");
  ASSERT_TRUE(ref.has_value());
  EXPECT_EQ(FormatId(ref->order), "so-1t3");
  EXPECT_EQ(ref->index, 4U);
  for (const char* bad : {"", "wo", "wo-1t3", "wo-1t3-", "wo-1t3-04", "wo-1t3-x", "so-1t3-4",
                          "wo-1t3-4 ", "wo-1t3--4", "wo-1t3-4294967296", "wo--4"}) {
    const auto read = ParseWorkOrderName(bad);
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace cairn
