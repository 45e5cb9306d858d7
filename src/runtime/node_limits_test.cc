// What a node refuses because of its size: each limit that only planning or the journal can hold,
// with the error that names it, and nothing of it in the journal or in any list.
#include "adapters/archive_memory/archive_memory.h"
#include "adapters/journal_file/journal_file.h"
#include "adapters/journal_file/journal_inspect.h"
#include "model/limits.h"
#include "runtime/node.h"
#include "simulation/sim_executor.h"
#include "simulation/storage/sim_storage.h"

#include <fmt/format.h>
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

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr std::uint64_t kSegmentBytes = 256U << 10U;  // the smallest that a node is given
// What a segment has for one frame, half of it for a record of an order, a quarter for a catalog.
constexpr std::size_t kFrameBytes = kSegmentBytes - 3 * kJournalBlockBytes;

// Takes calls; what is answered, and when, is the test's to say.
class SilentCartridge final : public Cartridge {
 public:
  void Call(std::vector<CartridgeCall> calls) override {
    for (CartridgeCall& call : calls) tickets.push_back(call.ticket);
  }
  void Stop() override {}
  std::vector<CallTicket> tickets;
};

records::Catalog SmallCatalog() {
  constexpr const char* kText = R"(
    products { name: "line" actions { verb: ADD decomposition: "port" } }
    technical_product_orders {
      name: "port" steps { name: "port" cartridge: "sim" operation: "port" }
    }
    cartridges { name: "sim" simulated {} }
  )";
  records::Catalog catalog;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kText, &catalog));
  return catalog;
}

OrderRequest Order(std::size_t product_orders) {
  OrderRequest request;
  for (std::size_t i = 0; i < product_orders; ++i) {
    ProductOrderRequest& wanted = request.product_orders.emplace_back();
    wanted.id = fmt::format("p{}", i);
    wanted.product = "line";
  }
  return request;
}

std::string TextOf(std::size_t bytes) { return JsonString(std::string(bytes, 'x')); }

class NodeLimitsTest : public ::testing::Test {
 protected:
  Status Start(records::Catalog catalog, std::uint64_t segment_bytes = kSegmentBytes) {
    journal_ = std::make_unique<JournalFile>(
        storage_, JournalFileOptions{.segment_bytes = segment_bytes, .id_seed = 1});
    node_ = std::make_unique<Node>(Node::Parts{.clock = &clock_,
                                               .executor = &executor_,
                                               .journal = journal_.get(),
                                               .archive = &archive_},
                                   Node::Options{});
    const auto report = node_->Start(Catalog::Make(std::move(catalog)), {.simulated = &cartridge_});
    if (!report) return Fail(report.error());
    return {};
  }

  tl::expected<SubmitReply, Refusal> Submit(const OrderRequest& request) {
    std::optional<tl::expected<SubmitReply, Refusal>> reply;
    node_->SubmitOrder(request, {.actor = "tester", .idempotency_key = "k", .body_hash = 1},
                       [&reply](auto got) { reply = std::move(got); });
    while (!reply && executor_.RunOne()) {
    }
    if (!reply) return tl::unexpected(Refusal{.detail = "no answer", .errors = {}});
    return *reply;
  }

  // "field rule: detail" of the one error, and its code.
  static std::string Shown(const tl::expected<SubmitReply, Refusal>& reply) {
    if (reply) return "accepted";
    if (reply.error().errors.size() != 1) return reply.error().detail;
    const FieldError& error = reply.error().errors[0];
    EXPECT_EQ(error.detail, reply.error().detail);
    return fmt::format("{} '{}' {}: {}", ErrorCodeName(reply.error().code), error.field, error.rule,
                       error.detail);
  }

  // The names of the events that the journal holds of anything but the node and its catalog.
  std::vector<std::string> StoredOfOrders() {
    std::vector<std::string> events;
    const Status read =
        DumpJournal(*storage_.Clone(), [&events](const DumpedRecord& dumped) -> Status {
          const EntityKind kind = dumped.record.entity.kind;
          if (kind != EntityKind::kPartition && kind != EntityKind::kCatalog) {
            events.emplace_back(EventName(dumped.record.event));
          }
          return {};
        });
    EXPECT_TRUE(read.has_value()) << read.error().message;
    return events;
  }

