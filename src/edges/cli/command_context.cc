// What a command of `cairn` works with: the printing.
#include "edges/cli/command_context.h"

#include "edges/cli/json_text.h"

namespace cairn::cli {

void CommandContext::Print(const Json& json) const { PrintLine(PrettyJson(json)); }

void CommandContext::Print(const Table& table) const {
  around.out.out() << table.Render(around.out.size().columns, around.out.color()) << std::flush;
}

void CommandContext::PrintLine(const std::string& line) const {
  around.out.out() << line << "\n" << std::flush;
}

}  // namespace cairn::cli
