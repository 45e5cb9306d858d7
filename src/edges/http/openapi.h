// The description of the native API in OpenAPI 3.1: openapi.json, as it was when this was built.
//
// A constant; any thread.
#pragma once

#include <string_view>

namespace cairn::http {

std::string_view OpenApiDocument();

}  // namespace cairn::http
