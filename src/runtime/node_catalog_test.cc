// The catalog of a running node: what a reload changes, and what it leaves as it was.
#include "adapters/archive_memory/archive_memory.h"
#include "adapters/journal_file/journal_file.h"
#include "base/bytes.h"
#include "runtime/node.h"
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

using ::testing::HasSubstr;

constexpr Nanos kBegin = 1'790'000'000 * kSecond;

// One product of two work orders of one `cartridge`, whose operation is named `operation`.
std::shared_ptr<const Catalog> CatalogWith(const std::string& operation,
                                           const std::string& cartridge = "robot") {
  records::Catalog catalog;
  const std::string text = fmt::format(
      R"(cartridges {{ name: "{1}" simulated {{}} }}
         products {{ name: "p" actions {{ verb: ADD decomposition: "work" }} }}
         technical_product_orders {{
           name: "work"
           steps {{ name: "one" cartridge: "{1}" operation: "{0}" }}
           steps {{ name: "two" cartridge: "{1}" operation: "{0}" after: 0 }}
         }})",
      operation, cartridge);
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &catalog));
  return Catalog::Make(std::move(catalog));
}

class HeldCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> taken) override {
    for (CartridgeCall& call : taken) calls.push_back(std::move(call));
  }
  void Stop() override {}
  std::vector<CartridgeCall> calls;
};

class NodeCatalogTest : public ::testing::Test {
 protected:
  void SetUp() override { StartNode(); }

  void StartNode() {
    journal_ = std::make_unique<JournalFile>(
        storage_, JournalFileOptions{.segment_bytes = 128U << 10U, .id_seed = 1});
    Node::Options options;
    options.limits = limits_;
    options.callback_key = std::string(kCallbackKeyBytes, 'k');
    options.read_catalog =
        [this]() -> tl::expected<std::shared_ptr<const Catalog>, std::vector<CatalogProblemView>> {
      if (problems_.empty()) return source_;
      return tl::unexpected(problems_);
    };
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   std::move(options));
    const auto report = node_->Start(source_, {.simulated = &cartridge_});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    Pass(kSecond);
  }
  void Restart() {
    node_.reset();
    journal_.reset();
    executor_.ForgetPending();
    storage_.Crash(CrashStyle::kLoseUnsynced);
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

  void Submit(OrderId& id) {
    OrderRequest request;
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = "p";
    wanted.product = "p";
    node_->SubmitOrder(request, {.actor = "tester", .idempotency_key = {}}, [&id](auto reply) {
      ASSERT_TRUE(reply.has_value()) << reply.error().detail;
      id = reply->id;
    });
  }
  OrderId Submitted() {
    OrderId id;
    Submit(id);
    Pass(100 * kMillisecond);
    return id;
  }
  OrderView View(OrderId id) {
    OrderView view;
    node_->GetOrder(id, [&view](auto order) {
      ASSERT_TRUE(order.has_value()) << order.error().message;
      view = (*order)->View();
    });
    Pass(100 * kMillisecond);
    return view;
  }
  // The operations that are asked for, answered ok.
  std::vector<std::string> AnswerAll() {
    std::vector<std::string> operations;
    for (const CartridgeCall& call : std::exchange(cartridge_.calls, {})) {
      operations.push_back(call.operation);
      std::vector<CartridgeAnswer> answers(1);
      answers[0].ticket = call.ticket;
      answers[0].outcome = Outcome::kOk;
      node_->answer_sink().OnAnswers(std::move(answers));
    }
    Pass(100 * kMillisecond);
    return operations;
  }
  // What the reload has come to: "now VERSION", "still VERSION", or what was wrong.
  std::string Reload() {
    std::string word = "no answer";
    node_->catalog().ReloadCatalog("tester", [&](Result<CatalogService::Reloaded> reloaded) {
      if (!reloaded) {
        word = reloaded.error().message;
        return;
      }
      word = (reloaded->changed ? "now " : "still ") + reloaded->current.version;
      for (const auto& problem : reloaded->problems) word = problem.place + ": " + problem.detail;
    });
    Pass(100 * kMillisecond);
    return word;
  }
  std::vector<std::string> CartridgeNames() {
    std::vector<std::string> names;
    for (const CartridgeView& view : node_->cartridges().ListCartridges()) {
      names.push_back(view.name);
    }
    return names;
  }
  static std::string VersionOf(const Catalog& catalog) { return Hex64(catalog.hash()); }

  Random random_{1};
  simulation::SimClock clock_{kBegin};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  HeldCartridge cartridge_;
  ArchiveMemory archive_;
  PartitionLimits limits_;
  std::unique_ptr<JournalFile> journal_;
  std::shared_ptr<const Catalog> source_ = CatalogWith("old");
  std::vector<CatalogProblemView> problems_;
  std::unique_ptr<Node> node_;
};

