// Watching an order: the body. One loop of long polls; each answer goes to a display, and what
// breaks a connection is waited out.
#include "edges/cli/order_watch.h"

#include "edges/cli/json_text.h"
#include "edges/cli/order_changes.h"
#include "edges/cli/order_tree.h"
#include "edges/cli/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

namespace cairn::cli {
namespace {

// Shows the order as it changes, in the one way that suits the place.
class Display {
 public:
  explicit Display(CommandContext& context) : context_(context) {
    if (!context.wants_json() && context.around.out.is_terminal()) {
      screen_ = std::make_unique<LiveScreen>(context.around.out);
    }
  }

  void Show(const Json& order) {
    if (screen_ != nullptr) {
      tree_.emplace(order);
      Redraw();
    } else if (!context_.wants_json()) {
      for (const std::string& line : changes_.Next(order, context_.around.now())) {
        context_.PrintLine(line);
      }
    }
  }

  // Times go on while nothing changes. Ticks come in bursts; each drawing but the first of those
  // would only flicker.
  void OnTick() {
    const Nanos since = context_.around.now() - drawn_at_;
    if (since >= kRedrawTime || since < 0) {
      Redraw();
    }
  }

  // `text` is why there is no news; empty: all is well again.
  void SetTrouble(const std::string& text) {
    if (text == trouble_) {
      return;
    }
    const bool is_new = trouble_.empty();
    trouble_ = text;
    if (screen_ != nullptr && tree_) {
      Redraw();
    } else if (is_new) {
      context_.around.Note(text + "; trying again");
    } else if (text.empty()) {
      context_.around.Note(fmt::format("{} answers again", context_.node.url()));
    }
  }

 private:
  void Redraw() {
    if (screen_ == nullptr || !tree_) {
      return;
    }
    drawn_at_ = context_.around.now();
    const Terminal::Size size = context_.around.out.size();
    OrderTree::Options options;
    options.now = drawn_at_;
    options.color = context_.around.out.color();
    // The last column and the last row stay free: writing there makes terminals scroll or wrap.
    options.columns_max = std::max<std::size_t>(size.columns, 2) - 1;
    const std::size_t taken = trouble_.empty() ? 1 : 2;
    options.rows_max = std::max(size.rows, taken + 1) - taken;
    std::vector<std::string> lines = tree_->Render(options);
    if (!trouble_.empty()) {
      lines.push_back(
          Paint(CutToWidth(trouble_, options.columns_max), Color::kYellow, options.color));
    }
    screen_->Draw(lines);
  }

  CommandContext& context_;
  std::unique_ptr<LiveScreen> screen_;
  std::optional<OrderTree> tree_;
  OrderChanges changes_;
  std::string trouble_;
  Nanos drawn_at_ = 0;
};

class Watch {
 public:
  Watch(CommandContext& context, const std::string& id)
      : context_(context), id_(id), display_(context), answered_at_(context.around.now()) {}

  // Until the order is settled, the deadline has passed, nothing can be learnt of it, or nobody
  // reads the output any more.
  CliResult<void> Run() {
    while (!IsSettled(state())) {
      if (DeadlinePassed() || !context_.around.out.out()) {
        return {};
      }
      const Nanos asked_at = context_.around.now();
      NodeClient::Once once = context_.node.SendOnce(NextPoll());
      if (once.result) {
        answered_at_ = context_.around.now();
        tries_ = 0;
        display_.SetTrouble("");
        if (auto taken = Take(std::move(once.result->json), asked_at); !taken) {
          return taken;
        }
        continue;
      }
      if (DeadlinePassed()) {
        return {};
      }
      const bool give_up = context_.around.now() - answered_at_ > kReconnectTimeMax;
      if (!once.may_pass || give_up) {
        return tl::unexpected<Failure>(once.result.error());
      }
      display_.SetTrouble(once.why);
      Pause(BackoffAfter(++tries_, once.retry_after));
      if (context_.around.interrupted->load()) {
        return FailWith(ExitCode::kInterrupted, "interrupted");
      }
    }
    return {};
  }

