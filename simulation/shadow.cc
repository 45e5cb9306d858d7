#include "simulation/shadow.h"

#include "engine/orders/apply.h"
#include "engine/orders/process_steps.h"
#include "engine/orders/snapshot.h"
#include "runtime/order_snapshot.h"
#include "runtime/partition_state.h"
#include "simulation/violation.h"

#include <fmt/format.h>

namespace cairn::simulation {

void Shadow::OnDurable(const FramePosition& position, std::string_view frame) {
  if (position.sequence <= last_sequence_) return;
  last_sequence_ = position.sequence;
  ++frames_;
  auto reader = BatchReader::Open(frame);
  Require(reader.has_value(), "a durable frame cannot be read");
  Require(reader->header().time >= time_, "the time of a partition fell");
  time_ = reader->header().time;
  Require(reader->header().epoch >= epoch_, "the epoch of a partition fell");
  epoch_ = reader->header().epoch;
  RecordView record;
  std::string_view raw;
  for (;;) {
    const auto more = reader->Next(record, &raw);
    Require(more.has_value(), "a durable record cannot be read");
    if (!*more) break;
    OnRecord(record, raw, time_);
  }
  inventory_.OnFrameEnd();
}

void Shadow::OnRecord(const RecordView& record, std::string_view raw, Nanos time) {
  if (record.entity.kind == EntityKind::kCatalog && record.type == RecordType::kEvent) {
    records::CatalogStored event;
    Require(event.ParseFromString(std::string(record.payload)), "catalog_stored cannot be parsed");
    auto catalog = Catalog::Parse(event.catalog());
    Require(catalog.has_value() && (*catalog)->hash() == event.hash(),
            "a stored catalog is another one");
    catalogs_[event.hash()] = *catalog;
  } else if (record.entity.kind == EntityKind::kOrderPart && record.type == RecordType::kEvent) {
    records::OrderPartStaged event;
    Require(event.ParseFromString(std::string(record.payload)),
            "order_part_staged cannot be parsed");
    parts_[record.entity.id] = std::make_shared<records::OrderPart>(event.part());
  } else if (record.entity.kind == EntityKind::kOrderTrail && record.type == RecordType::kEvent) {
    records::OrderTrailKept event;
    Require(event.ParseFromString(std::string(record.payload)),
            "order_trail_kept cannot be parsed");
    chunks_[record.entity.id] = event.timed_records();
  } else if (record.entity.kind == EntityKind::kService) {
    inventory_.OnRecord(record);
  } else if (record.entity.kind == EntityKind::kOrder) {
    OnOrderRecord(record, raw, time);
  }
}

bool Shadow::IsSnapshotOf(const Order& order, std::string_view snapshot) const {
  const auto parts = TakeSnapshotApart(snapshot);
  if (!parts) return false;
  std::string trail;
  for (const std::uint64_t chunk : parts->chunks) {
    if (!chunks_.contains(chunk)) return false;
    trail += chunks_.at(chunk);
  }
  std::string_view rest = parts->timed_records;
  Nanos time = 0;
  RecordView record;
  std::string_view raw;
  if (!NextTimedRecord(rest, time, record, raw)) return false;
  trail += rest;
  std::string accepted;
  AppendAccepted(accepted, order);
  return raw == accepted && trail == order.trail && time == order.submitted_at;
}

void Shadow::OnOrderRecord(const RecordView& record, std::string_view raw, Nanos time) {
  const std::uint64_t id = record.entity.id;
  const std::string name = FormatId(OrderId(id));
  if (record.type == RecordType::kRetire) {
    Require(orders_.contains(id), name + ": retired but never there");
    Require(!accepted_.at(id).empty(), name + ": retired before it ended");
    Require(archived_.contains(id), name + ": retired before the archive had it");
    orders_.erase(id);
    return;
  }
  if (record.type == RecordType::kSnapshot) {
    Require(orders_.contains(id), name + ": a snapshot of nothing");
    Require(IsSnapshotOf(*orders_.at(id), record.payload),
            name + ": its snapshot is not what it is");
    return;
  }
  if (record.event == EventType::kOrderAccepted) {
    Require(!accepted_.contains(id), name + ": an id was used twice");
    std::string timed;
    AppendFixed(timed, time);
    timed.append(raw);
    auto order = OrderFromRecords(
        timed,
        [&](std::uint64_t hash) {
          const auto it = catalogs_.find(hash);
          return it == catalogs_.end() ? nullptr : it->second;
        },
        [&](std::uint64_t part) {
          const auto it = parts_.find(part);
          return it == parts_.end() ? nullptr : it->second;
        });
    Require(order.has_value(), name + ": " + (order ? "" : order.error().message));
    const std::string& key = (*order)->accepted->submission_key();
    if (!key.empty()) {
      const SubmissionRecord submission{OrderId(id), (*order)->accepted->body_hash(), time};
      Require(keys_.emplace(DecodeSubmissionKey(key), submission).second,
              name + ": its key already had made an order");
    }
    inventory_.OnAccepted(**order);
    orders_[id] = std::move(*order);
    accepted_[id];
    return;
  }
  const auto it = orders_.find(id);
  Require(it != orders_.end(), name + ": an event of no order");
  Require(!IsFinal(it->second->state), name + ": an event after its end");
  std::vector<ProductOrderState> before;
  for (const ProductOrder& p : it->second->product_orders) before.push_back(p.state);
  const Status applied = ApplyRecord(*it->second, record, raw, time);
  Require(applied.has_value(), name + ": " + (applied ? "" : applied.error().message));
  inventory_.OnEvent(*it->second, before);
  if (!IsFinal(it->second->state)) return;
  accepted_[id] = DumpOrder(*it->second);
  ended_at_[id] = clock_.true_now();
}

const Order* Shadow::Find(OrderId id) const {
  const auto it = orders_.find(id.value());
  return it == orders_.end() ? nullptr : it->second.get();
}

std::string Shadow::EndOf(OrderId id) const {
  const auto it = accepted_.find(id.value());
  return it == accepted_.end() ? std::string() : it->second;
}

Nanos Shadow::EndedAt(OrderId id) const {
  const auto it = ended_at_.find(id.value());
  return it == ended_at_.end() ? 0 : it->second;
}

void Shadow::OnCall(const CartridgeCall& call) const {
  const std::string name =
      fmt::format("work order {} of {} (run {}, attempt {})", call.ticket.work_order.index,
                  FormatId(call.ticket.work_order.order), call.ticket.run, call.ticket.attempt);
  const Order* order = Find(call.ticket.work_order.order);
  Require(order != nullptr, name + " is called, but its order is not durable");
  Require(call.ticket.epoch == epoch_, name + " is called by an epoch that is over");
  const std::uint32_t w = call.ticket.work_order.index;
  // Whatever catalog the node has now.
  Require((call.ticket.verify || call.operation == order->step(w).operation()) &&
              call.cartridge->SerializeAsString() == order->cartridge(w).SerializeAsString(),
          name + " is called by another catalog than that of its order");
  Require(order->state != OrderState::kCancelled,
          name + " is called after its order was cancelled");
  Require(order->work_orders[w].state != WorkOrderState::kWaiting ||
              order->work_orders[w].attempt != call.ticket.attempt,
          name + " is called again while it waits for its answer");
  const bool can_tell = !order->cartridge(w).verify().empty();
  Require(!call.ticket.verify || (can_tell && call.operation == order->cartridge(w).verify()),
          name + " asks what its target cannot tell");
  Require(call.ticket.verify || order->work_orders[w].doubtful_run == 0,
          name + " is called though nobody knows whether it was done");
  // What can be asked about is sent as without the setting.
  if (order->accepted->checkpoint_after_slice() && !can_tell) return RequireSliceBegun(*order, w);
  bool sent = false;
  for (const Attempt& attempt : order->attempts) {
    if (attempt.work_order != w) continue;
    // What was undone may be done again, in a later run.
    const bool undone =
        order->step(w).has_compensation() || order->step(w).kind() == records::COMPENSATION;
    const bool over = attempt.run == call.ticket.run || !undone;
    if (attempt.answered && attempt.outcome == Outcome::kOk && over) {
      throw Violation(name + " is called after its success was recorded: " + DumpOrder(*order));
    }
    if (attempt.run != call.ticket.run || attempt.n != call.ticket.attempt) continue;
    sent = true;
    Require(!attempt.answered, name + " is called after its answer was recorded");
  }
  Require(sent, name + " is called, but that it was sent is not durable");
  RequireDependencies(*order, w);
}

// Checkpointed slice by slice: that its slice has begun is durable, and so is the end of those
// before. What has happened within it may not be.
void Shadow::RequireSliceBegun(const Order& order, std::uint32_t w) const {
  const std::uint32_t t = order.work_orders[w].technical_order;
  const TechnicalOrder& technical = order.technical_orders[t];
  const std::string name = fmt::format("work order {} of {}", w, FormatId(order.id));
  Require(order.in_pop, name + " is called, but that its order is being processed is not durable");
  Require(technical.state != ProductOrderState::kPending || order.slice == technical.plan->slice(),
          name + " is called, but that its slice has begun is not durable");
  Require(order.work_orders[w].state != WorkOrderState::kCompleted,
          name + " is called after its success was recorded");
  for (const std::uint32_t before : technical.plan->predecessors()) {
    Require(order.technical_orders[before].state == ProductOrderState::kCompleted,
            name + " runs before a technical order that it waits for");
  }
}

void Shadow::OnArchive(const ArchivedOrder& row) const {
  const std::string name = FormatId(row.summary.id);
  const std::string end = EndOf(row.summary.id);
  Require(!end.empty(), name + ": archived, but its end is not durable");
  const auto order = OrderFromArchiveBody(row.body, [&](std::uint64_t hash) {
    const auto it = catalogs_.find(hash);
    return it == catalogs_.end() ? nullptr : it->second;
  });
  Require(order.has_value(), name + ": its row's body cannot be read");
  Require(DumpOrder(**order) == end,
          name + ": archived as " + DumpOrder(**order) + "but ended as " + end);
  Require(row.summary.state == (*order)->state, name + ": its row tells another state");
}

void Shadow::RequireKeys(const PartitionState& state) const {
  for (const auto& [key, durable] : keys_) {
    if (state.time - durable.submitted_at >= kSubmissionKeyTime) continue;
    const auto it = state.keys.find(key);
    Require(it != state.keys.end(), FormatId(durable.order) + ": its key is forgotten");
    Require(it->second.order == durable.order && it->second.body_hash == durable.body_hash &&
                it->second.submitted_at == durable.submitted_at,
            FormatId(durable.order) + ": its key leads elsewhere");
  }
}

// One at a time, what was completed last first, and only what was completed.
void Shadow::RequireUndoable(const Order& order, std::uint32_t w) const {
  const TechnicalOrder& technical = order.technical_orders[order.work_orders[w].technical_order];
  const WorkOrder& undone =
      order.work_orders[technical.first_work_order + order.step(w).compensates()];
  const auto name = fmt::format("{}: work order {} undoes", FormatId(order.id), w);
  Require(undone.state == WorkOrderState::kCompleted, name + " what is not completed");
  const std::uint32_t end = order.work_order_end(order.work_orders[w].technical_order);
  for (std::uint32_t other = technical.first_work_order; other < end; ++other) {
    if (other == w) continue;
    Require(order.work_orders[other].state != WorkOrderState::kSent,
            name + " while another one is out");
    if (order.step(other).kind() != records::COMPENSATION) continue;
    const WorkOrder& later =
        order.work_orders[technical.first_work_order + order.step(other).compensates()];
    const bool left = later.state == WorkOrderState::kCompleted &&
                      order.work_orders[other].state == WorkOrderState::kPending;
    Require(!left || later.completed < undone.completed, name + " out of order");
  }
}

// By the plan alone: all work orders of what it waits for have completed, and under Slicing none
// of an earlier slice is under way.
void Shadow::RequireDependencies(const Order& order, std::uint32_t w) const {
  const std::uint32_t t = order.work_orders[w].technical_order;
  const TechnicalOrder& technical = order.technical_orders[t];
  const auto completed = [&](std::uint32_t other) { return IsPassed(order.work_orders[other]); };
  for (const records::BranchRef& part : order.step(w).within()) {
    Require(
        order.work_orders[technical.first_work_order + part.choice()].branch == part.branch(),
        fmt::format("{}: work order {} is of a branch that was not taken", FormatId(order.id), w));
  }
  for (const std::uint32_t before : technical.plan->predecessors()) {
    if (order.technical_orders[before].ended) continue;
    for (std::uint32_t other = order.technical_orders[before].first_work_order;
         other < order.work_order_end(before); ++other) {
      if (completed(other)) continue;
      throw Violation(fmt::format("{}: work order {} runs before {}, which it waits for",
                                  FormatId(order.id), w, other));
    }
  }
  if (order.step(w).kind() == records::COMPENSATION) return RequireUndoable(order, w);
  for (const std::uint32_t step : order.step(w).after()) {
    Require(IsPassed(order.work_orders[technical.first_work_order + step]),
            fmt::format("{}: work order {} runs before a step that it waits for",
                        FormatId(order.id), w));
  }
  if (order.accepted->dependency_tree()) return;
  for (std::uint32_t other = 0; other < order.work_orders.size(); ++other) {
    const bool earlier =
        order.technical_orders[order.work_orders[other].technical_order].plan->slice() <
        technical.plan->slice();
    const WorkOrderState state = order.work_orders[other].state;
    const bool runs = state == WorkOrderState::kSent || state == WorkOrderState::kWaiting;
    if (!earlier || !runs) continue;
    throw Violation(fmt::format("{}: work order {} runs while {} of an earlier slice does",
                                FormatId(order.id), w, other));
  }
}

// A frame that was written but not synced before a crash may have survived: it counts from when the
// replay has succeeded, which makes it durable.
Result<ReplayReport> WatchedJournal::Replay(const Visitor& visitor) {
  std::vector<std::pair<FramePosition, std::string>> survivors;
  auto report = journal_.Replay([&](const FramePosition& position, std::string_view payload) {
    if (position.sequence > shadow_.last_sequence()) survivors.emplace_back(position, payload);
    return visitor(position, payload);
  });
  if (!report) return report;
  for (const auto& [position, payload] : survivors) shadow_.OnDurable(position, payload);
  return report;
}

Result<FramePosition> WatchedJournal::Append(std::string_view payload) {
  auto position = journal_.Append(payload);
  if (position) {
    position_ = *position;
    appended_.assign(payload);
  }
  return position;
}

Status WatchedJournal::Sync() {
  Status synced = journal_.Sync();
  if (synced) shadow_.OnDurable(position_, appended_);
  return synced;
}

Status WatchedArchive::Write(std::span<const ArchivedOrder> orders,
                             std::uint64_t journal_sequence) {
  for (const ArchivedOrder& row : orders) shadow_.OnArchive(row);
  Status written = archive_.Write(orders, journal_sequence);
  if (written) {
    for (const ArchivedOrder& row : orders) shadow_.OnArchived(row.summary.id);
  }
  return written;
}

}  // namespace cairn::simulation
