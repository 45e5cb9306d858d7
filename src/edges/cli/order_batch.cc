// cairn order batch FILE|-: hands in many orders, one a line of the file. A file of any length is
// sent in pieces, each with a key of its own made of one key and its number, so that the whole can
// be repeated after a broken connection without a second order.
#include "edges/cli/commands.h"
#include "edges/cli/json_text.h"
#include "edges/cli/order_lines.h"
#include "edges/cli/submission_key.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cairn::cli {
namespace {

constexpr Nanos kBatchTimeMax = 10 * kMinute;  // of one piece

struct Arguments {
  std::string file;
  std::string key;
};

class Batch {
 public:
  explicit Batch(CommandContext& context) : context_(context) {}

  CliResult<void> Send(const OrderLines::Piece& piece, const std::string& key) {
    NodeRequest request;
    request.method = "POST";
    request.path = "/v1/orders:batch";
    request.body = piece.text;
    request.content_type = "application/x-ndjson";
    request.accept = "application/x-ndjson, application/problem+json";
    request.answer = NodeRequest::Body::kText;
    request.repeat = NodeRequest::Repeat::kIsSafe;
    request.timeout = kBatchTimeMax;
    request.headers.push_back("Idempotency-Key: " + key);
    const auto reply = context_.node.Send(request);
    if (!reply) {
      return tl::unexpected<Failure>(reply.error());
    }
    return Print(reply->text, piece.lines);
  }

  std::size_t orders() const { return orders_; }
  std::size_t refused() const { return refused_; }

 private:
  CliResult<void> Print(std::string_view answer, std::size_t lines) {
    std::size_t answered = 0;
    while (!answer.empty()) {
      const std::size_t end = answer.find('\n');
      const auto item = ParseJson(answer.substr(0, end));
      answer.remove_prefix(end == std::string_view::npos ? answer.size() : end + 1);
      if (!item || !item->is_object()) {
        break;
      }
      ++answered;
      PrintItem(*item);
    }
    if (answered != lines) {
      return FailWith(ExitCode::kUnreachable,
                      fmt::format("{} answered {} of {}. Is it a Cairn node?", context_.node.url(),
                                  answered, CountOf(lines, "order")));
    }
    return {};
  }

  // The node counts from the first line of a piece, people from the first of the file.
  void PrintItem(const Json& item) {
    const std::size_t index = orders_++;
    const Json* problem = item.Find("problem");
    if (problem != nullptr) {
      ++refused_;
    }
    if (context_.wants_json()) {
      Json shown = Json::Object();
      shown.Set("index", Json::Number(static_cast<std::int64_t>(index)));
      for (const Json::Member& member : item.members()) {
        if (member.key != "index") shown.Set(member.key, member.value);
      }
      context_.PrintLine(shown.Serialize());
      return;
    }
    if (problem == nullptr) {
      context_.PrintLine(fmt::format("{}  {}", index, CleanForTerminal(TextAt(item, "id"))));
      return;
    }
    std::string line =
        fmt::format("{}  refused: {}", index, CleanForTerminal(TextAt(*problem, "detail")));
    for (const Json& error : ListAt(*problem, "errors")) {
      line += fmt::format("; {} ({})", CleanForTerminal(TextAt(error, "field")),
                          CleanForTerminal(TextAt(error, "rule")));
    }
    const std::size_t columns = context_.around.out.size().columns;
    context_.PrintLine(columns == 0 ? line : CutToWidth(line, columns));
  }

  CommandContext& context_;
  std::size_t orders_ = 0;
  std::size_t refused_ = 0;
};

CliResult<ExitCode> SubmitBatch(CommandContext& context, const Arguments& arguments) {
  OrderLines lines;
  if (auto opened = lines.Open(arguments.file, *context.around.in); !opened) {
    return tl::unexpected<Failure>(opened.error());
  }
  const std::string key = arguments.key.empty() ? context.around.random_key() : arguments.key;
  Batch batch(context);
  for (std::size_t number = 0;; ++number) {
    const auto piece = lines.Next();
    if (!piece) {
      return tl::unexpected<Failure>(piece.error());
    }
    if (piece->lines == 0) {
      break;
    }
    auto sent = batch.Send(*piece, fmt::format("{}-{}", key, number));
    if (!sent) {
      Failure failure = sent.error();
      if (failure.code == ExitCode::kUnreachable) {
        failure.text += fmt::format(
            "\n{} done before. To repeat all without the risk of second orders: add "
            "--idempotency-key {}",
            CountOf(batch.orders(), "order"), key);
      }
      return tl::unexpected<Failure>(std::move(failure));
    }
  }
  if (batch.orders() == 0) {
    return FailWith(ExitCode::kUsage, "there is no order to submit; each is a line of JSON");
  }
  if (batch.refused() > 0) {
    return FailWith(ExitCode::kRefused,
                    fmt::format("{} of {} refused; the others are submitted", batch.refused(),
                                CountOf(batch.orders(), "order")));
  }
  return ExitCode::kOk;
}

}  // namespace

void AddOrderBatch(CLI::App& parent, CommandLine& line) {
  CLI::App& command = *parent.add_subcommand("batch", "Submit many orders, one a line");
  const auto arguments = std::make_shared<Arguments>();
  command
      .add_option("FILE", arguments->file,
                  "The orders, a line of JSON each; - reads standard input")
      ->required();
  AddSubmissionKeyOption(command, arguments->key);
  command.footer(
      "Prints a line for each order: its place in the file, from 0, and its id or what was wrong\n"
      "with it. What is refused stops nothing else; the exit code is then 3. With -o json a line\n"
      "is what the node said.\n\n"
      "Examples:\n"
      "  cairn order batch orders.ndjson\n"
      "  jq -c '.[]' orders.json | cairn order batch - --idempotency-key night-4711");
  line.OnRun(command,
             [arguments](CommandContext& context) { return SubmitBatch(context, *arguments); });
}

}  // namespace cairn::cli
