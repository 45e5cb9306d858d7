// The file with the keys of those who may use a node: YAML, read whole, checked whole.
//
//   keys:
//     - {name: crm, role: submitter, sha256: 9f86d081884c7d65...}
//     - {name: ops, role: operator, key: the text itself}
//
// Functions without shared state; any thread.
#pragma once

#include "edges/http/access.h"

#include <tl/expected.hpp>

#include <string>
#include <vector>

namespace cairn {

inline constexpr std::size_t kApiKeysFileBytesMax = 1U << 20U;

// The keys, or all that is wrong, a line each with file and line. It is wrong, too, that others
// than its owner can read the file.
tl::expected<std::vector<http::ApiKey>, std::string> ReadApiKeys(const std::string& path);

}  // namespace cairn
