// How the ledger target takes a call and answers it.
#include "tests/support/ledger_target/target.h"

#include "base/json.h"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <utility>

namespace cairn {
namespace {

std::string WithoutQuery(const std::string& path) { return path.substr(0, path.find('?')); }

bool IsSuccess(unsigned status) { return status >= 200 && status < 300; }

std::string_view ErrorName(unsigned status) {
  return status >= 500 ? "technical" : status == 404 ? "no such behaviour" : "functional";
}

}  // namespace

Target::Target(boost::asio::io_context& context, Ledger& ledger, Behaviours& behaviours,
               const TargetOptions& options)
    : context_(context),
      ledger_(ledger),
      behaviours_(behaviours),
      options_(options),
      random_(options.seed) {}

void Target::Handle(LedgerCall call, Reply reply) {
  call.number = ++calls_;
  ++CountsOf(call.path).calls;
  const std::int64_t latency_ms = random_.Between(options_.latency_ms_min, options_.latency_ms_max);
  if (call.key.empty()) {
    ledger_.RecordCall(call);
    Work(std::move(call), latency_ms, std::move(reply));
    return;
  }
  if (keys_.size() >= kTargetKeysMax && keys_.find(call.key) == keys_.end()) {
    ledger_.RecordCall(call);
    Answer(call, {507, R"({"error":"too many keys"})", false}, false, false, reply);
    return;
  }
  KeyState& key = keys_[call.key];
  call.call_of_key = ++key.calls;
  duplicate_calls_ += key.calls > 1 ? 1 : 0;
  ledger_.RecordCall(call);
  if (key.is_answered) {
    After(latency_ms, [this, call = std::move(call), answer = key.answer,
                       reply = std::move(reply)] { Answer(call, answer, false, true, reply); });
  } else if (key.is_pending) {
    key.waiters.push_back({std::move(call), std::move(reply)});
  } else {
    key.is_pending = options_.deduplicate;
    Work(std::move(call), latency_ms, std::move(reply));
  }
}

void Target::Work(LedgerCall call, std::int64_t latency_ms, Reply reply) {
  const Behaviour behaviour = behaviours_.Decide(WithoutQuery(call.path), call.body);
  After(latency_ms + behaviour.delay_ms,
        [this, call = std::move(call), behaviour, reply = std::move(reply)] {
          Complete(call, behaviour, reply);
        });
}

void Target::Complete(const LedgerCall& call, const Behaviour& behaviour, const Reply& reply) {
  TargetAnswer answer{behaviour.status, "", behaviour.drop};
  const bool effect = IsSuccess(answer.status);
  if (effect) {
    ++effects_;
    ++CountsOf(call.path).effects;
  }
  if (behaviour.body.has_value()) {
    answer.body = *behaviour.body;
  } else if (effect) {
    answer.body = R"({"reference":"R-)" + std::to_string(effects_) + R"("})";
  } else {
    answer.body.append(R"({"error":")").append(ErrorName(answer.status)).append(R"("})");
  }
  const auto found = keys_.find(call.key);
  if (found != keys_.end() && !call.key.empty()) {
    KeyState& key = found->second;
    key.effects += effect ? 1 : 0;
    keys_with_several_effects_ += effect && key.effects == 2 ? 1 : 0;
    if (options_.deduplicate) {
      key.is_pending = false;
      key.is_answered = answer.status < 500;
      if (key.is_answered) {
        // A lost answer was lost once: the next call with this key is told.
        key.answer = {answer.status, answer.body, false};
      }
    }
  }
  Answer(call, answer, effect, false, reply);
  AnswerWaiters(call.key, answer);
}

void Target::AnswerWaiters(const std::string& key, const TargetAnswer& answer) {
  const auto found = keys_.find(key);
  if (found == keys_.end()) {
    return;
  }
  const std::vector<Waiter> waiters = std::exchange(found->second.waiters, {});
  for (const Waiter& waiter : waiters) {
    Answer(waiter.call, {answer.status, answer.body, false}, false, true, waiter.reply);
  }
}

void Target::Answer(const LedgerCall& call, const TargetAnswer& answer, bool effect, bool duplicate,
                    const Reply& reply) {
  ledger_.RecordAnswer(
      call,
      {.status = answer.status, .effect = effect, .duplicate = duplicate, .dropped = answer.drop});
  reply(answer);
}

void Target::After(std::int64_t delay_ms, std::function<void()> action) {
  if (delay_ms == 0) {
    action();
    return;
  }
  auto timer =
      std::make_shared<boost::asio::steady_timer>(context_, std::chrono::milliseconds(delay_ms));
  timer->async_wait([timer, action = std::move(action)](const boost::system::error_code& error) {
    if (!error) {
      action();
    }
  });
}

Target::Counts& Target::CountsOf(const std::string& path) {
  std::string name = WithoutQuery(path);
  if (!IsCleanUtf8(name)) {
    name = "(not UTF-8)";
  }
  if (by_path_.size() >= kTargetPathsMax && by_path_.find(name) == by_path_.end()) {
    name = "(other)";
  }
  return by_path_[std::move(name)];
}

std::string Target::Summary() const {
  const auto number = [](std::uint64_t value) {
    return Json::Number(static_cast<std::int64_t>(value));
  };
  Json by_path = Json::Object();
  for (const auto& [path, counts] : by_path_) {
    Json entry = Json::Object();
    entry.Set("calls", number(counts.calls));
    entry.Set("effects", number(counts.effects));
    by_path.Set(path, std::move(entry));
  }
  Json summary = Json::Object();
  summary.Set("calls", number(calls_));
  summary.Set("keys", number(keys_.size()));
  summary.Set("effects", number(effects_));
  summary.Set("duplicateCalls", number(duplicate_calls_));
  summary.Set("keysWithSeveralEffects", number(keys_with_several_effects_));
  summary.Set("byPath", std::move(by_path));
  return summary.Serialize();
}

}  // namespace cairn
