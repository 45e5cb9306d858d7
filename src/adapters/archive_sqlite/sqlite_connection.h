// A connection to one SQLite file and the statements prepared on it, with errors as results and
// handles that close themselves. Nothing here knows what is stored.
//
// One thread at a time may use a connection and its statements; different connections, also to the
// same file, may be used at once.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace cairn {

class SqliteConnection;

// A prepared statement. REQUIRES: its connection outlives it. What is bound by reference must stay
// valid until the statement is reset.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;

  // Parameters are numbered from 1. Text and bytes are bound by reference.
  void BindInt(int parameter, std::int64_t value);
  void BindText(int parameter, std::string_view text);
  void BindBytes(int parameter, std::string_view bytes);

  // True: a row is there; false: no more rows. After false or an error the statement is reset.
  [[nodiscard]] Result<bool> Step();
  // Steps to the end and resets.
  [[nodiscard]] Status Run();
  // Ends a reading before its last row; views of columns end too.
  void Reset();

  // Columns are numbered from 0. A view is valid until the next Step or Reset.
  bool ColumnIsNull(int column) const;
  std::int64_t ColumnInt(int column) const;
  std::string_view ColumnBytes(int column) const;

 private:
  friend class SqliteConnection;
  SqliteStatement(const SqliteConnection& connection, sqlite3_stmt* handle)
      : connection_(&connection), handle_(handle) {}

  const SqliteConnection* connection_ = nullptr;
  sqlite3_stmt* handle_ = nullptr;
};

class SqliteConnection {
 public:
  enum class Mode { kCreate, kExisting };

  // Opens the file. kNotFound with kExisting when there is none; kNoSpace, kCorrupt, kIo name it.
  [[nodiscard]] static Result<std::unique_ptr<SqliteConnection>> Open(const std::string& path,
                                                                      Mode mode);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Runs fixed statements that give no rows. The text never holds input.
  [[nodiscard]] Status Execute(const char* sql);
  [[nodiscard]] Result<SqliteStatement> Prepare(const char* sql);
  // The first column of the first row; kCorrupt when there is none.
  [[nodiscard]] Result<std::int64_t> QueryInt(const char* sql);

  // Ends an open transaction without effect; nothing happens when none is open.
  void Rollback();

  // Copies what it can of the write-ahead log into the file. `restart` also waits for readers (as
  // long as the busy timeout), so that the log begins at its start again. Returns how many pages
  // are left in the log that are not copied yet.
  [[nodiscard]] Result<int> Checkpoint(bool restart);

  // Pages in the write-ahead log after the last commit of this connection.
  int wal_pages() const { return wal_pages_; }
  const std::string& path() const { return path_; }

  // What an SQLite result code means to us, with the file's name in the text.
  Error ErrorOf(int code) const;

 private:
  SqliteConnection(std::string path, sqlite3* handle);

  std::string path_;
  sqlite3* handle_;
  int wal_pages_ = 0;
};

}  // namespace cairn
