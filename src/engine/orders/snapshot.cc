#include "engine/orders/snapshot.h"

#include "base/check.h"
#include "engine/orders/apply.h"

#include <fmt/format.h>

namespace cairn {
namespace {

constexpr char kSnapshotFormat = 1;

Result<std::unique_ptr<Order>> FromAccepted(const RecordView& record, Nanos time,
                                            const FindCatalog& find_catalog,
                                            const FindOrderPart& find_part) {
  const OrderId id(record.entity.id);
  if (record.event != EventType::kOrderAccepted) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("order {}: its first record is not order_accepted", FormatId(id)));
  }
  if (record.event_version != 1) {
    return Fail(ErrorCode::kIncompatible, fmt::format("order {}: order_accepted of version {}",
                                                      FormatId(id), record.event_version));
  }
  auto accepted = std::make_shared<records::OrderAccepted>();
  if (!accepted->ParseFromArray(record.payload.data(), static_cast<int>(record.payload.size()))) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("order {}: order_accepted cannot be parsed", FormatId(id)));
  }
  auto catalog = find_catalog(accepted->catalog_hash());
  if (catalog == nullptr) {
    return Fail(ErrorCode::kCorrupt, fmt::format("order {}: its catalog {} is missing",
                                                 FormatId(id), Hex64(accepted->catalog_hash())));
  }
  std::vector<std::shared_ptr<const records::OrderPart>> parts;
  for (const std::uint64_t part_id : accepted->part_ids()) {
    parts.push_back(find_part(part_id));
    if (parts.back() == nullptr) {
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("order {}: its part {} is missing", FormatId(id), part_id));
    }
  }
  return BuildOrder(id, time, std::string(record.actor), std::move(catalog), std::move(accepted),
                    std::move(parts));
}

}  // namespace

void AppendAccepted(std::string& out, const Order& order) {
  const RecordView record{.type = RecordType::kEvent,
                          .entity = {EntityKind::kOrder, order.id.value()},
                          .version = 1,
                          .event = EventType::kOrderAccepted,
                          .event_version = 1,
                          .actor = order.actor,
                          .payload = {}};
  const std::size_t size = order.accepted->ByteSizeLong();
  AppendRecordEnvelope(out, record, size);
  const std::size_t at = out.size();
  out.resize(at + size);
  order.accepted->SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + at));
}

void AppendOrderSnapshot(std::string& out, const Order& order) {
  out.push_back(kSnapshotFormat);
  AppendVarint(out, 0);
  AppendFixed(out, order.submitted_at);
  AppendAccepted(out, order);
  out.append(order.trail);
}

std::string OrderSnapshotBytes(const Order& order) {
  std::string bytes;
  AppendOrderSnapshot(bytes, order);
  return bytes;
}

std::string ShortOrderSnapshotBytes(const Order& order) {
  std::string out;
  out.push_back(kSnapshotFormat);
  AppendVarint(out, order.trail_chunks.size());
  std::size_t chunked = 0;
  for (const TrailChunk& chunk : order.trail_chunks) {
    AppendVarint(out, chunk.id);
    chunked += chunk.bytes;
  }
  AppendFixed(out, order.submitted_at);
  AppendAccepted(out, order);
  out.append(order.trail, chunked);
  return out;
}

std::string ShortSnapshotOf(std::string_view timed_records) {
  std::string out;
  out.reserve(timed_records.size() + 2);
  out.push_back(kSnapshotFormat);
  AppendVarint(out, 0);
  out.append(timed_records);
  return out;
}

std::size_t TrailPieceEnd(const Order& order, std::size_t from, std::size_t bytes) {
  std::string_view rest = std::string_view(order.trail).substr(from);
  std::size_t end = from;
  Nanos time = 0;
  RecordView record;
  std::string_view raw;
  for (;;) {
    const auto more = NextTimedRecord(rest, time, record, raw);
    CHECK(more.has_value());
    const std::size_t next = order.trail.size() - rest.size();
    if (!*more || (end > from && next - from > bytes)) return end;
    end = next;
  }
}

Result<bool> NextTimedRecord(std::string_view& rest, Nanos& time, RecordView& record,
                             std::string_view& raw) {
  if (rest.empty()) return false;
  ByteReader reader(rest);
  time = reader.Fixed<Nanos>();
  const std::string_view from = reader.rest();
  reader.Sized();
  if (!reader.ok()) return Fail(ErrorCode::kCorrupt, "a timed record is cut off");
  raw = from.substr(0, from.size() - reader.rest().size());
  rest = reader.rest();
  return ParseRecord(raw, record);
}

Result<std::unique_ptr<Order>> OrderFromRecords(std::string_view timed_records,
                                                const FindCatalog& find_catalog,
                                                const FindOrderPart& find_part) {
  std::string_view rest = timed_records;
  Nanos time = 0;
  RecordView record;
  std::string_view raw;
  ASSIGN_OR_RETURN(const bool some, NextTimedRecord(rest, time, record, raw));
  if (!some) return Fail(ErrorCode::kCorrupt, "an order without records");
  ASSIGN_OR_RETURN(std::unique_ptr<Order> order,
                   FromAccepted(record, time, find_catalog, find_part));
  order->trail.reserve(rest.size());
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, NextTimedRecord(rest, time, record, raw));
    if (!more) return order;
    RETURN_IF_ERROR(ApplyRecord(*order, record, raw, time));
  }
}

Result<SnapshotParts> TakeSnapshotApart(std::string_view snapshot) {
  ByteReader reader(snapshot);
  if (reader.Fixed<char>() != kSnapshotFormat) {
    return Fail(ErrorCode::kIncompatible, "an order snapshot of an unknown format");
  }
  SnapshotParts parts;
  const std::uint64_t count = reader.Varint();
  for (std::uint64_t i = 0; i < count && reader.ok(); ++i) parts.chunks.push_back(reader.Varint());
  if (!reader.ok()) return Fail(ErrorCode::kCorrupt, "an order snapshot is cut off");
  parts.timed_records = reader.rest();
  return parts;
}

Result<std::unique_ptr<Order>> OrderFromSnapshot(std::string_view snapshot,
                                                 const FindCatalog& find_catalog,
                                                 const FindOrderPart& find_part) {
  ASSIGN_OR_RETURN(const SnapshotParts parts, TakeSnapshotApart(snapshot));
  if (!parts.chunks.empty()) return Fail(ErrorCode::kCorrupt, "a snapshot with chunks elsewhere");
  return OrderFromRecords(parts.timed_records, find_catalog, find_part);
}

}  // namespace cairn
