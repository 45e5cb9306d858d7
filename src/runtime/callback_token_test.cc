#include "runtime/callback_token.h"

#include <gtest/gtest.h>

#include <set>

namespace cairn {
namespace {

CallbackTarget Target(std::uint64_t counter, std::uint32_t index, std::uint32_t run,
                      std::uint32_t attempt) {
  return {.work_order = {OrderId::Of(3, counter), index}, .run = run, .attempt = attempt};
}

std::string Key(char filling) { return std::string(kCallbackKeyBytes, filling); }

TEST(CallbackToken, OpensToWhatItWasMadeFor) {
  const CallbackTokens tokens(Key('k'));
  for (const CallbackTarget& target :
       {Target(1, 0, 1, 1), Target((std::uint64_t{1} << 50U) + 77, 1'999'999, 1'000, 100)}) {
    const std::string token = tokens.Make(target);
    EXPECT_EQ(token.size(), 48U);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_"),
              std::string::npos)
        << token;
    EXPECT_EQ(tokens.Open(token), target);
    EXPECT_EQ(CallbackTokens(Key('k')).Make(target), token) << "the same after a restart";
  }
}

TEST(CallbackToken, EveryAttemptHasItsOwn) {
  const CallbackTokens tokens(Key('k'));
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(seen.insert(tokens.Make(Target(10 + i, 5, 5, 5))).second);
    EXPECT_TRUE(seen.insert(tokens.Make(Target(1, 10 + i, 5, 5))).second);
    EXPECT_TRUE(seen.insert(tokens.Make(Target(1, 5, 10 + i, 5))).second);
    EXPECT_TRUE(seen.insert(tokens.Make(Target(1, 5, 5, 10 + i))).second);
  }
}

TEST(CallbackToken, AnotherKeyIsOfNoUse) {
  const std::string token = CallbackTokens(Key('k')).Make(Target(1, 2, 3, 4));
  EXPECT_EQ(CallbackTokens(Key('l')).Open(token), std::nullopt);
}

TEST(CallbackToken, EveryChangedCharacterShows) {
  const CallbackTokens tokens(Key('k'));
  const std::string token = tokens.Make(Target(1, 2, 3, 4));
  for (std::size_t i = 0; i < token.size(); ++i) {
    for (const char other : {'A', 'B', '-', '_', '+', '/', '=', '\0', ' ', '\xff'}) {
      if (token[i] == other) continue;
      std::string changed = token;
      changed[i] = other;
      EXPECT_EQ(tokens.Open(changed), std::nullopt) << i << " " << int{other};
    }
  }
}

TEST(CallbackToken, WhatIsNoTokenIsNone) {
  const CallbackTokens tokens(Key('k'));
  const std::string token = tokens.Make(Target(1, 2, 3, 4));
  for (const std::string& text :
       {std::string(), token + "A", token.substr(1), token + token, std::string(48, 'A')}) {
    EXPECT_EQ(tokens.Open(text), std::nullopt) << text;
  }
}

TEST(CallbackToken, WithoutAKeyThereAreNone) {
  const CallbackTokens none{std::string()};
  EXPECT_EQ(none.Make(Target(1, 2, 3, 4)), "");
  EXPECT_EQ(none.Open(CallbackTokens(Key('k')).Make(Target(1, 2, 3, 4))), std::nullopt);
  EXPECT_EQ(none.Open(""), std::nullopt);
}

}  // namespace
}  // namespace cairn
