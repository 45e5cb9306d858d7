// Shadow: what the durable frames say, kept apart from the node: it sees each frame when it has
// become durable, follows every order through them, and judges by that what the node does.
#pragma once

#include "engine/orders/order.h"
#include "model/record.h"
#include "ports/archive.h"
#include "ports/cartridge.h"
#include "ports/journal.h"
#include "runtime/partition_state.h"
#include "simulation/inventory_model.h"
#include "simulation/sim_executor.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>

namespace cairn::simulation {

class Shadow {
 public:
  explicit Shadow(const SimClock& clock) : clock_(clock) {}

  // A frame has become durable. Frames that were seen before (by sequence) are passed over.
  void OnDurable(const FramePosition& position, std::string_view frame);

  // A call leaves the node: is it one that the durable state asks for?
  void OnCall(const CartridgeCall& call) const;

  // Orders go to the archive: have they ended, durably, as their rows say?
  void OnArchive(const ArchivedOrder& row) const;
  // The archive has committed a row.
  void OnArchived(OrderId id) { archived_.insert(id.value()); }

  // The key of every durable order that was submitted less than a day ago is known.
  void RequireKeys(const PartitionState& state) const;

  const InventoryModel& inventory() const { return inventory_; }
  bool HasCatalog(std::uint64_t hash) const { return catalogs_.contains(hash); }

  // The order as durable frames have it; null when they do not.
  const Order* Find(OrderId id) const;
  bool WasAccepted(OrderId id) const { return accepted_.contains(id.value()); }
  // The order's dump when it ended; empty: it has not.
  std::string EndOf(OrderId id) const;
  // When its end became durable, in true time; 0: it has not.
  Nanos EndedAt(OrderId id) const;

  const std::map<std::uint64_t, std::unique_ptr<Order>>& live() const { return orders_; }
  std::size_t accepted_count() const { return accepted_.size(); }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t last_sequence() const { return last_sequence_; }

 private:
  void OnRecord(const RecordView& record, std::string_view raw, Nanos time);
  void OnOrderRecord(const RecordView& record, std::string_view raw, Nanos time);
  bool IsSnapshotOf(const Order& order, std::string_view snapshot) const;
  void RequireSliceBegun(const Order& order, std::uint32_t work_order) const;
  void RequireDependencies(const Order& order, std::uint32_t work_order) const;
  void RequireUndoable(const Order& order, std::uint32_t work_order) const;

  const SimClock& clock_;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t frames_ = 0;
  Nanos time_ = 0;
  std::map<std::uint64_t, std::shared_ptr<const Catalog>> catalogs_;
  std::map<std::uint64_t, std::shared_ptr<const records::OrderPart>> parts_;
  std::map<std::uint64_t, std::string> chunks_;
  std::map<std::uint64_t, std::unique_ptr<Order>> orders_;
  std::map<std::uint64_t, std::string> accepted_;  // id -> dump at the end; empty: not ended
  std::map<std::uint64_t, Nanos> ended_at_;        // id -> true time
  std::set<std::uint64_t> archived_;               // ids
  std::map<SubmissionKey, SubmissionRecord> keys_;
  InventoryModel inventory_;
};

// Journal with a Shadow watching what its syncs make durable.
class WatchedJournal final : public Journal {
 public:
  WatchedJournal(Journal& journal, Shadow& shadow) : journal_(journal), shadow_(shadow) {}

  Result<ReplayReport> Replay(const Visitor& visitor) override;
  Result<FramePosition> Append(std::string_view payload) override;
  Status Sync() override;
  Status CloseBurst() override { return journal_.CloseBurst(); }
  Result<std::string> Read(const FramePosition& position) override {
    return journal_.Read(position);
  }
  Status DropBefore(std::uint64_t segment) override { return journal_.DropBefore(segment); }
  Result<bool> Maintain() override { return journal_.Maintain(); }
  JournalSpace Space() const override { return journal_.Space(); }
  std::size_t max_payload() const override { return journal_.max_payload(); }
  std::uint64_t sync_count() const override { return journal_.sync_count(); }

 private:
  Journal& journal_;
  Shadow& shadow_;
  FramePosition position_;
  std::string appended_;
};

// Archive with a Shadow watching what goes there.
class WatchedArchive final : public Archive {
 public:
  WatchedArchive(Archive& archive, Shadow& shadow) : archive_(archive), shadow_(shadow) {}

  Status Write(std::span<const ArchivedOrder> orders, std::uint64_t journal_sequence) override;
  std::uint64_t journal_sequence() const override { return archive_.journal_sequence(); }
  Result<std::optional<std::string>> ReadBody(OrderId id) override { return archive_.ReadBody(id); }
  Result<std::vector<OrderSummary>> List(const OrderQuery& query) override {
    return archive_.List(query);
  }
  Result<bool> Remove(OrderId id) override { return archive_.Remove(id); }
  Status DropBefore(Nanos moment) override { return archive_.DropBefore(moment); }

 private:
  Archive& archive_;
  Shadow& shadow_;
};

}  // namespace cairn::simulation
