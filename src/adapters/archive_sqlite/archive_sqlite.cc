#include "adapters/archive_sqlite/archive_sqlite.h"

#include "adapters/archive_sqlite/body_block.h"
#include "adapters/archive_sqlite/day_schema.h"
#include "adapters/archive_sqlite/order_collector.h"
#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace cairn {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFilePrefix = "orders-";
constexpr std::string_view kFileSuffix = ".sqlite";
constexpr std::size_t kDateChars = 10;  // 2026-11-22

Day DayOf(Nanos moment) { return std::max<Nanos>(moment, 0) / kDay; }

std::optional<Day> DayOfName(std::string_view name) {
  if (name.size() != kFilePrefix.size() + kDateChars + kFileSuffix.size()) return std::nullopt;
  if (!name.starts_with(kFilePrefix) || !name.ends_with(kFileSuffix)) return std::nullopt;
  const std::string date(name.substr(kFilePrefix.size(), kDateChars));
  const Result<Nanos> moment = ParseTime(date + "T00:00:00Z");
  if (!moment) return std::nullopt;
  return DayOf(*moment);
}

Error SystemError(const std::string& path, std::string_view doing, int system_error) {
  const bool full = system_error == ENOSPC || system_error == EDQUOT;
  return Error{full ? ErrorCode::kNoSpace : ErrorCode::kIo,
               fmt::format("archive {}: {}: {}", path, doing,
                           std::error_code(system_error, std::generic_category()).message())};
}

Status RemoveFile(const std::string& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) return Fail(SystemError(path, "remove", error.value()));
  return {};
}

}  // namespace

Result<std::unique_ptr<ArchiveSqlite>> ArchiveSqlite::Open(ArchiveSqliteOptions options) {
  std::error_code error;
  fs::create_directory(options.directory, error);
  if (error) return Fail(SystemError(options.directory, "create directory", error.value()));
  std::unique_ptr<ArchiveSqlite> archive(new ArchiveSqlite(std::move(options)));
  RETURN_IF_ERROR(archive->LoadDays());
  return archive;
}

Status ArchiveSqlite::LoadDays() {
  std::error_code error;
  std::vector<Day> days;
  for (fs::directory_iterator at(options_.directory, error), end; !error && at != end;
       at.increment(error)) {
    if (const std::optional<Day> day = DayOfName(at->path().filename().string())) {
      days.push_back(*day);
    }
  }
  if (error) return Fail(SystemError(options_.directory, "list", error.value()));
  for (const Day day : days) RETURN_IF_ERROR(LoadDay(day));
  return {};
}

Status ArchiveSqlite::LoadDay(Day day) {
  const std::string path = PathOf(day);
  Result<std::unique_ptr<DayReader>> reader = DayReader::Open(path);
  if (!reader && reader.error().code == ErrorCode::kNotFound) {
    // A crash came before the schema was committed.
    readers_.Add(day, path, IdRanges());
    return {};
  }
  if (!reader) return Fail(std::move(reader).error());
  ASSIGN_OR_RETURN(const std::uint64_t sequence, (*reader)->JournalSequence());
  ASSIGN_OR_RETURN(const IdRanges ranges, (*reader)->ReadIdRanges());
  readers_.Add(day, path, ranges);
  journal_sequence_ = std::max(journal_sequence_.load(), sequence);
  return {};
}

std::string ArchiveSqlite::PathOf(Day day) const {
  return fmt::format("{}/{}{}{}", options_.directory, kFilePrefix,
                     FormatTime(day * kDay).substr(0, kDateChars), kFileSuffix);
}

