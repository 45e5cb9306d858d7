// The limits that the whole system shares, by name. Past one there is always a clear error.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn {

// One submitted order.
inline constexpr std::size_t kOrderBodyBytesMax = 64U << 20U;
inline constexpr std::size_t kProductOrdersMax = 100'000;
inline constexpr std::size_t kTechnicalOrdersMax = 400'000;
inline constexpr std::size_t kWorkOrdersMax = 2'000'000;
inline constexpr std::size_t kDependencyEdgesMax = 2'000'000;
inline constexpr std::size_t kFieldsPerSetMax =
    1'000;  // parameters of one product order, or one dataset
inline constexpr std::size_t kFieldNameBytesMax = 256;
inline constexpr std::size_t kFieldSetBytesMax = 256U << 10U;
inline constexpr std::size_t kNameBytesMax = 256;    // ids, names, customer, externalId
inline constexpr std::size_t kTextBytesMax = 4'096;  // descriptions and details
inline constexpr std::size_t kTmfDocumentBytesMax =
    512U << 10U;                                // what a TMF641 order says beside its products
inline constexpr std::size_t kRunsMax = 1'000;  // resubmissions of one order
inline constexpr std::int64_t kPriorityMax = 1'000'000;
inline constexpr std::int64_t kPriorityDefault = 4;  // the lowest of TMF641; lower goes first

// What an order gathers while it runs: past the first an output is dropped, past the second a
// detail as well; past the third nothing is tried again.
inline constexpr std::size_t kOrderOutputBytesMax = 256U << 20U;
inline constexpr std::size_t kOrderTextBytesMax = 512U << 20U;
inline constexpr std::size_t kOrderAttemptsMax = 10'000'000;
static_assert(kOrderOutputBytesMax < kOrderTextBytesMax && kOrderTextBytesMax < UINT32_MAX);

// A work order.
inline constexpr std::size_t kOutputBytesMax = 64U << 10U;
inline constexpr std::uint32_t kAttemptsMax = 100;
inline constexpr std::int64_t kDefaultTimeoutNs = 30'000'000'000;
inline constexpr std::int64_t kDefaultAnswerWithinNs = 604'800'000'000'000;  // of a delayed answer

// One step of the engine: what bounds the time of one command.
inline constexpr std::size_t kOrderPartProductOrders = 500;
inline constexpr std::size_t kOrderPartBytes = 128U << 10U;  // past this a further part begins
inline constexpr std::size_t kSendsPerCommand = 256;
inline constexpr std::size_t kEventsPerCommand = 64;  // that follow from one by themselves
inline constexpr std::size_t kSubmissionKeysPerBucket = 1'024;

// A catalog.
inline constexpr std::size_t kCatalogBytesMax = 8U << 20U;
inline constexpr std::size_t kStepsPerProcessMax = 500;
inline constexpr std::size_t kScriptBytesMax = 16U << 10U;
inline constexpr std::size_t kRulesPerProductMax = 100;
inline constexpr std::size_t kIncludeDepthMax = 16;

// Lists.
inline constexpr std::size_t kListLimitDefault = 100;
inline constexpr std::size_t kListLimitMax = 1'000;

}  // namespace cairn
