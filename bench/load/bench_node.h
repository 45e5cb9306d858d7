// BenchNode: a node with its journal and archive in a folder and with real cartridges, in this
// process, put together as cairnd does it, without HTTP.
//
// Made and destroyed by one thread; as a Service it serves any thread.
#pragma once

#include "adapters/archive_sqlite/archive_sqlite.h"
#include "adapters/executor_threads/system_clock.h"
#include "adapters/journal_file/journal_file.h"
#include "adapters/storage_posix/posix_storage.h"
#include "bench/load/measured_journal.h"
#include "ports/cartridge.h"
#include "runtime/node.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cairn::bench {

struct BenchNodeOptions {
  std::string directory;                   // for the data
  std::vector<std::string> catalog_files;  // YAML
  std::optional<Nanos> latency;            // of simulated cartridges; else as the catalog says
  PartitionLimits limits;
  std::string callback_key;  // as in Node::Options
  // What stands in for the real parts; each outlives the node. Null: the real one.
  Clock* clock = nullptr;
  Executor* executor = nullptr;
  Archive* archive = nullptr;
  // Makes the one cartridge that all calls go to, instead of the catalog's.
  std::function<std::unique_ptr<Cartridge>(AnswerSink&)> make_cartridge;
};

class BenchNode {
 public:
  explicit BenchNode(BenchNodeOptions options) : options_(std::move(options)) {}
  ~BenchNode();
  BenchNode(const BenchNode&) = delete;
  BenchNode& operator=(const BenchNode&) = delete;

  // Opens the data, replays the journal and starts. Once.
  [[nodiscard]] Result<ReplayReport> Start();

  Node& node() { return *node_; }
  const MeasuredJournal& journal() const { return *journal_; }

 private:
  [[nodiscard]] Result<std::shared_ptr<const Catalog>> ReadCatalogFiles() const;
  [[nodiscard]] Status OpenData();
  Dispatcher::Cartridges MakeCartridges(const Catalog& catalog);

  const BenchNodeOptions options_;
  SystemClock system_clock_;
  std::unique_ptr<Executor> own_executor_;
  Executor* executor_ = nullptr;
  Clock* clock_ = nullptr;
  std::unique_ptr<PosixStorage> storage_;
  std::unique_ptr<JournalFile> journal_file_;
  std::unique_ptr<MeasuredJournal> journal_;
  std::unique_ptr<ArchiveSqlite> own_archive_;
  std::vector<std::unique_ptr<Cartridge>> cartridges_;
  std::unique_ptr<Node> node_;
  bool started_ = false;
};

}  // namespace cairn::bench
