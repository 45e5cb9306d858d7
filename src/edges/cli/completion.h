// Completion scripts for shells, made from the commands themselves.
//
// Pure functions; any thread.
#pragma once

#include "edges/cli/command_tree.h"

#include <string>

namespace cairn::cli {

// To be read by bash: `source <(cairn completion bash)`.
std::string BashCompletion(const Command& program);

// To be read by zsh, or to stand in its fpath as _cairn.
std::string ZshCompletion(const Command& program);

}  // namespace cairn::cli
