// Hands any bytes to what reads the output of a worker process: cut into lines as they come out of
// a pipe, and each line as an answer. However the bytes are cut into pieces, the lines are the
// same; an answer that is taken keeps its limits, and a line that is none has a reason to show.
#include "adapters/cartridge_exec/line_splitter.h"
#include "adapters/cartridge_exec/worker_protocol.h"
#include "base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using Lines = std::vector<std::pair<std::string, bool>>;

constexpr std::size_t kLineBytesMax = 512;  // short, so that overlong lines are met often

// The first byte of the input says in which pieces the rest comes.
Lines LinesOf(std::string_view bytes, std::size_t piece) {
  Lines lines;
  cairn::LineSplitter splitter(kLineBytesMax);
  while (!bytes.empty()) {
    splitter.Feed(bytes.substr(0, piece), [&lines](std::string_view line, bool overlong) {
      CHECK(line.size() <= kLineBytesMax && line.find('\n') == std::string_view::npos);
      lines.emplace_back(line, overlong);
      return true;
    });
    CHECK(splitter.begun().size() <= kLineBytesMax);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return lines;
}

void CheckAnswer(std::string_view line) {
  const auto answer = cairn::ParseAnswerLine(line);
  if (!answer) {
    CHECK(!answer.error().why.empty() && cairn::IsCleanUtf8(answer.error().why));
    return;
  }
  CHECK(answer->outcome == cairn::Outcome::kOk || answer->outcome == cairn::Outcome::kFunctional ||
        answer->outcome == cairn::Outcome::kTechnical);
  CHECK(answer->output.encoded().size() <= cairn::kOutputBytesMax);
  CHECK(cairn::IsCleanUtf8(answer->detail));
  // What a worker answered can be the input of the next work order.
  cairn::CartridgeCall call;
  call.operation = answer->detail;
  call.input = answer->output;
  std::string request;
  cairn::AppendRequestLine(request, answer->id, call);
  CHECK(request.find('\n') == request.size() - 1);
  const auto read = cairn::ParseJson(request);
  CHECK(read.has_value());
  CHECK(read->Find("operation")->text() == answer->detail);
  CHECK(read->Find("input")->members().size() == answer->output.count());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{1} + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const Lines lines = LinesOf(bytes, bytes.size() + 1);
  CHECK(lines == LinesOf(bytes, piece));
  for (const auto& [line, overlong] : lines) {
    if (!overlong) CheckAnswer(line);
  }
  CheckAnswer(bytes);
  return 0;
}
