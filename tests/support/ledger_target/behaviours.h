// What the ledger target does with a call: which status, after which delay, with which body. The
// answer depends on the path, by built-in rules and by rules that a script or a running test adds.
//
// Built in:
//   /ok/...                 200
//   /fail/functional/...    422
//   /fail/technical/...     503
//   /flaky/N/...            503 for the first N calls of an order item, then 200
//   /slow/MS/...            200 after MS milliseconds
//   anything else           404
// Order items are counted for each path apart. An item is told by the first of the given body
// fields that is there (a string or a number); without one, all calls of the path are one item.
//
// A rule is a JSON object, and wins over what is built in:
//   path        required; holds for this path and all below it; the longest path wins
//   answer      required; the status, 200 to 599
//   failFirst   the first so many calls of an order item get 503 instead
//   delayMs     milliseconds before the answer
//   drop        true: the work is done, and the connection is closed without an answer
//   body        the JSON body of the answer
//
// One thread.
#pragma once

#include "base/json.h"
#include "base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn {

inline constexpr std::int64_t kBehaviourDelayMsMax = 600'000;
inline constexpr std::int64_t kBehaviourFailFirstMax = 1'000'000;
inline constexpr std::size_t kBehaviourRulesMax = 1'000;
inline constexpr std::size_t kBehaviourItemsMax = 2'000'000;

struct Behaviour {
  unsigned status = 200;
  std::int64_t delay_ms = 0;
  bool drop = false;
  std::optional<std::string> body;  // absent: the target makes one from the status
};

class Behaviours {
 public:
  Behaviours() : Behaviours({"item", "orderItem", "workOrder", "id"}) {}
  explicit Behaviours(std::vector<std::string> item_fields)
      : item_fields_(std::move(item_fields)) {}

  // Adds one rule, or replaces the one of the same path, whose counts of failures start again.
  // kInvalidArgument names the field that is wrong; kTooLarge past kBehaviourRulesMax.
  [[nodiscard]] Status Add(std::string_view rule_json);

  // Adds the rules of a JSON array; the first bad one ends it, and the error tells its index.
  [[nodiscard]] Status AddScript(std::string_view array_json);

  // Decides one call, and counts it for the rules that fail the first ones. `path` has no query.
  [[nodiscard]] Behaviour Decide(std::string_view path, std::string_view body);

 private:
  struct Rule {
    Behaviour behaviour;
    std::int64_t fail_first = 0;
    std::uint64_t generation = 0;
  };

  [[nodiscard]] Status AddParsed(const Json& rule);
  [[nodiscard]] const Rule* FindRule(std::string_view path) const;
  [[nodiscard]] std::string CounterOf(std::uint64_t generation, std::string_view path,
                                      std::string_view body) const;
  [[nodiscard]] Behaviour DecideBuiltIn(std::string_view path, std::string_view body);
  [[nodiscard]] bool FailsAgain(const std::string& counter, std::int64_t fail_first);

  const std::vector<std::string> item_fields_;
  std::map<std::string, Rule, std::less<>> rules_;  // by path
  std::map<std::string, std::int64_t, std::less<>> calls_by_item_;
  std::uint64_t generations_ = 0;
};

}  // namespace cairn
