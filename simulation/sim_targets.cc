#include "simulation/sim_targets.h"

#include "simulation/violation.h"

#include <algorithm>
#include <vector>

namespace cairn::simulation {

// A target that was asked before says what it said before: that is what the key is for.
CartridgeAnswer SimTargets::Do(const CartridgeCall& call) {
  CartridgeAnswer answer{
      .ticket = call.ticket, .outcome = Outcome::kOk, .output = {}, .detail = {}};
  if (const auto it = effects_.find(call.idempotency_key); it != effects_.end()) {
    answer.outcome = it->second.outcome;
    answer.output = it->second.output;
    answer.detail = it->second.detail;
    return answer;
  }
  const std::uint64_t draw = random_.Below(100);
  if (draw < odds_.functional) {
    answer.outcome = Outcome::kFunctional;
    answer.detail = "no such subscriber";
  } else if (draw < odds_.functional + odds_.technical) {
    answer.outcome = Outcome::kTechnical;
    answer.detail = "link down";
    if (random_.Below(100) < odds_.leave_alone)
      answer.retry_after = random_.Between(1, 5 * kSecond);
    return answer;  // nothing was done
  } else {
    answer.output.Add("reference", "\"" + call.idempotency_key + "\"");
  }
  effects_[call.idempotency_key] = answer;
  return answer;
}

// A target that remembers what it did. What it refused it did not do.
CartridgeAnswer SimTargets::Tell(const CartridgeCall& call) {
  CartridgeAnswer answer{
      .ticket = call.ticket, .outcome = Outcome::kOk, .output = {}, .detail = {}};
  ++questions_;
  if (random_.Below(100) < odds_.technical) {
    answer.outcome = Outcome::kTechnical;
    answer.detail = "link down";
    return answer;
  }
  const auto it = effects_.find(call.idempotency_key);
  if (it != effects_.end() && it->second.outcome == Outcome::kOk) {
    answer.output = it->second.output;
    return answer;
  }
  answer.outcome = Outcome::kFunctional;
  answer.detail = "never heard of it";
  not_done_.insert(call.ticket);
  return answer;
}

// An attempt that was called for in an earlier life of the node is not repeated before the target
// has said, in this one, that it has done nothing.
void SimTargets::RequireAsked(const CartridgeCall& call) {
  if (call.cartridge->verify().empty()) return;
  CallTicket attempt = call.ticket;
  attempt.epoch = 0;
  const auto [last, is_first] = last_epochs_.try_emplace(attempt, call.ticket.epoch);
  if (is_first || last->second == call.ticket.epoch) return;
  CallTicket question = call.ticket;
  question.verify = true;
  Require(not_done_.contains(question),
          call.idempotency_key + " is sent again after a crash, and its target was not asked");
  last->second = call.ticket.epoch;
}

// The node hears at once that it will take a while. The person may be quicker, or forget it.
void SimTargets::GiveToPerson(const CartridgeCall& call) {
  CartridgeAnswer answer{
      .ticket = call.ticket, .outcome = Outcome::kOk, .output = {}, .detail = {}};
  answer.output.Add("reference", "\"" + call.idempotency_key + "\"");
  effects_.try_emplace(call.idempotency_key, answer);
  const std::uint64_t draw = random_.Below(100);
  if (draw < odds_.functional) {
    answer.outcome = Outcome::kFunctional;
  } else if (draw < odds_.functional + odds_.technical) {
    answer.outcome = Outcome::kTechnical;
  }
  if (random_.Below(100) >= odds_.lost) {
    executor_.AtAlways(
        clock_.true_now() + random_.Between(0, odds_.delay_max),
        [this, task = call.ticket.work_order, answer] { complete_task_(task, answer); });
  }
  AnswerAt(clock_.true_now(),
           {.ticket = call.ticket, .outcome = Outcome::kDelayed, .output = {}, .detail = {}});
}

void SimTargets::SetMaintenance(const std::string& cartridge, bool on) {
  if (on) {
    in_maintenance_.insert(cartridge);
  } else {
    in_maintenance_.erase(cartridge);
  }
}

void SimTargets::Call(std::vector<CartridgeCall> calls) {
  for (const CartridgeCall& call : calls) {
    ++calls_;
    shadow_.OnCall(call);
    Require(!in_maintenance_.contains(call.cartridge->name()),
            call.cartridge->name() + " was called while it is in maintenance");
    if (call.cartridge->has_manual()) {
      GiveToPerson(call);
      continue;
    }
    const bool verify = call.ticket.verify;
    if (!verify) RequireAsked(call);
    CartridgeAnswer answer = verify ? Tell(call) : Do(call);
    const Nanos now = clock_.true_now();
    if (random_.Below(100) < odds_.silent) {
      // The adapter gives up; the target's word may still come, or not.
      AnswerAt(now + call.timeout, {.ticket = call.ticket,
                                    .outcome = Outcome::kTechnical,
                                    .output = {},
                                    .detail = "no answer in time"});
      if (random_.Chance(1, 2))
        AnswerAt(now + call.timeout + random_.Between(0, 5 * kSecond), std::move(answer));
      continue;
    }
    const Nanos at = now + random_.Between(0, std::min(odds_.latency_max, call.timeout - 1));
    if (!verify && answer.outcome != Outcome::kTechnical && random_.Below(100) < odds_.delayed) {
      AnswerLater(call, std::move(answer));
      answer = {.ticket = call.ticket, .outcome = Outcome::kDelayed, .output = {}, .detail = {}};
    }
    if (random_.Below(100) < odds_.twice) AnswerAt(at + random_.Between(0, kSecond), answer);
    AnswerAt(at, std::move(answer));
  }
}

// Perhaps before the node has heard of the delay, perhaps in its next life, perhaps twice.
void SimTargets::AnswerLater(const CartridgeCall& call, CartridgeAnswer answer) {
  if (random_.Below(100) < odds_.lost) return;
  const std::uint64_t times = random_.Chance(1, 4) ? 2 : 1;
  for (std::uint64_t i = 0; i < times; ++i) {
    const Nanos at = clock_.true_now() + random_.Between(0, odds_.delay_max);
    executor_.AtAlways(at, [this, ticket = call.ticket, answer] { complete_(ticket, answer); });
  }
}

void SimTargets::AnswerAt(Nanos moment, CartridgeAnswer answer) {
  const std::uint64_t number = next_++;
  pending_[number] = std::move(answer);
  executor_.AtAlways(moment, [this, number] { Deliver(number); });
}

void SimTargets::Deliver(std::uint64_t number) {
  const auto it = pending_.find(number);
  if (it == pending_.end()) return;
  if (sink_ == nullptr) {
    pending_.erase(it);
    return;
  }
  std::vector<CartridgeAnswer> answers;
  answers.push_back(std::move(it->second));
  pending_.erase(it);
  // Sometimes answers come in one packet.
  while (!pending_.empty() && random_.Chance(1, 8)) {
    answers.push_back(std::move(pending_.begin()->second));
    pending_.erase(pending_.begin());
  }
  sink_->OnAnswers(std::move(answers));
}

void SimTargets::OnCrash() {
  sink_ = nullptr;
  std::erase_if(pending_, [&](const auto&) { return random_.Below(100) >= odds_.after_crash; });
}

}  // namespace cairn::simulation
