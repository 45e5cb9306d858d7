// Wiring: the body. Nothing here decides anything about orders.
#include "apps/cairnd/wiring.h"

#include "adapters/archive_sqlite/archive_sqlite.h"
#include "adapters/cartridge_exec/exec_cartridge.h"
#include "adapters/cartridge_http/http_cartridge.h"
#include "adapters/cartridge_manual/manual_cartridge.h"
#include "adapters/cartridge_simulated/simulated_cartridge.h"
#include "adapters/catalog_yaml/catalog_yaml.h"
#include "adapters/executor_threads/system_clock.h"
#include "adapters/executor_threads/thread_executor.h"
#include "adapters/executor_threads/virtual_clock.h"
#include "adapters/journal_file/journal_file.h"
#include "adapters/script_lua/lua_scripts.h"
#include "adapters/storage_posix/key_file.h"
#include "adapters/storage_posix/posix_storage.h"
#include "apps/cairnd/api_keys_file.h"
#include "apps/cairnd/retaining_archive.h"
#include "base/bytes.h"
#include "edges/http/host_rule.h"
#include "edges/http/http_server.h"
#include "edges/http/tmf641_events.h"
#include "runtime/callback_token.h"
#include "runtime/node.h"
#include "runtime/services.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

namespace cairn {
namespace {

constexpr Nanos kSimulatedLatency = 5 * kMillisecond;
constexpr Nanos kPollEvery = 2 * kMillisecond;
// For requests that are under way when the server stops; those that wait for an order are answered
// at once.
constexpr Nanos kRequestsStopTimeout = kSecond;
// Two at least: a large order that is planned must not hold up small requests.
constexpr unsigned kPlanningThreadsMin = 2;

std::uint64_t RandomSeed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

// The journal and the archive keep files open, and so does every client.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    spdlog::warn("the limit of open files stays as it is: {}",
                 std::generic_category().message(errno));
  }
}

[[noreturn]] void EndWithoutAnswer(const Error& error) {
  spdlog::critical("the disk failed, so nothing more may be promised: {}", error.message);
  _exit(kExitDiskFailed);
}

std::string UrlOf(const Config& config, std::uint16_t port) {
  const bool is_v6 = config.address.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + config.address + "]" : config.address;
  return fmt::format("http://{}:{}", host, port);
}

tl::expected<std::shared_ptr<const Catalog>, std::vector<CatalogProblemView>> ReadCatalogAgain(
    const std::string& directory, ScriptEngine& scripts) {
  auto loaded = LoadCatalog(directory, &scripts);
  if (loaded) return std::move(loaded->catalog);
  std::vector<CatalogProblemView> problems;
  for (CatalogProblem& problem : loaded.error()) {
    problems.push_back({problem.line > 0 ? fmt::format("{}:{}", problem.file, problem.line)
                                         : std::move(problem.file),
                        fmt::format("{} ({})", problem.message, problem.rule)});
  }
  return tl::unexpected(std::move(problems));
}

void LogReload(const Result<CatalogService::Reloaded>& reloaded) {
  if (!reloaded) {
    spdlog::error("the catalog stays as it was: {}", reloaded.error().message);
    return;
  }
  for (const CatalogProblemView& problem : reloaded->problems) {
    spdlog::error("catalog: {}: {}", problem.place, problem.detail);
  }
  if (!reloaded->problems.empty()) {
    spdlog::error("the catalog stays as it was, version {}", reloaded->current.version);
  } else {
    spdlog::info("catalog: {} version {}", reloaded->changed ? "now" : "still",
                 reloaded->current.version);
  }
}

// The parts of a running node. The order of the members is the order of their making but for the
// cartridges: they need the node's sink, and must outlive its threads.
class RunningNode {
 public:
  RunningNode(const Config& config, ScriptEngine& scripts) : config_(config), scripts_(scripts) {}
  ~RunningNode() { TakeApart(); }
  RunningNode(const RunningNode&) = delete;
  RunningNode& operator=(const RunningNode&) = delete;

  // The lock on the data directory comes first: nothing of another process's is touched.
  Status OpenData();
  Status Start(std::shared_ptr<const Catalog> catalog);
  // Tells in the log, or on the standard error, what is wrong with the file of keys.
  bool ReadKeys();
  // Reads again what can be replaced while the node runs. What is wrong stays as it was.
  void Reload();
  bool is_ready() const { return node_->readiness() == Readiness::kReady; }
  std::string url() const { return UrlOf(config_, server_->port()); }
  // Takes no new work and gives the calls that are under way the stop timeout to be answered.
  void Drain();
  // Safe at any stage of the making, and more than once.
  void TakeApart();

 private:
  Clock& clock() { return virtual_clock_ ? static_cast<Clock&>(*virtual_clock_) : system_clock_; }
  void MakeClock();
  void MakeNode();
  Dispatcher::Cartridges MakeCartridges();
  Status StartServer();

