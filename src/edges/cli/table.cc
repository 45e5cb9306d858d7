// Table: the body.
#include "edges/cli/table.h"

#include "base/check.h"
#include "edges/cli/text_layout.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace cairn::cli {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::size_t kCutColumnsMin = 6;  // narrower than this, a cut column tells nothing

}  // namespace

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  CHECK(!columns_.empty());
}

void Table::AddRow(std::vector<Cell> cells) {
  CHECK(cells.size() == columns_.size());
  for (Cell& cell : cells) {
    cell.text = CleanForTerminal(cell.text);
  }
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::Widths(std::size_t columns_max) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = DisplayWidth(columns_[c].title);
    for (const auto& row : rows_) {
      width = std::max(width, DisplayWidth(row[c].text));
    }
    widths.push_back(width);
  }
  if (columns_max == 0) {
    return widths;
  }
  std::size_t total = kGap.size() * (widths.size() - 1);
  for (const std::size_t width : widths) {
    total += width;
  }
  while (total > columns_max) {
    std::size_t widest = columns_.size();
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (columns_[c].fit == Fit::kWhole || widths[c] <= kCutColumnsMin) {
        continue;
      }
      if (widest == columns_.size() || widths[c] > widths[widest]) {
        widest = c;
      }
    }
    if (widest == columns_.size()) {
      break;
    }
    --widths[widest];
    --total;
  }
  return widths;
}

std::string Table::RenderRow(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths,
                             bool color) const {
  std::string line;
  std::string pending_space;  // not written before the end of a line
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const std::string text = CutToWidth(cells[c].text, widths[c]);
    const std::string space(widths[c] - std::min(widths[c], DisplayWidth(text)), ' ');
    if (columns_[c].align == Align::kRight) {
      pending_space += space;
    }
    if (!text.empty()) {
      line += pending_space + Paint(text, cells[c].color, color);
      pending_space.clear();
    }
    if (columns_[c].align == Align::kLeft) {
      pending_space += space;
    }
    pending_space += kGap;
  }
  return line + "\n";
}

std::string Table::Render(std::size_t columns_max, bool color) const {
  const std::vector<std::size_t> widths = Widths(columns_max);
  std::vector<Cell> titles;
  for (const Column& column : columns_) {
    titles.push_back({column.title, Color::kBold});
  }
  std::string text = RenderRow(titles, widths, color);
  for (const auto& row : rows_) {
    text += RenderRow(row, widths, color);
  }
  return text;
}

}  // namespace cairn::cli
