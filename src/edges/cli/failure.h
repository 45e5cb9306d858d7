// How a command of `cairn` ends when it does not end well: the exit code that scripts see and the
// text that people read. The text says what happened and what to do next.
//
// Plain values; any thread.
#pragma once

#include <tl/expected.hpp>

#include <string>
#include <utility>

namespace cairn::cli {

// The numbers are part of the interface: they never change.
enum class ExitCode : int {
  kOk = 0,
  kOrderNotCompleted = 1,  // waited for, and it ended otherwise or not in time
  kUsage = 2,              // a wrong option, or a local file that cannot be used
  kRefused = 3,            // the server answered 4xx
  kUnreachable = 4,        // no answer, or 5xx
  kInterrupted = 130,      // Ctrl-C, as shells have it
};

struct Failure {
  ExitCode code = ExitCode::kUsage;
  std::string text;  // one or more lines, without a newline at the end
};

template <typename T>
using CliResult = tl::expected<T, Failure>;

inline tl::unexpected<Failure> FailWith(ExitCode code, std::string text) {
  return tl::unexpected<Failure>(Failure{code, std::move(text)});
}

}  // namespace cairn::cli
