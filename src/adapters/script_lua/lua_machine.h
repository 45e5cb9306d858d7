// LuaMachine: one Lua state, prepared for scripts, and the scripts that it has compiled. Nothing
// that a script does is seen by the next one on the same machine.
//
// One thread at a time.
#pragma once

#include "adapters/script_lua/lua_host.h"
#include "engine/orders/script.h"

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct lua_State;

namespace cairn::script_lua {

// Compiled scripts that one machine keeps; past either, the one that was not used for longest goes.
inline constexpr std::size_t kCompiledScriptsMax = 1'024;
inline constexpr std::size_t kCompiledSourceBytesMax = 512U << 10U;
// Garbage that may stand until the next collection.
inline constexpr std::size_t kGarbageBytesMax = 512U << 10U;

class LuaMachine {
 public:
  explicit LuaMachine(const LuaLimits& limits);
  ~LuaMachine();
  LuaMachine(const LuaMachine&) = delete;
  LuaMachine& operator=(const LuaMachine&) = delete;

  [[nodiscard]] tl::expected<void, ScriptError> Check(ScriptText script, ScriptForm form);
  [[nodiscard]] tl::expected<ScriptResult, ScriptError> Evaluate(ScriptText script, ScriptForm form,
                                                                 const ScriptScope& scope);

  // What the last evaluation has used.
  LuaBreach breach() const { return host_.budget.breach(); }
  std::uint64_t steps() const { return host_.budget.steps(); }
  // Memory has run out in this state: it is to be thrown away.
  bool spent() const { return spent_; }
  // It has seen no script yet.
  bool fresh() const { return uses_ == 0; }

 private:
  struct Compiled {
    std::string key;  // the form and the source
    int reference = 0;
  };
  using CompiledList = std::list<Compiled>;  // the one used last is the first

  struct Call;
  static int CompileProtected(lua_State* lua);
  static int RunProtected(lua_State* lua);
  static int SetUpProtected(lua_State* lua);
  static int ExplainError(lua_State* lua);

  // The reference of the compiled script.
  tl::expected<int, ScriptError> Compile(ScriptText script, ScriptForm form);
  void Keep(std::string key, int reference);
  // Calls one of the functions above; false when it has ended with an error.
  bool Protected(int (*function)(lua_State*), void* argument);
  ScriptError TakeError(std::string_view place);
  void CollectGarbage();

  LuaHost host_;
  lua_State* lua_;
  CompiledList compiled_;
  std::unordered_map<std::string_view, CompiledList::iterator> by_key_;
  std::size_t compiled_bytes_ = 0;
  std::uint64_t uses_ = 0;  // by Check and Evaluate
  bool spent_ = false;
  std::string error_;
};

}  // namespace cairn::script_lua
