// The table of cairnd's options: under which names each is given, and how its text becomes a value.
//
// Constants and pure functions; any thread.
#pragma once

#include "apps/cairnd/config.h"
#include "base/result.h"

#include <span>
#include <string>

namespace cairn {

inline constexpr int kExitUsage = 2;

struct ConfigOption {
  const char* flag;         // "--data-dir"
  const char* key;          // in the configuration file: "dataDir"
  const char* variable;     // in the environment: "CAIRN_DATA_DIR"
  const char* placeholder;  // "DIR"; null: a switch
  const char* help;
  // kInvalidArgument: a sentence that has the value and the rule, but not the option's name.
  Status (*set)(Config& config, const std::string& text);
};

std::span<const ConfigOption> ConfigOptions();

}  // namespace cairn
