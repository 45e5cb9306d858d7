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

// Narrows the widest of the columns that may be cut until all fit. False when they cannot.
bool Shrink(const std::vector<Table::Column>& columns, std::size_t columns_max,
            std::vector<std::optional<std::size_t>>& widths) {
  std::size_t total = 0;
  for (const auto& width : widths) {
    if (width) total += *width + (total == 0 ? 0 : kGap.size());
  }
  while (total > columns_max) {
    std::size_t widest = columns.size();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const bool may_cut = columns[c].fit == Table::Fit::kMayCut && widths[c].has_value();
      if (!may_cut || *widths[c] <= kCutColumnsMin) continue;
      if (widest == columns.size() || *widths[c] > *widths[widest]) widest = c;
    }
    if (widest == columns.size()) return false;
    --*widths[widest];
    --total;
  }
  return true;
}

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

std::vector<Table::Width> Table::Widths(std::size_t columns_max) const {
  std::vector<Width> natural;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = DisplayWidth(columns_[c].title);
    for (const auto& row : rows_) {
      width = std::max(width, DisplayWidth(row[c].text));
    }
    natural.emplace_back(width);
  }
  if (columns_max == 0) {
    return natural;
  }
  for (;;) {
    std::vector<Width> widths = natural;
    if (Shrink(columns_, columns_max, widths)) {
      return widths;
    }
    std::size_t last = columns_.size();  // one past the one to leave out
    while (last > 0 && (columns_[last - 1].fit != Fit::kWholeOrNot || !natural[last - 1])) {
      --last;
    }
    if (last == 0) {
      return widths;
    }
    natural[last - 1].reset();
  }
}

std::string Table::RenderRow(const std::vector<Cell>& cells, const std::vector<Width>& widths,
                             bool color) const {
  std::string line;
  std::string pending_space;  // not written before the end of a line
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!widths[c]) {
      continue;
    }
    const std::size_t width = widths[c].value_or(0);
    const std::string text = CutToWidth(cells[c].text, width);
    const std::string space(width - std::min(width, DisplayWidth(text)), ' ');
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
  const std::vector<Width> widths = Widths(columns_max);
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
