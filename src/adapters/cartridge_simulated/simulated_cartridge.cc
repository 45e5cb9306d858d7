#include "adapters/cartridge_simulated/simulated_cartridge.h"

#include "adapters/cartridge_simulated/outcome_script.h"
#include "base/check.h"

#include <algorithm>
#include <string>
#include <utility>

namespace cairn {
namespace {

void SetError(CartridgeAnswer& answer, Outcome outcome, std::string detail) {
  answer.outcome = outcome;
  answer.detail = std::move(detail);
}

}  // namespace

SimulatedCartridge::SimulatedCartridge(Executor& executor, Clock& clock, AnswerSink& sink,
                                       Options options)
    : clock_(clock), sink_(sink), options_(options), handle_(executor.Start("simulated", *this)) {}

SimulatedCartridge::~SimulatedCartridge() { Stop(); }

void SimulatedCartridge::Call(std::vector<CartridgeCall> calls) {
  if (calls.empty()) {
    return;
  }
  std::vector<CartridgeAnswer> at_once;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      return;
    }
    const Nanos now = clock_.Now();
    const Nanos earliest_before = due_.empty() ? kNever : due_.front().moment;
    for (const CartridgeCall& call : calls) {
      CartridgeAnswer answer;
      answer.ticket = call.ticket;
      const Nanos span = Answer(call, answer);
      if (answer.outcome == Outcome::kDelayed) {
        CartridgeAnswer later;
        later.ticket = call.ticket;
        const std::optional<Nanos> after = AnswerLater(call, later);
        if (after) {
          Schedule(now + span + *after, std::move(later));
        }
      }
      if (span > 0) {
        Schedule(now + span, std::move(answer));
      } else {
        if (at_once.empty()) {
          at_once.reserve(calls.size());
        }
        at_once.push_back(std::move(answer));
      }
    }
    WakeIfEarlierThan(earliest_before);
  }
  if (!at_once.empty()) {
    sink_.OnAnswers(std::move(at_once));
  }
}

void SimulatedCartridge::Resume(const std::vector<Waiting>& waiting) {
  const std::lock_guard lock(mutex_);
  if (stopped_) {
    return;
  }
  const Nanos earliest_before = due_.empty() ? kNever : due_.front().moment;
  for (const Waiting& one : waiting) {
    CartridgeAnswer later;
    later.ticket = one.call.ticket;
    const std::optional<Nanos> after = AnswerLater(one.call, later);
    if (after) {
      Schedule(one.since + *after, std::move(later));
    }
  }
  WakeIfEarlierThan(earliest_before);
}

void SimulatedCartridge::WakeIfEarlierThan(Nanos earliest_before) {
  if (!due_.empty() && due_.front().moment < earliest_before) {
    handle_->WakeAt(due_.front().moment);
  }
}

void SimulatedCartridge::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      return;
    }
    stopped_ = true;
    due_.clear();
    waiting_.clear();
    free_slots_.clear();
  }
  handle_.reset();  // waits for a Step that is handing over answers
}

bool SimulatedCartridge::Step() {
  std::vector<CartridgeAnswer> answers;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      return false;
    }
    const Nanos now = clock_.Now();
    while (!due_.empty() && due_.front().moment <= now) {
      const std::size_t slot = due_.front().slot;
      std::pop_heap(due_.begin(), due_.end(), LaterFirst{});
      due_.pop_back();
      answers.push_back(std::move(waiting_[slot]));
      free_slots_.push_back(slot);
    }
    if (!due_.empty()) {
      handle_->WakeAt(due_.front().moment);
    }
  }
  if (!answers.empty()) {
    sink_.OnAnswers(std::move(answers));
  }
  return false;
}

Nanos SimulatedCartridge::Answer(const CartridgeCall& call, CartridgeAnswer& answer) {
  const Nanos span =
      options_.replace_all_with ? *options_.replace_all_with : AnswerFromScript(call, answer);
  if (span <= call.timeout) {
    return span;
  }
  answer.output = {};
  SetError(answer, Outcome::kTechnical, "no answer within " + FormatDuration(call.timeout));
  return call.timeout;
}

Nanos SimulatedCartridge::AnswerFromScript(const CartridgeCall& call, CartridgeAnswer& answer) {
  CHECK(call.cartridge != nullptr && call.cartridge->has_simulated());
  const records::SimulatedCartridge& script = call.cartridge->simulated();
  const records::SimulatedOperation* operation = FindOperation(script, call.operation);

  if (const auto json = call.input.Find(kSimulateField)) {
    const Result<Outcome> outcome = SimulatedOutcomeAt(*json, call.ordinal);
    if (outcome) {
      answer.outcome = *outcome;
    } else {
      SetError(answer, Outcome::kFunctional, outcome.error().message);
    }
  } else if (operation != nullptr) {
    answer.outcome = ScriptedOutcomeAt(*operation, call.ordinal);
  }

  if (answer.outcome == Outcome::kOk) {
    if (operation != nullptr) {
      answer.output = Fields::FromEncoded(operation->output());
    }
  } else if (answer.detail.empty() && answer.outcome != Outcome::kDelayed) {
    answer.detail = answer.outcome == Outcome::kFunctional ? "simulated functional error"
                                                           : "simulated technical error";
  }
  const bool own_latency = operation != nullptr && operation->latency_ns() > 0;
  return own_latency ? operation->latency_ns() : script.latency_ns();
}

std::optional<Nanos> SimulatedCartridge::AnswerLater(const CartridgeCall& call,
                                                     CartridgeAnswer& answer) {
  if (!call.cartridge->has_simulated()) {
    return std::nullopt;
  }
  const records::SimulatedOperation* operation =
      FindOperation(call.cartridge->simulated(), call.operation);
  if (operation == nullptr || operation->answer_after_ns() <= 0) {
    return std::nullopt;
  }
  answer.outcome = ToOutcome(operation->answer());
  if (answer.outcome == Outcome::kOk) {
    answer.output = Fields::FromEncoded(operation->output());
  } else {
    answer.detail = answer.outcome == Outcome::kFunctional ? "simulated functional error"
                                                           : "simulated technical error";
  }
  return operation->answer_after_ns();
}

const records::SimulatedOperation* SimulatedCartridge::FindOperation(
    const records::SimulatedCartridge& script, std::string_view name) {
  const auto& operations = script.operations();
  if (operation_hint_ < operations.size() && operations[operation_hint_].name() == name) {
    return &operations[operation_hint_];
  }
  for (int i = 0; i < operations.size(); ++i) {
    if (operations[i].name() == name) {
      operation_hint_ = i;
      return &operations[i];
    }
  }
  return nullptr;
}

void SimulatedCartridge::Schedule(Nanos moment, CartridgeAnswer answer) {
  std::size_t slot = waiting_.size();
  if (free_slots_.empty()) {
    waiting_.push_back(std::move(answer));
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
    waiting_[slot] = std::move(answer);
  }
  due_.push_back({moment, sequence_++, slot});
  std::push_heap(due_.begin(), due_.end(), LaterFirst{});
}

}  // namespace cairn
