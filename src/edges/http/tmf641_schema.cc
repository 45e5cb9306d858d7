#include "edges/http/tmf641_schema.h"

#include <algorithm>
#include <array>

namespace cairn::http {
namespace {

constexpr std::array<std::string_view, 11> kOrderStateWords = {
    "acknowledged",       "rejected",  "pending", "held",    "inProgress",
    "cancelled",          "completed", "failed",  "partial", "assessingCancellation",
    "pendingCancellation"};
constexpr std::array<std::string_view, 4> kActionWords = {"add", "modify", "delete", "noChange"};
constexpr std::array<std::string_view, 6> kServiceStateWords = {
    "feasibilityChecked", "designed", "reserved", "inactive", "active", "terminated"};
constexpr std::array<std::string_view, 4> kTaskStateWords = {"accepted", "inProgress", "done",
                                                             "terminatedWithError"};
constexpr TmfWords kActions = {kActionWords, "unknown-action"};
constexpr TmfWords kServiceStates = {kServiceStateWords, "unknown-state"};
constexpr TmfWords kTaskStates = {kTaskStateWords, "unknown-state"};

constexpr TmfMember Of(std::string_view name, TmfKind kind) {
  TmfMember member;
  member.name = name;
  member.kind = kind;
  return member;
}
constexpr TmfMember Text(std::string_view name) { return Of(name, TmfKind::kText); }
constexpr TmfMember Time(std::string_view name) { return Of(name, TmfKind::kTime); }
constexpr TmfMember Bool(std::string_view name) { return Of(name, TmfKind::kBool); }
constexpr TmfMember Integer(std::string_view name) { return Of(name, TmfKind::kInteger); }
constexpr TmfMember Any(std::string_view name) { return Of(name, TmfKind::kAny); }
constexpr TmfMember Word(std::string_view name, const TmfWords& words) {
  TmfMember member = Of(name, TmfKind::kWord);
  member.words = &words;
  return member;
}
constexpr TmfMember One(std::string_view name, const TmfType& type) {
  TmfMember member = Of(name, TmfKind::kObject);
  member.type = &type;
  return member;
}
constexpr TmfMember List(std::string_view name, const TmfType& type) {
  TmfMember member = One(name, type);
  member.list = true;
  return member;
}

// Types name each other in circles (a service holds services), hence the declarations.
extern const TmfType kReference, kNote, kRelatedParty, kPlayer, kCharacteristic,
    kCharacteristicRelationship, kConstraint, kFeature, kFeatureRelationship, kPeriod, kService,
    kServiceRelationship, kSpecification, kRelatedItem, kItem, kItemReference, kItemRelationship,
    kItemError, kOrderError, kTaskError, kAlert, kMilestone, kAppointment, kExternalReference,
    kOrderRelationship;

constexpr TmfMember kExtension[] = {Text("@baseType"), Text("@schemaLocation"), Text("@type")};
constexpr TmfMember kReferring[] = {Text("@baseType"), Text("@schemaLocation"), Text("@type"),
                                    Text("@referredType")};

// A reference to something by its id: resources, services, orders.
constexpr TmfMember kReferenceMembers[] = {Text("id").Required(), Text("href"), Text("name")};
const TmfType kReference = {kReferenceMembers, kReferring};

constexpr TmfMember kAppointmentMembers[] = {Text("id").Required(), Text("href"),
                                             Text("description")};
const TmfType kAppointment = {kAppointmentMembers, kReferring};

// With a version: specifications and constraints. A specification is often only named.
constexpr TmfMember kSpecificationMembers[] = {Text("id").Required().From("name"), Text("href"),
                                               Text("name"), Text("version")};
const TmfType kSpecification = {kSpecificationMembers, kReferring};
const TmfType kConstraint = {kSpecificationMembers, kReferring};

constexpr TmfMember kNoteMembers[] = {Text("id"), Text("author"), Time("date"),
                                      Text("text").Required()};
const TmfType kNote = {kNoteMembers, kExtension};

// Few clients write both types of a party. Party is what individuals and organisations have in
// common.
constexpr TmfMember kRelatedPartyMembers[] = {Text("id").Required(),
                                              Text("href"),
                                              Text("name"),
                                              Text("role"),
                                              Text("@type").Required().Otherwise("RelatedParty"),
                                              Text("@referredType").Required().Otherwise("Party")};
const TmfType kRelatedParty = {kRelatedPartyMembers, kReferring};

// A place or another entity with the part that it plays.
constexpr TmfMember kPlayerMembers[] = {Text("id"), Text("href"), Text("name"),
                                        Text("role").Required()};
const TmfType kPlayer = {kPlayerMembers, kReferring};

constexpr TmfMember kCharacteristicRelationshipMembers[] = {Text("id"), Text("href"),
                                                            Text("relationshipType")};
const TmfType kCharacteristicRelationship = {kCharacteristicRelationshipMembers, kExtension};

constexpr TmfMember kCharacteristicMembers[] = {
    Text("id"), Text("name").Required(), Text("valueType"),
    List("characteristicRelationship", kCharacteristicRelationship), Any("value").Required()};
const TmfType kCharacteristic = {kCharacteristicMembers, kExtension};

constexpr TmfMember kPeriodMembers[] = {Time("startDateTime"), Time("endDateTime")};
const TmfType kPeriod = {kPeriodMembers, {}};

constexpr TmfMember kFeatureRelationshipMembers[] = {Text("id"), Text("name").Required(),
                                                     Text("relationshipType").Required(),
                                                     One("validFor", kPeriod)};
const TmfType kFeatureRelationship = {kFeatureRelationshipMembers, {}};

constexpr TmfMember kFeatureMembers[] = {Text("id"),
                                         Bool("isBundle"),
                                         Bool("isEnabled"),
                                         Text("name").Required(),
                                         List("constraint", kConstraint),
                                         List("featureCharacteristic", kCharacteristic)
                                             .Required()
                                             .NotEmpty()
                                             .Misspelt("featureCharacteritic"),
                                         List("featureRelationship", kFeatureRelationship)};
const TmfType kFeature = {kFeatureMembers, {}};

constexpr TmfMember kRelatedItemMembers[] = {Text("id"),
                                             Text("href"),
                                             Text("itemId"),
                                             Text("role"),
                                             Text("serviceOrderId"),
                                             Text("serviceOrderHref"),
                                             Word("itemAction", kActions)};
const TmfType kRelatedItem = {kRelatedItemMembers, kReferring};

constexpr TmfMember kServiceRelationshipMembers[] = {
    Text("id"), Text("href"), Text("relationshipType").Required(), One("service", kService),
    List("serviceRelationshipCharacteristic", kCharacteristic)};
const TmfType kServiceRelationship = {kServiceRelationshipMembers, kExtension};

constexpr TmfMember kServiceMembers[] = {Text("id"),
                                         Text("href"),
                                         Text("category"),
                                         Text("description"),
                                         Time("endDate"),
                                         Bool("hasStarted"),
                                         Bool("isBundle"),
                                         Bool("isServiceEnabled"),
                                         Bool("isStateful"),
                                         Text("name"),
                                         Text("serviceDate"),
                                         Text("serviceType"),
                                         Time("startDate"),
                                         Text("startMode"),
                                         List("feature", kFeature),
                                         List("note", kNote),
                                         List("place", kPlayer),
                                         List("relatedEntity", kPlayer),
                                         List("relatedParty", kRelatedParty),
                                         List("serviceCharacteristic", kCharacteristic),
                                         List("serviceOrderItem", kRelatedItem),
                                         List("serviceRelationship", kServiceRelationship),
                                         One("serviceSpecification", kSpecification),
                                         Word("state", kServiceStates),
                                         List("supportingResource", kReference),
                                         List("supportingService", kService)};
const TmfType kService = {kServiceMembers, kReferring};

// The specification's list of members has itemId, its list of mandatory ones id: both are shown.
constexpr TmfMember kItemReferenceMembers[] = {Text("itemId").Required().From("id"),
                                               Text("id").From("itemId"), Text("serviceOrderId"),
                                               Text("serviceOrderHref")};
const TmfType kItemReference = {kItemReferenceMembers, kReferring};

constexpr TmfMember kItemRelationshipMembers[] = {Text("relationshipType"),
                                                  One("orderItem", kItemReference)};
const TmfType kItemRelationship = {kItemRelationshipMembers, kExtension};

constexpr TmfMember kTaskErrorMembers[] = {Text("code"), Text("message"), Text("reason"),
                                           Text("referenceError"), Text("status")};
const TmfType kTaskError = {kTaskErrorMembers, kExtension};

constexpr TmfMember kItemErrorMembers[] = {Text("code"),   Text("message"),
                                           Text("reason"), Text("referenceError"),
                                           Text("status"), Time("timestamp")};
const TmfType kItemError = {kItemErrorMembers, kExtension};

constexpr TmfMember kOrderErrorMembers[] = {Text("code"),
                                            Text("message"),
                                            Text("reason"),
                                            Text("referenceError"),
                                            Text("status"),
                                            Time("timestamp"),
                                            List("serviceOrderItem", kItemReference)};
const TmfType kOrderError = {kOrderErrorMembers, kExtension};

constexpr TmfMember kItemMembers[] = {Text("id").Required(),
                                      Integer("quantity"),
                                      Word("action", kActions).Required(),
                                      One("appointment", kAppointment),
                                      List("errorMessage", kItemError).By(TmfAccess::kServer),
                                      One("service", kService).Required(),
                                      List("serviceOrderItem", kItem),
                                      List("serviceOrderItemRelationship", kItemRelationship),
                                      Word("state", kTmfOrderStates).By(TmfAccess::kServer)};
const TmfType kItem = {kItemMembers, kExtension};

constexpr TmfMember kExternalReferenceMembers[] = {
    Text("id"), Text("href"), Text("externalReferenceType"), Text("name").Required()};
const TmfType kExternalReference = {kExternalReferenceMembers, kExtension};

constexpr TmfMember kOrderRelationshipMembers[] = {Text("id").Required(), Text("href"),
                                                   Text("relationshipType").Required()};
const TmfType kOrderRelationship = {kOrderRelationshipMembers, kReferring};

constexpr TmfMember kAlertMembers[] = {Text("id"),
                                       Time("alertDate"),
                                       Text("exception"),
                                       Text("jeopardyType"),
                                       Text("message"),
                                       Text("name"),
                                       List("serviceOrderItem", kItemReference)};
const TmfType kAlert = {kAlertMembers, kExtension};

constexpr TmfMember kMilestoneMembers[] = {Text("id"),
                                           Text("description"),
                                           Text("message"),
                                           Time("milestoneDate"),
                                           Text("name"),
                                           Text("status"),
                                           List("serviceOrderItem", kItemReference)};
const TmfType kMilestone = {kMilestoneMembers, kExtension};

constexpr TmfMember kOrderMembers[] = {Text("id").By(TmfAccess::kServer),
                                       Text("href").By(TmfAccess::kServer),
                                       Time("cancellationDate").By(TmfAccess::kCreate),
                                       Text("cancellationReason").By(TmfAccess::kCreate),
                                       Text("category").By(TmfAccess::kCreate),
                                       Time("completionDate").By(TmfAccess::kServer),
                                       Text("description"),
                                       Time("expectedCompletionDate").By(TmfAccess::kPatch),
                                       Text("externalId"),
                                       Text("notificationContact"),
                                       Time("orderDate").By(TmfAccess::kServer),
                                       Text("priority").NumberToo(),
                                       Time("requestedCompletionDate"),
                                       Time("requestedStartDate"),
                                       Time("startDate").By(TmfAccess::kServer),
                                       List("errorMessage", kOrderError).By(TmfAccess::kServer),
                                       List("externalReference", kExternalReference),
                                       List("jeopardyAlert", kAlert).By(TmfAccess::kServer),
                                       List("milestone", kMilestone).By(TmfAccess::kServer),
                                       List("note", kNote),
                                       List("orderRelationship", kOrderRelationship),
                                       List("relatedParty", kRelatedParty),
                                       List("serviceOrderItem", kItem).Required().NotEmpty(),
                                       Word("state", kTmfOrderStates).By(TmfAccess::kPatch),
                                       Text("@baseType").By(TmfAccess::kCreate),
                                       Text("@schemaLocation").By(TmfAccess::kCreate),
                                       Text("@type").By(TmfAccess::kCreate)};

constexpr TmfMember kCancelMembers[] = {Text("id").By(TmfAccess::kServer),
                                        Text("href").By(TmfAccess::kServer),
                                        Text("cancellationReason"),
                                        Text("completionMessage").By(TmfAccess::kServer),
                                        Time("effectiveCancellationDate").By(TmfAccess::kServer),
                                        Time("requestedCancellationDate"),
                                        One("errorMessage", kTaskError).By(TmfAccess::kServer),
                                        One("serviceOrder", kReference).Required(),
                                        Word("state", kTaskStates).By(TmfAccess::kServer)};

const TmfMember* FindIn(std::span<const TmfMember> members, std::string_view name) {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [name](const TmfMember& member) { return member.name == name; });
  return found == members.end() ? nullptr : &*found;
}

}  // namespace

const TmfWords kTmfOrderStates = {kOrderStateWords, "unknown-state"};
const TmfType kTmfServiceOrder = {kOrderMembers, {}};
const TmfType kTmfCancelServiceOrder = {kCancelMembers, kExtension};

const TmfMember* TmfType::Find(std::string_view name) const {
  const TmfMember* own = FindIn(members, name);
  return own != nullptr ? own : FindIn(common, name);
}

}  // namespace cairn::http
