// Scripts: the conditions, expressions and hooks that a catalog holds, and what evaluates them.
// Planning and processes say here what a script may see and take what it came to; the language and
// its limits are the body's (docs/expressions.md tells both to those who write scripts).
//
// An evaluation is a pure function of the script and its scope: the same input gives the same
// result on every machine, nothing is kept from one to the next, and it always ends.
//
// Values come and go as JSON text. A whole number of 64 bits stays what it is, and any other number
// that a script only passes on keeps its digits as they were written.
#pragma once

#include "model/fields.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cairn {

// Past one of these an evaluation ends with an error. An instruction is a step; work that an
// instruction cannot show (text, memory, patterns, long lists) counts as steps too.
inline constexpr std::uint64_t kScriptStepsMax = 1'000'000;
inline constexpr std::size_t kScriptMemoryBytesMax = 8U << 20U;
inline constexpr std::size_t kScriptStringBytesMax = 64U << 10U;
inline constexpr int kScriptCallDepthMax = 150;
inline constexpr std::size_t kScriptResultBytesMax = 256U << 10U;  // value and changes together
inline constexpr std::size_t kScriptChangesMax = 1'000;

// A script and where it stands in the catalog, for its errors. Views: the caller's strings.
struct ScriptText {
  std::string_view source;  // at most kScriptBytesMax
  std::string_view place;   // "technicalProductOrders/port/process/2/when"
};

enum class ScriptForm {
  // `parameters.speed > 100`: its value is the result.
  kExpression,
  // Statements, which may set("name", value) fields of datasets, and may return a value.
  kHook,
};

// One name that the script can read, and what is behind it: a JSON value, Fields (seen as an
// object), or further names (seen as an object too). Nothing is converted before it is read.
struct ScriptVariable {
  std::string name;
  std::variant<std::string, Fields, std::vector<ScriptVariable>> value;
};

// REQUIRES: names differ, also within one variable, and are none of the language's own.
using ScriptScope = std::vector<ScriptVariable>;

// The JSON of what an order may leave unsaid: null, which is nil to a script, for no text.
std::string TextOrNull(const std::string& text);

enum class ScriptDataset : std::uint8_t { kTechnicalOrder = 0, kProductOrder = 1, kOrder = 2 };

// A hook's set("order", "name", value). Without a dataset it is the technical order's.
struct ScriptChange {
  ScriptDataset dataset = ScriptDataset::kTechnicalOrder;
  std::string name;
  std::string json;
  friend bool operator==(const ScriptChange&, const ScriptChange&) = default;
};

struct ScriptResult {
  std::string json;                   // "null" when there is no value
  std::vector<ScriptChange> changes;  // in the order of the calls; the last of a name counts
  friend bool operator==(const ScriptResult&, const ScriptResult&) = default;
};

struct ScriptError {
  std::string place;    // of the ScriptText
  int line = 0;         // within the script, from 1; 0: of no line
  std::string message;  // one line of clean UTF-8, at most kTextBytesMax
  // The script ran past a limit; else it is wrong, or does not fit its input.
  bool limit = false;

  // "technicalProductOrders/port/process/2/when, line 1: attempt to compare number with nil"
  std::string ToString() const;
};

// Thread-safe.
class ScriptEngine {
 public:
  virtual ~ScriptEngine() = default;

  // Whether the script can be run at all: size and syntax. Does not run it.
  [[nodiscard]] virtual tl::expected<void, ScriptError> Check(ScriptText script,
                                                              ScriptForm form) = 0;

  // Runs it on the calling thread: microseconds for a condition, a tenth of a second for what
  // reaches its limits. Never on a partition's thread.
  [[nodiscard]] virtual tl::expected<ScriptResult, ScriptError> Evaluate(
      ScriptText script, ScriptForm form, const ScriptScope& scope) = 0;
};

// The truth of an expression. What is neither true nor false is an error: a condition that forgets
// its comparison must not pass for true.
[[nodiscard]] tl::expected<bool, ScriptError> EvaluateCondition(ScriptEngine& engine,
                                                                ScriptText condition,
                                                                const ScriptScope& scope);

}  // namespace cairn
