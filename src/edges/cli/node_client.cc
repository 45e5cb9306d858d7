// NodeClient: the body.
#include "edges/cli/node_client.h"

#include "edges/cli/refusal_text.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cairn::cli {
namespace {

// One word of the command that starts a node is worth more than a page of advice.
constexpr std::string_view kStartIt =
    "Is cairnd running? Start it with: cairnd --data-dir data --catalog examples/catalog\n"
    "A node elsewhere is named with --url or the environment variable CAIRN_URL.";

}  // namespace

Nanos BackoffAfter(int tries_before, std::optional<Nanos> retry_after) {
  if (retry_after) {
    return std::clamp<Nanos>(*retry_after, kBackoffFirst, kRetryAfterMax);
  }
  Nanos wait = kBackoffFirst;
  for (int i = 1; i < tries_before && wait < kBackoffMax; ++i) {
    wait *= 2;
  }
  return std::min(wait, kBackoffMax);
}

NodeClient::NodeClient(const Surroundings& surroundings, std::string url, std::string api_key,
                       Nanos deadline)
    : surroundings_(surroundings),
      url_(std::move(url)),
      api_key_(std::move(api_key)),
      deadline_(deadline) {
  while (!url_.empty() && url_.back() == '/') {
    url_.pop_back();
  }
}

NodeClient::Once NodeClient::SendOnce(const NodeRequest& request) {
  HttpRequest http;
  http.method = request.method;
  http.url = url_ + request.path;
  http.headers = request.headers;
  http.headers.push_back("Accept: " + request.accept);
  if (!request.body.empty()) {
    http.headers.push_back("Content-Type: " + request.content_type);
  }
  if (!api_key_.empty()) {
    http.headers.push_back("Authorization: Bearer " + api_key_);
  }
  http.body = request.body;
  http.on_body = request.on_body;
  http.timeout = request.timeout > 0 ? request.timeout : kRequestTimeDefault;
  if (deadline_ != kNever) {
    const Nanos left = std::max(deadline_ - surroundings_.now(), kMillisecond);
    http.timeout = request.timeout > 0 ? std::min(request.timeout, left) : left;
  }
  http.tick = [this, &request] {
    if (surroundings_.interrupted->load()) {
      return false;
    }
    return !request.tick || request.tick();
  };
  auto answer = http_.Send(http);
  return answer ? FromAnswer(request, std::move(*answer)) : FromFailure(request, answer.error());
}

NodeClient::Once NodeClient::FromAnswer(const NodeRequest& request, HttpResponse response) const {
  Once once;
  once.answered = true;
  once.retry_after = response.retry_after;
  if (response.status < 200 || response.status > 299) {
    const bool refused = response.status >= 400 && response.status < 500;
    std::string text = RefusalText(response.status, response.body, request.path);
    once.may_pass = response.status == 503;
    once.why = text.substr(0, text.find('\n'));
    once.result = FailWith(refused ? ExitCode::kRefused : ExitCode::kUnreachable, std::move(text));
    return once;
  }
  NodeReply reply;
  reply.status = response.status;
  reply.replayed = response.replayed;
  reply.content_type = std::move(response.content_type);
  if (request.answer == NodeRequest::Body::kJson && !response.body.empty()) {
    Result<Json> parsed = ParseJson(response.body);
    if (!parsed) {
      once.result = FailWith(ExitCode::kUnreachable,
                             fmt::format("{} answered what is not JSON ({}). Is it a Cairn node?",
                                         url_, parsed.error().message));
      return once;
    }
    reply.json = std::move(*parsed);
  }
  reply.text = std::move(response.body);
  once.result = std::move(reply);
  return once;
}

NodeClient::Once NodeClient::FromFailure(const NodeRequest& request,
                                         const HttpFailure& failure) const {
  using Kind = HttpFailure::Kind;
  Once once;
  const std::string reason = CleanForTerminal(failure.reason);
  const auto unreachable = [&](std::string text) {
    once.result = FailWith(ExitCode::kUnreachable, std::move(text));
  };
  const bool may_be_done = request.method != "GET" && request.repeat == NodeRequest::Repeat::kNever;
  switch (failure.kind) {
    case Kind::kBadUrl:
      once.result = FailWith(ExitCode::kUsage, fmt::format("--url '{}': {}. It should look like "
                                                           "http://127.0.0.1:8080",
                                                           CleanForTerminal(url_), reason));
      break;
    case Kind::kStopped: once.result = FailWith(ExitCode::kInterrupted, "interrupted"); break;
    case Kind::kTooLarge: unreachable(fmt::format("{}: {}", url_, reason)); break;
    case Kind::kNotSent:
      once.may_pass = true;
      once.why = fmt::format("cannot reach {}: {}", url_, reason);
      unreachable(fmt::format("{}. {}", once.why, kStartIt));
      break;
    case Kind::kLost:
    case Kind::kTimeout:
      once.may_pass = true;
      once.why = fmt::format("{}: {}", url_, reason);
      unreachable(fmt::format("{}.{}", once.why,
                              may_be_done ? " It may have been carried out all the same: look "
                                            "before you repeat it."
                                          : ""));
      break;
  }
  return once;
}

CliResult<NodeReply> NodeClient::Send(const NodeRequest& request) {
  for (int tries = 1;; ++tries) {
    Once once = SendOnce(request);
    const bool repeat = once.may_pass && request.repeat == NodeRequest::Repeat::kIsSafe;
    if (once.result || !repeat || tries == kSendsMax) {
      return std::move(once.result);
    }
    const Nanos wait = BackoffAfter(tries, once.retry_after);
    if (deadline_ != kNever && surroundings_.now() + wait >= deadline_) {
      return std::move(once.result);
    }
    surroundings_.Note(fmt::format("{}; trying again in {} ({} of {})", once.why,
                                   HumanDuration(wait), tries + 1, kSendsMax));
    surroundings_.sleep(wait);
    if (surroundings_.interrupted->load()) {
      return FailWith(ExitCode::kInterrupted, "interrupted");
    }
  }
}

}  // namespace cairn::cli
