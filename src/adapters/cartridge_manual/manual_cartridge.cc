#include "adapters/cartridge_manual/manual_cartridge.h"

#include <utility>

namespace cairn {

void ManualCartridge::Call(std::vector<CartridgeCall> calls) {
  if (calls.empty() || stopped_) return;
  std::vector<CartridgeAnswer> answers;
  answers.reserve(calls.size());
  for (const CartridgeCall& call : calls) {
    answers.push_back({.ticket = call.ticket,
                       .outcome = Outcome::kDelayed,
                       .output = {},
                       .detail = "waits for a person"});
  }
  sink_.OnAnswers(std::move(answers));
}

}  // namespace cairn
