#include "edges/http/tmf641_query.h"

#include "edges/http/tmf641_render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kTmf;
constexpr std::array<OrderState, 11> kNativeStates = {
    OrderState::kNew,       OrderState::kRunning,     OrderState::kWaiting,   OrderState::kHeld,
    OrderState::kSuspended, OrderState::kRollingBack, OrderState::kCompleted, OrderState::kFailed,
    OrderState::kCancelled, OrderState::kRolledBack,  OrderState::kRejected};

HttpResponse Refused(const FieldError& error) {
  return ParameterError(kStyle, error.field, error.rule, error.detail);
}

// The entries of a list with commas, without empty ones.
std::vector<std::string> Entries(std::string_view text) {
  std::vector<std::string> entries;
  while (!text.empty()) {
    const std::string_view entry = text.substr(0, text.find(','));
    if (!entry.empty()) entries.emplace_back(entry);
    text.remove_prefix(std::min(text.size(), entry.size() + 1));
  }
  return entries;
}

std::optional<FieldError> ReadNumber(const std::string& name, const std::string& text,
                                     std::size_t min, std::size_t max, std::size_t& out) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error == std::errc{} && stop == end && out >= min && out <= max) return std::nullopt;
  return FieldError{name, "out-of-range", fmt::format("must be from {} to {}", min, max)};
}

std::optional<FieldError> TooMany(const std::string& name, std::size_t count, std::size_t max) {
  if (count <= max) return std::nullopt;
  return FieldError{name, "too-many", fmt::format("at most {} are allowed", max)};
}

std::optional<FieldError> ReadSort(const TmfType& type, const std::string& text,
                                   std::vector<TmfSortKey>& out) {
  const std::vector<std::string> names = Entries(text);
  for (std::string_view name : names) {
    TmfSortKey key;
    key.descending = name.starts_with('-');
    if (name.starts_with('-') || name.starts_with('+')) name.remove_prefix(1);
    auto attribute = TmfAttribute::Find(type, name);
    if (!attribute || attribute->member().kind == TmfKind::kObject) {
      return FieldError{"sort", "unknown-attribute",
                        fmt::format("'{}' is not an attribute to sort by", name)};
    }
    key.attribute = std::move(*attribute);
    out.push_back(std::move(key));
  }
  return TooMany("sort", names.size(), kTmfSortKeysMax);
}

std::optional<FieldError> ReadParameter(const TmfType& type, const std::string& name,
                                        const std::string& value, TmfListQuery& query) {
  if (name == "offset") return ReadNumber(name, value, 0, kTmfScanMax, query.offset);
  if (name == "limit") return ReadNumber(name, value, 1, kListLimitMax, query.limit);
  if (name == "sort") return ReadSort(type, value, query.sort);
  if (name == "fields") {
    query.fields = Entries(value);
    return TooMany(name, query.fields->size(), kTmfFieldsMax);
  }
  auto condition = TmfCondition::Parse(type, name, value);
  if (!condition) return std::move(condition.error());
  query.conditions.push_back(std::move(*condition));
  return TooMany(name, query.conditions.size(), kTmfConditionsMax);
}

std::vector<std::string> TimeValue(Nanos moment) {
  if (moment == 0) return {};
  return {FormatTime(moment)};
}

// The verdict on one condition where the row leaves several values possible.
RowVerdict JudgeAny(const TmfCondition& condition, const std::vector<std::string_view>& possible) {
  std::size_t holds = 0;
  for (const std::string_view word : possible) {
    if (condition.Holds({std::string(word)})) ++holds;
  }
  if (holds == 0) return RowVerdict::kNo;
  return holds == possible.size() ? RowVerdict::kYes : RowVerdict::kUnsure;
}

RowVerdict JudgeRow(const TmfCondition& condition, const OrderSummary& row) {
  if (condition.attribute().name() == "state") {
    return JudgeAny(condition, PossibleTmfStates(row.state));
  }
  const auto values = ValuesOfRow(row, condition.attribute());
  if (!values) return RowVerdict::kUnsure;
  return condition.Holds(*values) ? RowVerdict::kYes : RowVerdict::kNo;
}

