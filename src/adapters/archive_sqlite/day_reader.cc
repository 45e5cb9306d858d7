#include "adapters/archive_sqlite/day_reader.h"

#include "adapters/archive_sqlite/day_schema.h"
#include "base/bytes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace cairn {
namespace {

#define ORDER_COLUMNS                                                                    \
  "o.id, o.state, o.port, o.run, o.priority, o.submitted_at, o.started_at, o.ended_at, " \
  "o.external_id, o.customer, o.products"

// CROSS JOIN keeps SQLite from turning the loops round: the outer one gives the order.
constexpr const char* kBody =
    "SELECT o.body_offset, o.body_bytes, b.packed FROM orders o"
    " LEFT JOIN bodies b ON b.block = o.block WHERE o.id = ?1";
constexpr const char* kById =
    "SELECT " ORDER_COLUMNS " FROM orders o WHERE o.id < ?1 ORDER BY o.id DESC";
constexpr const char* kByState =
    "SELECT " ORDER_COLUMNS
    " FROM orders o INDEXED BY orders_by_state"
    " WHERE o.state <> 6 AND o.state = ?2 AND o.id < ?1 ORDER BY o.id DESC";
constexpr const char* kByZone =
    "SELECT " ORDER_COLUMNS
    " FROM zones z CROSS JOIN orders o ON o.id BETWEEN z.zone << 12 AND (z.zone << 12) + 4095"
    " WHERE z.zone <= ?1 >> 12 AND z.submitted_max >= ?2 AND z.submitted_min <= ?3"
    " AND (?4 = 0 OR z.products & ?4 <> 0) AND o.id < ?1 ORDER BY z.zone DESC, o.id DESC";
static_assert(kZoneShift == 12, "as in the text above");
constexpr const char* kOne = "SELECT " ORDER_COLUMNS " FROM orders o WHERE o.id = ?1";
constexpr const char* kRuns =
    "SELECT run, id_max FROM key_runs WHERE id_min < ?1 ORDER BY id_max DESC";
constexpr const char* kByKey = "SELECT " ORDER_COLUMNS
                               " FROM order_keys k CROSS JOIN orders o ON o.id = k.id"
                               " WHERE k.run = ?2 AND k.hash = ?3 AND k.id < ?1 ORDER BY k.id DESC";

#undef ORDER_COLUMNS

constexpr std::size_t kKeyBytes = 16;

std::int64_t Signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }
OrderId IdOf(std::int64_t value) { return OrderId(static_cast<std::uint64_t>(value)); }

// The greatest id that the query may return, plus one.
std::int64_t BeforeOf(const OrderQuery& query) {
  return query.before.valid() ? Signed(query.before.value()) : INT64_MAX;
}

bool Matches(const OrderQuery& query, const OrderSummary& order) {
  if (query.state && *query.state != order.state) return false;
  if (query.customer && *query.customer != order.customer) return false;
  if (query.external_id && *query.external_id != order.external_id) return false;
  if (order.submitted_at < query.submitted_from) return false;
  if (order.submitted_at > query.submitted_to) return false;
  if (!query.product) return true;
  return std::find(order.products.begin(), order.products.end(), *query.product) !=
         order.products.end();
}

}  // namespace

void IdRanges::Widen(OrderId id) {
  const auto [at, is_new] = ranges_.try_emplace(id.partition(), Range{id, id});
  if (is_new) return;
  at->second.first = std::min(at->second.first, id);
  at->second.last = std::max(at->second.last, id);
}

bool IdRanges::MayHold(OrderId id) const {
  const auto at = ranges_.find(id.partition());
  return at != ranges_.end() && id >= at->second.first && id <= at->second.last;
}

Result<std::unique_ptr<DayReader>> DayReader::Open(const std::string& path) {
  ASSIGN_OR_RETURN(auto connection, OpenDayForReading(path));
  std::unique_ptr<DayReader> reader(new DayReader(std::move(connection)));
  RETURN_IF_ERROR(reader->Prepare());
  return reader;
}

