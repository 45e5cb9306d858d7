#include "adapters/script_lua/lua_scripts.h"

#include "adapters/script_lua/lua_machine.h"

namespace cairn {

using script_lua::LuaBreach;
using script_lua::LuaMachine;

LuaScripts::LuaScripts(const script_lua::LuaLimits& limits) : limits_(limits) {}
LuaScripts::~LuaScripts() = default;

std::unique_ptr<LuaMachine> LuaScripts::TakeMachine() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto machine = std::move(idle_.back());
      idle_.pop_back();
      return machine;
    }
  }
  return std::make_unique<LuaMachine>(limits_);
}

void LuaScripts::GiveBack(std::unique_ptr<LuaMachine> machine) {
  if (machine->spent()) return;
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(machine));
}

tl::expected<void, ScriptError> LuaScripts::Check(ScriptText script, ScriptForm form) {
  auto machine = TakeMachine();
  auto checked = machine->Check(script, form);
  GiveBack(std::move(machine));
  return checked;
}

tl::expected<ScriptResult, ScriptError> LuaScripts::Evaluate(ScriptText script, ScriptForm form,
                                                             const ScriptScope& scope) {
  auto machine = TakeMachine();
  const bool fresh = machine->fresh();
  auto result = machine->Evaluate(script, form, scope);
  const LuaBreach breach = machine->breach();
  const bool by_memory = breach == LuaBreach::kMemory || breach == LuaBreach::kAllocated;
  if (!result && !fresh && (by_memory || (machine->spent() && breach == LuaBreach::kNone))) {
    // What the machine has kept takes a part of its memory. On a new one the limit is the same for
    // everybody.
    machine = std::make_unique<LuaMachine>(limits_);
    result = machine->Evaluate(script, form, scope);
  }
  GiveBack(std::move(machine));
  return result;
}

}  // namespace cairn
