// Answering for a target: the body.
#include "edges/cli/answer_work.h"

#include "edges/cli/order_file.h"

#include <fmt/format.h>

#include <utility>

namespace cairn::cli {
namespace {

CliResult<Json> ReadResult(CommandContext& context, const std::string& result) {
  if (result.starts_with('@')) {
    auto file = ReadOrderFile(result.substr(1), *context.around.in);
    if (!file) {
      return tl::unexpected<Failure>(file.error());
    }
    return std::move(file->json);
  }
  auto parsed = ParseJson(result);
  if (!parsed) {
    return FailWith(ExitCode::kUsage, "--result: " + parsed.error().message);
  }
  if (!parsed->is_object()) {
    return FailWith(ExitCode::kUsage,
                    "--result: must be a JSON object, such as '{\"imsi\": \"234150999999999\"}'");
  }
  return std::move(*parsed);
}

void AddDetail(CLI::App& command, WorkAnswer& answer) {
  command.add_option("--detail", answer.detail, "What there is to say; goes into the history");
}

}  // namespace

void AddCompleteOptions(CLI::App& command, WorkAnswer& answer) {
  command.add_option("--result", answer.result,
                     "What later steps may use: a JSON object, or @FILE with one (@- reads "
                     "standard input)");
  AddDetail(command, answer);
}

void AddFailOptions(CLI::App& command, WorkAnswer& answer) {
  answer.outcome = "functional";
  command.add_flag_callback(
      "--technical", [&answer] { answer.outcome = "technical"; },
      "Trying again can help; without this it cannot (a functional error)");
  AddDetail(command, answer);
}

CliResult<ExitCode> SendAnswer(CommandContext& context, const std::string& path,
                               const WorkAnswer& answer) {
  if (!IsCleanUtf8(answer.detail)) {
    return FailWith(ExitCode::kUsage, "--detail is not UTF-8");
  }
  Json body = Json::Object();
  body.Set("outcome", Json::String(answer.outcome));
  if (!answer.result.empty()) {
    auto result = ReadResult(context, answer.result);
    if (!result) {
      return tl::unexpected<Failure>(result.error());
    }
    body.Set("output", std::move(*result));
  }
  if (!answer.detail.empty()) {
    body.Set("detail", Json::String(answer.detail));
  }
  NodeRequest request;
  request.method = "POST";
  request.path = path;
  request.body = body.Serialize();
  const auto reply = context.node.Send(request);
  if (!reply) {
    return tl::unexpected<Failure>(reply.error());
  }
  context.around.Note(answer.outcome == "ok" ? "completed" : "failed (" + answer.outcome + ")");
  return ExitCode::kOk;
}

}  // namespace cairn::cli
