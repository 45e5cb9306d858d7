// NodeTasks: the TaskService of a node. The partition knows which tasks there are; this checks what
// comes in, and names things as people do.
//
// Any thread.
#pragma once

#include "runtime/partition.h"
#include "runtime/task_service.h"

#include <string>
#include <string_view>

namespace cairn {

class NodeTasks final : public TaskService {
 public:
  // The partition outlives this object.
  explicit NodeTasks(Partition& partition) : partition_(partition) {}

  void ListTasks(TaskQuery query, ListDone done) override;
  void CompleteTask(std::string id, LateAnswer answer, Service::CompleteDone done) override;

 private:
  Partition& partition_;
};

// "wo-1t3-4", as WorkOrderName says it. kInvalidArgument when it is none.
[[nodiscard]] Result<WorkOrderRef> ParseWorkOrderName(std::string_view name);

}  // namespace cairn
