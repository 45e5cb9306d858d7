// DayWriter: writes into one day's file of the archive, one transaction a call.
//
// One thread (the archive worker).
#pragma once

#include "adapters/archive_sqlite/body_block.h"
#include "adapters/archive_sqlite/sqlite_connection.h"
#include "base/result.h"
#include "model/ids.h"
#include "ports/archive.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cairn {

// One key of an order: where its customer or external id may be looked up. Stored as it is.
struct OrderKey {
  std::int64_t hash = 0;
  std::int64_t id = 0;
  friend auto operator<=>(const OrderKey&, const OrderKey&) = default;
};
static_assert(sizeof(OrderKey) == 16);

// Once so many bytes of keys are pending they are moved into a run of their own. A look-up by
// customer reads all that is pending, about 0.2 ms.
inline constexpr std::size_t kPendingKeyBytesMax = 1U << 20U;

class DayWriter {
 public:
  // Opens the file, or makes it. Errors: OpenDayForWriting.
  [[nodiscard]] static Result<std::unique_ptr<DayWriter>> Open(const std::string& path,
                                                               std::size_t pending_key_bytes_max);
  // Closes the file; what is in its log is copied into it as far as readers allow.
  ~DayWriter() = default;

  // Stores the orders and, if given, the journal's sequence in one durable transaction.
  // REQUIRES: ids ascend. After an error nothing of it is stored.
  [[nodiscard]] Status Write(std::span<const ArchivedOrder* const> orders,
                             std::optional<std::uint64_t> journal_sequence);

  // Sets the file's journal sequence back, if it is higher; durable when this returns.
  [[nodiscard]] Status SetBackJournalSequence(std::uint64_t journal_sequence);

  // Removes orders, in one durable transaction. Ids that are not there are ignored.
  [[nodiscard]] Status Remove(std::span<const OrderId> ids);

 private:
  struct Place {
    std::int64_t block;
    std::int64_t offset;
  };

  DayWriter(std::unique_ptr<SqliteConnection> connection, std::size_t pending_key_bytes_max)
      : connection_(std::move(connection)), pending_key_bytes_max_(pending_key_bytes_max) {}
  [[nodiscard]] Status Prepare();

  [[nodiscard]] Status WriteAll(std::span<const ArchivedOrder* const> orders,
                                std::optional<std::uint64_t> journal_sequence);
  [[nodiscard]] Status WriteBodies(std::span<const ArchivedOrder* const> orders);
  [[nodiscard]] Status WriteBlock();
  [[nodiscard]] Status WriteRow(const ArchivedOrder& order, const Place& place);
  [[nodiscard]] Status WriteZones(std::span<const ArchivedOrder* const> orders);
  [[nodiscard]] Status WriteKeys(std::span<const ArchivedOrder* const> orders);
  [[nodiscard]] Status MovePendingKeys();
  [[nodiscard]] Status WriteRun(std::span<const OrderKey> keys);
  // Commits; the transaction is gone either way.
  [[nodiscard]] Status Finish(const Status& written);
  [[nodiscard]] Status CheckpointIfDue();

  std::unique_ptr<SqliteConnection> connection_;  // outlives the statements
  const std::size_t pending_key_bytes_max_;
  SqliteStatement begin_;
  SqliteStatement commit_;
  SqliteStatement insert_order_;
  SqliteStatement insert_block_;
  SqliteStatement widen_zone_;
  SqliteStatement insert_pending_;
  SqliteStatement select_pending_;
  SqliteStatement delete_pending_;
  SqliteStatement insert_run_;
  SqliteStatement insert_key_;
  SqliteStatement set_progress_;
  SqliteStatement set_back_progress_;
  SqliteStatement delete_order_;

  BlockPacker packer_;
  std::vector<Place> places_;  // of the orders of this transaction
  std::string products_;
  std::int64_t next_block_ = 1;
  std::int64_t next_part_ = 1;
  std::int64_t next_run_ = 1;
  std::size_t pending_bytes_ = 0;  // of all key_pending entries
};

}  // namespace cairn
