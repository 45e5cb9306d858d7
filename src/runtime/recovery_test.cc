// What a journal's frames become, and which frames are refused.
#include "runtime/recovery.h"

#include "adapters/executor_threads/system_clock.h"
#include "adapters/executor_threads/thread_executor.h"
#include "engine/orders/random_order_test.h"
#include "model/limits.h"
#include "model/targets.pb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace cairn {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kPartition = 0;

// One frame, record by record.
class Frame {
 public:
  explicit Frame(Nanos time = testing::kRunStart, std::uint64_t partition = kPartition) {
    AppendBatchHeader(bytes_, {.partition = partition, .epoch = 1, .time = time});
  }
  Frame& Add(EntityKey key, std::uint64_t version, EventType event, std::string_view payload,
             RecordType type = RecordType::kEvent) {
    AppendRecord(bytes_, {.type = type,
                          .entity = key,
                          .version = version,
                          .event = event,
                          .event_version = 1,
                          .actor = "",
                          .payload = payload});
    return *this;
  }
  Frame& Raw(std::string_view record) {
    bytes_ += record;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

EntityKey OrderKey(const Order& order) { return {EntityKind::kOrder, order.id.value()}; }

Frame CatalogFrame(const Catalog& catalog) {
  records::CatalogStored stored;
  stored.set_catalog(catalog.serialized());
  stored.set_hash(catalog.hash());
  return Frame().Add({EntityKind::kCatalog, catalog.hash() >> 1U}, 1, EventType::kCatalogStored,
                     stored.SerializeAsString());
}

std::string AcceptedRecord(const Order& order) {
  std::string raw;
  AppendAccepted(raw, order);
  return raw;
}

ErrorCode CodeOf(const Status& status) {
  EXPECT_FALSE(status.has_value());
  return status ? ErrorCode::kInvalidArgument : status.error().code;
}

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    scenario_.Run(R"(
      order A; B after A
      sent A
      answer A ok
      sent B
    )");
  }
  const Order& order() const { return scenario_.order(); }
  Frame WholeOrder() const {
    Frame frame(testing::kRunStart);
    frame.Raw(AcceptedRecord(order()));
    std::string_view rest = order().trail;
    while (!rest.empty()) {
      Nanos time = 0;
      RecordView record;
      std::string_view raw;
      EXPECT_TRUE(NextTimedRecord(rest, time, record, raw).has_value());
      frame.Raw(raw);
    }
    return frame;
  }

  testing::Scenario scenario_;
  Recovery recovery_{kPartition};
};

TEST_F(RecoveryTest, EmptyJournalIsAnEmptyPartition) {
  const auto state = recovery_.Finish();
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->orders.size(), 0U);
  EXPECT_EQ(state->epoch, 0U);
  EXPECT_EQ(state->next_counter, 1U);
}

TEST_F(RecoveryTest, TargetsKeepTheirMaintenance) {
  const EntityKey first{EntityKind::kTarget, 5};
  const EntityKey second{EntityKind::kTarget, 6};
  records::TargetMaintenanceStarted started;
  started.set_cartridge("hlr");
  records::TargetKept kept;
  kept.set_cartridge("crm");
  kept.set_maintenance(true);
  records::TargetMaintenanceStopped stopped;
  stopped.set_cartridge("crm");
  Frame frame;
  frame.Add(first, 1, EventType::kTargetMaintenanceStarted, started.SerializeAsString());
  frame.Add(second, 4, EventType::kTargetKept, kept.SerializeAsString(), RecordType::kSnapshot);
  ASSERT_TRUE(recovery_.Add(1, frame.bytes()).has_value());
  Recovery again(kPartition);
  ASSERT_TRUE(again.Add(1, frame.bytes()).has_value());
  const auto state = again.Finish();
  ASSERT_TRUE(state.has_value()) << state.error().message;
  ASSERT_EQ(state->targets.size(), 2U);
  EXPECT_EQ(state->targets.at(5).cartridge, "hlr");
  EXPECT_TRUE(state->targets.at(5).maintenance);
  EXPECT_EQ(state->targets.at(6).cartridge, "crm");
  EXPECT_TRUE(state->targets.at(6).maintenance);
  EXPECT_THAT(DumpState(*state), HasSubstr("target 6 crm true"));

  Frame later;
  later.Add(second, 5, EventType::kTargetMaintenanceStopped, stopped.SerializeAsString());
  ASSERT_TRUE(recovery_.Add(1, later.bytes()).has_value());
  const auto afterwards = recovery_.Finish();
  ASSERT_TRUE(afterwards.has_value()) << afterwards.error().message;
  EXPECT_FALSE(afterwards->targets.at(6).maintenance);
}

