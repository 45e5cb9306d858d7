#include "edges/http/if_match.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace cairn::http {

OrRefusal<std::uint64_t> ParseIfMatch(std::string_view header, ErrorStyle style) {
  if (header.empty() || header == "*") return 0;
  std::string_view digits = header;
  if (digits.size() > 2 && digits.front() == '"' && digits.back() == '"') {
    digits = digits.substr(1, digits.size() - 2);
  }
  std::uint64_t version = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, version);
  if (error == std::errc{} && stop == end && version > 0) return version;
  return tl::unexpected(ParameterError(style, "If-Match", "bad-version",
                                       "must be one version as the ETag has it, such as \"7\""));
}

Service::OrderDone UnlessChanged(Service& service, const ExchangePtr& exchange, ErrorStyle style,
                                 OrderAtVersion order, Service::OrderDone done) {
  if (order.version == 0) return done;
  using Found = Result<std::shared_ptr<const OrderSnapshot>>;
  return [&service, exchange, style, order, done = std::move(done)](Found result) {
    if (result || result.error().code != ErrorCode::kConflict) return done(std::move(result));
    // The version or the state forbade it. Versions only rise: if it was the version, it still is.
    exchange->RunOnWorker([&service, exchange, style, order, done, error = result.error()] {
      service.GetOrder(order.id, [exchange, style, order, done, error](const Found& now) {
        if (!now || (*now)->version() == order.version) return done(Fail(error));
        exchange->Respond(
            ErrorResponse(style, 412,
                          fmt::format("order {} has version {} by now, not {} as If-Match says",
                                      FormatId(order.id), (*now)->version(), order.version)));
      });
    });
  };
}

}  // namespace cairn::http
