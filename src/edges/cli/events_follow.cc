// cairn events follow: what happens on a node, as it happens. When the connection breaks it is made
// again and goes on behind the last event that came, so that none is missed.
#include "edges/cli/commands.h"
#include "edges/cli/event_stream.h"
#include "edges/cli/order_watch.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace cairn::cli {
namespace {

constexpr Nanos kStreamTimeMax = 24 * kHour;  // then it is asked for again

struct Arguments {
  std::string kinds;
  std::string after;
  std::size_t count = 0;  // 0: no end
};

class Follow {
 public:
  Follow(CommandContext& context, const Arguments& arguments)
      : context_(context),
        arguments_(arguments),
        last_id_(arguments.after),
        heard_at_(context.around.now()) {}

  CliResult<ExitCode> Run() {
    for (;;) {
      const NodeClient::Once once = Listen();
      if (Done()) {
        return ExitCode::kOk;
      }
      if (once.result && !once.result->content_type.starts_with("text/event-stream")) {
        return FailWith(ExitCode::kUnreachable,
                        fmt::format("{} answered without a stream of events. Is it a Cairn node?",
                                    context_.node.url()));
      }
      if (!once.result && !once.may_pass) {
        return tl::unexpected<Failure>(TooLarge().value_or(once.result.error()));
      }
      const Nanos silent = context_.around.now() - heard_at_;
      if (!once.result && silent > kReconnectTimeMax) {
        return tl::unexpected<Failure>(once.result.error());
      }
      if (!once.result && tries_ == 0) {
        context_.around.Note(once.why + "; trying again");
      }
      context_.around.sleep(BackoffAfter(++tries_, once.retry_after));
      if (context_.around.interrupted->load()) {
        return FailWith(ExitCode::kInterrupted, "interrupted");
      }
    }
  }

 private:
  NodeClient::Once Listen() {
    stream_ = EventStream();
    NodeRequest request;
    request.method = "GET";
    request.path = "/v1/events";
    if (!arguments_.kinds.empty()) {
      request.path += "?kinds=" + UrlEscape(arguments_.kinds);
    }
    request.accept = "text/event-stream, application/problem+json";
    request.answer = NodeRequest::Body::kText;
    request.timeout = kStreamTimeMax;
    if (!last_id_.empty()) {
      request.headers.push_back("Last-Event-ID: " + last_id_);
    }
    request.on_body = [this](std::string_view bytes) {
      heard_at_ = context_.around.now();
      tries_ = 0;
      return stream_.Feed(bytes, [this](const StreamEvent& event) { return Take(event); });
    };
    return context_.node.SendOnce(request);
  }

  // Whether there is to be another one.
  bool Take(const StreamEvent& event) {
    last_id_ = event.id;
    ++taken_;
    if (context_.wants_json()) {
      Json line = Json::Object();
      line.Set("id", Json::String(event.id));
      line.Set("event", Json::String(event.name));
      auto data = ParseJson(event.data);
      line.Set("data", data ? std::move(*data) : Json::String(event.data));
      context_.PrintLine(line.Serialize());
    } else {
      const std::string line =
          CleanForTerminal(fmt::format("{}  {}  {}", event.id, event.name, event.data));
      const std::size_t columns = context_.around.out.size().columns;
      context_.PrintLine(columns == 0 ? line : CutToWidth(line, columns));
    }
    return context_.around.out.out() && (arguments_.count == 0 || taken_ < arguments_.count);
  }

  bool Done() const {
    const bool is_late =
        context_.node.deadline() != kNever && context_.around.now() >= context_.node.deadline();
    const bool has_all = arguments_.count != 0 && taken_ >= arguments_.count;
    return is_late || has_all || !context_.around.out.out();
  }

  std::optional<Failure> TooLarge() const {
    if (!stream_.too_large()) return std::nullopt;
    return Failure{ExitCode::kUnreachable,
                   fmt::format("an event is larger than {} MiB", kEventBytesMax >> 20U)};
  }

  CommandContext& context_;
  const Arguments& arguments_;
  EventStream stream_;
  std::string last_id_;
  Nanos heard_at_;
  std::size_t taken_ = 0;
  int tries_ = 0;
};

// It becomes a line of the request.
std::string CheckEventId(const std::string& text) {
  const bool good =
      std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return good ? "" : "an event's id has neither spaces nor control characters";
}

}  // namespace

void AddEventsFollow(CLI::App& parent, CommandLine& line) {
  CLI::App& command =
      *parent.add_subcommand("follow", "Print what happens on a node, as it happens");
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--kinds", arguments->kinds,
                     "Only of these kinds, with commas: order,cartridge");
  command.add_option("--after", arguments->after, "Begin behind the event with this id")
      ->check(CLI::Validator(CheckEventId, "EVENT"));
  command.add_option("--count", arguments->count, "End after so many events")
      ->check(CLI::PositiveNumber);
  command.footer(
      "A line for each event: its id, what it is, and its details. The node may restart "
      "meanwhile;\n"
      "no event is missed. Ends with Ctrl-C, after --count events or with the time of "
      "--timeout.\n\n"
      "Examples:\n"
      "  cairn events follow --kinds order\n"
      "  cairn -o json events follow --after 0:1048576 | jq .data");
  line.OnRun(command,
             [arguments](CommandContext& context) { return Follow(context, *arguments).Run(); });
}

}  // namespace cairn::cli