TEST_F(RecoveryTest, PartitionKnowsItsEpochItsIdsAndItsTime) {
  records::PartitionStarted started;
  started.set_epoch(7);
  records::IdsReserved reserved;
  reserved.set_counter_end(5000);
  ASSERT_TRUE(recovery_
                  .Add(1, Frame(50)
                              .Add({EntityKind::kPartition, 0}, 1, EventType::kPartitionStarted,
                                   started.SerializeAsString())
                              .Add({EntityKind::kPartition, 0}, 2, EventType::kIdsReserved,
                                   reserved.SerializeAsString())
                              .bytes())
                  .has_value());
  ASSERT_TRUE(recovery_.Add(1, Frame(40).bytes()).has_value());
  const auto state = recovery_.Finish();
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->epoch, 7U);
  EXPECT_EQ(state->next_counter, 5000U);  // what was reserved may have been given out
  EXPECT_EQ(state->time, 50);             // never falls
}

// An event without a beginning is a loss, unless a retirement or a base that follows explains it.
TEST_F(RecoveryTest, AHoleIsRefused) {
  const EntityKey key{EntityKind::kOrderPart, 77};
  ASSERT_TRUE(recovery_.Add(2, Frame().Add(key, 5, EventType::kOrderPartStaged, "").bytes()));
  const auto state = recovery_.Finish();
  ASSERT_FALSE(state.has_value());
  EXPECT_EQ(state.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(state.error().message, HasSubstr("77"));
}

TEST_F(RecoveryTest, ARetirementExplainsAHole) {
  const EntityKey key{EntityKind::kOrderPart, 77};
  ASSERT_TRUE(recovery_.Add(2, Frame()
                                   .Add(key, 5, EventType::kOrderPartStaged, "")
                                   .Add(key, 6, EventType::kNone, "", RecordType::kRetire)
                                   .bytes()));
  EXPECT_TRUE(recovery_.Finish().has_value());
}

TEST_F(RecoveryTest, EventsLeadToTheSameOrder) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const testing::RandomOrder made = testing::MakeRandomOrder(random);
    testing::OrderRun run(made.catalog, made.plan);
    Recovery recovery(kPartition);
    ASSERT_TRUE(recovery.Add(1, CatalogFrame(*made.catalog).bytes()).has_value());
    ASSERT_TRUE(
        recovery.Add(1, Frame(run.now()).Raw(AcceptedRecord(run.order())).bytes()).has_value());
    run.after_event = [&](const OrderEvent& event) {
      std::string raw;
      AppendOrderEvent(raw, run.order().id.value(), run.order().version, "tester", event);
      ASSERT_TRUE(recovery.Add(2, Frame(run.now()).Raw(raw).bytes()).has_value());
    };
    run.Settle();
    for (int round = 0; round < 30; ++round) {
      if (const auto answer = testing::RandomAnswer(random, run.order())) run.TakeAnswer(*answer);
      run.Wait(kSecond);
      if (random.Chance(1, 3)) (void)run.Resubmit();
    }
    const auto state = recovery.Finish();
    ASSERT_TRUE(state.has_value()) << state.error().message;
    ASSERT_EQ(state->orders.size(), 1U);
    state->orders.ForEach([&](const Order& order) {
      EXPECT_EQ(testing::DumpWhole(order), testing::DumpWhole(run.order()));
    });
    EXPECT_EQ(state->ledger.oldest_segment(), 1U);
  }
}

