#include "edges/http/host_rule.h"

#include "edges/http/http_message.h"

#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>

namespace cairn::http {

std::vector<std::string> LoopbackHosts() { return {"localhost", "127.0.0.1", "[::1]"}; }

bool IsHostName(std::string_view text) {
  const auto authority = boost::urls::parse_authority(text);
  if (!authority || authority->has_userinfo() || authority->has_port()) return false;
  if (authority->host_type() == boost::urls::host_type::ipv6) return true;
  // A name may hold more than this in a URL, such as '*', but no machine is called so.
  constexpr std::string_view kNameCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

bool IsAllowedHost(std::string_view header, const std::vector<std::string>& allowed) {
  if (allowed.empty()) return true;
  const auto authority = boost::urls::parse_authority(header);
  if (!authority || authority->has_userinfo()) return false;
  const std::string host(authority->encoded_host());
  return std::any_of(allowed.begin(), allowed.end(),
                     [&](const std::string& each) { return EqualsIgnoreCase(host, each); });
}

}  // namespace cairn::http