Result<DayWriter*> ArchiveSqlite::WriterOf(Day day) {
  const auto open = std::find_if(writers_.begin(), writers_.end(),
                                 [day](const OpenWriter& each) { return each.day == day; });
  if (open != writers_.end()) {
    writers_.splice(writers_.begin(), writers_, open);
    return writers_.front().writer.get();
  }
  ASSIGN_OR_RETURN(std::unique_ptr<DayWriter> writer,
                   DayWriter::Open(PathOf(day), options_.pending_key_bytes_max));
  const std::vector<Day> days = readers_.Days();
  if (!std::binary_search(days.begin(), days.end(), day)) {
    // The new file's name must be as durable as what is going to be in it.
    RETURN_IF_ERROR(SyncDirectory());
    readers_.Add(day, PathOf(day), IdRanges());
  }
  writers_.push_front(OpenWriter{day, std::move(writer)});
  if (writers_.size() > kOpenDayWritersMax) writers_.pop_back();
  return writers_.front().writer.get();
}

Status ArchiveSqlite::Write(std::span<const ArchivedOrder> orders, std::uint64_t journal_sequence) {
  std::map<Day, OrderPointers> by_day;
  OrderPointers all;
  all.reserve(orders.size());
  for (const ArchivedOrder& order : orders) {
    CHECK_MSG(order.summary.id.valid(), "an order without an id");
    if (order.body.size() > kArchiveBodyBytesMax) {
      return Fail(ErrorCode::kTooLarge,
                  fmt::format("{}: a body of {} bytes; at most {}", FormatId(order.summary.id),
                              order.body.size(), kArchiveBodyBytesMax));
    }
    all.push_back(&order);
  }
  const auto id_of = [](const ArchivedOrder* order) { return order->summary.id; };
  std::stable_sort(all.begin(), all.end(), [&](const ArchivedOrder* a, const ArchivedOrder* b) {
    return id_of(a) < id_of(b);
  });
  for (std::size_t i = 0; i < all.size(); ++i) {
    // The last one of the same id is the one that replaces the others.
    if (i + 1 < all.size() && id_of(all[i]) == id_of(all[i + 1])) continue;
    by_day[DayOf(all[i]->summary.ended_at)].push_back(all[i]);
  }
  if (by_day.empty()) {
    const std::vector<Day> days = readers_.Days();
    return WriteSequenceOnly(days.empty() ? 0 : days.back(), journal_sequence);
  }
  for (const auto& [day, part] : by_day) RETURN_IF_ERROR(RemoveFromOtherDays(day, part));
  for (const auto& [day, part] : by_day) {
    const bool last = day == by_day.rbegin()->first;
    RETURN_IF_ERROR(WriteDay(day, part, last ? std::optional(journal_sequence) : std::nullopt));
  }
  journal_sequence_ = std::max(journal_sequence_.load(), journal_sequence);
  return {};
}

Status ArchiveSqlite::WriteDay(Day day, const OrderPointers& orders,
                               std::optional<std::uint64_t> journal_sequence) {
  ASSIGN_OR_RETURN(DayWriter* const writer, WriterOf(day));
  std::vector<OrderId> ids;
  ids.reserve(orders.size());
  for (const ArchivedOrder* order : orders) ids.push_back(order->summary.id);
  // Before the commit: a range that is too wide costs a look-up, one too narrow hides an order.
  readers_.Widen(day, ids);
  return writer->Write(orders, journal_sequence);
}

Status ArchiveSqlite::RemoveFromOtherDays(Day day, const OrderPointers& orders) {
  std::map<Day, std::vector<OrderId>> stale;
  const std::vector<std::pair<Day, IdRanges>> others = readers_.RangesExcept(day);
  for (const ArchivedOrder* order : orders) {
    const OrderId id = order->summary.id;
    for (const auto& [other, ranges] : others) {
      if (!ranges.MayHold(id)) continue;
      ASSIGN_OR_RETURN(const std::optional<ReaderPool::Lease> reader, readers_.Borrow(other));
      if (!reader) continue;
      ASSIGN_OR_RETURN(const bool has, (*reader)->Has(id));
      if (has) stale[other].push_back(id);
    }
  }
  for (const auto& [other, ids] : stale) {
    ASSIGN_OR_RETURN(DayWriter* const writer, WriterOf(other));
    RETURN_IF_ERROR(writer->Remove(ids));
  }
  return {};
}

