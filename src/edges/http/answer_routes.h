// The routes by which work orders are answered from outside:
// /v1/workOrders/{callbackToken}/complete for targets that answer later, and /v1/tasks for people.
//
// The functions that they add to the router may run on any thread of the server.
#pragma once

#include "edges/http/router.h"
#include "runtime/service.h"
#include "runtime/task_service.h"

namespace cairn::http {

// REQUIRES, of both: the service outlives the server and every callback it still owes.
void AddWorkOrderRoutes(Router& router, Service& service);
void AddTaskRoutes(Router& router, TaskService& tasks);

}  // namespace cairn::http
