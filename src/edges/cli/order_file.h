// Reading an order from a file or from standard input, and telling which of the two kinds it is.
//
// Blocks on the file; any thread.
#pragma once

#include "base/json.h"
#include "edges/cli/failure.h"

#include <istream>
#include <string>

namespace cairn::cli {

struct OrderFile {
  std::string text;  // as it was read: sent so
  Json json;         // an object
  bool is_tmf641 = false;
};

// `name` is a path, or "-" for `standard_input`. kUsage, naming the file and what is wrong, when it
// cannot be read, is larger than kOrderBodyBytesMax or is no JSON object.
[[nodiscard]] CliResult<OrderFile> ReadOrderFile(const std::string& name,
                                                 std::istream& standard_input);

}  // namespace cairn::cli