Status DayReader::Prepare() {
  struct Text {
    SqliteStatement& statement;
    const char* sql;
  };
  const Text texts[] = {
      {begin_, "BEGIN"},
      {end_, "COMMIT"},
      {body_, kBody},
      {has_, "SELECT 1 FROM orders WHERE id = ?1"},
      {by_id_, kById},
      {by_state_, kByState},
      {by_zone_, kByZone},
      {one_, kOne},
      {runs_, kRuns},
      {by_key_, kByKey},
      {pending_, "SELECT entries FROM key_pending"},
  };
  for (const Text& text : texts) {
    ASSIGN_OR_RETURN(text.statement, connection_->Prepare(text.sql));
  }
  return {};
}

Result<std::uint64_t> DayReader::JournalSequence() {
  ASSIGN_OR_RETURN(const std::int64_t sequence,
                   connection_->QueryInt("SELECT journal_sequence FROM progress"));
  return static_cast<std::uint64_t>(sequence);
}

Result<IdRanges> DayReader::ReadIdRanges() {
  ASSIGN_OR_RETURN(SqliteStatement first,
                   connection_->Prepare("SELECT min(id) FROM orders WHERE id >= ?1"));
  ASSIGN_OR_RETURN(SqliteStatement last,
                   connection_->Prepare("SELECT max(id) FROM orders WHERE id < ?1"));
  IdRanges ranges;
  std::int64_t from = 0;
  while (true) {
    first.BindInt(1, from);
    ASSIGN_OR_RETURN(const bool row, first.Step());
    if (!row || first.ColumnIsNull(0)) return ranges;
    const OrderId smallest = IdOf(first.ColumnInt(0));
    first.Reset();
    ranges.Widen(smallest);
    const bool last_partition = smallest.partition() >= kIdPartitionMax;
    from = last_partition ? INT64_MAX : Signed((smallest.partition() + 1) << kIdCounterBits);
    last.BindInt(1, from);
    ASSIGN_OR_RETURN(const bool found, last.Step());
    if (found && !last.ColumnIsNull(0)) ranges.Widen(IdOf(last.ColumnInt(0)));
    last.Reset();
    if (last_partition) return ranges;
  }
}

Result<bool> DayReader::Has(OrderId id) {
  has_.BindInt(1, Signed(id.value()));
  ASSIGN_OR_RETURN(const bool row, has_.Step());
  has_.Reset();
  return row;
}

Result<std::optional<std::string>> DayReader::ReadBody(OrderId id) {
  body_.BindInt(1, Signed(id.value()));
  ASSIGN_OR_RETURN(const bool row, body_.Step());
  if (!row) return std::nullopt;
  const auto offset = static_cast<std::uint64_t>(body_.ColumnInt(0));
  const auto size = static_cast<std::uint64_t>(body_.ColumnInt(1));
  Result<std::string> body =
      body_.ColumnIsNull(2) ? Result<std::string>(Fail(ErrorCode::kCorrupt, "its block is missing"))
                            : unpacker_.Body(body_.ColumnBytes(2), offset, size);
  body_.Reset();
  if (!body) return Fail(Corrupt(FormatId(id) + ": " + body.error().message));
  return std::optional<std::string>(std::move(*body));
}

Status DayReader::List(const OrderQuery& query, OrderCollector& collector) {
  const std::int64_t before = BeforeOf(query);
  if (query.external_id && !query.external_id->empty()) {
    return ListByKey(ExternalIdHash(*query.external_id), query, collector);
  }
  if (query.customer && !query.customer->empty()) {
    return ListByKey(CustomerHash(*query.customer), query, collector);
  }
  if (query.state && *query.state != OrderState::kCompleted) {
    by_state_.BindInt(1, before);
    by_state_.BindInt(2, static_cast<std::int64_t>(*query.state));
    return AddRows(by_state_, query, collector);
  }
  if (query.product || query.submitted_from > 0 || query.submitted_to < kNever) {
    by_zone_.BindInt(1, before);
    by_zone_.BindInt(2, query.submitted_from);
    by_zone_.BindInt(3, query.submitted_to);
    by_zone_.BindInt(4, query.product ? ProductBit(*query.product) : 0);
    return AddRows(by_zone_, query, collector);
  }
  by_id_.BindInt(1, before);
  return AddRows(by_id_, query, collector);
}

