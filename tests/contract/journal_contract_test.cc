// Runs the journal's contract against its bodies: in memory, in files of this machine, and in files
// of a simulated disk.
#include "tests/contract/journal_contract.h"

#include "adapters/journal_file/journal_file.h"
#include "adapters/journal_memory/journal_memory.h"
#include "adapters/storage_posix/posix_storage.h"
#include "base/check.h"
#include "simulation/storage/sim_storage.h"

#include <cstdlib>
#include <filesystem>

namespace cairn {
namespace {

constexpr std::uint64_t kSegmentBytes = 65536;

class MemoryBody final : public JournalBodyWithFaults {
 public:
  Journal& journal() override { return journal_; }
  void Restart() override { journal_.Crash(); }
  void PowerLoss() override { journal_.Crash(); }
  void FailNextSync() override { journal_.FailNextSync(); }
  void SetDiskFull(bool full) override {
    const JournalSpace space = journal_.Space();
    const std::uint64_t used = space.last_segment - space.first_segment + 1 + space.segments_ahead;
    journal_.SetSegmentsMax(full ? used : UINT64_MAX);
  }

 private:
  JournalMemory journal_{JournalMemoryOptions{.segment_bytes = kSegmentBytes}};
};

class PosixBody final : public JournalBody {
 public:
  PosixBody() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "cairn-journal-XXXXXX").native();
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
    Start();
  }
  ~PosixBody() override {
    journal_.reset();
    storage_.reset();
    std::filesystem::remove_all(directory_);
  }
  Journal& journal() override { return *journal_; }
  void Restart() override {
    journal_.reset();
    storage_.reset();
    Start();
  }

 private:
  void Start() {
    storage_ = PosixStorage::Open(directory_.native(), MissingDirectory::kRefuse).value();
    journal_ = std::make_unique<JournalFile>(
        *storage_, JournalFileOptions{.segment_bytes = kSegmentBytes, .id_seed = 1});
  }

  std::filesystem::path directory_;
  std::unique_ptr<PosixStorage> storage_;
  std::unique_ptr<JournalFile> journal_;
};

class SimulatedBody final : public JournalBodyWithFaults {
 public:
  SimulatedBody() { Start(); }
  Journal& journal() override { return *journal_; }
  void Restart() override { Crash(CrashStyle::kKeepAll); }
  void PowerLoss() override { Crash(CrashStyle::kLoseUnsynced); }
  void FailNextSync() override { storage_.FailSync(); }
  void SetDiskFull(bool full) override {
    storage_.SetCapacity(full ? storage_.bytes_used() : UINT64_MAX);
  }

 private:
  void Crash(CrashStyle style) {
    storage_.Crash(style);
    Start();
  }
  void Start() {
    journal_ = std::make_unique<JournalFile>(
        storage_, JournalFileOptions{.segment_bytes = kSegmentBytes, .id_seed = 1});
  }

  SimStorage storage_{1};
  std::unique_ptr<JournalFile> journal_;
};

template <typename Body, typename Interface>
JournalBodyKind<Interface> Kind(const char* name) {
  return {name, [] { return std::make_unique<Body>(); }};
}

constexpr auto kNameOf = [](const auto& kind) { return kind.param.name; };

INSTANTIATE_TEST_SUITE_P(Bodies, JournalContract,
                         testing::Values(Kind<MemoryBody, JournalBody>("memory"),
                                         Kind<PosixBody, JournalBody>("posix"),
                                         Kind<SimulatedBody, JournalBody>("simulated")),
                         kNameOf);
INSTANTIATE_TEST_SUITE_P(Bodies, JournalFaultContract,
                         testing::Values(Kind<MemoryBody, JournalBodyWithFaults>("memory"),
                                         Kind<SimulatedBody, JournalBodyWithFaults>("simulated")),
                         kNameOf);

}  // namespace
}  // namespace cairn
