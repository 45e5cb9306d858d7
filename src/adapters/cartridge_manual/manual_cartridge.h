// ManualCartridge: work that people do. Each call is answered delayed at once; the work order then
// waits, is a task on somebody's list, and gets its answer from whoever completes the task.
//
// Threads: Call() and Stop() are never called at the same time.
#pragma once

#include "ports/cartridge.h"

#include <vector>

namespace cairn {

class ManualCartridge final : public Cartridge {
 public:
  // `sink` must outlive this object.
  explicit ManualCartridge(AnswerSink& sink) : sink_(sink) {}

  // Answers all of them before it returns.
  void Call(std::vector<CartridgeCall> calls) override;
  void Stop() override { stopped_ = true; }

 private:
  AnswerSink& sink_;
  bool stopped_ = false;
};

}  // namespace cairn