Status ArchiveSqlite::WriteSequenceOnly(Day day, std::uint64_t journal_sequence) {
  ASSIGN_OR_RETURN(DayWriter* const writer, WriterOf(day));
  RETURN_IF_ERROR(writer->Write({}, journal_sequence));
  journal_sequence_ = std::max(journal_sequence_.load(), journal_sequence);
  return {};
}

Result<std::optional<std::string>> ArchiveSqlite::ReadBody(OrderId id) {
  for (const Day day : readers_.DaysThatMayHold(id)) {
    ASSIGN_OR_RETURN(const std::optional<ReaderPool::Lease> reader, readers_.Borrow(day));
    if (!reader) continue;
    ASSIGN_OR_RETURN(std::optional<std::string> body, (*reader)->ReadBody(id));
    if (body) return body;
  }
  return std::nullopt;
}

Result<std::vector<OrderSummary>> ArchiveSqlite::List(const OrderQuery& query) {
  OrderCollector collector(query.limit);
  for (const auto& [greatest, day] : readers_.DaysByGreatestId(query.before)) {
    // The days come by falling greatest id: the first unwanted one ends it.
    if (!collector.Wants(greatest)) break;
    ASSIGN_OR_RETURN(const std::optional<ReaderPool::Lease> reader, readers_.Borrow(day));
    if (reader) RETURN_IF_ERROR((*reader)->List(query, collector));
  }
  return collector.Take();
}

Result<bool> ArchiveSqlite::Remove(OrderId id) {
  for (const Day day : readers_.DaysThatMayHold(id)) {
    bool has = false;
    {
      ASSIGN_OR_RETURN(const std::optional<ReaderPool::Lease> reader, readers_.Borrow(day));
      if (!reader) continue;
      ASSIGN_OR_RETURN(has, (*reader)->Has(id));
    }
    if (!has) continue;
    ASSIGN_OR_RETURN(DayWriter* const writer, WriterOf(day));
    RETURN_IF_ERROR(writer->Remove(std::span(&id, 1)));
    return true;
  }
  return false;
}

Status ArchiveSqlite::DropBefore(Nanos moment) {
  const Day first_kept = DayOf(moment);
  const std::vector<Day> days = readers_.Days();
  const auto kept = std::lower_bound(days.begin(), days.end(), first_kept);
  if (kept == days.begin()) return {};
  // The journal's sequence must survive the file that holds it.
  if (journal_sequence() > 0) {
    const Day keeper = kept == days.end() ? first_kept : days.back();
    RETURN_IF_ERROR(WriteSequenceOnly(keeper, journal_sequence()));
  }
  for (auto day = days.begin(); day != kept; ++day) RETURN_IF_ERROR(DropDay(*day));
  return SyncDirectory();
}

Status ArchiveSqlite::SetBackJournalSequence(std::uint64_t journal_sequence) {
  for (const Day day : readers_.Days()) {
    ASSIGN_OR_RETURN(DayWriter* const writer, WriterOf(day));
    RETURN_IF_ERROR(writer->SetBackJournalSequence(journal_sequence));
  }
  journal_sequence_ = std::min(journal_sequence_.load(), journal_sequence);
  return {};
}

Status ArchiveSqlite::DropDay(Day day) {
  writers_.remove_if([day](const OpenWriter& each) { return each.day == day; });
  readers_.Forget(day);
  // The file first: a log without its file is empty to SQLite, a file without its log is not whole.
  const std::string path = PathOf(day);
  RETURN_IF_ERROR(RemoveFile(path));
  RETURN_IF_ERROR(RemoveFile(path + "-wal"));
  return RemoveFile(path + "-shm");
}

Status ArchiveSqlite::SyncDirectory() const {
  const int fd = open(options_.directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Fail(SystemError(options_.directory, "open", errno));
  const int result = fsync(fd);
  const int system_error = errno;
  close(fd);
  // Never kNoSpace: after a failed sync nothing may be tried again.
  if (result != 0) {
    return Fail(ErrorCode::kIo, SystemError(options_.directory, "sync", system_error).message);
  }
  return {};
}

}  // namespace cairn
