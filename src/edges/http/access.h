// Who a client is and what it may do: the keys that a node knows, the role of each, and the role
// that each route asks for.
//
// Any thread may call any function.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

enum class Method;

// Each may do what those before it may.
enum class Role : std::uint8_t {
  kAnybody,    // no key is needed
  kViewer,     // reads
  kSubmitter,  // submits orders and answers work orders
  kOperator,   // acts on orders, tasks and cartridges
  kAdmin,      // changes the node itself
};
std::string_view Name(Role role);  // "viewer"
// Nothing for kAnybody, which is no role of a key.
std::optional<Role> ParseRole(std::string_view name);

// Whoever acts where the node asks for no keys.
inline constexpr std::string_view kActor = "anonymous";

struct Caller {
  std::string name = std::string(kActor);  // at most kNameBytesMax bytes
  Role role = Role::kAdmin;
};

using KeyHash = std::array<unsigned char, 32>;  // SHA-256
KeyHash HashKey(std::string_view key);
// 64 hexadecimal digits; nothing otherwise.
std::optional<KeyHash> ParseKeyHash(std::string_view hex);

inline constexpr std::size_t kApiKeysMax = 1'000;
inline constexpr std::size_t kApiKeyBytesMin = 16;  // a shorter one can be guessed
inline constexpr std::size_t kApiKeyBytesMax = 256;

struct ApiKey {
  std::string name;
  Role role = Role::kViewer;
  KeyHash hash{};
};

// The keys of a node. They can be replaced while it serves.
class ApiKeys {
 public:
  explicit ApiKeys(std::vector<ApiKey> keys);
  void Replace(std::vector<ApiKey> keys);

  // Whose key it is. Takes the same time for every key, right or wrong.
  std::optional<Caller> Find(std::string_view key) const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const std::vector<ApiKey>> keys_;
};

// The key of an Authorization header, "Bearer KEY"; nothing when it is none.
std::optional<std::string_view> BearerKey(std::string_view authorization);

// A row of the table of routes: what one may do needs at least that role.
struct AccessRule {
  Method method;
  std::string_view pattern;  // as the router has it: "/v1/orders/{id}"
  Role least;
};
const std::vector<AccessRule>& AccessRules();

// A route that the table lacks is the admin's alone.
Role LeastRole(Method method, std::string_view pattern);

}  // namespace cairn::http
