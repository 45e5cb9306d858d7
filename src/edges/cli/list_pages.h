// Reading a list of the API: one page, or all of its pages joined into one list.
//
// Blocks on the node; one thread.
#pragma once

#include "base/json.h"
#include "edges/cli/node_client.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cairn::cli {

inline constexpr std::size_t kListItemsMax = 100'000;  // of all pages together

struct ListRequest {
  std::string path;                                        // without a query
  std::vector<std::pair<std::string, std::string>> query;  // names and values, not escaped
  std::size_t limit = 0;                                   // items; 0: as many as the node gives
  bool all = false;                                        // follow the cursor to the end
};

// {"items": [...], "next": "..."}: the node's own answer when one page is asked for. kUsage past
// kListItemsMax.
[[nodiscard]] CliResult<Json> FetchList(NodeClient& node, const ListRequest& request);

}  // namespace cairn::cli
