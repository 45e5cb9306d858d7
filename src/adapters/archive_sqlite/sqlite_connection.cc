#include "adapters/archive_sqlite/sqlite_connection.h"

#include "base/check.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace cairn {
namespace {

// How long a connection waits for a lock of another one of this process, for example while it
// recovers the log of a file that was not closed.
constexpr int kBusyTimeoutMs = 10'000;

ErrorCode CodeOf(int extended, int system_error) {
  const int primary = extended & 0xff;
  switch (primary) {
    case SQLITE_FULL: return ErrorCode::kNoSpace;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return ErrorCode::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ErrorCode::kLocked;
    case SQLITE_TOOBIG: return ErrorCode::kTooLarge;
    default: break;
  }
  // A sync that failed says nothing about what is on the disk, even if the reason was its size.
  const bool sync = extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC;
  const bool full = system_error == ENOSPC || system_error == EDQUOT;
  if (full && !sync && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
    return ErrorCode::kNoSpace;
  }
  return ErrorCode::kIo;
}

}  // namespace

SqliteStatement::~SqliteStatement() { sqlite3_finalize(handle_); }

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : connection_(other.connection_), handle_(std::exchange(other.handle_, nullptr)) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  connection_ = other.connection_;
  std::swap(handle_, other.handle_);
  return *this;
}

void SqliteStatement::BindInt(int parameter, std::int64_t value) {
  CHECK(sqlite3_bind_int64(handle_, parameter, value) == SQLITE_OK);
}

void SqliteStatement::BindText(int parameter, std::string_view text) {
  // A null pointer would be bound as NULL instead of an empty text.
  const char* data = text.empty() ? "" : text.data();
  CHECK(sqlite3_bind_text64(handle_, parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8) ==
        SQLITE_OK);
}

void SqliteStatement::BindBytes(int parameter, std::string_view bytes) {
  const char* data = bytes.empty() ? "" : bytes.data();
  CHECK(sqlite3_bind_blob64(handle_, parameter, data, bytes.size(), SQLITE_STATIC) == SQLITE_OK);
}

Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle_);
    return false;
  }
  Error error = connection_->ErrorOf(code);
  sqlite3_reset(handle_);
  return Fail(std::move(error));
}

Status SqliteStatement::Run() {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return {};
  }
}

void SqliteStatement::Reset() { sqlite3_reset(handle_); }

bool SqliteStatement::ColumnIsNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t SqliteStatement::ColumnInt(int column) const {
  return sqlite3_column_int64(handle_, column);
}

std::string_view SqliteStatement::ColumnBytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  const int size = sqlite3_column_bytes(handle_, column);
  return data == nullptr ? std::string_view()
                         : std::string_view(data, static_cast<std::size_t>(size));
}

SqliteConnection::SqliteConnection(std::string path, sqlite3* handle)
    : path_(std::move(path)), handle_(handle) {
  // Also turns the automatic checkpoints off: those would stop a commit halfway through a batch.
  sqlite3_wal_hook(
      handle_,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteConnection*>(self)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      this);
}

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                 Mode mode) {
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::kCreate) flags |= SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  CHECK_MSG(handle != nullptr, "no memory for a database connection");
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path, handle));
  if (code != SQLITE_OK) {
    if (mode == Mode::kExisting && sqlite3_system_errno(handle) == ENOENT) {
      return Fail(ErrorCode::kNotFound, fmt::format("archive {}: no such file", path));
    }
    return Fail(connection->ErrorOf(code));
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return connection;
}

SqliteConnection::~SqliteConnection() {
  const int code = sqlite3_close(handle_);
  CHECK_MSG(code == SQLITE_OK, "a statement outlives its connection");
}

Status SqliteConnection::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Fail(ErrorOf(code));
  return {};
}

Result<SqliteStatement> SqliteConnection::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Fail(ErrorOf(code));
  return SqliteStatement(*this, statement);
}

Result<std::int64_t> SqliteConnection::QueryInt(const char* sql) {
  ASSIGN_OR_RETURN(SqliteStatement statement, Prepare(sql));
  ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return Fail(ErrorCode::kCorrupt, fmt::format("archive {}: a row is missing", path_));
  return statement.ColumnInt(0);
}

void SqliteConnection::Rollback() {
  if (sqlite3_get_autocommit(handle_) != 0) return;
  // It cannot fail in a way that leaves the transaction open; what is wrong with the file was
  // reported by the statement before.
  sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<int> SqliteConnection::Checkpoint(bool restart) {
  const int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  int logged = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, &logged, &copied);
  // Busy: a reader still needs the log. What could be copied was.
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return Fail(ErrorOf(code));
  return logged > copied ? logged - copied : 0;
}

Error SqliteConnection::ErrorOf(int code) const {
  const int extended = sqlite3_extended_errcode(handle_);
  const int use = (extended & 0xff) == (code & 0xff) ? extended : code;
  return Error{CodeOf(use, sqlite3_system_errno(handle_)),
               fmt::format("archive {}: {} ({})", path_, sqlite3_errmsg(handle_), use)};
}

}  // namespace cairn
