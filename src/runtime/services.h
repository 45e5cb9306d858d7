// Services: all that edges may ask of a running node, by subject.
//
// Pointers only; what they point to outlives the edges. Null where a node does not have the
// service.
#pragma once

namespace cairn {

class CartridgeService;
class CatalogService;
class EventService;
class InventoryService;
class Service;
class TaskService;

struct Services {
  Service* orders = nullptr;
  TaskService* tasks = nullptr;
  CartridgeService* cartridges = nullptr;
  CatalogService* catalog = nullptr;
  InventoryService* inventory = nullptr;
  EventService* events = nullptr;
};

}  // namespace cairn
