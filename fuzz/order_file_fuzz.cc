// Hands any bytes to the command line as the order on its standard input. What it takes is an
// object that is sent on exactly as it was read; what it refuses it can tell a terminal why.
#include "base/check.h"
#include "edges/cli/order_file.h"

#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::istringstream input(text);
  const auto order = cairn::cli::ReadOrderFile("-", input);
  if (!order) {
    CHECK(order.error().code == cairn::cli::ExitCode::kUsage);
    CHECK(order.error().text.starts_with("standard input: "));
    CHECK(cairn::IsCleanUtf8(order.error().text));
    return 0;
  }
  CHECK(order->text == text && order->json.is_object());
  CHECK(order->is_tmf641 == (order->json.Find("serviceOrderItem") != nullptr));
  // Shown and read again it is the same.
  const auto again = cairn::ParseJson(order->json.Serialize());
  CHECK(again.has_value() && *again == order->json);
  return 0;
}
