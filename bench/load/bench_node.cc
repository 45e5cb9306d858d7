// BenchNode: the body.
#include "bench/load/bench_node.h"

#include "adapters/cartridge_exec/exec_cartridge.h"
#include "adapters/cartridge_http/http_cartridge.h"
#include "adapters/cartridge_simulated/simulated_cartridge.h"
#include "adapters/catalog_yaml/catalog_yaml.h"
#include "adapters/executor_threads/thread_executor.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include <unistd.h>

namespace cairn::bench {
namespace {

constexpr std::uint64_t kJournalIdSeed = 1;
constexpr int kExitDiskFailed = 70;

[[noreturn]] void EndWithoutAnswer(const Error& error) {
  fmt::print(stderr, "the disk failed: {}\n", error.message);
  _exit(kExitDiskFailed);
}

Result<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorCode::kNotFound, "cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void SetLatency(records::Catalog& catalog, Nanos latency) {
  for (records::Cartridge& cartridge : *catalog.mutable_cartridges()) {
    if (!cartridge.has_simulated()) continue;
    cartridge.mutable_simulated()->set_latency_ns(latency);
    for (auto& operation : *cartridge.mutable_simulated()->mutable_operations()) {
      operation.set_latency_ns(0);  // that of the cartridge
    }
  }
}

}  // namespace

BenchNode::~BenchNode() {
  if (started_) node_->StopAdmission();
  for (const auto& cartridge : cartridges_) cartridge->Stop();
  node_.reset();
  if (!started_) return;
  if (const Status closed = journal_file_->CloseBurst(); !closed) {
    fmt::print(stderr, "no closing frame: {}\n", closed.error().message);
  }
}

Result<std::shared_ptr<const Catalog>> BenchNode::ReadCatalogFiles() const {
  std::vector<CatalogFile> files;
  for (const std::string& path : options_.catalog_files) {
    ASSIGN_OR_RETURN(std::string text, ReadWhole(path));
    files.push_back({.name = path, .text = std::move(text)});
  }
  auto loaded = ReadCatalog(files);
  if (!loaded) {
    return Fail(ErrorCode::kInvalidArgument, loaded.error().front().ToString());
  }
  if (!options_.latency) return std::move(loaded->catalog);
  records::Catalog records = loaded->catalog->records();
  SetLatency(records, *options_.latency);
  return Catalog::Make(std::move(records));
}

Status BenchNode::OpenData() {
  ASSIGN_OR_RETURN(storage_,
                   PosixStorage::Open(options_.directory + "/journal", MissingDirectory::kCreate));
  RETURN_IF_ERROR(storage_->Lock());
  JournalFileOptions journal_options;
  journal_options.id_seed = kJournalIdSeed;
  journal_file_ = std::make_unique<JournalFile>(*storage_, journal_options);
  journal_ = std::make_unique<MeasuredJournal>(*journal_file_);
  if (options_.archive != nullptr) return {};
  ArchiveSqliteOptions archive_options;
  archive_options.directory = options_.directory + "/archive";
  ASSIGN_OR_RETURN(own_archive_, ArchiveSqlite::Open(std::move(archive_options)));
  return {};
}

Dispatcher::Cartridges BenchNode::MakeCartridges(const Catalog& catalog) {
  AnswerSink& sink = node_->answer_sink();
  Dispatcher::Cartridges made;
  const auto keep = [this](std::unique_ptr<Cartridge> cartridge) {
    return cartridges_.emplace_back(std::move(cartridge)).get();
  };
  if (options_.make_cartridge) {
    made.simulated = made.http = made.exec = keep(options_.make_cartridge(sink));
    return made;
  }
  // Only what the catalog needs: an idle cartridge has a thread.
  for (const records::Cartridge& cartridge : catalog.records().cartridges()) {
    if (cartridge.has_simulated() && made.simulated == nullptr) {
      made.simulated = keep(std::make_unique<SimulatedCartridge>(*executor_, *clock_, sink));
    }
    if (cartridge.has_http() && made.http == nullptr) {
      made.http = keep(std::make_unique<HttpCartridge>(sink));
    }
    if (cartridge.has_exec() && made.exec == nullptr) {
      ExecCartridge::Options exec;
      exec.log = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
      made.exec = keep(std::make_unique<ExecCartridge>(sink, std::move(exec)));
    }
  }
  return made;
}

Result<ReplayReport> BenchNode::Start() {
  clock_ = options_.clock != nullptr ? options_.clock : &system_clock_;
  if (options_.executor == nullptr) {
    own_executor_ = std::make_unique<ThreadExecutor>(std::as_const(*clock_));
  }
  executor_ = options_.executor != nullptr ? options_.executor : own_executor_.get();
  ASSIGN_OR_RETURN(std::shared_ptr<const Catalog> catalog, ReadCatalogFiles());
  RETURN_IF_ERROR(OpenData());
  Node::Options node_options;
  node_options.on_fatal = EndWithoutAnswer;
  node_options.limits = options_.limits;
  node_options.callback_key = options_.callback_key;
  Node::Parts parts;
  parts.clock = clock_;
  parts.executor = executor_;
  parts.journal = journal_.get();
  parts.archive = options_.archive != nullptr ? options_.archive : own_archive_.get();
  node_ = std::make_unique<Node>(parts, std::move(node_options));
  const Dispatcher::Cartridges cartridges = MakeCartridges(*catalog);
  ASSIGN_OR_RETURN(ReplayReport report, node_->Start(std::move(catalog), cartridges));
  started_ = true;
  return report;
}

}  // namespace cairn::bench