Status DayReader::ListByKey(std::int64_t hash, const OrderQuery& query, OrderCollector& collector) {
  // One view of the file for all statements: keys may be moved from pending into a run meanwhile.
  RETURN_IF_ERROR(begin_.Run());
  Status listed = ListPending(hash, query, collector);
  runs_.BindInt(1, BeforeOf(query));
  while (listed) {
    const Result<bool> row = runs_.Step();
    if (!row) listed = Fail(row.error());
    // Runs come by falling id_max: the first unwanted one ends it.
    if (!row || !*row || !collector.Wants(IdOf(runs_.ColumnInt(1)))) break;
    by_key_.BindInt(1, BeforeOf(query));
    by_key_.BindInt(2, runs_.ColumnInt(0));
    by_key_.BindInt(3, hash);
    listed = AddRows(by_key_, query, collector);
  }
  runs_.Reset();
  const Status ended = end_.Run();
  return listed ? ended : listed;
}

Status DayReader::ListPending(std::int64_t hash, const OrderQuery& query,
                              OrderCollector& collector) {
  std::vector<std::int64_t> ids;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, pending_.Step());
    if (!row) break;
    const std::string_view entries = pending_.ColumnBytes(0);
    for (std::size_t at = 0; at + kKeyBytes <= entries.size(); at += kKeyBytes) {
      if (LoadFixed<std::int64_t>(entries.data() + at) != hash) continue;
      const auto id = LoadFixed<std::int64_t>(entries.data() + at + sizeof(hash));
      if (id < BeforeOf(query)) ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end(), std::greater<>());
  for (const std::int64_t id : ids) {
    if (!collector.Wants(IdOf(id))) break;
    one_.BindInt(1, id);
    RETURN_IF_ERROR(AddRows(one_, query, collector));
  }
  return {};
}

Status DayReader::AddRows(SqliteStatement& rows, const OrderQuery& query,
                          OrderCollector& collector) {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return {};
    if (!collector.Wants(IdOf(rows.ColumnInt(0)))) break;
    Result<OrderSummary> order = RowOf(rows);
    if (!order) {
      rows.Reset();
      return Fail(order.error());
    }
    if (Matches(query, *order)) collector.Add(std::move(*order));
  }
  rows.Reset();
  return {};
}

Result<OrderSummary> DayReader::RowOf(const SqliteStatement& row) const {
  OrderSummary order;
  order.id = IdOf(row.ColumnInt(0));
  const std::int64_t state = row.ColumnInt(1);
  const std::int64_t port = row.ColumnInt(2);
  if (state < 0 || state > static_cast<std::int64_t>(OrderState::kRejected) || port < 0 ||
      port > static_cast<std::int64_t>(Port::kCancel)) {
    return Fail(Corrupt(fmt::format("{}: state {}, port {}", FormatId(order.id), state, port)));
  }
  order.state = static_cast<OrderState>(state);
  order.port = static_cast<Port>(port);
  order.run = static_cast<std::uint32_t>(row.ColumnInt(3));
  order.priority = row.ColumnInt(4);
  order.submitted_at = row.ColumnInt(5);
  order.started_at = row.ColumnInt(6);
  order.ended_at = row.ColumnInt(7);
  order.external_id = row.ColumnBytes(8);
  order.customer = row.ColumnBytes(9);
  ByteReader products(row.ColumnBytes(10));
  while (!products.empty()) order.products.emplace_back(products.Sized());
  if (!products.ok()) return Fail(Corrupt(FormatId(order.id) + ": products are cut off"));
  return order;
}

Error DayReader::Corrupt(const std::string& what) const {
  return Error{ErrorCode::kCorrupt, fmt::format("archive {}: {}", connection_->path(), what)};
}

}  // namespace cairn
