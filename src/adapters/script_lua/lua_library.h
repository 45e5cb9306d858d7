// What a script can call: the functions and tables of Lua that always end, give the same result
// everywhere and reach nothing outside. All of it only reads: no script can leave anything behind
// for the next.
//
// One thread.
#pragma once

struct lua_State;

namespace cairn::script_lua {

// Makes the library and the table of names that scripts read (PushEnvironment). REQUIRES:
// SetUpValues.
void SetUpLibrary(lua_State* lua);

// Pushes the environment: the scope's names, then the library's, and an error for any other.
void PushEnvironment(lua_State* lua);

// Each pushes one table. Parts of SetUpLibrary.
void PushTextLibrary(lua_State* lua);   // string
void PushTableLibrary(lua_State* lua);  // table

// string.find, match, gmatch and gsub: adds them to the table on the top.
void AddPatternFunctions(lua_State* lua);

}  // namespace cairn::script_lua