void Narrow(const TmfCondition& condition, OrderQuery& query) {
  using Operator = TmfCondition::Operator;
  const std::string& name = condition.attribute().name();
  if (name == "state") {
    std::vector<OrderState> states;
    for (const OrderState state : kNativeStates) {
      if (JudgeAny(condition, PossibleTmfStates(state)) != RowVerdict::kNo) states.push_back(state);
    }
    if (states.size() == 1) query.state = states.front();
    return;
  }
  if (condition.alternatives().size() != 1) return;
  const std::string& value = condition.alternatives().front();
  if (name == "externalId" && condition.op() == Operator::kEq && !value.empty()) {
    query.external_id = value;
  }
  const Result<Nanos> moment = name == "orderDate" ? ParseTime(value) : Result<Nanos>(0);
  if (name != "orderDate" || !moment) return;
  const bool from = condition.op() == Operator::kGt || condition.op() == Operator::kGte;
  const bool to = condition.op() == Operator::kLt || condition.op() == Operator::kLte;
  const bool both = condition.op() == Operator::kEq;
  if (from || both) query.submitted_from = std::max(query.submitted_from, *moment);
  if (to || both) query.submitted_to = std::min(query.submitted_to, *moment);
}

}  // namespace

OrRefusal<TmfListQuery> ParseTmfListQuery(const Target& target, const TmfType& type) {
  TmfListQuery query;
  for (auto it = target.query.begin(); it != target.query.end(); ++it) {
    const auto& [name, value] = *it;
    if (std::any_of(target.query.begin(), it,
                    [&](const auto& earlier) { return earlier.first == name; })) {
      return tl::unexpected(Refused({name, "repeated-parameter", "stands more than once"}));
    }
    if (const auto error = ReadParameter(type, name, value, query)) {
      return tl::unexpected(Refused(*error));
    }
  }
  return query;
}

OrRefusal<TmfFieldNames> ParseTmfGetQuery(const Target& target) {
  static const TmfType kNoAttributes{};
  for (const auto& [name, value] : target.query) {
    if (name == "fields") continue;
    return tl::unexpected(
        Refused({name, "unknown-parameter", "is not a parameter of this endpoint"}));
  }
  auto query = ParseTmfListQuery(target, kNoAttributes);
  if (!query) return tl::unexpected(std::move(query.error()));
  return std::move(query->fields);
}

bool Meets(const TmfListQuery& query, const Json& resource) {
  return std::all_of(query.conditions.begin(), query.conditions.end(),
                     [&resource](const TmfCondition& condition) {
                       return condition.Holds(condition.attribute().ValuesIn(resource));
                     });
}

TmfSortValues SortValuesOf(const TmfListQuery& query, const Json& resource) {
  TmfSortValues values;
  for (const TmfSortKey& key : query.sort) values.push_back(key.attribute.ValuesIn(resource));
  return values;
}

bool SortsBefore(const TmfListQuery& query, const TmfSortValues& a, const TmfSortValues& b) {
  for (std::size_t i = 0; i < query.sort.size(); ++i) {
    if (a[i].empty() || b[i].empty()) {
      if (a[i].empty() != b[i].empty()) return b[i].empty();
      continue;
    }
    const TmfSortKey& key = query.sort[i];
    const int order = CompareTmfValues(key.attribute.member(), a[i].front(), b[i].front());
    if (order != 0) return key.descending ? order > 0 : order < 0;
  }
  return false;
}

std::optional<std::vector<std::string>> ValuesOfRow(const OrderSummary& row,
                                                    const TmfAttribute& attribute) {
  const std::string& name = attribute.name();
  const auto states = PossibleTmfStates(row.state);
  const bool cancelled = states.front() == "cancelled";
  if (name == "id") return std::vector<std::string>{FormatId(row.id)};
  if (name == "state" && states.size() == 1) {
    return std::vector<std::string>{std::string(states.front())};
  }
  if (name == "orderDate") return TimeValue(row.submitted_at);
  if (name == "startDate") return TimeValue(row.started_at);
  if (name == "completionDate") return TimeValue(cancelled ? 0 : row.ended_at);
  if (name == "externalId") {
    return row.external_id.empty() ? std::vector<std::string>()
                                   : std::vector<std::string>{row.external_id};
  }
  return std::nullopt;
}

RowVerdict JudgeRow(const TmfListQuery& query, const OrderSummary& row) {
  RowVerdict verdict = RowVerdict::kYes;
  for (const TmfCondition& condition : query.conditions) {
    verdict = std::min(verdict, JudgeRow(condition, row));
  }
  return verdict;
}

OrderQuery WiderQuery(const TmfListQuery& query) {
  OrderQuery wider;
  wider.limit = kListLimitMax;
  for (const TmfCondition& condition : query.conditions) Narrow(condition, wider);
  return wider;
}

}  // namespace cairn::http
