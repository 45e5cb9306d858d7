#include "runtime/partition_state.h"

#include "base/bytes.h"
#include "base/check.h"
#include "engine/orders/snapshot.h"

#include <fmt/format.h>

namespace cairn {
namespace {

void DumpWorkOrders(std::string& out, const Order& order) {
  for (const WorkOrder& w : order.work_orders) {
    fmt::format_to(std::back_inserter(out), " w{}:{}:{}:{}:{}:{}:{}:{:016x}", Name(w.state), w.run,
                   w.attempt, w.sends, w.retry_at, w.deadline, w.technical_order,
                   Hash64(order.Text(w.output)));
  }
  for (const Attempt& a : order.attempts) {
    fmt::format_to(std::back_inserter(out), " a{}:{}:{}:{}:{}:{}:{}", a.work_order, a.run, a.n,
                   a.answered, Name(a.outcome), a.sent_at, a.answered_at);
  }
}

}  // namespace

SubmissionKey MakeSubmissionKey(std::string_view client_key) {
  return {.high = Hash64(client_key, 1), .low = Hash64(client_key, 2)};
}

std::string EncodeSubmissionKey(const SubmissionKey& key) {
  std::string bytes;
  AppendFixed(bytes, key.high);
  AppendFixed(bytes, key.low);
  return bytes;
}

SubmissionKey DecodeSubmissionKey(std::string_view bytes) {
  CHECK(bytes.size() == 16);
  return {.high = LoadFixed<std::uint64_t>(bytes.data()),
          .low = LoadFixed<std::uint64_t>(bytes.data() + 8)};
}

// The derived parts (states of parents, counters, the ready list) stand beside what they are
// derived from, so that replay must arrive at the same of both.
std::string DumpOrder(const Order& order) {
  std::string out = fmt::format(
      "{} v{} {} port={} run={} slice={} pop={} active={} waiting={} troubled={} at={}/{}/{} "
      "ignored={} cancel={}{} patches={}",
      FormatId(order.id), order.version, Name(order.state), Name(order.port), order.run,
      order.slice, order.in_pop, order.active, order.waiting, order.troubled, order.submitted_at,
      order.started_at, order.ended_at, order.ignored_answers, order.cancel_requested,
      order.abort_requested, order.patches);
  for (const ProductOrder& p : order.product_orders) {
    fmt::format_to(std::back_inserter(out), " p{}", Name(p.state));
  }
  for (const TechnicalOrder& t : order.technical_orders) {
    fmt::format_to(std::back_inserter(out), " t{}:{}:{}:{}", Name(t.state), t.active, t.waiting,
                   t.open_predecessors);
  }
  DumpWorkOrders(out, order);
  for (std::size_t i = order.ready_head; i < order.ready.size(); ++i) {
    fmt::format_to(std::back_inserter(out), " r{}", order.ready[i]);
  }
  for (std::size_t i = order.plain_head; i < order.plain.size(); ++i) {
    fmt::format_to(std::back_inserter(out), " s{}", order.plain[i]);
  }
  for (const PendingEvaluation& e : order.evaluations) {
    fmt::format_to(std::back_inserter(out), " e{}:{}", e.work_order, e.number);
  }
  for (const AssignedFields& a : order.assigned) {
    fmt::format_to(std::back_inserter(out), " a{}:{}:{:016x}", static_cast<int>(a.scope), a.index,
                   Hash64(a.fields));
  }
  fmt::format_to(std::back_inserter(out), " snapshot={:016x}\n", Hash64(OrderSnapshotBytes(order)));
  return out;
}

std::string DumpService(const StoredService& service) {
  return fmt::format("{} v{} '{}' '{}' of '{}'{} {:016x} by {}/{} of {:016x} at {}/{}\n",
                     FormatId(service.id), service.version, service.product, service.service,
                     service.customer, service.terminated ? " terminated" : "",
                     Hash64(service.parameters.encoded()), FormatId(service.order),
                     service.product_order, service.catalog_hash, service.created_at,
                     service.changed_at);
}

std::string DumpState(const PartitionState& state) {
  std::string out = fmt::format("partition {} live {}\n", state.partition, state.orders.size());
  for (const auto& [hash, catalog] : state.catalogs) {
    fmt::format_to(std::back_inserter(out), "catalog {:016x} {}\n", hash,
                   catalog->serialized().size());
  }
  for (const auto& [id, part] : state.parts) {
    fmt::format_to(std::back_inserter(out), "part {} of {} {:016x}\n", id, part.order,
                   Hash64(part.part->SerializeAsString()));
  }
  for (const auto& [key, record] : state.keys) {
    fmt::format_to(std::back_inserter(out), "key {:016x}{:016x} {} {:016x} {} {}\n", key.high,
                   key.low, record.order.value(), record.body_hash, record.submitted_at,
                   Name(record.end_state));
  }
  for (const auto& [minute, keys] : state.key_buckets) {
    fmt::format_to(std::back_inserter(out), "bucket {} {}\n", minute, keys.size());
  }
  for (const auto& [id, service] : state.services) out += DumpService(*service);
  fmt::format_to(std::back_inserter(out), "services there {} terminated {}\n",
                 state.services_there.size(), state.terminated_services.size());
  for (const auto& [id, target] : state.targets) {
    fmt::format_to(std::back_inserter(out), "target {} {} {}\n", id, target.cartridge,
                   target.maintenance);
  }
  for (const auto& [id, listener] : state.listeners) {
    fmt::format_to(std::back_inserter(out), "listener {} {} {} {}\n", id, listener.callback,
                   listener.query, listener.delivered);
  }
  state.orders.ForEach([&](const Order& order) { out += DumpOrder(order); });
  return out;
}

void PartitionState::PutService(StoredServicePtr service) {
  const std::uint64_t id = service->id.value();
  DropService(id);
  if (service->terminated) {
    terminated_services.emplace(service->changed_at, id);
  } else {
    services_there.insert(service);
  }
  services[id] = std::move(service);
}

void PartitionState::DropService(std::uint64_t id) {
  const auto it = services.find(id);
  if (it == services.end()) return;
  if (it->second->terminated) {
    terminated_services.erase({it->second->changed_at, id});
  } else {
    services_there.erase(it->second);
  }
  services.erase(it);
}

std::uint64_t HashState(const PartitionState& state) { return Hash64(DumpState(state)); }

}  // namespace cairn
