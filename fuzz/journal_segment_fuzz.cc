// Damages a good journal as the input says and opens, verifies, repairs and goes on with what is
// left. The input is a list of changes to its files, because a frame made of arbitrary bytes would
// never get past a checksum. Each is one byte and what it needs:
//
//   0 overwrite   place, offset in the block (u16), size, bytes
//   1 seal        place: the checksums of the frame or the segment header there are made right
//   2 resize      file, size (u16, in units of 64 bytes)
//   3 remove      file
//   4 copy block  place, place
//   5 copy file   file, the number of the segment that the copy pretends to be
//   6 clear       place: a block of zeros
//
// a place being file and block. Whatever was done: verifying and opening agree, what was opened
// takes new frames and gives all of it back, a repaired journal is whole. Unless a checksum was
// forged, only what was once written, in that order and without a gap, is ever read.
#include "adapters/journal_file/journal_file.h"
#include "adapters/journal_file/journal_format.h"
#include "adapters/journal_file/journal_inspect.h"
#include "adapters/journal_file/journal_repair.h"
#include "base/bytes.h"
#include "base/check.h"
#include "simulation/storage/sim_storage.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using cairn::JournalFile;
using cairn::kJournalBlockBytes;
using cairn::SimStorage;
using Frames = std::vector<std::string>;

constexpr std::size_t kChangesMax = 32;
constexpr std::uint64_t kSegmentBytes = 5 * kJournalBlockBytes;  // room for two blocks
constexpr std::uint64_t kFileBytesMax = 2 * kSegmentBytes;
constexpr std::uint64_t kDiskBytes = std::uint64_t{64} << 20U;
constexpr std::size_t kChecksumAt = 72;  // of a segment header and of a frame header
constexpr std::size_t kPayloadBytesAt = 48;
constexpr std::size_t kPayloadChecksumAt = 64;

cairn::JournalFileOptions Options() {
  return {.segment_bytes = kSegmentBytes, .segments_ahead = 1, .id_seed = 7};
}

cairn::Result<Frames> Open(JournalFile& journal) {
  Frames frames;
  auto report = journal.Replay([&](const cairn::FramePosition&, std::string_view payload) {
    frames.emplace_back(payload);
    return cairn::Status();
  });
  if (!report) return cairn::Fail(report.error());
  return frames;
}

void Put(JournalFile& journal, std::string_view payload) {
  CHECK(journal.Append(payload).has_value());
  CHECK(journal.Sync().has_value());
}

// Three segments with frames of one block and of two, and bursts that were closed.
struct Original {
  Original() {
    JournalFile journal(disk, Options());
    CHECK(Open(journal).has_value());
    for (int i = 0; i < 6; ++i) {
      const auto bytes = static_cast<std::size_t>(i % 3 == 1 ? 5000 : 10 + 100 * i);
      frames.push_back(std::to_string(i) + std::string(bytes, static_cast<char>('a' + i)));
      Put(journal, frames.back());
      if (i % 4 == 3) CHECK(journal.CloseBurst().has_value());
      for (;;) {
        const auto more = journal.Maintain();
        CHECK(more.has_value());
        if (!*more) break;
      }
    }
  }
  SimStorage disk{1};
  Frames frames;
};

class Damage {
 public:
  Damage(SimStorage& disk, std::string_view input) : disk_(disk), input_(input) {
    const auto names = disk.List();
    CHECK(names.has_value());
    names_ = *names;
  }

  // True when a checksum was forged.
  bool Apply() {
    for (std::size_t i = 0; i < kChangesMax && !input_.empty() && input_.ok(); ++i) Change();
    return sealed_;
  }

 private:
  struct Block {
    std::string file;
    std::size_t at = 0;
  };

  std::string File() { return names_[input_.Fixed<std::uint8_t>() % names_.size()]; }
  std::string Bytes(const std::string& file) const {
    return disk_.Exists(file) ? disk_.Contents(file) : std::string();
  }
  Block Place() {
    Block block{.file = File(), .at = 0};
    const std::size_t blocks =
        std::max<std::size_t>(1, Bytes(block.file).size() / kJournalBlockBytes);
    block.at = input_.Fixed<std::uint8_t>() % blocks * kJournalBlockBytes;
    return block;
  }
  void Write(const Block& block, std::size_t offset, std::string_view bytes) {
    std::string whole = Bytes(block.file);
    const std::size_t at = block.at + offset;
    if (at >= whole.size()) return;
    const std::size_t size = std::min(bytes.size(), whole.size() - at);
    whole.replace(at, size, bytes.substr(0, size));
    disk_.Put(block.file, std::move(whole));
  }

