// Watching an order until nothing more happens by itself: a tree that is drawn again and again on a
// terminal, one line for each change elsewhere, nothing but the order itself at the end when JSON
// is wanted. The node may restart meanwhile.
//
// Blocks; one thread.
#pragma once

#include "edges/cli/command_context.h"

#include <cstdint>
#include <string>

namespace cairn::cli {

inline constexpr Nanos kPollTime = 30 * kSecond;          // one long poll
inline constexpr Nanos kPollGrace = 10 * kSecond;         // and the node may be slow
inline constexpr Nanos kPollPause = 100 * kMillisecond;   // between two polls, at least
inline constexpr Nanos kRedrawTime = 500 * kMillisecond;  // between two drawings without news
inline constexpr Nanos kReconnectTimeMax = 2 * kMinute;   // without an answer, in a row

// How the order should end: Completed, or (after a cancel or an abort) Cancelled or RolledBack.
enum class WatchGoal : std::uint8_t { kCompleted, kStopped };

// kOk when the order ends as it should; kOrderNotCompleted when it ends otherwise, is Held, or the
// deadline of the context passes first. Fails when the node does not know the order, or cannot be
// reached for kReconnectTimeMax.
[[nodiscard]] CliResult<ExitCode> WatchOrder(CommandContext& context, const std::string& id,
                                             WatchGoal goal = WatchGoal::kCompleted);

}  // namespace cairn::cli
