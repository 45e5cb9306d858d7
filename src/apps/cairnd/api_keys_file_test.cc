#include "apps/cairnd/api_keys_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace cairn {
namespace {

using testing::HasSubstr;

class ApiKeysFile : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }
  std::string Write(const std::string& text) {
    std::ofstream(path_) << text;
    std::filesystem::permissions(
        path_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path_;
  }
  std::string ErrorOf(const std::string& text) {
    const auto keys = ReadApiKeys(Write(text));
    EXPECT_FALSE(keys.has_value()) << text;
    return keys ? "" : keys.error();
  }

  const std::string path_ = testing::TempDir() + "cairn-api-keys-" +
                            std::to_string(testing::UnitTest::GetInstance()->random_seed()) +
                            testing::UnitTest::GetInstance()->current_test_info()->name();
};

// Any 64 digits.
constexpr std::string_view kHash =
    "dba16c7bb3e5d3a9b93f0e9f4c1a2f1c2a1b8a5f0a0e5d9a1fbd8c8c0e5a7f11";

TEST_F(ApiKeysFile, GivesNamesRolesAndHashes) {
  const auto keys =
      ReadApiKeys(Write("keys:\n"
                        "  - {name: crm, role: submitter, key: abcdefghijklmnop}\n"
                        "  - name: ops\n    role: operator\n    sha256: " +
                        std::string(kHash) + "\n"));
  ASSERT_TRUE(keys) << keys.error();
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].name, "crm");
  EXPECT_EQ((*keys)[0].role, http::Role::kSubmitter);
  EXPECT_EQ((*keys)[0].hash, http::HashKey("abcdefghijklmnop"));
  EXPECT_EQ((*keys)[1].hash, http::ParseKeyHash(kHash));
}

TEST_F(ApiKeysFile, NamesTheLineOfEverythingThatIsWrongAndNoKey) {
  const std::string error = ErrorOf(
      "keys:\n"
      "  - {name: crm, role: chief, key: abcdefghijklmnop}\n"
      "  - {name: crm, role: admin, key: short}\n"
      "  - {role: admin, sha256: 12}\n"
      "  - {name: both, role: admin, key: abcdefghijklmnopq, sha256: 12}\n"
      "  - {name: twice, role: admin, key: abcdefghijklmnop}\n"
      "  - {name: odd, role: admin, key: abcdefghijklmnopr, until: 2030}\n");
  EXPECT_THAT(error, HasSubstr(":2: role must be viewer, submitter, operator or admin"));
  EXPECT_THAT(error, HasSubstr(":3: there is another key with the name 'crm'"));
  EXPECT_THAT(error, HasSubstr(":3: key must have from 16 to 256"));
  EXPECT_THAT(error, HasSubstr(":4: a key needs a name"));
  EXPECT_THAT(error, HasSubstr(":4: sha256 must be 64 hexadecimal digits"));
  EXPECT_THAT(error, HasSubstr(":5: a key needs exactly one of 'key' and 'sha256'"));
  EXPECT_THAT(error, HasSubstr(":6: another entry has the same key"));
  EXPECT_THAT(error, HasSubstr(":7: 'until' is not a field of a key"));
  EXPECT_THAT(error, Not(HasSubstr("abcdef")));
}

TEST_F(ApiKeysFile, RefusesWhatIsNoListOfKeys) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("a file of keys is a map with one list"));
  EXPECT_THAT(ErrorOf("- a\n"), HasSubstr("a file of keys is a map with one list"));
  EXPECT_THAT(ErrorOf("keys: []\n"), HasSubstr("has no entry"));
  EXPECT_THAT(ErrorOf("keys: [1]\n"), HasSubstr("a key is a map"));
  EXPECT_THAT(ErrorOf("keys: [\n"), HasSubstr(path_ + ":"));
}

TEST_F(ApiKeysFile, RefusesAFileThatOthersCanReach) {
  Write("keys: [{name: a, role: admin, key: abcdefghijklmnop}]\n");
  EXPECT_TRUE(ReadApiKeys(path_));
  std::filesystem::permissions(path_, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const auto keys = ReadApiKeys(path_);
  ASSERT_FALSE(keys);
  EXPECT_THAT(keys.error(), HasSubstr("mode 0640); make it 0600"));
}

TEST_F(ApiKeysFile, SaysWhichFileCannotBeRead) {
  EXPECT_THAT(ReadApiKeys("/no/such/keys").error(), HasSubstr("/no/such/keys"));
  EXPECT_THAT(ReadApiKeys("/tmp").error(), HasSubstr("no regular file"));
}

}  // namespace
}  // namespace cairn
