#include "edges/http/order_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>

namespace cairn::http {
namespace {

// Reads parameters one by one and keeps the first refusal.
class Parameters {
 public:
  Parameters(const Target& target, ErrorStyle style, std::initializer_list<std::string_view> known)
      : target_(target), style_(style) {
    for (auto it = target.query.begin(); it != target.query.end(); ++it) {
      if (std::find(known.begin(), known.end(), it->first) == known.end()) {
        Refuse(it->first, "unknown-parameter", "is not a parameter of this endpoint");
      }
      if (std::any_of(target.query.begin(), it,
                      [it](const auto& earlier) { return earlier.first == it->first; })) {
        Refuse(it->first, "repeated-parameter", "stands more than once");
      }
    }
  }

  void Refuse(std::string_view name, std::string_view rule, std::string_view detail) {
    if (!refusal_) refusal_ = ParameterError(style_, name, rule, detail);
  }

  const std::string* Text(std::string_view name) { return target_.Find(name); }

  void Text(std::string_view name, std::optional<std::string>& out) {
    const std::string* text = Text(name);
    if (text == nullptr) return;
    if (text->size() > kNameBytesMax) {
      return Refuse(name, "too-long", fmt::format("at most {} bytes are allowed", kNameBytesMax));
    }
    out = *text;
  }

  void Text(std::string_view name, std::string& out) {
    std::optional<std::string> text;
    Text(name, text);
    if (text) out = std::move(*text);
  }

  template <typename Int>
  void Number(std::string_view name, Int min, Int max, Int& out) {
    const std::string* text = Text(name);
    if (text == nullptr) return;
    Int value = 0;
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, value);
    if (error != std::errc{} || stop != end || value < min || value > max) {
      return Refuse(name, "out-of-range", fmt::format("must be from {} to {}", min, max));
    }
    out = value;
  }

  void Time(std::string_view name, Nanos& out) {
    const std::string* text = Text(name);
    if (text == nullptr) return;
    const Result<Nanos> moment = ParseTime(*text);
    if (!moment) return Refuse(name, "bad-time", moment.error().message);
    out = *moment;
  }

  // The first one; null: none.
  HttpResponse* refusal() { return refusal_ ? &*refusal_ : nullptr; }

 private:
  const Target& target_;
  ErrorStyle style_;
  std::optional<HttpResponse> refusal_;
};

}  // namespace

OrRefusal<OrderQuery> ParseListQuery(const Target& target) {
  Parameters parameters(target, ErrorStyle::kProblem,
                        {"state", "customer", "externalId", "product", "submittedFrom",
                         "submittedTo", "limit", "cursor"});
  OrderQuery query;
  parameters.Text("customer", query.customer);
  parameters.Text("externalId", query.external_id);
  parameters.Text("product", query.product);
  parameters.Time("submittedFrom", query.submitted_from);
  parameters.Time("submittedTo", query.submitted_to);
  parameters.Number("limit", std::size_t{1}, kListLimitMax, query.limit);
  if (const std::string* state = parameters.Text("state")) {
    query.state = ParseOrderState(*state);
    if (!query.state) {
      parameters.Refuse("state", "unknown-state", "is not the state of an order");
    }
  }
  if (const std::string* cursor = parameters.Text("cursor")) {
    const auto id = ParseId<OrderTag>(*cursor);
    if (id && id->valid()) {
      query.before = *id;
    } else {
      parameters.Refuse("cursor", "bad-cursor", "is not the 'next' of an earlier page");
    }
  }
  if (HttpResponse* refusal = parameters.refusal()) return tl::unexpected(std::move(*refusal));
  return query;
}

OrRefusal<TaskQuery> ParseTaskQuery(const Target& target) {
  Parameters parameters(target, ErrorStyle::kProblem, {"cartridge", "limit", "cursor"});
  TaskQuery query;
  parameters.Text("cartridge", query.cartridge);
  parameters.Text("cursor", query.after);
  parameters.Number("limit", std::size_t{1}, kListLimitMax, query.limit);
  if (HttpResponse* refusal = parameters.refusal()) return tl::unexpected(std::move(*refusal));
  return query;
}

OrRefusal<InventoryQuery> ParseInventoryQuery(const Target& target) {
  Parameters parameters(target, ErrorStyle::kProblem,
                        {"customer", "product", "service", "limit", "cursor"});
  InventoryQuery query;
  parameters.Text("customer", query.customer);
  parameters.Text("product", query.product);
  parameters.Text("service", query.service);
  parameters.Text("cursor", query.after);
  parameters.Number("limit", std::size_t{1}, kListLimitMax, query.limit);
  if (HttpResponse* refusal = parameters.refusal()) return tl::unexpected(std::move(*refusal));
  return query;
}

OrRefusal<HistoryQuery> ParseHistoryQuery(const Target& target) {
  Parameters parameters(target, ErrorStyle::kProblem, {"limit", "cursor"});
  HistoryQuery query;
  parameters.Number("limit", std::size_t{1}, kListLimitMax, query.limit);
  if (const std::string* cursor = parameters.Text("cursor")) {
    const char* end = cursor->data() + cursor->size();
    const auto [stop, error] = std::from_chars(cursor->data(), end, query.first);
    if (error != std::errc{} || stop != end) {
      parameters.Refuse("cursor", "bad-cursor", "is not the 'next' of an earlier page");
    }
  }
  if (HttpResponse* refusal = parameters.refusal()) return tl::unexpected(std::move(*refusal));
  return query;
}

std::optional<HttpResponse> RefuseParameters(const Target& target, ErrorStyle style) {
  Parameters parameters(target, style, {});
  if (HttpResponse* refusal = parameters.refusal()) return std::move(*refusal);
  return std::nullopt;
}

OrRefusal<std::optional<AwaitOptions>> ParsePollQuery(const Target& target) {
  Parameters parameters(target, ErrorStyle::kProblem, {"wait", "version"});
  AwaitOptions options;
  const std::string* wait = parameters.Text("wait");
  if (wait != nullptr) {
    const Result<Nanos> span = ParseDuration(*wait);
    if (span && *span <= kAwaitMax) {
      options.wait = *span;
    } else {
      parameters.Refuse("wait", "bad-duration",
                        span ? "must be at most 10m" : std::string_view(span.error().message));
    }
  }
  options.until_settled = parameters.Text("version") == nullptr;
  parameters.Number("version", std::uint64_t{0}, UINT64_MAX, options.after_version);
  if (HttpResponse* refusal = parameters.refusal()) return tl::unexpected(std::move(*refusal));
  if (wait == nullptr || options.wait == 0) return std::optional<AwaitOptions>();
  return std::optional<AwaitOptions>(options);
}

OrRefusal<OrderId> ParseOrderPathId(const Exchange& exchange, ErrorStyle style) {
  const auto id = ParseId<OrderTag>(exchange.path_id());
  if (id && id->valid()) return *id;
  return tl::unexpected(ErrorResponse(
      style, 404,
      fmt::format("there is no order '{}'", exchange.path_id().substr(0, kNameBytesMax))));
}

}  // namespace cairn::http
