// Run: one world made from one seed: a node on simulated storage, clock and targets, clients that
// submit orders and mind their own, faults, and the invariants that hold all along.
//
// After the faults have stopped every order that a client was told of must end, or be Held.
#pragma once

#include "adapters/archive_memory/archive_memory.h"
#include "adapters/journal_file/journal_file.h"
#include "adapters/script_lua/lua_scripts.h"
#include "runtime/callback_token.h"
#include "runtime/node.h"
#include "simulation/shadow.h"
#include "simulation/sim_executor.h"
#include "simulation/sim_targets.h"
#include "simulation/storage/sim_storage.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cairn::simulation {

struct RunResult {
  std::uint64_t hash = 0;  // of the final state and of the path to it
  std::uint64_t commands = 0;
  std::uint64_t crashes = 0;
  std::uint64_t orders = 0;
  std::uint64_t calls = 0;
  std::uint64_t questions = 0;  // of them, those that only ask whether something was done
  std::uint64_t tasks = 0;      // that people completed
  std::uint64_t frames = 0;
  std::uint64_t folded_max = 0;  // orders at once
  std::set<std::string> faults;  // the kinds that struck
  Nanos simulated = 0;           // time that passed in the world
};

class Run {
 public:
  // What waits is folded, or kept as it is, as the seed says or as it is told.
  enum class Folding { kAsDrawn, kAtOnce, kNever };
  explicit Run(std::uint64_t seed, Folding folding = Folding::kAsDrawn);
  ~Run();

  // Throws Violation.
  RunResult Execute();

  // The last things that happened, newest last.
  const std::deque<std::string>& tail() const { return tail_; }

 private:
  // What one client wants: an order, submitted under one key until it is acknowledged.
  struct Wish {
    std::string key;
    OrderRequest request;
    std::uint64_t body_hash = 0;
    OrderId id;            // valid once acknowledged
    bool refused = false;  // for good: a bad order
    bool asked_again = false;
    std::uint32_t resubmissions_left = 0;
    OrderState last_seen = OrderState::kNew;
  };

  void Draw(Folding folding);
  void StartNode();
  void StopNode(const std::string& why, CrashStyle style);
  void CompareRecovered();
  void Strike();  // perhaps a fault
  void Calm();    // no more faults from here on

  // run_clients.cc
  void ScheduleClients();
  void Submit(std::size_t wish);
  void OnSubmitted(std::size_t wish, tl::expected<SubmitReply, Refusal> reply);
  void Mind(std::size_t wish);
  void PerhapsCancel(std::size_t wish);
  // A target answers what it has delayed.
  void Complete(const CallTicket& ticket, CartridgeAnswer answer);
  // A person does so with a task.
  void CompleteTask(WorkOrderRef task, CartridgeAnswer answer);
  void OnSettled(std::size_t wish, const std::shared_ptr<const OrderSnapshot>& snapshot);
  void ReadSomething();
  void MaintainSomething();
  void ReadInventory();
  void Reload();
  void CheckSnapshot(const OrderSnapshot& snapshot) const;
  void CheckProductOrders(const OrderView& view, const OrderRequest& request) const;
  bool AllSettled() const;
  std::string Unsettled() const;

  // run_checks.cc
  void CheckNotLate(OrderId id, Nanos asked_at) const;
  void CheckCompleted(const CallbackTarget& target, Outcome outcome, const Status& status);
  void CheckTaskCompleted(WorkOrderRef task, Outcome outcome, const Status& status);
  void CheckTasks() const;
  void CheckList(const OrderQuery& query, const OrderList& list,
                 const std::vector<OrderId>& known) const;
  void CheckReload(const CatalogService::Reloaded& reloaded, const std::string& version_before,
                   bool is_bad, std::uint64_t hash) const;
  void CheckServices(const InventoryQuery& query, const InventoryList& list) const;
  const records::Catalog& CatalogOfVersion(const std::string& version) const;
  void CheckFolded();
  void CheckEnd();
  void CheckArchive();
  void CheckReplay();

  void Note(std::string what);
  Nanos Soon(Nanos most) { return clock_.true_now() + random_.Between(0, most); }

  const std::uint64_t seed_;
  Random random_;
  SimClock clock_;
  SimExecutor executor_;
  Shadow shadow_;
  SimTargets targets_;
  SimStorage storage_;
  std::shared_ptr<ArchiveMemoryStore> archive_store_;
  LuaScripts scripts_;
  // The versions that the catalog's source may come to hold, the one that it holds now, and whether
  // that is bad now.
  std::vector<std::shared_ptr<const Catalog>> catalogs_;
  std::size_t source_ = 0;
  bool source_is_bad_ = false;
  bool reloads_ = false;
  bool may_change_mind_ = false;  // what is refused may be taken later
  JournalFileOptions journal_options_;
  PartitionLimits limits_;
  std::uint64_t crashes_left_ = 0;
  std::uint64_t cancel_odds_ = 0;  // one look at an order in so many; 0: never
  std::uint64_t crash_odds_ = 0;   // one step in so many
  std::uint64_t fault_odds_ = 0;
  bool faults_on_ = true;
  Nanos disk_full_until_ = 0;

  std::unique_ptr<JournalFile> journal_file_;
  std::unique_ptr<WatchedJournal> journal_;
  std::unique_ptr<ArchiveMemory> archive_memory_;
  std::unique_ptr<WatchedArchive> archive_;
  std::unique_ptr<Node> node_;
  std::uint64_t life_ = 0;
  bool fatal_ = false;

  std::vector<Wish> wishes_;
  std::map<std::string, OrderId> by_key_;
  const CallbackTokens tokens_{std::string(kCallbackKeyBytes, 'k')};
  // Attempts whose ok, or whose error, was taken by their token.
  std::set<std::pair<CallbackTarget, bool>> taken_;
  std::deque<std::string> tail_;
  std::uint64_t path_ = 0;
  RunResult result_;
};

}  // namespace cairn::simulation
