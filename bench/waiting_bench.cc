// Orders that wait: what a million of them take of memory, what they cost the others, and how long
// a node with them takes to come back.
//
//   waiting_bench --catalog FILE... [--dir DIR] [--orders 1000000] [--seconds 10]
//
// In a process of its own each, so that no figure holds what the one before left behind:
//   fill     the ten-step orders of the other benchmarks for a while; then the orders that wait, of
//            one asynchronous work order and 1,000 bytes of JSON each; then the ten-step orders
//            again
//   restart  a start with those that wait; a question about one in many; then the answers to all
//
// Fails when an order is lost, or does not complete when it is answered.
#include "base/check.h"
#include "base/random.h"
#include "bench/load/bench_node.h"
#include "bench/load/bench_order.h"
#include "bench/load/order_load.h"
#include "bench/load/report.h"
#include "bench/load/resident_bytes.h"
#include "bench/load/scratch_folder.h"
#include "edges/http/order_json.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace cairn::bench {
namespace {

using Steady = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPoll{1};
constexpr std::chrono::seconds kSettleTimeout{600};
constexpr std::uint64_t kUnderWayMax = 4'000;  // submissions, or answers, that are not taken yet
constexpr std::uint64_t kReads = 2'000;
constexpr std::size_t kOrderBytes = 1'000;
constexpr double kMegabyte = 1e6;
const std::string kCallbackKey(kCallbackKeyBytes, 'b');

struct Settings {
  std::string parent = ".";
  std::string directory;  // in a process of its own: that of the data
  std::string part;
  std::vector<std::string> catalog_files;
  std::uint64_t orders = 1'000'000;
  double seconds = 10;
  std::uint64_t resting = PartitionLimits().resting_orders;
};

double SecondsSince(Steady::time_point from) {
  return std::chrono::duration<double>(Steady::now() - from).count();
}

double Megabytes(std::uint64_t bytes) { return static_cast<double>(bytes) / kMegabyte; }

// Of all threads. Tells also on a machine that others use what a second of the clock does not.
double CpuSeconds() {
  return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
}

// The most that this process ever had.
std::uint64_t ResidentBytesMax() {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::uint64_t kilobytes = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  return kilobytes * 1'024;
}

// Says ok at once to the steps of the other benchmarks, and to those that wait: later.
class DelayingCartridge final : public Cartridge {
 public:
  explicit DelayingCartridge(AnswerSink& sink) : sink_(sink) {
    const auto output = Fields::FromJsonText(R"({"answer":"done"})");
    CHECK(output.has_value());
    output_ = *output;
  }
  void Call(std::vector<CartridgeCall> calls) override {
    std::vector<CartridgeAnswer> answers;
    answers.reserve(calls.size());
    for (const CartridgeCall& call : calls) {
      CartridgeAnswer& answer = answers.emplace_back();
      answer.ticket = call.ticket;
      if (call.operation == "wait") {
        answer.outcome = Outcome::kDelayed;
      } else {
        answer.output = output_;
      }
    }
    sink_.OnAnswers(std::move(answers));
  }
  void Stop() override {}

 private:
  AnswerSink& sink_;
  Fields output_;
};

// 1,000 bytes of JSON, most of them drawn from 64 characters: a quarter of them is air, as in what
// people write.
std::string WaitingOrderText(std::uint64_t number, Random& random) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  std::string text = fmt::format(
      R"({{"externalId":"crm-{0:010}","customer":"C-{1:010}","productOrders":[{{"id":"po1",)"
      R"("product":"bench-waiting","action":"add","parameters":{{"key":")",
      number, Mix64(number) % 1'000'000);
  constexpr std::string_view kEnd = R"("}}]})";
  while (text.size() + kEnd.size() < kOrderBytes) {
    text.push_back(kLetters[random.Below(kLetters.size())]);
  }
  return text + std::string(kEnd);
}

class WaitingBench {
 public:
  explicit WaitingBench(const Settings& settings) : settings_(settings) {
    options_.directory = settings.directory;
    options_.catalog_files = settings.catalog_files;
    options_.limits.resting_orders = settings.resting;
    options_.limits.live_orders = settings.orders + settings.orders / 2 + 10'000;
    options_.callback_key = kCallbackKey;
    options_.make_cartridge = [](AnswerSink& sink) {
      return std::make_unique<DelayingCartridge>(sink);
    };
  }

  Status Fill();
  Status Restart();

 private:
  Status Load(BenchNode& bench, std::string_view name);
  Status Submit(Node& node);
  Status Read(Node& node);
  Status AnswerAll(Node& node);
  template <typename Reached>
  Status WaitFor(std::string_view what, Reached reached);

  const Settings settings_;
  BenchNodeOptions options_;
  Report report_;
};