TEST_F(NodeCatalogTest, NewOrdersAreOfTheNewOneAndOthersKeepTheirs) {
  const std::string old_version = VersionOf(*source_);
  EXPECT_EQ(node_->catalog().CurrentCatalog().version, old_version);
  EXPECT_EQ(Reload(), "still " + old_version);
  const OrderId before = Submitted();
  source_ = CatalogWith("new");
  const std::string new_version = VersionOf(*source_);
  const Nanos moment = clock_.true_now();
  EXPECT_EQ(Reload(), "now " + new_version);
  EXPECT_GE(node_->catalog().CurrentCatalog().since, moment);
  EXPECT_EQ(node_->catalog_version(), new_version);
  const OrderId after = Submitted();
  EXPECT_EQ(View(before).catalog_version, old_version);
  EXPECT_EQ(View(after).catalog_version, new_version);
  EXPECT_EQ(AnswerAll(), (std::vector<std::string>{"old", "new"}));
  EXPECT_EQ(AnswerAll(), (std::vector<std::string>{"old", "new"})) << "the second work orders";
  EXPECT_EQ(View(before).summary.state, OrderState::kCompleted);
  Pass(kMinute);
  EXPECT_EQ(node_->metrics().orders_live, 0U);
  EXPECT_EQ(View(before).catalog_version, old_version) << "from the archive";
  EXPECT_EQ(View(after).catalog_version, new_version);
}

TEST_F(NodeCatalogTest, OrdersKeepTheirsOverRestarts) {
  const OrderId first = Submitted();
  const std::string first_version = VersionOf(*source_);
  source_ = CatalogWith("second");
  Reload();
  const OrderId second = Submitted();
  const std::string second_version = VersionOf(*source_);
  source_ = CatalogWith("third");
  Restart();
  EXPECT_EQ(node_->catalog_version(), VersionOf(*source_));
  EXPECT_EQ(View(first).catalog_version, first_version);
  EXPECT_EQ(View(second).catalog_version, second_version);
  EXPECT_EQ(AnswerAll(), (std::vector<std::string>{"old", "second"}));
  Restart();
  EXPECT_EQ(AnswerAll(), (std::vector<std::string>{"old", "second"}));
  EXPECT_EQ(View(first).summary.state, OrderState::kCompleted);
}

TEST_F(NodeCatalogTest, ABadOneChangesNothing) {
  const std::string version = VersionOf(*source_);
  const std::size_t versions = node_->partition().state().catalogs.size();
  problems_ = {{"lines.yaml:12", "there is no cartridge 'hrl'"}};
  EXPECT_EQ(Reload(), "lines.yaml:12: there is no cartridge 'hrl'");
  EXPECT_EQ(node_->catalog_version(), version);
  EXPECT_EQ(View(Submitted()).catalog_version, version);
  problems_.clear();
  source_ = CatalogWith(std::string(40'000, 'x'));
  EXPECT_THAT(Reload(), HasSubstr("use larger segments"));
  EXPECT_EQ(node_->catalog_version(), version);
  EXPECT_EQ(node_->partition().state().catalogs.size(), versions);
}

// Orders of the older catalog still need it.
TEST_F(NodeCatalogTest, ACartridgeThatIsGoneCanBeTakenBackFromMaintenance) {
  std::vector<TargetHealth> healths;
  const auto note = [&healths](const Result<CartridgeView>& view) {
    ASSERT_TRUE(view.has_value()) << view.error().message;
    healths.push_back(view->health);
  };
  node_->cartridges().StartMaintenance("robot", "tester", note);
  Pass(100 * kMillisecond);
  source_ = CatalogWith("new", "arm");
  EXPECT_THAT(Reload(), HasSubstr("now "));
  EXPECT_EQ(CartridgeNames(), (std::vector<std::string>{"arm", "robot"}));
  Restart();
  EXPECT_EQ(CartridgeNames(), (std::vector<std::string>{"arm", "robot"}));
  node_->cartridges().StopMaintenance("robot", "tester", note);
  Pass(100 * kMillisecond);
  EXPECT_EQ(healths, (std::vector{TargetHealth::kMaintenance, TargetHealth::kUp}));
  EXPECT_EQ(CartridgeNames(), (std::vector<std::string>{"arm"}));
}

TEST_F(NodeCatalogTest, WhatWasNotDurableIsNotThere) {
  const std::string version = VersionOf(*source_);
  const auto old_source = source_;
  source_ = CatalogWith("new");
  std::string word = "no answer";
  node_->catalog().ReloadCatalog("tester", [&](const auto&) { word = "an answer"; });
  EXPECT_EQ(node_->catalog_version(), version);
  source_ = old_source;
  Restart();
  EXPECT_EQ(word, "no answer");
  EXPECT_EQ(node_->catalog_version(), version);
  EXPECT_EQ(node_->partition().state().catalogs.size(), 1U);
}

TEST_F(NodeCatalogTest, VersionsHaveALimit) {
  limits_.catalogs = 2;
  Restart();
  source_ = CatalogWith("second");
  EXPECT_THAT(Reload(), HasSubstr("now "));
  source_ = CatalogWith("third");
  EXPECT_THAT(Reload(), HasSubstr("the journal holds 2 versions"));
  source_ = CatalogWith("old");
  EXPECT_THAT(Reload(), HasSubstr("now ")) << "one that is there already";
}

}  // namespace
}  // namespace cairn
