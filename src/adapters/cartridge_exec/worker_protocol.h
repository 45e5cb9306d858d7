// The lines between a node and a worker process: one JSON object each.
//
//   to the worker:  {"id":"12","operation":"send","idempotencyKey":"...","attempt":1,"run":1,
//                    "input":{...}}
//   from it:        {"id":"12","outcome":"ok","output":{...},"detail":"..."}
//
// `output` and `detail` may be left out. Members that are not named here are ignored.
//
// Pure functions; any thread.
#pragma once

#include "base/result.h"
#include "model/limits.h"
#include "ports/cartridge.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cairn {

// Room for an output, and for the rest of the line.
inline constexpr std::size_t kWorkerLineBytesMax = kOutputBytesMax + (16U << 10U);

struct WorkerAnswer {
  std::uint64_t id = 0;
  Outcome outcome = Outcome::kOk;
  Fields output;
  std::string detail;
};

// Why a line is no answer. With an id where the line had one: the call is then lost.
struct BadLine {
  std::string why;
  std::optional<std::uint64_t> id;
};

// Appends the request and the end of its line.
void AppendRequestLine(std::string& out, std::uint64_t id, const CartridgeCall& call);

// `line` is without its end. An ok whose output is larger than kOutputBytesMax comes without it,
// and its detail says so.
[[nodiscard]] tl::expected<WorkerAnswer, BadLine> ParseAnswerLine(std::string_view line);

}  // namespace cairn