// What a whole state is, but for the ledger's order.
std::string DumpAll(const PartitionState& state) {
  std::string dump = DumpState(state);
  state.orders.ForEach([&](const Order& order) { dump += testing::DumpWhole(order); });
  for (const auto& [key, bytes] : state.ledger.Sorted()) {
    dump += fmt::format("{} {} {}\n", static_cast<unsigned>(key.kind), key.id, bytes);
  }
  for (const auto& [key, version] : state.versions) {
    dump += fmt::format("{} {} v{}\n", static_cast<unsigned>(key.kind), key.id, version);
  }
  return dump;
}

std::vector<EntityKey> OldestFirst(PartitionState& state) {
  std::vector<EntityKey> keys;
  state.ledger.ForEachInOldest([&](EntityKey key) {
    keys.push_back(key);
    return true;
  });
  return keys;
}

// A journal's frames with so many random orders, every fifth of which was moved as a snapshot.
std::vector<std::string> FramesOfManyOrders(std::uint64_t orders) {
  std::vector<std::string> frames;
  Random random(5);
  std::set<std::uint64_t> catalogs;
  for (std::uint64_t counter = 1; counter <= orders; ++counter) {
    const testing::RandomOrder made = testing::MakeRandomOrder(random);
    testing::OrderRun run(made.catalog, made.plan, counter);
    if (catalogs.insert(made.catalog->hash()).second) {
      frames.push_back(CatalogFrame(*made.catalog).bytes());
    }
    frames.push_back(Frame(run.now()).Raw(AcceptedRecord(run.order())).bytes());
    run.after_event = [&](const OrderEvent& event) {
      std::string raw;
      AppendOrderEvent(raw, run.order().id.value(), run.order().version, "tester", event);
      frames.push_back(Frame(run.now()).Raw(raw).bytes());
    };
    run.Settle();
    const std::uint64_t answers = random.Below(6);
    for (std::uint64_t i = 0; i < answers; ++i) {
      if (const auto answer = testing::RandomAnswer(random, run.order())) run.TakeAnswer(*answer);
    }
    if (counter % 5 == 0) {
      frames.push_back(Frame(run.now())
                           .Add(OrderKey(run.order()), run.order().version, EventType::kNone,
                                OrderSnapshotBytes(run.order()), RecordType::kSnapshot)
                           .bytes());
    }
  }
  return frames;
}

TEST_F(RecoveryTest, HelpersChangeNothing) {
  constexpr std::uint64_t kOrders = 700;
  const std::vector<std::string> frames = FramesOfManyOrders(kOrders);
  const auto recover = [&](Executor* executor) {
    Recovery recovery(kPartition);
    for (const std::string& frame : frames) EXPECT_TRUE(recovery.Add(1, frame).has_value());
    return recovery.Finish(executor);
  };
  auto alone = recover(nullptr);
  ASSERT_TRUE(alone.has_value()) << alone.error().message;
  ASSERT_EQ(alone->orders.size(), kOrders);
  const SystemClock clock;
  ThreadExecutor threads(clock);
  auto helped = recover(&threads);
  ASSERT_TRUE(helped.has_value()) << helped.error().message;
  EXPECT_EQ(DumpAll(*helped), DumpAll(*alone));
  EXPECT_EQ(OldestFirst(*helped), OldestFirst(*alone));
}