  void Change() {
    switch (input_.Fixed<std::uint8_t>() % 7) {
      case 0: {
        const Block block = Place();
        const std::size_t offset = input_.Fixed<std::uint16_t>() % kJournalBlockBytes;
        const std::size_t size = input_.Fixed<std::uint8_t>();
        return Write(block, offset, input_.Take(std::min(size, input_.rest().size())));
      }
      case 1: return Seal(Place());
      case 2: {
        const std::string file = File();
        std::string whole = Bytes(file);
        whole.resize(std::min<std::uint64_t>(64U * input_.Fixed<std::uint16_t>(), kFileBytesMax));
        return disk_.Put(file, std::move(whole));
      }
      case 3: {
        const std::string file = File();
        if (disk_.Exists(file)) CHECK(disk_.Remove(file).has_value());
        return;
      }
      case 4: {
        const Block from = Place();
        const std::string bytes = Bytes(from.file).substr(from.at, kJournalBlockBytes);
        return Write(Place(), 0, bytes);
      }
      case 5: {
        const std::string bytes = Bytes(File());
        return disk_.Put(cairn::SegmentFileName(input_.Fixed<std::uint8_t>() % 8), bytes);
      }
      default: return Write(Place(), 0, std::string(kJournalBlockBytes, '\0'));
    }
  }

  // The payload's checksum too, where the payload fits into the file.
  void Seal(const Block& block) {
    sealed_ = true;
    const std::string whole = Bytes(block.file);
    if (whole.size() < block.at + cairn::kJournalHeaderBytes) return;
    std::string header = whole.substr(block.at, cairn::kJournalHeaderBytes);
    const auto set = [&header](std::size_t at, std::uint64_t value) {
      std::memcpy(header.data() + at, &value, sizeof(value));
    };
    const bool is_frame = header.compare(0, 8, "CAIRNFRM") == 0;
    const auto bytes = cairn::LoadFixed<std::uint64_t>(header.data() + kPayloadBytesAt);
    const std::string_view behind =
        std::string_view(whole).substr(block.at + cairn::kJournalHeaderBytes);
    if (is_frame && bytes <= behind.size()) {
      set(kPayloadChecksumAt, cairn::Hash64(behind.substr(0, bytes)));
    }
    set(kChecksumAt, cairn::Hash64(std::string_view(header).substr(0, kChecksumAt)));
    Write(block, 0, header);
  }

  SimStorage& disk_;
  cairn::ByteReader input_;
  std::vector<std::string> names_;
  bool sealed_ = false;
};

void CheckOnceWritten(const Frames& read, const Frames& written) {
  CHECK(std::search(written.begin(), written.end(), read.begin(), read.end()) != written.end() ||
        read.empty());
}

// Opens it, writes on, and reads all of it again.
void CheckGoesOn(const SimStorage& damaged, const Frames& expected) {
  const std::unique_ptr<SimStorage> disk = damaged.Clone();
  Frames frames = expected;
  {
    JournalFile journal(*disk, Options());
    CHECK(Open(journal).has_value());
    for (const char* payload : {"one more", "and another"}) {
      frames.emplace_back(payload);
      Put(journal, payload);
    }
    CHECK(journal.CloseBurst().has_value());
  }
  disk->Crash(cairn::CrashStyle::kLoseUnsynced);
  JournalFile journal(*disk, Options());
  const auto again = Open(journal);
  CHECK_MSG(again.has_value(), again.error().message);
  CHECK(*again == frames);
}

void CheckRepair(const SimStorage& damaged, bool forged, const Frames& written) {
  const std::unique_ptr<SimStorage> disk = damaged.Clone();
  // A forged header may tell of segments of gigabytes, and the disk of a simulation is memory.
  disk->SetCapacity(kDiskBytes);
  const auto repair = cairn::RepairJournal(*disk);
  if (!repair) {
    CHECK(!repair.error().message.empty());
    return;
  }
  disk->Crash(cairn::CrashStyle::kLoseUnsynced);
  const std::unique_ptr<SimStorage> copy = disk->Clone();
  JournalFile journal(*copy, Options());
  const auto frames = Open(journal);
  CHECK_MSG(frames.has_value(), frames.error().message);
  if (!forged) CheckOnceWritten(*frames, written);
  CheckGoesOn(*disk, *frames);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Original original;
  const std::unique_ptr<SimStorage> damaged = original.disk.Clone();
  const bool forged = Damage(*damaged, {reinterpret_cast<const char*>(data), size}).Apply();

  const auto verified = cairn::VerifyJournal(*damaged->Clone());
  const auto listed = cairn::ListJournal(*damaged->Clone());
  CHECK(verified.has_value() == listed.has_value());
  const auto dumped = cairn::DumpJournal(
      *damaged->Clone(), [](const cairn::DumpedRecord&) { return cairn::Status(); });
  CHECK(dumped.has_value() || !dumped.error().message.empty());

  const std::unique_ptr<SimStorage> disk = damaged->Clone();
  JournalFile journal(*disk, Options());
  const auto frames = Open(journal);
  if (frames) {
    CHECK(!verified || (!verified->damage && verified->frames == frames->size()));
    if (!forged) CheckOnceWritten(*frames, original.frames);
    CheckGoesOn(*damaged, *frames);
  } else {
    CHECK(!frames.error().message.empty());
    CHECK(!verified || verified->damage || frames.error().code != cairn::ErrorCode::kCorrupt);
  }
  CheckRepair(*damaged, forged, original.frames);
  return 0;
}
