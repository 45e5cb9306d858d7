// The schema of one file of the archive: the orders that ended on one day (UTC).
//
//   orders       one row an order: what lists show, and where its body lies
//   bodies       one row a block of bodies (body_block.h)
//   zones        per 4,096 neighbouring ids: first and last submission, a mask of products
//   key_pending  the keys (hash of customer or external id, order id) of recent transactions, as
//                one blob of 16-byte entries a transaction
//   key_runs     each is a few ten thousand keys, moved out of key_pending in sorted order, so
//   order_keys   that the tree only ever grows at its end; a look-up seeks once a run
//   progress     one row: the highest journal sequence that was written with a transaction
//
// Keys only propose orders; the order's row decides. Keys of a replaced row may so stay behind.
//
// Any thread; each call opens a connection of its own.
#pragma once

#include "adapters/archive_sqlite/sqlite_connection.h"
#include "base/result.h"
#include "model/order_view.h"

#include <cstdint>
#include <memory>
#include <string>

namespace cairn {

inline constexpr std::int64_t kDaySchemaVersion = 1;
inline constexpr unsigned kZoneShift = 12;

// Opens the day's file for the writer, and makes the file and its schema if need be. kIncompatible
// when a newer version wrote it, kCorrupt when it is damaged or something else.
[[nodiscard]] Result<std::unique_ptr<SqliteConnection>> OpenDayForWriting(const std::string& path);

// Opens an existing day's file for reading only. kNotFound, also when it has no schema yet;
// otherwise as above.
[[nodiscard]] Result<std::unique_ptr<SqliteConnection>> OpenDayForReading(const std::string& path);

// What the keys hash to. Part of the stored format.
std::int64_t CustomerHash(std::string_view customer);
std::int64_t ExternalIdHash(std::string_view external_id);

// One of 63 bits for a product's name, for the masks of zones. Part of the stored format.
std::int64_t ProductBit(std::string_view product);

}  // namespace cairn
