// Where cairnd's log goes: to standard error, a line each, as text or as JSON.
//
// Once, before any other thread runs.
#pragma once

#include "apps/cairnd/config.h"

#include <string>

namespace cairn {

// Makes it the process's default log.
void SetUpLog(LogFormat format, spdlog::level::level_enum level);

// The pattern's part that writes a message as a JSON string, what is no UTF-8 replaced. For tests.
std::string LogMessageAsJson(std::string_view message);

}  // namespace cairn
