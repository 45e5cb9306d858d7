// A node's catalog in one line: the body.
#include "edges/cli/catalog_line.h"

#include "edges/cli/json_text.h"
#include "edges/cli/text_layout.h"

namespace cairn::cli {

void PrintCatalog(const CommandContext& context, const Json& catalog) {
  if (context.wants_json()) {
    context.Print(catalog);
    return;
  }
  std::string line = CleanForTerminal(TextAt(catalog, "version"));
  const std::string since = CleanForTerminal(TimeTextAt(catalog, "since"));
  if (!since.empty()) {
    line += "  since " + since;
  }
  if (TextAt(catalog, "changed") == "false") {
    line += "  unchanged";
  }
  context.PrintLine(line);
}

}  // namespace cairn::cli
