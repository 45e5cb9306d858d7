#include "adapters/archive_sqlite/day_writer.h"

#include "adapters/archive_sqlite/day_schema.h"
#include "base/bytes.h"
#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace cairn {
namespace {

// The log is copied into the file when it is this long: often enough that it stays in the page
// cache, seldom enough that a page that many transactions change is copied once.
constexpr int kCheckpointPages = 2'048;
// A log that readers kept from beginning anew waits for them at this length.
constexpr int kRestartPages = 16 * kCheckpointPages;

constexpr const char* kInsertOrder =
    "INSERT OR REPLACE INTO orders(id, block, body_offset, body_bytes, state, port, run, priority,"
    " submitted_at, started_at, ended_at, external_id, customer, products)"
    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
constexpr const char* kWidenZone =
    "INSERT INTO zones(zone, submitted_min, submitted_max, products) VALUES(?1, ?2, ?3, ?4)"
    " ON CONFLICT(zone) DO UPDATE SET submitted_min = min(submitted_min, ?2),"
    " submitted_max = max(submitted_max, ?3), products = products | ?4";

std::int64_t Signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

Result<std::unique_ptr<DayWriter>> DayWriter::Open(const std::string& path,
                                                   std::size_t pending_key_bytes_max) {
  ASSIGN_OR_RETURN(auto connection, OpenDayForWriting(path));
  std::unique_ptr<DayWriter> writer(new DayWriter(std::move(connection), pending_key_bytes_max));
  RETURN_IF_ERROR(writer->Prepare());
  return writer;
}

Status DayWriter::Prepare() {
  struct Text {
    SqliteStatement& statement;
    const char* sql;
  };
  const Text texts[] = {
      {begin_, "BEGIN IMMEDIATE"},
      {commit_, "COMMIT"},
      {insert_order_, kInsertOrder},
      {insert_block_, "INSERT INTO bodies(block, packed) VALUES(?1, ?2)"},
      {widen_zone_, kWidenZone},
      {insert_pending_, "INSERT INTO key_pending(part, entries) VALUES(?1, ?2)"},
      {select_pending_, "SELECT entries FROM key_pending"},
      {delete_pending_, "DELETE FROM key_pending"},
      {insert_run_, "INSERT INTO key_runs(run, id_min, id_max) VALUES(?1, ?2, ?3)"},
      {insert_key_, "INSERT INTO order_keys(run, hash, id) VALUES(?1, ?2, ?3)"},
      {set_progress_, "UPDATE progress SET journal_sequence = max(journal_sequence, ?1)"},
      {set_back_progress_, "UPDATE progress SET journal_sequence = min(journal_sequence, ?1)"},
      {delete_order_, "DELETE FROM orders WHERE id = ?1"},
  };
  for (const Text& text : texts) {
    ASSIGN_OR_RETURN(text.statement, connection_->Prepare(text.sql));
  }
  ASSIGN_OR_RETURN(const std::int64_t block,
                   connection_->QueryInt("SELECT coalesce(max(block), 0) FROM bodies"));
  ASSIGN_OR_RETURN(const std::int64_t part,
                   connection_->QueryInt("SELECT coalesce(max(part), 0) FROM key_pending"));
  ASSIGN_OR_RETURN(const std::int64_t run,
                   connection_->QueryInt("SELECT coalesce(max(run), 0) FROM key_runs"));
  ASSIGN_OR_RETURN(
      const std::int64_t pending,
      connection_->QueryInt("SELECT coalesce(sum(length(entries)), 0) FROM key_pending"));
  next_block_ = block + 1;
  next_part_ = part + 1;
  next_run_ = run + 1;
  pending_bytes_ = static_cast<std::size_t>(pending);
  return {};
}

Status DayWriter::Write(std::span<const ArchivedOrder* const> orders,
                        std::optional<std::uint64_t> journal_sequence) {
  RETURN_IF_ERROR(begin_.Run());
  const std::int64_t next_block = next_block_;
  const std::int64_t next_part = next_part_;
  const std::int64_t next_run = next_run_;
  const std::size_t pending_bytes = pending_bytes_;
  Status finished = Finish(WriteAll(orders, journal_sequence));
  if (!finished) {
    next_block_ = next_block;
    next_part_ = next_part;
    next_run_ = next_run;
    pending_bytes_ = pending_bytes;
    return finished;
  }
  return CheckpointIfDue();
}

Status DayWriter::SetBackJournalSequence(std::uint64_t journal_sequence) {
  RETURN_IF_ERROR(begin_.Run());
  set_back_progress_.BindInt(1, Signed(journal_sequence));
  return Finish(set_back_progress_.Run());
}

Status DayWriter::Remove(std::span<const OrderId> ids) {
  RETURN_IF_ERROR(begin_.Run());
  Status removed;
  for (const OrderId id : ids) {
    delete_order_.BindInt(1, Signed(id.value()));
    removed = delete_order_.Run();
    if (!removed) break;
  }
  return Finish(removed);
}

Status DayWriter::WriteAll(std::span<const ArchivedOrder* const> orders,
                           std::optional<std::uint64_t> journal_sequence) {
  // All blocks, then all rows: each tree is so appended to in one go.
  RETURN_IF_ERROR(WriteBodies(orders));
  for (std::size_t i = 0; i < orders.size(); ++i) {
    RETURN_IF_ERROR(WriteRow(*orders[i], places_[i]));
  }
  RETURN_IF_ERROR(WriteZones(orders));
  RETURN_IF_ERROR(WriteKeys(orders));
  if (journal_sequence) {
    set_progress_.BindInt(1, Signed(*journal_sequence));
    RETURN_IF_ERROR(set_progress_.Run());
  }
  return {};
}

Status DayWriter::WriteBodies(std::span<const ArchivedOrder* const> orders) {
  packer_.Clear();
  places_.clear();
  for (const ArchivedOrder* order : orders) {
    if (packer_.full()) RETURN_IF_ERROR(WriteBlock());
    places_.push_back(Place{next_block_, Signed(packer_.Add(order->body))});
  }
  if (!packer_.empty()) RETURN_IF_ERROR(WriteBlock());
  return {};
}

Status DayWriter::WriteBlock() {
  insert_block_.BindInt(1, next_block_++);
  insert_block_.BindBytes(2, packer_.Pack());
  return insert_block_.Run();
}

Status DayWriter::WriteRow(const ArchivedOrder& order, const Place& place) {
  const OrderSummary& summary = order.summary;
  products_.clear();
  for (const std::string& product : summary.products) AppendSized(products_, product);
  insert_order_.BindInt(1, Signed(summary.id.value()));
  insert_order_.BindInt(2, place.block);
  insert_order_.BindInt(3, place.offset);
  insert_order_.BindInt(4, Signed(order.body.size()));
  insert_order_.BindInt(5, static_cast<std::int64_t>(summary.state));
  insert_order_.BindInt(6, static_cast<std::int64_t>(summary.port));
  insert_order_.BindInt(7, std::int64_t{summary.run});
  insert_order_.BindInt(8, summary.priority);
  insert_order_.BindInt(9, summary.submitted_at);
  insert_order_.BindInt(10, summary.started_at);
  insert_order_.BindInt(11, summary.ended_at);
  insert_order_.BindText(12, summary.external_id);
  insert_order_.BindText(13, summary.customer);
  insert_order_.BindBytes(14, products_);
  return insert_order_.Run();
}

Status DayWriter::WriteZones(std::span<const ArchivedOrder* const> orders) {
  std::size_t i = 0;
  while (i < orders.size()) {
    const std::uint64_t zone = orders[i]->summary.id.value() >> kZoneShift;
    Nanos first = orders[i]->summary.submitted_at;
    Nanos last = first;
    std::int64_t products = 0;
    for (; i < orders.size() && orders[i]->summary.id.value() >> kZoneShift == zone; ++i) {
      const OrderSummary& summary = orders[i]->summary;
      first = std::min(first, summary.submitted_at);
      last = std::max(last, summary.submitted_at);
      for (const std::string& product : summary.products) products |= ProductBit(product);
    }
    widen_zone_.BindInt(1, Signed(zone));
    widen_zone_.BindInt(2, first);
    widen_zone_.BindInt(3, last);
    widen_zone_.BindInt(4, products);
    RETURN_IF_ERROR(widen_zone_.Run());
  }
  return {};
}

Status DayWriter::WriteKeys(std::span<const ArchivedOrder* const> orders) {
  std::vector<OrderKey> keys;
  keys.reserve(orders.size() * 2);
  for (const ArchivedOrder* order : orders) {
    const OrderSummary& summary = order->summary;
    const std::int64_t id = Signed(summary.id.value());
    if (!summary.customer.empty()) keys.push_back({CustomerHash(summary.customer), id});
    if (!summary.external_id.empty()) keys.push_back({ExternalIdHash(summary.external_id), id});
  }
  if (keys.empty()) return {};
  std::string entries(keys.size() * sizeof(OrderKey), '\0');
  std::memcpy(entries.data(), keys.data(), entries.size());
  insert_pending_.BindInt(1, next_part_++);
  insert_pending_.BindBytes(2, entries);
  RETURN_IF_ERROR(insert_pending_.Run());
  pending_bytes_ += entries.size();
  if (pending_bytes_ >= pending_key_bytes_max_) return MovePendingKeys();
  return {};
}

Status DayWriter::MovePendingKeys() {
  std::vector<OrderKey> keys;
  keys.reserve(pending_bytes_ / sizeof(OrderKey));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, select_pending_.Step());
    if (!row) break;
    const std::string_view entries = select_pending_.ColumnBytes(0);
    if (entries.size() % sizeof(OrderKey) != 0) {
      select_pending_.Reset();
      return Fail(ErrorCode::kCorrupt,
                  fmt::format("archive {}: pending keys are cut off", connection_->path()));
    }
    const std::size_t before = keys.size();
    keys.resize(before + entries.size() / sizeof(OrderKey));
    if (!entries.empty()) std::memcpy(keys.data() + before, entries.data(), entries.size());
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  RETURN_IF_ERROR(WriteRun(keys));
  RETURN_IF_ERROR(delete_pending_.Run());
  pending_bytes_ = 0;
  return {};
}

