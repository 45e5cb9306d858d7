// The option that makes submissions repeatable.
//
// A plain function; one thread.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace cairn::cli {

// Adds --idempotency-key; `key` stays empty without it.
void AddSubmissionKeyOption(CLI::App& command, std::string& key);

}  // namespace cairn::cli
