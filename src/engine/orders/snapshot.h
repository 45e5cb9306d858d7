// The stored whole of an order: its first record and its trail. It is both what the journal keeps
// when an order's records are moved and what the archive keeps when the order has ended.
//
//   snapshot := format(1) (time(fixed64) record)*      records as in model/record.h
//
// Pure functions; any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/orders/order.h"
#include "model/record.h"

namespace cairn {

// Appends the record that made the order.
void AppendAccepted(std::string& out, const Order& order);

void AppendOrderSnapshot(std::string& out, const Order& order);
std::string OrderSnapshotBytes(const Order& order);

// Where the catalog of a hash comes from; null when it is not there.
using FindCatalog = std::function<std::shared_ptr<const Catalog>(std::uint64_t hash)>;
// A part of a large order by its id; null when it is not there.
using FindOrderPart =
    std::function<std::shared_ptr<const records::OrderPart>(std::uint64_t part_id)>;

// Rebuilds an order from (time, record) pairs, the form in which snapshots and recovery hold them.
[[nodiscard]] Result<std::unique_ptr<Order>> OrderFromRecords(std::string_view timed_records,
                                                              const FindCatalog& find_catalog,
                                                              const FindOrderPart& find_part);
[[nodiscard]] Result<std::unique_ptr<Order>> OrderFromSnapshot(std::string_view snapshot,
                                                               const FindCatalog& find_catalog,
                                                               const FindOrderPart& find_part);

// The timed records within a snapshot. kIncompatible for a newer format.
[[nodiscard]] Result<std::string_view> TimedRecordsOf(std::string_view snapshot);

// One step through timed records: false at the end. `raw` is the record with its envelope.
[[nodiscard]] Result<bool> NextTimedRecord(std::string_view& rest, Nanos& time, RecordView& record,
                                           std::string_view& raw);

}  // namespace cairn
