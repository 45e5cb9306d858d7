#include "runtime/node_tasks.h"

#include "base/check.h"
#include "base/text.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace cairn {
namespace {

constexpr std::string_view kPrefix = "wo";

}  // namespace

Result<WorkOrderRef> ParseWorkOrderName(std::string_view name) {
  const std::size_t dash = name.rfind('-');
  std::uint32_t index = 0;
  if (dash != std::string_view::npos) {
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + dash + 1, end, index);
    const auto order = ParseIdNumber(kPrefix, name.substr(0, dash));
    const bool parsed = error == std::errc{} && stop == end && order.has_value();
    // One name for one work order: no zeros before its number.
    if (parsed && std::to_string(index) == name.substr(dash + 1)) {
      return WorkOrderRef{OrderId(*order), index};
    }
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is no name of a work order, such as wo-1t3-4",
                          CutUtf8(name, kNameBytesMax)));
}

void NodeTasks::ListTasks(TaskQuery query, ListDone done) {
  ListTasksCommand command;
  if (!query.after.empty()) {
    const auto after = ParseWorkOrderName(query.after);
    if (!after) return done(Fail(after.error()));
    command.after = *after;
  }
  command.cartridge = std::move(query.cartridge);
  command.limit = std::clamp<std::size_t>(query.limit, 1, kListLimitMax);
  command.done = done;
  if (!partition_.PutOperator(std::move(command))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

void NodeTasks::CompleteTask(std::string id, LateAnswer answer, Service::CompleteDone done) {
  const auto work_order = ParseWorkOrderName(id);
  if (!work_order) {
    return done(Fail(ErrorCode::kNotFound,
                     fmt::format("there is no task '{}'", CutUtf8(id, kNameBytesMax))));
  }
  CHECK(answer.outcome != Outcome::kDelayed);
  CompleteTaskCommand command{.work_order = *work_order, .answer = std::move(answer), .done = done};
  if (!partition_.PutOperator(std::move(command))) {
    done(Fail(ErrorCode::kOverloaded, "too many questions wait"));
  }
}

}  // namespace cairn
