// What is asked of a script's text before Lua compiles it.
//
// Pure functions; any thread.
#pragma once

#include <optional>
#include <string_view>

namespace cairn::script_lua {

// The line, from 1, of the first operator `^` outside of strings and comments. Powers are the one
// operator of Lua whose result depends on the machine's library.
std::optional<int> FindPowerOperator(std::string_view source);

}  // namespace cairn::script_lua
