#include "adapters/archive_sqlite/day_schema.h"

#include "base/bytes.h"

#include <fmt/format.h>

namespace cairn {
namespace {

constexpr std::int64_t kApplicationId = 0x43616972;  // "Cair"

// Before anything is stored. Pages of 8 KiB: smaller ones split every block of bodies, larger ones
// make short transactions write more than they change (docs/design/archive.md).
constexpr const char* kNewFile = "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;";

constexpr const char* kCreate =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE orders(id INTEGER PRIMARY KEY, block INTEGER NOT NULL,"
    " body_offset INTEGER NOT NULL, body_bytes INTEGER NOT NULL, state INTEGER NOT NULL,"
    " port INTEGER NOT NULL, run INTEGER NOT NULL, priority INTEGER NOT NULL,"
    " submitted_at INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,"
    " external_id TEXT NOT NULL, customer TEXT NOT NULL, products BLOB NOT NULL);"
    "CREATE INDEX orders_by_state ON orders(state, id) WHERE state <> 6;"
    "CREATE TABLE bodies(block INTEGER PRIMARY KEY, packed BLOB NOT NULL);"
    "CREATE TABLE zones(zone INTEGER PRIMARY KEY, submitted_min INTEGER NOT NULL,"
    " submitted_max INTEGER NOT NULL, products INTEGER NOT NULL);"
    "CREATE TABLE key_pending(part INTEGER PRIMARY KEY, entries BLOB NOT NULL);"
    "CREATE TABLE key_runs(run INTEGER PRIMARY KEY, id_min INTEGER NOT NULL,"
    " id_max INTEGER NOT NULL);"
    "CREATE TABLE order_keys(run INTEGER NOT NULL, hash INTEGER NOT NULL, id INTEGER NOT NULL,"
    " PRIMARY KEY(run, hash, id)) WITHOUT ROWID;"
    "CREATE TABLE progress(one INTEGER PRIMARY KEY CHECK (one = 1),"
    " journal_sequence INTEGER NOT NULL);"
    "INSERT INTO progress VALUES(1, 0);"
    "PRAGMA application_id = 1130457458;"
    "PRAGMA user_version = 1;"
    "COMMIT;";
static_assert(kApplicationId == 1'130'457'458 && kDaySchemaVersion == 1, "as in the text above");
static_assert(static_cast<int>(OrderState::kCompleted) == 6, "as in the index above");

constexpr const char* kWriting =
    "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA mmap_size = 0;"
    "PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;";
constexpr const char* kReading =
    "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;";

constexpr std::uint64_t kCustomerSeed = 1;
constexpr std::uint64_t kExternalIdSeed = 2;
constexpr std::uint64_t kProductSeed = 3;

// True when the file has our schema, false when it is still empty.
Result<bool> HasSchema(SqliteConnection& connection) {
  ASSIGN_OR_RETURN(const std::int64_t application, connection.QueryInt("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const std::int64_t version, connection.QueryInt("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const std::int64_t tables,
                   connection.QueryInt("SELECT count(*) FROM sqlite_schema"));
  if (application == 0 && version == 0 && tables == 0) return false;
  if (application != kApplicationId) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("archive {}: not a file of the archive", connection.path()));
  }
  if (version > kDaySchemaVersion) {
    return Fail(ErrorCode::kIncompatible,
                fmt::format("archive {}: schema version {}, this program knows up to {}",
                            connection.path(), version, kDaySchemaVersion));
  }
  if (version < 1) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("archive {}: schema version {}", connection.path(), version));
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> OpenDayForWriting(const std::string& path) {
  ASSIGN_OR_RETURN(auto connection, SqliteConnection::Open(path, SqliteConnection::Mode::kCreate));
  ASSIGN_OR_RETURN(const bool has_schema, HasSchema(*connection));
  if (!has_schema) RETURN_IF_ERROR(connection->Execute(kNewFile));
  RETURN_IF_ERROR(connection->Execute(kWriting));
  if (!has_schema) {
    const Status created = connection->Execute(kCreate);
    if (!created) {
      connection->Rollback();
      return Fail(created.error());
    }
  }
  return connection;
}

Result<std::unique_ptr<SqliteConnection>> OpenDayForReading(const std::string& path) {
  ASSIGN_OR_RETURN(auto connection,
                   SqliteConnection::Open(path, SqliteConnection::Mode::kExisting));
  ASSIGN_OR_RETURN(const bool has_schema, HasSchema(*connection));
  if (!has_schema) return Fail(ErrorCode::kNotFound, fmt::format("archive {}: still empty", path));
  RETURN_IF_ERROR(connection->Execute(kReading));
  return connection;
}

std::int64_t CustomerHash(std::string_view customer) {
  return static_cast<std::int64_t>(Hash64(customer, kCustomerSeed));
}

std::int64_t ExternalIdHash(std::string_view external_id) {
  return static_cast<std::int64_t>(Hash64(external_id, kExternalIdSeed));
}

std::int64_t ProductBit(std::string_view product) {
  return std::int64_t{1} << (Hash64(product, kProductSeed) % 63);
}

}  // namespace cairn
