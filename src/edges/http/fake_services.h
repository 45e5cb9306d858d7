// FakeServices: the services beside that of orders, with one task, cartridge and service each, for
// tests of the edge. They answer on the calling thread.
#pragma once

#include "edges/http/fake_events.h"
#include "runtime/cartridge_service.h"
#include "runtime/catalog_service.h"
#include "runtime/inventory_service.h"
#include "runtime/services.h"
#include "runtime/task_service.h"

#include <string>
#include <utility>

namespace cairn::http {

class FakeServices final : public TaskService,
                           public CartridgeService,
                           public CatalogService,
                           public InventoryService {
 public:
  Services With(Service& orders) {
    Services services;
    services.orders = &orders;
    services.tasks = this;
    services.cartridges = this;
    services.catalog = this;
    services.inventory = this;
    services.events = &events;
    return services;
  }

  FakeEvents events;

  // What was asked last, and by whom.
  TaskQuery task_query;
  InventoryQuery inventory_query;
  LateAnswer answer;
  std::string actor;
  std::vector<CatalogProblemView> problems;  // of the next reload

  void ListTasks(TaskQuery query, TaskService::ListDone done) override {
    task_query = std::move(query);
    TaskView task;
    task.id = "wo-1-0";
    task.order = OrderId(1);
    task.product_order = "po1";
    task.technical_order = "to-1-0";
    task.step = "dig";
    task.cartridge = "field";
    task.operation = "install";
    task.input.Add("street", "\"High Street\"");
    task.since = kDay;
    task.deadline = 8 * kDay;
    done(TaskList{{task}, "wo-1-0"});
  }
  void CompleteTask(std::string id, LateAnswer given, Service::CompleteDone done) override {
    answer = std::move(given);
    if (id != "wo-1-0") return done(Fail(ErrorCode::kNotFound, "there is no such task"));
    done(Status());
  }

  std::vector<CartridgeView> ListCartridges() override { return {View(TargetHealth::kUp)}; }
  void StartMaintenance(std::string name, std::string who, CartridgeDone done) override {
    actor = std::move(who);
    if (name != "hlr") return done(Fail(ErrorCode::kNotFound, "there is no such cartridge"));
    done(View(TargetHealth::kMaintenance));
  }
  void StopMaintenance(std::string name, std::string who, CartridgeDone done) override {
    actor = std::move(who);
    if (name != "hlr") return done(Fail(ErrorCode::kNotFound, "there is no such cartridge"));
    done(View(TargetHealth::kUp));
  }
  void TestCartridge(std::string name, std::string who, TestDone done) override {
    actor = std::move(who);
    if (name != "hlr") return done(Fail(ErrorCode::kConflict, "it has no test operation"));
    done(TestResult{Outcome::kTechnical, "refused"});
  }

  CatalogView CurrentCatalog() override { return {"c0ffee", kDay, nullptr}; }
  void ReloadCatalog(std::string who, ReloadDone done) override {
    actor = std::move(who);
    Reloaded reloaded;
    reloaded.current = CurrentCatalog();
    reloaded.problems = std::exchange(problems, {});
    reloaded.changed = reloaded.problems.empty();
    done(std::move(reloaded));
  }

  void ListServices(InventoryQuery query, InventoryService::ListDone done) override {
    inventory_query = std::move(query);
    done(InventoryList{{Line()}, ""});
  }
  void GetService(std::string id, ServiceDone done) override {
    if (id != "sv-1") return done(Fail(ErrorCode::kNotFound, "there is no service " + id));
    done(Line());
  }

 private:
  static ServiceView Line() {
    ServiceView service;
    service.id = "sv-1";
    service.service = "+447700900123";
    service.product = "mobile-line";
    service.customer = "C-1";
    service.state = "active";
    service.order = OrderId(1);
    service.created_at = kDay;
    service.changed_at = 2 * kDay;
    return service;
  }
  static CartridgeView View(TargetHealth health) { return {"hlr", "http", health, 3, 4, 8, 50, 5}; }
};

}  // namespace cairn::http
