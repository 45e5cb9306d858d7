// How a command of `cairn` ends when it does not end well: the exit code that scripts see and the
// text that people read. The text says what happened and what to do next.
//
// Plain values; any thread.
#pragma once

#include <tl/expected.hpp>

#include <array>
#include <string>
#include <string_view>
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

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view text;
};

// For help and manual.
inline constexpr std::array kExitCodeMeanings = {
    ExitCodeMeaning{ExitCode::kOk, "Done."},
    ExitCodeMeaning{ExitCode::kOrderNotCompleted,
                    "The order that was waited for did not end as it should."},
    ExitCodeMeaning{ExitCode::kUsage, "Wrong usage, or a local file that cannot be used."},
    ExitCodeMeaning{ExitCode::kRefused, "The server refused."},
    ExitCodeMeaning{ExitCode::kUnreachable, "The server cannot be reached, or failed."},
    ExitCodeMeaning{ExitCode::kInterrupted, "Ctrl-C. An order that was watched goes on."}};

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
