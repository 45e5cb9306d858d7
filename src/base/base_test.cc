// What base promises, by example.
#include "base/bytes.h"
#include "base/id.h"
#include "base/json.h"
#include "base/random.h"
#include "base/text.h"
#include "base/time.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace cairn {
namespace {

struct OrderTag {
  static constexpr std::string_view kPrefix = "so";
};
using TestId = Id<OrderTag>;

TEST(Id, ShowsPrefixAndBase32AndComesBack) {
  for (const std::uint64_t counter :
       {std::uint64_t{1}, std::uint64_t{31}, std::uint64_t{32}, kIdCounterMax}) {
    for (const std::uint64_t partition : {std::uint64_t{0}, std::uint64_t{7}, kIdPartitionMax}) {
      const TestId id = TestId::Of(partition, counter);
      EXPECT_EQ(id.partition(), partition);
      EXPECT_EQ(id.counter(), counter);
      const auto back = ParseId<OrderTag>(FormatId(id));
      ASSERT_TRUE(back.has_value()) << FormatId(id);
      EXPECT_EQ(*back, id);
    }
  }
  EXPECT_EQ(FormatId(TestId::Of(0, 33)), "so-11");
}

TEST(Id, RefusesWhatIsNoId) {
  for (const char* text : {"", "so", "so-", "xx-11", "so-u", "so-1l", "so-zzzzzzzzzzzzz",
                           "so-00000000000000", "so-00", "so-01"}) {
    EXPECT_FALSE(ParseId<OrderTag>(text).has_value()) << text;
  }
}

TEST(Time, FormatsAndParsesRfc3339) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(*ParseTime("2018-01-12T09:37:40.508Z"), 1515749860508 * kMillisecond);
  EXPECT_EQ(FormatTime(1515749860508 * kMillisecond), "2018-01-12T09:37:40.508Z");
  EXPECT_EQ(*ParseTime("2018-01-12T10:37:40.508+01:00"), 1515749860508 * kMillisecond);
  EXPECT_EQ(*ParseTime("2018-01-12T06:07:40.508000001-03:30"), 1515749860508 * kMillisecond + 1);
  for (const char* text :
       {"", "2018-01-12", "2018-13-12T09:37:40Z", "2018-02-30T09:37:40Z", "2018-01-12T09:37:40",
        "2018-01-12T09:37:40Zx", "20180112T093740.0000Z", "9999-01-12T09:37:40Z",
        "2018-01-12T09:37:.+01:00", "2018-01-12T09:37:40.Z", "2018-01-15T09:37.40:508Z",
        "2018-01-12T9:37:40.508Z", "2018-01-12T09:37:40+1:00", "2018-01-12T09:37:40+0100"}) {
    EXPECT_FALSE(ParseTime(text).has_value()) << text;
  }
}

TEST(Json, TextIsCutBetweenCharacters) {
  EXPECT_EQ(CutUtf8("abc", 3), "abc");
  EXPECT_EQ(CutUtf8("abc", 2), "ab");
  EXPECT_EQ(CutUtf8("a\u00e9", 2), "a");
  EXPECT_EQ(CutUtf8("a\u00e9", 3), "a\u00e9");
  EXPECT_EQ(CutUtf8("\U0001f600x", 3), "");
  EXPECT_EQ(CutUtf8("", 0), "");
}

TEST(Json, WhatItSaysOfALongKeyIsUtf8) {
  for (std::size_t bytes = 60; bytes < 66; ++bytes) {
    const std::string key = std::string(bytes, 'k') + "\u00e9\u00e9\u00e9";
    const auto refused = ParseJson(fmt::format(R"({{"{}":1,"{}":2}})", key, key));
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(IsCleanUtf8(refused.error().message)) << bytes;
  }
}

TEST(Time, FormatsAndParsesDurations) {
  EXPECT_EQ(*ParseDuration("2h30m"), 2 * kHour + 30 * kMinute);
  EXPECT_EQ(*ParseDuration("5ms"), 5 * kMillisecond);
  EXPECT_EQ(FormatDuration(2 * kHour + 5 * kMillisecond), "2h5ms");
  EXPECT_EQ(FormatDuration(0), "0s");
  for (const char* text :
       {"", "5", "m", "5x", "1m1h", "1s1s", "99999999999999999999s", "400000d"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

TEST(Bytes, VarintsComeBackAndNeverRunPastTheEnd) {
  std::string bytes;
  const std::uint64_t values[] = {0, 1, 127, 128, 300, UINT64_MAX};
  for (const auto value : values) AppendVarint(bytes, value);
  ByteReader reader(bytes);
  for (const auto value : values) EXPECT_EQ(reader.Varint(), value);
  EXPECT_TRUE(reader.ok() && reader.empty());
  reader.Varint();
  EXPECT_FALSE(reader.ok());
  ByteReader overlong(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11));
  overlong.Varint();
  EXPECT_FALSE(overlong.ok());
}

TEST(Json, KeepsNumbersAsTextAndOrderOfKeys) {
  const std::string text =
      R"({"b":1.10,"a":[1e400,-0,12345678901234567890123],"c":"\u00e9\n\"","d":null})";
  const auto json = ParseJson(text);
  ASSERT_TRUE(json.has_value()) << json.error().message;
  EXPECT_EQ(json->Find("b")->text(), "1.10");
  EXPECT_EQ(json->Find("a")->items()[2].text(), "12345678901234567890123");
  EXPECT_EQ(
      json->Serialize(),
      "{\"b\":1.10,\"a\":[1e400,-0,12345678901234567890123],\"c\":\"\xc3\xa9\\n\\\"\",\"d\":null}");
}

TEST(Json, RefusesWhatIsNotClean) {
  std::string deep(100, '[');
  for (const std::string& text :
       {std::string("{"), std::string(R"({"a":1,"a":2})"), std::string("\"\\u0000\""),
        std::string("\"\xff\""), std::string("[1,]"), std::string("1 2"), std::string(""), deep,
        std::string("\"\xed\xa0\x80\"")}) {
    EXPECT_FALSE(ParseJson(text).has_value()) << text;
  }
  EXPECT_TRUE(ParseJson(" [1] \n").has_value());
}

TEST(Utf8, KnowsCleanFromBroken) {
  EXPECT_TRUE(IsCleanUtf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* bytes : {"\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80"}) {
    EXPECT_FALSE(IsCleanUtf8(bytes));
  }
  EXPECT_FALSE(IsCleanUtf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, BrokenBytesAreReplaced) {
  EXPECT_EQ(MakeCleanUtf8("a\xc3\xa9\xf0\x9f\x98\x80"), "a\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(MakeCleanUtf8("a\xc3"), "a?");
  EXPECT_EQ(MakeCleanUtf8("\xed\xa0\x80z"), "???z");
  EXPECT_EQ(MakeCleanUtf8("\xe2\x82\xc3\xa9"), "??\xc3\xa9");
  EXPECT_EQ(MakeCleanUtf8(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(MakeCleanUtf8(""), "");
}

TEST(Random, TheSeedIsTheSequence) {
  Random a(7);
  Random b(7);
  Random c(8);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const auto x = a.Next();
    EXPECT_EQ(x, b.Next());
    differs = differs || x != c.Next();
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace cairn
