#include "edges/http/access.h"

#include "base/check.h"
#include "edges/http/http_message.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace cairn::http {
namespace {

constexpr std::array<std::pair<std::string_view, Role>, 4> kRoles{{{"viewer", Role::kViewer},
                                                                   {"submitter", Role::kSubmitter},
                                                                   {"operator", Role::kOperator},
                                                                   {"admin", Role::kAdmin}}};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string_view Name(Role role) {
  for (const auto& [name, known] : kRoles) {
    if (known == role) return name;
  }
  return "anybody";
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const auto& [known, role] : kRoles) {
    if (known == name) return role;
  }
  return std::nullopt;
}

KeyHash HashKey(std::string_view key) {
  KeyHash hash{};
  unsigned size = 0;
  CHECK(EVP_Digest(key.data(), key.size(), hash.data(), &size, EVP_sha256(), nullptr) == 1);
  CHECK(size == hash.size());
  return hash;
}

std::optional<KeyHash> ParseKeyHash(std::string_view hex) {
  KeyHash hash{};
  if (hex.size() != 2 * hash.size()) return std::nullopt;
  for (std::size_t i = 0; i < hash.size(); ++i) {
    const int high = HexDigit(hex[2 * i]);
    const int low = HexDigit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return hash;
}

ApiKeys::ApiKeys(std::vector<ApiKey> keys)
    : keys_(std::make_shared<const std::vector<ApiKey>>(std::move(keys))) {}

void ApiKeys::Replace(std::vector<ApiKey> keys) {
  auto fresh = std::make_shared<const std::vector<ApiKey>>(std::move(keys));
  const std::lock_guard lock(mutex_);
  keys_.swap(fresh);
}

std::optional<Caller> ApiKeys::Find(std::string_view key) const {
  std::shared_ptr<const std::vector<ApiKey>> keys;
  {
    const std::lock_guard lock(mutex_);
    keys = keys_;
  }
  const KeyHash hash = HashKey(key);
  const ApiKey* found = nullptr;
  // To the end also when one was found, so that time does not tell which it was.
  for (const ApiKey& known : *keys) {
    if (CRYPTO_memcmp(known.hash.data(), hash.data(), hash.size()) == 0) found = &known;
  }
  if (found == nullptr) return std::nullopt;
  return Caller{found->name, found->role};
}

std::optional<std::string_view> BearerKey(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (authorization.size() <= kScheme.size()) return std::nullopt;
  if (!EqualsIgnoreCase(authorization.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  std::string_view key = authorization.substr(kScheme.size());
  key.remove_prefix(std::min(key.find_first_not_of(' '), key.size()));
  if (key.empty() || key.size() > kApiKeyBytesMax) return std::nullopt;
  return key;
}

const std::vector<AccessRule>& AccessRules() {
  static const std::vector<AccessRule> rules = {
      // Those who watch over a node have no key, and learn nothing but that it is there.
      {Method::kGet, "/healthz", Role::kAnybody},
      {Method::kGet, "/readyz", Role::kAnybody},
      {Method::kGet, "/metrics", Role::kViewer},
      {Method::kGet, "/openapi.json", Role::kAnybody},

      {Method::kGet, "/v1/orders", Role::kViewer},
      {Method::kGet, "/v1/orders/{id}", Role::kViewer},
      {Method::kGet, "/v1/orders/{id}/history", Role::kViewer},
      {Method::kPost, "/v1/orders", Role::kSubmitter},
      {Method::kPost, "/v1/orders:batch", Role::kSubmitter},
      {Method::kPost, "/v1/orders:plan", Role::kSubmitter},
      {Method::kPost, "/v1/orders/{id}/resubmit", Role::kOperator},
      {Method::kPost, "/v1/orders/{id}/giveUp", Role::kOperator},
      {Method::kPost, "/v1/orders/{id}/cancel", Role::kOperator},
      {Method::kPost, "/v1/orders/{id}/abort", Role::kOperator},
      // The token itself says that whoever has it may answer this one work order.
      {Method::kPost, "/v1/workOrders/{id}/complete", Role::kSubmitter},

      {Method::kGet, "/v1/tasks", Role::kViewer},
      {Method::kPost, "/v1/tasks/{id}/complete", Role::kOperator},
      {Method::kGet, "/v1/cartridges", Role::kViewer},
      {Method::kPost, "/v1/cartridges/{id}/startMaintenance", Role::kOperator},
      {Method::kPost, "/v1/cartridges/{id}/stopMaintenance", Role::kOperator},
      {Method::kPost, "/v1/cartridges/{id}/test", Role::kOperator},
      {Method::kGet, "/v1/inventory", Role::kViewer},
      {Method::kGet, "/v1/catalog", Role::kViewer},
      {Method::kPost, "/v1/catalog/reload", Role::kAdmin},
      {Method::kGet, "/v1/events", Role::kViewer},
      {Method::kGet, "/v1/orders/{id}/events", Role::kViewer},
      {Method::kPost, "/v1/clock/advance", Role::kAdmin},

      {Method::kGet, "/tmf-api/serviceOrdering/v4/serviceOrder", Role::kViewer},
      {Method::kGet, "/tmf-api/serviceOrdering/v4/serviceOrder/{id}", Role::kViewer},
      {Method::kPost, "/tmf-api/serviceOrdering/v4/serviceOrder", Role::kSubmitter},
      {Method::kPatch, "/tmf-api/serviceOrdering/v4/serviceOrder/{id}", Role::kSubmitter},
      {Method::kDelete, "/tmf-api/serviceOrdering/v4/serviceOrder/{id}", Role::kAdmin},
      {Method::kGet, "/tmf-api/serviceOrdering/v4/cancelServiceOrder", Role::kViewer},
      {Method::kGet, "/tmf-api/serviceOrdering/v4/cancelServiceOrder/{id}", Role::kViewer},
      {Method::kPost, "/tmf-api/serviceOrdering/v4/cancelServiceOrder", Role::kOperator},
      {Method::kGet, "/tmf-api/serviceOrdering/v4/hub", Role::kViewer},
      {Method::kGet, "/tmf-api/serviceOrdering/v4/hub/{id}", Role::kViewer},
      {Method::kPost, "/tmf-api/serviceOrdering/v4/hub", Role::kOperator},
      {Method::kDelete, "/tmf-api/serviceOrdering/v4/hub/{id}", Role::kOperator},
  };
  return rules;
}

Role LeastRole(Method method, std::string_view pattern) {
  for (const AccessRule& rule : AccessRules()) {
    if (rule.method == method && rule.pattern == pattern) return rule.least;
  }
  return Role::kAdmin;
}

}  // namespace cairn::http
