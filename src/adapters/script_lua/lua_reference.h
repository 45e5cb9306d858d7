// Reference: a value of the caller's that a script reads in place: JSON, Fields, or a group of
// names. Within this folder; see lua_values.h for what scripts see of it.
//
// For states that SetUpValues has prepared; one thread.
#pragma once

#include "base/json.h"
#include "engine/orders/script.h"

#include <optional>
#include <string_view>
#include <vector>

struct lua_State;

namespace cairn::script_lua {

// Reading JSON costs a step for so many bytes.
inline constexpr std::size_t kJsonBytesPerStep = 16;

struct Reference {
  enum class Kind { kJson, kFields, kGroup };
  Kind kind = Kind::kJson;
  const void* target = nullptr;

  const Json& json() const { return *static_cast<const Json*>(target); }
  const Fields& fields() const { return *static_cast<const Fields*>(target); }
  const std::vector<ScriptVariable>& group() const {
    return *static_cast<const std::vector<ScriptVariable>*>(target);
  }
  bool is_list() const { return kind == Kind::kJson && json().is_array(); }
};

// Nothing when there is something else.
std::optional<Reference> ReferenceAt(lua_State* lua, int index);

// The text of an exact number. REQUIRES: IsExactNumber.
std::string_view ExactText(lua_State* lua, int index);

// Whether the table there was marked by MarkArray.
bool IsMarkedArray(lua_State* lua, int index);

}  // namespace cairn::script_lua
