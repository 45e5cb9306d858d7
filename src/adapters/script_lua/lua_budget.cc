#include "adapters/script_lua/lua_budget.h"

#include <lua.hpp>

#include <algorithm>
#include <cstdlib>

namespace cairn::script_lua {
namespace {

// An instruction can compare or copy a whole string, so it counts once more for each of these bytes
// of the longest string.
constexpr std::size_t kBytesPerStep = 4'096;
// Around a string's bytes, in Lua 5.4: a header and a zero byte.
constexpr std::size_t kStringHeaderBytes = 25;
// Up to here strings are interned: whether one is made anew depends on what the state still has.
constexpr std::size_t kInternedBytesMax = 40 + kStringHeaderBytes;

}  // namespace

std::string_view BreachText(LuaBreach breach) {
  switch (breach) {
    case LuaBreach::kNone: return "";
    case LuaBreach::kSteps: return "the script runs too long: it has used up its steps";
    case LuaBreach::kMemory: return "the script needs too much memory";
    case LuaBreach::kAllocated:
      return "the script makes too many things: it has used up its memory";
    case LuaBreach::kString: return "the script makes a string that is too long";
    case LuaBreach::kCallDepth: return "the script's calls are nested too deep";
    case LuaBreach::kTime: return "the script has run out of time";
  }
  return "";
}

void LuaBudget::Begin(std::size_t longest_bytes, bool kept) {
  limited_ = true;
  kept_ = kept;
  collected_ = false;
  breach_ = LuaBreach::kNone;
  steps_ = 0;
  longest_bytes_ = longest_bytes;
  allocated_bytes_ = 0;
  begun_ = std::chrono::steady_clock::now();
}

bool LuaBudget::ChargeSteps(std::uint64_t steps) {
  steps_ += std::min(steps, limits_.steps + 1);
  if (steps_ > limits_.steps) Breach(LuaBreach::kSteps);
  return breach_ == LuaBreach::kNone;
}

bool LuaBudget::ChargeInstructions(std::uint64_t count) {
  if (!ChargeSteps(count * (1 + longest_bytes_ / kBytesPerStep))) return false;
  if (std::chrono::steady_clock::now() - begun_ > limits_.time) Breach(LuaBreach::kTime);
  return breach_ == LuaBreach::kNone;
}

bool LuaBudget::MayGrow(std::size_t bytes, bool counted) {
  // A state that was kept has some of what a new one would have to make; the margin is far more
  // than that can be, so that what passes here passes on a new state.
  const std::size_t allocated_max =
      kept_ ? limits_.allocated_bytes - limits_.allocated_bytes / 4 : limits_.allocated_bytes;
  if (counted && allocated_bytes_ + bytes > allocated_max) {
    Breach(LuaBreach::kAllocated);
    return false;
  }
  const std::size_t used_max = own_bytes_ + limits_.memory_bytes;
  // Lua collects its garbage after a refusal and asks again. Unless that has made some room, each
  // of the next allocations would cost a whole collection.
  const std::size_t room = collected_ ? limits_.memory_bytes / 8 : 0;
  if (used_bytes_ + bytes + room > used_max) {
    if (collected_) Breach(LuaBreach::kMemory);
    collected_ = true;
    return false;
  }
  collected_ = false;
  if (counted) allocated_bytes_ += bytes;
  return true;
}

void* LuaBudget::Allocate(void* budget, void* block, std::size_t old_bytes, std::size_t new_bytes) {
  LuaBudget& self = *static_cast<LuaBudget*>(budget);
  // For a new block Lua says in `old_bytes` what it is for.
  const std::size_t had = block == nullptr ? 0 : old_bytes;
  if (new_bytes == 0) {
    std::free(block);
    self.used_bytes_ -= had;
    return nullptr;
  }
  if (self.limited_ && new_bytes > had) {
    const bool is_string = block == nullptr && old_bytes == LUA_TSTRING;
    if (is_string && new_bytes > self.limits_.string_bytes + kStringHeaderBytes) {
      self.Breach(LuaBreach::kString);
      return nullptr;
    }
    const bool interned = is_string && new_bytes <= kInternedBytesMax;
    if (!self.MayGrow(new_bytes - had, !interned)) return nullptr;
    if (is_string) self.longest_bytes_ = std::max(self.longest_bytes_, new_bytes);
  }
  void* grown = std::realloc(block, new_bytes);
  if (grown == nullptr) {
    // Lua relies on it that a block can always be made smaller.
    if (new_bytes <= had) return block;
    self.Breach(LuaBreach::kMemory);
    return nullptr;
  }
  self.used_bytes_ = self.used_bytes_ - had + new_bytes;
  return grown;
}

}  // namespace cairn::script_lua
