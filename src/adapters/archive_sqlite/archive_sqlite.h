// ArchiveSqlite: the archive in SQLite files, one for each day (UTC) on which orders ended:
// orders-2026-11-22.sqlite in the archive's directory. Retention drops whole files.
//
// Transactions. An order lies in the file of the day on which it ended. Orders of two days are one
// transaction in each of the files; the last one carries the journal's sequence, and so does it
// alone. A crash in between leaves a sequence that is too low, never one that is too high: what is
// stored again then replaces what is there. An order that is stored again with another day is
// removed from its old file first.
//
// An order that is removed is found no more; its body goes with its day, since it lies packed
// together with others.
//
// Threads: Write, Remove and DropBefore on one thread, everything else on any.
#pragma once

#include "adapters/archive_sqlite/day_writer.h"
#include "adapters/archive_sqlite/reader_pool.h"
#include "base/result.h"
#include "base/time.h"
#include "ports/archive.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace cairn {

// Days whose file is open for writing at once. Two: around midnight both are written.
inline constexpr std::size_t kOpenDayWritersMax = 2;

struct ArchiveSqliteOptions {
  std::string directory;  // made if need be; its parent must exist
  std::size_t pending_key_bytes_max = kPendingKeyBytesMax;
};

class ArchiveSqlite final : public Archive {
 public:
  // Opens the archive in its directory. kCorrupt and kIncompatible name the file.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveSqlite>> Open(ArchiveSqliteOptions options);

  // See ports/archive.h. kTooLarge when a body is over kArchiveBodyBytesMax; nothing is stored
  // then. With orders of several days, those of the earlier days may be stored when kNoSpace is
  // returned; a later try replaces them.
  [[nodiscard]] Status Write(std::span<const ArchivedOrder> orders,
                             std::uint64_t journal_sequence) override;
  std::uint64_t journal_sequence() const override { return journal_sequence_.load(); }
  [[nodiscard]] Result<std::optional<std::string>> ReadBody(OrderId id) override;
  [[nodiscard]] Result<std::vector<OrderSummary>> List(const OrderQuery& query) override;
  [[nodiscard]] Result<bool> Remove(OrderId id) override;
  [[nodiscard]] Status DropBefore(Nanos moment) override;

  // Makes a journal that ends at that sequence the one that this archive belongs to: no file says
  // afterwards that it rests on more. Durable when this returns. On the thread that writes.
  [[nodiscard]] Status SetBackJournalSequence(std::uint64_t journal_sequence);

 private:
  using OrderPointers = std::vector<const ArchivedOrder*>;

  explicit ArchiveSqlite(ArchiveSqliteOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Status LoadDays();
  [[nodiscard]] Status LoadDay(Day day);
  std::string PathOf(Day day) const;

  [[nodiscard]] Result<DayWriter*> WriterOf(Day day);
  [[nodiscard]] Status WriteDay(Day day, const OrderPointers& orders,
                                std::optional<std::uint64_t> journal_sequence);
  [[nodiscard]] Status RemoveFromOtherDays(Day day, const OrderPointers& orders);
  [[nodiscard]] Status WriteSequenceOnly(Day day, std::uint64_t journal_sequence);
  [[nodiscard]] Status DropDay(Day day);
  [[nodiscard]] Status SyncDirectory() const;

  struct OpenWriter {
    Day day;
    std::unique_ptr<DayWriter> writer;
  };

  const ArchiveSqliteOptions options_;
  std::atomic<std::uint64_t> journal_sequence_{0};
  ReaderPool readers_;
  std::list<OpenWriter> writers_;  // the last used first
};

}  // namespace cairn
