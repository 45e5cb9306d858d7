// Which names a server may be called by. A page of another site can have its own name point to this
// machine; a browser then takes the server for that site and hands the page every answer. What
// gives it away is the Host header: it still has the page's name.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::http {

// The names by which a machine reaches itself.
std::vector<std::string> LoopbackHosts();

// True for what can stand in a list of allowed hosts: a name or an address without a port, an IPv6
// address in brackets.
bool IsHostName(std::string_view text);

// True if a Host header, with whatever port, names one of `allowed`. An empty list allows any.
bool IsAllowedHost(std::string_view header, const std::vector<std::string>& allowed);

}  // namespace cairn::http