TEST_F(RecoveryTest, WhatIsAtRestComesBackFolded) {
  for (const std::string& frame : FramesOfManyOrders(100)) {
    ASSERT_TRUE(recovery_.Add(1, frame).has_value());
  }
  const auto state = recovery_.Finish();
  ASSERT_TRUE(state.has_value()) << state.error().message;
  std::size_t at_rest = 0;
  state->orders.ForEachStored([&](const StoredOrder& stored) {
    const bool rests =
        stored.state() == OrderState::kWaiting || stored.state() == OrderState::kHeld;
    EXPECT_EQ(stored.folded != nullptr, rests) << Name(stored.state());
    at_rest += rests ? 1U : 0U;
  });
  EXPECT_GT(at_rest, 10U);
  EXPECT_EQ(state->orders.folded(), at_rest);
}

// Whichever thread comes upon it first.
TEST_F(RecoveryTest, OfSeveralBadOrdersTheFirstIsNamed) {
  const SystemClock clock;
  ThreadExecutor threads(clock);
  for (Executor* executor : {static_cast<Executor*>(nullptr), static_cast<Executor*>(&threads)}) {
    Recovery recovery(kPartition);
    for (std::uint64_t counter = 600; counter > 0; --counter) {
      const EntityKey key{EntityKind::kOrder, OrderId::Of(kPartition, counter).value()};
      ASSERT_TRUE(recovery.Add(1, Frame().Add(key, 1, EventType::kOrderAccepted, "\xff").bytes()));
    }
    const auto state = recovery.Finish(executor);
    ASSERT_FALSE(state.has_value());
    EXPECT_EQ(state.error().code, ErrorCode::kCorrupt);
    EXPECT_THAT(state.error().message,
                HasSubstr(FormatId(OrderId::Of(kPartition, 1)) + ": order_accepted"));
  }
}

TEST_F(RecoveryTest, BrokenVersionChainsAreCorrupt) {
  const std::vector<std::vector<std::uint64_t>> chains = {
      {1, 3}, {1, 2, 2}, {1, 2, 4}, {1, 2, 3, 2}};
  for (const auto& chain : chains) {
    Recovery recovery(kPartition);
    Frame frame;
    for (const std::uint64_t version : chain) {
      frame.Add(OrderKey(order()), version, EventType::kOrderGivenUp, "");
    }
    EXPECT_EQ(CodeOf(recovery.Add(1, frame.bytes())), ErrorCode::kCorrupt);
  }
}

TEST_F(RecoveryTest, ChainGoesOnFromASnapshotAndBreaksAfterItToo) {
  ASSERT_TRUE(recovery_.Add(1, CatalogFrame(*order().catalog).bytes()).has_value());
  // The events before it lay in segments that are gone.
  ASSERT_TRUE(recovery_
                  .Add(5, Frame()
                              .Add(OrderKey(order()), 2, EventType::kOrderGivenUp, "")
                              .Add(OrderKey(order()), order().version, EventType::kNone,
                                   OrderSnapshotBytes(order()), RecordType::kSnapshot)
                              .bytes())
                  .has_value());
  EXPECT_EQ(CodeOf(recovery_.Add(
                5, Frame()
                       .Add(OrderKey(order()), order().version + 2, EventType::kOrderGivenUp, "")
                       .bytes())),
            ErrorCode::kCorrupt);
}

TEST_F(RecoveryTest, SnapshotIsTheNewBase) {
  ASSERT_TRUE(recovery_.Add(1, CatalogFrame(*order().catalog).bytes()).has_value());
  ASSERT_TRUE(recovery_.Add(1, WholeOrder().bytes()).has_value());
  ASSERT_TRUE(recovery_
                  .Add(4, Frame()
                              .Add(OrderKey(order()), order().version, EventType::kNone,
                                   OrderSnapshotBytes(order()), RecordType::kSnapshot)
                              .bytes())
                  .has_value());
  auto state = recovery_.Finish();
  ASSERT_TRUE(state.has_value()) << state.error().message;
  const Order* recovered = state->orders.Find(order().id.counter());
  ASSERT_NE(recovered, nullptr);
  EXPECT_EQ(testing::DumpWhole(*recovered), testing::DumpWhole(order()));
  std::vector<std::uint64_t> oldest;
  state->ledger.ForEachInOldest([&](EntityKey key) {
    oldest.push_back(static_cast<std::uint64_t>(key.kind));
    return true;
  });
  EXPECT_THAT(oldest, ::testing::ElementsAre(static_cast<std::uint64_t>(EntityKind::kCatalog)));
}

