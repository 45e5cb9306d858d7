// The clients of a run: each wish is submitted under its key until it is acknowledged, and then
// minded until it has settled. A client forgets nothing when the node dies; it asks again.
#include "engine/orders/work_order_input.h"
#include "simulation/run.h"
#include "simulation/violation.h"

#include <fmt/format.h>

#include <algorithm>

namespace cairn::simulation {
namespace {

constexpr Nanos kThink = 2 * kSecond;
constexpr Nanos kRetry = 500 * kMillisecond;

bool Settled(OrderState state) { return IsFinal(state); }

}  // namespace

void Run::ScheduleClients() {
  for (std::size_t i = 0; i < wishes_.size(); ++i) {
    const Wish& wish = wishes_[i];
    if (wish.refused || Settled(wish.last_seen)) continue;
    if (wish.id.valid()) {
      executor_.At(Soon(kRetry), [this, i] { Mind(i); });
    } else {
      executor_.At(Soon(20 * kThink), [this, i] { Submit(i); });
    }
  }
  executor_.At(Soon(kThink), [this] { ReadSomething(); });
  executor_.At(Soon(10 * kThink), [this] { MaintainSomething(); });
  executor_.At(Soon(kThink), [this] { ReadInventory(); });
  if (reloads_) executor_.At(Soon(10 * kThink), [this] { Reload(); });
}

// An operator who takes targets out of service and back. Once that was acknowledged nothing may be
// sent, over crashes too, until somebody asks for the end of it.
void Run::MaintainSomething() {
  const records::Catalog& catalog = catalogs_[random_.Below(catalogs_.size())]->records();
  const auto which = random_.Below(static_cast<std::uint64_t>(catalog.cartridges_size()));
  const std::string name = catalog.cartridges(static_cast<int>(which)).name();
  const auto current = node_->catalog().CurrentCatalog().catalog;
  const bool is_current =
      std::any_of(current->records().cartridges().begin(), current->records().cartridges().end(),
                  [&](const auto& c) { return c.name() == name; });
  const bool on = faults_on_ && random_.Chance(1, 3);
  const std::uint64_t life = life_;
  const auto done = [this, life, name, on, is_current](const Result<CartridgeView>& view) {
    if (life != life_) return;
    if (!view) {
      // A catalog that was not loaded yet is nobody's business.
      const bool is_unknown = view.error().code == ErrorCode::kNotFound && !is_current;
      Require(is_unknown || view.error().code == ErrorCode::kOverloaded,
              "maintenance was refused: " + view.error().message);
    } else if (on) {
      Require(view->health == TargetHealth::kMaintenance, name + " is not in maintenance");
      targets_.SetMaintenance(name, true);
    }
    executor_.At(Soon(5 * kThink), [this] {
      if (!AllSettled()) MaintainSomething();
    });
  };
  if (on) return node_->cartridges().StartMaintenance(name, "operator", done);
  targets_.SetMaintenance(name, false);
  node_->cartridges().StopMaintenance(name, "operator", done);
}

void Run::Submit(std::size_t wish) {
  const std::uint64_t life = life_;
  node_->SubmitOrder(wishes_[wish].request,
                     {.actor = "client",
                      .idempotency_key = wishes_[wish].key,
                      .body_hash = wishes_[wish].body_hash},
                     [this, wish, life](tl::expected<SubmitReply, Refusal> reply) {
                       if (life == life_) OnSubmitted(wish, std::move(reply));
                     });
  // A client with a lost answer asks again, in the same life too.
  if (!wishes_[wish].asked_again && random_.Chance(1, 10)) {
    wishes_[wish].asked_again = true;
    executor_.At(Soon(kRetry), [this, wish] {
      if (!wishes_[wish].refused) Submit(wish);
    });
  }
}

void Run::OnSubmitted(std::size_t number, tl::expected<SubmitReply, Refusal> reply) {
  Wish& wish = wishes_[number];
  if (!reply) {
    const Refusal& refusal = reply.error();
    if (refusal.code == ErrorCode::kOverloaded || refusal.code == ErrorCode::kNoSpace) {
      executor_.At(Soon(kThink), [this, number] { Submit(number); });
      return;
    }
    Require(!refusal.errors.empty(), "a refusal names no field");
    // With a new catalog or another inventory too: it has a key.
    Require(!wish.id.valid(), "an order was accepted and then refused");
    wish.refused = true;
    return;
  }
  Require(shadow_.WasAccepted(reply->id), FormatId(reply->id) + ": acknowledged, but not durable");
  const auto [it, first] = by_key_.emplace(wish.key, reply->id);
  Require(it->second == reply->id, fmt::format("{} became two orders: {} and {}", wish.key,
                                               FormatId(it->second), FormatId(reply->id)));
  // What a catalog or an inventory refused, a later one may take.
  Require(!wish.refused || may_change_mind_, "an order was refused and then accepted");
  wish.refused = false;
  if (!first) return;
  Note(fmt::format("{} is {}", wish.key, FormatId(reply->id)));
  wish.id = reply->id;
  Mind(number);
}

void Run::Mind(std::size_t number) {
  const std::uint64_t life = life_;
  const OrderId id = wishes_[number].id;
  const Nanos asked_at = clock_.true_now();
  const AwaitOptions options{.until_settled = true, .after_version = 0, .wait = 5 * kSecond};
  node_->AwaitOrder(
      id, options,
      [this, number, life, asked_at](Result<std::shared_ptr<const OrderSnapshot>> order) {
        if (life != life_) return;
        if (!order) {
          Require(order.error().code == ErrorCode::kOverloaded,
                  FormatId(wishes_[number].id) +
                      " was acknowledged and is lost: " + order.error().message);
          executor_.At(Soon(kThink), [this, number] { Mind(number); });
          return;
        }
        if (IsFinal((*order)->state())) CheckNotLate(wishes_[number].id, asked_at);
        OnSettled(number, *order);
      });
}

void Run::PerhapsCancel(std::size_t number) {
  if (cancel_odds_ == 0 || !random_.Chance(1, cancel_odds_)) return;
  const std::uint64_t life = life_;
  const OrderId id = wishes_[number].id;
  const bool abort = random_.Chance(1, 2);
  const auto done = [this, id, abort,
                     life](const Result<std::shared_ptr<const OrderSnapshot>>& order) {
    if (life != life_) return;
    if (order) {
      CheckSnapshot(**order);
      const OrderView view = (*order)->View();
      Require(view.cancel_requested &&
                  (!abort || view.abort_requested || view.summary.state == OrderState::kCancelled),
              FormatId(id) + ": a cancel was taken and is not there");
      return;
    }
    // A conflict: it has ended.
    Require(
        order.error().code == ErrorCode::kConflict || order.error().code == ErrorCode::kOverloaded,
        "a cancel failed: " + order.error().message);
  };
  if (abort) {
    node_->AbortOrder(id, "client", "not wanted", done);
  } else {
    node_->CancelOrder(id, "client", "not wanted", done);
  }
}

// To whichever life of the node there is; without one the target tries again.
void Run::Complete(const CallTicket& ticket, CartridgeAnswer answer) {
  const CallbackTarget target{
      .work_order = ticket.work_order, .run = ticket.run, .attempt = ticket.attempt};
  const std::uint64_t life = life_;
  const Outcome outcome = answer.outcome;
  node_->CompleteWorkOrder(tokens_.Make(target),
                           {.actor = "target",
                            .outcome = outcome,
                            .output = std::move(answer.output),
                            .detail = std::move(answer.detail)},
                           [this, target, outcome, life](const Status& status) {
                             if (life == life_) CheckCompleted(target, outcome, status);
                           });
}

void Run::CompleteTask(WorkOrderRef task, CartridgeAnswer answer) {
  CheckTasks();
  const std::uint64_t life = life_;
  const Outcome outcome = answer.outcome;
  node_->tasks().CompleteTask(WorkOrderName(task.order, task.index),
                              {.actor = "person",
                               .outcome = outcome,
                               .output = std::move(answer.output),
                               .detail = std::move(answer.detail)},
                              [this, task, outcome, life](const Status& status) {
                                if (life == life_) CheckTaskCompleted(task, outcome, status);
                              });
}

void Run::OnSettled(std::size_t number, const std::shared_ptr<const OrderSnapshot>& snapshot) {
  Wish& wish = wishes_[number];
  CheckSnapshot(*snapshot);
  Require(!IsFinal(wish.last_seen) || snapshot->state() == wish.last_seen,
          FormatId(wish.id) + " ended and then was something else");
  wish.last_seen = snapshot->state();
  if (IsFinal(wish.last_seen)) return;
  const Nanos again = Soon(wish.last_seen == OrderState::kHeld ? 4 * kThink : kThink);
  PerhapsCancel(number);
  if (wish.last_seen != OrderState::kHeld) {
    executor_.At(again, [this, number] { Mind(number); });
    return;
  }
  const std::uint64_t life = life_;
  const auto done = [this, number,
                     life](const Result<std::shared_ptr<const OrderSnapshot>>& order) {
    if (life != life_) return;
    // A conflict: another hand was quicker, or the first answer was lost.
    Require(order.has_value() || order.error().code == ErrorCode::kConflict ||
                order.error().code == ErrorCode::kOverloaded,
            "an operator's command failed: " + (order ? std::string() : order.error().message));
    executor_.At(Soon(kRetry), [this, number] { Mind(number); });
  };
  const OrderState held = wish.last_seen;
  wish.last_seen = OrderState::kRunning;  // until its next answer: somebody is about to act on it
  if (wish.resubmissions_left > 0) {
    --wish.resubmissions_left;
    executor_.At(again, [this, number, done] {
      node_->ResubmitOrder(wishes_[number].id, "operator", "again", done);
    });
  } else if (random_.Chance(1, 2)) {
    executor_.At(again, [this, number, done] {
      node_->GiveUpOrder(wishes_[number].id, "operator", "enough", done);
    });
  } else {
    wish.last_seen = held;  // for the rest of the run
  }
}

// What a read shows is durable.
void Run::CheckSnapshot(const OrderSnapshot& snapshot) const {
  const Order* durable = shadow_.Find(snapshot.id());
  if (durable == nullptr) {
    Require(!shadow_.EndOf(snapshot.id()).empty(),
            FormatId(snapshot.id()) + ": read, but not durable");
    return;
  }
  Require(durable->version >= snapshot.version(),
          FormatId(snapshot.id()) + ": a read saw what is not durable yet");
}

// Those that were ordered are there, in their order, but for what a rule may drop.
void Run::CheckProductOrders(const OrderView& view, const OrderRequest& request) const {
  const auto& rules = CatalogOfVersion(view.catalog_version).rules();
  const bool may_drop = std::any_of(rules.begin(), rules.end(),
                                    [](const auto& rule) { return rule.exclusion().drop(); });
  auto wanted = request.product_orders.begin();
  for (const ProductOrderView& shown : view.product_orders) {
    if (!shown.added_by_rule.empty()) continue;
    while (may_drop && wanted != request.product_orders.end() && wanted->id != shown.id) ++wanted;
    Require(wanted != request.product_orders.end() && wanted->id == shown.id,
            "a view shows a product order that nobody ordered, or not in its place");
    ++wanted;
  }
  Require(may_drop || wanted == request.product_orders.end(), "a view lost product orders");
}

void Run::ReadSomething() {
  const std::uint64_t life = life_;
  const std::size_t number = random_.Below(wishes_.size());
  if (wishes_[number].id.valid()) {
    node_->GetOrder(
        wishes_[number].id,
        [this, number, life](const Result<std::shared_ptr<const OrderSnapshot>>& order) {
          if (life != life_) return;
          Require(order.has_value() || order.error().code == ErrorCode::kOverloaded,
                  FormatId(wishes_[number].id) + ": acknowledged, but cannot be read");
          if (!order) return;
          CheckSnapshot(**order);
          CheckProductOrders((*order)->View(), wishes_[number].request);
          Require(!(*order)->History(0, 1).empty(), "a history is empty");
        });
  }
  OrderQuery query;
  query.limit = 1 + random_.Below(20);
  if (random_.Chance(1, 2)) query.customer = fmt::format("C-{}", random_.Below(5));
  std::vector<OrderId> known;
  for (const Wish& wish : wishes_) {
    const bool wanted = !query.customer || wish.request.customer == *query.customer;
    if (wish.id.valid() && wanted) known.push_back(wish.id);
  }
  node_->ListOrders(query,
                    [this, query, life, known = std::move(known)](const Result<OrderList>& list) {
                      if (life == life_ && list) CheckList(query, *list, known);
                    });
  executor_.At(Soon(5 * kThink), [this] {
    if (!AllSettled()) ReadSomething();
  });
}

void Run::ReadInventory() {
  const std::uint64_t life = life_;
  InventoryQuery query;
  query.limit = 1 + random_.Below(5);
  if (random_.Chance(1, 2)) query.service = fmt::format("s{}", random_.Below(4));
  node_->inventory().ListServices(query, [this, query, life](const Result<InventoryList>& list) {
    if (life == life_ && list) CheckServices(query, *list);
  });
  executor_.At(Soon(10 * kThink), [this] {
    if (!AllSettled()) ReadInventory();
  });
}

// The source has changed, or somebody has made a mistake in it.
void Run::Reload() {
  const std::uint64_t life = life_;
  source_ = random_.Below(catalogs_.size());
  source_is_bad_ = random_.Chance(1, 4);
  const auto done = [this, life, before = node_->catalog_version(), is_bad = source_is_bad_,
                     hash = catalogs_[source_]->hash()](Result<CatalogService::Reloaded> reloaded) {
    if (life != life_) return;
    Require(reloaded.has_value(), "a reload failed");
    CheckReload(*reloaded, before, is_bad, hash);
    executor_.At(Soon(20 * kThink), [this] {
      if (!AllSettled()) Reload();
    });
  };
  node_->catalog().ReloadCatalog("operator", done);
  source_is_bad_ = false;  // before the next start, or there would be none
}

// Every wish is refused or ended, or Held with nobody left who would resubmit it.
bool Run::AllSettled() const {
  for (const Wish& wish : wishes_) {
    const bool held = wish.last_seen == OrderState::kHeld && wish.resubmissions_left == 0;
    if (!wish.refused && !IsFinal(wish.last_seen) && !held) return false;
  }
  return true;
}

std::string Run::Unsettled() const {
  std::string out;
  for (const Wish& wish : wishes_) {
    if (wish.refused || IsFinal(wish.last_seen)) continue;
    const Order* order = wish.id.valid() ? shadow_.Find(wish.id) : nullptr;
    out += fmt::format("{} ({}) last seen {}, durable {}; ", wish.key,
                       wish.id.valid() ? FormatId(wish.id) : "not acknowledged",
                       Name(wish.last_seen), order != nullptr ? Name(order->state) : "gone");
  }
  const NodeMetrics m = node_->metrics();
  return out + fmt::format(
                   "archive waiting {}, running {}, quiet {}, commands {}, batches {}, syncs {}, "
                   "journal {} of {} live, ahead {}",
                   m.archive_waiting, node_->dispatcher().running(), node_->quiet(), m.commands,
                   m.batches, m.journal_syncs, m.journal_bytes, m.journal_live_bytes,
                   m.journal_segments_ahead);
}

}  // namespace cairn::simulation
