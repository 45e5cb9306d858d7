// DayReader: a reading connection to one day's file of the archive, with its statements.
//
// One thread at a time; many readers of a file may be in use at once, beside its writer.
#pragma once

#include "adapters/archive_sqlite/body_block.h"
#include "adapters/archive_sqlite/order_collector.h"
#include "adapters/archive_sqlite/sqlite_connection.h"
#include "base/result.h"
#include "model/ids.h"
#include "model/order_view.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn {

// The smallest and the greatest id that a file holds (or once held), by partition. Ids of one
// partition ascend with time, so that the ranges of two days hardly overlap.
class IdRanges {
 public:
  void Widen(OrderId id);
  bool MayHold(OrderId id) const;
  bool empty() const { return ranges_.empty(); }
  // REQUIRES: not empty.
  OrderId smallest() const { return ranges_.begin()->second.first; }
  OrderId greatest() const { return ranges_.rbegin()->second.last; }

 private:
  struct Range {
    OrderId first;
    OrderId last;
  };
  std::map<std::uint64_t, Range> ranges_;  // by partition
};

class DayReader {
 public:
  // Opens an existing file of our schema; kNotFound otherwise. See OpenDayForReading.
  [[nodiscard]] static Result<std::unique_ptr<DayReader>> Open(const std::string& path);
  ~DayReader() = default;

  [[nodiscard]] Result<std::uint64_t> JournalSequence();
  [[nodiscard]] Result<IdRanges> ReadIdRanges();
  [[nodiscard]] Result<bool> Has(OrderId id);
  [[nodiscard]] Result<std::optional<std::string>> ReadBody(OrderId id);

  // Adds the orders that the query asks for, as long as the collector wants them. Reads by the
  // external id's keys, else the customer's, else by state unless it is Completed, else by the
  // zones that may hold the time or the product, else in the order of ids.
  [[nodiscard]] Status List(const OrderQuery& query, OrderCollector& collector);

 private:
  explicit DayReader(std::unique_ptr<SqliteConnection> connection)
      : connection_(std::move(connection)) {}
  [[nodiscard]] Status Prepare();

  [[nodiscard]] Status ListByKey(std::int64_t hash, const OrderQuery& query,
                                 OrderCollector& collector);
  [[nodiscard]] Status ListPending(std::int64_t hash, const OrderQuery& query,
                                   OrderCollector& collector);
  // Adds the rows of a statement that gives them by falling id.
  [[nodiscard]] Status AddRows(SqliteStatement& rows, const OrderQuery& query,
                               OrderCollector& collector);
  [[nodiscard]] Result<OrderSummary> RowOf(const SqliteStatement& row) const;
  Error Corrupt(const std::string& what) const;

  std::unique_ptr<SqliteConnection> connection_;  // outlives the statements
  SqliteStatement begin_;
  SqliteStatement end_;
  SqliteStatement body_;
  SqliteStatement has_;
  SqliteStatement by_id_;
  SqliteStatement by_state_;
  SqliteStatement by_zone_;
  SqliteStatement one_;
  SqliteStatement runs_;
  SqliteStatement by_key_;
  SqliteStatement pending_;
  BlockUnpacker unpacker_;
};

}  // namespace cairn
