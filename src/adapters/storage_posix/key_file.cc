#include "adapters/storage_posix/key_file.h"

#include "adapters/storage_posix/posix_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cairn {
namespace {

constexpr mode_t kKeyMode = 0600;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) {
    do {
      number_ = ::open(path.c_str(), flags | O_CLOEXEC, kKeyMode);
    } while (number_ < 0 && errno == EINTR);
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_ = -1;
};

// Nothing when there is no such file.
Result<std::optional<std::string>> Read(const std::string& path, std::size_t bytes) {
  const Descriptor file(path, O_RDONLY);
  if (file.number() < 0 && errno == ENOENT) return std::nullopt;
  if (file.number() < 0) return Fail(PosixError(errno, path, "open"));
  std::string key(bytes + 1, '\0');  // one more shows a file that is too long
  ssize_t got = 0;
  do {
    got = ::pread(file.number(), key.data(), key.size(), 0);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return Fail(PosixError(errno, path, "read"));
  if (got != static_cast<ssize_t>(bytes)) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{}: it must have {} bytes and has {}{}", path, bytes,
                            got > static_cast<ssize_t>(bytes) ? "more than " : "",
                            got > static_cast<ssize_t>(bytes) ? static_cast<ssize_t>(bytes) : got));
  }
  key.resize(bytes);
  return key;
}

Result<std::string> RandomBytes(std::size_t bytes) {
  std::string key(bytes, '\0');
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t got = ::getrandom(key.data() + done, bytes - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Fail(PosixError(errno, "the random source", "read"));
    done += static_cast<std::size_t>(got);
  }
  return key;
}

Status WriteDurably(const std::string& path, const std::string& key) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (file.number() < 0) return Fail(PosixError(errno, path, "create"));
  // A left-over of a crash may have been made with another mode.
  if (::fchmod(file.number(), kKeyMode) != 0) return Fail(PosixError(errno, path, "chmod"));
  ssize_t written = 0;
  do {
    written = ::pwrite(file.number(), key.data(), key.size(), 0);
  } while (written < 0 && errno == EINTR);
  if (written < 0) return Fail(PosixError(errno, path, "write"));
  if (written != static_cast<ssize_t>(key.size())) return Fail(PosixError(ENOSPC, path, "write"));
  if (::fsync(file.number()) != 0) return Fail(PosixError(errno, path, "sync"));
  return {};
}

}  // namespace

Result<std::string> ReadOrMakeKeyFile(const std::string& path, std::size_t bytes) {
  ASSIGN_OR_RETURN(auto key, Read(path, bytes));
  if (key) return *std::move(key);
  ASSIGN_OR_RETURN(std::string made, RandomBytes(bytes));
  // Under its name only when it is whole.
  const std::string unfinished = path + ".new";
  RETURN_IF_ERROR(WriteDurably(unfinished, made));
  if (::rename(unfinished.c_str(), path.c_str()) != 0) {
    return Fail(PosixError(errno, unfinished, "rename"));
  }
  const std::string parent = std::filesystem::path(path).parent_path().native();
  const Descriptor directory(parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY);
  if (directory.number() < 0 || ::fsync(directory.number()) != 0) {
    return Fail(PosixError(errno, parent, "sync of the directory"));
  }
  return made;
}

}  // namespace cairn
