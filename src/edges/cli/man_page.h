// The manual page cairn(1), made from the commands themselves.
//
// A pure function; any thread.
#pragma once

#include "edges/cli/command_tree.h"

#include <string>

namespace cairn::cli {

// In the language of man(7).
std::string ManPage(const Command& program, const std::string& version);

}  // namespace cairn::cli
