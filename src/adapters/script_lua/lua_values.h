// Values between JSON and Lua.
//
// What comes in is not copied: an object, a list, Fields or a group of names is a reference that
// only reads, and each value behind it is made when the script asks for it. Whole numbers of 64
// bits become Lua's integers. Any other number becomes Lua's floating point if that is the very
// same number, and keeps its spelling on the way out; a number with more digits than that can hold
// is an exact number, which can be compared and passed on but not calculated with.
//
// For states that SetUpValues has prepared; one thread.
#pragma once

#include "engine/orders/script.h"

#include <string>
#include <string_view>

struct lua_State;

namespace cairn::script_lua {

// The types of references and exact numbers.
void SetUpValues(lua_State* lua);
// Forgets what the last script has looked into.
void ForgetValues(lua_State* lua);

void PushVariable(lua_State* lua, const ScriptVariable& variable);

// Appends the value at `index` as JSON. Ends the script when it is none, or too large.
void AppendJson(lua_State* lua, int index, std::string& out);

// "table" and "number" also for references and exact numbers.
const char* TypeName(lua_State* lua, int index);
// As tostring() gives it: no addresses.
std::string ToText(lua_State* lua, int index);

bool IsExactNumber(lua_State* lua, int index);

// For pairs(): pushes a table {1..n} of the keys of the table or reference at `index`, in their
// order: numbers, then strings by their bytes, then false and true. Returns how many. Ends the
// script when what is there has no keys, or one without an order.
std::size_t PushSortedKeys(lua_State* lua, int index);

// Marks the table on the top, so that it is a list also when it is empty.
void MarkArray(lua_State* lua);

}  // namespace cairn::script_lua
