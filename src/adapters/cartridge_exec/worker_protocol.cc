#include "adapters/cartridge_exec/worker_protocol.h"

#include "base/json.h"

#include <fmt/format.h>

#include <charconv>
#include <iterator>
#include <utility>

namespace cairn {
namespace {

std::optional<std::uint64_t> ParseId(const Json* id) {
  if (id == nullptr || !id->is_string()) {
    return std::nullopt;
  }
  const std::string& text = id->text();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::optional<Outcome> ParseWorkerOutcome(const Json* outcome) {
  if (outcome == nullptr || !outcome->is_string()) {
    return std::nullopt;
  }
  const std::optional<Outcome> parsed = ParseOutcome(outcome->text());
  if (parsed == Outcome::kDelayed) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace

void AppendRequestLine(std::string& out, std::uint64_t id, const CartridgeCall& call) {
  fmt::format_to(std::back_inserter(out), R"({{"id":"{}","operation":)", id);
  AppendJsonString(out, call.operation);
  out += R"(,"idempotencyKey":)";
  AppendJsonString(out, call.idempotency_key);
  fmt::format_to(std::back_inserter(out), R"(,"attempt":{},"run":{},"input":)", call.ticket.attempt,
                 call.ticket.run);
  call.input.AppendJsonObject(out);
  out += "}\n";
}

tl::expected<WorkerAnswer, BadLine> ParseAnswerLine(std::string_view line) {
  const auto bad = [](std::string why, std::optional<std::uint64_t> id = std::nullopt) {
    return tl::unexpected<BadLine>(BadLine{std::move(why), id});
  };
  const Result<Json> json = ParseJson(line);
  if (!json) {
    return bad(json.error().message);
  }
  if (!json->is_object()) {
    return bad("no JSON object");
  }
  WorkerAnswer answer;
  const std::optional<std::uint64_t> id = ParseId(json->Find("id"));
  if (!id) {
    return bad("'id' must be the id of a request");
  }
  answer.id = *id;
  const std::optional<Outcome> outcome = ParseWorkerOutcome(json->Find("outcome"));
  if (!outcome) {
    return bad("'outcome' must be ok, functional or technical", id);
  }
  answer.outcome = *outcome;
  if (const Json* detail = json->Find("detail"); detail != nullptr && !detail->is_null()) {
    if (!detail->is_string()) {
      return bad("'detail' must be a string", id);
    }
    answer.detail = detail->text();
  }
  if (const Json* output = json->Find("output"); output != nullptr && !output->is_null()) {
    if (!output->is_object()) {
      return bad("'output' must be an object", id);
    }
    answer.output = Fields::FromJson(*output).value_or(Fields());
  }
  if (answer.output.encoded().size() > kOutputBytesMax) {
    answer.output = {};
    answer.detail = fmt::format("no output: it is larger than {} bytes", kOutputBytesMax);
  }
  return answer;
}

}  // namespace cairn
