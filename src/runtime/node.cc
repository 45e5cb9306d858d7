#include "runtime/node.h"

#include "base/check.h"
#include "runtime/archived_order.h"
#include "runtime/order_snapshot.h"
#include "runtime/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kEvaluatorWorkers = 2;

Error NotFound(OrderId id) {
  return {ErrorCode::kNotFound, fmt::format("there is no order {}", FormatId(id))};
}

}  // namespace

Node::Node(Parts parts, Options options)
    : parts_(parts),
      options_(std::move(options)),
      tokens_(std::make_shared<const CallbackTokens>(options_.callback_key)),
      dispatcher_(
          [this](std::vector<CartridgeAnswer> answers) {
            partition_->PutAnswers(std::move(answers));
          },
          *parts.clock),
      journal_worker_(*parts.journal, *parts.clock, *this),
      archive_worker_(
          *parts.archive, *parts.clock,
          [this](std::vector<OrderId> ids) { partition_->PutArchived(std::move(ids)); },
          [this](const Error& error) { OnFatal(error); }) {}

Node::~Node() {
  // Nothing is sent any more; what it brings goes to the partition. The planner feeds the partition
  // too, and the partition feeds the others. Then the journal, which feeds the archive. The handles
  // themselves stay until all have stopped, because those that still run wake the others.
  if (dispatcher_handle_) dispatcher_handle_->Stop();
  if (events_) events_->Stop();
  if (planner_handle_) planner_handle_->Stop();
  if (partition_handle_) partition_handle_->Stop();
  evaluator_.reset();  // what it still brings finds the partition stopped
  if (journal_handle_) journal_handle_->Stop();
  if (archive_handle_) archive_handle_->Stop();
}

void Node::StartWorkers() {
  dispatcher_handle_ =
      std::make_unique<LatchedHandle>(parts_.executor->Start("dispatcher", dispatcher_));
  dispatcher_.Attach(dispatcher_handle_.get());
  planner_handle_ = std::make_unique<LatchedHandle>(parts_.executor->Start("planner", planner_));
  planner_.Attach(planner_handle_.get());
  archive_handle_ =
      std::make_unique<LatchedHandle>(parts_.executor->Start("archive", archive_worker_));
  archive_worker_.Attach(archive_handle_.get());
  journal_handle_ =
      std::make_unique<LatchedHandle>(parts_.executor->Start("journal", journal_worker_));
  journal_worker_.Attach(journal_handle_.get());
  partition_handle_ =
      std::make_unique<LatchedHandle>(parts_.executor->Start("partition", *partition_));
  partition_->Attach(partition_handle_.get());
}

Result<ReplayReport> Node::Replay(Recovery& recovery,
                                  std::map<std::uint64_t, std::uint64_t>& first_frames) {
  std::vector<EventRef> events;
  return parts_.journal->Replay(
      [&](const FramePosition& position, std::string_view frame) -> Status {
        first_frames.try_emplace(position.segment, position.sequence);
        events.clear();
        auto added = recovery.Add(position.segment, frame, &events);
        event_log_.Append(position.sequence, events);
        if (added) return {};
        return Fail(added.error().code, fmt::format("segment {} offset {}: {}", position.segment,
                                                    position.offset, added.error().message));
      });
}

