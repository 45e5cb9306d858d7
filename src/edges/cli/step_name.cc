#include "edges/cli/step_name.h"

#include "edges/cli/json_text.h"

#include <fmt/format.h>

namespace cairn::cli {

std::string StepName(const Json& work_order) {
  const std::string cartridge = CleanTextAt(work_order, "cartridge");
  const std::string compensates = CleanTextAt(work_order, "compensates");
  if (!cartridge.empty()) {
    return fmt::format("{}.{}{}{}", cartridge, CleanTextAt(work_order, "operation"),
                       compensates.empty() ? "" : ", undoes ", compensates);
  }
  const std::string kind = CleanTextAt(work_order, "kind");
  const std::string step = CleanTextAt(work_order, "step");
  return step.starts_with(kind + ":") ? step : fmt::format("{} {}", kind, step);
}

}  // namespace cairn::cli
