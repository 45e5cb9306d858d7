#include "simulation/storage/sim_storage.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace cairn {

// A handle of one life of the process.
class SimFile final : public StorageFile {
 public:
  SimFile(SimStorage& disk, SimStorage::InodePtr inode, std::string name)
      : disk_(disk), inode_(std::move(inode)), name_(std::move(name)), process_(disk.process_) {}

  [[nodiscard]] Status Write(std::uint64_t offset, std::string_view bytes) override {
    RETURN_IF_ERROR(Alive());
    return disk_.WriteTo(*inode_, offset, bytes);
  }
  [[nodiscard]] Result<std::size_t> Read(std::uint64_t offset, std::span<char> out) override {
    RETURN_IF_ERROR(Alive());
    const std::string& bytes = inode_->current;
    if (offset >= bytes.size()) return std::size_t{0};
    return bytes.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
  }
  [[nodiscard]] Status Sync() override {
    RETURN_IF_ERROR(Alive());
    return disk_.SyncInode(*inode_);
  }
  [[nodiscard]] Result<std::uint64_t> Size() override {
    RETURN_IF_ERROR(Alive());
    return std::uint64_t{inode_->current.size()};
  }
  [[nodiscard]] Status Truncate(std::uint64_t size) override {
    RETURN_IF_ERROR(Alive());
    return disk_.TruncateTo(*inode_, size);
  }

 private:
  Status Alive() const {
    if (process_ == disk_.process_) return {};
    return Fail(ErrorCode::kIo, name_ + ": opened before the crash");
  }

  SimStorage& disk_;
  SimStorage::InodePtr inode_;
  std::string name_;
  std::uint64_t process_;
};

SimStorage::SimStorage(std::uint64_t seed, std::string name)
    : name_(std::move(name)), random_(seed) {}

Status SimStorage::Lock() { return {}; }

Result<std::vector<std::string>> SimStorage::List() {
  std::vector<std::string> names;
  names.reserve(names_.size());
  for (const auto& [name, inode] : names_) names.push_back(name);
  return names;
}

Result<std::unique_ptr<StorageFile>> SimStorage::Open(const std::string& name, bool create) {
  const auto found = names_.find(name);
  if (create && found != names_.end()) return Fail(ErrorCode::kConflict, name + ": exists");
  if (!create && found == names_.end()) return Fail(ErrorCode::kNotFound, name + ": no such file");
  InodePtr inode;
  if (create) {
    inode = std::make_shared<Inode>();
    unsynced_names_.push_back({"", name, inode});
    Apply(names_, unsynced_names_.back());
  } else {
    inode = found->second;
  }
  return std::unique_ptr<StorageFile>(std::make_unique<SimFile>(*this, std::move(inode), name));
}

Status SimStorage::Rename(const std::string& from, const std::string& to) {
  const auto found = names_.find(from);
  if (found == names_.end()) return Fail(ErrorCode::kNotFound, from + ": no such file");
  unsynced_names_.push_back({from, to, found->second});
  Apply(names_, unsynced_names_.back());
  CountBytes();
  return {};
}

Status SimStorage::Remove(const std::string& name) {
  const auto found = names_.find(name);
  if (found == names_.end()) return Fail(ErrorCode::kNotFound, name + ": no such file");
  unsynced_names_.push_back({name, "", found->second});
  Apply(names_, unsynced_names_.back());
  CountBytes();
  return {};
}

Status SimStorage::SyncDirectory() {
  ++sync_count_;
  if (Due(fail_sync_in_)) {
    for (const NameChange& change : unsynced_names_) {
      if (random_.Chance(1, 2)) Apply(durable_names_, change);
    }
    unsynced_names_.clear();
    return Fail(ErrorCode::kIo, name_ + ": the sync of the directory failed");
  }
  for (const NameChange& change : unsynced_names_) Apply(durable_names_, change);
  unsynced_names_.clear();
  return {};
}

void SimStorage::Crash(CrashStyle style) {
  ++process_;
  if (style == CrashStyle::kTearUnsynced) {
    for (const NameChange& change : unsynced_names_) {
      if (random_.Chance(1, 2)) Apply(durable_names_, change);
    }
  }
  if (style == CrashStyle::kKeepAll) durable_names_ = names_;
  unsynced_names_.clear();
  names_ = durable_names_;
  for (auto& [name, inode] : names_) {
    if (style == CrashStyle::kKeepAll) {
      // The page cache lives on, and what is in it is still not durable.
      continue;
    }
    if (style == CrashStyle::kTearUnsynced) TearInto(*inode);
    inode->unsynced.clear();
    inode->current = inode->durable;
  }
  CountBytes();
}

std::unique_ptr<SimStorage> SimStorage::Clone() const {
  auto copy = std::make_unique<SimStorage>(0, name_);
  copy->random_ = random_;
  for (const auto& [name, inode] : names_) copy->Put(name, inode->current);
  return copy;
}

void SimStorage::FlipBit(const std::string& file, std::uint64_t offset, unsigned bit) {
  Inode& inode = *names_.at(file);
  CHECK(offset < inode.current.size() && bit < 8);
  const auto at = static_cast<std::size_t>(offset);
  for (std::string* bytes : {&inode.current, &inode.durable}) {
    if (at < bytes->size()) (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << bit));
  }
  for (Change& change : inode.unsynced) {
    if (offset < change.offset || offset >= change.offset + change.bytes.size()) continue;
    char& byte = change.bytes[static_cast<std::size_t>(offset - change.offset)];
    byte = static_cast<char>(byte ^ (1 << bit));
  }
}

