#include "edges/http/answer_routes.h"

#include "edges/http/json_writer.h"
#include "edges/http/order_json.h"
#include "edges/http/order_query.h"
#include "edges/http/submission.h"
#include "edges/http/then_respond.h"

namespace cairn::http {
namespace {

constexpr ErrorStyle kStyle = ErrorStyle::kProblem;

// The answer in the body; nothing: the request was refused.
std::optional<LateAnswer> TakeAnswer(const ExchangePtr& exchange) {
  if (auto refusal = RefuseParameters(exchange->request().target, kStyle)) {
    exchange->Respond(std::move(*refusal));
    return std::nullopt;
  }
  auto answer = ParseAnswerJson(exchange->request().body);
  exchange->ReleaseBody();
  if (!answer) {
    exchange->Respond(BodyRefused(kStyle, answer.error()));
    return std::nullopt;
  }
  answer->actor = exchange->request().caller.name;
  return std::move(*answer);
}

void RenderTask(JsonWriter& json, const TaskView& task) {
  json.OpenObject().Key("id").Text(task.id).Key("order").Text(FormatId(task.order));
  json.Key("productOrder").Text(task.product_order);
  json.Key("technicalOrder").Text(task.technical_order).Key("step").Text(task.step);
  json.Key("cartridge").Text(task.cartridge).Key("operation").Text(task.operation);
  json.Key("input").Object(task.input);
  json.Key("since").Time(task.since);
  if (task.deadline != 0) json.Key("deadline").Time(task.deadline);
  json.CloseObject();
}

std::string RenderTasks(const TaskList& list) {
  JsonWriter json;
  json.OpenObject().Key("items").OpenArray();
  for (const TaskView& task : list.items) RenderTask(json, task);
  json.CloseArray();
  if (!list.next.empty()) json.Key("next").Text(list.next);
  json.CloseObject();
  return json.Take();
}

}  // namespace

void AddWorkOrderRoutes(Router& router, Service& service) {
  router.Add(Method::kPost, "/v1/workOrders/{id}/complete", false,
             [&service](const ExchangePtr& exchange) {
               auto answer = TakeAnswer(exchange);
               if (!answer) return;
               service.CompleteWorkOrder(exchange->path_id(), std::move(*answer),
                                         ThenRespondEmpty(exchange));
             });
}

void AddTaskRoutes(Router& router, TaskService& tasks) {
  router.Add(Method::kGet, "/v1/tasks", true, [&tasks](const ExchangePtr& exchange) {
    auto query = ParseTaskQuery(exchange->request().target);
    if (!query) return exchange->Respond(std::move(query.error()));
    tasks.ListTasks(std::move(*query), ThenRespond<TaskList>(exchange, RenderTasks));
  });
  router.Add(
      Method::kPost, "/v1/tasks/{id}/complete", false, [&tasks](const ExchangePtr& exchange) {
        auto answer = TakeAnswer(exchange);
        if (!answer) return;
        tasks.CompleteTask(exchange->path_id(), std::move(*answer), ThenRespondEmpty(exchange));
      });
}

}  // namespace cairn::http
