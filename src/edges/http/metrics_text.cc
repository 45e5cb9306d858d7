#include "edges/http/metrics_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace cairn::http {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

class Families {
 public:
  void Counter(const char* name, const char* help, std::uint64_t value) {
    Open(name, help, MetricType::Counter);
    Sample(static_cast<double>(value), {});
  }
  void Gauge(const char* name, const char* help, std::uint64_t value) {
    Open(name, help, MetricType::Gauge);
    Sample(static_cast<double>(value), {});
  }
  void Seconds(const char* name, const char* help, Nanos value) {
    Open(name, help, MetricType::Gauge);
    Sample(static_cast<double>(value) / static_cast<double>(kSecond), {});
  }

  // A family of which Sample() adds the members.
  void Open(const char* name, const char* help, MetricType type) {
    families_.push_back({name, help, type, {}});
  }
  void Sample(double value, Labels labels) {
    ClientMetric metric;
    metric.label = std::move(labels);
    // The one that the family's type names is written.
    metric.counter.value = value;
    metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
  }

  std::string Text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<MetricFamily> families_;
};

void Orders(const NodeMetrics& node, Families& out) {
  out.Counter("cairn_orders_accepted_total", "Orders accepted", node.orders_accepted);
  out.Counter("cairn_orders_refused_total", "Submissions refused", node.orders_refused);
  out.Open("cairn_orders_ended_total", "Orders that ended, by outcome", MetricType::Counter);
  out.Sample(static_cast<double>(node.orders_completed), {{"outcome", "completed"}});
  out.Sample(static_cast<double>(node.orders_failed), {{"outcome", "failed"}});
  out.Sample(static_cast<double>(node.orders_cancelled), {{"outcome", "cancelled"}});
  out.Gauge("cairn_orders_held", "Orders that wait for a resubmission", node.orders_held_now);
  out.Gauge("cairn_orders_waiting", "Orders that wait for nothing but late answers",
            node.orders_waiting_now);
  out.Gauge("cairn_orders_live", "Orders in memory, not yet archived", node.orders_live);
  out.Gauge("cairn_orders_folded", "Orders at rest that are kept compressed",
            node.orders_folded_now);
  out.Counter("cairn_work_orders_sent_total", "Work orders sent", node.work_orders_sent);
  out.Counter("cairn_work_orders_answered_total", "Work orders answered",
              node.work_orders_answered);
  out.Counter("cairn_answers_ignored_total", "Answers that came too late to count",
              node.answers_ignored);
}

void Storage(const NodeMetrics& node, Families& out) {
  out.Counter("cairn_commands_total", "Commands carried out", node.commands);
  out.Counter("cairn_batches_total", "Batches of commands", node.batches);
  out.Counter("cairn_journal_syncs_total", "Times the journal was made durable",
              node.journal_syncs);
  out.Counter("cairn_journal_appended_bytes_total", "Bytes appended to the journal",
              node.journal_appended_bytes);
  out.Gauge("cairn_journal_bytes", "Size of the journal", node.journal_bytes);
  out.Gauge("cairn_journal_live_bytes", "Bytes of the journal that are still needed",
            node.journal_live_bytes);
  out.Gauge("cairn_journal_segments_ahead", "Segments allocated ahead",
            node.journal_segments_ahead);
  out.Counter("cairn_archive_written_total", "Orders written to the archive", node.archive_written);
  out.Gauge("cairn_archive_waiting", "Ended orders that the archive does not have yet",
            node.archive_waiting);
  out.Seconds("cairn_archive_lag_seconds", "Age of the oldest of them", node.archive_lag);
}

void Node(const NodeMetrics& node, Families& out) {
  out.Seconds("cairn_command_time_max_seconds", "Longest hold of the core thread by one command",
              node.command_time_max);
  out.Seconds("cairn_clock_jump_max_seconds", "Largest jump of the clock", node.clock_jump_max);
  out.Counter("cairn_clock_alarms_total", "Jumps of more than five minutes", node.clock_alarms);
  out.Gauge("cairn_epoch", "Starts of this partition", node.epoch);
  out.Seconds("cairn_recovery_time_seconds", "Time that the last start took to recover",
              node.recovery_time);
}

void Cartridges(const NodeMetrics& node, Families& out) {
  const auto gauge = [&](const char* name, const char* help, auto member) {
    out.Open(name, help, MetricType::Gauge);
    for (const auto& cartridge : node.cartridges) {
      out.Sample(static_cast<double>(cartridge.*member), {{"cartridge", cartridge.name}});
    }
  };
  if (node.cartridges.empty()) return;
  using Metrics = NodeMetrics::CartridgeMetrics;
  gauge("cairn_cartridge_running", "Calls under way", &Metrics::running);
  gauge("cairn_cartridge_waiting", "Calls that wait for their turn", &Metrics::waiting);
  out.Open("cairn_cartridge_answers_total", "Answers, by outcome", MetricType::Counter);
  for (const auto& cartridge : node.cartridges) {
    const auto sample = [&](const char* outcome, std::uint64_t count) {
      out.Sample(static_cast<double>(count), {{"cartridge", cartridge.name}, {"outcome", outcome}});
    };
    sample("ok", cartridge.ok);
    sample("functional", cartridge.functional);
    sample("technical", cartridge.technical);
  }
}

void Http(const HttpMetrics& http, Families& out) {
  out.Gauge("cairn_http_connections", "Open HTTP connections", http.connections);
  out.Counter("cairn_http_connections_refused_total", "Connections refused: there were too many",
              http.connections_refused);
  out.Counter("cairn_http_requests_total", "HTTP requests", http.requests);
  out.Gauge("cairn_http_waits", "HTTP requests that wait for an order", http.waits);
}

}  // namespace

std::string RenderMetrics(const NodeMetrics& node, const HttpMetrics& http) {
  Families out;
  Orders(node, out);
  Storage(node, out);
  Node(node, out);
  Cartridges(node, out);
  Http(http, out);
  return out.Text();
}

}  // namespace cairn::http
