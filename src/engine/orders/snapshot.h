// The stored whole of an order: its first record and its trail. It is both what the journal keeps
// when an order's records are moved and what the archive keeps when the order has ended.
//
//   snapshot := format(1) chunks(varint) id(varint)* (time(fixed64) record)*
//
// with records as in model/record.h. A long trail is cut into chunks that are entities of their
// own; the snapshot then names them, and their bytes belong behind its first record. The archive's
// snapshots name none.
//
// Pure functions; any thread.
#pragma once

#include "engine/orders/order.h"
#include "model/record.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cairn {

// Appends the record that made the order.
void AppendAccepted(std::string& out, const Order& order);

// With the whole trail within.
void AppendOrderSnapshot(std::string& out, const Order& order);
std::string OrderSnapshotBytes(const Order& order);
// Without the chunks' bytes.
std::string ShortOrderSnapshotBytes(const Order& order);
// The same of an order without chunks, from its (time, record) pairs.
std::string ShortSnapshotOf(std::string_view timed_records);

// The end of the piece of the trail that starts at `from`: whole records, at least one, and no more
// than `bytes` if there are several. REQUIRES: a record starts at `from`.
std::size_t TrailPieceEnd(const Order& order, std::size_t from, std::size_t bytes);

// Where the catalog of a hash comes from; null when it is not there.
using FindCatalog = std::function<std::shared_ptr<const Catalog>(std::uint64_t hash)>;
// A part of a large order by its id; null when it is not there.
using FindOrderPart =
    std::function<std::shared_ptr<const records::OrderPart>(std::uint64_t part_id)>;

// Rebuilds an order from (time, record) pairs, the form in which snapshots and recovery hold them.
[[nodiscard]] Result<std::unique_ptr<Order>> OrderFromRecords(std::string_view timed_records,
                                                              const FindCatalog& find_catalog,
                                                              const FindOrderPart& find_part);
// REQUIRES: the snapshot names no chunks.
[[nodiscard]] Result<std::unique_ptr<Order>> OrderFromSnapshot(std::string_view snapshot,
                                                               const FindCatalog& find_catalog,
                                                               const FindOrderPart& find_part);

// The chunks that a snapshot names, and its timed records. kIncompatible for a newer format.
struct SnapshotParts {
  std::vector<std::uint64_t> chunks;
  std::string_view timed_records;
};
[[nodiscard]] Result<SnapshotParts> TakeSnapshotApart(std::string_view snapshot);

// One step through timed records: false at the end. `raw` is the record with its envelope.
[[nodiscard]] Result<bool> NextTimedRecord(std::string_view& rest, Nanos& time, RecordView& record,
                                           std::string_view& raw);

}  // namespace cairn
