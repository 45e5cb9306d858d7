// What the journal in files costs on this disk: appending and syncing one frame at a time, into
// segments that were written before and into a file that grows, and replaying.
//
//   CAIRN_BENCH_DIRECTORY   where the files go; the current directory by default
#include "adapters/journal_file/journal_file.h"
#include "adapters/storage_posix/posix_storage.h"
#include "base/check.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace cairn {
namespace {

constexpr const char* kVariable = "CAIRN_BENCH_DIRECTORY";

class Directory {
 public:
  Directory() {
    const char* base = std::getenv(kVariable);  // NOLINT(concurrency-mt-unsafe): one thread
    std::string pattern = std::string(base == nullptr ? "." : base) + "/journal-bench-XXXXXX";
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  std::unique_ptr<PosixStorage> Open() const {
    return PosixStorage::Open(path_, MissingDirectory::kRefuse).value();
  }

 private:
  std::string path_;
};

constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 20U;

Status Ignore(const FramePosition&, std::string_view) { return {}; }

std::string Payload(std::int64_t bytes) {
  std::string payload(static_cast<std::size_t>(bytes), '\0');
  std::uint64_t state = 1;
  for (char& byte : payload)
    byte = static_cast<char>((state = state * 6364136223846793005U + 1) >> 56U);
  return payload;
}

// Runs in a few segments over and over: nothing is allocated any more.
void AppendRecycled(benchmark::State& state) {
  const Directory directory;
  const auto storage = directory.Open();
  JournalFile journal(*storage, {.segment_bytes = kSegmentBytes, .id_seed = 1});
  CHECK(journal.Replay(Ignore).has_value());
  const std::string payload = Payload(state.range(0));
  const auto put = [&] {
    const std::uint64_t before = journal.Space().last_segment;
    CHECK(journal.Append(payload).has_value() && journal.Sync().has_value());
    const std::uint64_t last = journal.Space().last_segment;
    if (last != before) CHECK(journal.DropBefore(last - 1).has_value());
  };
  while (journal.Space().segments_ahead < 2) CHECK(journal.Maintain().has_value());
  while (journal.Space().last_segment < 5) {
    CHECK(journal.Append(Payload(16 << 20)).has_value() && journal.Sync().has_value());
    CHECK(journal.DropBefore(journal.Space().last_segment - 1).has_value());
  }
  for (auto step : state) put();
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.SetItemsProcessed(state.iterations());
}

// What it would cost without segments that are written ahead.
void AppendGrowing(benchmark::State& state) {
  const Directory directory;
  const auto storage = directory.Open();
  const auto file = storage->Open("growing", true).value();
  const std::string frame =
      Payload(static_cast<std::int64_t>(FrameBytes(static_cast<std::uint64_t>(state.range(0)))));
  std::uint64_t end = 0;
  for (auto step : state) {
    CHECK(file->Write(end, frame).has_value() && file->Sync().has_value());
    end += frame.size();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
  state.SetItemsProcessed(state.iterations());
}

// Of a journal in the page cache; the visitor does nothing.
void Replay(benchmark::State& state) {
  constexpr std::uint64_t kJournalBytes = std::uint64_t{2} << 30U;
  const Directory directory;
  const std::string payload = Payload(state.range(0));
  std::uint64_t bytes = 0;
  {
    const auto storage = directory.Open();
    JournalFile journal(*storage, {.segment_bytes = kSegmentBytes, .id_seed = 1});
    CHECK(journal.Replay(Ignore).has_value());
    for (; bytes < kJournalBytes; bytes += payload.size()) {
      CHECK(journal.Append(payload).has_value() && journal.Sync().has_value());
    }
  }
  for (auto step : state) {
    const auto storage = directory.Open();
    JournalFile journal(*storage, {.segment_bytes = kSegmentBytes, .id_seed = 1});
    const auto report = journal.Replay(Ignore);
    CHECK(report.has_value() && report->bytes == bytes);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
}

BENCHMARK(AppendRecycled)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20)->UseRealTime();
BENCHMARK(AppendGrowing)->Arg(4 << 10)->Arg(64 << 10)->Arg(1 << 20)->UseRealTime();
BENCHMARK(Replay)
    ->Arg(64 << 10)
    ->Arg(1 << 20)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(3)
    ->UseRealTime();

}  // namespace
}  // namespace cairn

BENCHMARK_MAIN();
