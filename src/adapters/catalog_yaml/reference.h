// The small language in which a work order's input says where a field comes from: "$name",
// "$step.field", "${any name}", "$$text".
//
// Pure functions; any thread.
#pragma once

#include "base/result.h"

#include <string>
#include <string_view>
#include <variant>

namespace cairn {

struct ParameterReference {
  std::string name;
  friend bool operator==(const ParameterReference&, const ParameterReference&) = default;
};
struct OutputReference {
  std::string step;
  std::string field;
  friend bool operator==(const OutputReference&, const OutputReference&) = default;
};
// A std::string is the text itself.
using Reference = std::variant<std::string, ParameterReference, OutputReference>;

// kInvalidArgument says what is wrong with a text that begins with '$' and is no reference.
[[nodiscard]] Result<Reference> ParseReference(std::string_view text);

}  // namespace cairn