Status DayWriter::WriteRun(std::span<const OrderKey> keys) {
  if (keys.empty()) return {};
  std::int64_t id_min = keys.front().id;
  std::int64_t id_max = id_min;
  for (const OrderKey& key : keys) {
    id_min = std::min(id_min, key.id);
    id_max = std::max(id_max, key.id);
    insert_key_.BindInt(1, next_run_);
    insert_key_.BindInt(2, key.hash);
    insert_key_.BindInt(3, key.id);
    RETURN_IF_ERROR(insert_key_.Run());
  }
  insert_run_.BindInt(1, next_run_++);
  insert_run_.BindInt(2, id_min);
  insert_run_.BindInt(3, id_max);
  return insert_run_.Run();
}

Status DayWriter::Finish(const Status& written) {
  if (written) {
    Status committed = commit_.Run();
    if (committed) return {};
    connection_->Rollback();
    return committed;
  }
  connection_->Rollback();
  return written;
}

Status DayWriter::CheckpointIfDue() {
  if (connection_->wal_pages() < kCheckpointPages) return {};
  const Result<int> left = connection_->Checkpoint(connection_->wal_pages() >= kRestartPages);
  // The transaction is durable in the log; the copying waits until there is room again.
  if (!left && left.error().code != ErrorCode::kNoSpace) return Fail(left.error());
  return {};
}

}  // namespace cairn