TEST_F(RecoveryTest, RetiredEntitiesAreNeverParsed) {
  Frame frame;
  frame.Add(OrderKey(order()), 1, EventType::kOrderAccepted, "\xff no message \xff");
  frame.Add({EntityKind::kCatalog, 4}, 1, EventType::kCatalogStored, "\xff");
  frame.Add(OrderKey(order()), 2, EventType::kNone, "", RecordType::kRetire);
  frame.Add({EntityKind::kCatalog, 4}, 2, EventType::kNone, "", RecordType::kRetire);
  frame.Add({EntityKind::kCatalog, 5}, 9, EventType::kNone, "", RecordType::kRetire);
  ASSERT_TRUE(recovery_.Add(1, frame.bytes()).has_value());
  const auto state = recovery_.Finish();
  ASSERT_TRUE(state.has_value()) << state.error().message;
  EXPECT_EQ(state->orders.size(), 0U);
  EXPECT_EQ(state->ledger.size(), 0U);
}

TEST_F(RecoveryTest, WhatIsNotRetiredMustBeReadable) {
  const auto finish_with = [](EntityKey key, EventType event, std::string_view payload) {
    Recovery recovery(kPartition);
    EXPECT_TRUE(recovery.Add(1, Frame().Add(key, 1, event, payload).bytes()).has_value());
    const auto state = recovery.Finish();
    EXPECT_FALSE(state.has_value());
    return state ? ErrorCode::kInvalidArgument : state.error().code;
  };
  EXPECT_EQ(finish_with(OrderKey(order()), EventType::kOrderAccepted, "\xff"), ErrorCode::kCorrupt);
  EXPECT_EQ(finish_with({EntityKind::kCatalog, 1}, EventType::kCatalogStored, "\xff"),
            ErrorCode::kCorrupt);
  EXPECT_EQ(finish_with({EntityKind::kPartition, 0}, EventType::kPartitionStarted, "\xff"),
            ErrorCode::kCorrupt);
  EXPECT_EQ(finish_with({EntityKind::kPartition, 0}, static_cast<EventType>(999), ""),
            ErrorCode::kIncompatible);
  EXPECT_EQ(finish_with({EntityKind::kCatalog, 1}, EventType::kOrderAccepted, ""),
            ErrorCode::kIncompatible);
  EXPECT_EQ(finish_with({EntityKind::kOrderPart, 1}, EventType::kOrderPartStaged, "\xff"),
            ErrorCode::kCorrupt);
  EXPECT_EQ(finish_with({static_cast<EntityKind>(200), 1}, EventType::kOrderAccepted, ""),
            ErrorCode::kIncompatible);
  records::SubmissionKeysKept keys;
  keys.add_keys()->set_key("not 16 bytes");
  EXPECT_EQ(finish_with({EntityKind::kSubmissionKeys, 1}, EventType::kSubmissionKeysKept,
                        keys.SerializeAsString()),
            ErrorCode::kCorrupt);
}

TEST_F(RecoveryTest, OrderWithoutItsCatalogIsCorrupt) {
  ASSERT_TRUE(recovery_.Add(1, WholeOrder().bytes()).has_value());
  const auto state = recovery_.Finish();
  ASSERT_FALSE(state.has_value());
  EXPECT_EQ(state.error().code, ErrorCode::kCorrupt);
  EXPECT_THAT(state.error().message, HasSubstr("catalog"));
}

