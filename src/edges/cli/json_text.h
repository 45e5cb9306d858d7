// JSON of the server as the command line reads and shows it: fields by name with a default when
// they are absent or of another type, and pretty printing.
//
// Pure functions; any thread.
#pragma once

#include "base/json.h"
#include "base/time.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::cli {

// The text of a string or number; "true" or "false"; empty when absent, null or a container. The
// view lives as long as `object`.
std::string_view TextAt(const Json& object, std::string_view key);
// The same, fit for a terminal.
std::string CleanTextAt(const Json& object, std::string_view key);

// The elements of an array; an empty list when there is none. Lives as long as `object`.
const std::vector<Json>& ListAt(const Json& object, std::string_view key);

// The moment in an RFC 3339 text; 0 when absent or no time.
Nanos MomentAt(const Json& object, std::string_view key);

// The same for people: to the millisecond. What is no time comes back as it is.
std::string TimeTextAt(const Json& object, std::string_view key);

// Two spaces a level, one member or element a line, no newline at the end. Numbers keep their text.
std::string PrettyJson(const Json& value);

}  // namespace cairn::cli
