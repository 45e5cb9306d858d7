#include "adapters/storage_posix/posix_storage.h"

#include "adapters/storage_posix/posix_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cairn {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

// Opens again while a signal interrupts; -1 with errno otherwise.
int OpenAt(int directory, const char* name, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::openat(directory, name, flags | O_CLOEXEC, kFileMode);
  } while (descriptor < 0 && errno == EINTR);
  return descriptor;
}

Status SyncDescriptor([[maybe_unused]] int descriptor, [[maybe_unused]] const std::string& path) {
#ifndef CAIRN_JOURNAL_WITHOUT_SYNC
  while (::fsync(descriptor) != 0) {
    if (errno != EINTR) return Fail(PosixError(errno, path, "sync of the directory"));
  }
#endif
  return {};
}

// A new directory is durable only when its parent is synced, so each level is synced in turn.
Status CreateDirectory(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  std::error_code ignored;
  if (!parent.empty() && parent != path && !std::filesystem::exists(parent, ignored)) {
    RETURN_IF_ERROR(CreateDirectory(parent));
  }
  if (::mkdir(path.c_str(), kDirectoryMode) != 0) {
    if (errno == EEXIST) return {};
    return Fail(PosixError(errno, path.native(), "create the directory"));
  }
  const std::string above = parent.empty() ? "." : parent.native();
  const int descriptor = OpenAt(AT_FDCWD, above.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return Fail(PosixError(errno, above, "open the directory"));
  Status synced = SyncDescriptor(descriptor, above);
  ::close(descriptor);
  return synced;
}

// "pid 123" as the owner wrote it; empty when it wrote none.
std::string OwnerOf(int lock_descriptor) {
  char text[32] = {};
  const ssize_t got = ::pread(lock_descriptor, text, sizeof(text) - 1, 0);
  std::string digits;
  for (ssize_t i = 0; i < got && text[i] >= '0' && text[i] <= '9'; ++i) digits.push_back(text[i]);
  return digits.empty() ? "" : "pid " + digits;
}

}  // namespace

Result<std::unique_ptr<PosixStorage>> PosixStorage::Open(const std::string& directory,
                                                         MissingDirectory if_missing) {
  // A trailing slash would make the parent of "a/b/" "a/b".
  std::filesystem::path path = std::filesystem::path(directory).lexically_normal();
  if (!path.has_filename() && path.has_parent_path() && path != path.root_path()) {
    path = path.parent_path();
  }
  int descriptor = OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0 && errno == ENOENT && if_missing == MissingDirectory::kCreate) {
    RETURN_IF_ERROR(CreateDirectory(path));
    descriptor = OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  }
  if (descriptor < 0) return Fail(PosixError(errno, path.native(), "open the directory"));
  return std::unique_ptr<PosixStorage>(new PosixStorage(path.native(), descriptor));
}

PosixStorage::~PosixStorage() {
  if (lock_descriptor_ >= 0) ::close(lock_descriptor_);
  ::close(descriptor_);
}

Status PosixStorage::Lock() {
  if (lock_descriptor_ >= 0) return {};
  const std::string path = directory_ + "/" + kLockName;
  const int descriptor = OpenAt(descriptor_, kLockName, O_RDWR | O_CREAT);
  if (descriptor < 0) return Fail(PosixError(errno, path, "open"));
  int locked = 0;
  do {
    locked = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (locked != 0 && errno == EINTR);
  if (locked != 0) {
    const int error_number = errno;
    const std::string owner = OwnerOf(descriptor);
    ::close(descriptor);
    if (error_number != EWOULDBLOCK) return Fail(PosixError(error_number, path, "lock"));
    return Fail(ErrorCode::kLocked,
                fmt::format("directory {} is in use by another process{}", directory_,
                            owner.empty() ? "" : " (" + owner + ")"));
  }
  // Who holds it is a courtesy to the next one who tries; the lock itself does not rest on it.
  const std::string owner = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, owner.data(), owner.size(), 0) != static_cast<ssize_t>(owner.size())) {
    std::fprintf(stderr, "%s: the owner could not be noted\n", path.c_str());
  }
  lock_descriptor_ = descriptor;
  return {};
}

Result<std::vector<std::string>> PosixStorage::List() {
  // A descriptor of its own, because reading a directory moves the descriptor's position.
  const int descriptor = OpenAt(descriptor_, ".", O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return Fail(PosixError(errno, directory_, "list"));
  DIR* const stream = ::fdopendir(descriptor);
  if (stream == nullptr) {
    const int error_number = errno;
    ::close(descriptor);
    return Fail(PosixError(error_number, directory_, "list"));
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream)) {  // NOLINT(concurrency-mt-unsafe): own stream
    struct stat about {};
    const std::string name = entry->d_name;
    if (name != kLockName &&
        ::fstatat(descriptor_, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(about.st_mode)) {
      names.push_back(name);
    }
    errno = 0;
  }
  const int error_number = errno;
  ::closedir(stream);
  if (error_number != 0) return Fail(PosixError(error_number, directory_, "list"));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::unique_ptr<StorageFile>> PosixStorage::Open(const std::string& name, bool create) {
  const int flags = create ? O_RDWR | O_CREAT | O_EXCL : O_RDWR;
  std::string path = directory_ + "/" + name;
  const int descriptor = OpenAt(descriptor_, name.c_str(), flags);
  if (descriptor < 0) return Fail(PosixError(errno, path, create ? "create" : "open"));
  return std::unique_ptr<StorageFile>(std::make_unique<PosixFile>(descriptor, std::move(path)));
}

Status PosixStorage::Rename(const std::string& from, const std::string& to) {
  if (::renameat(descriptor_, from.c_str(), descriptor_, to.c_str()) == 0) return {};
  return Fail(PosixError(errno, directory_ + "/" + from, "rename to " + to));
}

Status PosixStorage::Remove(const std::string& name) {
  if (::unlinkat(descriptor_, name.c_str(), 0) == 0) return {};
  return Fail(PosixError(errno, directory_ + "/" + name, "remove"));
}

Status PosixStorage::SyncDirectory() { return SyncDescriptor(descriptor_, directory_); }

}  // namespace cairn
