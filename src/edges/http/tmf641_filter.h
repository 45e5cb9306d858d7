// Conditions on the attributes of a TMF641 resource, as a list's query parameters put them:
// "state=held,partial", "orderDate.gte=2026-01-31T00:00:00Z", "note.text.regex=^urgent".
//
// Pure functions and plain values; any thread.
#pragma once

#include "base/json.h"
#include "edges/http/tmf641_schema.h"
#include "model/order_request.h"

#include <re2/re2.h>
#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

inline constexpr std::size_t kTmfPatternBytesMax = 1'024;
inline constexpr std::int64_t kTmfPatternMemoryMax = std::int64_t{1}
                                                     << 20U;  // bytes, once compiled

// An attribute by its path: "serviceOrderItem.service.state". Lists on the way stand for all of
// their entries, so one attribute may have many values.
class TmfAttribute {
 public:
  // Nothing: the type has no such attribute.
  static std::optional<TmfAttribute> Find(const TmfType& type, std::string_view dotted);

  const std::string& name() const { return name_; }
  const TmfMember& member() const { return *member_; }  // the last one that the tables know
  // All that `resource` has there, as text; an object as JSON.
  std::vector<std::string> ValuesIn(const Json& resource) const;

 private:
  std::string name_;
  std::vector<std::string> path_;
  const TmfMember* member_ = nullptr;
};

// Below 0, 0 or above 0 as `a` stands before, with or behind `b`: as times, as numbers where both
// are numbers, else byte by byte.
int CompareTmfValues(const TmfMember& member, const std::string& a, const std::string& b);

class TmfCondition {
 public:
  enum class Operator : std::uint8_t { kEq, kNe, kGt, kGte, kLt, kLte, kRegex };

  // Of a parameter: its name, which may end in an operator (".gte"), and its value, in which commas
  // part alternatives (not of a pattern). The error names the parameter.
  static tl::expected<TmfCondition, FieldError> Parse(const TmfType& type, std::string_view name,
                                                      std::string_view value);

  const TmfAttribute& attribute() const { return attribute_; }
  Operator op() const { return op_; }
  const std::vector<std::string>& alternatives() const { return alternatives_; }

  // True when one of the values meets one alternative; `ne`: when none is equal to any.
  bool Holds(const std::vector<std::string>& values) const;

 private:
  bool Meets(const std::string& value, const std::string& alternative) const;
  std::optional<FieldError> Check(std::string_view name) const;

  TmfAttribute attribute_;
  Operator op_ = Operator::kEq;
  std::vector<std::string> alternatives_;
  std::shared_ptr<const RE2> pattern_;
};

}  // namespace cairn::http