Result<ReplayReport> Node::Start(std::shared_ptr<const Catalog> catalog,
                                 Dispatcher::Cartridges cartridges, Cartridge* listener_caller) {
  const Nanos from = parts_.clock->Now();
  Recovery recovery(options_.partition);
  std::map<std::uint64_t, std::uint64_t> first_frames;
  ASSIGN_OR_RETURN(const ReplayReport report, Replay(recovery, first_frames));
  ASSIGN_OR_RETURN(PartitionState state, recovery.Finish(parts_.executor));
  state.first_frames = std::move(first_frames);
  const std::map<std::uint64_t, Listener> listeners = state.listeners;
  const std::uint64_t archived = parts_.archive->journal_sequence();
  const bool archive_is_ahead = archived > report.last_sequence;
  if (archive_is_ahead && !options_.rebase_archive) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the archive is ahead of the journal: it rests on frame {}, and the "
                            "journal ends at frame {}. The journal is an older copy than the "
                            "archive, or was repaired",
                            archived, report.last_sequence));
  }
  // A clock that only moves when it is told to goes on where it stood when the journal ended.
  if (options_.advance_clock && state.time > parts_.clock->Now()) {
    RETURN_IF_ERROR(options_.advance_clock(state.time));
  }
  catalogs_.Put(state.catalogs);
  dispatcher_.SetCartridges(cartridges);
  // A frame takes a batch that is full and one more command; what a single command may bring is
  // checked where it comes in.
  const std::size_t frame = parts_.journal->max_payload();
  if (const std::size_t bytes = catalog->serialized().size(); bytes > frame / 4) {
    return Fail(ErrorCode::kTooLarge, CatalogTooLarge(bytes, frame / 4));
  }
  options_.limits.batch_bytes = std::min(options_.limits.batch_bytes, frame / 4);
  for (const auto& [id, target] : state.targets) {
    if (target.maintenance) dispatcher_.SetMaintenance(target.cartridge, true);
  }
  partition_ = std::make_unique<Partition>(std::move(state), options_.limits, *parts_.clock,
                                           journal_worker_, archive_worker_, tokens_);
  catalogs_.MakeCurrent(catalog, parts_.clock->Now());
  cartridges_ =
      std::make_unique<NodeCartridges>(catalogs_, *partition_, dispatcher_, *parts_.clock);
  tasks_ = std::make_unique<NodeTasks>(*partition_);
  catalog_service_ = std::make_unique<NodeCatalog>(options_.read_catalog, frame / 4, *partition_,
                                                   catalogs_, *parts_.clock);
  inventory_ = std::make_unique<NodeInventory>(*partition_, archive_worker_, catalogs_);
  partition_->KeepFor(event_log_);
  if (parts_.scripts != nullptr) {
    evaluator_ = std::make_unique<Evaluator>(*parts_.executor, *parts_.scripts, kEvaluatorWorkers);
    partition_->SetEvaluator(evaluator_.get());
  }
  StartWorkers();
  partition_->Start(catalog);
  if (archive_is_ahead) {
    // Only when the ids are durable: after a crash before that, all of it is to be done again.
    partition_->LeaveOutIds(kIdsLeftOut, [this, sequence = report.last_sequence] {
      archive_worker_.Ask([this, sequence](Archive&) {
        const Status rebased = options_.rebase_archive(sequence);
        if (!rebased) OnFatal(rebased.error());
      });
    });
  }
  StartEvents(listeners, listener_caller);
  partition_handle_->Wake();
  journal_handle_->Wake();
  recovery_time_ = parts_.clock->Now() - from;
  return report;
}

void Node::ArchiveOrders(std::vector<std::shared_ptr<const Order>> ended, std::uint64_t sequence) {
  archive_worker_.Push(std::move(ended), sequence);
}

// Those who read along first: what they wait for may be in here.
void Node::OnDurable(DurableNotice notice) {
  if (notice.position.sequence != 0) {
    event_log_.Append(notice.position.sequence, std::exchange(notice.events, {}));
  }
  partition_->PutDurable(std::move(notice));
}

void Node::StartEvents(const std::map<std::uint64_t, Listener>& listeners, Cartridge* caller) {
  NodeEvents::Parts parts;
  parts.partition = options_.partition;
  parts.log = &event_log_;
  parts.clock = parts_.clock;
  parts.find = [this](OrderId id, const auto& done) { FindOrderNow(id, done); };
  parts.add = [this](RegisterListener command) {
    return partition_->PutOperator(std::move(command));
  };
  parts.remove = [this](DropListener command) {
    return partition_->PutOperator(std::move(command));
  };
  // Where there is no room now it is noted later, with what was told meanwhile.
  parts.note = [this](ListenerId id, std::uint64_t sequence) {
    (void)partition_->PutOperator(NoteDelivered{.id = id, .sequence = sequence});
  };
  if (caller != nullptr) parts.tell = options_.tell_listener;
  parts.caller = caller;
  events_ = std::make_unique<NodeEvents>(std::move(parts), *parts_.executor, listeners);
}

