#include "runtime/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <thread>

namespace cairn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MailboxTest, TakesEverythingInOrder) {
  Mailbox<int> mailbox;
  EXPECT_TRUE(mailbox.empty());
  mailbox.PutAll({1, 2});
  mailbox.Put(3);
  mailbox.PutAll({4});
  EXPECT_EQ(mailbox.size(), 4U);
  std::vector<int> out;
  mailbox.TakeAll(out);
  EXPECT_THAT(out, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(mailbox.empty());
  mailbox.Put(5);
  mailbox.TakeAll(out);
  EXPECT_THAT(out, ElementsAre(1, 2, 3, 4, 5));
  mailbox.TakeAll(out);
  EXPECT_EQ(out.size(), 5U);
}

TEST(MailboxTest, WithinALimitAllOrNone) {
  Mailbox<int> mailbox;
  mailbox.Put(0);
  std::vector<int> items = {1, 2};
  EXPECT_FALSE(mailbox.PutAllWithin(items, 2));
  EXPECT_THAT(items, ElementsAre(1, 2));
  EXPECT_EQ(mailbox.size(), 1U);
  EXPECT_TRUE(mailbox.PutAllWithin(items, 3));
  std::vector<int> more = {3};
  EXPECT_FALSE(mailbox.PutAllWithin(more, 3));
  std::vector<int> out;
  mailbox.TakeAll(out);
  EXPECT_THAT(out, ElementsAre(0, 1, 2));
}

TEST(MailboxTest, HoldsWhatCannotBeCopied) {
  Mailbox<std::unique_ptr<int>> mailbox;
  mailbox.Put(std::make_unique<int>(1));
  std::vector<std::unique_ptr<int>> out;
  mailbox.TakeAll(out);
  ASSERT_EQ(out.size(), 1U);
  EXPECT_EQ(*out[0], 1);
}

TEST(MailboxTest, FromManyThreadsNothingIsLostAndEachKeepsItsOrder) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5'000;
  Mailbox<std::pair<int, int>> mailbox;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&mailbox, t] {
      for (int i = 0; i < kEach; i += 2) {
        mailbox.Put({t, i});
        mailbox.PutAll({{t, i + 1}});
      }
    });
  }
  std::vector<std::pair<int, int>> out;
  while (out.size() < std::size_t{kThreads} * kEach) {
    mailbox.TakeAll(out);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(mailbox.empty(), true);
  std::vector<int> next(kThreads, 0);
  for (const auto& [t, i] : out) EXPECT_EQ(i, next[static_cast<std::size_t>(t)]++);
}

}  // namespace
}  // namespace cairn
