// The ledger target without its sockets: takes a call, waits, answers, and counts calls, keys and
// effects. An effect is what a real target would have done for an answer of 2xx.
//
// With `deduplicate` the target behaves as a well-made one: a call whose Idempotency-Key was
// answered before gets that same answer and has no second effect; one that comes while the first
// is still delayed waits for its answer. An answer of 500 and above did nothing, so it is not
// remembered, and the next call with the key is a new try.
//
// One thread: the one that runs the io_context.
#pragma once

#include "base/random.h"
#include "base/result.h"
#include "tests/support/ledger_target/behaviours.h"
#include "tests/support/ledger_target/ledger.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cairn {

inline constexpr std::size_t kTargetKeysMax = 4'000'000;  // past it: 507, and no effect
inline constexpr std::size_t kTargetPathsMax = 10'000;    // past it: counted as "(other)"

struct TargetOptions {
  std::int64_t latency_ms_min = 0;
  std::int64_t latency_ms_max = 0;
  std::uint64_t seed = 1;
  bool deduplicate = false;
};

struct TargetAnswer {
  unsigned status = 0;
  std::string body;   // JSON
  bool drop = false;  // close the connection, send nothing
};

class Target {
 public:
  using Reply = std::function<void(const TargetAnswer&)>;

  // `context`, `ledger` and `behaviours` must outlive the target.
  Target(boost::asio::io_context& context, Ledger& ledger, Behaviours& behaviours,
         const TargetOptions& options);

  // Takes a call; its numbers are filled in here. `reply` runs once, on the thread of the
  // io_context, after the answer is in the ledger; it may run before Handle returns.
  void Handle(LedgerCall call, Reply reply);

  // {"calls", "keys", "effects", "duplicateCalls", "keysWithSeveralEffects",
  //  "byPath": {PATH: {"calls", "effects"}}}, paths without their query.
  [[nodiscard]] std::string Summary() const;

 private:
  struct Counts {
    std::uint64_t calls = 0;
    std::uint64_t effects = 0;
  };
  struct Waiter {
    LedgerCall call;
    Reply reply;
  };
  struct KeyState {
    std::uint64_t calls = 0;
    std::uint64_t effects = 0;
    bool is_pending = false;   // deduplicate: the first call is being worked on
    bool is_answered = false;  // deduplicate: `answer` is remembered
    TargetAnswer answer;
    std::vector<Waiter> waiters;
  };

  void Work(LedgerCall call, std::int64_t latency_ms, Reply reply);
  void Complete(const LedgerCall& call, const Behaviour& behaviour, const Reply& reply);
  void AnswerWaiters(const std::string& key, const TargetAnswer& answer);
  void Answer(const LedgerCall& call, const TargetAnswer& answer, bool effect, bool duplicate,
              const Reply& reply);
  void After(std::int64_t delay_ms, std::function<void()> action);
  [[nodiscard]] Counts& CountsOf(const std::string& path);

  boost::asio::io_context& context_;
  Ledger& ledger_;
  Behaviours& behaviours_;
  const TargetOptions options_;
  Random random_;
  std::uint64_t calls_ = 0;
  std::uint64_t effects_ = 0;
  std::uint64_t duplicate_calls_ = 0;
  std::uint64_t keys_with_several_effects_ = 0;
  std::unordered_map<std::string, KeyState> keys_;
  std::map<std::string, Counts> by_path_;
};

}  // namespace cairn
