// Lists of the API: reading one page, or all pages joined into one list; the options and the
// printing that all commands for lists share.
//
// Blocks on the node; one thread.
#pragma once

#include "base/json.h"
#include "edges/cli/command_context.h"
#include "edges/cli/node_client.h"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <functional>
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

// --limit and --all, which all commands that list have.
void AddPageOptions(CLI::App& command, std::size_t& limit, bool& all);

// Prints a list as JSON or as the table that `rows` makes of it; notes `nothing` when it is empty,
// and that there is more when it has a next page.
CliResult<ExitCode> PrintList(const CommandContext& context, const Json& list,
                              const std::string& nothing, const std::function<Table()>& rows);

}  // namespace cairn::cli
