// LuaBudget: what one evaluation may use, and how much of it is gone: steps, memory and time. It is
// the allocator of a Lua state and is charged by the state's hook and by our library functions.
//
// Steps decide alone whether a script that computes too much ends with an error: they count the
// same on every machine and on every state. Memory depends a little on what a state has kept from
// earlier scripts, so a script that fails by it is run again on a new state, where it counts the
// same everywhere too; see LuaScripts.
//
// One thread.
#pragma once

#include "engine/orders/script.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cairn::script_lua {

struct LuaLimits {
  std::uint64_t steps = kScriptStepsMax;
  std::size_t memory_bytes = kScriptMemoryBytesMax;  // that live at once
  std::size_t allocated_bytes = 64U << 20U;          // in all
  std::size_t string_bytes = kScriptStringBytesMax;
  int call_depth = kScriptCallDepthMax;
  // The last resort, against what the steps do not see. Far above what a million of them take.
  std::chrono::nanoseconds time = std::chrono::seconds(20);
};

enum class LuaBreach { kNone, kSteps, kMemory, kAllocated, kString, kCallDepth, kTime };

// "the script runs too long: over 1000000 steps"
std::string_view BreachText(LuaBreach breach);

class LuaBudget {
 public:
  explicit LuaBudget(const LuaLimits& limits) : limits_(limits) {}
  LuaBudget(const LuaBudget&) = delete;
  LuaBudget& operator=(const LuaBudget&) = delete;

  // A lua_Alloc; `budget` is a LuaBudget.
  static void* Allocate(void* budget, void* block, std::size_t old_bytes, std::size_t new_bytes);

  // From here on memory is limited. `longest_bytes`: of the strings that the script begins with.
  // `kept`: the state has run other scripts.
  void Begin(std::size_t longest_bytes, bool kept);
  void End() { limited_ = false; }
  // What lives now belongs to the state, not to a script. REQUIRES: nothing of a script lives.
  void SetOwnBytes() { own_bytes_ = used_bytes_; }

  // False past a limit; breach() then says which.
  bool ChargeSteps(std::uint64_t steps);
  bool ChargeInstructions(std::uint64_t count);
  void Breach(LuaBreach breach) {
    if (breach_ == LuaBreach::kNone) breach_ = breach;
  }

  LuaBreach breach() const { return breach_; }
  std::uint64_t steps() const { return steps_; }
  std::size_t used_bytes() const { return used_bytes_; }
  std::size_t own_bytes() const { return own_bytes_; }
  const LuaLimits& limits() const { return limits_; }

 private:
  bool MayGrow(std::size_t bytes, bool counted);

  const LuaLimits limits_;
  bool limited_ = false;
  bool kept_ = false;
  bool collected_ = false;  // Lua was refused once and has collected its garbage since
  LuaBreach breach_ = LuaBreach::kNone;
  std::uint64_t steps_ = 0;
  std::size_t longest_bytes_ = 0;
  std::size_t used_bytes_ = 0;
  std::size_t own_bytes_ = 0;
  std::size_t allocated_bytes_ = 0;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace cairn::script_lua