template <typename Reached>
Status WaitingBench::WaitFor(std::string_view what, Reached reached) {
  const auto end = Steady::now() + kSettleTimeout;
  while (!reached()) {
    if (Steady::now() > end) return Fail(ErrorCode::kTimeout, std::string(what));
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

// The others.
Status WaitingBench::Load(BenchNode& bench, std::string_view name) {
  OrderLoadOptions load_options;
  load_options.length = static_cast<Nanos>(settings_.seconds * static_cast<double>(kSecond));
  load_options.warmup = load_options.length / 10;
  OrderLoad load(bench.node(), bench.journal(), load_options);
  const std::uint64_t appended = bench.node().metrics().journal_appended_bytes;
  const double cpu = CpuSeconds();
  RETURN_IF_ERROR(load.Run([] {}, [] {}, [] {}));
  report_.Number(fmt::format("{}_cpu_us_each", name),
                 (CpuSeconds() - cpu) * 1e6 / static_cast<double>(load.completed()));
  const NodeMetrics metrics = bench.node().metrics();
  report_.Number(fmt::format("{}_per_s", name),
                 static_cast<double>(load.counted()) / load.counted_seconds());
  report_.Number(fmt::format("{}_bytes_each", name),
                 static_cast<double>(metrics.journal_appended_bytes - appended) /
                     static_cast<double>(load.completed()));
  report_.Number(fmt::format("{}_journal_mb", name), Megabytes(metrics.journal_bytes));
  report_.Milliseconds(fmt::format("{}_latency_ms_p99", name), load.latencies().Quantile(0.99));
  return WaitFor("the others are not archived",
                 [&] { return bench.node().metrics().archive_waiting == 0; });
}

Status WaitingBench::Submit(Node& node) {
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> refused{0};
  Random random(1);
  const auto from = Steady::now();
  for (std::uint64_t number = 0; number < settings_.orders; ++number) {
    const auto request = http::ParseOrderJson(WaitingOrderText(number, random));
    CHECK(request.has_value());
    RETURN_IF_ERROR(
        WaitFor("orders are not taken", [&] { return number - taken.load() < kUnderWayMax; }));
    node.SubmitOrder(*request, {}, [&](const tl::expected<SubmitReply, Refusal>& reply) {
      if (!reply) refused.fetch_add(1);
      taken.fetch_add(1);
    });
  }
  RETURN_IF_ERROR(WaitFor("orders do not come to wait", [&] {
    return taken.load() == settings_.orders && refused.load() == 0 &&
           node.metrics().orders_waiting_now == settings_.orders;
  }));
  report_.Number("submitted_per_s", static_cast<double>(settings_.orders) / SecondsSince(from));
  return {};
}

Status WaitingBench::Fill() {
  BenchNode bench(options_);
  if (const auto started = bench.Start(); !started) return Fail(started.error());
  RETURN_IF_ERROR(CheckBenchPlan(bench.node()));
  RETURN_IF_ERROR(Load(bench, "others_alone"));
  const std::uint64_t before = ResidentBytes();
  RETURN_IF_ERROR(Submit(bench.node()));
  const std::uint64_t after = ResidentBytes();
  report_.Count("orders_waiting", settings_.orders);
  report_.Count("orders_folded", bench.node().metrics().orders_folded_now);
  report_.Number("resident_mb_before", Megabytes(before));
  report_.Number("resident_mb_waiting", Megabytes(after));
  report_.Number("resident_bytes_each", static_cast<double>(after - std::min(after, before)) /
                                            static_cast<double>(settings_.orders));
  report_.Number("journal_live_mb", Megabytes(bench.node().metrics().journal_live_bytes));
  RETURN_IF_ERROR(Load(bench, "others_beside"));
  RETURN_IF_ERROR(Load(bench, "others_later"));
  report_.Number("resident_mb_end", Megabytes(ResidentBytes()));
  report_.Number("resident_mb_max", Megabytes(ResidentBytesMax()));
  report_.Print();
  return {};
}

Status WaitingBench::Read(Node& node) {
  std::atomic<std::uint64_t> right{0};
  std::atomic<std::uint64_t> wrong{0};
  OrderList list;
  std::atomic<bool> listed{false};
  OrderQuery query;
  query.state = OrderState::kWaiting;
  query.limit = 1'000;
  node.ListOrders(query, [&](Result<OrderList> found) {
    if (found) list = std::move(*found);
    listed.store(true);
  });
  RETURN_IF_ERROR(WaitFor("the list does not come", [&] { return listed.load(); }));
  if (list.items.empty()) return Fail(ErrorCode::kCorrupt, "no order is listed that waits");
  const auto from = Steady::now();
  for (std::uint64_t i = 0; i < kReads; ++i) {
    node.GetOrder(list.items[i % list.items.size()].id,
                  [&](const Result<std::shared_ptr<const OrderSnapshot>>& order) {
                    const bool waits = order && (*order)->state() == OrderState::kWaiting;
                    (waits ? right : wrong).fetch_add(1);
                  });
  }
  RETURN_IF_ERROR(
      WaitFor("questions are not answered", [&] { return right.load() + wrong.load() == kReads; }));
  if (wrong.load() > 0) return Fail(ErrorCode::kCorrupt, "an order does not wait any more");
  report_.Number("reads_per_s", static_cast<double>(kReads) / SecondsSince(from));
  return {};
}

Status WaitingBench::AnswerAll(Node& node) {
  std::vector<OrderId> ids;
  node.partition().state().orders.ForEachStored([&](const StoredOrder& stored) {
    if (stored.state() == OrderState::kWaiting) ids.push_back(stored.id());
  });
  if (ids.size() != settings_.orders) {
    return Fail(ErrorCode::kCorrupt,
                fmt::format("{} orders wait of {}", ids.size(), settings_.orders));
  }
  const CallbackTokens tokens(kCallbackKey);
  std::atomic<std::uint64_t> taken{0};
  std::atomic<std::uint64_t> refused{0};
  const auto from = Steady::now();
  for (std::uint64_t i = 0; i < ids.size(); ++i) {
    const std::string token = tokens.Make({.work_order = {ids[i], 0}, .run = 1, .attempt = 1});
    RETURN_IF_ERROR(
        WaitFor("answers are not taken", [&] { return i - taken.load() < kUnderWayMax; }));
    node.CompleteWorkOrder(token, LateAnswer(), [&](const Status& status) {
      if (!status) refused.fetch_add(1);
      taken.fetch_add(1);
    });
  }
  RETURN_IF_ERROR(WaitFor("orders do not complete", [&] {
    const NodeMetrics metrics = node.metrics();
    return taken.load() == ids.size() && metrics.orders_live == 0 && metrics.archive_waiting == 0;
  }));
  if (refused.load() > 0 || node.metrics().orders_completed != settings_.orders) {
    return Fail(ErrorCode::kConflict, fmt::format("{} answers were refused, {} orders completed",
                                                  refused.load(), node.metrics().orders_completed));
  }
  report_.Number("answered_per_s", static_cast<double>(ids.size()) / SecondsSince(from));
  return {};
}

Status WaitingBench::Restart() {
  BenchNode bench(options_);
  const auto from = Steady::now();
  const auto started = bench.Start();
  if (!started) return Fail(started.error());
  RETURN_IF_ERROR(WaitFor("the node does not come up", [&] {
    return bench.node().readiness() == Readiness::kReady && bench.node().partition().idle();
  }));
  report_.Number("restart_s", SecondsSince(from));
  report_.Number("restart_journal_mb", Megabytes(started->bytes));
  report_.Number("restart_resident_mb", Megabytes(ResidentBytes()));
  report_.Number("restart_resident_mb_max", Megabytes(ResidentBytesMax()));
  RETURN_IF_ERROR(Read(bench.node()));
  RETURN_IF_ERROR(AnswerAll(bench.node()));
  report_.Number("answered_resident_mb", Megabytes(ResidentBytes()));
  report_.Number("answered_resident_mb_max", Megabytes(ResidentBytesMax()));
  report_.Print();
  return {};
}

Status RunPart(const Settings& settings, const std::string& part) {
  Settings own = settings;
  own.part = part;
  const pid_t child = fork();
  if (child < 0) return Fail(ErrorCode::kIo, "cannot fork");
  if (child == 0) {
    std::vector<std::string> words = {"waiting_bench",
                                      "--part",
                                      part,
                                      "--directory",
                                      settings.directory,
                                      "--orders",
                                      std::to_string(settings.orders),
                                      "--seconds",
                                      std::to_string(settings.seconds),
                                      "--resting",
                                      std::to_string(settings.resting),
                                      "--catalog"};
    words.insert(words.end(), settings.catalog_files.begin(), settings.catalog_files.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    execv("/proc/self/exe", arguments.data());
    _exit(127);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) {
    return Fail(ErrorCode::kIo, fmt::format("{} ended with status {}", part, status));
  }
  return {};
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("orders that wait");
  app.add_option("--catalog", settings.catalog_files, "YAML files")->required();
  app.add_option("--dir", settings.parent, "where the data goes, in a folder of its own");
  app.add_option("--orders", settings.orders, "that wait")->check(CLI::Range(1, 100'000'000));
  app.add_option("--seconds", settings.seconds, "of each run of the others");
  app.add_option("--resting", settings.resting, "orders at rest that are kept unfolded");
  app.add_option("--part", settings.part, "one part only, of data that are there")
      ->check(CLI::IsMember({"fill", "restart"}));
  app.add_option("--directory", settings.directory, "the data of that part");
  CLI11_PARSE(app, argc, argv);
  Status done;
  if (settings.part.empty()) {
    const ScratchFolder folder(settings.parent);
    settings.directory = folder.path();
    done = RunPart(settings, "fill");
    if (done) done = RunPart(settings, "restart");
  } else {
    WaitingBench bench(settings);
    done = settings.part == "fill" ? bench.Fill() : bench.Restart();
  }
  if (done) return 0;
  fmt::print(stderr, "waiting_bench: {}\n", done.error().message);
  return 1;
}

}  // namespace
}  // namespace cairn::bench

int main(int argc, char** argv) { return cairn::bench::Main(argc, argv); }
