// Comparing numbers as JSON writes them, digit by digit: no rounding, however long they are.
//
// Pure functions; any thread.
#pragma once

#include "base/json.h"

#include <string_view>

namespace cairn {

// Less than 0, 0, more than 0. REQUIRES: both are numbers by the JSON grammar. Takes time in
// proportion to their texts. Exponents past what 62 bits hold count as that.
int CompareDecimals(std::string_view a, std::string_view b);

// The same value: 1, 1.0 and 10e-1 are one number, and the order of an object's members means
// nothing.
bool IsSameValue(const Json& a, const Json& b);

}  // namespace cairn
