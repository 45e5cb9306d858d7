// What people are shown as the name of a step.
#pragma once

#include "base/json.h"

#include <string>

namespace cairn::cli {

// "hlr.create", "hlr.remove, undoes create"; of a step that is sent to nobody what it is: "choice
// which", or "choice:6" where it has no name of its own. Safe for a terminal.
std::string StepName(const Json& work_order);

}  // namespace cairn::cli
