// The query parameters of the TMF641 lists, and what they mean for an order of which only the row
// of the node's own list is known so far.
//
// Pure functions and plain values; any thread.
#pragma once

#include "edges/http/order_query.h"
#include "edges/http/tmf641_fields.h"
#include "edges/http/tmf641_filter.h"
#include "model/order_view.h"

#include <optional>
#include <string>
#include <vector>

namespace cairn::http {

inline constexpr std::size_t kTmfScanMax = 50'000;  // orders that one list may look at
inline constexpr std::size_t kTmfDetailsMax =
    5'000;  // of them, whose details it may read to choose
inline constexpr std::size_t kTmfConditionsMax = 20;
inline constexpr std::size_t kTmfSortKeysMax = 5;
inline constexpr std::size_t kTmfFieldsMax = 100;

struct TmfSortKey {
  TmfAttribute attribute;
  bool descending = false;
};

struct TmfListQuery {
  TmfFieldNames fields;
  std::size_t offset = 0;
  std::size_t limit = kListLimitDefault;
  std::vector<TmfCondition> conditions;  // all of them hold
  std::vector<TmfSortKey> sort;          // none: the newest first
};

// fields, offset, limit, sort, and conditions on the attributes of `type`.
[[nodiscard]] OrRefusal<TmfListQuery> ParseTmfListQuery(const Target& target, const TmfType& type);

// fields of one resource.
[[nodiscard]] OrRefusal<TmfFieldNames> ParseTmfGetQuery(const Target& target);

// True for a resource that meets all conditions.
bool Meets(const TmfListQuery& query, const Json& resource);

// The values that one is sorted by, for each of the query's keys.
using TmfSortValues = std::vector<std::vector<std::string>>;
TmfSortValues SortValuesOf(const TmfListQuery& query, const Json& resource);
// True when what has the values `a` comes before what has `b`. What has no value comes last,
// whichever way.
bool SortsBefore(const TmfListQuery& query, const TmfSortValues& a, const TmfSortValues& b);

// What a row says of an attribute of the order; nothing: only the whole order tells.
std::optional<std::vector<std::string>> ValuesOfRow(const OrderSummary& row,
                                                    const TmfAttribute& attribute);

// What a row tells of the conditions. Unsure: only the whole order tells.
enum class RowVerdict { kNo, kUnsure, kYes };
RowVerdict JudgeRow(const TmfListQuery& query, const OrderSummary& row);

// A question to the node whose answer has all orders that meet the conditions, and others.
OrderQuery WiderQuery(const TmfListQuery& query);

}  // namespace cairn::http
