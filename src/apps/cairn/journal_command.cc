#include "apps/cairn/journal_command.h"

#include "adapters/journal_file/journal_inspect.h"
#include "adapters/journal_file/journal_repair.h"
#include "adapters/storage_posix/posix_storage.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/json.h"
#include "base/time.h"
#include "edges/cli/command_context.h"
#include "edges/cli/failure.h"
#include "edges/cli/table.h"
#include "model/ids.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cairn {
namespace {

using cli::CliResult;
using cli::CommandContext;
using cli::ExitCode;
using cli::Table;

constexpr ExitCode kOk = ExitCode::kOk;
constexpr ExitCode kDamaged{1};
constexpr ExitCode kCannotOpen{2};

Json Number(std::uint64_t value) { return Json::NumberText(std::to_string(value)); }

auto CannotOpen(const Error& error) { return cli::FailWith(kCannotOpen, error.message); }

std::string Text(std::uint64_t value) { return value == 0 ? "" : std::to_string(value); }

Table::Column Left(std::string title) {
  return {std::move(title), Table::Align::kLeft, Table::Fit::kWhole};
}
Table::Column Right(std::string title) {
  return {std::move(title), Table::Align::kRight, Table::Fit::kWhole};
}

// --- verify

Json ToJson(const JournalDamage& damage) {
  Json json = Json::Object();
  json.Set("file", Json::String(damage.file));
  json.Set("offset", Number(damage.offset));
  json.Set("reason", Json::String(damage.reason));
  json.Set("proof", Json::String(damage.proof));
  return json;
}

CliResult<ExitCode> Verify(CommandContext& context, Storage& storage) {
  const auto found = VerifyJournal(storage);
  if (!found) return CannotOpen(found.error());
  const std::optional<JournalDamage>& damage = found->damage;
  const std::string state = damage                   ? "damaged"
                            : found->torn_at.empty() ? "good"
                                                     : "good, with a torn end";
  if (context.wants_json()) {
    Json json = Json::Object();
    json.Set("good", Json::Bool(!damage));
    json.Set("journalId", Json::String(Hex64(found->journal_id)));
    json.Set("segments", Number(found->segments));
    json.Set("frames", Number(found->frames));
    json.Set("payloadBytes", Number(found->payload_bytes));
    json.Set("lastSequence", Number(found->last_sequence));
    json.Set("tornAt", found->torn_at.empty() ? Json::Null() : Json::String(found->torn_at));
    json.Set("damage", damage ? ToJson(*damage) : Json::Null());
    context.Print(json);
  } else {
    Table table({Left("FIGURE"), Left("VALUE")});
    table.AddRow({{"state"}, {state}});
    table.AddRow({{"journal id"}, {Hex64(found->journal_id)}});
    table.AddRow({{"segments"}, {std::to_string(found->segments)}});
    table.AddRow({{"frames"}, {std::to_string(found->frames)}});
    table.AddRow({{"payload bytes"}, {std::to_string(found->payload_bytes)}});
    table.AddRow({{"last sequence"}, {std::to_string(found->last_sequence)}});
    context.Print(table);
  }
  if (!found->torn_at.empty()) {
    context.around.Note("A torn frame lies at " + found->torn_at +
                        ", as a crash leaves it. The next start cuts it off.");
  }
  if (!damage) return kOk;
  context.around.Note(damage->Describe() +
                      "\nThe figures end there. `cairn journal repair` sets aside what follows.");
  return kDamaged;
}

// --- list

CliResult<ExitCode> List(CommandContext& context, Storage& storage) {
  const auto rows = ListJournal(storage);
  if (!rows) return CannotOpen(rows.error());
  bool damaged = false;
  Json items = Json::Array();
  Table table({Left("FILE"), Left("ROLE"), Right("SEGMENT"), Right("FIRST"), Right("LAST"),
               Right("FRAMES"), Right("PAYLOAD"), Right("BYTES")});
  for (const JournalFileRow& row : *rows) {
    damaged = damaged || row.role == JournalFileRole::kUnlinked;
    Json item = Json::Object();
    item.Set("file", Json::String(row.file));
    item.Set("role", Json::String(std::string(RoleName(row.role))));
    item.Set("segment", Number(row.segment));
    item.Set("firstSequence", Number(row.first_sequence));
    item.Set("lastSequence", Number(row.last_sequence));
    item.Set("frames", Number(row.frames));
    item.Set("payloadBytes", Number(row.payload_bytes));
    item.Set("fileBytes", Number(row.file_bytes));
    items.Push(std::move(item));
    table.AddRow({{row.file},
                  {std::string(RoleName(row.role))},
                  {Text(row.segment)},
                  {Text(row.first_sequence)},
                  {Text(row.last_sequence)},
                  {Text(row.frames)},
                  {Text(row.payload_bytes)},
                  {std::to_string(row.file_bytes)}});
  }
  if (context.wants_json()) {
    Json json = Json::Object();
    json.Set("items", std::move(items));
    context.Print(json);
  } else {
    context.Print(table);
  }
  return damaged ? kDamaged : kOk;
}

// --- dump

std::string_view KindName(EntityKind kind) {
  switch (kind) {
    case EntityKind::kPartition: return "partition";
    case EntityKind::kCatalog: return "catalog";
    case EntityKind::kOrder: return "order";
    case EntityKind::kOrderPart: return "order_part";
    case EntityKind::kSubmissionKeys: return "submission_keys";
    case EntityKind::kOrderTrail: return "order_trail";
    case EntityKind::kService: return "service";
    case EntityKind::kTarget: return "target";
    case EntityKind::kListener: return "listener";
    case EntityKind::kCancelTask: return "cancel_task";
  }
  return "unknown";
}

std::string_view TypeName(RecordType type) {
  switch (type) {
    case RecordType::kEvent: return "event";
    case RecordType::kSnapshot: return "snapshot";
    case RecordType::kRetire: return "retire";
  }
  return "unknown";
}

// Orders as people know them, everything else as a number.
std::string EntityId(const EntityKey& entity) {
  if (entity.kind == EntityKind::kOrder) return FormatId(OrderId(entity.id));
  return std::to_string(entity.id);
}

// A newer version may have written events that this one has no name for.
std::string EventText(EventType event) {
  const std::string_view name = EventName(event);
  if (!name.empty() || event == EventType::kNone) return std::string(name);
  return "event_" + std::to_string(static_cast<std::uint64_t>(event));
}

Json ToJson(const DumpedRecord& dump) {
  const RecordView& record = dump.record;
  Json json = Json::Object();
  json.Set("sequence", Number(dump.position.sequence));
  json.Set("segment", Number(dump.position.segment));
  json.Set("offset", Number(dump.position.offset));
  json.Set("time", Json::String(FormatTime(dump.batch.time)));
  json.Set("partition", Number(dump.batch.partition));
  json.Set("epoch", Number(dump.batch.epoch));
  json.Set("type", Json::String(std::string(TypeName(record.type))));
  json.Set("kind", Json::String(std::string(KindName(record.entity.kind))));
  json.Set("id", Json::String(EntityId(record.entity)));
  json.Set("version", Number(record.version));
  json.Set("event", Json::String(EventText(record.event)));
  json.Set("eventVersion", Number(record.event_version));
  json.Set("actor",
           IsCleanUtf8(record.actor) ? Json::String(std::string(record.actor)) : Json::Null());
  json.Set("payloadBytes", Number(record.payload.size()));
  return json;
}

CliResult<ExitCode> Dump(CommandContext& context, Storage& storage) {
  // One line a record in both forms: a journal is too long to be collected first.
  const Status dumped = DumpJournal(storage, [&](const DumpedRecord& dump) {
    const RecordView& record = dump.record;
    context.PrintLine(context.wants_json()
                          ? ToJson(dump).Serialize()
                          : fmt::format("{} {} {} {} {} v{} {} {} bytes", dump.position.sequence,
                                        FormatTime(dump.batch.time), TypeName(record.type),
                                        KindName(record.entity.kind), EntityId(record.entity),
                                        record.version, EventText(record.event),
                                        record.payload.size()));
    // A reader that has gone away needs no further line.
    return context.around.out.out() ? Status() : Fail(ErrorCode::kIo, "standard output");
  });
  if (dumped || !context.around.out.out()) return kOk;
  if (dumped.error().code != ErrorCode::kCorrupt) return CannotOpen(dumped.error());
  context.around.Note(dumped.error().message);
  return kDamaged;
}

// --- repair

Json ToJson(const JournalSetAside& aside) {
  Json json = Json::Object();
  json.Set("file", Json::String(aside.file));
  json.Set("setAsideAs", Json::String(aside.set_aside_as));
  json.Set("offset", Number(aside.offset));
  json.Set("bytes", Number(aside.bytes));
  json.Set("firstSequence", Number(aside.first_sequence));
  json.Set("lastSequence", Number(aside.last_sequence));
  return json;
}

CliResult<ExitCode> Repair(CommandContext& context, Storage& storage) {
  const auto repair = RepairJournal(storage);
  if (!repair) return CannotOpen(repair.error());
  if (context.wants_json()) {
    Json json = Json::Object();
    json.Set("lastSequence", Number(repair->last_sequence));
    Json put_right = Json::Array();
    for (const std::string& text : repair->put_right) put_right.Push(Json::String(text));
    json.Set("putRight", std::move(put_right));
    Json set_aside = Json::Array();
    for (const JournalSetAside& aside : repair->set_aside) set_aside.Push(ToJson(aside));
    json.Set("setAside", std::move(set_aside));
    context.Print(json);
  } else if (!repair->set_aside.empty()) {
    Table table({Left("FILE"), Right("OFFSET"), Right("BYTES"), Right("FIRST"), Right("LAST"),
                 Left("SET ASIDE AS")});
    for (const JournalSetAside& aside : repair->set_aside) {
      table.AddRow({{aside.file},
                    {std::to_string(aside.offset)},
                    {std::to_string(aside.bytes)},
                    {Text(aside.first_sequence)},
                    {Text(aside.last_sequence)},
                    {aside.set_aside_as}});
    }
    context.Print(table);
  }
  for (const std::string& text : repair->put_right) context.around.Note(text);
  if (!repair->changed()) context.around.Note("There is nothing to repair.");
  if (repair->set_aside.empty()) return kOk;
  context.around.Note(fmt::format("The journal ends with sequence {} now.", repair->last_sequence));
  return kDamaged;
}

using Verb = CliResult<ExitCode> (*)(CommandContext&, Storage&);

void AddVerb(cli::CommandLine& line, CLI::App& noun, const std::string& name,
             const std::string& description, Verb verb) {
  CLI::App& command = *noun.add_subcommand(name, description);
  const auto directory = std::make_shared<std::string>();
  command.add_option("DIR", *directory, "The journal's directory")->required();
  line.OnRun(command, [directory, verb](CommandContext& context) -> CliResult<ExitCode> {
    const auto storage = PosixStorage::Open(*directory, MissingDirectory::kRefuse);
    if (!storage) return CannotOpen(storage.error());
    return verb(context, **storage);
  });
}

}  // namespace

void AddJournalCommand(cli::CommandLine& line) {
  CLI::App& noun = line.AddNoun("journal", "Look into the journal of a stopped node, or repair it");
  noun.footer("Exit codes: 0 all is well; 1 there is damage; 2 the journal cannot be opened.");
  AddVerb(line, noun, "verify", "Check every frame and say where the first damage is", Verify);
  AddVerb(line, noun, "list", "List the files and what they hold", List);
  noun.get_subcommand("list")->alias("ls");
  AddVerb(line, noun, "dump", "Print one line for each record", Dump);
  AddVerb(line, noun, "repair",
          "Make a damaged journal open again; what is given up is set aside, never deleted",
          Repair);
}

}  // namespace cairn