  std::string_view state() const { return TextAt(order_, "state"); }
  const Json& order() const { return order_; }

 private:
  NodeRequest NextPoll() {
    NodeRequest request;
    request.method = "GET";
    request.path = "/v1/orders/" + UrlEscape(id_);
    // After an outage the order is asked for as it is now: good news should not wait for a change.
    if (!version_.empty() && tries_ == 0) {
      Nanos wait = kPollTime;
      if (context_.node.deadline() != kNever) {
        const Nanos left = context_.node.deadline() - context_.around.now();
        wait = std::clamp<Nanos>(left / kMillisecond * kMillisecond, kMillisecond, kPollTime);
      }
      request.path += fmt::format("?wait={}&version={}", FormatDuration(wait), UrlEscape(version_));
    }
    request.timeout = kPollTime + kPollGrace;
    request.tick = [this] {
      display_.OnTick();
      return true;
    };
    return request;
  }

  CliResult<void> Take(Json order, Nanos asked_at) {
    if (TextAt(order, "state").empty()) {
      return FailWith(ExitCode::kUnreachable,
                      fmt::format("{} answered without the order's state. Is it a Cairn node?",
                                  context_.node.url()));
    }
    const bool is_news = !order_.is_object() || TextAt(order, "version") != version_;
    version_ = TextAt(order, "version");
    order_ = std::move(order);
    if (is_news) {
      display_.Show(order_);
    }
    // An order may change thousands of times a second, and no eye follows that.
    const Nanos taken = context_.around.now() - asked_at;
    if (!IsSettled(state()) && taken < kPollPause) {
      Pause(kPollPause - taken);
    }
    return {};
  }

  bool DeadlinePassed() const {
    return context_.node.deadline() != kNever && context_.around.now() >= context_.node.deadline();
  }

  void Pause(Nanos span) {
    if (context_.node.deadline() != kNever) {
      span = std::min(span, context_.node.deadline() - context_.around.now());
    }
    if (span > 0) {
      context_.around.sleep(span);
    }
  }

  CommandContext& context_;
  const std::string id_;
  Display display_;
  Json order_;
  std::string version_;
  Nanos answered_at_;
  int tries_ = 0;
};

std::string NextStep(std::string_view state, const std::string& id) {
  if (state == "Held") {
    return fmt::format(
        "{0} is Held: something in it can be repeated. Remove the cause, then: "
        "cairn order resubmit {0} --wait\nOr end it as Failed: cairn order give-up {0}",
        id);
  }
  if (IsSettled(state)) {
    return fmt::format("{0} ended as {1}. What happened: cairn order show {0} --history", id,
                       state);
  }
  return fmt::format("{0} is still {1} and goes on. Watch it again: cairn order wait {0}", id,
                     state.empty() ? "unknown" : state);
}

}  // namespace

CliResult<ExitCode> WatchOrder(CommandContext& context, const std::string& id, WatchGoal goal) {
  std::string state;
  {
    Watch watch(context, id);
    const CliResult<void> watched = watch.Run();
    if (!watched && watched.error().code == ExitCode::kInterrupted) {
      return FailWith(ExitCode::kInterrupted,
                      fmt::format("no longer watching; the order goes on. Watch it again: "
                                  "cairn order wait {}",
                                  id));
    }
    if (!watched) {
      return tl::unexpected<Failure>(watched.error());
    }
    state = watch.state();
    if (context.wants_json() && watch.order().is_object()) {
      context.Print(watch.order());
    }
  }
  const bool reached = goal == WatchGoal::kCompleted
                           ? state == "Completed"
                           : state == "Cancelled" || state == "RolledBack";
  if (reached) {
    return ExitCode::kOk;
  }
  return FailWith(ExitCode::kOrderNotCompleted, NextStep(state, id));
}

}  // namespace cairn::cli
