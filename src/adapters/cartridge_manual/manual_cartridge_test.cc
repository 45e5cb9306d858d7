#include "adapters/cartridge_manual/manual_cartridge.h"

#include <gtest/gtest.h>

#include <iterator>
#include <utility>

namespace cairn {
namespace {

class CollectingSink final : public AnswerSink {
 public:
  void OnAnswers(std::vector<CartridgeAnswer> more) override {
    ++times;
    std::move(more.begin(), more.end(), std::back_inserter(answers));
  }
  std::size_t times = 0;
  std::vector<CartridgeAnswer> answers;
};

std::vector<CartridgeCall> Calls(std::uint32_t count) {
  std::vector<CartridgeCall> calls;
  for (std::uint32_t i = 0; i < count; ++i) {
    CartridgeCall& call = calls.emplace_back();
    call.ticket = {.work_order = {OrderId::Of(0, 1), i}, .run = 1, .attempt = 2, .epoch = 3};
  }
  return calls;
}

TEST(ManualCartridge, DelaysEachCallAtOnce) {
  CollectingSink sink;
  ManualCartridge cartridge(sink);
  cartridge.Call(Calls(3));
  ASSERT_EQ(sink.answers.size(), 3U);
  EXPECT_EQ(sink.times, 1U);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sink.answers[i].ticket, Calls(3)[i].ticket);
    EXPECT_EQ(sink.answers[i].outcome, Outcome::kDelayed);
  }
}

TEST(ManualCartridge, StoppedItAnswersNothing) {
  CollectingSink sink;
  ManualCartridge cartridge(sink);
  cartridge.Call({});
  cartridge.Stop();
  cartridge.Call(Calls(1));
  EXPECT_EQ(sink.times, 0U);
}

}  // namespace
}  // namespace cairn