  const Config& config_;
  ScriptEngine& scripts_;
  SystemClock system_clock_;
  std::unique_ptr<VirtualClock> virtual_clock_;  // null: the real one
  std::unique_ptr<ThreadExecutor> executor_;
  std::unique_ptr<PosixStorage> storage_;
  std::string callback_key_;
  std::unique_ptr<JournalFile> journal_;
  std::unique_ptr<ArchiveSqlite> archive_;
  std::unique_ptr<RetainingArchive> retaining_;
  std::unique_ptr<SimulatedCartridge> simulated_;
  std::unique_ptr<HttpCartridge> http_;
  std::unique_ptr<ExecCartridge> exec_;
  std::unique_ptr<ManualCartridge> manual_;
  std::unique_ptr<HttpCartridge> listener_caller_;
  std::unique_ptr<Node> node_;
  bool started_ = false;
  std::shared_ptr<http::ApiKeys> keys_;  // null: nobody is asked
  std::unique_ptr<http::HttpServer> server_;
};

void RunningNode::MakeClock() {
  if (config_.clock == ClockKind::kReal) {
    executor_ = std::make_unique<ThreadExecutor>(system_clock_);
    return;
  }
  virtual_clock_ = std::make_unique<VirtualClock>(system_clock_.Now());
  executor_ = std::make_unique<ThreadExecutor>(*virtual_clock_);
}

Status RunningNode::OpenData() {
  MakeClock();
  ASSIGN_OR_RETURN(storage_,
                   PosixStorage::Open(config_.data_dir + "/journal", MissingDirectory::kCreate));
  RETURN_IF_ERROR(storage_->Lock());
  ASSIGN_OR_RETURN(callback_key_,
                   ReadOrMakeKeyFile(config_.data_dir + "/callback.key", kCallbackKeyBytes));
  JournalFileOptions options;
  options.segment_bytes = config_.segment_bytes;
  options.id_seed = RandomSeed();
  journal_ = std::make_unique<JournalFile>(*storage_, options);
  ArchiveSqliteOptions archive_options;
  archive_options.directory = config_.data_dir + "/archive";
  ASSIGN_OR_RETURN(archive_, ArchiveSqlite::Open(std::move(archive_options)));
  retaining_ = std::make_unique<RetainingArchive>(*archive_, clock(), config_.archive_retention);
  return retaining_->DropOld();
}

void RunningNode::MakeNode() {
  Node::Options options;
  options.on_fatal = EndWithoutAnswer;
  options.callback_key = callback_key_;
  options.tell_listener = http::TellTmf641Listener;
  if (virtual_clock_) {
    options.advance_clock = [this](Nanos moment) { return virtual_clock_->AdvanceTo(moment); };
  }
  options.read_catalog = [this] { return ReadCatalogAgain(config_.catalog_dir, scripts_); };
  if (config_.accept_archive_ahead) {
    options.rebase_archive = [this](std::uint64_t sequence) {
      spdlog::warn("the archive was ahead of the journal: going on with ids far ahead");
      return archive_->SetBackJournalSequence(sequence);
    };
  }
  Node::Parts parts;
  parts.clock = &clock();
  parts.executor = executor_.get();
  parts.journal = journal_.get();
  parts.archive = retaining_.get();
  parts.scripts = &scripts_;
  node_ = std::make_unique<Node>(parts, std::move(options));
}

Dispatcher::Cartridges RunningNode::MakeCartridges() {
  AnswerSink& sink = node_->answer_sink();
  SimulatedCartridge::Options simulated;
  if (config_.simulate) simulated.replace_all_with = kSimulatedLatency;
  simulated_ = std::make_unique<SimulatedCartridge>(*executor_, clock(), sink, simulated);
  http_ = std::make_unique<HttpCartridge>(sink);
  ExecCartridge::Options exec;
  exec.log = [](std::string_view line) { spdlog::info("{}", line); };
  exec_ = std::make_unique<ExecCartridge>(sink, std::move(exec));
  manual_ = std::make_unique<ManualCartridge>(sink);
  Dispatcher::Cartridges cartridges;
  cartridges.simulated = simulated_.get();
  cartridges.http = http_.get();
  cartridges.exec = exec_.get();
  cartridges.manual = manual_.get();
  cartridges.simulate_all = config_.simulate;
  return cartridges;
}

Status RunningNode::Start(std::shared_ptr<const Catalog> catalog) {
  MakeNode();
  const Dispatcher::Cartridges cartridges = MakeCartridges();
  listener_caller_ = std::make_unique<HttpCartridge>(node_->listener_sink());
  auto started = node_->Start(std::move(catalog), cartridges, listener_caller_.get());
  if (!started && started.error().code == ErrorCode::kConflict) {
    return Fail(ErrorCode::kConflict,
                started.error().message +
                    ". Put the journal back that belongs to the archive, or start once with "
                    "--accept-archive-ahead");
  }
  ASSIGN_OR_RETURN(const ReplayReport report, std::move(started));
  started_ = true;
  spdlog::info("journal: {} frames, {} bytes, {} ms", report.frames, report.bytes,
               node_->metrics().recovery_time / kMillisecond);
  if (report.cut_tail) {
    spdlog::warn("journal: the last frame was torn and is cut off at {}", report.cut_at);
  }
  return StartServer();
}

