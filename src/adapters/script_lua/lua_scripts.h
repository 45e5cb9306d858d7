// LuaScripts: scripts in Lua 5.4, in a sandbox. They reach no file, clock, network or random
// number, see no addresses, walk through tables in the order of their keys, keep nothing from one
// evaluation to the next, and end within limits of steps and memory. docs/expressions.md tells what
// there is.
//
// Each thread works on a machine of its own; those that are idle are kept for the next.
//
// Thread-safe.
#pragma once

#include "adapters/script_lua/lua_budget.h"
#include "engine/orders/script.h"

#include <memory>
#include <mutex>
#include <vector>

namespace cairn {

namespace script_lua {
class LuaMachine;
}

class LuaScripts final : public ScriptEngine {
 public:
  // Other limits are for tests.
  explicit LuaScripts(const script_lua::LuaLimits& limits = {});
  ~LuaScripts() override;

  [[nodiscard]] tl::expected<void, ScriptError> Check(ScriptText script, ScriptForm form) override;
  [[nodiscard]] tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText script, ScriptForm form,
                                                                 const ScriptScope& scope) override;

 private:
  std::unique_ptr<script_lua::LuaMachine> TakeMachine();
  void GiveBack(std::unique_ptr<script_lua::LuaMachine> machine);

  const script_lua::LuaLimits limits_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<script_lua::LuaMachine>> idle_;
};

}  // namespace cairn