const std::string& SimStorage::Contents(const std::string& file) const {
  return names_.at(file)->current;
}

void SimStorage::Put(const std::string& file, std::string bytes) {
  auto inode = std::make_shared<Inode>();
  inode->durable = bytes;
  inode->current = std::move(bytes);
  names_[file] = inode;
  durable_names_[file] = inode;
  CountBytes();
}

Status SimStorage::WriteTo(Inode& inode, std::uint64_t offset, std::string_view bytes) {
  ++write_count_;
  if (Due(fail_write_in_)) {
    Put(inode, offset, bytes.substr(0, static_cast<std::size_t>(random_.Below(bytes.size() + 1))));
    return Fail(ErrorCode::kIo, name_ + ": the write failed");
  }
  if (Due(misdirect_write_in_)) {
    Misdirect(inode, offset, bytes);
    return {};
  }
  const std::uint64_t end = offset + bytes.size();
  const std::uint64_t grows = end > inode.current.size() ? end - inode.current.size() : 0;
  if (bytes_used_ + grows > capacity_bytes_) {
    // A part may have been written; the file has not grown.
    if (offset < inode.current.size()) {
      Put(inode, offset, bytes.substr(0, inode.current.size() - static_cast<std::size_t>(offset)));
    }
    return Fail(ErrorCode::kNoSpace, name_ + ": the disk is full");
  }
  bytes_used_ += grows;
  Put(inode, offset, bytes);
  return {};
}

Status SimStorage::TruncateTo(Inode& inode, std::uint64_t size) {
  const std::uint64_t grows = size > inode.current.size() ? size - inode.current.size() : 0;
  if (bytes_used_ + grows > capacity_bytes_) {
    return Fail(ErrorCode::kNoSpace, name_ + ": the disk is full");
  }
  inode.unsynced.push_back({0, "", size});
  Apply(inode.current, inode.unsynced.back());
  CountBytes();
  return {};
}

Status SimStorage::SyncInode(Inode& inode) {
  ++sync_count_;
  if (Due(fail_sync_in_)) {
    TearInto(inode);
    // The page cache calls these pages clean now: a later sync writes nothing and reports success.
    inode.unsynced.clear();
    return Fail(ErrorCode::kIo, name_ + ": the sync failed");
  }
  for (const Change& change : inode.unsynced) Apply(inode.durable, change);
  inode.unsynced.clear();
  return {};
}

void SimStorage::Misdirect(Inode& inode, std::uint64_t offset, std::string_view bytes) {
  auto target = names_.begin();
  std::advance(target, static_cast<std::ptrdiff_t>(random_.Below(names_.size())));
  Inode& other = *target->second;
  const std::uint64_t pages = other.current.size() / kPageBytes;
  if (pages == 0) return;  // nowhere to land: the write is lost
  std::uint64_t page = random_.Below(pages);
  if (&other == &inode && page == offset / kPageBytes) page = (page + 1) % pages;
  const std::uint64_t at = page * kPageBytes;
  const auto fits =
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), other.current.size() - at));
  // What lands elsewhere never was in the page cache of that place: it is durable at once.
  const Change change{at, std::string(bytes.substr(0, fits)), std::nullopt};
  Apply(other.current, change);
  Apply(other.durable, change);
}

void SimStorage::Put(Inode& inode, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  inode.unsynced.push_back({offset, std::string(bytes), std::nullopt});
  Apply(inode.current, inode.unsynced.back());
}

void SimStorage::TearInto(Inode& inode) {
  // Some crashes keep nearly all and some nearly nothing; a fixed half would try neither.
  const std::uint64_t keep_of_8 = random_.Below(9);
  // Going in order keeps the one thing a page cache promises: a sector is never put back to an
  // older version of itself. Everything else may be missing.
  for (const Change& change : inode.unsynced) {
    if (change.new_size) {
      if (random_.Chance(keep_of_8, 8)) Apply(inode.durable, change);
      continue;
    }
    std::size_t done = 0;
    while (done < change.bytes.size()) {
      const std::uint64_t at = change.offset + done;
      const std::size_t piece =
          std::min<std::size_t>(kSectorBytes - at % kSectorBytes, change.bytes.size() - done);
      if (random_.Chance(keep_of_8, 8)) {
        Apply(inode.durable, {at, change.bytes.substr(done, piece), std::nullopt});
      }
      done += piece;
    }
  }
}

void SimStorage::CountBytes() {
  bytes_used_ = 0;
  for (const auto& [name, inode] : names_) bytes_used_ += inode->current.size();
}

bool SimStorage::Due(std::uint64_t& countdown) {
  if (countdown == 0) return false;
  return --countdown == 0;
}

void SimStorage::Apply(std::string& bytes, const Change& change) {
  if (change.new_size) {
    bytes.resize(static_cast<std::size_t>(*change.new_size), '\0');
    return;
  }
  const auto offset = static_cast<std::size_t>(change.offset);
  if (bytes.size() < offset + change.bytes.size()) bytes.resize(offset + change.bytes.size(), '\0');
  bytes.replace(offset, change.bytes.size(), change.bytes);
}

void SimStorage::Apply(Names& names, const NameChange& change) {
  if (!change.from.empty()) {
    const auto found = names.find(change.from);
    if (found != names.end() && found->second == change.inode) names.erase(found);
  }
  if (!change.to.empty()) names[change.to] = change.inode;
}

}  // namespace cairn
