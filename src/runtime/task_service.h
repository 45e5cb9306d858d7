// TaskService: the tasks of people. A task is a work order of a manual cartridge that waits.
//
// Threads and callbacks as in service.h.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "model/fields.h"
#include "model/ids.h"
#include "runtime/service.h"

#include <functional>
#include <string>
#include <vector>

namespace cairn {

struct TaskView {
  std::string id;  // of its work order: "wo-...-3"
  OrderId order;
  std::string product_order;
  std::string technical_order;
  std::string step;
  std::string cartridge;
  std::string operation;
  Fields input;
  Nanos since = 0;
  Nanos deadline = 0;
};

struct TaskQuery {
  std::string after;      // the last id of the page before; empty: from the beginning
  std::string cartridge;  // empty: any
  std::size_t limit = kListLimitDefault;
};

struct TaskList {
  std::vector<TaskView> items;  // by id
  std::string next;             // pass as TaskQuery::after; empty: there are no more
};

class TaskService {
 public:
  virtual ~TaskService() = default;

  using ListDone = std::function<void(Result<TaskList>)>;
  virtual void ListTasks(TaskQuery query, ListDone done) = 0;

  // kNotFound: there is no such task; kConflict: it does not wait any more.
  virtual void CompleteTask(std::string id, LateAnswer answer, Service::CompleteDone done) = 0;
};

}  // namespace cairn
