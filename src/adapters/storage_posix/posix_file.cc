#include "adapters/storage_posix/posix_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace cairn {
namespace {

ErrorCode CodeOf(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT: return ErrorCode::kNoSpace;
    case ENOENT: return ErrorCode::kNotFound;
    case EEXIST: return ErrorCode::kConflict;
    case ENOTDIR: return ErrorCode::kInvalidArgument;
    default: return ErrorCode::kIo;
  }
}

}  // namespace

Error PosixError(int error_number, std::string_view path, std::string_view call) {
  return Error{CodeOf(error_number), fmt::format("{}: {}: {}", path, call,
                                                 std::generic_category().message(error_number))};
}

PosixFile::~PosixFile() { ::close(descriptor_); }

Status PosixFile::Write(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      return Fail(PosixError(errno, path_, "write"));
    }
    // A write of nothing would loop for ever; the kernel does it only when it cannot go on.
    if (written == 0) return Fail(ErrorCode::kIo, path_ + ": write: nothing was written");
    offset += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::size_t> PosixFile::Read(std::uint64_t offset, std::span<char> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(descriptor_, out.data() + done, out.size() - done,
                                static_cast<off_t>(offset + done));
    if (got < 0) {
      if (errno == EINTR) continue;
      return Fail(PosixError(errno, path_, "read"));
    }
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Status PosixFile::Sync() {
#ifndef CAIRN_JOURNAL_WITHOUT_SYNC
  while (::fdatasync(descriptor_) != 0) {
    if (errno != EINTR) return Fail(PosixError(errno, path_, "sync"));
  }
#endif
  return {};
}

Result<std::uint64_t> PosixFile::Size() {
  struct stat about {};
  if (::fstat(descriptor_, &about) != 0) return Fail(PosixError(errno, path_, "size"));
  return static_cast<std::uint64_t>(about.st_size);
}

Status PosixFile::Truncate(std::uint64_t size) {
  while (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
    if (errno != EINTR) return Fail(PosixError(errno, path_, "truncate"));
  }
  return {};
}

}  // namespace cairn