Status RunningNode::StartServer() {
  http::HttpServerOptions options;
  options.address = config_.address;
  options.port = config_.port;
  options.io_threads = config_.io_threads;
  options.worker_threads = std::max(config_.io_threads, kPlanningThreadsMin);
  options.stop_timeout = kRequestsStopTimeout;
  options.allowed_hosts = config_.allowed_hosts;
  if (!config_.is_open_to_others()) {
    for (std::string& host : http::LoopbackHosts()) {
      options.allowed_hosts.push_back(std::move(host));
    }
  }
  options.keys = keys_;
  Services services;
  services.orders = node_.get();
  services.tasks = &node_->tasks();
  services.cartridges = &node_->cartridges();
  services.catalog = &node_->catalog();
  services.inventory = &node_->inventory();
  services.events = &node_->events();
  ASSIGN_OR_RETURN(server_, http::HttpServer::Start(std::move(options), services));
  return {};
}

bool RunningNode::ReadKeys() {
  if (config_.api_keys_file.empty()) return true;
  auto read = ReadApiKeys(config_.api_keys_file);
  if (!read) {
    std::fputs(read.error().c_str(), stderr);
    return false;
  }
  spdlog::info("{} keys in {}", read->size(), config_.api_keys_file);
  if (keys_ == nullptr) {
    keys_ = std::make_shared<http::ApiKeys>(std::move(*read));
  } else {
    keys_->Replace(std::move(*read));
  }
  return true;
}

void RunningNode::Reload() {
  if (!ReadKeys()) spdlog::warn("the keys stay as they were");
  node_->catalog().ReloadCatalog("SIGHUP", LogReload);
}

void RunningNode::Drain() {
  server_->StopAccepting();
  node_->StopAdmission();
  using Steady = std::chrono::steady_clock;
  const auto end = Steady::now() + std::chrono::nanoseconds(config_.stop_timeout);
  while (!node_->quiet() && Steady::now() < end) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(kPollEvery));
  }
  std::uint64_t running = 0;
  for (const auto& cartridge : node_->metrics().cartridges) running += cartridge.running;
  if (running > 0) {
    spdlog::warn("{} calls were not answered in time; they are sent again at the next start",
                 running);
  }
}

// Nobody may call what is already gone: clients first, then the cartridges, whose answers go to the
// node, then the node, which uses everything else.
void RunningNode::TakeApart() {
  server_.reset();
  if (started_) node_->StopAdmission();
  if (simulated_) simulated_->Stop();
  if (http_) http_->Stop();
  if (exec_) exec_->Stop();
  if (manual_) manual_->Stop();
  if (listener_caller_) listener_caller_->Stop();
  node_.reset();
  if (!std::exchange(started_, false)) return;
  // With it, a later damage of the last frame is told from a torn tail.
  const Status closed = journal_->CloseBurst();
  if (!closed) spdlog::warn("journal: no closing frame: {}", closed.error().message);
}

int FailToStart(const Error& error) {
  spdlog::error("cannot start: {}", error.message);
  return kExitFailed;
}

}  // namespace

int RunNode(const Config& config, StopSignals& signals) {
  RaiseDescriptorLimit();
  LuaScripts scripts;
  auto loaded = LoadCatalog(config.catalog_dir, &scripts);
  if (!loaded) {
    for (const CatalogProblem& problem : loaded.error()) {
      std::fputs((problem.ToString() + "\n").c_str(), stderr);
    }
    return kExitFailed;
  }
  spdlog::info("catalog {}: {} files, version {}", config.catalog_dir, loaded->files.size(),
               Hex64(loaded->catalog->hash()));

  RunningNode running(config, scripts);
  if (!running.ReadKeys()) return kExitFailed;
  if (const Status opened = running.OpenData(); !opened) return FailToStart(opened.error());
  if (const Status started = running.Start(std::move(loaded->catalog)); !started) {
    return FailToStart(started.error());
  }
  signals.BeginGraceful();
  bool stop = false;
  while (!running.is_ready() && !stop) stop = signals.WaitFor(kPollEvery);
  if (!stop) {
    std::fputs(fmt::format("cairnd ready {}\n", running.url()).c_str(), stdout);
    std::fflush(stdout);
    spdlog::info("ready on {}, data in {}", running.url(), config.data_dir);
    while (signals.Next() == StopSignals::Event::kReload) running.Reload();
  }
  spdlog::info("stopping");
  running.Drain();
  running.TakeApart();
  spdlog::info("stopped");
  return 0;
}

}  // namespace cairn
