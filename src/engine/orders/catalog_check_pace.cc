// How a cartridge is called: attempts and their delays, the rate of calls, the test, the question
// whether a work order was carried out.
#include "engine/orders/catalog_check_context.h"
#include "engine/orders/retry_delay.h"
#include "model/limits.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

namespace cairn::catalog_check {
namespace {

using records::Cartridge;

// Errors name the key as it was written: in the policy, or in the short form beside it.
std::string DelayPath(const std::string& path, const Cartridge& cartridge) {
  const bool in_policy = cartridge.backoff() != records::FIXED ||
                         cartridge.retry_delay_max_ns() != 0 ||
                         cartridge.retry_jitter_percent() != 0;
  return in_policy ? CatalogPath(CatalogPath(path, "retry"), "delay")
                   : CatalogPath(path, "retryDelay");
}

void CheckDelay(Context& context, const std::string& path, std::string_view what, Nanos span,
                Nanos limit) {
  if (span >= 0 && span <= limit) return;
  context.Add(path, "out-of-range",
              fmt::format("{} is {}; it must lie between 0s and {}", what, FormatDuration(span),
                          FormatDuration(limit)));
}

void CheckNumber(Context& context, const std::string& path, std::string_view what,
                 std::uint32_t value, std::uint32_t limit) {
  if (value <= limit) return;
  context.Add(path, "out-of-range", fmt::format("{} is {}; the limit is {}", what, value, limit));
}

void CheckRetry(Context& context, const std::string& path, const Cartridge& cartridge) {
  const std::string retry = CatalogPath(path, "retry");
  CheckNumber(context, CatalogPath(path, "attempts"), "attempts", cartridge.attempts(),
              kAttemptsMax);
  CheckDelay(context, DelayPath(path, cartridge), "the delay", cartridge.retry_delay_ns(),
             kCartridgeSpanNsMax);
  CheckDelay(context, CatalogPath(retry, "max"), "the longest delay",
             cartridge.retry_delay_max_ns(), kRetryDelayNsMax);
  CheckNumber(context, CatalogPath(retry, "jitter"), "the jitter in percent",
              cartridge.retry_jitter_percent(), 100);
  if (!records::Backoff_IsValid(cartridge.backoff())) {
    context.Add(CatalogPath(retry, "backoff"), "unknown-backoff",
                "a backoff must be one of fixed, linear and exponential");
  }
  if (cartridge.retry_delay_max_ns() > 0 &&
      cartridge.retry_delay_max_ns() < cartridge.retry_delay_ns()) {
    context.Add(CatalogPath(retry, "max"), "out-of-range",
                fmt::format("the longest delay, {}, is shorter than the first, {}",
                            FormatDuration(cartridge.retry_delay_max_ns()),
                            FormatDuration(cartridge.retry_delay_ns())));
  }
  const bool has_delay = cartridge.retry_delay_ns() > 0;
  if (!has_delay && cartridge.backoff() != records::FIXED) {
    context.Add(CatalogPath(retry, "backoff"), "no-delay",
                "a delay that grows needs one to begin with: give 'delay'");
  }
}

// The operation that tells whether the target is well gets no input.
void CheckTest(Context& context, const std::string& path, const Cartridge& cartridge) {
  if (cartridge.test().empty()) return;
  const std::string test = CatalogPath(path, "test");
  context.CheckName(test, "an operation", cartridge.test());
  if (cartridge.has_manual()) {
    context.Add(test, "no-test", "a manual cartridge has no target that could be tested");
  }
  if (!cartridge.has_http()) return;
  for (const records::HttpOperation& operation : cartridge.http().operations()) {
    if (operation.name() != cartridge.test()) continue;
    std::vector<std::string_view> fields;
    TemplateFields(operation.path(), fields);
    for (const auto* headers : {&operation.headers(), &cartridge.http().headers()}) {
      for (const records::Header& header : *headers) TemplateFields(header.value(), fields);
    }
    if (fields.empty()) return;
    context.Add(test, "missing-input",
                fmt::format("the operation '{}' uses {{{}}}, but a test has no input",
                            cartridge.test(), fields.front()));
    return;
  }
  context.Add(
      test, "unknown-operation",
      fmt::format("the cartridge '{}' has no operation '{}'", cartridge.name(), cartridge.test()));
}

// What its operation needs of the input is looked at with each step.
void CheckVerify(Context& context, const std::string& path, const Cartridge& cartridge) {
  if (cartridge.verify().empty()) return;
  const std::string verify = CatalogPath(path, "verify");
  context.CheckName(verify, "an operation", cartridge.verify());
  if (cartridge.has_manual()) {
    context.Add(verify, "no-verify", "a manual cartridge has no target that could be asked");
  }
  if (!cartridge.has_http()) return;
  std::vector<std::string_view> names;
  for (const records::HttpOperation& operation : cartridge.http().operations()) {
    if (operation.name() == cartridge.verify()) return;
    names.push_back(operation.name());
  }
  context.Add(verify, "unknown-operation",
              fmt::format("the cartridge '{}' has no operation '{}'{}", cartridge.name(),
                          cartridge.verify(), Context::Suggestion(cartridge.verify(), names)));
}

}  // namespace

void CheckPace(Context& context, const std::string& path, const Cartridge& cartridge) {
  CheckRetry(context, path, cartridge);
  CheckNumber(context, CatalogPath(path, "callsPerSecond"), "callsPerSecond",
              cartridge.calls_per_second(), kCallsPerSecondMax);
  CheckNumber(context, CatalogPath(path, "burst"), "burst", cartridge.burst(), kCallsPerSecondMax);
  if (cartridge.burst() > 0 && cartridge.calls_per_second() == 0) {
    context.Add(CatalogPath(path, "burst"), "no-rate",
                "a burst is part of a rate: give 'callsPerSecond'");
  }
  CheckTest(context, path, cartridge);
  CheckVerify(context, path, cartridge);
}

}  // namespace cairn::catalog_check