  std::size_t Listed() {
    std::optional<std::size_t> listed;
    node_->ListOrders({}, [&listed](Result<OrderList> list) {
      ASSERT_TRUE(list.has_value());
      listed = list->items.size();
    });
    while (!listed && executor_.RunOne()) {
    }
    return listed.value_or(SIZE_MAX);
  }

  // The refused order left nothing behind, and the next one, with the same key, is stored.
  void ExpectNothingStored() {
    EXPECT_THAT(StoredOfOrders(), IsEmpty());
    EXPECT_EQ(Listed(), 0U);
    const auto next = Submit(Order(1));
    EXPECT_EQ(Shown(next), "accepted");
    EXPECT_FALSE(next && next->repeated);
    EXPECT_THAT(StoredOfOrders(), Contains("order_accepted"));
    EXPECT_EQ(Listed(), 1U);
  }

  Random random_{1};
  simulation::SimClock clock_{1'790'000'000 * kSecond};
  simulation::SimExecutor executor_{clock_, random_};
  SimStorage storage_{1};
  SilentCartridge cartridge_;
  ArchiveMemory archive_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<Node> node_;
};

TEST_F(NodeLimitsTest, TooManyWorkOrders) {
  records::Catalog catalog = SmallCatalog();
  auto& steps = *catalog.mutable_technical_product_orders(0)->mutable_steps();
  while (static_cast<std::size_t>(steps.size()) < kStepsPerProcessMax) {
    const int number = steps.size();
    *steps.Add() = steps.Get(0);
    steps.Mutable(number)->set_name(fmt::format("port{}", number));
  }
  ASSERT_TRUE(Start(std::move(catalog)));
  EXPECT_EQ(Shown(Submit(Order(kWorkOrdersMax / kStepsPerProcessMax + 1))),
            "invalid_argument '' too-many-work-orders: the order needs 2000500 work orders, the "
            "limit is 2000000");
  ExpectNothingStored();
}

TEST_F(NodeLimitsTest, ParametersThatAreTooLargeWithTheirDefaults) {
  records::Catalog catalog = SmallCatalog();
  auto& parameter = *catalog.mutable_products(0)->add_parameters();
  parameter.set_name("note");
  parameter.set_default_json(TextOf(1'000));
  ASSERT_TRUE(Start(std::move(catalog)));
  OrderRequest request = Order(2);
  Fields& given = request.product_orders[1].parameters;
  given.Add("x", TextOf(kFieldSetBytesMax - 100));
  ASSERT_LE(given.encoded().size(), kFieldSetBytesMax);
  Fields complete = given;
  complete.Add("note", TextOf(1'000));
  EXPECT_EQ(Shown(Submit(request)),
            fmt::format("invalid_argument '/productOrders/1/parameters' too-large: {} bytes with "
                        "the defaults of product 'line', the limit is {}",
                        complete.encoded().size(), kFieldSetBytesMax));
  ExpectNothingStored();
}

TEST_F(NodeLimitsTest, AnOrderWhoseRecordDoesNotFitIntoAFrame) {
  ASSERT_TRUE(Start(SmallCatalog()));
  OrderRequest request = Order(1);
  request.dataset.Add("x", TextOf(kFrameBytes / 2));
  const std::string shown = Shown(Submit(request));
  EXPECT_THAT(shown, ::testing::MatchesRegex(
                         "too_large '' too-large: a record of the order has 1249.. bytes, and a "
                         "segment of this node's journal takes 124928: use larger segments or "
                         "smaller orders"));
  ExpectNothingStored();
}

TEST_F(NodeLimitsTest, AnOrderWithAFurtherPartThatDoesNotFitIntoAFrame) {
  ASSERT_TRUE(Start(SmallCatalog()));
  OrderRequest request = Order(kOrderPartProductOrders + 1);
  request.product_orders.back().parameters.Add("x", TextOf(kFrameBytes));
  const std::string shown = Shown(Submit(request));
  EXPECT_THAT(shown, ::testing::MatchesRegex(
                         "too_large '' too-large: a record of the order has 249... bytes, and a "
                         "segment of this node's journal takes 124928: use larger segments or "
                         "smaller orders"));
  ExpectNothingStored();
}

TEST_F(NodeLimitsTest, RecordsThatJustFitIntoTheirFramesAreStored) {
  ASSERT_TRUE(Start(SmallCatalog()));
  OrderRequest request = Order(kOrderPartProductOrders + 1);
  request.product_orders.back().parameters.Add("x", TextOf(kFrameBytes / 2 - 100));
  EXPECT_EQ(Shown(Submit(request)), "accepted");
  EXPECT_THAT(StoredOfOrders(), Contains("order_part_staged"));
  EXPECT_EQ(Listed(), 1U);
}

// A text that was cut within a character would make the whole journal unreadable.
TEST_F(NodeLimitsTest, DetailsThatAreTooLongOrNoTextComeBackAfterARestart) {
  ASSERT_TRUE(Start(SmallCatalog()));
  ASSERT_EQ(Shown(Submit(Order(3))), "accepted");
  const auto run_until = [this](auto done) {
    while (!done() && executor_.RunOne()) {
    }
    ASSERT_TRUE(done());
  };
  run_until([this] { return cartridge_.tickets.size() == 3; });
  const std::string long_detail = std::string(kTextBytesMax - 1, 'd') + "\u00e9";
  node_->answer_sink().OnAnswers({
      {cartridge_.tickets[0], Outcome::kFunctional, {}, long_detail},
      {cartridge_.tickets[1], Outcome::kFunctional, {}, "cut \xc3"},
      {cartridge_.tickets[2], Outcome::kFunctional, {}, "\u00e9"},
  });
  run_until([this] { return node_->metrics().work_orders_answered == 3 && node_->quiet(); });
  node_.reset();
  journal_.reset();
  storage_.Crash(CrashStyle::kKeepAll);
  const Status again = Start(SmallCatalog());
  ASSERT_TRUE(again.has_value()) << again.error().message;
  std::vector<std::string> details;
  OrderId id;
  node_->ListOrders({}, [&id](Result<OrderList> list) { id = list.value().items.at(0).id; });
  run_until([&id] { return id.valid(); });
  node_->GetOrder(id, [&details](Result<std::shared_ptr<const OrderSnapshot>> order) {
    for (const ProductOrderView& item : order.value()->View().product_orders) {
      details.push_back(item.technical_orders.at(0).work_orders.at(0).attempts.at(0).detail);
    }
  });
  run_until([&details] { return !details.empty(); });
  EXPECT_THAT(details,
              ::testing::ElementsAre(std::string(kTextBytesMax - 1, 'd'), "cut ?", "\u00e9"));
}

TEST_F(NodeLimitsTest, ACatalogThatDoesNotFitIntoASegment) {
  records::Catalog catalog = SmallCatalog();
  std::string text;
  while (text.size() < kFrameBytes / 4) text += "a description, ";
  for (std::size_t at = 0; at < text.size(); at += kTextBytesMax) {
    auto& product = *catalog.add_products();
    product.set_name(fmt::format("line{:03}", at / kTextBytesMax));
    product.set_description(text.substr(at, kTextBytesMax));
  }
  const std::size_t bytes = Catalog::Make(catalog)->serialized().size();
  const Status refused = Start(catalog);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(refused.error().message,
            fmt::format("the catalog has {} bytes, and a segment of this journal takes {}: use "
                        "larger segments",
                        bytes, kFrameBytes / 4));
  node_.reset();
  journal_.reset();
  std::size_t records = 0;
  storage_.Crash(CrashStyle::kKeepAll);
  EXPECT_TRUE(DumpJournal(*storage_.Clone(), [&records](const DumpedRecord&) -> Status {
    ++records;
    return {};
  }));
  EXPECT_EQ(records, 0U);
  // Larger segments are all it takes.
  ASSERT_TRUE(Start(std::move(catalog), 2 * kSegmentBytes));
  EXPECT_EQ(Shown(Submit(Order(1))), "accepted");
}

}  // namespace
}  // namespace cairn