TEST_F(RecoveryTest, FramesThatMakeNoSenseAreRefused) {
  EXPECT_EQ(CodeOf(recovery_.Add(1, Frame(1, 5).bytes())),
            ErrorCode::kCorrupt);  // another partition's
  EXPECT_EQ(CodeOf(recovery_.Add(1, "")), ErrorCode::kCorrupt);
  EXPECT_EQ(CodeOf(recovery_.Add(1, Frame().Raw("\x05 ab").bytes())), ErrorCode::kCorrupt);
}

TEST_F(RecoveryTest, SubmissionKeysOfBucketsAreKept) {
  const SubmissionKey key = MakeSubmissionKey("client key");
  EXPECT_EQ(DecodeSubmissionKey(EncodeSubmissionKey(key)), key);
  records::SubmissionKeysKept keys;
  auto& kept = *keys.add_keys();
  kept.set_key(EncodeSubmissionKey(key));
  kept.set_order(77);
  kept.set_body_hash(5);
  kept.set_submitted_at(6);
  ASSERT_TRUE(recovery_
                  .Add(1, Frame()
                              .Add({EntityKind::kSubmissionKeys, 12}, 1,
                                   EventType::kSubmissionKeysKept, keys.SerializeAsString())
                              .bytes())
                  .has_value());
  const auto state = recovery_.Finish();
  ASSERT_TRUE(state.has_value());
  ASSERT_TRUE(state->keys.contains(key));
  EXPECT_EQ(state->keys.at(key).order, OrderId(77));
  EXPECT_EQ(state->keys.at(key).body_hash, 5U);
  EXPECT_EQ(state->key_buckets.at(12).size(), 1U);
}

// Each record of a service is the whole of it.
std::string ServicePayload(const std::string& name, bool terminated = false) {
  StoredService service;
  service.product = "mail";
  service.service = name;
  service.terminated = terminated;
  service.changed_at = 5;
  return ServiceRecord(service).SerializeAsString();
}

TEST_F(RecoveryTest, ServicesAreAsTheirLastRecordSays) {
  const EntityKey kept{EntityKind::kService, 7};
  const EntityKey ended{EntityKind::kService, 8};
  const EntityKey gone{EntityKind::kService, 9};
  const auto add = [](Frame& frame, EntityKey key, std::uint64_t version, std::string payload) {
    frame.Add(key, version, EventType::kServiceKept, payload, RecordType::kSnapshot);
  };
  Frame first;
  add(first, kept, 1, ServicePayload("a"));
  add(first, ended, 1, ServicePayload("b"));
  add(first, gone, 1, ServicePayload("c"));
  Frame second;
  add(second, kept, 2, ServicePayload("a"));
  add(second, ended, 2, ServicePayload("b", true));
  second.Add(gone, 2, EventType::kNone, {}, RecordType::kRetire);
  ASSERT_TRUE(recovery_.Add(1, first.bytes()).has_value());
  ASSERT_TRUE(recovery_.Add(2, second.bytes()).has_value());
  const auto state = recovery_.Finish();
  ASSERT_TRUE(state.has_value()) << state.error().message;
  EXPECT_EQ(state->services.size(), 2U);
  EXPECT_EQ(state->services.at(7)->version, 2U);
  EXPECT_EQ(state->versions.at(kept), 2U);
  EXPECT_EQ(state->ledger.oldest_segment(), 2U);
  EXPECT_NE(state->FindService("mail", "a"), nullptr);
  EXPECT_EQ(state->FindService("mail", "b"), nullptr) << "it is terminated";
  EXPECT_EQ(state->terminated_services.size(), 1U);
  EXPECT_EQ(state->FindService("mail", "c"), nullptr);
}

TEST_F(RecoveryTest, AServiceThatCannotBeReadIsCorrupt) {
  Frame frame;
  frame.Add({EntityKind::kService, 7}, 1, EventType::kServiceKept, "\xff", RecordType::kSnapshot);
  ASSERT_TRUE(recovery_.Add(1, frame.bytes()).has_value());
  const auto state = recovery_.Finish();
  ASSERT_FALSE(state.has_value());
  EXPECT_EQ(state.error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace cairn
