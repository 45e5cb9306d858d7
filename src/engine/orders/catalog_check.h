// Says what is wrong with a catalog. A catalog that passes can be planned with: every name that it
// uses exists, nothing waits for itself, every value fits its type, and every list has its limit.
// What reads a catalog (adapters/catalog_yaml) calls this, and so does whoever builds one in code.
//
// Pure functions and plain values; any thread.
#pragma once

#include "base/time.h"
#include "model/catalog.pb.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cairn {

class ScriptEngine;

// The limits of one catalog, beside those of model/limits.h.
inline constexpr int kCatalogProductsMax = 10'000;
inline constexpr int kCatalogTechnicalProductOrdersMax = 20'000;
inline constexpr int kCatalogCartridgesMax = 1'000;
inline constexpr int kCatalogRulesMax = 10'000;
inline constexpr int kParameterValuesMax = 1'000;  // allowed for one parameter
inline constexpr int kCatalogListMax = 1'000;      // names in one `after`, decomposition or command
inline constexpr int kSelectorsPerProductMax = 100;
inline constexpr int kOperationsPerCartridgeMax = 1'000;
inline constexpr int kHeadersMax = 100;  // of one cartridge, or of one operation
inline constexpr int kStatusesMax = 100;
inline constexpr int kScriptedOutcomesMax = 100;
inline constexpr std::size_t kPatternBytesMax = 1'000;
inline constexpr std::int64_t kPatternMemoryBytesMax = 1 << 20;
inline constexpr std::uint32_t kConcurrencyMax = 1'000'000;
inline constexpr std::uint32_t kCallsPerSecondMax = 1'000'000;  // and of a burst
inline constexpr std::uint32_t kExecWorkersMax = 64;
inline constexpr Nanos kCartridgeSpanNsMax = kHour;    // timeout, retry delay, latency
inline constexpr Nanos kAnswerWaitNsMax = 365 * kDay;  // for an asynchronous answer
inline constexpr Nanos kStepDeadlineNsMax = 366 * kDay;
inline constexpr std::size_t kCatalogErrorsMax = 200;  // found in one catalog, then it is enough

struct CatalogError {
  // Where: names where things have names, indexes elsewhere, each part escaped as in a JSON
  // pointer. "/products/line/actions/add/decomposition/1", "/technicalProductOrders/hlr/steps/0".
  std::string path;
  std::string rule;    // "unknown-technical-product-order"
  std::string detail;  // a sentence for people, with the value
  friend bool operator==(const CatalogError&, const CatalogError&) = default;
};

// All errors, in the order of the catalog; empty when there are none. Past kCatalogErrorsMax it
// stops, and the last error is "too-many-errors". `scripts` tells whether a script can be run;
// null: a catalog with scripts is refused.
std::vector<CatalogError> CheckCatalog(const records::Catalog& catalog,
                                       ScriptEngine* scripts = nullptr);

// `parent` and one more part, "/" and "~" in it escaped.
std::string CatalogPath(std::string_view parent, std::string_view part);
std::string CatalogPath(std::string_view parent, int index);

// The candidate that `name` is most likely a slip of the hand for; empty when none is near.
std::string_view NearestName(std::string_view name,
                             const std::vector<std::string_view>& candidates);

}  // namespace cairn
