#include "edges/http/tmf641_filter.h"

#include "base/time.h"
#include "edges/http/tmf641_conform.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace cairn::http {
namespace {

using Operator = TmfCondition::Operator;

constexpr std::array<std::pair<std::string_view, Operator>, 7> kOperators = {
    {{".eq", Operator::kEq},
     {".ne", Operator::kNe},
     {".gt", Operator::kGt},
     {".gte", Operator::kGte},
     {".lt", Operator::kLt},
     {".lte", Operator::kLte},
     {".regex", Operator::kRegex}}};

std::optional<double> NumberOf(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
  return number;
}

template <typename T>
int Compare(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

void Collect(const Json& value, std::span<const std::string> path, std::vector<std::string>& out) {
  if (value.is_array()) {
    for (const Json& entry : value.items()) Collect(entry, path, out);
    return;
  }
  if (!path.empty()) {
    const Json* member = value.Find(path.front());
    if (member != nullptr) Collect(*member, path.subspan(1), out);
    return;
  }
  if (value.is_null()) return;
  out.push_back(value.is_string() || value.is_number() ? value.text() : value.Serialize());
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<TmfAttribute> TmfAttribute::Find(const TmfType& type, std::string_view dotted) {
  TmfAttribute attribute;
  attribute.name_ = dotted;
  attribute.path_ = Split(dotted, '.');
  const TmfType* within = &type;
  for (const std::string& step : attribute.path_) {
    // Below a value that may be anything every name may be there.
    if (attribute.member_ != nullptr && attribute.member_->kind == TmfKind::kAny) break;
    attribute.member_ = within == nullptr ? nullptr : within->Find(step);
    if (attribute.member_ == nullptr) return std::nullopt;
    within = attribute.member_->type;
  }
  return attribute;
}

std::vector<std::string> TmfAttribute::ValuesIn(const Json& resource) const {
  std::vector<std::string> values;
  Collect(resource, path_, values);
  return values;
}

int CompareTmfValues(const TmfMember& member, const std::string& a, const std::string& b) {
  if (member.kind == TmfKind::kTime) {
    const Result<Nanos> first = ParseTime(a);
    const Result<Nanos> second = ParseTime(b);
    if (first && second) return Compare(*first, *second);
    return Compare(a, b);  // far away years: both in UTC as a rule
  }
  const auto first = NumberOf(a);
  const auto second = NumberOf(b);
  return first && second ? Compare(*first, *second) : Compare(a, b);
}

tl::expected<TmfCondition, FieldError> TmfCondition::Parse(const TmfType& type,
                                                           std::string_view name,
                                                           std::string_view value) {
  TmfCondition condition;
  std::string_view dotted = name;
  for (const auto& [suffix, op] : kOperators) {
    if (!name.ends_with(suffix)) continue;
    condition.op_ = op;
    dotted.remove_suffix(suffix.size());
    break;
  }
  auto attribute = TmfAttribute::Find(type, dotted);
  if (!attribute) {
    return tl::unexpected(FieldError{std::string(name), "unknown-parameter",
                                     "is neither a parameter nor an attribute of what is listed"});
  }
  condition.attribute_ = std::move(*attribute);
  if (condition.op_ == Operator::kRegex) {
    condition.alternatives_.emplace_back(value);
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kTmfPatternMemoryMax);
    if (value.size() <= kTmfPatternBytesMax) {
      condition.pattern_ = std::make_shared<const RE2>(std::string(value), options);
    }
  } else {
    condition.alternatives_ = Split(value, ',');
  }
  if (auto error = condition.Check(name)) return tl::unexpected(std::move(*error));
  return condition;
}

std::optional<FieldError> TmfCondition::Check(std::string_view name) const {
  const auto refuse = [name](std::string_view rule, std::string detail) {
    return FieldError{std::string(name), std::string(rule), std::move(detail)};
  };
  if (op_ == Operator::kRegex) {
    if (pattern_ == nullptr) {
      return refuse("too-long", fmt::format("at most {} bytes are allowed", kTmfPatternBytesMax));
    }
    if (!pattern_->ok()) return refuse("bad-pattern", pattern_->error());
    return std::nullopt;
  }
  const TmfMember& member = attribute_.member();
  for (const std::string& each : alternatives_) {
    if (member.kind == TmfKind::kTime && !StrictTime(each)) {
      return refuse("bad-time", "must be an RFC 3339 time such as 2026-01-31T23:59:59Z");
    }
    if (member.kind == TmfKind::kBool && each != "true" && each != "false") {
      return refuse("wrong-type", "must be true or false");
    }
    if (member.kind == TmfKind::kInteger && !NumberOf(each)) {
      return refuse("wrong-type", "must be a number");
    }
    if (member.kind != TmfKind::kWord) continue;
    const auto& words = member.words->words;
    if (std::find(words.begin(), words.end(), each) == words.end()) {
      return refuse(member.words->rule, fmt::format("must be one of {}", fmt::join(words, ", ")));
    }
  }
  return std::nullopt;
}

bool TmfCondition::Meets(const std::string& value, const std::string& alternative) const {
  const TmfMember& member = attribute_.member();
  switch (op_) {
    case Operator::kEq:
    case Operator::kNe:
      // Texts that look like numbers are names: "007" is not "7".
      if (member.kind == TmfKind::kText) return value == alternative;
      return CompareTmfValues(member, value, alternative) == 0;
    case Operator::kGt: return CompareTmfValues(member, value, alternative) > 0;
    case Operator::kGte: return CompareTmfValues(member, value, alternative) >= 0;
    case Operator::kLt: return CompareTmfValues(member, value, alternative) < 0;
    case Operator::kLte: return CompareTmfValues(member, value, alternative) <= 0;
    case Operator::kRegex: return RE2::PartialMatch(value, *pattern_);
  }
  return false;
}

bool TmfCondition::Holds(const std::vector<std::string>& values) const {
  const bool any = std::any_of(values.begin(), values.end(), [this](const std::string& value) {
    return std::any_of(alternatives_.begin(), alternatives_.end(),
                       [&](const std::string& each) { return Meets(value, each); });
  });
  return any != (op_ == Operator::kNe);
}

}  // namespace cairn::http