void Node::FindOrderNow(OrderId id,
                        const std::function<void(Result<std::shared_ptr<const Order>>)>& done) {
  ReadOrder read{id, [this, id, done](std::shared_ptr<const Order> order) {
                   if (order != nullptr) return done(std::move(order));
                   archive_worker_.Ask([this, id, done](Archive& archive) {
                     auto archived = ReadArchivedOrder(archive, id, FindCatalogIn(catalogs_));
                     const bool gone = !archived && archived.error().code == ErrorCode::kNotFound;
                     done(gone ? std::shared_ptr<const Order>() : std::move(archived));
                   });
                 }};
  if (!partition_->PutOperator(std::move(read))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

void Node::OnFatal(const Error& error) {
  stopping_.store(true);
  if (options_.on_fatal) options_.on_fatal(error);
}

void Node::StopAdmission() {
  stopping_.store(true);
  partition_->StopAdmission();
  dispatcher_.StopLaunching();
  events_->StopCalling();
}

// The planner is looked at twice: what it gives to the partition, and what it gets from it.
bool Node::quiet() const {
  return dispatcher_.running() == 0 && planner_.idle() && partition_->idle() && planner_.idle();
}

FoundOrder Node::FromMemoryOrArchive(OrderId id, OrderDone done) {
  return [this, id, done = std::move(done)](std::shared_ptr<const Order> order) {
    if (order != nullptr) return done(MakeOrderSnapshot(std::move(order), tokens_));
    ReadArchived(id, done);
  };
}

void Node::ReadArchived(OrderId id, OrderDone done) {
  archive_worker_.Ask([this, id, done = std::move(done)](Archive& archive) {
    auto order = ReadArchivedOrder(archive, id, FindCatalogIn(catalogs_));
    if (!order) return done(Fail(order.error()));
    done(MakeOrderSnapshot(std::move(*order)));
  });
}

void Node::GetOrder(OrderId id, OrderDone done) {
  if (!partition_->PutOperator(ReadOrder{id, FromMemoryOrArchive(id, done)})) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

void Node::AwaitOrder(OrderId id, AwaitOptions options, OrderDone done) {
  if (!partition_->PutOperator(AwaitOrderCommand{id, options, FromMemoryOrArchive(id, done)})) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

// The live ones first, then the archive: an order that moves from one to the other in between is
// seen at least once.
void Node::ListOrders(const OrderQuery& query, ListDone done) {
  OrderQuery bounded = query;
  bounded.limit =
      std::clamp<std::size_t>(query.limit, 1, kListLimitMax) + 1;  // one more: is there a next?
  ListLiveOrders list;
  list.query = bounded;
  list.done = [this, bounded, done](std::vector<OrderSummary> live) {
    archive_worker_.Ask([this, bounded, done, live = std::move(live)](Archive&) mutable {
      MergeList(bounded, std::move(live), done);
    });
  };
  if (!partition_->PutOperator(std::move(list)))
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
}

void Node::MergeList(const OrderQuery& query, std::vector<OrderSummary> live,
                     const ListDone& done) {
  auto archived = parts_.archive->List(query);
  if (!archived) return done(Fail(archived.error()));
  OrderList list;
  list.items = std::move(*archived);
  list.items.insert(list.items.end(), std::make_move_iterator(live.begin()),
                    std::make_move_iterator(live.end()));
  const auto newer = [](const OrderSummary& a, const OrderSummary& b) { return a.id > b.id; };
  std::stable_sort(list.items.begin(), list.items.end(), newer);
  const auto same = [](const OrderSummary& a, const OrderSummary& b) { return a.id == b.id; };
  list.items.erase(std::unique(list.items.begin(), list.items.end(), same), list.items.end());
  if (list.items.size() >= query.limit) {
    list.items.resize(query.limit - 1);
    list.next = list.items.back().id;
  }
  done(std::move(list));
}

void Node::CommandHeld(HeldOrderCommand command, const OrderDone& done) {
  command.done = EndOfChange(command.id, done);
  if (!partition_->PutOperator(std::move(command))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

std::function<void(Result<std::shared_ptr<const Order>>)> Node::EndOfChange(OrderId id,
                                                                            OrderDone done) {
  return [this, id, done = std::move(done)](Result<std::shared_ptr<const Order>> order) {
    if (!order) return done(Fail(order.error()));
    if (*order != nullptr) return done(MakeOrderSnapshot(std::move(*order), tokens_));
    // Not in memory: archived, so it has ended; or there never was one.
    ReadArchived(id, [id, done](Result<std::shared_ptr<const OrderSnapshot>> archived) {
      if (!archived) return done(std::move(archived));
      done(Fail(ErrorCode::kConflict, fmt::format("order {} is {}: it has ended", FormatId(id),
                                                  Name((*archived)->state()))));
    });
  };
}

void Node::ResubmitOrder(OrderAtVersion order, std::string actor, std::string description,
                         OrderDone done) {
  CommandHeld({.id = order.id,
               .expected_version = order.version,
               .verb = HeldVerb::kResubmit,
               .actor = std::move(actor),
               .description = std::move(description),
               .done = {}},
              done);
}

void Node::GiveUpOrder(OrderAtVersion order, std::string actor, std::string description,
                       OrderDone done) {
  CommandHeld({.id = order.id,
               .expected_version = order.version,
               .verb = HeldVerb::kGiveUp,
               .actor = std::move(actor),
               .description = std::move(description),
               .done = {}},
              done);
}

void Node::Change(ChangeOrder command, const OrderDone& done) {
  command.done = EndOfChange(command.id, done);
  if (!partition_->PutOperator(std::move(command))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

void Node::Cancel(OrderAtVersion order, CancelVerb verb, std::string actor, std::string description,
                  const OrderDone& done) {
  Change({.id = order.id,
          .decide = [verb, seen = order.version, description = std::move(description)](
                        const Order& found) -> Result<std::optional<OrderEvent>> {
            RETURN_IF_ERROR(RequireVersion(found, seen));
            return DecideCancel(found, verb, description);
          },
          .actor = std::move(actor),
          .done = {}},
         done);
}

void Node::CancelOrder(OrderAtVersion order, std::string actor, std::string description,
                       OrderDone done) {
  Cancel(order, CancelVerb::kCancel, std::move(actor), std::move(description), done);
}

void Node::AbortOrder(OrderAtVersion order, std::string actor, std::string description,
                      OrderDone done) {
  Cancel(order, CancelVerb::kAbort, std::move(actor), std::move(description), done);
}

void Node::PatchOrder(OrderId id, OrderPatch patch, OrderDone done) {
  const auto change = std::make_shared<const PatchOfOrder>(
      PatchOfOrder{.expected_version = patch.expected_version,
                   .tmf_document = std::move(patch.tmf_document),
                   .external_id = std::move(patch.external_id),
                   .priority = patch.priority,
                   .requested_start = patch.requested_start,
                   .description = std::move(patch.description)});
  const auto live = std::make_shared<bool>(false);
  ChangeOrder command{
      .id = id,
      // One that has ended belongs to the archive, also while it is on its way there.
      .decide = [change, live](const Order& order) -> Result<std::optional<OrderEvent>> {
        if (IsFinal(order.state)) return std::nullopt;
        *live = true;
        ASSIGN_OR_RETURN(OrderEvent event, DecidePatch(order, *change));
        return event;
      },
      .actor = patch.actor,
      .done =
          [this, id, change, live, actor = patch.actor,
           done](Result<std::shared_ptr<const Order>> order) {
            if (!order) return done(Fail(order.error()));
            if (*live) return done(MakeOrderSnapshot(std::move(*order), tokens_));
            PatchArchived(id, change, actor, done);
          }};
  if (!partition_->PutOperator(std::move(command))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

// Once the journal has no part in it any more: before that, a crash would archive the order again,
// as it was.
void Node::PatchArchived(OrderId id, std::shared_ptr<const PatchOfOrder> change, std::string actor,
                         const OrderDone& done) {
  AwaitRetirement await;
  await.id = id;
  await.done = [this, id, change = std::move(change), actor = std::move(actor),
                done](const Status& status) {
    if (!status) return done(Fail(status.error()));
    archive_worker_.Ask([this, id, change, actor, done](Archive& archive) {
      auto patched = PatchInArchive(archive, id, *change, actor, parts_.clock->Now(),
                                    FindCatalogIn(catalogs_));
      if (!patched) return done(Fail(patched.error()));
      done(MakeOrderSnapshot(std::move(*patched)));
    });
  };
  if (!partition_->PutOperator(std::move(await))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

// An order that has ended is removed once its retirement is durable: before that, a crash would
// bring it back from the journal.
void Node::DeleteOrder(OrderId id, std::string /*actor*/, DeleteDone done) {
  AwaitRetirement await;
  await.id = id;
  await.done = [this, id, done](Status status) {
    if (!status) return done(status);
    archive_worker_.Ask([id, done](Archive& archive) {
      const Result<bool> removed = archive.Remove(id);
      if (!removed) return done(Fail(removed.error()));
      done(*removed ? Status() : Status(Fail(NotFound(id))));
    });
  };
  if (!partition_->PutOperator(std::move(await))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

void Node::CompleteWorkOrder(std::string_view callback_token, LateAnswer answer,
                             CompleteDone done) {
  const auto target = tokens_->Open(callback_token);
  if (!target || target->work_order.order.partition() != options_.partition) {
    return done(Fail(ErrorCode::kNotFound, "there is no such callback token"));
  }
  CHECK(answer.outcome != Outcome::kDelayed);
  LateAnswerCommand command{.answer = {.ticket = {.work_order = target->work_order,
                                                  .run = target->run,
                                                  .attempt = target->attempt},
                                       .outcome = answer.outcome,
                                       .output = std::move(answer.output),
                                       .detail = std::move(answer.detail)},
                            .actor = std::move(answer.actor),
                            .done = done};
  if (!partition_->PutLateAnswer(std::move(command))) {
    done(Fail(ErrorCode::kOverloaded, "too many answers wait"));
  }
}

Readiness Node::readiness() const {
  if (partition_ == nullptr) return Readiness::kStarting;
  if (stopping_.load()) return Readiness::kStopping;
  if (journal_worker_.no_space() || archive_worker_.no_space()) return Readiness::kNoSpace;
  return partition_->counters().epoch.load() == 0 ? Readiness::kStarting : Readiness::kReady;
}

NodeMetrics Node::metrics() const {
  NodeMetrics m;
  if (partition_ == nullptr) return m;  // not started
  const PartitionCounters& c = partition_->counters();
  m.orders_accepted = c.accepted.load();
  m.orders_refused = c.refused.load();
  m.orders_completed = c.completed.load();
  m.orders_failed = c.failed.load();
  m.orders_cancelled = c.cancelled.load();
  m.orders_held_now = c.held.load();
  m.orders_waiting_now = c.waiting.load();
  m.orders_live = c.live.load();
  m.orders_folded_now = c.folded.load();
  m.work_orders_sent = c.sent.load();
  m.work_orders_answered = c.answered.load();
  m.answers_ignored = c.ignored.load();
  m.commands = c.commands.load();
  m.batches = c.batches.load();
  m.journal_syncs = journal_worker_.syncs();
  m.journal_appended_bytes = journal_worker_.appended_bytes();
  m.journal_bytes = c.journal_bytes.load();
  m.journal_live_bytes = c.live_bytes.load();
  m.journal_segments_ahead = c.segments_ahead.load();
  m.archive_written = archive_worker_.written();
  m.archive_waiting = archive_worker_.waiting();
  const Nanos oldest = archive_worker_.oldest();
  m.archive_lag = oldest == 0 ? 0 : std::max<Nanos>(0, parts_.clock->Now() - oldest);
  m.command_time_max = c.command_time_max.load();
  m.clock_jump_max = c.clock_jump_max.load();
  m.clock_alarms = c.clock_alarms.load();
  m.epoch = c.epoch.load();
  m.recovery_time = recovery_time_;
  m.cartridges = dispatcher_.Metrics();
  return m;
}

std::string Node::catalog_version() const { return catalogs_.View().version; }

Status Node::AdvanceClockTo(Nanos moment) {
  if (!options_.advance_clock) {
    return Fail(ErrorCode::kConflict,
                "the node runs on the real clock: start it with --clock virtual");
  }
  return options_.advance_clock(moment);
}

}  // namespace cairn
