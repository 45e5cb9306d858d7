// An order's stored whole brings back the same order, whatever has happened to it.
#include "engine/orders/snapshot.h"

#include "engine/orders/random_order_test.h"

#include <gtest/gtest.h>

namespace cairn::testing {
namespace {

std::string Rebuilt(const Order& order) {
  const auto copy = OrderFromSnapshot(OrderSnapshotBytes(order), CatalogOf(order), PartsOf(order));
  return copy ? DumpWhole(**copy) : copy.error().message;
}

TEST(Snapshot, BringsBackTheSameOrderAfterEveryEvent) {
  std::size_t events = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Random random(seed);
    const RandomOrder made = MakeRandomOrder(random);
    OrderRun run(made.catalog, made.plan);
    EXPECT_EQ(Rebuilt(run.order()), DumpWhole(run.order()));
    run.after_event = [&](const OrderEvent&) {
      ++events;
      ASSERT_EQ(Rebuilt(run.order()), DumpWhole(run.order()));
    };
    run.Settle();
    for (int round = 0; round < 60; ++round) {
      if (const auto answer = RandomAnswer(random, run.order())) run.TakeAnswer(*answer);
      run.Wait(kSecond / 2);
      if (random.Chance(1, 3)) (void)run.Resubmit();
      if (random.Chance(1, 40)) (void)run.GiveUp();
      ASSERT_FALSE(HasFailure());
    }
  }
  EXPECT_GT(events, 1000U);
}

class SnapshotErrors : public ::testing::Test {
 protected:
  SnapshotErrors() {
    scenario_.Run(R"(
      order A; B after A
      sent A
      answer A ok
      sent B
    )");
    bytes_ = OrderSnapshotBytes(order());
    std::string accepted;
    AppendAccepted(accepted, order());
    head_ =
        bytes_.substr(0, bytes_.size() - sizeof(Nanos) - accepted.size() - order().trail.size());
  }
  const Order& order() const { return scenario_.order(); }
  ErrorCode CodeOf(std::string_view bytes) const {
    const auto copy = OrderFromSnapshot(bytes, CatalogOf(order()), PartsOf(order()));
    EXPECT_FALSE(copy.has_value());
    return copy ? ErrorCode::kInvalidArgument : copy.error().code;
  }

  Scenario scenario_;
  std::string bytes_;
  std::string head_;  // what stands before the records
};

TEST_F(SnapshotErrors, UnknownFormatIsIncompatible) {
  bytes_[0] = 99;
  EXPECT_EQ(CodeOf(bytes_), ErrorCode::kIncompatible);
  EXPECT_EQ(CodeOf(""), ErrorCode::kIncompatible);
}

TEST_F(SnapshotErrors, CutBytesAreAnErrorOrAnEarlierState) {
  std::size_t earlier = 0;
  for (std::size_t size = head_.size(); size < bytes_.size(); ++size) {
    const auto copy = OrderFromSnapshot(std::string_view(bytes_).substr(0, size),
                                        CatalogOf(order()), PartsOf(order()));
    if (copy) {
      EXPECT_LT((*copy)->version, order().version);
      ++earlier;
    } else {
      EXPECT_EQ(copy.error().code, ErrorCode::kCorrupt);
    }
  }
  EXPECT_EQ(earlier, order().version - 1);
}

TEST_F(SnapshotErrors, MissingCatalogOrPartIsCorrupt) {
  const auto no_catalog = OrderFromSnapshot(
      bytes_, [](std::uint64_t) { return nullptr; }, PartsOf(order()));
  ASSERT_FALSE(no_catalog.has_value());
  EXPECT_EQ(no_catalog.error().code, ErrorCode::kCorrupt);

  auto accepted = std::make_shared<records::OrderAccepted>(*order().accepted);
  accepted->add_part_ids(99);
  std::string bytes = head_;
  AppendFixed(bytes, order().submitted_at);
  AppendRecord(bytes, {.type = RecordType::kEvent,
                       .entity = {EntityKind::kOrder, order().id.value()},
                       .version = 1,
                       .event = EventType::kOrderAccepted,
                       .event_version = 1,
                       .actor = "",
                       .payload = accepted->SerializeAsString()});
  EXPECT_EQ(CodeOf(bytes), ErrorCode::kCorrupt);
}

TEST_F(SnapshotErrors, FirstRecordMustBeTheAcceptance) {
  const auto with_first = [&](EventType event, std::string_view payload,
                              std::uint32_t event_version = 1) {
    std::string bytes = head_;
    AppendFixed(bytes, order().submitted_at);
    AppendRecord(bytes, {.type = RecordType::kEvent,
                         .entity = {EntityKind::kOrder, order().id.value()},
                         .version = 1,
                         .event = event,
                         .event_version = event_version,
                         .actor = "",
                         .payload = payload});
    return bytes;
  };
  EXPECT_EQ(CodeOf(with_first(EventType::kOrderGivenUp, "")), ErrorCode::kCorrupt);
  EXPECT_EQ(CodeOf(with_first(EventType::kOrderAccepted, "\xff\xff")), ErrorCode::kCorrupt);
  EXPECT_EQ(CodeOf(with_first(EventType::kOrderAccepted, order().accepted->SerializeAsString(), 2)),
            ErrorCode::kIncompatible);
  EXPECT_EQ(CodeOf(head_), ErrorCode::kCorrupt);
}

TEST_F(SnapshotErrors, FurtherRecordsMustFollowAndBeKnown) {
  const auto with_next = [&](std::uint64_t version, EventType event, std::uint32_t event_version,
                             std::string_view payload) {
    std::string bytes = bytes_;
    AppendFixed(bytes, kRunStart);
    AppendRecord(bytes, {.type = RecordType::kEvent,
                         .entity = {EntityKind::kOrder, order().id.value()},
                         .version = version,
                         .event = event,
                         .event_version = event_version,
                         .actor = "",
                         .payload = payload});
    return bytes;
  };
  const std::uint64_t next = order().version + 1;
  EXPECT_EQ(CodeOf(with_next(next + 1, EventType::kOrderGivenUp, 1, "")), ErrorCode::kCorrupt);
  EXPECT_EQ(CodeOf(with_next(next - 1, EventType::kOrderGivenUp, 1, "")), ErrorCode::kCorrupt);
  EXPECT_EQ(CodeOf(with_next(next, EventType::kOrderGivenUp, 2, "")), ErrorCode::kIncompatible);
  EXPECT_EQ(CodeOf(with_next(next, EventType::kOrderAccepted, 1, "")), ErrorCode::kIncompatible);
  EXPECT_EQ(CodeOf(with_next(next, static_cast<EventType>(999), 1, "")), ErrorCode::kIncompatible);
  for (const EventType event :
       {EventType::kSliceStarted, EventType::kWorkOrdersSent, EventType::kWorkOrderAnswered,
        EventType::kWorkOrderAnswerIgnored, EventType::kOrderLeftPop, EventType::kOrderResubmitted,
        EventType::kOrderGivenUp}) {
    EXPECT_EQ(CodeOf(with_next(next, event, 1, "\xff\xff")), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace cairn::testing
