// What it costs to file ended orders in the SQLite archive and to find them again. The files go to
// a new directory below the current one: run it on the disk that counts.
#include "adapters/archive_sqlite/archive_sqlite.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/random.h"

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace cairn {
namespace {

constexpr std::uint64_t kOrders = 500'000;
constexpr Nanos kStart = 20'000 * kDay;
constexpr const char* kStepNames[] = {
    "create-subscriber", "activate-imsi", "bind-msisdn", "set-data-profile", "enable-voicemail",
    "notify-billing",    "register-ims",  "set-roaming", "write-inventory",  "welcome-message"};

void AppendField(std::string& out, std::uint64_t tag, std::string_view bytes) {
  AppendVarint(out, tag << 3U | 2U);
  AppendSized(out, bytes);
}

void AppendNumber(std::string& out, std::uint64_t tag, std::uint64_t number) {
  AppendVarint(out, tag << 3U);
  AppendVarint(out, number);
}

std::string Digits(Random& random, int count) {
  std::string digits = "\"";
  for (int i = 0; i < count; ++i) digits += static_cast<char>('0' + random.Below(10));
  return digits + '"';
}

std::string WorkOrderOf(Random& random, std::uint64_t index, const std::string& msisdn,
                        const std::string& imsi, std::uint64_t now) {
  std::string work_order;
  AppendNumber(work_order, 1, index);
  AppendField(work_order, 2, kStepNames[index]);
  AppendField(work_order, 3, index % 3 == 0 ? "hlr" : "inventory");
  AppendField(work_order, 4, "create");
  std::string input;
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"msisdn", msisdn},
                                    {"imsi", imsi},
                                    {"correlation", '"' + Hex64(random.Next()) + '"'},
                                    {"profile", Digits(random, 1)}}) {
    AppendField(input, 1, name);
    AppendField(input, 2, value);
  }
  AppendField(work_order, 5, input);
  std::string attempt;
  AppendNumber(attempt, 1, 1);
  AppendNumber(attempt, 2, now + random.Below(10'000'000));
  AppendNumber(attempt, 3, now + random.Below(10'000'000));
  AppendField(work_order, 6, attempt);
  std::string output;
  for (const auto& [name, value] :
       {std::pair<std::string, std::string>{"result", "\"0000\""},
        {"transaction", '"' + Hex64(random.Next()) + '"'},
        {"elementName", "\"ne-" + std::to_string(random.Below(1'000)) + ".example.net\""}}) {
    AppendField(output, 1, name);
    AppendField(output, 2, value);
  }
  AppendField(work_order, 7, output);
  return work_order;
}

// An order of ten steps with its history, about 4 KB: names that repeat, and in every step numbers
// that do not.
std::string BodyOf(Random& random, std::uint64_t id, std::uint64_t now) {
  std::string body;
  AppendNumber(body, 1, id);
  AppendNumber(body, 2, now);
  const std::string msisdn = Digits(random, 12);
  const std::string imsi = Digits(random, 15);
  for (std::uint64_t index = 0; index < std::size(kStepNames); ++index) {
    AppendField(body, 6, WorkOrderOf(random, index, msisdn, imsi, now));
    for (const char* event : {"WorkOrderSent", "WorkOrderCompleted"}) {
      std::string item;
      AppendNumber(item, 1, now + random.Below(50'000'000));
      AppendField(item, 2, event);
      AppendField(item, 3, "engine");
      AppendField(item, 4, "{\"workOrder\":" + std::to_string(index) + ",\"attempt\":1,\"run\":1}");
      AppendField(body, 7, item);
    }
  }
  return body;
}

ArchivedOrder OrderOf(Random& random, std::uint64_t counter) {
  ArchivedOrder order;
  OrderSummary& summary = order.summary;
  summary.id = OrderId::Of(0, counter);
  summary.external_id = "crm-" + std::to_string(random.Below(1'000'000'000));
  summary.customer = "C-" + std::to_string(random.Below(10'000'000));
  summary.priority = 2;
  summary.state = random.Chance(1, 50) ? OrderState::kFailed : OrderState::kCompleted;
  summary.port = Port::kNormal;
  summary.submitted_at = kStart + static_cast<Nanos>(counter) * 100 * kMicrosecond;
  summary.started_at = summary.submitted_at + kMillisecond;
  summary.ended_at = summary.submitted_at + 20 * kMillisecond;
  summary.products = {"mobile-line", "voicemail"};
  order.body = BodyOf(random, counter, static_cast<std::uint64_t>(summary.submitted_at));
  return order;
}

// Orders in the sequence of their ends: a few thousand are under way at any time.
class OrderSource {
 public:
  ArchivedOrder Next() {
    while (under_way_.size() < 4'000) under_way_.push_back(OrderOf(random_, next_++));
    // Most end soon after those before them, some much later.
    const std::uint64_t reach = random_.Chance(1, 4) ? under_way_.size() : 200;
    const std::size_t chosen = (ended_++ + random_.Below(reach)) % under_way_.size();
    return std::exchange(under_way_[chosen], OrderOf(random_, next_++));
  }

 private:
  Random random_{7};
  std::uint64_t next_ = 1;
  std::uint64_t ended_ = 0;
  std::vector<ArchivedOrder> under_way_;
};

class TemporaryArchive {
 public:
  TemporaryArchive() {
    std::string name = std::filesystem::current_path() / "archive-bench-XXXXXX";
    CHECK(mkdtemp(name.data()) != nullptr);
    directory_ = name;
    auto opened = ArchiveSqlite::Open({.directory = directory_});
    CHECK_MSG(opened.has_value(), opened.error().message);
    archive_ = std::move(*opened);
  }
  ~TemporaryArchive() {
    archive_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  ArchiveSqlite& operator*() const { return *archive_; }
  std::uint64_t Bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(directory_)) {
      bytes += file.file_size();
    }
    return bytes;
  }

 private:
  std::string directory_;
  std::unique_ptr<ArchiveSqlite> archive_;
};

void Write(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  TemporaryArchive archive;
  OrderSource source;
  std::uint64_t sequence = 0;
  std::uint64_t raw_bytes = 0;
  std::vector<ArchivedOrder> orders(batch);
  for (auto iteration : state) {
    static_cast<void>(iteration);
    state.PauseTiming();
    for (ArchivedOrder& order : orders) {
      order = source.Next();
      raw_bytes += order.body.size();
    }
    state.ResumeTiming();
    const Status written = (*archive).Write(orders, ++sequence);
    CHECK_MSG(written.has_value(), written.error().message);
  }
  const auto count = static_cast<double>(sequence * batch);
  state.SetItemsProcessed(static_cast<std::int64_t>(count));
  // Rate of the CPU time, turned over: seconds of CPU an order.
  state.counters["cpu_per_order"] =
      benchmark::Counter(count, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["body_bytes"] = static_cast<double>(raw_bytes) / count;
  state.counters["file_bytes"] = static_cast<double>(archive.Bytes()) / count;
}
BENCHMARK(Write)->Arg(100)->Iterations(kOrders / 100)->Unit(benchmark::kMicrosecond);
BENCHMARK(Write)->Arg(500)->Iterations(kOrders / 500)->Unit(benchmark::kMicrosecond);
BENCHMARK(Write)->Arg(2'000)->Iterations(kOrders / 2'000)->Unit(benchmark::kMicrosecond);

// One archive of kOrders for all reads.
struct FilledArchive {
  FilledArchive() {
    OrderSource source;
    std::vector<ArchivedOrder> orders(2'000);
    for (std::uint64_t stored = 0; stored < kOrders; stored += orders.size()) {
      for (ArchivedOrder& order : orders) order = source.Next();
      const Status written = (*archive).Write(orders, stored);
      CHECK_MSG(written.has_value(), written.error().message);
      for (const ArchivedOrder& order : orders) summaries.push_back(order.summary);
    }
  }
  TemporaryArchive archive;
  std::vector<OrderSummary> summaries;
};

FilledArchive& Filled() {
  static FilledArchive filled;
  return filled;
}

void ReadBody(benchmark::State& state) {
  FilledArchive& filled = Filled();
  Random random(3);
  for (auto iteration : state) {
    static_cast<void>(iteration);
    const OrderSummary& order = filled.summaries[random.Below(filled.summaries.size())];
    const auto body = (*filled.archive).ReadBody(order.id);
    CHECK(body.has_value() && body->has_value());
  }
}
BENCHMARK(ReadBody)->Unit(benchmark::kMicrosecond);

void ListByCustomer(benchmark::State& state) {
  FilledArchive& filled = Filled();
  Random random(3);
  for (auto iteration : state) {
    static_cast<void>(iteration);
    OrderQuery query;
    query.customer = filled.summaries[random.Below(filled.summaries.size())].customer;
    const auto orders = (*filled.archive).List(query);
    CHECK(orders.has_value() && !orders->empty());
  }
}
BENCHMARK(ListByCustomer)->Unit(benchmark::kMicrosecond);

void ListNewest(benchmark::State& state) {
  FilledArchive& filled = Filled();
  for (auto iteration : state) {
    static_cast<void>(iteration);
    const auto orders = (*filled.archive).List({});
    CHECK(orders.has_value() && orders->size() == kListLimitDefault);
  }
}
BENCHMARK(ListNewest)->Unit(benchmark::kMicrosecond);

void ListInTime(benchmark::State& state) {
  FilledArchive& filled = Filled();
  for (auto iteration : state) {
    static_cast<void>(iteration);
    OrderQuery query;
    query.submitted_from = kStart + 10 * kSecond;
    query.submitted_to = kStart + 12 * kSecond;
    const auto orders = (*filled.archive).List(query);
    CHECK(orders.has_value() && orders->size() == kListLimitDefault);
  }
}
BENCHMARK(ListInTime)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cairn

BENCHMARK_MAIN();
