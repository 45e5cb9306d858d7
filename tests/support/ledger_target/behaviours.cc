// The rules of the ledger target: built-in paths, and rules that a test adds.
#include "tests/support/ledger_target/behaviours.h"

#include <charconv>
#include <utility>

namespace cairn {
namespace {

constexpr unsigned kTechnicalStatus = 503;

Behaviour Plain(unsigned status, std::int64_t delay_ms = 0) {
  Behaviour behaviour;
  behaviour.status = status;
  behaviour.delay_ms = delay_ms;
  return behaviour;
}

// The first part of a path, without its slash; `path` keeps the rest.
std::string_view TakePart(std::string_view& path) {
  if (!path.empty() && path.front() == '/') {
    path.remove_prefix(1);
  }
  const std::string_view part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

std::optional<std::int64_t> ParseCount(std::string_view text, std::int64_t max) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > max) {
    return std::nullopt;
  }
  return value;
}

// Reads an optional whole number in [min, max] into `out`.
Status ReadInt(const Json& rule, std::string_view field, std::int64_t min, std::int64_t max,
               std::int64_t& out) {
  const Json* value = rule.Find(field);
  if (value == nullptr) {
    return {};
  }
  const std::optional<std::int64_t> number = value->int_value();
  if (!number.has_value() || *number < min || *number > max) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string(field) + ": '" + value->Serialize() + "' is not a whole number from " +
                    std::to_string(min) + " to " + std::to_string(max));
  }
  out = *number;
  return {};
}

}  // namespace

Status Behaviours::Add(std::string_view rule_json) {
  ASSIGN_OR_RETURN(const Json rule, ParseJson(rule_json));
  return AddParsed(rule);
}

Status Behaviours::AddScript(std::string_view array_json) {
  ASSIGN_OR_RETURN(const Json script, ParseJson(array_json));
  if (!script.is_array()) {
    return Fail(ErrorCode::kInvalidArgument, "the script is not a JSON array of rules");
  }
  for (std::size_t i = 0; i < script.items().size(); ++i) {
    const Status status = AddParsed(script.items()[i]);
    if (!status) {
      return Fail(status.error().code, "rule " + std::to_string(i) + ": " + status.error().message);
    }
  }
  return {};
}

Status Behaviours::AddParsed(const Json& rule) {
  if (!rule.is_object()) {
    return Fail(ErrorCode::kInvalidArgument, "a rule is a JSON object, not " + rule.Serialize());
  }
  for (const Json::Member& member : rule.members()) {
    if (member.key != "path" && member.key != "answer" && member.key != "failFirst" &&
        member.key != "delayMs" && member.key != "drop" && member.key != "body") {
      return Fail(ErrorCode::kInvalidArgument, member.key + ": a rule has no such field");
    }
  }
  const Json* path = rule.Find("path");
  if (path == nullptr || !path->is_string() || path->text().empty() || path->text()[0] != '/' ||
      (path->text().size() > 1 && path->text().back() == '/')) {
    return Fail(ErrorCode::kInvalidArgument,
                "path: it must be a string that starts with / and does not end with one");
  }
  if (rule.Find("answer") == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "answer: a rule needs the status to answer with");
  }
  Rule added;
  std::int64_t status = 0;
  RETURN_IF_ERROR(ReadInt(rule, "answer", 200, 599, status));
  RETURN_IF_ERROR(ReadInt(rule, "failFirst", 0, kBehaviourFailFirstMax, added.fail_first));
  RETURN_IF_ERROR(ReadInt(rule, "delayMs", 0, kBehaviourDelayMsMax, added.behaviour.delay_ms));
  added.behaviour.status = static_cast<unsigned>(status);
  if (const Json* drop = rule.Find("drop"); drop != nullptr) {
    if (!drop->is_bool()) {
      return Fail(ErrorCode::kInvalidArgument, "drop: it must be true or false");
    }
    added.behaviour.drop = drop->bool_value();
  }
  if (const Json* body = rule.Find("body"); body != nullptr) {
    added.behaviour.body = body->Serialize();
  }
  if (rules_.size() >= kBehaviourRulesMax && rules_.find(path->text()) == rules_.end()) {
    return Fail(ErrorCode::kTooLarge, "more than " + std::to_string(kBehaviourRulesMax) + " rules");
  }
  added.generation = ++generations_;
  rules_.insert_or_assign(path->text(), std::move(added));
  return {};
}

// From the whole path upwards, so that the longest rule is met first.
const Behaviours::Rule* Behaviours::FindRule(std::string_view path) const {
  while (!path.empty()) {
    const auto found = rules_.find(path);
    if (found != rules_.end()) {
      return &found->second;
    }
    const std::size_t slash = path.rfind('/');
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  const auto root = rules_.find("/");
  return root == rules_.end() ? nullptr : &root->second;
}

// Under which name the failures of a call are counted; generation 0 is that of the built-in rules.
std::string Behaviours::CounterOf(std::uint64_t generation, std::string_view path,
                                  std::string_view body) const {
  std::string counter = std::to_string(generation) + " ";
  counter.append(path);
  const Result<Json> parsed = ParseJson(body);
  for (std::size_t i = 0; parsed && i < item_fields_.size(); ++i) {
    const Json* value = parsed->Find(item_fields_[i]);
    if (value != nullptr && (value->is_string() || value->is_number())) {
      return counter + " " + value->text();
    }
  }
  return counter;
}

// Past the limit of items everything fails, so that a run that outgrows it cannot pass unseen.
bool Behaviours::FailsAgain(const std::string& counter, std::int64_t fail_first) {
  if (calls_by_item_.size() >= kBehaviourItemsMax && !calls_by_item_.contains(counter)) {
    return true;
  }
  return ++calls_by_item_[counter] <= fail_first;
}

Behaviour Behaviours::Decide(std::string_view path, std::string_view body) {
  const Rule* rule = FindRule(path);
  if (rule == nullptr) {
    return DecideBuiltIn(path, body);
  }
  if (rule->fail_first > 0 &&
      FailsAgain(CounterOf(rule->generation, path, body), rule->fail_first)) {
    return Plain(kTechnicalStatus, rule->behaviour.delay_ms);
  }
  return rule->behaviour;
}

Behaviour Behaviours::DecideBuiltIn(std::string_view path, std::string_view body) {
  std::string_view rest = path;
  const std::string_view kind = TakePart(rest);
  const std::string_view argument = TakePart(rest);
  if (kind == "ok") {
    return Plain(200);
  }
  if (kind == "fail" && argument == "functional") {
    return Plain(422);
  }
  if (kind == "fail" && argument == "technical") {
    return Plain(kTechnicalStatus);
  }
  if (kind == "flaky") {
    const std::optional<std::int64_t> count = ParseCount(argument, kBehaviourFailFirstMax);
    if (count.has_value()) {
      return Plain(FailsAgain(CounterOf(0, path, body), *count) ? kTechnicalStatus : 200);
    }
  }
  if (kind == "slow") {
    const std::optional<std::int64_t> delay_ms = ParseCount(argument, kBehaviourDelayMsMax);
    if (delay_ms.has_value()) {
      return Plain(200, *delay_ms);
    }
  }
  return Plain(404);
}

}  // namespace cairn
